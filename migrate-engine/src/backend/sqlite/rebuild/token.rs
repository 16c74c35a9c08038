//! Splits the text of a statement into tokens, each with its byte range. Comments and white space are the gaps between
//! tokens.
//!
//! It follows SQLite's own tokenizer as far as the boundaries of clauses depend on it. An operator of several
//! characters is several marks, which is irrelevant for clause boundaries.

use std::ops::Range;

/// A token and its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::backend::sqlite) struct Token {
    pub(in crate::backend::sqlite) kind: Kind,
    pub(in crate::backend::sqlite) span: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backend::sqlite) enum Kind {
    /// An unquoted word: a keyword or a name.
    Word,
    /// A name in `"`, `` ` `` or `[ ]`. In an expression, `"` may also contain a string.
    Quoted,
    /// A string in `'`.
    Text,
    /// A number or a blob literal.
    Literal,
    /// One character of punctuation.
    Mark,
}

impl Token {
    /// Returns the text of the token.
    pub(in crate::backend::sqlite) fn raw<'a>(&self, sql: &'a str) -> &'a str {
        &sql[self.span.clone()]
    }

    /// Returns whether the token is this keyword, in upper or lower case.
    pub(in crate::backend::sqlite) fn is_word(&self, sql: &str, word: &str) -> bool {
        self.kind == Kind::Word && self.raw(sql).eq_ignore_ascii_case(word)
    }

    /// Returns whether the token is this mark.
    pub(in crate::backend::sqlite) fn is_mark(&self, sql: &str, mark: &str) -> bool {
        self.kind == Kind::Mark && self.raw(sql) == mark
    }

    /// Returns whether the token can be a name.
    pub(in crate::backend::sqlite) fn can_name(&self) -> bool {
        matches!(self.kind, Kind::Word | Kind::Quoted | Kind::Text)
    }

    /// Returns the name that the token spells, without quotes.
    pub(in crate::backend::sqlite) fn name(&self, sql: &str) -> String {
        let raw = self.raw(sql);
        let inside = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
        match (self.kind, raw.as_bytes().first()) {
            (Kind::Quoted | Kind::Text, Some(b'[')) => inside.to_owned(),
            (Kind::Quoted | Kind::Text, Some(&quote)) => {
                let quote = char::from(quote).to_string();
                inside.replace(&quote.repeat(2), &quote)
            }
            _ => raw.to_owned(),
        }
    }
}

/// Splits a statement into tokens.
///
/// # Errors
///
/// The byte offset of a quote that is never closed.
pub(in crate::backend::sqlite) fn tokens(sql: &str) -> Result<Vec<Token>, usize> {
    let bytes = sql.as_bytes();
    let (mut tokens, mut at) = (Vec::new(), 0);
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at..];
        let (kind, length) = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0c => (None, 1),
            b'-' if rest.starts_with(b"--") => (None, line_length(rest)),
            b'/' if rest.starts_with(b"/*") => (None, block_length(rest)),
            b'\'' => (Some(Kind::Text), quoted_length(rest, byte).ok_or(at)?),
            b'"' | b'`' => (Some(Kind::Quoted), quoted_length(rest, byte).ok_or(at)?),
            b'[' => {
                let close = rest.iter().position(|&b| b == b']').ok_or(at)?;
                (Some(Kind::Quoted), close + 1)
            }
            b'x' | b'X' if rest.get(1) == Some(&b'\'') => {
                let length = quoted_length(&rest[1..], b'\'').ok_or(at)?;
                (Some(Kind::Literal), length + 1)
            }
            b'0'..=b'9' => (Some(Kind::Literal), number_length(rest)),
            b'.' if rest.get(1).is_some_and(u8::is_ascii_digit) => {
                (Some(Kind::Literal), number_length(rest))
            }
            _ if is_word_byte(byte) => (
                Some(Kind::Word),
                rest.iter().take_while(|&&b| is_word_byte(b)).count(),
            ),
            _ => (Some(Kind::Mark), 1),
        };
        if let Some(kind) = kind {
            let span = at..at + length;
            tokens.push(Token { kind, span });
        }
        at += length;
    }
    Ok(tokens)
}

/// Returns whether there is a comment in a gap between two tokens.
pub(super) fn has_comment(gap: &str) -> bool {
    gap.contains("--") || gap.contains("/*")
}

/// Returns the comments of a statement, in order.
pub(super) fn comments(sql: &str) -> Vec<&str> {
    let tokens = tokens(sql).unwrap_or_default();
    let mut from = 0;
    let mut found = Vec::new();
    let ends = tokens.iter().map(|token| token.span.clone());
    for token in ends.chain(std::iter::once(sql.len()..sql.len())) {
        let mut gap = &sql[from..token.start];
        while let Some(at) = gap.find(['-', '/']) {
            let rest = &gap.as_bytes()[at..];
            let length = if rest.starts_with(b"--") {
                line_length(rest)
            } else {
                block_length(rest)
            };
            found.push(gap[at..at + length].trim_end());
            gap = &gap[at + length..];
        }
        from = token.end;
    }
    found
}

/// Returns whether the text uses `name` as a word or a quoted name.
pub(super) fn mentions(sql: &str, name: &str) -> bool {
    // A text that can't be tokenized may use any name.
    tokens(sql).map_or(true, |tokens| {
        tokens
            .iter()
            .any(|token| token.can_name() && token.name(sql).eq_ignore_ascii_case(name))
    })
}

/// Returns the end of a comment that follows `from` on the same line, or `from`.
///
/// A `/* */` comment counts only if nothing but white space follows it on its line; otherwise it belongs to the text
/// after it.
pub(super) fn after_line_comment(sql: &str, from: usize) -> usize {
    let mut end = from;
    loop {
        let rest = &sql[end..];
        let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let rest = &rest.as_bytes()[blank..];
        if rest.starts_with(b"--") {
            let line = &sql[end + blank..end + blank + line_length(rest)];
            return end + blank + line.trim_end_matches('\r').len();
        }
        if !rest.starts_with(b"/*") {
            return end;
        }
        let comment = end + blank + block_length(rest);
        if !ends_line(sql, comment)
            && !sql[comment..]
                .trim_start_matches([' ', '\t'])
                .starts_with("--")
        {
            return end;
        }
        end = comment;
    }
}

/// Returns whether only white space follows `at` on its line.
pub(super) fn ends_line(sql: &str, at: usize) -> bool {
    sql[at..]
        .trim_start_matches([' ', '\t', '\r'])
        .starts_with('\n')
}

fn line_length(rest: &[u8]) -> usize {
    rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len())
}

fn block_length(rest: &[u8]) -> usize {
    let end = rest.windows(2).skip(2).position(|pair| pair == b"*/");
    end.map_or(rest.len(), |end| end + 4)
}

fn quoted_length(rest: &[u8], quote: u8) -> Option<usize> {
    let mut at = 1;
    loop {
        at += rest.get(at..)?.iter().position(|&b| b == quote)? + 1;
        if rest.get(at) != Some(&quote) {
            return Some(at);
        }
        at += 1;
    }
}

fn number_length(rest: &[u8]) -> usize {
    let hexadecimal = rest.get(1).is_some_and(|b| b.eq_ignore_ascii_case(&b'x'));
    let mut at = 0;
    while let Some(&byte) = rest.get(at) {
        let exponent = !hexadecimal && at > 0 && rest[at - 1].eq_ignore_ascii_case(&b'e');
        if is_word_byte(byte) || byte == b'.' || (exponent && matches!(byte, b'+' | b'-')) {
            at += 1;
        } else {
            break;
        }
    }
    at
}

// Bytes above 127 are part of names, so a token never ends inside a character.
fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(sql: &str) -> Vec<&str> {
        tokens(sql)
            .unwrap()
            .iter()
            .map(|token| token.raw(sql))
            .collect()
    }

    #[test]
    fn each_kind_of_quote_number_and_comment_has_its_edges() {
        assert_eq!(
            raw("a\"b \"\"c\"'d''e'`f```[g h]x'AB'1.5e-3+0x1F.5/*)*/--,\ném"),
            [
                "a",
                "\"b \"\"c\"",
                "'d''e'",
                "`f```",
                "[g h]",
                "x'AB'",
                "1.5e-3",
                "+",
                "0x1F.5",
                "ém"
            ]
        );
        assert_eq!(raw("t.a>=1"), ["t", ".", "a", ">", "=", "1"]);
        assert_eq!(raw("/**/ a /*/ b */ c"), ["a", "c"]);
    }

    #[test]
    fn an_unclosed_quote_is_reported() {
        assert_eq!(tokens("a 'b"), Err(2));
        assert_eq!(tokens("[b"), Err(0));
        assert!(tokens("a /* b").is_ok());
    }

    #[test]
    fn names_lose_their_quotes() {
        let names: Vec<_> = ["\"a\"\"b\"", "`a``b`", "[a\"]", "'it''s'", "plain"]
            .map(|sql| tokens(sql).unwrap()[0].name(sql))
            .into();
        assert_eq!(names, ["a\"b", "a`b", "a\"", "it's", "plain"]);
    }

    #[test]
    fn comments_are_between_tokens() {
        assert_eq!(
            comments("-- a\n x '-- b' /* c -- */ - y/**/ -- d\r\n"),
            ["-- a", "/* c -- */", "/**/", "-- d"]
        );
    }

    #[test]
    fn a_comment_belongs_to_the_line_it_ends() {
        let end = |sql: &str| after_line_comment(sql, 1);
        assert_eq!(end(", -- x\n b"), 6);
        assert_eq!(end(", -- x\r\n b"), 6);
        assert_eq!(end(", /* x */\n b"), 9);
        assert_eq!(end(", /* x */ b"), 1);
        assert_eq!(end(",\n -- x\n b"), 1);
        assert_eq!(end(", /* x */ -- y\n b"), 14);
    }
}
