//! Finds the conflicting operations. These are pure functions of what the revisions did.

use crate::describe::shortened;
use crate::recorder::{RecordedAction, RecordedEvent};
use migrate_engine::error::Failure;
use migrate_engine::journal::affected_by;
use migrate_schema::operation::{AddConstraint, Constraint, Operation};

use super::ConflictSide;

/// What a revision did at one line.
#[derive(Debug, Clone)]
pub(super) struct Act {
    pub(super) revision: String,
    pub(super) file: String,
    pub(super) line: Option<u32>,
    pub(super) did: RecordedAction,
}

impl Act {
    /// Returns what failed, as far as the failure shows it.
    pub(super) fn of_failure(failure: &Failure) -> Act {
        Act {
            revision: failure.revision.clone(),
            file: failure.file.display().to_string(),
            line: failure.line,
            did: match &failure.statement {
                Some((_, sql)) => RecordedAction::Statement(sql.clone()),
                None => RecordedAction::ApplicationCode,
            },
        }
    }

    pub(super) fn operations(&self) -> &[Operation] {
        match &self.did {
            RecordedAction::Operations(operations, _) => operations,
            RecordedAction::Statement(_) | RecordedAction::ApplicationCode => &[],
        }
    }
}

/// Returns the known sides. If several operations are at one line, returns those that concern the same objects as the
/// other side.
pub(super) fn sides(acts: [Option<Act>; 2]) -> Vec<ConflictSide> {
    let [one, other] = &acts;
    let side = |act: &Option<Act>, against: &Option<Act>| {
        let act = act.as_ref()?;
        let against = against.as_ref().map(Act::operations).unwrap_or_default();
        Some(ConflictSide {
            revision: act.revision.clone(),
            file: act.file.clone(),
            line: act.line,
            operation: title(&act.did, against),
        })
    };
    [side(one, other), side(other, one)]
        .into_iter()
        .flatten()
        .collect()
}

fn title(did: &RecordedAction, against: &[Operation]) -> String {
    match did {
        RecordedAction::Operations(operations, _) => {
            let closeness = |operation: &&Operation| {
                against.iter().map(|other| kinship(operation, other)).max()
            };
            let best = operations.iter().max_by_key(closeness);
            best.map_or_else(String::new, Operation::title)
        }
        RecordedAction::Statement(sql) => format!("`{}`", shortened(sql)),
        RecordedAction::ApplicationCode => "code of the application".to_owned(),
    }
}

/// Returns the operation of a branch that concerns the same object as an operation, or the nearest one.
pub(super) fn nearest<'h>(
    events: &'h [RecordedEvent],
    operation: &Operation,
) -> Option<&'h RecordedEvent> {
    let kin = |event: &RecordedEvent| match &event.action {
        RecordedAction::Operations(operations, _) => operations
            .iter()
            .map(|other| kinship(operation, other))
            .max()
            .unwrap_or(Kinship::None),
        RecordedAction::Statement(sql) => {
            let names = names(operation);
            let mut mentioned = mentioned(sql);
            match mentioned.any(|table| names.iter().any(|name| name == table)) {
                true => Kinship::Table,
                false => Kinship::None,
            }
        }
        // The effect of application code is not known.
        RecordedAction::ApplicationCode => Kinship::Perhaps,
    };
    // The last one, because it decides the result.
    events
        .iter()
        .map(|event| (kin(event), event))
        .filter(|(kin, _)| *kin != Kinship::None)
        .max_by_key(|(kin, _)| *kin)
        .map(|(_, event)| event)
}

/// Returns what a branch did to a table that a statement or an error mentions.
pub(super) fn nearest_to_text<'h>(
    events: &'h [RecordedEvent],
    words: &str,
) -> Option<&'h RecordedEvent> {
    let is_there = |name: &str| words.split(is_no_name).any(|word| word == name);
    let is_about = |event: &&RecordedEvent| match &event.action {
        RecordedAction::Operations(operations, _) => operations
            .iter()
            .flat_map(names)
            .any(|name| is_there(&name)),
        RecordedAction::Statement(sql) => mentioned(sql).any(is_there),
        RecordedAction::ApplicationCode => false,
    };
    events.iter().rev().find(is_about)
}

/// How closely two operations are related.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kinship {
    /// They have no object in common.
    None,
    /// It is not known.
    Perhaps,
    /// They concern the same table.
    Table,
    /// They concern the same column, index or constraint, or both concern a whole table.
    Object,
}

fn kinship(one: &Operation, other: &Operation) -> Kinship {
    if let (Some(one), Some(other)) = (affected_by(one), affected_by(other))
        && one.keys().any(|key| other.keys().any(|it| it == key))
    {
        return Kinship::Object;
    }
    let others = names(other);
    match names(one).iter().any(|name| others.contains(name)) {
        true => Kinship::Table,
        false => Kinship::None,
    }
}

/// Returns the names of the tables, views and types that an operation concerns, and of the tables that it references.
fn names(operation: &Operation) -> Vec<String> {
    let mut names = affected_by(operation).map_or_else(Vec::new, |named| named.names);
    names.extend(operation.table().map(str::to_owned));
    match operation {
        Operation::CreateTable(op) => {
            let keys = op.table.foreign_keys.iter();
            names.extend(keys.map(|key| key.target()));
        }
        Operation::AddConstraint(AddConstraint {
            constraint: Constraint::ForeignKey(key),
            ..
        }) => names.push(key.target()),
        Operation::CreateEnum(op) => names.push(op.enum_type.name.clone()),
        Operation::DropEnum(op) => names.push(op.name.clone()),
        Operation::CreateSchema(op) => names.push(op.name.clone()),
        Operation::DropSchema(op) => names.push(op.name.clone()),
        Operation::AddEnumValue(op) => names.push(op.name.clone()),
        Operation::RenameEnumValue(op) => names.push(op.name.clone()),
        _ => {}
    }
    names
}

/// Returns the names in a statement that are in the position of a table, a view or an index.
fn mentioned(sql: &str) -> impl Iterator<Item = &str> {
    const BEFORE: [&str; 10] = [
        "TABLE",
        "EXISTS",
        "INTO",
        "UPDATE",
        "FROM",
        "JOIN",
        "ON",
        "VIEW",
        "INDEX",
        "REFERENCES",
    ];
    let words = || sql.split(is_no_name).filter(|word| !word.is_empty());
    let after = words().zip(words().skip(1));
    after
        .filter(|(word, _)| {
            BEFORE
                .iter()
                .any(|before| before.eq_ignore_ascii_case(word))
        })
        .map(|(_, name)| name)
}

fn is_no_name(letter: char) -> bool {
    !(letter.is_alphanumeric() || letter == '_' || letter == '$')
}
