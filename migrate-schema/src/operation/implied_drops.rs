//! The operations of a list that must actually run.

use super::Operation;

/// Returns `operations` without drops of indexes whose tables are dropped anyway. MariaDB and MySQL refuse such a drop
/// if a foreign key of the table needs the index. A list of reverses contains these drops; the list that runs must not.
#[must_use]
pub fn without_implied_index_drops(operations: &[Operation]) -> Vec<Operation> {
    let goes_later = |at: usize, schema: Option<&str>, table: &str| {
        let later = operations.iter().skip(at + 1);
        later
            .map(Operation::place)
            .take_while(|place| !matches!(place, (_, Operation::RenameTable(_))))
            .any(|place| matches!(place, (there, Operation::DropTable(op)) if there == schema && op.name == table))
    };
    let kept = operations.iter().enumerate().filter(|(at, operation)| {
        !matches!(operation.place(), (schema, Operation::DropIndex(op)) if goes_later(*at, schema, &op.table))
    });
    kept.map(|(_, operation)| operation.clone()).collect()
}
