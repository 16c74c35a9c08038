//! A struct of the application's is no row type by itself.

use migrate_runtime::v1::*;

struct User {
    id: i64,
}

fn up(op: &mut Op<Sqlite>) -> Result<()> {
    op.rows::<User>().for_each(|user| Ok(drop(user.id)))?;
    Ok(())
}

fn main() {
    let _ = up;
}
