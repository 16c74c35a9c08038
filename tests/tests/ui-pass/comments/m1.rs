//! Revision a1.

use migrate_runtime::v1::*;

// revision! { revision: "zz", down_revision: "yy", created: "never" }
revision! {
    /* the id */ revision: "a1", // of this one
    /// Documentation has no effect.
    down_revision: None,
    created: "2026-11-21T09:15:00Z", /* /* nested */ "quoted */
}

pub fn up(_op: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}

pub fn down(_op: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}
