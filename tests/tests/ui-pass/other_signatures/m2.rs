//! Revision b2.

use migrate_runtime::v1 as v;

v::revision! {
    revision: "b2",
    down_revision: "a1",
    created: "2026-11-23T09:15:00Z",
}

type Db = v::Sqlite;

pub fn up(_op: &mut v::Op<Db>) -> v::Result<()> {
    Ok(())
}

pub fn down<'a>(_op: &'a mut v::Op<'_, Db>) -> Result<(), v::Error> {
    Ok(())
}
