//! The rules, which are pure functions of what a revision did.

use std::panic::Location;

use crate::recorder::{RecordedAction, RecordedEvent, TableRewrite};
use migrate_engine::backend::Backend;
use migrate_schema::operation::{Locking, Operation};
use migrate_schema::schema::{Column, Schema, Table, Type, holds_all_of};

use super::statement::Statement;
use super::{Finding, Lint};

/// The effect of `down`.
pub(super) enum Down {
    /// It did this.
    Did(Vec<RecordedEvent>),
    /// It is irreversible, with the author's reason.
    Irreversible(String),
}

/// A finding without its revision.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) lint: Lint,
    pub(super) message: String,
    pub(super) help: &'static str,
    /// The location of the call in the revision.
    pub(super) location: Option<&'static Location<'static>>,
    /// The table that is copied.
    pub(super) table: Option<String>,
    /// The table that a statement of the revision drops.
    pub(super) dropped: Option<String>,
}

impl Found {
    pub(super) fn new(lint: Lint, message: String, help: &'static str) -> Found {
        Found {
            lint,
            message,
            help,
            location: None,
            table: None,
            dropped: None,
        }
    }

    /// Returns it as a finding about a revision.
    pub(super) fn of(self, revision: &str, file: &str, line: Option<u32>) -> Finding {
        Finding {
            lint: self.lint,
            revision: revision.to_owned(),
            file: file.to_owned(),
            line,
            table: self.table,
            message: self.message,
            help: self.help.to_owned(),
        }
    }
}

/// Lints one revision.
pub(super) fn look<B: Backend>(up: &[RecordedEvent], down: &Down) -> Vec<Found> {
    let mut found = Vec::new();
    let mut created: Vec<(Option<&str>, &str)> = Vec::new();
    let dropped_tables = dropped(up);
    // The tables that the revision's statements create, and the new names of tables.
    let (mut own, mut renamed): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for event in up {
        let before = found.len();
        match &event.action {
            RecordedAction::Operations(operations, copied) => {
                for operation in operations {
                    let (schema, inside) = operation.place();
                    match inside {
                        Operation::CreateTable(op) => created.push((schema, &op.table.name)),
                        Operation::CreateView(op) => created.push((schema, &op.view.name)),
                        _ => {}
                    }
                    // A table or view that the revision itself creates has no rows and no readers.
                    let table = inside.table();
                    let is_created = |table: &str| {
                        let by_statement = |own: &String| own.eq_ignore_ascii_case(table);
                        created.contains(&(schema, table))
                            || schema.is_none() && own.iter().any(by_statement)
                    };
                    if table.is_some_and(is_created) {
                        continue;
                    }
                    // The drop of its table or view blocks the same connections.
                    let drops_index = matches!(inside, Operation::DropIndex(_));
                    if drops_index
                        && table.is_some_and(|table| dropped_tables.contains(&(schema, table)))
                    {
                        continue;
                    }
                    found.extend(loss::<B>(operation));
                    found.extend(lock::<B>(operation));
                    if *copied == TableRewrite::Possible || B::rewrites(inside) {
                        found.push(rebuild(operation));
                    }
                }
            }
            RecordedAction::Statement(sql) => {
                for (sql, _) in B::statements(sql) {
                    let statement = Statement::read(sql);
                    found.extend(statement.look(&own));
                    if let Some(name) = statement.made() {
                        own.push(name);
                    }
                    if let Some(name) = statement.renamed_to() {
                        renamed.push(name);
                    }
                }
            }
            RecordedAction::ApplicationCode => {}
        }
        for one in &mut found[before..] {
            one.location = event.location;
        }
    }
    found.extend(by_hand(&found, &renamed));
    found.extend(downgrade(up, down));
    found
}

/// Returns the tables and views that the operations of a revision drop.
fn dropped(up: &[RecordedEvent]) -> Vec<(Option<&str>, &str)> {
    let operations = up.iter().flat_map(|event| match &event.action {
        RecordedAction::Operations(operations, _) => operations.as_slice(),
        _ => &[],
    });
    operations
        .filter_map(|operation| match operation.place() {
            (schema, Operation::DropTable(op)) => Some((schema, op.name.as_str())),
            (schema, Operation::DropView(op)) => Some((schema, op.name.as_str())),
            _ => None,
        })
        .collect()
}

/// Returns the help for an operation that loses values.
fn loss<B: Backend>(operation: &Operation) -> Option<Found> {
    let help = match operation.place().1 {
        Operation::DropTable(_) => {
            "make sure that nothing reads it any more, and that a backup has its rows"
        }
        // What is computed has no values of its own.
        Operation::DropColumn(op)
            if op
                .column
                .as_ref()
                .is_some_and(|column| column.generated.is_some()) =>
        {
            return None;
        }
        Operation::DropColumn(_) => {
            "release a version that does not use the column first, and make sure that a backup has its values"
        }
        Operation::AlterColumn(op) => {
            let from = op.from.as_ref().map(|column| &column.data_type);
            let narrower = op
                .data_type
                .as_ref()
                .is_some_and(|to| narrows::<B>(from, to));
            if !narrower {
                return None;
            }
            "before the upgrade, look for values that the new type cannot hold"
        }
        Operation::DeleteRows(_) => "make sure that a backup has the rows",
        _ => return None,
    };
    Some(Found::new(Lint::DataLoss, operation.title(), help))
}

/// Returns whether values of the old type may not fit the new type. If this is not known, they may not.
fn narrows<B: Backend>(from: Option<&Type>, to: &Type) -> bool {
    from.is_none_or(|from| !holds_all_of(&as_inspected::<B>(to), &as_inspected::<B>(from)))
}

/// Returns a type as an inspection returns it.
fn as_inspected<B: Backend>(data_type: &Type) -> Type {
    let mut table = Table::new("t");
    table.column(Column::new("c", data_type.clone()));
    let mut schema = Schema::default();
    schema.tables.push(table);
    let table = B::normalize(schema).tables.pop();
    let column = table.and_then(|mut table| table.columns.pop());
    match (column.map(|column| column.data_type), data_type) {
        // The values of an enum that is a type of its own are not in the column's type.
        (Some(Type::Enum(_)) | None, data_type) => data_type.clone(),
        (Some(column), _) => column,
    }
}

/// Returns whether an operation blocks other connections on this database.
fn lock<B: Backend>(operation: &Operation) -> Option<Found> {
    let help = match operation.place().1 {
        Operation::CreateIndex(op) if op.locking == Locking::Concurrent => return None,
        inside => B::blocking_hint(inside)?,
    };
    Some(Found::new(
        Lint::TableLock,
        format!("{} blocks other connections", operation.title()),
        help,
    ))
}

fn rebuild(operation: &Operation) -> Found {
    let message = format!("{} may copy the whole table", operation.title());
    let help = "put all changes of one table into one `alter_table`, and plan time for it if the table is large";
    Found {
        table: operation.table().map(str::to_owned),
        ..Found::new(Lint::TableRebuild, message, help)
    }
}

/// Finds tables that the revision's statements drop and replace by another table.
fn by_hand(found: &[Found], renamed: &[String]) -> Vec<Found> {
    let dropped = found.iter().filter(|one| one.lint == Lint::DataLoss);
    let rebuilt = dropped.filter_map(|one| {
        let table = one.dropped.as_ref()?;
        let is = |name: &String| name.eq_ignore_ascii_case(table);
        renamed.iter().any(is).then_some((one.location, table))
    });
    let findings = rebuilt.map(|(location, table)| Found {
        location,
        table: Some(table.clone()),
        ..Found::new(
            Lint::TableRebuild,
            format!("`{table}` is rebuilt manually, and its indexes and triggers are dropped with the old table"),
            "use `op.alter_table`, which keeps them, and the rows of other tables that reference it",
        )
    });
    findings.collect()
}

fn downgrade(up: &[RecordedEvent], down: &Down) -> Option<Found> {
    match down {
        Down::Irreversible(reason) => Some(Found::new(
            Lint::NoDowngrade,
            format!("irreversible: {reason}"),
            "make sure that there is a backup before the upgrade",
        )),
        Down::Did(did) if did.is_empty() && !up.is_empty() => Some(Found::new(
            Lint::NoDowngrade,
            "`down` does nothing".to_owned(),
            "undo what `up` does, or call `op.irreversible(\"why\")`",
        )),
        Down::Did(_) => None,
    }
}
