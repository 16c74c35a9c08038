//! The text of statements: where a statement ends, its first words, and its placeholders.
//!
//! It parses quotes and comments as PostgreSQL does with `standard_conforming_strings` on, and must not parse any
//! other grammar.

use std::borrow::Cow;

/// Returns the statements of a script, without the semicolons between them. Statements that contain only comments are
/// left out.
pub(super) fn statements(script: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut begin, mut brackets, mut blocks) = (0, 0_u32, 0_u32);
    let mut words: Vec<String> = Vec::new();
    let mut tokens = Tokens::new(script);
    while let Some((start, end, token)) = tokens.next() {
        match token {
            // A psql command between two statements.
            Token::Sign(b'\\') if statement(&script[begin..start]).is_none() => {
                let after = end_of_line(script, start);
                if after > start {
                    (tokens.at, begin) = (after, after);
                }
            }
            Token::Word => {
                let word = script[start..end].to_ascii_uppercase();
                // The body of an SQL function: `BEGIN ATOMIC …; …; END`.
                let routine = words.first().is_some_and(|first| first == "CREATE")
                    && words
                        .iter()
                        .any(|word| word == "FUNCTION" || word == "PROCEDURE");
                match word.as_str() {
                    "ATOMIC" if routine && words.last().is_some_and(|last| last == "BEGIN") => {
                        blocks += 1;
                    }
                    "CASE" if blocks > 0 => blocks += 1,
                    "END" => blocks = blocks.saturating_sub(1),
                    _ => {}
                }
                words.push(word);
            }
            Token::Sign(b'(') => brackets += 1,
            Token::Sign(b')') => brackets = brackets.saturating_sub(1),
            Token::Sign(b';') if brackets == 0 && blocks == 0 => {
                found.extend(statement(&script[begin..start]));
                (begin, brackets, blocks) = (end, 0, 0);
                words.clear();
            }
            _ => {}
        }
    }
    found.extend(statement(&script[begin..]));
    found
}

/// Returns the end of the line of a psql command if the command does not affect the statements, and otherwise its
/// start.
fn end_of_line(script: &str, start: usize) -> usize {
    let line = script[start..].lines().next().unwrap_or_default();
    let word = line.split_whitespace().next().unwrap_or_default();
    match word {
        "\\restrict" | "\\unrestrict" | "\\echo" | "\\qecho" | "\\warn" | "\\set" | "\\unset"
        | "\\encoding" | "\\timing" | "\\pset" | "\\x" => start + line.len(),
        // The server reports the error in it.
        _ => start,
    }
}

fn statement(text: &str) -> Option<&str> {
    let holds = Tokens::new(text).any(|(_, _, token)| !matches!(token, Token::Space));
    holds.then(|| text.trim())
}

/// Returns the statement with `?1` replaced by `$1`, so that one revision runs on several databases. A `?` without a
/// digit after it is an operator of PostgreSQL and is kept.
pub(super) fn placeholders(sql: &str) -> Cow<'_, str> {
    if !sql.contains('?') {
        return Cow::Borrowed(sql);
    }
    let mut text = String::with_capacity(sql.len());
    for (start, end, token) in Tokens::new(sql) {
        let digit = sql[end..].starts_with(|c: char| c.is_ascii_digit());
        match token {
            Token::Sign(b'?') if digit => text.push('$'),
            _ => text.push_str(&sql[start..end]),
        }
    }
    Cow::Owned(text)
}

/// Returns the statement with a separate number for each use of a parameter, and the index of the original parameter
/// for each number. Returns `None` if no parameter is used twice.
pub(super) fn separate(sql: &str) -> Option<(String, Vec<usize>)> {
    let mut text = String::with_capacity(sql.len());
    let mut indexes: Vec<usize> = Vec::new();
    let mut after_mark = false;
    for (start, end, token) in Tokens::new(sql) {
        let piece = &sql[start..end];
        let is_mark = matches!(token, Token::Sign(b'?' | b'$'))
            && sql[end..].starts_with(|c: char| c.is_ascii_digit());
        if is_mark {
            text.push('$');
        } else if after_mark {
            indexes.push(piece.parse::<usize>().ok()?.checked_sub(1)?);
            text.push_str(&indexes.len().to_string());
        } else {
            text.push_str(piece);
        }
        after_mark = is_mark;
    }
    let twice = indexes
        .iter()
        .enumerate()
        .any(|(at, index)| indexes[..at].contains(index));
    twice.then_some((text, indexes))
}

/// Returns the tokens of a text except white space and comments.
pub(super) fn written(text: &str) -> impl Iterator<Item = &str> {
    Tokens::new(text)
        .filter(|(_, _, token)| *token != Token::Space)
        .map(|(start, end, _)| &text[start..end])
}

/// Returns the name of a statement that begins or ends a transaction.
pub(super) fn leaves(sql: &str) -> Option<&'static str> {
    let mut words = written(sql).map(str::to_ascii_uppercase);
    let first = words.next()?;
    let second = words.next().unwrap_or_default();
    let third = words.next().unwrap_or_default();
    let to_savepoint =
        second == "TO" || (matches!(second.as_str(), "WORK" | "TRANSACTION") && third == "TO");
    Some(match first.as_str() {
        "BEGIN" => "BEGIN",
        "START" if second == "TRANSACTION" => "START TRANSACTION",
        "COMMIT" => "COMMIT",
        "END" => "END",
        "ROLLBACK" if !to_savepoint => "ROLLBACK",
        "ABORT" => "ABORT",
        "PREPARE" if second == "TRANSACTION" => "PREPARE TRANSACTION",
        _ => return None,
    })
}

/// Returns whether the statement reads data from the client.
pub(super) fn copies_in(sql: &str) -> bool {
    let words: Vec<String> = Tokens::new(sql)
        .filter(|(_, _, token)| matches!(token, Token::Word))
        .map(|(start, end, _)| sql[start..end].to_ascii_uppercase())
        .collect();
    words.first().is_some_and(|first| first == "COPY")
        && words
            .windows(2)
            .any(|pair| pair[0] == "FROM" && pair[1] == "STDIN")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// White space or a comment.
    Space,
    /// A keyword, a plain name or a number.
    Word,
    /// A string or a name in quotes.
    Quoted,
    /// Any other character.
    Sign(u8),
}

/// The tokens of a text, each with its start and end.
pub(super) struct Tokens<'s> {
    text: &'s str,
    at: usize,
}

impl<'s> Tokens<'s> {
    pub(super) fn new(text: &'s str) -> Tokens<'s> {
        Tokens { text, at: 0 }
    }

    fn rest(&self) -> &'s str {
        &self.text[self.at..]
    }

    /// Returns the length of the quoted text at the start of `rest`, with both `quote`s.
    fn quoted(rest: &str, quote: u8, backslashes: bool) -> usize {
        let bytes = rest.as_bytes();
        let mut at = 1;
        while at < bytes.len() {
            match bytes[at] {
                b'\\' if backslashes => at += 2,
                byte if byte == quote && bytes.get(at + 1) == Some(&quote) => at += 2,
                byte if byte == quote => return at + 1,
                _ => at += 1,
            }
        }
        bytes.len()
    }

    fn comment(rest: &str) -> usize {
        let bytes = rest.as_bytes();
        let (mut depth, mut at) = (0_u32, 0);
        while at < bytes.len() {
            if bytes[at..].starts_with(b"/*") {
                depth += 1;
                at += 2;
            } else if bytes[at..].starts_with(b"*/") {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            } else {
                at += 1;
            }
        }
        bytes.len()
    }

    /// Returns the length of `$tag$ … $tag$` at the start of `rest`, if `rest` starts with one.
    fn dollars(rest: &str) -> Option<usize> {
        let tag = 1 + rest[1..].find('$')?;
        let word = &rest[1..tag];
        if !word.chars().all(|c| c.is_alphanumeric() || c == '_')
            || word.starts_with(|c: char| c.is_ascii_digit())
        {
            return None;
        }
        let delimiter = &rest[..=tag];
        let body = delimiter.len();
        let end = rest[body..].find(delimiter);
        Some(end.map_or(rest.len(), |end| body + end + delimiter.len()))
    }
}

impl Iterator for Tokens<'_> {
    type Item = (usize, usize, Token);

    fn next(&mut self) -> Option<(usize, usize, Token)> {
        let rest = self.rest();
        let first = rest.chars().next()?;
        let lower = first.to_ascii_lowercase();
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$' || !c.is_ascii();
        let (length, token) = match first {
            _ if first.is_whitespace() => {
                let end = rest.find(|c: char| !c.is_whitespace());
                (end.unwrap_or(rest.len()), Token::Space)
            }
            '-' if rest.starts_with("--") => (rest.find('\n').unwrap_or(rest.len()), Token::Space),
            '/' if rest.starts_with("/*") => (Self::comment(rest), Token::Space),
            '\'' => (Self::quoted(rest, b'\'', false), Token::Quoted),
            '"' => (Self::quoted(rest, b'"', false), Token::Quoted),
            _ if lower == 'e' && rest[1..].starts_with('\'') => {
                (1 + Self::quoted(&rest[1..], b'\'', true), Token::Quoted)
            }
            '$' => match Self::dollars(rest) {
                Some(length) => (length, Token::Quoted),
                None => (1, Token::Sign(b'$')),
            },
            _ if is_word(first) => {
                let end = rest.find(|c: char| !is_word(c));
                (end.unwrap_or(rest.len()), Token::Word)
            }
            _ => (first.len_utf8(), Token::Sign(first as u8)),
        };
        // A backslash at the very end may lead past the end, or into the middle of a character.
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
    fn uses_of_one_parameter_get_their_own_numbers() {
        assert_eq!(separate("SELECT ?1, '?1', ?2"), None);
        assert_eq!(
            separate("SELECT ?2, $1, ?2 -- ?1\n, '$1', a ? 'b'"),
            Some((
                "SELECT $1, $2, $3 -- ?1\n, '$1', a ? 'b'".to_owned(),
                vec![1, 0, 1]
            ))
        );
        assert_eq!(separate("SELECT ?1x, ?1"), None);
        assert_eq!(separate("SELECT ?0, ?0"), None);
    }

    #[test]
    fn a_script_is_cut_at_its_semicolons_and_nowhere_else() {
        for (script, expected) in [
            ("SELECT 1; SELECT 2;", vec!["SELECT 1", "SELECT 2"]),
            (
                "SELECT ';'; SELECT \"a;b\"",
                vec!["SELECT ';'", "SELECT \"a;b\""],
            ),
            ("SELECT E'\\';'; x", vec!["SELECT E'\\';'", "x"]),
            ("SELECT 'it''s;'", vec!["SELECT 'it''s;'"]),
            (
                "DO $$ BEGIN a; END $$; b",
                vec!["DO $$ BEGIN a; END $$", "b"],
            ),
            ("DO $x$ $$;$$ $x$; b", vec!["DO $x$ $$;$$ $x$", "b"]),
            ("-- a; b\n;/* c; /* d; */ ; */;", vec![]),
            ("SELECT $1; b", vec!["SELECT $1", "b"]),
            (
                "CREATE RULE r AS ON INSERT TO t DO (a; b); c",
                vec!["CREATE RULE r AS ON INSERT TO t DO (a; b)", "c"],
            ),
            (
                "CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE WHEN a THEN b END; END; c",
                vec![
                    "CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE WHEN a THEN b END; END",
                    "c",
                ],
            ),
            (
                "-- a dump\n\\restrict a1'b\nSET x = 1;\n\n\\unrestrict a1'b\n",
                vec!["SET x = 1"],
            ),
            ("\\connect a\nSELECT 1", vec!["\\connect a\nSELECT 1"]),
            ("SELECT 'ä;€'; ß", vec!["SELECT 'ä;€'", "ß"]),
            ("", vec![]),
        ] {
            assert_eq!(statements(script), expected, "{script}");
        }
    }

    #[test]
    fn numbered_question_marks_become_dollars_outside_quotes() {
        assert_eq!(
            placeholders("UPDATE t SET a = ?1, b = '?2', c = d ?| e -- ?3\nWHERE x = ?12"),
            "UPDATE t SET a = $1, b = '?2', c = d ?| e -- ?3\nWHERE x = $12"
        );
        assert_eq!(placeholders("SELECT $1"), "SELECT $1");
        assert_eq!(placeholders("SELECT a ? 'k'"), "SELECT a ? 'k'");
    }

    #[test]
    fn statements_that_end_a_transaction_are_recognized_by_their_first_keywords() {
        for (sql, expected) in [
            ("commit", Some("COMMIT")),
            ("/* x */ Rollback", Some("ROLLBACK")),
            ("ROLLBACK TO SAVEPOINT a", None),
            ("ROLLBACK WORK TO a", None),
            ("ROLLBACK WORK", Some("ROLLBACK")),
            ("end", Some("END")),
            ("PREPARE TRANSACTION 'x'", Some("PREPARE TRANSACTION")),
            ("PREPARE x AS SELECT 1", None),
            ("SELECT 'COMMIT'", None),
            ("SAVEPOINT a", None),
        ] {
            assert_eq!(leaves(sql), expected, "{sql}");
        }
    }

    #[test]
    fn no_input_stops_the_reader_early() {
        for text in [
            "'", "\"a", "E'\\", "E'\\ä", "$x$ abc", "$", "/* ", "--", "?", "ä$ä$", "e'",
        ] {
            let length: usize = Tokens::new(text).map(|(start, end, _)| end - start).sum();
            assert_eq!(length, text.len(), "{text}");
        }
        assert!(copies_in("COPY t FROM STDIN"));
        assert!(!copies_in("COPY t FROM '/x'"));
    }
}
