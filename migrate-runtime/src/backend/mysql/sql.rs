//! The text of statements: where one ends, what its first words are, and its placeholders.
//!
//! Comes in: text. Goes out: text. Knows quoting and comments as the server reads them with the `sql_mode` that a run
//! sets: texts stand in `'` or `"`, backslashes escape, names stand in backticks.

use crate::backend::Stands;

/// Returns the statements of a script, without the semicolons between them. Those of nothing but comments are left out.
///
/// The body of a trigger or a routine is one statement with what stands around it. `DELIMITER` is a word of the command
/// line client's and understood too, because people paste its scripts.
pub(super) fn statements(script: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut delimiter = ";";
    let mut begin = 0;
    let mut body = Body::default();
    let mut tokens = Tokens::new(script);
    while let Some((start, end, token)) = tokens.next() {
        // Another sign than `;` may stand at the end of a word.
        let sign = match delimiter {
            ";" => (body.depth == 0 && token == Token::Sign(b';')).then_some(0),
            other if token == Token::Quoted || token == Token::Space => {
                script[start..].starts_with(other).then_some(0)
            }
            other => {
                let near = script.get(start..end + other.len() - 1);
                near.unwrap_or(&script[start..]).find(other)
            }
        };
        if let Some(at) = sign {
            found.extend(statement(&script[begin..start + at]));
            begin = start + at + delimiter.len();
            tokens.at = begin;
            body = Body::default();
            continue;
        }
        let word = &script[start..end];
        if token == Token::Word && body.words == 0 && word.eq_ignore_ascii_case("DELIMITER") {
            let line = script[end..].lines().next().unwrap_or_default();
            delimiter = Some(line.trim())
                .filter(|sign| !sign.is_empty())
                .unwrap_or(";");
            begin = end + line.len();
            tokens.at = begin;
            continue;
        }
        // Where another sign ends the statement, no semicolon does.
        if delimiter == ";" {
            body.read(token, word, &script[end..]);
        } else if token != Token::Space {
            body.words += 1;
        }
    }
    found.extend(statement(&script[begin..]));
    found
}

/// How deep a statement stands in the blocks of a routine's body.
#[derive(Default)]
struct Body {
    words: u32,
    routine: bool,
    creates: bool,
    depth: u32,
    last: String,
}

/// After these a word begins a statement of a body.
const BEFORE_STATEMENTS: [&str; 12] = [
    "ROW",
    "THEN",
    "ELSE",
    "DO",
    "BEGIN",
    "LOOP",
    "REPEAT",
    "ATOMIC",
    "DETERMINISTIC",
    ";",
    ":",
    ")",
];

impl Body {
    fn read(&mut self, token: Token, text: &str, rest: &str) {
        match token {
            Token::Space => return,
            Token::Word => {
                let word = text.to_ascii_uppercase();
                self.word(&word, rest);
                self.last = word;
            }
            Token::Quoted => self.last.clear(),
            Token::Sign(sign) => self.last = char::from(sign).to_string(),
        }
        self.words += 1;
    }

    fn word(&mut self, word: &str, rest: &str) {
        if self.words == 0 {
            self.creates = word == "CREATE";
        }
        let kinds = ["TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "PACKAGE"];
        if self.creates && !self.routine && kinds.contains(&word) {
            self.routine = true;
            return;
        }
        let statement = BEFORE_STATEMENTS.contains(&self.last.as_str());
        let after_end = self.last == "END";
        let opens = match word {
            "BEGIN" if !self.creates => return self.compound(rest),
            "BEGIN" | "CASE" => !after_end,
            "IF" | "LOOP" | "WHILE" | "REPEAT" | "FOR" => statement && !after_end,
            _ => false,
        };
        if !self.routine && self.depth == 0 {
            return;
        }
        if opens {
            self.depth += 1;
        } else if word == "END" {
            self.depth = self.depth.saturating_sub(1);
        }
    }

    /// `BEGIN NOT ATOMIC … END` is MariaDB's block outside of a routine.
    fn compound(&mut self, rest: &str) {
        let mut next = words(rest);
        if self.depth > 0
            || (next.next().as_deref() == Some("NOT") && next.next().as_deref() == Some("ATOMIC"))
        {
            self.depth += 1;
        }
    }
}

fn statement(text: &str) -> Option<&str> {
    let holds = Tokens::new(text).any(|(_, _, token)| !matches!(token, Token::Space));
    holds.then(|| text.trim())
}

/// Returns the statement with each `?1` written as the server's `?`, and which parameter each place takes, counted from 0.
pub(super) fn placeholders(sql: &str) -> (String, Vec<usize>) {
    let mut text = String::with_capacity(sql.len());
    let mut places = Vec::new();
    let mut tokens = Tokens::new(sql).peekable();
    while let Some((start, end, token)) = tokens.next() {
        text.push_str(&sql[start..end]);
        if token != Token::Sign(b'?') {
            continue;
        }
        let digits = sql[end..]
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(sql.len() - end);
        match sql[end..end + digits].parse::<usize>() {
            Ok(number) if number > 0 => {
                places.push(number - 1);
                // What follows the number in the same word stays.
                if let Some((_, word_end, _)) = tokens.next() {
                    text.push_str(&sql[end + digits..word_end]);
                }
            }
            _ => places.push(places.len()),
        }
    }
    (text, places)
}

/// Returns the first words of a statement, in capitals.
pub(super) fn words(sql: &str) -> impl Iterator<Item = String> {
    Tokens::new(sql)
        .filter(|(_, _, token)| !matches!(token, Token::Space))
        .map(|(start, end, _)| sql[start..end].to_ascii_uppercase())
}

/// Returns the words for a statement that begins or ends a transaction, or takes locks that do.
pub(super) fn leaves(sql: &str) -> Option<&'static str> {
    let mut words = words(sql);
    let first = words.next()?;
    let second = words.next().unwrap_or_default();
    let third = words.next().unwrap_or_default();
    let to_savepoint = second == "TO" || (second == "WORK" && third == "TO");
    Some(match first.as_str() {
        "BEGIN" if second != "NOT" => "BEGIN",
        "START" if second == "TRANSACTION" => "START TRANSACTION",
        "COMMIT" => "COMMIT",
        "ROLLBACK" if !to_savepoint => "ROLLBACK",
        "LOCK" if matches!(second.as_str(), "TABLE" | "TABLES") => "LOCK TABLES",
        "UNLOCK" if matches!(second.as_str(), "TABLE" | "TABLES") => "UNLOCK TABLES",
        "XA" => "XA",
        "SET" if sql.to_ascii_uppercase().contains("AUTOCOMMIT") => "SET autocommit",
        _ => return None,
    })
}

/// Returns whether the server commits what is open before it runs the statement.
pub(super) fn commits(sql: &str) -> bool {
    let mut words = words(sql);
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    match first.as_str() {
        "CREATE" | "DROP" => second != "TEMPORARY",
        "ALTER" | "RENAME" | "TRUNCATE" | "GRANT" | "REVOKE" | "ANALYZE" | "OPTIMIZE"
        | "REPAIR" | "CHECK" | "FLUSH" | "INSTALL" | "UNINSTALL" | "CACHE" | "RESET" => true,
        "LOAD" => second == "INDEX",
        _ => false,
    }
}

/// Returns the statement with one space wherever there is some, without comments.
pub(super) fn uniform(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut space = false;
    for (start, end, token) in Tokens::new(sql) {
        if token == Token::Space {
            space = true;
            continue;
        }
        if space && !text.is_empty() {
            text.push(' ');
        }
        space = false;
        text.push_str(&sql[start..end]);
    }
    text
}

/// Returns how a statement stands to transactions.
pub(super) fn stands(sql: &str) -> Stands {
    if leaves(sql).is_some() {
        return Stands::Leaves;
    }
    // A procedure may do anything.
    let first = words(sql).next().unwrap_or_default();
    match first.as_str() {
        _ if commits(sql) => Stands::Alone,
        "CALL" => Stands::Alone,
        "SET" | "USE" | "SHOW" | "PREPARE" | "DEALLOCATE" => Stands::Session,
        _ => Stands::Inside,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// White space or a comment.
    Space,
    /// A keyword, a plain name or a number.
    Word,
    /// Text, or a name in backticks.
    Quoted,
    /// Any other sign.
    Sign(u8),
}

/// The tokens of a text, with where each begins and ends.
pub(super) struct Tokens<'s> {
    text: &'s str,
    at: usize,
}

impl<'s> Tokens<'s> {
    pub(super) fn new(text: &'s str) -> Tokens<'s> {
        Tokens { text, at: 0 }
    }

    /// Returns the length of what stands in `quote`s from the start of `rest`, both included.
    fn quoted(rest: &str, quote: u8) -> usize {
        let bytes = rest.as_bytes();
        let mut at = 1;
        while at < bytes.len() {
            match bytes[at] {
                b'\\' if quote != b'`' => at += 2,
                byte if byte == quote && bytes.get(at + 1) == Some(&quote) => at += 2,
                byte if byte == quote => return at + 1,
                _ => at += 1,
            }
        }
        bytes.len()
    }
}

impl Iterator for Tokens<'_> {
    type Item = (usize, usize, Token);

    fn next(&mut self) -> Option<(usize, usize, Token)> {
        let rest = &self.text[self.at..];
        let first = rest.chars().next()?;
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$' || !c.is_ascii();
        let line = rest.find('\n').unwrap_or(rest.len());
        // Two dashes are a comment only where white space or the end follows.
        let dashes = rest.strip_prefix("--").is_some_and(|after| {
            after
                .chars()
                .next()
                .is_none_or(|c| c.is_whitespace() || c.is_control())
        });
        // `/*! … */` is run by the server: its signs are words like others.
        let hint = rest.starts_with("/*!") || rest.starts_with("/*M!");
        let (length, token) = match first {
            _ if first.is_whitespace() => {
                let end = rest.find(|c: char| !c.is_whitespace());
                (end.unwrap_or(rest.len()), Token::Space)
            }
            '-' if dashes => (line, Token::Space),
            '#' => (line, Token::Space),
            '/' if hint => {
                let sign = rest.find('!').map_or(rest.len(), |at| at + 1);
                let digits = rest[sign..]
                    .find(|c: char| !c.is_ascii_digit())
                    .unwrap_or(rest.len() - sign);
                (sign + digits, Token::Space)
            }
            '*' if rest.starts_with("*/") => (2, Token::Space),
            '/' if rest.starts_with("/*") => {
                let end = rest[2..].find("*/").map_or(rest.len(), |at| at + 4);
                (end, Token::Space)
            }
            '\'' | '"' | '`' => (Self::quoted(rest, first as u8), Token::Quoted),
            _ if is_word(first) => {
                let end = rest.find(|c: char| !is_word(c));
                (end.unwrap_or(rest.len()), Token::Word)
            }
            _ => (first.len_utf8(), Token::Sign(first as u8)),
        };
        // A backslash at the very end may reach past it, or into a character.
        let mut length = length.min(rest.len());
        while !rest.is_char_boundary(length) {
            length += 1;
        }
        let start = self.at;
        self.at += length;
        Some((start, self.at, token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_cut_at_its_semicolons_and_nowhere_else() {
        for (script, expected) in [
            ("SELECT 1; SELECT 2;", vec!["SELECT 1", "SELECT 2"]),
            (
                "SELECT ';'; SELECT `a;b`",
                vec!["SELECT ';'", "SELECT `a;b`"],
            ),
            ("SELECT '\\';'; x", vec!["SELECT '\\';'", "x"]),
            ("SELECT \"it\"\"s;\"", vec!["SELECT \"it\"\"s;\""]),
            ("-- a; b\n;# c;\n/* d; */ ;", vec![]),
            ("SELECT 1--1; b", vec!["SELECT 1--1", "b"]),
            ("SELECT 'ä;€'; ß", vec!["SELECT 'ä;€'", "ß"]),
            ("", vec![]),
            (
                "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET NEW.a = 1; IF NEW.a THEN SET NEW.b = CASE WHEN 1 THEN 2 END; END IF; END; b",
                vec![
                    "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET NEW.a = 1; IF NEW.a THEN SET NEW.b = CASE WHEN 1 THEN 2 END; END IF; END",
                    "b",
                ],
            ),
            (
                "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.a = IF(NEW.b, 1, 2); b",
                vec![
                    "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.a = IF(NEW.b, 1, 2)",
                    "b",
                ],
            ),
            (
                "CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW IF NEW.a THEN DO 1; END IF; b",
                vec![
                    "CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW IF NEW.a THEN DO 1; END IF",
                    "b",
                ],
            ),
            (
                "CREATE PROCEDURE p() BEGIN WHILE 1 DO LEAVE l; END WHILE; BEGIN END; END; b",
                vec![
                    "CREATE PROCEDURE p() BEGIN WHILE 1 DO LEAVE l; END WHILE; BEGIN END; END",
                    "b",
                ],
            ),
            (
                "DELIMITER $$\nCREATE PROCEDURE p() BEGIN DO 1; END$$\nDELIMITER ;\nSELECT 1; b",
                vec!["CREATE PROCEDURE p() BEGIN DO 1; END", "SELECT 1", "b"],
            ),
            (
                "BEGIN NOT ATOMIC DO 1; DO 2; END; b",
                vec!["BEGIN NOT ATOMIC DO 1; DO 2; END", "b"],
            ),
            ("BEGIN; b", vec!["BEGIN", "b"]),
            (
                "CREATE TABLE t (a int, CONSTRAINT c CHECK (CASE WHEN a THEN 1 END)); b",
                vec![
                    "CREATE TABLE t (a int, CONSTRAINT c CHECK (CASE WHEN a THEN 1 END))",
                    "b",
                ],
            ),
        ] {
            assert_eq!(statements(script), expected, "{script}");
        }
    }

    #[test]
    fn numbered_question_marks_become_places_outside_quotes() {
        let text = |sql: &str| placeholders(sql);
        assert_eq!(
            text("UPDATE t SET a = ?2, b = '?2' WHERE x = ?1 AND y = ?2 -- ?3"),
            (
                "UPDATE t SET a = ?, b = '?2' WHERE x = ? AND y = ? -- ?3".to_owned(),
                vec![1, 0, 1]
            )
        );
        assert_eq!(text("SELECT ?, ?"), ("SELECT ?, ?".to_owned(), vec![0, 1]));
        assert_eq!(text("SELECT ?1"), ("SELECT ?".to_owned(), vec![0]));
        assert_eq!(text("SELECT ?12,1"), ("SELECT ?,1".to_owned(), vec![11]));
    }

    #[test]
    fn statements_that_end_a_transaction_are_known_by_their_first_words() {
        for (sql, expected) in [
            ("commit", Some("COMMIT")),
            ("/* x */ Rollback", Some("ROLLBACK")),
            ("/*!50000 COMMIT */", Some("COMMIT")),
            ("ROLLBACK TO SAVEPOINT a", None),
            ("ROLLBACK WORK TO a", None),
            ("ROLLBACK WORK", Some("ROLLBACK")),
            ("LOCK TABLES a READ", Some("LOCK TABLES")),
            ("SET @@autocommit = 1", Some("SET autocommit")),
            ("SELECT 'COMMIT'", None),
            ("SAVEPOINT a", None),
        ] {
            assert_eq!(leaves(sql), expected, "{sql}");
        }
        assert!(commits("alter table a add b int") && commits("CREATE TABLE a (b int)"));
        assert!(!commits("CREATE TEMPORARY TABLE a (b int)") && !commits("UPDATE a SET b = 1"));
    }

    #[test]
    fn no_text_makes_the_reader_stop_short() {
        for text in [
            "'", "\"a", "'\\", "'\\ä", "`", "/* ", "/*!", "--", "?", "ä$ä", "#", "*/",
        ] {
            let length: usize = Tokens::new(text).map(|(start, end, _)| end - start).sum();
            assert_eq!(length, text.len(), "{text}");
            let _ = (statements(text), placeholders(text));
        }
    }
}
