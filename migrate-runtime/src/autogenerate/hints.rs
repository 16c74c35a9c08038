//! Combines the hints of models and the caller, and checks that each was used.

use crate::diff::{self, Difference, Hints};
use crate::error::{Error, printable};
use crate::op::Operation;
use crate::schema::dotted;

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

/// Returns an error for a hint of the caller without an effect, because a name is probably misspelled.
pub(super) fn check(hints: &Hints, difference: &Difference) -> Result<(), Error> {
    // Objects of a further schema are named with it.
    let places = || difference.operations.iter().map(Operation::place);
    let named = |schema: Option<&str>, name: &str, told: &str| match schema {
        Some(schema) => diff::own(told, schema) == Some(name),
        None => told == name,
    };
    let is_new_name = |table: &str, old: &str| {
        places().any(|(schema, operation)| {
            matches!(operation, Operation::RenameTable(op)
                if named(schema, &op.to, table) && named(schema, &op.from, old))
        })
    };
    let refuse = |what: String| Err(Error::Hint(what));
    for renamed in &hints.tables {
        if !is_new_name(&renamed.to, &renamed.from) {
            return refuse(format!(
                "there is no table `{}` that can be renamed to `{}`",
                printable(&renamed.from),
                printable(&renamed.to)
            ));
        }
    }
    for (table, renamed) in &hints.columns {
        let done = places().any(|(schema, operation)| match operation {
            Operation::RenameColumn(op) => {
                let before = dotted(schema, &op.table);
                op.from == renamed.from
                    && op.to == renamed.to
                    && (before == *table || is_new_name(&before, table))
            }
            // `billing.bills=invoices` names a table of the schema `billing`.
            Operation::RenameTable(op) => {
                schema == Some(table) && op.from == renamed.from && op.to == renamed.to
            }
            _ => false,
        });
        if !done {
            return refuse(format!(
                "there is no column `{}.{}` that can be renamed to `{}`",
                printable(table),
                printable(&renamed.from),
                printable(&renamed.to)
            ));
        }
    }
    for table in &hints.drop_tables {
        let done = places().any(|(schema, operation)| {
            matches!(operation, Operation::DropTable(op) if named(schema, &op.name, table))
        });
        if !done {
            return refuse(format!("there is no table `{}` to drop", printable(table)));
        }
    }
    Ok(())
}
