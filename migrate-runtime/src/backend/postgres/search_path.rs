//! Another schema of the same database to go on in.

use postgres::Transaction;

use crate::backend::SearchPath;
use crate::ddl::Dialect as _;
use crate::error::OpError;

use super::PostgresDialect;
use super::trouble::told;

/// Returns how a session goes on in the schema `name`, with what it had before behind it.
pub(super) fn to(transaction: &mut Transaction<'_>, name: &str) -> Result<SearchPath, OpError> {
    let row = transaction
        .query_one(
            "SELECT current_setting('search_path'), EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)",
            &[&name],
        )
        .and_then(|row| Ok((row.try_get::<_, String>(0)?, row.try_get::<_, bool>(1)?)));
    let (before, there) = row.map_err(|error| OpError::Inspection(told(&error)))?;
    let schema = PostgresDialect.identifier(name);
    if !there {
        return Err(OpError::Invalid {
            operation: format!("go on in the schema `{name}`"),
            reason: "there is no such schema".to_owned(),
            help: format!("make it first: `op.execute(\"CREATE SCHEMA {name}\")`"),
        });
    }
    let behind = if before.is_empty() {
        String::new()
    } else {
        format!(", {before}")
    };
    Ok(SearchPath {
        enter: format!("SET search_path TO {schema}{behind}"),
        leave: format!(
            "SET search_path TO {}",
            if before.is_empty() { "''" } else { &before }
        ),
    })
}
