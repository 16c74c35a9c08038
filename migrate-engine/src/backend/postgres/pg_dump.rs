//! Scripts from `pg_dump`: finds the statements that concern the session or the server, not the schema.

use postgres::Transaction;

use super::sql;

/// The beginning of such a file, and the beginning if a tool removed the comments.
const HEADS: [&str; 2] = [
    "-- PostgreSQL database dump",
    "SELECT pg_catalog.set_config('search_path', '', false);",
];

/// The settings that such a script changes and does not reset.
const SETTINGS: &str = "'{statement_timeout,lock_timeout,idle_in_transaction_session_timeout,transaction_timeout,\
     standard_conforming_strings,search_path,check_function_bodies,xmloption,client_min_messages,row_security,\
     default_tablespace,default_table_access_method}'";

/// Returns whether a script is from `pg_dump`.
pub(super) fn is_dump(script: &str) -> bool {
    HEADS.iter().any(|head| script.contains(head))
}

/// Returns the statement that resets what such a script changes in its session.
pub(super) fn back(transaction: &mut Transaction<'_>) -> Result<String, postgres::Error> {
    let sql = format!(
        "SELECT 'SELECT ' || string_agg(format('set_config(%L, %L, false)', name, current_setting(name)), ', ') \
         FROM pg_settings WHERE name = ANY ({SETTINGS}::text[])"
    );
    transaction.query_one(&sql, &[])?.try_get(0)
}

/// The treatment of a statement in such a script.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum DumpStatement<'s> {
    /// Is run.
    Runs(&'s str),
    /// Is run if the role that it names exists.
    IfThere(String),
    /// Is skipped: it does not affect the schema, or has no effect.
    Nothing,
}

/// Returns the treatment of a statement.
pub(super) fn classify(statement: &str) -> DumpStatement<'_> {
    let words: Vec<&str> = sql::written(statement).collect();
    let role = |name: &str| match name
        .strip_prefix('"')
        .and_then(|name| name.strip_suffix('"'))
    {
        Some(inside) => inside.replace("\"\"", "\""),
        None => name.to_lowercase(),
    };
    match words.as_slice() {
        // Older servers do not have this setting.
        ["SET", "transaction_timeout", ..] | ["COMMENT", "ON", "EXTENSION", ..] => {
            DumpStatement::Nothing
        }
        ["CREATE", "SCHEMA", "public"] => DumpStatement::Runs("CREATE SCHEMA IF NOT EXISTS public"),
        ["ALTER", .., "OWNER", "TO", name] => DumpStatement::IfThere(role(name)),
        ["GRANT", .., "TO", name] | ["REVOKE", .., "FROM", name] if *name != "PUBLIC" => {
            DumpStatement::IfThere(role(name))
        }
        _ => DumpStatement::Runs(statement),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_unrelated_to_the_schema_are_skipped() {
        for (sql, expected) in [
            ("SET transaction_timeout = 0", DumpStatement::Nothing),
            (
                "COMMENT ON EXTENSION pg_trgm IS 'x'",
                DumpStatement::Nothing,
            ),
            (
                "CREATE SCHEMA public",
                DumpStatement::Runs("CREATE SCHEMA IF NOT EXISTS public"),
            ),
            (
                "CREATE SCHEMA other",
                DumpStatement::Runs("CREATE SCHEMA other"),
            ),
            (
                "ALTER TABLE public.a OWNER TO \"Bob\"",
                DumpStatement::IfThere("Bob".to_owned()),
            ),
            (
                "GRANT SELECT ON TABLE a TO PUBLIC",
                DumpStatement::Runs("GRANT SELECT ON TABLE a TO PUBLIC"),
            ),
            ("SELECT 1", DumpStatement::Runs("SELECT 1")),
        ] {
            assert_eq!(classify(sql), expected, "{sql}");
        }
    }
}
