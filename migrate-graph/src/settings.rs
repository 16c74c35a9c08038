//! The tokens of `migrations!(…)` -> what it sets, and every mistake at its token.
//!
//! One grammar for two hosts, as in [`crate::header`]: `revision!` and the command read it from the text of mod.rs,
//! `migrations!` from the compiler's tokens, and so they always agree.

use std::ops::Range;

use crate::HeadsAllowed;
use crate::files::{TextSpan, find_invocation, header_tokens};
use crate::header::{HeaderToken, Spanned};

/// The keys of `migrations!`.
pub const KEYS: [&str; 4] = ["backend", "backends", "heads", "version_table"];

/// The name of the version table where none is set.
pub const VERSION_TABLE: &str = "migrate_revisions";

/// The longest name that every database keeps whole.
const MAX_TABLE_LENGTH: usize = 63;

/// What one `migrations!` sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings<S> {
    /// The backends, in order; none if they could not be read.
    pub backends: Vec<Spanned<Backend, S>>,
    /// How many heads the chain may have.
    pub heads: HeadsAllowed,
    /// The name of the version table.
    pub version_table: String,
}

impl<S> Default for Settings<S> {
    fn default() -> Self {
        Self {
            backends: Vec::new(),
            heads: HeadsAllowed::One,
            version_table: VERSION_TABLE.to_owned(),
        }
    }
}

/// The path of a backend's type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// The path as text, without spaces.
    pub path: String,
    /// Its tokens, counted in the tokens that were parsed.
    pub tokens: Range<usize>,
}

impl Backend {
    /// Returns the last name of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit(':').next().unwrap_or_default()
    }
}

/// What is wrong inside one `migrations!`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "the message beside each variant says what its fields are"
)]
pub enum SettingMistake {
    /// No backend is named.
    #[error("`migrations!` does not say which database the revisions are for")]
    NoBackend,
    /// `backend` stands beside `backends`.
    #[error("`migrations!` has both `backend` and `backends`")]
    TwoBackendKeys,
    /// One backend is named twice.
    #[error("the backend `{path}` is named twice")]
    RepeatedBackend { path: String },
    /// A key that there is not.
    #[error("`migrations!` has no key `{key}`")]
    UnknownKey { key: String },
    /// A key that stands twice.
    #[error("`{key}` is given twice")]
    RepeatedKey { key: &'static str },
    /// A value of the wrong form.
    #[error("the value of `{key}` must be {expected}")]
    WrongValue {
        key: &'static str,
        expected: &'static str,
    },
    /// A name that no version table can have.
    #[error("`{name}` can't name the version table: {reason}")]
    BadTable { name: String, reason: &'static str },
    /// Tokens that are not `key = value` pairs.
    #[error("expected `key = value` pairs separated by commas, found `{found}`")]
    Syntax { found: String },
}

impl SettingMistake {
    /// Returns what to write instead.
    pub fn help(&self) -> String {
        match self {
            Self::NoBackend => {
                "write `migrations!(backend = Sqlite)`, or `backends = [Sqlite, Postgres]` for several".to_owned()
            }
            Self::TwoBackendKeys => "keep `backends = […]` for several, `backend = …` for one".to_owned(),
            Self::RepeatedKey { .. } | Self::RepeatedBackend { .. } => "keep one of them".to_owned(),
            Self::BadTable { .. } => "use 1 to 63 characters of A-Z, a-z, 0-9 and _, not beginning with a digit".to_owned(),
            Self::UnknownKey { .. } | Self::WrongValue { .. } | Self::Syntax { .. } => {
                "the keys are `backend = Sqlite`, `backends = [Sqlite, Postgres]`, `heads = many` and \
                 `version_table = \"…\"`"
                    .to_owned()
            }
        }
    }
}

impl SettingMistake {
    /// Whether a backend may be there, and was not read because of this mistake.
    fn may_hide_backend(&self) -> bool {
        match self {
            Self::UnknownKey { key } => key.starts_with("back"),
            Self::Syntax { .. } => true,
            _ => false,
        }
    }
}

/// What `migrations!` sets, and every mistake in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedSettings<S> {
    /// The settings as far as they could be read.
    pub settings: Settings<S>,
    /// Every mistake, in the order of the tokens.
    pub mistakes: Vec<Spanned<SettingMistake, S>>,
}

/// Parses the tokens between the brackets of `migrations!(…)`; `whole` is the place of all of it.
pub fn parse<S: Copy>(tokens: &[Spanned<HeaderToken, S>], whole: S) -> ParsedSettings<S> {
    let mut parser = Parser {
        tokens,
        at: 0,
        whole,
        seen: Vec::new(),
        settings: Settings::default(),
        mistakes: Vec::new(),
    };
    while parser.at < tokens.len() {
        if parser.pair().is_err() {
            parser.skip_pair();
        }
    }
    let Parser {
        seen,
        settings,
        mut mistakes,
        ..
    } = parser;
    let is_hidden = mistakes.iter().any(|told| told.value.may_hide_backend());
    if !is_hidden && !seen.contains(&"backend") && !seen.contains(&"backends") {
        mistakes.push(Spanned {
            value: SettingMistake::NoBackend,
            span: whole,
        });
    }
    ParsedSettings { settings, mistakes }
}

/// Returns what the `migrations!` of a module file sets, or `None` if there is none at its top level.
pub fn read(text: &str) -> Option<ParsedSettings<TextSpan>> {
    let found = find_invocation(text, "migrations")?;
    let tokens = header_tokens(&text[found.body.start..found.body.end], found.body.start);
    Some(parse(&tokens, found.invocation))
}

/// A mistake was recorded; the rest of the pair is skipped.
struct Skip;

struct Parser<'t, S> {
    tokens: &'t [Spanned<HeaderToken, S>],
    at: usize,
    whole: S,
    seen: Vec<&'static str>,
    settings: Settings<S>,
    mistakes: Vec<Spanned<SettingMistake, S>>,
}

impl<S: Copy> Parser<'_, S> {
    fn pair(&mut self) -> Result<(), Skip> {
        let (word, span) = match self.next() {
            Some(Spanned {
                value: HeaderToken::Word(word),
                span,
            }) => (word, span),
            _ => return self.syntax(),
        };
        if !self.punct("=") {
            self.at += 1;
            return self.syntax();
        }
        let Some(key) = KEYS.into_iter().find(|key| *key == word) else {
            return self.mistake(SettingMistake::UnknownKey { key: word }, span);
        };
        if self.seen.contains(&key) {
            return self.mistake(SettingMistake::RepeatedKey { key }, span);
        }
        let is_backend = |key: &&str| key.starts_with("backend");
        if is_backend(&key) && self.seen.iter().any(is_backend) {
            return self.mistake(SettingMistake::TwoBackendKeys, span);
        }
        self.seen.push(key);
        self.value(key, span)?;
        if self.at < self.tokens.len() && !self.punct(",") {
            self.at += 1;
            return self.syntax();
        }
        Ok(())
    }

    fn value(&mut self, key: &'static str, span: S) -> Result<(), Skip> {
        match key {
            "backend" => {
                let backend = self.backend(key, "the path of a type", span)?;
                self.settings.backends.push(backend);
            }
            "backends" => self.backends(key, span)?,
            "heads" => self.settings.heads = self.heads(key, span)?,
            _ => self.settings.version_table = self.table(key, span)?,
        }
        Ok(())
    }

    fn backends(&mut self, key: &'static str, span: S) -> Result<(), Skip> {
        const EXPECTED: &str = "a list of types, as in `[Sqlite, Postgres]`";
        if !self.punct("[") {
            return self.wrong(key, EXPECTED, span);
        }
        while !self.punct("]") {
            let backend = self.backend(key, EXPECTED, span)?;
            let is_same = |other: &Spanned<Backend, S>| other.value.path == backend.value.path;
            if self.settings.backends.iter().any(is_same) {
                let path = backend.value.path;
                self.record(SettingMistake::RepeatedBackend { path }, backend.span);
            } else {
                self.settings.backends.push(backend);
            }
            if !self.punct(",") && !self.is_next("]") {
                return self.wrong(key, EXPECTED, span);
            }
        }
        if self.settings.backends.is_empty() {
            self.at -= 1;
            return self.wrong(key, EXPECTED, span);
        }
        Ok(())
    }

    /// A path: words separated by `::`.
    fn backend(
        &mut self,
        key: &'static str,
        expected: &'static str,
        span: S,
    ) -> Result<Spanned<Backend, S>, Skip> {
        let start = self.at;
        let mut path = String::new();
        loop {
            while self.punct(":") {
                path.push(':');
            }
            match self.tokens.get(self.at) {
                Some(Spanned {
                    value: HeaderToken::Word(word),
                    ..
                }) => path.push_str(word),
                _ => return self.wrong(key, expected, span),
            }
            self.at += 1;
            if !self.is_next(":") {
                break;
            }
        }
        let tokens = start..self.at;
        Ok(Spanned {
            value: Backend { path, tokens },
            span: self.tokens[self.at - 1].span,
        })
    }

    fn heads(&mut self, key: &'static str, span: S) -> Result<HeadsAllowed, Skip> {
        match self.tokens.get(self.at).map(|token| &token.value) {
            Some(HeaderToken::Word(word)) if word == "many" => {
                self.at += 1;
                Ok(HeadsAllowed::Many)
            }
            Some(HeaderToken::Word(word)) if word == "one" => {
                self.at += 1;
                Ok(HeadsAllowed::One)
            }
            _ => self.wrong(key, "`one` or `many`", span),
        }
    }

    fn table(&mut self, key: &'static str, span: S) -> Result<String, Skip> {
        let text = match self.tokens.get(self.at) {
            Some(Spanned {
                value: HeaderToken::Str(literal),
                span,
            }) => literal
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'))
                .map(|name| (name.to_owned(), *span)),
            _ => None,
        };
        let Some((name, literal)) = text else {
            return self.wrong(key, "a string", span);
        };
        self.at += 1;
        if let Some(reason) = refuse_table(&name) {
            self.record(SettingMistake::BadTable { name, reason }, literal);
            return Ok(VERSION_TABLE.to_owned());
        }
        Ok(name)
    }

    /// The next token does not fit the key that stands at `span`.
    fn wrong<T>(&mut self, key: &'static str, expected: &'static str, span: S) -> Result<T, Skip> {
        let span = self.tokens.get(self.at).map_or(span, |token| token.span);
        self.record(SettingMistake::WrongValue { key, expected }, span);
        Err(Skip)
    }

    fn next(&mut self) -> Option<Spanned<HeaderToken, S>> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn is_next(&self, text: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Spanned { value: HeaderToken::Other(other), .. }) if other == text)
    }

    fn punct(&mut self, text: &str) -> bool {
        let is_next = self.is_next(text);
        self.at += usize::from(is_next);
        is_next
    }

    /// The token before the present place is not what the grammar wants.
    fn syntax<T>(&mut self) -> Result<T, Skip> {
        let (found, span) = match self.tokens.get(self.at - 1) {
            Some(token) => match &token.value {
                HeaderToken::Word(text) | HeaderToken::Str(text) | HeaderToken::Other(text) => {
                    (text.clone(), token.span)
                }
            },
            None => (
                "the end".to_owned(),
                self.tokens.last().map_or(self.whole, |token| token.span),
            ),
        };
        self.at -= 1;
        self.mistake(SettingMistake::Syntax { found }, span)
    }

    fn mistake<T>(&mut self, mistake: SettingMistake, span: S) -> Result<T, Skip> {
        self.record(mistake, span);
        Err(Skip)
    }

    fn record(&mut self, mistake: SettingMistake, span: S) {
        self.mistakes.push(Spanned {
            value: mistake,
            span,
        });
    }

    /// Goes on after the next comma that stands outside of brackets.
    fn skip_pair(&mut self) {
        let mut depth = 0usize;
        while let Some(token) = self.next() {
            match &token.value {
                HeaderToken::Other(open) if ["[", "{", "("].contains(&open.as_str()) => depth += 1,
                HeaderToken::Other(close) if ["]", "}", ")"].contains(&close.as_str()) => {
                    depth = depth.saturating_sub(1);
                }
                HeaderToken::Other(comma) if comma == "," && depth == 0 => return,
                _ => {}
            }
        }
    }
}

fn refuse_table(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("it is empty")
    } else if name.len() > MAX_TABLE_LENGTH {
        Some("it is longer than 63 characters, and some databases cut such names")
    } else if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        Some("only A-Z, a-z, 0-9 and _ are allowed")
    } else if name.as_bytes()[0].is_ascii_digit() {
        Some("it begins with a digit")
    } else if name.to_ascii_lowercase().starts_with("sqlite_") {
        Some("names that begin with sqlite_ belong to SQLite")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_text(text: &str) -> ParsedSettings<TextSpan> {
        let whole = TextSpan {
            start: 0,
            end: text.len(),
        };
        parse(&header_tokens(text, 0), whole)
    }

    fn messages(text: &str) -> Vec<String> {
        let describe = |mistake: &Spanned<SettingMistake, TextSpan>| {
            format!(
                "{}: {}",
                &text[mistake.span.start..mistake.span.end],
                mistake.value
            )
        };
        parse_text(text).mistakes.iter().map(describe).collect()
    }

    #[test]
    fn all_settings_are_read() {
        let text = "backends = [Sqlite, crate::fake::Fake,], heads = many, version_table = \"app_revisions\",";
        let ParsedSettings { settings, mistakes } = parse_text(text);
        assert_eq!(mistakes, []);
        let paths: Vec<_> = settings
            .backends
            .iter()
            .map(|backend| backend.value.path.as_str())
            .collect();
        assert_eq!(paths, ["Sqlite", "crate::fake::Fake"]);
        assert_eq!(settings.backends[1].value.name(), "Fake");
        assert_eq!(settings.heads, HeadsAllowed::Many);
        assert_eq!(settings.version_table, "app_revisions");
    }

    #[test]
    fn what_is_not_set_has_a_default() {
        let ParsedSettings { settings, mistakes } = parse_text("backend = ::a::Sqlite");
        assert_eq!(mistakes, []);
        assert_eq!(
            settings.backends[0].value,
            Backend {
                path: "::a::Sqlite".to_owned(),
                tokens: 2..8
            }
        );
        assert_eq!(
            (settings.heads, settings.version_table.as_str()),
            (HeadsAllowed::One, VERSION_TABLE)
        );
    }

    #[test]
    fn each_mistake_is_told_at_its_token() {
        for (text, message) in [
            ("", ": `migrations!` does not say which database"),
            ("heads = many", "heads = many: `migrations!` does not say"),
            (
                "backend = A, backend = B",
                "backend: `backend` is given twice",
            ),
            (
                "backend = A, backends = [B]",
                "backends: `migrations!` has both",
            ),
            ("backends = [A, B, A]", "A: the backend `A` is named twice"),
            ("backends = []", "]: the value of `backends` must be a list"),
            ("backends = A", "A: the value of `backends` must be a list"),
            (
                "backends = [A B]",
                "B: the value of `backends` must be a list",
            ),
            (
                "backend = [A]",
                "[: the value of `backend` must be the path",
            ),
            (
                "backend = \"A\"",
                "\"A\": the value of `backend` must be the path",
            ),
            (
                "backend = A<B>",
                "<: expected `key = value` pairs separated by commas, found `<`",
            ),
            (
                "backend = A heads = many",
                "heads: expected `key = value` pairs",
            ),
            ("backend: A", ":: expected `key = value` pairs"),
            (
                "backend = A, head = many",
                "head: `migrations!` has no key `head`",
            ),
            (
                "backend = A, heads = 2",
                "2: the value of `heads` must be `one` or `many`",
            ),
            (
                "backend = A, version_table = t",
                "t: the value of `version_table` must be a string",
            ),
            (
                "backend = A, version_table = \"a b\"",
                "\"a b\": `a b` can't name the version table: only",
            ),
            (
                "backend = A, version_table = \"\"",
                "\"\": `` can't name the version table: it is empty",
            ),
            (
                "backend = A, version_table = \"sqlite_x\"",
                "\"sqlite_x\": `sqlite_x` can't name",
            ),
        ] {
            let messages = messages(text);
            assert!(
                messages.iter().any(|found| found.starts_with(message)),
                "{text}\n{messages:?}"
            );
        }
    }

    #[test]
    fn a_key_that_could_not_be_read_is_not_missing() {
        for text in ["backend: A", "back_end = A"] {
            assert_eq!(messages(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn settings_that_end_early_are_a_mistake_and_no_panic() {
        for text in [
            "backend",
            "backend =",
            "backend = a::",
            "backends = [",
            "backends = [A",
            "=",
            ",",
            "heads =",
            "}",
        ] {
            assert!(!messages(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn the_settings_of_a_module_file_are_found() {
        let text = "mod a;\n// migrations!(backend = No)\nmigrate_runtime::migrations!(backend = Sqlite, heads = many);\n";
        let settings = read(text).map(|parsed| parsed.settings);
        assert_eq!(
            settings.map(|settings| settings.heads),
            Some(HeadsAllowed::Many)
        );
        assert_eq!(read("mod a { migrations!(backend = A); }"), None);
    }
}
