//! The options of `verify`.

use std::ffi::OsString;

/// Run each revision up, down and up again on a scratch database
///
/// The tables have synthetic rows. With `--copy-of`, the pending revisions run on a copy of a real database. Exits with
/// 3 if a revision does not restore the previous state.
#[derive(Debug, Clone, clap::Args)]
pub struct Verify {
    /// First revision to verify: earlier ones only run up, and a copy that has it is downgraded first
    #[arg(long, value_name = "REVISION")]
    pub from: Option<String>,

    /// Last revision to verify
    #[arg(long, value_name = "REVISION")]
    pub to: Option<String>,

    /// Database to copy: the revisions run on the copy, and the database itself is only read
    #[arg(long, value_name = "URL")]
    pub copy_of: Option<OsString>,

    /// Minimum number of rows in each table, filled up with synthetic rows [default: 3, or 0 with `--copy-of`]
    #[arg(long, value_name = "N")]
    pub rows: Option<u32>,
}
