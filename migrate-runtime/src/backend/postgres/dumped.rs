//! Files that `pg_dump` wrote, given as SQL: what of them is about the session or the server, and not about the schema.

use postgres::Transaction;

use super::sql;

/// What such a file begins with, and what is left of that where a tool keeps it without comments.
const HEADS: [&str; 2] = [
    "-- PostgreSQL database dump",
    "SELECT pg_catalog.set_config('search_path', '', false);",
];

/// The settings that it changes and leaves behind.
const SETTINGS: &str = "'{statement_timeout,lock_timeout,idle_in_transaction_session_timeout,transaction_timeout,\
     standard_conforming_strings,search_path,check_function_bodies,xmloption,client_min_messages,row_security,\
     default_tablespace,default_table_access_method}'";

/// Returns whether `pg_dump` wrote a script.
pub(super) fn is_dump(script: &str) -> bool {
    HEADS.iter().any(|head| script.contains(head))
}

/// Returns the statement that puts back what such a script changes about its session.
pub(super) fn back(transaction: &mut Transaction<'_>) -> Result<String, postgres::Error> {
    let sql = format!(
        "SELECT 'SELECT ' || string_agg(format('set_config(%L, %L, false)', name, current_setting(name)), ', ') \
         FROM pg_settings WHERE name = ANY ({SETTINGS}::text[])"
    );
    transaction.query_one(&sql, &[])?.try_get(0)
}

/// What becomes of a statement of such a script.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said<'s> {
    /// It runs.
    Runs(&'s str),
    /// It runs where the role that it names is there.
    IfThere(String),
    /// It is passed over: it says nothing of the schema, or what is so anyway.
    Nothing,
}

/// Returns what becomes of a statement.
pub(super) fn said(statement: &str) -> Said<'_> {
    let words: Vec<&str> = sql::written(statement).collect();
    let role = |name: &str| match name
        .strip_prefix('"')
        .and_then(|name| name.strip_suffix('"'))
    {
        Some(inside) => inside.replace("\"\"", "\""),
        None => name.to_lowercase(),
    };
    match words.as_slice() {
        // Older servers have no such setting.
        ["SET", "transaction_timeout", ..] | ["COMMENT", "ON", "EXTENSION", ..] => Said::Nothing,
        ["CREATE", "SCHEMA", "public"] => Said::Runs("CREATE SCHEMA IF NOT EXISTS public"),
        ["ALTER", .., "OWNER", "TO", name] => Said::IfThere(role(name)),
        ["GRANT", .., "TO", name] | ["REVOKE", .., "FROM", name] if *name != "PUBLIC" => {
            Said::IfThere(role(name))
        }
        _ => Said::Runs(statement),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_nothing_of_the_schema_is_passed_over() {
        for (sql, expected) in [
            ("SET transaction_timeout = 0", Said::Nothing),
            ("COMMENT ON EXTENSION pg_trgm IS 'x'", Said::Nothing),
            (
                "CREATE SCHEMA public",
                Said::Runs("CREATE SCHEMA IF NOT EXISTS public"),
            ),
            ("CREATE SCHEMA other", Said::Runs("CREATE SCHEMA other")),
            (
                "ALTER TABLE public.a OWNER TO \"Bob\"",
                Said::IfThere("Bob".to_owned()),
            ),
            (
                "GRANT SELECT ON TABLE a TO PUBLIC",
                Said::Runs("GRANT SELECT ON TABLE a TO PUBLIC"),
            ),
            ("SELECT 1", Said::Runs("SELECT 1")),
        ] {
            assert_eq!(said(sql), expected, "{sql}");
        }
    }
}
