//! What people said about renames and drops: put together, and compared with what was done with it.

use crate::diff::{Difference, Hints};
use crate::error::{Error, printable};
use crate::op::Operation;

/// Returns what the models say and what the caller says.
pub(super) fn both(mut models: Hints, caller: &Hints) -> Hints {
    models.tables.extend(caller.tables.iter().cloned());
    models.columns.extend(caller.columns.iter().cloned());
    models
        .drop_tables
        .extend(caller.drop_tables.iter().cloned());
    models.refused.extend(caller.refused.iter().cloned());
    models
}

/// Refuses what the caller asked for and nothing came of: a name was mistyped.
pub(super) fn check(hints: &Hints, difference: &Difference) -> Result<(), Error> {
    let operations = &difference.operations;
    let is_new_name = |table: &str, old: &str| {
        operations.iter().any(|operation| {
            matches!(operation, Operation::RenameTable(op) if op.to == table && op.from == old)
        })
    };
    let refuse = |what: String| Err(Error::Hint(what));
    for renamed in &hints.tables {
        if !is_new_name(&renamed.to, &renamed.from) {
            return refuse(format!(
                "there is no table `{}` that could become `{}`",
                printable(&renamed.from),
                printable(&renamed.to)
            ));
        }
    }
    for (table, renamed) in &hints.columns {
        let done = operations.iter().any(|operation| {
            matches!(operation, Operation::RenameColumn(op)
                if op.from == renamed.from && op.to == renamed.to
                    && (op.table == *table || is_new_name(&op.table, table)))
        });
        if !done {
            return refuse(format!(
                "there is no column `{}.{}` that could become `{}`",
                printable(table),
                printable(&renamed.from),
                printable(&renamed.to)
            ));
        }
    }
    for table in &hints.drop_tables {
        let done = operations
            .iter()
            .any(|operation| matches!(operation, Operation::DropTable(op) if op.name == *table));
        if !done {
            return refuse(format!("there is no table `{}` to drop", printable(table)));
        }
    }
    Ok(())
}
