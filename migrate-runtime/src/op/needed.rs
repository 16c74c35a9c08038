//! What of a list of operations has to be done.

use super::Operation;

/// Returns `operations` without the drops of indexes that go with their tables anyway: MariaDB and MySQL refuse them where a
/// foreign key of the table needs the index. With them a list of reverses is whole; without them it runs.
#[must_use]
pub fn needed(operations: &[Operation]) -> Vec<Operation> {
    let goes_later = |at: usize, table: &str| {
        let later = operations.iter().skip(at + 1);
        later
            .take_while(|operation| !matches!(operation, Operation::RenameTable(_)))
            .any(|operation| matches!(operation, Operation::DropTable(op) if op.name == table))
    };
    let kept = operations.iter().enumerate().filter(|(at, operation)| {
        !matches!(operation, Operation::DropIndex(op) if goes_later(*at, &op.table))
    });
    kept.map(|(_, operation)| operation.clone()).collect()
}
