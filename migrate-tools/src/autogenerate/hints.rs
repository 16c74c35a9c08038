//! Combines the hints of models and the caller, and checks that each was used.

use migrate_engine::error::{Error, printable};
use migrate_schema::diff::{self, Hints, Renamed, SchemaDiff};
use migrate_schema::operation::Operation;
use migrate_schema::schema::{Schema, Table, dotted};

/// Returns the hints of the models and of the caller.
pub(super) fn both(mut models: Hints, caller: &Hints) -> Hints {
    models.tables.extend(caller.tables.iter().cloned());
    models.columns.extend(caller.columns.iter().cloned());
    models
        .drop_tables
        .extend(caller.drop_tables.iter().cloned());
    models.refused.extend(caller.refused.iter().cloned());
    models
}

/// Returns an error for a hint of the caller without an effect, because a name is misspelled or can't get the new name.
pub(super) fn check(hints: &Hints, from: &Schema, difference: &SchemaDiff) -> Result<(), Error> {
    check_cycles(hints)?;
    // Objects of a further schema are named with it.
    let located = || difference.operations.iter().map(Operation::place);
    let named = |schema: Option<&str>, name: &str, hint: &str| match schema {
        Some(schema) => diff::own(hint, schema) == Some(name),
        None => hint == name,
    };
    let is_new_name = |table: &str, old: &str| {
        located().any(|(schema, operation)| {
            matches!(operation, Operation::RenameTable(op)
                if named(schema, &op.to, table) && named(schema, &op.from, old))
        })
    };
    for renamed in &hints.tables {
        if !is_new_name(&renamed.to, &renamed.from) {
            let exists = |name: &str| table(from, name).is_some();
            return Err(no_rename("table", None, renamed, exists));
        }
    }
    for (name, renamed) in &hints.columns {
        let mut before = name.clone();
        let done = located().any(|(schema, operation)| match operation {
            Operation::RenameColumn(op) => {
                let before = dotted(schema, &op.table);
                op.from == renamed.from
                    && op.to == renamed.to
                    && (before == *name || is_new_name(&before, name))
            }
            // `billing.bills=invoices` names a table of the schema `billing`.
            Operation::RenameTable(op) => {
                if named(schema, &op.to, name) {
                    before = dotted(schema, &op.from);
                }
                schema == Some(name) && op.from == renamed.from && op.to == renamed.to
            }
            _ => false,
        });
        if !done {
            let columns = table(from, &before);
            let exists = |name: &str| columns.is_some_and(|it| it.find_column(name).is_some());
            return Err(no_rename("column", Some(name), renamed, exists));
        }
    }
    for table in &hints.drop_tables {
        let done = located().any(|(schema, operation)| {
            matches!(operation, Operation::DropTable(op) if named(schema, &op.name, table))
        });
        if !done {
            return Err(Error::UnmatchedHint {
                reason: format!("there is no table `{}` to drop", printable(table)),
                help: "check the spelling: the revisions have the table, and the desired schema does not".to_owned(),
            });
        }
    }
    Ok(())
}

/// Returns an error if names change in a cycle.
fn check_cycles(hints: &Hints) -> Result<(), Error> {
    let check = |what: &str, renamed: Vec<&Renamed>, operation: &str| {
        let renamed = renamed.iter().map(|it| (it.to.as_str(), it.from.as_str()));
        let Some(names) = diff::cycle(&renamed.collect::<Vec<_>>()) else {
            return Ok(());
        };
        let names: Vec<String> = names.into_iter().map(printable).collect();
        Err(Error::UnmatchedHint {
            reason: format!("{what} change names in a cycle: `{}`", names.join("`, `")),
            help: format!("write each `op.{operation}` yourself, with a temporary name"),
        })
    };
    check("tables", hints.tables.iter().collect(), "rename_table")?;
    for (table, _) in &hints.columns {
        let own = hints.columns.iter().filter(|(other, _)| other == table);
        let what = format!("columns of `{}`", printable(table));
        check(
            &what,
            own.map(|(_, renamed)| renamed).collect(),
            "rename_column",
        )?;
    }
    Ok(())
}

/// Returns a table by its name, which includes the schema if that is a further one.
fn table<'s>(schema: &'s Schema, name: &str) -> Option<&'s Table> {
    let further = || {
        let mut others = schema.others.iter();
        others.find_map(|(schema, other)| other.table(diff::own(name, schema)?))
    };
    schema.table(name).or_else(further)
}

/// Returns why a table, or a column of a table, can't get its new name.
fn no_rename(
    kind: &str,
    table: Option<&str>,
    renamed: &Renamed,
    is_there: impl Fn(&str) -> bool,
) -> Error {
    let full = |name: &str| printable(&dotted(table, name));
    let (old, new) = (full(&renamed.from), printable(&renamed.to));
    let (reason, help) = if !is_there(&renamed.from) {
        (
            format!("there is no {kind} `{old}` that can be renamed to `{new}`"),
            "check the spelling: the revisions have the old name".to_owned(),
        )
    } else if is_there(&renamed.to) {
        (
            format!(
                "`{old}` can't be renamed to `{new}`: there is already a {kind} with that name"
            ),
            format!("drop or rename that {kind} in a revision before this one"),
        )
    } else {
        (
            format!("`{old}` can't be renamed to `{new}`: the desired schema has no such {kind}"),
            "check the spelling: the models or the SQL file have the new name".to_owned(),
        )
    };
    Error::UnmatchedHint { reason, help }
}
