//! Computes the [`Checksum`] of a revision file from its tokens.
//!
//! If a file includes others (`include_str!`), they count too. It must not depend on what formatters and editors
//! change: comments, spaces, line ends, a byte order mark, trailing commas, braces around the single expression of a
//! closure or match arm, and the order of `use` declarations and of their names.

use std::fmt;
use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher24};

use crate::tokens::{Kind, Token, meaningful};

/// The hash of a revision's tokens, with the version of the algorithm.
///
/// It detects accidental changes; it does not protect against an attacker.
///
/// ```
/// use migrate_graph::Checksum;
///
/// let checksum = Checksum::of("fn up() { f(1) }");
/// assert_eq!(checksum, Checksum::of("// Why.\r\nfn up() {\r\n    f(1,)\r\n}"));
/// assert_ne!(checksum, Checksum::of("fn up() { f(2) }"));
/// assert!(checksum.to_string().starts_with("v1:"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Checksum {
    version: Version,
    hash: u128,
}

/// The rules of a checksum. They never change; a new rule is a new version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Version {
    /// The tokens of the file.
    V1,
    /// The tokens of the file, and the files that it includes.
    V2,
}

impl Version {
    const ALL: [Self; 2] = [Self::V1, Self::V2];

    fn prefix(self) -> &'static str {
        match self {
            Self::V1 => "v1:",
            Self::V2 => "v2:",
        }
    }
}

impl Checksum {
    /// Returns the checksum of a file's text.
    pub fn of(text: &str) -> Self {
        Self::of_tokens(&meaningful(text))
    }

    /// Returns the checksum of a file's tokens, which must not include inner doc comments.
    pub fn of_tokens(tokens: &[Token<'_>]) -> Self {
        let kept = without_braces(tokens);
        let tokens = kept.as_deref().unwrap_or(tokens);
        let left_out = trailing_commas(tokens);
        let mut bytes = vec![0; length(tokens)];
        let written = write_normal_form(&mut bytes, tokens, &left_out);
        let mut hasher = SipHasher24::new();
        hasher.write(&bytes[..written]);
        Self {
            version: Version::V1,
            hash: hasher.finish128().as_u128(),
        }
    }

    /// Returns the checksum of a file with these tokens that includes the files `included`, in this order.
    ///
    /// Line ends do not count, because Git may change them. Without an included file, it is the checksum of the tokens.
    pub fn with_included(self, included: &[Vec<u8>]) -> Self {
        if included.is_empty() {
            return self;
        }
        let mut hasher = SipHasher24::new();
        hasher.write(&self.hash.to_le_bytes());
        for bytes in included {
            let lines = without_line_ends(bytes);
            hasher.write(&(lines.len() as u64).to_le_bytes());
            hasher.write(&lines);
        }
        Self {
            version: Version::V2,
            hash: hasher.finish128().as_u128(),
        }
    }
}

/// Returns bytes with `\n` for each `\r\n`.
fn without_line_ends(bytes: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(bytes.len());
    for (at, byte) in bytes.iter().enumerate() {
        if *byte != b'\r' || bytes.get(at + 1) != Some(&b'\n') {
            lines.push(*byte);
        }
    }
    lines
}

/// The checksums of one revision file.
///
/// A database or `frozen.lock` may have recorded a file that includes others before checksums covered these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileChecksum {
    /// The checksum to record.
    pub own: Checksum,
    /// The checksum of the tokens only; the same if the file includes no other.
    pub of_tokens: Checksum,
}

impl FileChecksum {
    /// Returns whether a recorded checksum is that of this file.
    pub fn matches(&self, recorded: Checksum) -> bool {
        recorded == self.own || recorded == self.of_tokens
    }
}

impl From<Checksum> for FileChecksum {
    /// Returns the checksums of a file that includes no other.
    fn from(own: Checksum) -> Self {
        Self {
            own,
            of_tokens: own,
        }
    }
}

/// The error for a string that is not a checksum of a known version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownChecksum;

impl std::str::FromStr for Checksum {
    type Err = UnknownChecksum;

    /// Parses the output of `Display`.
    fn from_str(text: &str) -> Result<Self, UnknownChecksum> {
        let mut versions = Version::ALL.into_iter();
        let (version, digits) = versions
            .find_map(|version| Some((version, text.strip_prefix(version.prefix())?)))
            .ok_or(UnknownChecksum)?;
        let are_digits = digits.len() == 32
            && digits
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        match u128::from_str_radix(digits, 16) {
            Ok(hash) if are_digits => Ok(Self { version, hash }),
            _ => Err(UnknownChecksum),
        }
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:032x}", self.version.prefix(), self.hash)
    }
}

// Macros run this unoptimized, over every revision of an application. So it iterates by index, compares a token's kind
// and length before its text, and skips passes that would change nothing: several times faster there.

/// Removes the braces around single expressions; returns `None` if there are none.
fn without_braces<'a>(tokens: &[Token<'a>]) -> Option<Vec<Token<'a>>> {
    if !has_body_to_look_at(tokens) {
        return None;
    }
    let closes = matching_closes(tokens);
    let mut left_out: Vec<(usize, usize)> = Vec::new();
    for (open, &close) in closes.iter().enumerate() {
        if close != NO_CLOSE
            && is(&tokens[open], b'{')
            && is_single_expression_body(tokens, &closes, open, close)
        {
            left_out.push((open, close));
        }
    }
    if left_out.is_empty() {
        return None;
    }
    let mut is_left_out = vec![false; tokens.len()];
    let mut ends_arm = vec![false; tokens.len()];
    for (open, close) in left_out {
        is_left_out[open] = true;
        is_left_out[close] = true;
        ends_arm[close] = is_match_arm(tokens, open);
    }
    let mut kept = Vec::with_capacity(tokens.len());
    for (i, token) in tokens.iter().enumerate() {
        if ends_arm[i] && !tokens.get(i + 1).is_some_and(|next| is(next, b',')) {
            kept.push(Token {
                kind: Kind::Punct,
                text: ",",
                start: token.start,
            });
        }
        if !is_left_out[i] {
            kept.push(*token);
        }
    }
    Some(kept)
}

/// Returns whether there is a brace after `|` or `=>`.
fn has_body_to_look_at(tokens: &[Token<'_>]) -> bool {
    let mut i = 1;
    while i < tokens.len() {
        if let Kind::Open = tokens[i].kind
            && is(&tokens[i], b'{')
            && (is(&tokens[i - 1], b'|') || is_match_arm(tokens, i))
        {
            return true;
        }
        i += 1;
    }
    false
}

/// Returns whether a token consists of this byte.
fn is(token: &Token<'_>, byte: u8) -> bool {
    token.text.len() == 1 && token.text.as_bytes()[0] == byte
}

const NO_CLOSE: usize = usize::MAX;

/// Returns the position of the closing bracket for each opening bracket.
fn matching_closes(tokens: &[Token<'_>]) -> Vec<usize> {
    let mut closes = vec![NO_CLOSE; tokens.len()];
    let mut open = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        match tokens[i].kind {
            Kind::Open => open.push(i),
            Kind::Close => {
                if let Some(at) = open.pop() {
                    closes[at] = i;
                }
            }
            _ => {}
        }
        i += 1;
    }
    closes
}

/// Finds `|x| { expression }` and `pattern => { expression }`, whose braces formatters remove if the code fits.
fn is_single_expression_body(
    tokens: &[Token<'_>],
    closes: &[usize],
    open: usize,
    close: usize,
) -> bool {
    let after_bars = open > 0 && is(&tokens[open - 1], b'|');
    if !(after_bars || is_match_arm(tokens, open)) || close == open + 1 {
        return false;
    }
    let mut i = open + 1;
    while i < close {
        // A statement, or an expression that is complete without a semicolon, needs the braces.
        let token = &tokens[i];
        if is(token, b';') || token.kind == Kind::Ident && STATEMENT_WORDS.contains(&token.text) {
            return false;
        }
        i = if closes[i] == NO_CLOSE {
            i + 1
        } else {
            closes[i] + 1
        };
    }
    true
}

const STATEMENT_WORDS: [&str; 9] = [
    "let", "if", "match", "for", "while", "loop", "unsafe", "fn", "use",
];

fn is_match_arm(tokens: &[Token<'_>], open: usize) -> bool {
    open >= 2 && is(&tokens[open - 1], b'>') && is(&tokens[open - 2], b'=')
}

/// Returns for each token whether it is a comma before a closing bracket, which formatters may add or remove.
fn trailing_commas(tokens: &[Token<'_>]) -> Vec<bool> {
    let mut opens: Vec<(usize, usize)> = Vec::new();
    let mut is_trailing = vec![false; tokens.len()];
    let mut i = 0;
    while i < tokens.len() {
        match tokens[i].kind {
            Kind::Open => opens.push((i, 0)),
            Kind::Close => {
                if let Some((open, commas)) = opens.pop()
                    && i > 0
                    && is(&tokens[i - 1], b',')
                    && !(commas == 1 && is_tuple(tokens, open))
                {
                    is_trailing[i - 1] = true;
                }
            }
            Kind::Punct if is(&tokens[i], b',') => {
                if let Some((_, commas)) = opens.last_mut() {
                    *commas += 1;
                }
            }
            _ => {}
        }
        i += 1;
    }
    is_trailing
}

/// Returns whether a bracket opens a tuple, where `(a,)` and `(a)` differ, and not arguments or parameters.
fn is_tuple(tokens: &[Token<'_>], open: usize) -> bool {
    let called = |before: &Token<'_>| {
        before.kind == Kind::Ident || [")", "]", ">", "!", "?"].contains(&before.text)
    };
    is(&tokens[open], b'(') && !(open > 0 && called(&tokens[open - 1]))
}

/// Returns the number of bytes of the tokens, each with its end byte.
fn length(tokens: &[Token<'_>]) -> usize {
    let mut length = tokens.len();
    let mut i = 0;
    while i < tokens.len() {
        length += tokens[i].text.len();
        i += 1;
    }
    length
}

/// Writes all tokens that are not omitted, and returns the number of bytes written.
///
/// Consecutive `use` declarations, and the tokens of each, are sorted, so that their order does not matter.
fn write_normal_form(bytes: &mut [u8], tokens: &[Token<'_>], left_out: &[bool]) -> usize {
    let mut uses: Vec<Vec<&str>> = Vec::new();
    let mut at = 0;
    let mut i = 0;
    while i < tokens.len() {
        let token = &tokens[i];
        if let Kind::Ident = token.kind
            && token.text.len() == 3
            && token.is("use")
            && let Some(length) = tokens[i..].iter().position(|token| token.is(";"))
        {
            let line = tokens[i..i + length].iter().map(|token| token.text);
            let mut line: Vec<&str> = line.filter(|text| *text != ",").collect();
            line.sort_unstable();
            uses.push(line);
            i += length + 1;
            continue;
        }
        if !uses.is_empty() {
            at = write_uses(bytes, at, &mut uses);
        }
        if !left_out[i] {
            at = write(bytes, at, token.text);
        }
        i += 1;
    }
    write_uses(bytes, at, &mut uses)
}

fn write_uses(bytes: &mut [u8], mut at: usize, uses: &mut Vec<Vec<&str>>) -> usize {
    uses.sort_unstable();
    for text in uses.drain(..).flatten() {
        at = write(bytes, at, text);
    }
    at
}

/// Writes a token and a byte that no text contains. Tokens are short, so a loop is faster than a call.
fn write(bytes: &mut [u8], at: usize, text: &str) -> usize {
    let text = text.as_bytes();
    let mut i = 0;
    while i < text.len() {
        bytes[at + i] = text[i];
        i += 1;
    }
    bytes[at + i] = 0xff;
    at + i + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        Checksum::of(a) == Checksum::of(b)
    }

    #[test]
    fn formatting_does_not_change_the_checksum() {
        for (a, b) in [
            ("a b", "a  \t b\n"),
            ("a b", "\u{feff}//! Doc.\r\na /* c */ b // d\r\n"),
            ("f(a, b)", "f(\n    a,\n    b,\n)"),
            ("f(a)", "f(\n    a,\n)"),
            ("[a, b]", "[a, b,]"),
            ("S { a }", "S { a, }"),
            ("(a, b)", "(a, b,)"),
            ("|t| t.x()", "|t| { t.x() }"),
            ("|t| t.x(|y| y)", "|t| {\n    t.x(|y| { y })\n}"),
            (
                "match a { B => c(), D => e }",
                "match a { B => { c() } D => e, }",
            ),
            ("use a::b; use c::{d, e}; f", "use c::{e, d};\nuse a::b;\nf"),
        ] {
            assert!(same(a, b), "{a}\n{b}");
        }
    }

    #[test]
    fn a_change_of_meaning_changes_the_checksum() {
        for (a, b) in [
            ("a b", "ab"),
            ("f(1)", "f(2)"),
            ("\"a b\"", "\"a  b\""),
            ("\"// a\"", "\"\""),
            ("(a,)", "(a)"),
            ("f((a,))", "f((a))"),
            ("|t| { a(); b() }", "|t| { b() }"),
            ("|t| { a() }", "|t| { a(); }"),
            ("fn f() { a() }", "fn f() a()"),
            ("use a::b; c", "use a::d; c"),
            ("a; b", "b; a"),
            ("'a'", "'b'"),
        ] {
            assert!(!same(a, b), "{a}\n{b}");
        }
    }

    #[test]
    fn unmatched_brackets_do_not_panic() {
        for text in ["}", "{", "|a| {", ")(", "=> { a", "use a", ",)", "=> {}"] {
            Checksum::of(text);
        }
    }

    #[test]
    fn an_included_file_counts_and_its_line_ends_do_not() {
        let own = Checksum::of("op.execute(include_str!(\"a.sql\"))");
        let with = |texts: &[&str]| {
            let included: Vec<Vec<u8>> =
                texts.iter().map(|text| text.as_bytes().to_vec()).collect();
            own.with_included(&included)
        };
        assert_eq!(with(&[]), own);
        assert_eq!(with(&["a\nb\n"]), with(&["a\r\nb\r\n"]));
        assert_ne!(with(&["a\nb"]), with(&["a b"]));
        assert_ne!(with(&["a", "b"]), with(&["ab", ""]));
        assert_eq!(with(&["a"]).to_string().parse(), Ok(with(&["a"])));
        let both = FileChecksum {
            own: with(&["a"]),
            of_tokens: own,
        };
        assert!(both.matches(own) && both.matches(with(&["a"])) && !both.matches(with(&["b"])));
    }

    #[test]
    fn the_second_version_is_stable() {
        let included = [b"CREATE TABLE a (b INTEGER);\n".to_vec()];
        assert_eq!(
            Checksum::of("fn up() {}")
                .with_included(&included)
                .to_string(),
            "v2:7b6debf3f53c99db66a8ee0eb0d018c9"
        );
    }

    #[test]
    fn the_first_version_is_stable() {
        let text = "use migrate_runtime::v1::*;\npub fn up(op: &mut Op<Sqlite>) -> Result<()> {\n    op.drop_table(\"a\")\n}\n";
        assert_eq!(
            Checksum::of(text).to_string(),
            "v1:c01d694f1a098ea8f2dc78b8fb3c6127"
        );
    }
}
