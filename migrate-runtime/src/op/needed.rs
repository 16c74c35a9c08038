//! What of a list of operations has to be done.

use super::Operation;

/// Returns `operations` without the drops of indexes that go with their tables anyway: MariaDB and MySQL refuse them where a
/// foreign key of the table needs the index. With them a list of reverses is whole; without them it runs.
#[must_use]
pub fn needed(operations: &[Operation]) -> Vec<Operation> {
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
