//! Writes the bodies of `up` and `down` of an imported revision, as rustfmt would format them.
//!
//! SQL becomes an inline literal and not a separate file, so that a revision is one file.

use super::sql::{self, Framing, Strings};
use super::{Script, Transaction};

/// The width after which rustfmt breaks a call.
const WIDTH: usize = 100;

/// The bodies of a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bodies {
    pub(super) up: String,
    pub(super) down: String,
    /// Whether the revision runs in a transaction.
    pub(super) transaction: bool,
    /// Whether `BEGIN` and `COMMIT` around a script were left out.
    pub(super) unframed: bool,
    /// Whether the revision can't be downgraded.
    pub(super) irreversible: bool,
}

/// Returns the bodies of a revision.
pub(super) fn bodies(
    up: &Script,
    down: &Script,
    transaction: Transaction,
    strings: Strings,
) -> Bodies {
    let is_empty = |script: &Script| match script {
        Script::Sql(sql) => sql::statements(sql, strings).is_empty(),
        _ => false,
    };
    let does_nothing = is_empty(up);
    let down = match down {
        Script::Missing(_) if does_nothing => &Script::Sql(String::new()),
        // As a revision, it would be recorded as downgraded, although nothing was undone.
        down if is_empty(down) && !does_nothing => {
            &Script::Missing("the down script of its migration is empty".to_owned())
        }
        down => down,
    };
    let mut transaction = match transaction {
        Transaction::Inside => true,
        Transaction::Outside => false,
        Transaction::ByStatement => ![up, down].into_iter().any(|script| match script {
            Script::Sql(sql) => sql::has_statement_outside(sql, strings),
            _ => false,
        }),
    };
    let scripts = [up, down].map(|script| match script {
        Script::Sql(sql) if transaction => sql::framing(sql, strings),
        _ => Framing::None,
    });
    transaction &= !scripts.contains(&Framing::Parts);
    let unframed = transaction && scripts.iter().any(|one| matches!(one, Framing::Whole(_)));
    let text = |script: &Script, framing: &Framing| match framing {
        Framing::Whole(sql) if transaction => body(&Script::Sql(sql.clone()), strings),
        _ => body(script, strings),
    };
    Bodies {
        up: text(up, &scripts[0]),
        down: text(down, &scripts[1]),
        transaction,
        unframed,
        irreversible: matches!(down, Script::Missing(_)),
    }
}

fn body(script: &Script, strings: Strings) -> String {
    match script {
        Script::Missing(reason) => call("op.irreversible", &literal(reason)),
        Script::ToWrite(what) => call("compile_error!", &literal(what)),
        Script::Sql(sql) if !sql::statements(sql, strings).is_empty() => {
            call("op.execute", &literal(sql))
        }
        Script::Sql(comments) => {
            let lines = comments
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty());
            let mut text: String = lines
                .map(|line| format!("    // {}\n", escaped(line)))
                .collect();
            text.push_str("    Ok(())\n");
            text
        }
    }
}

/// Returns a call as the last expression of a function.
fn call(function: &str, argument: &str) -> String {
    let line = format!("    {function}({argument})\n");
    match argument.contains('\n') || line.chars().count() > WIDTH + 1 {
        false => line,
        true => format!("    {function}(\n        {argument},\n    )\n"),
    }
}

/// Returns the literal of a text: one line as a string, several as a raw string that begins on a line of its own.
fn literal(text: &str) -> String {
    let trimmed = text.trim();
    let is_plain = !trimmed.contains(['"', '\\']);
    match trimmed.contains('\n') {
        _ if trimmed.chars().any(is_unseen) => format!("{trimmed:?}"),
        false if is_plain => format!("\"{trimmed}\""),
        false => raw(trimmed),
        true => raw(&format!("\n{}\n", text.trim_matches('\n').trim_end())),
    }
}

fn raw(text: &str) -> String {
    let mut marks = String::new();
    while text.contains(&format!("\"{marks}")) {
        marks.push('#');
    }
    // Without a mark, a later edit that adds a quote would not compile.
    if marks.is_empty() {
        marks.push('#');
    }
    format!("r{marks}\"{text}\"{marks}")
}

/// Returns whether the compiler rejects a character in a literal, or a reader does not see it.
fn is_unseen(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t'
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn escaped(line: &str) -> String {
    let parts = line.chars().map(|c| match is_unseen(c) {
        true => c.escape_unicode().to_string(),
        false => c.to_string(),
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(up: &str, down: Script, transaction: Transaction) -> Bodies {
        bodies(
            &Script::Sql(up.to_owned()),
            &down,
            transaction,
            Strings::Standard,
        )
    }

    fn sql(text: &str) -> Script {
        Script::Sql(text.to_owned())
    }

    #[test]
    fn sql_is_kept_in_a_literal() {
        let lines = "CREATE TABLE a (\n  b TEXT\n);\n";
        let written = of(lines, sql("DROP TABLE a;\n"), Transaction::Inside);
        assert_eq!(
            written.up,
            "    op.execute(\n        r#\"\nCREATE TABLE a (\n  b TEXT\n);\n\"#,\n    )\n"
        );
        assert_eq!(written.down, "    op.execute(\"DROP TABLE a;\")\n");
        assert_eq!(literal("a \"b\""), "r#\"a \"b\"\"#");
        assert_eq!(literal("a \"# b"), "r##\"a \"# b\"##");
        assert_eq!(literal("a \\ b"), "r#\"a \\ b\"#");
        assert_eq!(literal("a \u{202e} \"b"), "\"a \\u{202e} \\\"b\"");
    }

    #[test]
    fn a_missing_or_empty_down_is_irreversible() {
        for down in [Script::Missing("none".to_owned()), sql("-- nothing\n")] {
            let written = of("A;", down.clone(), Transaction::Inside);
            assert!(written.irreversible && written.down.starts_with("    op.irreversible("));
            let empty = of("-- note \"x\"\n", down, Transaction::Inside);
            assert!(!empty.irreversible && empty.down.ends_with("    Ok(())\n"));
            assert_eq!(empty.up, "    // -- note \"x\"\n    Ok(())\n");
        }
    }

    #[test]
    fn the_transaction_is_that_of_the_migration() {
        let framed = of("BEGIN;\nA;\nCOMMIT;", sql("B"), Transaction::Inside);
        assert!(framed.transaction && framed.unframed);
        assert_eq!(framed.up, "    op.execute(\"A;\")\n");
        let parts = of(
            "BEGIN;\nA;\nCOMMIT;",
            sql("A; COMMIT; B"),
            Transaction::Inside,
        );
        assert!(!parts.transaction && !parts.unframed && parts.up.contains("BEGIN"));
        assert!(!of("A", sql("B"), Transaction::Outside).transaction);
        let index = "CREATE INDEX CONCURRENTLY i ON t (a)";
        assert!(of(index, sql("B"), Transaction::Inside).transaction);
        assert!(!of(index, sql("B"), Transaction::ByStatement).transaction);
    }
}
