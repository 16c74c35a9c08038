//! Only a type that can be read from a column can be a field of a row.

use migrate_runtime::v1::*;

struct Address;

#[derive(Row)]
#[row(table = "users", key = "id")]
struct User {
    id: i64,
    address: Address,
}

fn up(op: &mut Op<Sqlite>) -> Result<()> {
    op.rows::<User>().for_each(|_| Ok(()))?;
    Ok(())
}

fn main() {
    let _ = up;
}
