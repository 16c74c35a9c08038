//! The rules, which are pure functions of what a revision did.

use std::panic::Location;

use crate::backend::Backend;
use crate::recorder::{TableRewrite, RecordedAction, RecordedEvent};
use crate::operation::{Locking, Operation};
use crate::schema::{Type, holds_all_of};

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
    let mut made: Vec<(Option<&str>, &str)> = Vec::new();
    // The tables that the revision's statements create, and the new names of tables.
    let (mut own, mut renamed): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for heard in up {
        let before = found.len();
        match &heard.action {
            RecordedAction::Operations(operations, copied) => {
                for operation in operations {
                    let (schema, inside) = operation.place();
                    if let Operation::CreateTable(op) = inside {
                        made.push((schema, &op.table.name));
                    }
                    // A table that the revision itself creates has no rows and no readers.
                    let table = inside.table();
                    if table.is_some_and(|table| made.contains(&(schema, table))) {
                        continue;
                    }
                    found.extend(loss(operation));
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
            one.location = heard.location;
        }
    }
    found.extend(by_hand(&found, &renamed));
    found.extend(downgrade(up, down));
    found
}

/// Returns the help for an operation that loses values.
fn loss(operation: &Operation) -> Option<Found> {
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
            let narrower = op.data_type.as_ref().is_some_and(|to| narrows(from, to));
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
fn narrows(from: Option<&Type>, to: &Type) -> bool {
    use Type::{
        BigInt, Char, Double, Float, Integer, Numeric, Real, SmallInt, Text, TinyInt, Varchar,
    };
    let whole = |data_type: &Type| match data_type {
        TinyInt => Some(1),
        SmallInt => Some(2),
        Integer => Some(4),
        BigInt => Some(8),
        _ => None,
    };
    let length = |data_type: &Type| match data_type {
        Char(length) | Varchar(length) => Some(u64::from(*length)),
        Text => Some(u64::MAX),
        _ => None,
    };
    match (from, to) {
        (Some(from), to) if from == to => false,
        (Some(from), to) if whole(from).is_some() && whole(to).is_some() => whole(from) > whole(to),
        (Some(from), to) if length(from).is_some() && length(to).is_some() => {
            length(from) > length(to)
        }
        (Some(Numeric(p, s)), Numeric(q, t)) => {
            t < s || q.saturating_sub(*t) < p.saturating_sub(*s)
        }
        (Some(Real | Float), Double) => false,
        (Some(_), Text) => false,
        (Some(from), to) => !holds_all_of(to, from),
        (None, _) => true,
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
    let told = rebuilt.map(|(location, table)| Found {
        location,
        table: Some(table.clone()),
        ..Found::new(
            Lint::TableRebuild,
            format!("`{table}` is rebuilt manually, and its indexes and triggers are dropped with the old table"),
            "use `op.alter_table`, which keeps them, and the rows of other tables that reference it",
        )
    });
    told.collect()
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
