//! Determines from the text of a statement whether it removes all rows of a table, or replaces rows.

use crate::backend::sqlite::rebuild::token::{Token, tokens};

/// The effect of a statement beyond its own table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::backend::sqlite) enum Reach {
    /// None, or only the intended one, as with `DELETE … WHERE`.
    Own,
    /// `DROP TABLE`.
    Drop(String),
    /// `DELETE FROM` without a condition.
    DeleteAll(String),
    /// `REPLACE`, or `INSERT` and `UPDATE` with `OR REPLACE`.
    Replace(String),
    /// `PRAGMA foreign_keys`, on or off.
    Keys(bool),
}

/// Returns whether a script may contain a statement with an effect beyond its table. The check is fast and never misses
/// one.
pub(in crate::backend::sqlite) fn may_reach(script: &str) -> bool {
    let words = ["alter", "drop", "delete", "replace", "foreign_keys"];
    words.iter().any(|word| holds(script, word))
}

fn holds(script: &str, word: &str) -> bool {
    let mut windows = script.as_bytes().windows(word.len());
    windows.any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

/// Returns whether a statement changes or drops an object that a view, trigger or full-text table may use.
pub(in crate::backend::sqlite) fn alters(sql: &str) -> bool {
    if !(holds(sql, "alter") || holds(sql, "drop")) {
        return false;
    }
    let tokens = tokens(sql).unwrap_or_default();
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.is_word(sql, word));
    is(0, "ALTER") || (is(0, "DROP") && (is(1, "TABLE") || is(1, "VIEW")))
}

/// Determines the effect of one statement.
pub(in crate::backend::sqlite) fn reach(sql: &str) -> Reach {
    if is_plain(sql) {
        return Reach::Own;
    }
    let Ok(tokens) = tokens(sql) else {
        return Reach::Own;
    };
    of_tokens(sql, &tokens).unwrap_or(Reach::Own)
}

/// Returns whether the first word shows that the statement has no such effect. This is fast, because most statements
/// run many times.
fn is_plain(sql: &str) -> bool {
    let sql = sql.trim_start();
    let word = |text: &str| -> usize {
        let end = text.bytes().position(|byte| !byte.is_ascii_alphabetic());
        end.unwrap_or(text.len())
    };
    let (first, rest) = sql.split_at(word(sql));
    let is = |words: &[&str]| words.iter().any(|one| first.eq_ignore_ascii_case(one));
    if is(&["INSERT", "UPDATE"]) {
        let rest = rest.trim_start();
        let (second, _) = rest.split_at(word(rest));
        // Not a word, but a comment or a quoted name.
        return !second.is_empty() && !second.eq_ignore_ascii_case("OR");
    }
    is(&[
        "SELECT",
        "CREATE",
        "ALTER",
        "VALUES",
        "ANALYZE",
        "REINDEX",
        "SAVEPOINT",
        "RELEASE",
    ])
}

fn of_tokens(sql: &str, tokens: &[Token]) -> Option<Reach> {
    let mut at = 0;
    if tokens.first()?.is_word(sql, "WITH") {
        // The statement itself follows the bracketed list of common tables.
        let mut depth = 0_usize;
        at = tokens.iter().position(|token| {
            if token.is_mark(sql, "(") {
                depth += 1;
            } else if token.is_mark(sql, ")") {
                depth = depth.saturating_sub(1);
            }
            let is = |word: &str| token.is_word(sql, word);
            depth == 0 && (is("DELETE") || is("REPLACE") || is("INSERT") || is("UPDATE"))
        })?;
    }
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.is_word(sql, word));
    let replaces = is(at + 1, "OR") && is(at + 2, "REPLACE");
    if is(at, "DROP") && is(at + 1, "TABLE") {
        let name = if is(at + 2, "IF") { at + 4 } else { at + 2 };
        return Some(Reach::Drop(table(sql, tokens, name)?.0));
    }
    if is(at, "DELETE") && is(at + 1, "FROM") {
        let (table, after) = table(sql, tokens, at + 2)?;
        let narrowed = tokens[after..]
            .iter()
            .any(|token| token.is_word(sql, "WHERE") || token.is_word(sql, "LIMIT"));
        return (!narrowed).then_some(Reach::DeleteAll(table));
    }
    if is(at, "REPLACE") && is(at + 1, "INTO") {
        return Some(Reach::Replace(table(sql, tokens, at + 2)?.0));
    }
    if is(at, "INSERT") && replaces && is(at + 3, "INTO") {
        return Some(Reach::Replace(table(sql, tokens, at + 4)?.0));
    }
    if is(at, "UPDATE") && replaces {
        return Some(Reach::Replace(table(sql, tokens, at + 3)?.0));
    }
    if is(at, "PRAGMA") {
        return pragma(sql, &tokens[at + 1..]);
    }
    None
}

/// Parses the name of a table of the main database, and returns where it ends.
fn table(sql: &str, tokens: &[Token], at: usize) -> Option<(String, usize)> {
    let name = tokens.get(at).filter(|token| token.can_name())?.name(sql);
    let dotted = tokens
        .get(at + 1)
        .is_some_and(|token| token.is_mark(sql, "."));
    if !dotted {
        return Some((name, at + 1));
    }
    let own = tokens.get(at + 2)?.name(sql);
    name.eq_ignore_ascii_case("main").then_some((own, at + 3))
}

fn pragma(sql: &str, tokens: &[Token]) -> Option<Reach> {
    let tokens = match tokens {
        [_, dot, rest @ ..] if dot.is_mark(sql, ".") => rest,
        tokens => tokens,
    };
    let [name, mark, value, ..] = tokens else {
        return None;
    };
    let sets = mark.is_mark(sql, "=") || mark.is_mark(sql, "(");
    if !sets || !name.name(sql).eq_ignore_ascii_case("foreign_keys") {
        return None;
    }
    let value = value.name(sql).to_ascii_lowercase();
    let on = ["on", "yes", "true"].contains(&&*value)
        || value.parse::<i64>().is_ok_and(|number| number != 0);
    Some(Reach::Keys(on))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_to_objects_that_others_may_use_are_detected() {
        for sql in [
            "ALTER TABLE t RENAME a TO b",
            "/* x */ drop view if exists v",
            "DROP TABLE temp.t",
        ] {
            assert!(alters(sql) && may_reach(sql), "{sql}");
        }
        for sql in [
            "DROP INDEX i",
            "INSERT INTO t VALUES ('DROP TABLE t')",
            "CREATE VIEW drop_view AS SELECT 1",
            "SELECT '",
        ] {
            assert!(!alters(sql), "{sql}");
        }
    }

    #[test]
    fn statements_that_affect_whole_tables_are_recognized() {
        let drop = |name: &str| Reach::Drop(name.to_owned());
        let all = |name: &str| Reach::DeleteAll(name.to_owned());
        let replace = |name: &str| Reach::Replace(name.to_owned());
        for (sql, expected) in [
            ("DROP TABLE shelf", drop("shelf")),
            (
                " -- away\n drop table if exists main.\"the shelf\"",
                drop("the shelf"),
            ),
            ("DROP TABLE temp.shelf", Reach::Own),
            ("DROP VIEW shelf", Reach::Own),
            ("DELETE FROM shelf", all("shelf")),
            ("DELETE FROM [shelf] RETURNING id", all("shelf")),
            ("DELETE FROM shelf WHERE id = 1", Reach::Own),
            (
                "WITH x AS (SELECT 1 WHERE 1) DELETE FROM shelf",
                all("shelf"),
            ),
            ("REPLACE INTO shelf VALUES (1)", replace("shelf")),
            ("insert or replace into `shelf` SELECT 1", replace("shelf")),
            ("UPDATE OR REPLACE shelf SET id = 1", replace("shelf")),
            ("INSERT INTO shelf VALUES ('replace')", Reach::Own),
            (
                "INSERT/**/OR REPLACE INTO shelf VALUES (1)",
                replace("shelf"),
            ),
            ("PRAGMA foreign_keys=OFF", Reach::Keys(false)),
            ("PRAGMA main.foreign_keys(1)", Reach::Keys(true)),
            ("PRAGMA foreign_keys", Reach::Own),
            ("PRAGMA defer_foreign_keys = ON", Reach::Own),
            (
                "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM shelf; END",
                Reach::Own,
            ),
        ] {
            assert_eq!(reach(sql), expected, "{sql}");
            assert!(may_reach(sql) || expected == Reach::Own, "{sql}");
        }
    }
}
