//! Views as SQL.

use std::fmt::Write as _;

use super::{Dialect, names};
use crate::schema::{View, ViewKind};

pub(super) fn create(dialect: &dyn Dialect, view: &View) -> String {
    let mut sql = format!(
        "CREATE {} {}",
        words(view.kind),
        dialect.identifier(&view.name)
    );
    if !view.columns.is_empty() {
        let _ = write!(sql, " ({})", names(dialect, &view.columns));
    }
    let _ = write!(sql, " AS {}", view.query.trim().trim_end_matches(';'));
    sql
}

pub(super) fn words(kind: ViewKind) -> &'static str {
    match kind {
        ViewKind::Plain => "VIEW",
        ViewKind::Materialized => "MATERIALIZED VIEW",
    }
}
