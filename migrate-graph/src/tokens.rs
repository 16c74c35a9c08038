//! Splits Rust source text into [`Token`]s with their positions.
//!
//! It must not depend on Rust's syntax, only on its lexical grammar, and must not fail: an unterminated string or
//! comment is the last token, and rustc reports it. The compiler's lexer and `proc-macro2` are slow for thousands of
//! files and reject a file with an error.

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An identifier or keyword, raw (`r#type`) or not.
    Ident,
    /// A string of any form: `"…"`, `r"…"`, `b"…"`, `c"…"`.
    Str,
    /// A character, byte or number.
    Literal,
    /// A lifetime or loop label.
    Lifetime,
    /// One punctuation character.
    Punct,
    /// `(`, `[` or `{`.
    Open,
    /// `)`, `]` or `}`.
    Close,
    /// An inner doc comment of the `//!` form; other comments are skipped.
    InnerDoc,
}

/// A token: its kind, its text and its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// The kind of the token.
    pub kind: Kind,
    /// The text as written in the source.
    pub text: &'a str,
    /// The offset of its first byte.
    pub start: usize,
}

impl Token<'_> {
    /// Returns the offset after its last byte.
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Returns whether the token is this text and not a string literal.
    pub fn is(&self, text: &str) -> bool {
        self.text == text
    }
}

/// Returns the tokens of `source`, without spaces and comments.
///
/// ```
/// let texts: Vec<_> = migrate_graph::tokens::lex("a /* b */ + 'c'").map(|token| token.text).collect();
/// assert_eq!(texts, ["a", "+", "'c'"]);
/// ```
pub fn lex(source: &str) -> Lexer<'_> {
    let bom = if source.starts_with('\u{feff}') {
        '\u{feff}'.len_utf8()
    } else {
        0
    };
    Lexer {
        source,
        at: bom + shebang_length(&source[bom..]),
    }
}

/// Returns the tokens of [`lex`] without inner doc comments.
pub fn meaningful(source: &str) -> Vec<Token<'_>> {
    // Files have about one token for four bytes.
    let mut tokens = Vec::with_capacity(source.len() / 4);
    for token in lex(source) {
        if token.kind != Kind::InnerDoc {
            tokens.push(token);
        }
    }
    tokens
}

/// The tokens of a source text, in order.
///
/// A macro runs it unoptimized, over every revision of an application. So it uses bytes and tables, and uses iterators
/// and closures only in rare cases.
#[derive(Clone, Debug)]
pub struct Lexer<'a> {
    source: &'a str,
    at: usize,
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let bytes = self.source.as_bytes();
        loop {
            if self.at >= bytes.len() {
                return None;
            }
            let start = self.at;
            let (kind, end) = match CLASSES[bytes[start] as usize] {
                Class::Space => {
                    self.at = start + 1;
                    continue;
                }
                Class::Ident => ident_or_prefixed(self.source, start),
                Class::Open => (Kind::Open, start + 1),
                Class::Close => (Kind::Close, start + 1),
                Class::Punct => (Kind::Punct, start + 1),
                Class::Digit => (Kind::Literal, start + number_length(&self.source[start..])),
                Class::DoubleQuote => (Kind::Str, quoted_end(bytes, start, b'"')),
                Class::SingleQuote => {
                    let (kind, length) = quote_token(&self.source[start..]);
                    (kind, start + length)
                }
                Class::Slash => match self.comment(start) {
                    Comment::None => (Kind::Punct, start + 1),
                    Comment::InnerDoc(end) => (Kind::InnerDoc, end),
                    Comment::Skipped(end) => {
                        self.at = end;
                        continue;
                    }
                },
                Class::Wide => match wide(&self.source[start..]) {
                    (None, length) => {
                        self.at = start + length;
                        continue;
                    }
                    (Some(kind), length) => (kind, start + length),
                },
            };
            self.at = end;
            return Some(Token {
                kind,
                text: &self.source[start..end],
                start,
            });
        }
    }
}

impl Lexer<'_> {
    /// Returns the kind and the end of the comment at a slash, if there is one.
    fn comment(&self, start: usize) -> Comment {
        let rest = &self.source[start..];
        if rest.starts_with("//") {
            let end = start + rest.find('\n').unwrap_or(rest.len());
            if rest.starts_with("//!") {
                Comment::InnerDoc(end)
            } else {
                Comment::Skipped(end)
            }
        } else if rest.starts_with("/*") {
            Comment::Skipped(start + block_comment_length(rest))
        } else {
            Comment::None
        }
    }
}

enum Comment {
    None,
    InnerDoc(usize),
    Skipped(usize),
}

/// The class of a byte at the start of a token.
#[derive(Clone, Copy)]
enum Class {
    Space,
    Ident,
    Digit,
    Open,
    Close,
    DoubleQuote,
    SingleQuote,
    Slash,
    Punct,
    /// A byte of a character outside of ASCII.
    Wide,
}

static CLASSES: [Class; 256] = classes();

/// Returns whether an ASCII byte can continue an identifier.
static CONTINUES: [bool; 256] = continues();

const fn classes() -> [Class; 256] {
    let mut classes = [Class::Punct; 256];
    let mut byte = 0u8;
    loop {
        classes[byte as usize] = match byte {
            b' ' | 0x09..=0x0d => Class::Space,
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => Class::Ident,
            b'0'..=b'9' => Class::Digit,
            b'(' | b'[' | b'{' => Class::Open,
            b')' | b']' | b'}' => Class::Close,
            b'"' => Class::DoubleQuote,
            b'\'' => Class::SingleQuote,
            b'/' => Class::Slash,
            0x80..=0xff => Class::Wide,
            _ => Class::Punct,
        };
        if byte == u8::MAX {
            return classes;
        }
        byte += 1;
    }
}

const fn continues() -> [bool; 256] {
    let mut continues = [false; 256];
    let mut byte = 0u8;
    while byte < 0x80 {
        continues[byte as usize] = byte == b'_' || byte.is_ascii_alphanumeric();
        byte += 1;
    }
    continues
}

/// Reads a character outside of ASCII: a space, the start of an identifier, or a character that rustc rejects.
fn wide(rest: &str) -> (Option<Kind>, usize) {
    let first = rest.chars().next().unwrap_or_default();
    if first.is_whitespace() {
        (None, first.len_utf8())
    } else if is_ident_start(first) {
        (Some(Kind::Ident), ident_length(rest))
    } else {
        (Some(Kind::Punct), first.len_utf8())
    }
}

/// Returns the length of a first line that starts with `#!` and is not an inner attribute.
fn shebang_length(source: &str) -> usize {
    match source.strip_prefix("#!") {
        Some(rest) if !rest.trim_start().starts_with('[') => {
            source.find('\n').unwrap_or(source.len())
        }
        _ => 0,
    }
}

fn block_comment_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let (mut at, mut depth) = (0, 0usize);
    while at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                at += 2;
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    rest.len()
}

fn is_ident_start(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

fn is_ident_continue(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn ident_length(rest: &str) -> usize {
    rest.find(|c| !is_ident_continue(c)).unwrap_or(rest.len())
}

/// Reads an identifier, or a literal whose prefix looks like one, and returns its end.
fn ident_or_prefixed(source: &str, start: usize) -> (Kind, usize) {
    let bytes = source.as_bytes();
    let mut end = start + 1;
    while end < bytes.len() && CONTINUES[bytes[end] as usize] {
        end += 1;
    }
    if end == bytes.len() {
        return (Kind::Ident, end);
    }
    match bytes[end] {
        0x80.. => (Kind::Ident, start + ident_length(&source[start..])),
        b'"' | b'\'' | b'#' if end - start <= 2 => {
            let (kind, length) = prefixed(&source[start..], end - start);
            (kind, start + length)
        }
        _ => (Kind::Ident, end),
    }
}

/// Reads one or two letters before a quote or `#`, which may be the prefix of a literal or `r#`.
fn prefixed(rest: &str, length: usize) -> (Kind, usize) {
    let (prefix, tail) = rest.split_at(length);
    match prefix {
        "r" | "br" | "cr" => raw_string_or_ident(prefix, tail),
        "b" | "c" if tail.starts_with('"') => {
            (Kind::Str, quoted_end(rest.as_bytes(), length, b'"'))
        }
        "b" if tail.starts_with('\'') => {
            (Kind::Literal, quoted_end(rest.as_bytes(), length, b'\''))
        }
        _ => (Kind::Ident, length),
    }
}

fn raw_string_or_ident(prefix: &str, tail: &str) -> (Kind, usize) {
    let hashes = tail.bytes().take_while(|b| *b == b'#').count();
    let after = &tail[hashes..];
    if let Some(body) = after.strip_prefix('"') {
        let close = format!("\"{}", "#".repeat(hashes));
        let body = body.find(&close).map_or(body.len(), |at| at + close.len());
        (Kind::Str, prefix.len() + hashes + 1 + body)
    } else if prefix == "r" && hashes == 1 && after.starts_with(is_ident_start) {
        (Kind::Ident, 2 + ident_length(after))
    } else {
        (Kind::Ident, prefix.len())
    }
}

/// Returns the end of the literal whose opening quote is at `open`, skipping escapes.
fn quoted_end(bytes: &[u8], open: usize, quote: u8) -> usize {
    let mut at = open + 1;
    while at < bytes.len() {
        let byte = bytes[at];
        if byte == b'\\' {
            at += 2;
        } else if byte == quote {
            return at + 1;
        } else {
            at += 1;
        }
    }
    bytes.len()
}

/// Reads a character literal, or a lifetime, which has no closing quote.
fn quote_token(rest: &str) -> (Kind, usize) {
    let mut chars = rest[1..].chars();
    match (chars.next(), chars.next()) {
        (Some('\\'), _) => (Kind::Literal, quoted_end(rest.as_bytes(), 0, b'\'')),
        (Some(c), Some('\'')) => (Kind::Literal, 2 + c.len_utf8()),
        (Some(c), _) if is_ident_start(c) => (Kind::Lifetime, 1 + ident_length(&rest[1..])),
        _ => (Kind::Punct, 1),
    }
}

/// Reads a number with its suffix; a `.` belongs to it only before a digit, because of `0..9` and `1.max(2)`.
fn number_length(rest: &str) -> usize {
    let mut length = ident_length(rest);
    let is_decimal = !rest.starts_with("0x") && !rest.starts_with("0b") && !rest.starts_with("0o");
    if rest[length..].starts_with('.')
        && rest[length + 1..].starts_with(|c: char| c.is_ascii_digit())
    {
        length += 1 + ident_length(&rest[length + 1..]);
    }
    let exponent = is_decimal && rest[..length].ends_with(['e', 'E']);
    if exponent
        && rest[length..].starts_with(['+', '-'])
        && rest[length + 1..].starts_with(|c: char| c.is_ascii_digit())
    {
        length += 1 + ident_length(&rest[length + 1..]);
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<&str> {
        lex(source).map(|token| token.text).collect()
    }

    #[test]
    fn comments_and_spaces_are_skipped() {
        assert_eq!(texts("a // b\r\n/* c /* d */ \" */ e /// f\n"), ["a", "e"]);
    }

    #[test]
    fn a_bom_and_a_shebang_are_skipped_and_an_inner_attribute_is_not() {
        assert_eq!(texts("\u{feff}a"), ["a"]);
        assert_eq!(texts("#!/usr/bin/env x\na"), ["a"]);
        assert_eq!(texts("#![a]"), ["#", "!", "[", "a", "]"]);
    }

    #[test]
    fn strings_hide_what_reads_like_code() {
        assert_eq!(
            texts(r##""a\"b" r"\" r#"x"y"# b"q" c"z" 'x' '\'' b'\\' '"' end"##).last(),
            Some(&"end")
        );
        assert_eq!(texts(r##"r#"x"y"# z"##), [r##"r#"x"y"#"##, "z"]);
        assert_eq!(texts("\"é{\" }"), ["\"é{\"", "}"]);
    }

    #[test]
    fn lifetimes_raw_identifiers_and_numbers_are_one_token() {
        assert_eq!(
            texts("&'a r#type 1_000u64 0x1f 1.5e-3 0..9 1.max"),
            [
                "&", "'a", "r#type", "1_000u64", "0x1f", "1.5e-3", "0", ".", ".", "9", "1", ".",
                "max"
            ]
        );
    }

    #[test]
    fn an_unterminated_token_is_the_last_token() {
        assert_eq!(texts("a \"b c"), ["a", "\"b c"]);
        assert_eq!(texts("a \"b\\"), ["a", "\"b\\"]);
        assert_eq!(texts("a /* b"), ["a"]);
        assert_eq!(texts("a '"), ["a", "'"]);
        assert_eq!(texts("r#\"a"), ["r#\"a"]);
    }

    #[test]
    fn inner_doc_lines_are_kept() {
        let tokens: Vec<_> = lex("//! One.\n//! Two.\n// no\nx").collect();
        assert_eq!(
            tokens
                .iter()
                .filter(|token| token.kind == Kind::InnerDoc)
                .count(),
            2
        );
        assert_eq!(tokens[0].text, "//! One.");
    }
}
