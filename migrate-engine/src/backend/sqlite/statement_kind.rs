//! Splits a script into statements, and determines their transaction behaviour.

use std::borrow::Cow;

use crate::backend::StatementKind;

use super::rebuild::token::{Kind, Token, tokens};

/// Returns the statements of a script with their transaction behaviour. Statements of comments only are left out. A
/// script that can't be tokenized counts as one statement.
pub(super) fn statements(script: &str) -> Vec<(&str, StatementKind)> {
    let Ok(tokens) = tokens(script) else {
        return vec![(script, StatementKind::TransactionControl)];
    };
    let mut found = Vec::new();
    let mut begin = 0;
    for at in 0..tokens.len() {
        let own = &tokens[begin..at];
        if tokens[at].is_mark(script, ";") && (!is_trigger(own, script) || ended(own, script)) {
            found.extend(statement(own, script));
            begin = at + 1;
        }
    }
    found.extend(statement(&tokens[begin..], script));
    found
}

fn statement<'s>(tokens: &[Token], script: &'s str) -> Option<(&'s str, StatementKind)> {
    let (first, last) = (tokens.first()?, tokens.last()?);
    let text = &script[first.span.start..last.span.end];
    Some((text, classify(tokens, script)))
}

fn is_trigger(tokens: &[Token], script: &str) -> bool {
    let mut words = tokens.iter().take(3);
    words
        .next()
        .is_some_and(|first| first.is_word(script, "CREATE"))
        && words.any(|word| word.is_word(script, "TRIGGER"))
}

/// Returns whether the body of a trigger has reached its END. A CASE has an END too, but never after a semicolon.
fn ended(tokens: &[Token], script: &str) -> bool {
    let mut last = tokens.iter().rev();
    last.next().is_some_and(|word| word.is_word(script, "END"))
        && last.next().is_some_and(|mark| mark.is_mark(script, ";"))
}

fn classify(tokens: &[Token], script: &str) -> StatementKind {
    let mut words = tokens
        .iter()
        .filter(|token| token.kind == Kind::Word)
        .map(|token| token.raw(script).to_ascii_uppercase());
    let first = words.next().unwrap_or_default();
    match first.as_str() {
        "VACUUM" => StatementKind::NonTransactional,
        "PRAGMA" | "ATTACH" | "DETACH" => StatementKind::SessionSetting,
        // Outside a transaction, SAVEPOINT begins one.
        "BEGIN" | "COMMIT" | "END" | "ROLLBACK" | "SAVEPOINT" | "RELEASE" => {
            StatementKind::TransactionControl
        }
        _ => StatementKind::Transactional,
    }
}

/// Returns the statements of a script that define a schema, each with its byte offset. Rows, settings, transactions,
/// and tables that SQLite creates itself are left out. The script has the format of `.schema` or `.dump` in `sqlite3`.
pub(super) fn of_schema(script: &str) -> Vec<(usize, Cow<'_, str>)> {
    let Ok(tokens) = tokens(script) else {
        return vec![(0, Cow::Borrowed(script))];
    };
    let start = |text: &str| text.as_ptr() as usize - script.as_ptr() as usize;
    let found = statements(script).into_iter().filter_map(|(text, _)| {
        let at = start(text);
        let first = tokens.partition_point(|token| token.span.start < at);
        let own = &tokens[first..];
        let word = |number: usize| own.get(number).map(|token| token.name(script));
        let is = |number: usize, word: &str| {
            own.get(number)
                .is_some_and(|token| token.is_word(script, word))
        };
        if is(0, "INSERT") && word(2).is_some_and(|name| is_schema_table(&name)) {
            return Some((at, Cow::Owned(virtual_table(own, script)?)));
        }
        let is_ignored = IGNORED_STATEMENTS.iter().any(|word| is(0, word));
        // CREATE TABLE [IF NOT EXISTS] name
        let name = if is(2, "IF") { word(5) } else { word(2) };
        let is_own = is(0, "CREATE")
            && is(1, "TABLE")
            && name.is_some_and(|name| name.to_ascii_lowercase().starts_with("sqlite_"));
        (!is_ignored && !is_own).then_some((at, Cow::Borrowed(text)))
    });
    found.collect()
}

/// Statements that do not change a schema.
const IGNORED_STATEMENTS: [&str; 15] = [
    "PRAGMA",
    "BEGIN",
    "COMMIT",
    "END",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE",
    "INSERT",
    "REPLACE",
    "UPDATE",
    "DELETE",
    "SELECT",
    "ANALYZE",
    "VACUUM",
    "REINDEX",
];

fn is_schema_table(name: &str) -> bool {
    ["sqlite_schema", "sqlite_master"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// Returns the statement of a virtual table that `.dump` inserts into the schema table.
fn virtual_table(tokens: &[Token], script: &str) -> Option<String> {
    let end = tokens.iter().position(|token| token.is_mark(script, ";"));
    let own = &tokens[..end.unwrap_or(tokens.len())];
    let mut texts = own.iter().filter(|token| token.kind == Kind::Text);
    let last = texts.next_back()?.name(script);
    last.to_ascii_uppercase()
        .starts_with("CREATE VIRTUAL TABLE")
        .then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_split_where_its_statements_end() {
        let trigger = "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN \
                       UPDATE a SET b = CASE WHEN c THEN 1 END; DELETE FROM a; END";
        let script = format!("PRAGMA x; -- one\n;;{trigger}; vacuum; INSERT INTO a VALUES (';');");
        assert_eq!(
            statements(&script),
            [
                ("PRAGMA x", StatementKind::SessionSetting),
                (trigger, StatementKind::Transactional),
                ("vacuum", StatementKind::NonTransactional),
                ("INSERT INTO a VALUES (';')", StatementKind::Transactional),
            ]
        );
        assert_eq!(
            statements("SAVEPOINT x")[0].1,
            StatementKind::TransactionControl
        );
        assert_eq!(
            statements("SELECT 'open")[0].1,
            StatementKind::TransactionControl
        );
        assert_eq!(statements(" -- nothing\n"), []);
    }

    #[test]
    fn statements_the_client_adds_to_a_schema_are_skipped() {
        let script = "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE sqlite_sequence(name,seq);\n\
                      CREATE TABLE IF NOT EXISTS \"a\" (id INTEGER PRIMARY KEY AUTOINCREMENT);\n\
                      INSERT INTO a VALUES(1);\nPRAGMA writable_schema=ON;\n\
                      INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','f','f',0,'CREATE VIRTUAL TABLE f USING fts5(x, content=''a'')');\n\
                      DELETE FROM sqlite_sequence;\nCREATE VIEW v AS SELECT 1\n/* v(1) */;\nCOMMIT;\n";
        let found = of_schema(script);
        let texts: Vec<&str> = found.iter().map(|(_, text)| &**text).collect();
        assert_eq!(
            texts,
            [
                "CREATE TABLE IF NOT EXISTS \"a\" (id INTEGER PRIMARY KEY AUTOINCREMENT)",
                "CREATE VIRTUAL TABLE f USING fts5(x, content='a')",
                "CREATE VIEW v AS SELECT 1",
            ]
        );
        assert!(script[found[0].0..].starts_with("CREATE TABLE IF"));
    }
}
