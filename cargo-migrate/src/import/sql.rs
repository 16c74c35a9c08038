//! Finds the statements of an SQL script, and those that begin or end a transaction.
//!
//! It knows strings, comments, dollar quotes and routine bodies, but no statement by its meaning.

use std::ops::Range;

/// How strings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strings {
    /// As in the standard, in PostgreSQL and SQLite.
    Standard,
    /// With backslashes, as in MariaDB and MySQL.
    Backslash,
}

/// What a script does with transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// It neither begins nor ends one.
    None,
    /// It is one transaction: the script without its first and last statement.
    Whole(String),
    /// It begins or ends transactions on its way.
    Parts,
}

/// A statement of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// Its bytes, with the semicolon.
    pub(super) range: Range<usize>,
    /// All its words outside of strings and comments, in upper case.
    pub(super) words: Vec<String>,
}

impl Statement {
    /// Returns whether it begins or ends a transaction.
    pub(super) fn control(&self) -> Option<Control> {
        let word = |at: usize| self.words.get(at).map_or("", String::as_str);
        match (word(0), word(1)) {
            ("BEGIN", "NOT" | "ATOMIC") => None,
            ("BEGIN", _) | ("START", "TRANSACTION") => Some(Control::Begin),
            ("COMMIT" | "END", _) => Some(Control::Commit),
            ("ROLLBACK", "TO") => None,
            ("ROLLBACK", _) if word(2) == "TO" => None,
            ("ROLLBACK" | "ABORT", _) => Some(Control::Rollback),
            _ => None,
        }
    }

    /// Returns whether PostgreSQL runs it outside a transaction only.
    fn is_outside(&self) -> bool {
        let is = |word: &str| self.words.iter().any(|own| own == word);
        matches!(self.words.first().map(String::as_str), Some("VACUUM"))
            || is("CONCURRENTLY") && !is("REFRESH")
    }
}

/// The effect of a statement on a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    Begin,
    Commit,
    Rollback,
}

/// Returns what a script does with transactions.
pub(super) fn framing(sql: &str, strings: Strings) -> Framing {
    let statements = statements(sql, strings);
    let controls: Vec<(usize, Control)> = statements
        .iter()
        .enumerate()
        .filter_map(|(at, statement)| Some((at, statement.control()?)))
        .collect();
    match controls[..] {
        [] => Framing::None,
        [(0, Control::Begin), (last, Control::Commit)] if last + 1 == statements.len() => {
            let (begin, commit) = (&statements[0].range, &statements[last].range);
            let parts = [
                &sql[..begin.start],
                sql[begin.end..commit.start].trim_start_matches('\n'),
                &sql[commit.end..],
            ];
            Framing::Whole(parts.concat())
        }
        _ => Framing::Parts,
    }
}

/// Returns whether PostgreSQL runs a statement of the script outside a transaction only.
pub(super) fn has_statement_outside(sql: &str, strings: Strings) -> bool {
    statements(sql, strings).iter().any(Statement::is_outside)
}

/// Returns the statements of a script. A script that sets `DELIMITER` is one statement.
pub(super) fn statements(sql: &str, strings: Strings) -> Vec<Statement> {
    let is_delimiter = |line: &str| {
        let word = line.split_whitespace().next();
        word.is_some_and(|word| word.eq_ignore_ascii_case("DELIMITER"))
    };
    let is_opaque = strings == Strings::Backslash && sql.lines().any(is_delimiter);
    let mut statements = Vec::new();
    let mut open: Option<Open> = None;
    for (range, token) in tokens(sql, strings) {
        if token == Token::End && !is_opaque {
            let is_inside = open.as_ref().is_some_and(|open| open.depth > 0);
            if !is_inside && let Some(open) = open.take() {
                statements.push(open.statement(range.end));
            }
            continue;
        }
        let open = open.get_or_insert_with(|| Open::at(range.start));
        open.end = range.end;
        if token == Token::Word {
            open.word(&sql[range]);
        }
    }
    statements.extend(open.map(|open| {
        let end = open.end;
        open.statement(end)
    }));
    statements
}

/// A statement whose end is not reached.
struct Open {
    start: usize,
    end: usize,
    words: Vec<String>,
    /// The number of blocks of a routine that are open.
    depth: usize,
}

impl Open {
    fn at(start: usize) -> Self {
        Self {
            start,
            end: start,
            words: Vec::new(),
            depth: 0,
        }
    }

    fn statement(self, end: usize) -> Statement {
        Statement {
            range: self.start..end,
            words: self.words,
        }
    }

    fn word(&mut self, word: &str) {
        let word = word.to_ascii_uppercase();
        if self.is_routine() {
            let after_end = self.words.last().is_some_and(|last| last == "END");
            match word.as_str() {
                // `END` closed the block already.
                "IF" | "LOOP" | "WHILE" | "REPEAT" | "FOR" if after_end => self.depth += 1,
                "CASE" if after_end => {}
                "BEGIN" | "CASE" => self.depth += 1,
                "END" => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        self.words.push(word);
    }

    fn is_routine(&self) -> bool {
        let kinds = ["TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "PACKAGE"];
        let mut first = self.words.iter().take(12).map(String::as_str);
        let block = self.words.first().map(String::as_str) == Some("BEGIN")
            && matches!(self.words.get(1).map(String::as_str), Some("NOT"));
        block || first.next() == Some("CREATE") && first.any(|word| kinds.contains(&word))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Word,
    /// A semicolon.
    End,
    Other,
}

/// Returns the tokens of a script, without white space and comments.
fn tokens(sql: &str, strings: Strings) -> Vec<(Range<usize>, Token)> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = sql[at..].chars().next() {
        let rest = &sql[at..];
        let (length, token) = match first {
            c if c.is_whitespace() => (c.len_utf8(), None),
            _ if rest.starts_with("--") || first == '#' && strings == Strings::Backslash => {
                (rest.find('\n').unwrap_or(rest.len()), None)
            }
            // The server runs the contents of such a comment.
            _ if rest.starts_with("/*") => {
                let runs = rest.starts_with("/*!") || rest.starts_with("/*M!");
                (comment(rest), runs.then_some(Token::Other))
            }
            '\'' | '"' | '`' => (quoted(rest, first, strings), Some(Token::Other)),
            'e' | 'E' if rest[1..].starts_with('\'') => (
                1 + quoted(&rest[1..], '\'', Strings::Backslash),
                Some(Token::Other),
            ),
            '$' => (dollar_quoted(rest), Some(Token::Other)),
            ';' => (1, Some(Token::End)),
            c if c.is_alphabetic() || c == '_' => (word(rest), Some(Token::Word)),
            c if c.is_ascii_digit() => (word(rest), Some(Token::Other)),
            c => (c.len_utf8(), Some(Token::Other)),
        };
        tokens.extend(token.map(|token| (at..at + length, token)));
        at += length;
    }
    tokens
}

fn word(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
        .unwrap_or(text.len())
}

fn comment(text: &str) -> usize {
    text[2..].find("*/").map_or(text.len(), |end| end + 4)
}

/// Returns the length of a quoted text. A doubled quote is two quoted texts in a row.
fn quoted(text: &str, quote: char, strings: Strings) -> usize {
    let escapes = strings == Strings::Backslash && quote != '`';
    let mut characters = text.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        if c == '\\' && escapes {
            characters.next();
        } else if c == quote {
            return at + 1;
        }
    }
    text.len()
}

/// Returns the length of a text between two `$tag$`, or of a single `$`.
fn dollar_quoted(text: &str) -> usize {
    let tag = text[1..].find('$').map(|end| &text[..end + 2]);
    let is_tag = |tag: &&str| {
        tag[1..tag.len() - 1]
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_')
    };
    let Some(tag) = tag.filter(is_tag) else {
        return 1;
    };
    let body = &text[tag.len()..];
    body.find(tag)
        .map_or(text.len(), |end| tag.len() + end + tag.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(sql: &str, strings: Strings) -> Vec<&str> {
        let statements = statements(sql, strings);
        statements
            .into_iter()
            .map(|statement| &sql[statement.range])
            .collect()
    }

    #[test]
    fn a_semicolon_in_a_string_a_comment_or_a_body_ends_no_statement() {
        for sql in [
            "SELECT ';''', \";\" -- ;\n /* ; */ ;",
            "CREATE FUNCTION f() RETURNS int AS $x$ BEGIN; COMMIT; END $x$ LANGUAGE plpgsql;",
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET b = CASE WHEN 1 THEN 2 END; SELECT 1; END;",
            "CREATE DEFINER = a PROCEDURE p() BEGIN IF 1 THEN SELECT 1; END IF; CASE 1 WHEN 1 THEN SELECT 1; END CASE; END;",
            "SELECT E'\\';'",
        ] {
            assert_eq!(split(sql, Strings::Standard), [sql], "{sql}");
        }
        assert_eq!(split("SELECT '\\';'; b", Strings::Backslash).len(), 2);
        assert_eq!(split("SELECT '\\'; b", Strings::Standard).len(), 2);
        assert_eq!(
            split("-- only a comment\n/* and one */", Strings::Standard).len(),
            0
        );
        assert_eq!(split("DELIMITER //\na; b //", Strings::Backslash).len(), 1);
        assert_eq!(split("/*!40101 SET x = 1 */;", Strings::Backslash).len(), 1);
    }

    #[test]
    fn a_script_that_is_one_transaction_loses_its_first_and_last_statement() {
        for (sql, expected) in [
            ("BEGIN;\nA;\nCOMMIT;\n", Framing::Whole("A;\n\n".to_owned())),
            (
                "-- why\nstart transaction;\n\nA; B;\nEND",
                Framing::Whole("-- why\nA; B;\n".to_owned()),
            ),
            ("A; B;", Framing::None),
            ("BEGIN; A; COMMIT; B;", Framing::Parts),
            ("A; COMMIT; BEGIN; B", Framing::Parts),
            ("BEGIN; A; ROLLBACK;", Framing::Parts),
            (
                "SAVEPOINT s; ROLLBACK TO s; ROLLBACK TRANSACTION TO s",
                Framing::None,
            ),
            ("DO $$ BEGIN NULL; END $$;", Framing::None),
            (
                "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END;",
                Framing::None,
            ),
        ] {
            assert_eq!(framing(sql, Strings::Standard), expected, "{sql}");
        }
    }

    #[test]
    fn only_some_statements_run_outside_a_transaction() {
        let is = |sql| has_statement_outside(sql, Strings::Standard);
        assert!(is("A; CREATE INDEX CONCURRENTLY i ON t (a)") && is("vacuum t"));
        assert!(
            !is("SELECT 'CONCURRENTLY' -- VACUUM")
                && !is("REFRESH MATERIALIZED VIEW CONCURRENTLY v")
        );
    }

    #[test]
    fn unterminated_text_does_not_panic() {
        for sql in [
            "'",
            "/*",
            "$a$",
            "$",
            "e'\\",
            "\"é",
            "CREATE TRIGGER t BEGIN",
            "/*/",
        ] {
            statements(sql, Strings::Standard);
            statements(sql, Strings::Backslash);
        }
    }
}
