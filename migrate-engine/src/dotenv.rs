//! Reads the value of a key from a file `.env`.
//!
//! The grammar is that of dotenvy, which sqlx and Diesel use. If dotenvy would replace a `$` by nothing, or read only a
//! part of the name, the value is rejected. Lines of other keys are ignored, unless the value needs them. No error
//! contains a part of the file, because it may be a part of a password.

use std::iter::Peekable;
use std::str::Chars;

/// The reason why a file can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bad {
    /// The line to correct, counted from one.
    pub(crate) line: usize,
    pub(crate) reason: &'static str,
    pub(crate) help: &'static str,
}

/// The problem with a value, and the correction.
type Flaw = (&'static str, &'static str);

const NO_PAIR: Flaw = (
    "it is not `KEY=VALUE`",
    "put a value that contains a space in quotes",
);
const UNCLOSED: Flaw = (
    "a quote is not closed",
    "close it, or write `\\'` or `\\\"`",
);
const NO_NAME: Flaw = (
    "a `$` is not followed by a name",
    "write `\\$` for a `$`, or put the value in single quotes",
);
const NOT_SET: Flaw = (
    "a `$` is followed by a name that is neither in the environment nor on a line above",
    "write `\\$` for a `$`, or put the value in single quotes; write a name that contains a `_` as `${NAME}`",
);
const HALF_A_NAME: Flaw = (
    "a name after `$` has letters and digits only, and the next characters look like more of the name",
    "write `${NAME}`",
);
const TWICE: Flaw = (
    "a value that it needs is defined twice, and differently",
    "remove one of the two lines",
);
const ESCAPE: Flaw = (
    "a `\\` is before a character that needs no escape",
    "write `\\\\` for a `\\`, or put the value in single quotes",
);

/// Returns the value of `key`; `environment` is searched first for `$NAME`.
///
/// # Errors
///
/// If the key has a line whose value is invalid or ambiguous.
pub(crate) fn value(
    text: &str,
    key: &str,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<String>, Bad> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut before: Vec<(&str, Result<String, Flaw>)> = Vec::new();
    let mut found: Option<String> = None;
    for line in (Lines {
        rest: text,
        number: 1,
    }) {
        let bad = |(reason, help): Flaw| Bad {
            line: line.number,
            reason,
            help,
        };
        let hides = |line: &str| key_of(line).is_ok_and(|(name, _)| name == key);
        if line.text.lines().skip(1).any(hides) {
            return Err(bad(UNCLOSED));
        }
        let (name, value) = match key_of(line.text) {
            Ok(("", _)) => continue,
            Ok((name, Some(value))) => (name, value),
            Ok((name, None)) if name == key => return Err(bad(NO_PAIR)),
            Ok(_) | Err(()) => continue,
        };
        let lookup = |name: &str| meaning(name, &before, environment);
        let value = Value::read(value, &lookup);
        if name != key {
            before.push((name, value));
            continue;
        }
        let value = value.map_err(bad)?;
        match &found {
            Some(first) if *first != value => return Err(bad(TWICE)),
            _ => found = Some(value),
        }
    }
    Ok(found)
}

/// Returns the value of `$NAME`.
fn meaning(
    name: &str,
    before: &[(&str, Result<String, Flaw>)],
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<String, Flaw> {
    if let Some(value) = environment(name) {
        return Ok(value);
    }
    let mut values = before.iter().filter(|(key, _)| *key == name);
    let (_, first) = values.next().ok_or(NOT_SET)?;
    match values.all(|(_, other)| other == first) {
        true => first.clone(),
        false => Err(TWICE),
    }
}

/// Returns the key of a line, and the text after its `=`; the key is empty if the line has none.
fn key_of(line: &str) -> Result<(&str, Option<&str>), ()> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(("", None));
    }
    let word = |text: &'_ str| -> Result<usize, ()> {
        let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'));
        starts.then(|| end.unwrap_or(text.len())).ok_or(())
    };
    let (mut key, mut rest) = line.split_at(word(line)?);
    rest = rest.trim_start();
    if key == "export" && !rest.starts_with('=') {
        (key, rest) = rest.split_at(word(rest)?);
        rest = rest.trim_start();
    }
    Ok((key, rest.strip_prefix('=').map(str::trim_start)))
}

/// Groups lines that belong together: an open quote includes the next line.
struct Lines<'t> {
    rest: &'t str,
    number: usize,
}

struct Line<'t> {
    text: &'t str,
    number: usize,
}

/// The state at the end of a piece.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Bare,
    Space,
    Comment,
    Escape,
    Quote(char),
    EscapeInQuote(char),
}

impl Within {
    fn after(self, c: char) -> Within {
        match (self, c) {
            (Within::Comment, _) => Within::Comment,
            (Within::Space, '#') => Within::Comment,
            (Within::Bare | Within::Space, '\\') => Within::Escape,
            (Within::Bare | Within::Space, '\'' | '"') => Within::Quote(c),
            (Within::Bare, c) if c.is_whitespace() && c != '\n' && c != '\r' => Within::Space,
            (Within::Quote(quote), '\\') => Within::EscapeInQuote(quote),
            (Within::Quote(quote), c) if c != quote => Within::Quote(quote),
            (Within::EscapeInQuote(quote), _) => Within::Quote(quote),
            _ => Within::Bare,
        }
    }
}

impl<'t> Iterator for Lines<'t> {
    type Item = Line<'t>;

    fn next(&mut self) -> Option<Line<'t>> {
        let (mut end, mut count) = (0, 0);
        let (mut within, mut comment) = (Within::Bare, None);
        while end < self.rest.len() {
            let tail = &self.rest[end..];
            let piece = &tail[..tail.find('\n').map_or(tail.len(), |at| at + 1)];
            if count == 0 && piece.trim_start().starts_with('#') {
                (end, count) = (piece.len(), 1);
                break;
            }
            for (at, c) in piece.char_indices() {
                within = within.after(c);
                if within == Within::Comment {
                    comment.get_or_insert(end + at);
                }
            }
            (end, count) = (end + piece.len(), count + 1);
            if !matches!(within, Within::Quote(_) | Within::EscapeInQuote(_)) {
                break;
            }
        }
        if count == 0 {
            return None;
        }
        let (text, rest) = self.rest.split_at(end);
        // dotenvy cuts the line here first, so a `\` before the spaces has no character after it.
        let text = &text[..comment.unwrap_or(end)];
        let number = self.number;
        (self.rest, self.number) = (rest, number + count);
        Some(Line { text, number })
    }
}

/// A value while it is parsed.
struct Value<'v> {
    signs: Peekable<Chars<'v>>,
    read: String,
    lookup: &'v dyn Fn(&str) -> Result<String, Flaw>,
}

impl Value<'_> {
    fn read(text: &str, lookup: &dyn Fn(&str) -> Result<String, Flaw>) -> Result<String, Flaw> {
        let mut value = Value {
            signs: text.trim_end().chars().peekable(),
            read: String::new(),
            lookup,
        };
        if value.signs.peek() != Some(&'#') {
            value.whole()?;
        }
        Ok(value.read)
    }

    fn whole(&mut self) -> Result<(), Flaw> {
        while let Some(c) = self.signs.next() {
            match c {
                '\'' => self.single()?,
                '"' => self.double()?,
                '\\' => self.escape()?,
                '$' => self.substitution()?,
                ' ' | '\t' => {
                    while self.signs.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
                    return match self.signs.next() {
                        None | Some('#') => Ok(()),
                        Some(_) => Err(NO_PAIR),
                    };
                }
                c => self.read.push(c),
            }
        }
        Ok(())
    }

    fn single(&mut self) -> Result<(), Flaw> {
        loop {
            match self.signs.next().ok_or(UNCLOSED)? {
                '\'' => return Ok(()),
                // Readers do not agree on where the quote ends.
                '\\' if self.signs.peek() == Some(&'\'') => return Err(UNCLOSED),
                c => self.read.push(c),
            }
        }
    }

    fn double(&mut self) -> Result<(), Flaw> {
        loop {
            match self.signs.next().ok_or(UNCLOSED)? {
                '"' => return Ok(()),
                '\\' => self.escape()?,
                '$' => self.substitution()?,
                c => self.read.push(c),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Flaw> {
        match self.signs.next() {
            Some(c @ ('\\' | '\'' | '"' | '$' | ' ')) => self.read.push(c),
            Some('n') => self.read.push('\n'),
            _ => return Err(ESCAPE),
        }
        Ok(())
    }

    fn substitution(&mut self) -> Result<(), Flaw> {
        let mut name = String::new();
        if self.signs.next_if_eq(&'{').is_some() {
            loop {
                match self.signs.next().ok_or(UNCLOSED)? {
                    '}' => break,
                    c => name.push(c),
                }
            }
        } else {
            while let Some(c) = self.signs.next_if(|c| c.is_alphanumeric()) {
                name.push(c);
            }
            if name.is_empty() {
                return Err(NO_NAME);
            }
            // dotenvy takes the next character literally, also a quote, which then remains open.
            let follows = |c: &char| matches!(c, '_' | '\'' | '"' | '\\') || c.is_whitespace();
            if self.signs.peek().is_some_and(follows) {
                return Err(HALF_A_NAME);
            }
        }
        let value = (self.lookup)(&name)?;
        self.read.push_str(&value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Option<String>, Bad> {
        value(text, "URL", &|name| {
            (name == "OUTSIDE").then(|| "out".to_owned())
        })
    }

    #[test]
    fn values_are_read_as_dotenvy_reads_them() {
        for (text, expected) in [
            ("URL=sqlite:a.db", "sqlite:a.db"),
            ("\u{feff}URL = a # said", "a"),
            ("export URL=a#b", "a#b"),
            ("URL='p$w \" \\x'\n", "p$w \" \\x"),
            ("URL=\"p\\$w ${A}\"\nA=1", ""),
            ("A=real.db\nURL=$A", "real.db"),
            ("A_B=real.db\nURL=${A_B}", "real.db"),
            ("A_B=real\nURL=\"${A_B}.db\"", "real.db"),
            ("A=1\nB=$A-2\nURL=$B$A", "1-21"),
            ("URL=$OUTSIDE/x", "out/x"),
            ("OUTSIDE=in\nURL=${OUTSIDE}", "out"),
            ("URL=Apple5\\$@h", "Apple5$@h"),
            ("TITLE=My App\nURL=a", "a"),
            ("= nonsense\n\n# '\nURL=a", "a"),
            ("A='two\nlines'\nURL=$A", "two\nlines"),
            ("URL=", ""),
            ("URL=#a", ""),
            ("URL=a\nURL=a", "a"),
            ("URL=a b' \nURL", ""),
        ] {
            let got = read(text);
            if expected.is_empty() && got.is_err() {
                continue;
            }
            assert_eq!(got, Ok(Some(expected.to_owned())), "{text}");
        }
        assert_eq!(read("OTHER=1\n#URL=a\n"), Ok(None));
    }

    #[test]
    fn what_would_be_read_as_something_else_is_refused_with_its_line() {
        for (text, line, flaw) in [
            ("\nURL=postgres://d:Apple5$@h/d", 2, NO_NAME),
            ("URL=Apple5$", 1, NO_NAME),
            ("URL=\"Apple5$\"", 1, NO_NAME),
            ("URL=my$data.db", 1, NOT_SET),
            ("URL=\"my${data}.db\"", 1, NOT_SET),
            ("URL=$A\nA=1", 1, NOT_SET),
            ("APP_DB=real.db\nURL=$APP_DB", 2, HALF_A_NAME),
            ("A=1\nURL=\"$A\"", 2, HALF_A_NAME),
            ("A=1\nURL=$A b", 2, HALF_A_NAME),
            ("A=1\nA=2\nURL=$A", 3, TWICE),
            ("URL=1\nURL=2", 2, TWICE),
            ("A=My App\nURL=$A", 2, NO_PAIR),
            ("URL=my app.db", 1, NO_PAIR),
            ("URL sqlite:a.db", 1, NO_PAIR),
            ("URL='a", 1, UNCLOSED),
            ("NAME=O'Brien\nURL=a\n", 1, UNCLOSED),
            ("NAME=O'Brien\nURL=a\nX=it's", 1, UNCLOSED),
            ("URL=C:\\app.db", 1, ESCAPE),
            ("URL=a\\  # said", 1, ESCAPE),
        ] {
            let (reason, help) = flaw;
            let bad = Bad { line, reason, help };
            assert_eq!(read(text), Err(bad), "{text}");
        }
    }

    /// A name that is not in the environment.
    const KEY: &str = "CARGO_MIGRATE_TEST_URL";

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_is_read_is_what_dotenvy_reads(
            lines in proptest::collection::vec("(ZQA|ZQB|ZQC|export ZQA)? ?=[ab$#'\"{}_\\\\ .ZQAB\\t]{0,9}", 0..4),
            last in "[ab$#'\"{}_\\\\ .ZQAB]{0,14}",
            more in "[ab$'\"\\\\ \\n]{0,6}",
        ) {
            let text = format!("{}\n{KEY}={last}\n{more}", lines.join("\n"));
            let ours = value(&text, KEY, &|_| None);
            if let Ok(Some(ours)) = ours {
                let theirs = dotenvy::from_read_iter(text.as_bytes())
                    .filter_map(Result::ok)
                    .find(|(key, _)| key == KEY);
                if let Some((_, theirs)) = theirs {
                    prop_assert_eq!(theirs, ours, "{}", text);
                }
            }
        }

        #[test]
        fn no_text_panics(text in "(?s).{0,80}") {
            let _ = value(&text, "A", &|_| None);
        }
    }
}
