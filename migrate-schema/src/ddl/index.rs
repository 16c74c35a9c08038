//! Indexes as SQL.

use std::fmt::Write as _;

use super::{Dialect, names};
use crate::operation::{CreateIndex, DropIndex, Locking};
use crate::schema::{IndexKey, IndexPart, Nulls, NullsDistinct, Order};

/// Returns the statement that creates an index.
pub(super) fn create(dialect: &dyn Dialect, op: &CreateIndex) -> String {
    let index = &op.index;
    let parts: Vec<String> = index
        .parts
        .iter()
        .map(|part| index_part(dialect, part))
        .collect();
    let mut sql = format!(
        "CREATE {}INDEX {} ON {}",
        if index.unique { "UNIQUE " } else { "" },
        dialect.identifier(&index.name),
        dialect.identifier(&index.table)
    );
    if let Some(method) = &index.method {
        let _ = write!(sql, " USING {}", dialect.identifier(method));
    }
    let _ = write!(sql, " ({})", parts.join(", "));
    if !index.include.is_empty() {
        let _ = write!(sql, " INCLUDE ({})", names(dialect, &index.include));
    }
    if index.nulls == NullsDistinct::NotDistinct {
        sql.push_str(" NULLS NOT DISTINCT");
    }
    if let Some(options) = &index.options {
        let _ = write!(sql, " {options}");
    }
    if let Some(condition) = &index.predicate {
        let _ = write!(sql, " WHERE {condition}");
    }
    with_concurrent_keyword(dialect, op.locking, sql)
}

/// Returns the statement that drops an index.
pub(super) fn drop(dialect: &dyn Dialect, op: &DropIndex) -> String {
    with_concurrent_keyword(dialect, op.locking, dialect.drop_index(&op.table, &op.name))
}

fn with_concurrent_keyword(dialect: &dyn Dialect, locking: Locking, statement: String) -> String {
    match locking {
        Locking::Blocking => statement,
        Locking::Concurrent => statement.replacen(
            "INDEX ",
            &format!("INDEX {}", dialect.concurrent_keyword()),
            1,
        ),
    }
}

fn index_part(dialect: &dyn Dialect, part: &IndexPart) -> String {
    let mut sql = match &part.key {
        IndexKey::Column(name) => dialect.column_in_index(name),
        IndexKey::Expression(expression) => format!("({expression})"),
    };
    if let Some(length) = part.prefix_length {
        let _ = write!(sql, "({length})");
    }
    if let Some(collation) = &part.collation {
        let _ = write!(sql, " COLLATE {}", dialect.identifier(collation));
    }
    if let Some(opclass) = &part.opclass {
        let _ = write!(sql, " {opclass}");
    }
    if part.order == Order::Descending {
        sql.push_str(" DESC");
    }
    match part.nulls {
        Some(Nulls::First) => sql.push_str(" NULLS FIRST"),
        Some(Nulls::Last) => sql.push_str(" NULLS LAST"),
        None => {}
    }
    sql
}
