//! Revision a1.

use migrate_runtime::v1::*;

revision ! ( created:"2026-11-21T09:15:00Z" ,down_revision:None,

  revision :
"a1" );

pub fn up(_op: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}

pub fn down(_op: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}
