//! The effect of an operation on the schema, which shows whether an interrupted one ran.

use migrate_schema::operation::{Constraint, ConstraintRef, Operation};

use super::describe::{is_invalid, is_shown, key, key_of, name_of, referenced_tables};

/// The objects that a step changes, as far as the schema shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AffectedObjects {
    /// Anything.
    Everything,
    /// What this text names: a statement that this crate does not know.
    Text(String),
    /// Objects with these names.
    Objects(NamedObjects),
}

/// The objects that a step changes, and their state afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NamedObjects {
    /// The tables, and other objects with their own names.
    pub names: Vec<String>,
    /// The objects that exist afterwards.
    created: Vec<String>,
    /// The objects that do not exist afterwards.
    dropped: Vec<String>,
    /// The objects that have another definition afterwards.
    changed: Vec<String>,
    allowed_changes: AllowedChanges,
}

/// Further objects that may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum AllowedChanges {
    /// None.
    #[default]
    None,
    /// Constraints and indexes of the same table, which databases create and drop with a column or a key.
    SameTable,
    /// All objects with one of the names.
    All,
}

/// The relation of a live schema to a started step.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum StepState {
    /// It is as before the step, or the step left nothing usable.
    Before,
    /// It is as after the step.
    After,
    /// It is neither: the differences from before the step.
    Neither(Vec<String>),
}

impl AffectedObjects {
    pub(super) fn names(names: Vec<String>) -> AffectedObjects {
        AffectedObjects::Objects(NamedObjects {
            names,
            ..NamedObjects::default()
        })
    }

    pub(super) fn by(operations: &[Operation]) -> AffectedObjects {
        let mut all = NamedObjects::default();
        for operation in operations {
            let Some(one) = affected_by(operation) else {
                return AffectedObjects::Text(format!("{operations:?}"));
            };
            all.names.extend(one.names);
            all.created.extend(one.created);
            all.dropped.extend(one.dropped);
            all.changed.extend(one.changed);
            all.allowed_changes = all.allowed_changes.max(one.allowed_changes);
        }
        all.names.sort();
        all.names.dedup();
        AffectedObjects::Objects(all)
    }

    /// Compares a live schema with a started step, and with these lines from before it.
    pub(super) fn step_state(&self, before: &[String], live: &[String]) -> StepState {
        if before == live {
            return StepState::Before;
        }
        let differences = differences(before, live);
        let named = match self {
            AffectedObjects::Objects(named) => named,
            AffectedObjects::Text(text) if text_matches(text, before, live) => {
                return StepState::After;
            }
            AffectedObjects::Text(_) | AffectedObjects::Everything => {
                return StepState::Neither(differences);
            }
        };
        let find = |lines: &'_ [String], expected_key: &str| {
            lines
                .iter()
                .find(|line| key_of(line) == expected_key)
                .cloned()
        };
        let mut own = named.created.iter().chain(&named.dropped);
        if own.any(|key| find(live, key).is_some_and(|line| is_invalid(&line))) {
            return StepState::Before;
        }
        let all_created = named.created.iter().all(|key| find(live, key).is_some());
        let all_dropped = named.dropped.iter().all(|key| find(live, key).is_none());
        let changed = named
            .changed
            .iter()
            .all(|key| find(live, key) != find(before, key));
        let known =
            !(named.created.is_empty() && named.dropped.is_empty() && named.changed.is_empty());
        let others = different_keys(before, live)
            .into_iter()
            .all(|key| named.may_differ(&key));
        if known && all_created && all_dropped && changed && others {
            StepState::After
        } else {
            StepState::Neither(differences)
        }
    }
}

impl NamedObjects {
    /// Returns the keys of all objects that differ afterwards: a table, a column, a constraint.
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.created
            .iter()
            .chain(&self.dropped)
            .chain(&self.changed)
    }

    fn may_differ(&self, found: &str) -> bool {
        let is_attached = found.starts_with("constraint `") || found.starts_with("index `");
        self.keys().any(|key| key == found)
            || self.allowed_changes == AllowedChanges::All
            || (self.allowed_changes == AllowedChanges::SameTable && is_attached)
    }
}

/// Returns what an operation changes; `None` if this crate does not know.
pub fn affected_by(operation: &Operation) -> Option<NamedObjects> {
    let table = |name: &str| key("table", name);
    let column = |table: &str, name: &str| key("column", &format!("{table}.{name}"));
    let constraint = |table: &str, name: &str| key("constraint", &format!("{table}.{name}"));
    let mut named = NamedObjects::default();
    match operation {
        Operation::CreateTable(op) => {
            named.names.push(op.table.name.clone());
            named.created.push(table(&op.table.name));
            let columns = op.table.columns.iter();
            named
                .created
                .extend(columns.map(|item| column(&op.table.name, &item.name)));
            named.allowed_changes = AllowedChanges::SameTable;
        }
        Operation::DropTable(op) => {
            named.names.push(op.name.clone());
            named.dropped.push(table(&op.name));
            named.allowed_changes = AllowedChanges::All;
        }
        Operation::RenameTable(op) => {
            named.names.extend([op.from.clone(), op.to.clone()]);
            named.dropped.push(table(&op.from));
            named.created.push(table(&op.to));
            named.allowed_changes = AllowedChanges::All;
        }
        Operation::AddColumn(op) => {
            named.names.push(op.table.clone());
            named.created.push(column(&op.table, &op.column.name));
            named.allowed_changes = AllowedChanges::SameTable;
        }
        Operation::DropColumn(op) => {
            named.names.push(op.table.clone());
            named.dropped.push(column(&op.table, &op.name));
            named.allowed_changes = AllowedChanges::SameTable;
        }
        Operation::RenameColumn(op) => {
            named.names.push(op.table.clone());
            named.dropped.push(column(&op.table, &op.from));
            named.created.push(column(&op.table, &op.to));
            named.allowed_changes = AllowedChanges::SameTable;
        }
        Operation::AlterColumn(op) => {
            named.names.push(op.table.clone());
            named.changed.push(column(&op.table, &op.name));
        }
        Operation::CreateIndex(op) => {
            named.names.push(op.index.table.clone());
            named.created.push(key("index", &op.index.name));
        }
        Operation::DropIndex(op) => {
            named.names.push(op.table.clone());
            named.dropped.push(key("index", &op.name));
        }
        Operation::AddConstraint(op) => {
            named.names.push(op.table.clone());
            match (&op.constraint, op.constraint.name()) {
                // Some databases use one name for every primary key.
                (Constraint::PrimaryKey(_), _) | (_, None) => return None,
                (_, Some(name)) => named.created.push(constraint(&op.table, name)),
            }
            named.allowed_changes = AllowedChanges::SameTable;
        }
        Operation::DropConstraint(op) => {
            named.names.push(op.table.clone());
            match &op.reference {
                ConstraintRef::Named(name) => named.dropped.push(constraint(&op.table, name)),
                _ => return None,
            }
            named.allowed_changes = AllowedChanges::SameTable;
        }
        Operation::CreateView(op) => {
            named.names.push(op.view.name.clone());
            named.created.push(key("view", &op.view.name));
        }
        Operation::DropView(op) => {
            named.names.push(op.name.clone());
            named.dropped.push(key("view", &op.name));
        }
        Operation::CreateTrigger(op) => {
            named.names.push(op.trigger.table.clone());
            named.created.push(key("trigger", &op.trigger.name));
        }
        Operation::DropTrigger(op) => {
            named.names.push(op.table.clone());
            named.dropped.push(key("trigger", &op.name));
        }
        Operation::RenameIndex(op) => {
            named.names.push(op.table.clone());
            named.dropped.push(key("index", &op.from));
            named.created.push(key("index", &op.to));
        }
        Operation::RenameConstraint(op) => {
            named.names.push(op.table.clone());
            named.dropped.push(constraint(&op.table, &op.from));
            named.created.push(constraint(&op.table, &op.to));
            named.allowed_changes = AllowedChanges::SameTable;
        }
        Operation::SetTableComment(op) => {
            named.names.push(op.table.clone());
            named.changed.push(table(&op.table));
        }
        Operation::SetTableOptions(op) => {
            named.names.push(op.table.clone());
            named.changed.push(table(&op.table));
        }
        // Rows, types of one database, and what the schema does not show.
        _ => return None,
    }
    Some(named)
}

/// Returns whether all differences are objects that a statement names, or that reference such an object. A database
/// undoes a statement that did only a part of its work, except if several tables are dropped together.
fn text_matches(text: &str, before: &[String], live: &[String]) -> bool {
    let text = text.to_lowercase();
    let names = |name: &str| holds_name(&text, &name.to_lowercase());
    let is_explained = |line: &String| {
        is_shown(line) || names(name_of(line)) || referenced_tables(line).any(&names)
    };
    let drops = ["drop table", "drop view"]
        .iter()
        .any(|drop| text.trim_start().starts_with(drop));
    let is_left = |line: &String| {
        let whole = line.starts_with("table `") || line.starts_with("view `");
        whole && names(name_of(line)) && before.contains(line)
    };
    let removed = before.iter().filter(|line| !live.contains(line));
    let added = live.iter().filter(|line| !before.contains(line));
    removed.chain(added).all(is_explained) && !(drops && live.iter().any(is_left))
}

/// Returns whether a text contains a name, as a word or in quotes.
pub(crate) fn holds_name(text: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    !name.is_empty()
        && text.match_indices(name).any(|(at, _)| {
            !text[..at].ends_with(is_word) && !text[at + name.len()..].starts_with(is_word)
        })
}

fn different_keys(before: &[String], live: &[String]) -> Vec<String> {
    let removed = before.iter().filter(|line| !live.contains(line));
    let added = live.iter().filter(|line| !before.contains(line));
    removed
        .chain(added)
        .map(|line| key_of(line).to_owned())
        .collect()
}

/// Returns a line for each difference from before.
pub(super) fn differences(before: &[String], live: &[String]) -> Vec<String> {
    let mut keys = different_keys(before, live);
    keys.sort();
    keys.dedup();
    let exists = |lines: &[String], key: &str| lines.iter().any(|line| key_of(line) == key);
    keys.iter()
        .map(|key| match (exists(before, key), exists(live, key)) {
            (true, false) => format!("{key} existed before the step and no longer exists"),
            (false, true) => format!("{key} did not exist before the step and exists now"),
            _ => format!("{key} is not the same as before the step"),
        })
        .collect()
}
