//! Reads the statements of a file that describes the desired schema, such as the output of `pg_dump --schema-only`.

use std::borrow::Cow;

use super::pg_dump::{self, DumpStatement};
use super::sql::{self, Token, Tokens};

/// Returns the statements that affect the schema, each with its start: without rows, transactions, privileges and
/// databases. Settings are limited to the transaction, so the session keeps its own.
///
/// `COPY … FROM stdin` is kept, so that the server reports an error: a schema file must not contain rows.
pub(super) fn statements(script: &str) -> Vec<(usize, Cow<'_, str>)> {
    let found = sql::statements(script).into_iter().filter_map(|statement| {
        let statement = without_leading_comments(statement);
        let at = statement.as_ptr() as usize - script.as_ptr() as usize;
        Some((at, schema_statement(statement)?))
    });
    found.collect()
}

/// Returns a statement without the text before its first word: comments, and the psql command that changes the
/// database.
fn without_leading_comments(statement: &str) -> &str {
    let mut rest = statement;
    loop {
        let first = Tokens::new(rest).find(|(_, _, token)| !matches!(token, Token::Space));
        let Some((start, _, _)) = first else {
            return rest;
        };
        rest = &rest[start..];
        let line = rest.lines().next().unwrap_or_default();
        match line.split_whitespace().next() {
            Some("\\connect" | "\\c") => rest = &rest[line.len()..],
            _ => return rest,
        }
    }
}

/// Statements that do not change a schema.
const IGNORED_STATEMENTS: [&str; 13] = [
    "ANALYZE",
    "DELETE",
    "GRANT",
    "INSERT",
    "MERGE",
    "RELEASE",
    "REVOKE",
    "ROLLBACK",
    "SAVEPOINT",
    "TRUNCATE",
    "UPDATE",
    "VACUUM",
    "ALTER DEFAULT PRIVILEGES",
];

/// Settings that do not affect the created objects, or that another server version does not support.
const IGNORED_SETTINGS: [&str; 10] = [
    "client_encoding",
    "client_min_messages",
    "default_with_oids",
    "escape_string_warning",
    "idle_in_transaction_session_timeout",
    "lock_timeout",
    "role",
    "row_security",
    "statement_timeout",
    "transaction_timeout",
];

fn schema_statement(statement: &str) -> Option<Cow<'_, str>> {
    let words: Vec<&str> = sql::written(statement).collect();
    let is = |at: usize, word: &str| {
        words
            .get(at)
            .is_some_and(|it| it.eq_ignore_ascii_case(word))
    };
    let starts_with = |text: &str| text.split(' ').enumerate().all(|(at, word)| is(at, word));
    if sql::leaves(statement).is_some() || IGNORED_STATEMENTS.iter().any(|text| starts_with(text)) {
        return None;
    }
    let of_database =
        ["CREATE", "ALTER", "DROP"].iter().any(|word| is(0, word)) && is(1, "DATABASE");
    if of_database || starts_with("COMMENT ON DATABASE") {
        return None;
    }
    // A script that sets the search path in this way qualifies all names.
    if starts_with("SELECT pg_catalog . set_config") || starts_with("SELECT pg_catalog . setval") {
        return None;
    }
    if is(0, "SET") {
        return setting(statement, &words).map(Cow::Owned);
    }
    match pg_dump::classify(statement) {
        DumpStatement::Runs(statement) => Some(Cow::Borrowed(statement)),
        DumpStatement::IfThere(_) | DumpStatement::Nothing => None,
    }
}

fn setting(statement: &str, words: &[&str]) -> Option<String> {
    let scoped = words.get(1).is_some_and(|word| {
        ["SESSION", "LOCAL"]
            .iter()
            .any(|scope| word.eq_ignore_ascii_case(scope))
    });
    let name = words.get(if scoped { 2 } else { 1 })?;
    let has_no_effect = IGNORED_SETTINGS
        .iter()
        .any(|it| name.eq_ignore_ascii_case(it));
    if has_no_effect || name.eq_ignore_ascii_case("AUTHORIZATION") {
        return None;
    }
    let at = name.as_ptr() as usize - statement.as_ptr() as usize;
    Some(format!("SET LOCAL {}", &statement[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUMP: &str = r#"--
-- PostgreSQL database dump
--

\restrict 9f8e

SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET default_tablespace = '';

CREATE SCHEMA public;
ALTER SCHEMA public OWNER TO pg_database_owner;
COMMENT ON EXTENSION pg_trgm IS 'x';

CREATE TABLE public.a (b text DEFAULT ';');
ALTER TABLE public.a OWNER TO postgres;
ALTER TABLE ONLY public.a ALTER COLUMN b SET NOT NULL;
INSERT INTO public.a VALUES ('it''s; ok');
SELECT pg_catalog.setval('public.a_seq', 3, true);
GRANT SELECT ON TABLE public.a TO PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT SELECT ON TABLES TO bob;

\unrestrict 9f8e
"#;

    fn statement_texts(script: &str) -> Vec<String> {
        let statements = statements(script).into_iter();
        statements
            .map(|(_, statement)| statement.into_owned())
            .collect()
    }

    #[test]
    fn a_file_of_pg_dump_is_its_schema() {
        assert_eq!(
            statement_texts(DUMP),
            [
                "SET LOCAL check_function_bodies = false",
                "SET LOCAL default_tablespace = ''",
                "CREATE SCHEMA IF NOT EXISTS public",
                "CREATE TABLE public.a (b text DEFAULT ';')",
                "ALTER TABLE ONLY public.a ALTER COLUMN b SET NOT NULL",
            ]
        );
    }

    #[test]
    fn a_statement_starts_after_its_comments() {
        let script = "-- one\n/* two */ CREATE TABLE a (b int);\n\n-- three\nCREATE TABLE c ();";
        let lines: Vec<usize> = statements(script)
            .iter()
            .map(|(at, _)| script[..*at].matches('\n').count() + 1)
            .collect();
        assert_eq!(lines, [2, 5]);
    }

    #[test]
    fn statements_that_change_no_schema_are_skipped() {
        for sql in [
            "BEGIN",
            "COMMIT",
            "SET SESSION AUTHORIZATION bob",
            "SET ROLE bob",
            "CREATE DATABASE app",
            "-- Name: app\n\\connect app\n\nSET lock_timeout = 0",
        ] {
            assert_eq!(statement_texts(sql), [""; 0], "{sql}");
        }
    }

    #[test]
    fn significant_statements_are_kept() {
        for (sql, runs) in [
            ("SET search_path = app", "SET LOCAL search_path = app"),
            (
                "SET SESSION search_path TO app",
                "SET LOCAL search_path TO app",
            ),
            ("COPY a FROM stdin", "COPY a FROM stdin"),
            (
                "SELECT create_hypertable('a')",
                "SELECT create_hypertable('a')",
            ),
            ("\\i other.sql\nSELECT 1", "\\i other.sql\nSELECT 1"),
        ] {
            assert_eq!(statement_texts(sql), [runs], "{sql}");
        }
    }
}
