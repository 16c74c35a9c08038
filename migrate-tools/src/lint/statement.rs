//! Parses one SQL statement of a revision: what it does to existing values, as far as its text shows.

use crate::describe::shortened;

use super::Lint;
use super::rules::Found;

/// Keywords after DROP for objects that hold no values.
const WITHOUT_VALUES: [&str; 14] = [
    "INDEX",
    "TRIGGER",
    "VIEW",
    "FUNCTION",
    "PROCEDURE",
    "ROUTINE",
    "AGGREGATE",
    "OPERATOR",
    "POLICY",
    "RULE",
    "EVENT",
    "CONSTRAINT",
    "DEFAULT",
    "ROLE",
];

/// A statement and its words.
pub(super) struct Statement<'s> {
    sql: &'s str,
    /// The words, without comments and string literals; names are unquoted.
    words: Vec<Word>,
}

struct Word {
    text: String,
    /// Whether it is quoted, and so is a name.
    quoted: bool,
    /// The depth of parentheses around it.
    depth: usize,
}

impl<'s> Statement<'s> {
    pub(super) fn read(sql: &'s str) -> Statement<'s> {
        Statement {
            sql,
            words: words(sql),
        }
    }

    fn is(&self, at: usize, keyword: &str) -> bool {
        let found = self.words.get(at);
        found.is_some_and(|own| !own.quoted && own.text.eq_ignore_ascii_case(keyword))
    }

    fn has(&self, keyword: &str) -> bool {
        (0..self.words.len()).any(|at| self.words[at].depth == 0 && self.is(at, keyword))
    }

    /// Returns the name that starts at `at`, after IF [NOT] EXISTS and the name of a schema.
    fn name(&self, mut at: usize) -> Option<String> {
        while ["IF", "NOT", "EXISTS", "ONLY"]
            .iter()
            .any(|keyword| self.is(at, keyword))
        {
            at += 1;
        }
        let dotted = |at: usize| self.words.get(at + 1).is_some_and(|word| word.text == ".");
        while dotted(at) {
            at += 2;
        }
        self.words.get(at).map(|word| word.text.clone())
    }

    /// Returns the table or view that it creates.
    pub(super) fn made(&self) -> Option<String> {
        let table = (1..6).find(|at| self.is(*at, "TABLE") || self.is(*at, "VIEW"))?;
        self.is(0, "CREATE").then(|| self.name(table + 1))?
    }

    /// Returns the new name that it gives to a table.
    pub(super) fn renamed_to(&self) -> Option<String> {
        if !(self.is(0, "ALTER") && self.is(1, "TABLE") && !self.has("COLUMN")) {
            return None;
        }
        let rename =
            (2..self.words.len()).find(|at| self.is(*at, "RENAME") && self.is(at + 1, "TO"))?;
        self.name(rename + 2)
    }

    /// Lints it; the revision itself created the tables in `own`.
    pub(super) fn look(&self, own: &[String]) -> Option<Found> {
        let is_own = |table: &Option<String>| {
            let name = table.as_ref();
            name.is_some_and(|name| own.iter().any(|own| own.eq_ignore_ascii_case(name)))
        };
        let whole = |table: Option<String>| {
            let all = !is_own(&table) && !self.has("WHERE") && !self.has("LIMIT");
            all.then(|| self.every_row())
        };
        if self.is(0, "DROP") {
            let plain = WITHOUT_VALUES.iter().any(|keyword| self.is(1, keyword));
            let table = self.is(1, "TABLE").then(|| self.name(2)).flatten();
            return (!plain && !is_own(&table)).then(|| Found {
                dropped: table,
                ..self.loss()
            });
        }
        if self.is(0, "ALTER") && self.is(1, "TABLE") {
            let drops = |at: &usize| {
                self.is(*at, "DROP")
                    && !WITHOUT_VALUES
                        .iter()
                        .any(|keyword| self.is(at + 1, keyword))
                    && ![
                        "NOT",
                        "IDENTITY",
                        "EXPRESSION",
                        "PRIMARY",
                        "FOREIGN",
                        "KEY",
                        "CHECK",
                    ]
                    .iter()
                    .any(|keyword| self.is(at + 1, keyword))
            };
            let lost = (2..self.words.len()).any(|at| drops(&at));
            return (lost && !is_own(&self.name(2))).then(|| self.loss());
        }
        match () {
            () if self.is(0, "UPDATE") => whole(self.name(1)),
            () if self.is(0, "DELETE") => whole(self.name(2)),
            () if self.is(0, "TRUNCATE") => whole(self.name(1 + usize::from(self.is(1, "TABLE")))),
            () => None,
        }
    }

    fn loss(&self) -> Found {
        Found::new(
            Lint::DataLoss,
            format!("`{}`", shortened(self.sql)),
            "use the operation of this name: it records what it drops, and a downgrade counts the lost values",
        )
    }

    fn every_row(&self) -> Found {
        Found::new(
            Lint::EveryRow,
            format!("`{}` changes every row", shortened(self.sql)),
            "limit the statement to some rows, or change them in batches: `op.rows()`",
        )
    }
}

/// Splits a statement into its words and dots, without comments and string literals.
fn words(sql: &str) -> Vec<Word> {
    let mut found = Vec::new();
    let (mut rest, mut depth) = (sql, 0_usize);
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '-' if rest.starts_with("--") => line(rest),
            '#' => line(rest),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '\'' => quoted(rest, '\''),
            '"' | '`' | '[' => {
                let end = quoted(rest, if c == '[' { ']' } else { c });
                let text = rest.get(1..end.saturating_sub(1)).unwrap_or_default();
                found.push(Word {
                    text: text.to_owned(),
                    quoted: true,
                    depth,
                });
                end
            }
            c if is_word(c) => {
                let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                found.push(Word {
                    text: rest[..end].to_owned(),
                    quoted: false,
                    depth,
                });
                end
            }
            c => {
                match c {
                    '(' => depth += 1,
                    ')' => depth = depth.saturating_sub(1),
                    '.' => found.push(Word {
                        text: ".".to_owned(),
                        quoted: false,
                        depth,
                    }),
                    _ => {}
                }
                c.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    found
}

fn line(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

/// Returns the end of a quoted text; a doubled quote inside it is an escaped quote.
fn quoted(text: &str, end: char) -> usize {
    text[1..].find(end).map_or(text.len(), |at| at + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lint(sql: &str) -> Option<Lint> {
        let own = ["made".to_owned()];
        Statement::read(sql).look(&own).map(|found| found.lint)
    }

    #[test]
    fn a_statement_is_classified_by_its_keywords() {
        for (sql, expected) in [
            ("-- all\nDELETE FROM t", Some(Lint::EveryRow)),
            ("DELETE FROM t\nWHERE(id = 1)", None),
            ("DELETE FROM t -- WHERE", Some(Lint::EveryRow)),
            ("UPDATE t SET a = (SELECT 1 WHERE b)", Some(Lint::EveryRow)),
            ("UPDATE t SET a = 'where'", Some(Lint::EveryRow)),
            ("UPDATE t SET a = 1 WHERE b", None),
            ("UPDATE made SET a = 1", None),
            ("TRUNCATE TABLE t", Some(Lint::EveryRow)),
            ("DROP TABLE IF EXISTS a.t", Some(Lint::DataLoss)),
            ("DROP TABLE made", None),
            ("DROP INDEX ix", None),
            ("ALTER TABLE t DROP COLUMN a", Some(Lint::DataLoss)),
            ("ALTER TABLE t DROP a", Some(Lint::DataLoss)),
            ("ALTER TABLE t DROP CONSTRAINT c", None),
            ("ALTER TABLE t ALTER COLUMN a DROP NOT NULL", None),
            ("INSERT INTO t VALUES ('; DROP TABLE t')", None),
        ] {
            assert_eq!(lint(sql), expected, "{sql}");
        }
        let renamed = |sql| Statement::read(sql).renamed_to();
        assert_eq!(
            renamed("ALTER TABLE t_new RENAME TO \"t\""),
            Some("t".to_owned())
        );
        assert_eq!(renamed("ALTER TABLE t RENAME COLUMN a TO b"), None);
        let made = Statement::read("CREATE TEMP TABLE IF NOT EXISTS main.t (id)").made();
        assert_eq!(made, Some("t".to_owned()));
    }
}
