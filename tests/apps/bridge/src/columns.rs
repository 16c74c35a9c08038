//! Columns brought back to their place: PostgreSQL adds a column at the end only.

use migrate_runtime::v1::*;

/// Moves columns with their values to the end of a table, in the order given; whether they refuse NULL, and what was
/// over them, is the caller's to set again.
///
/// A `down` that adds a dropped column again moves what stood behind it, and the table is as it was.
///
/// # Errors
///
/// The first operation that the database refuses.
pub fn move_to_end<const N: usize>(
    op: &mut Op<impl Backend>,
    table: &str,
    columns: [Column; N],
) -> Result<()> {
    let mut copies = Vec::new();
    let mut drops = Vec::new();
    for column in columns {
        let name = column.name().to_owned();
        let old = format!("{name}_moved");
        op.rename_column(table, &name, &old)?;
        op.add_column(table, column)?;
        copies.push(format!("{name} = {old}"));
        drops.push(format!("DROP COLUMN {old}"));
    }
    op.execute(&format!("UPDATE {table} SET {}", copies.join(", ")))?;
    // Not `drop_column`: it would count the values as lost, and they were copied.
    drops
        .iter()
        .try_for_each(|drop| op.execute(&format!("ALTER TABLE {table} {drop}")))
}
