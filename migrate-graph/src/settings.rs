//! Parses the tokens of `migrations!(…)` into [`Settings`], and reports every error at its token.
//!
//! As in [`crate::header`], `revision!` and the command read the text of mod.rs, and `migrations!` reads the compiler's
//! tokens. They must agree, so this module must not depend on either host.

use std::ops::Range;

use crate::HeadsAllowed;
use crate::files::{TextSpan, find_invocation, header_tokens};
use crate::header::{HeaderToken, Spanned};

/// The keys of `migrations!`.
pub const KEYS: [&str; 8] = [
    "after",
    "backend",
    "backends",
    "heads",
    "models",
    "on_connect",
    "schema",
    "version_table",
];

/// The default name of the version table.
pub const VERSION_TABLE: &str = "migrate_revisions";

/// The maximum length of a name that no database truncates.
const MAX_TABLE_LENGTH: usize = 63;

/// The settings of one `migrations!`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings<S> {
    /// The backends, in order; empty if they could not be read.
    pub backends: Vec<Spanned<Path, S>>,
    /// The functions that return the histories which are upgraded before this one.
    pub after: Vec<Path>,
    /// The number of heads that the graph may have.
    pub heads: HeadsAllowed,
    /// The function that prepares the connections of each backend, in order; empty if none is named.
    pub on_connect: Vec<Option<Path>>,
    /// The function that builds the desired schema.
    pub schema: Option<Path>,
    /// The crates whose models describe the schema, if they are listed.
    pub models: Option<Vec<Spanned<ModelCrate, S>>>,
    /// The name of the version table.
    pub version_table: String,
}

/// A crate whose models describe the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelCrate {
    /// The package of the `migrations!` itself: `crate`.
    Own,
    /// A dependency, by the name that Rust code uses.
    Dependency(String),
    /// A package by its own name, if Cargo.toml renames the dependency: `"shop-models"`.
    Package(String),
}

impl<S> Default for Settings<S> {
    fn default() -> Self {
        Self {
            backends: Vec::new(),
            after: Vec::new(),
            heads: HeadsAllowed::One,
            on_connect: Vec::new(),
            models: None,
            schema: None,
            version_table: VERSION_TABLE.to_owned(),
        }
    }
}

/// The path of a backend's type, or of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The path as a string, without spaces.
    pub path: String,
    /// The range of its tokens in the parsed tokens.
    pub tokens: Range<usize>,
}

impl Path {
    /// Returns why the backend's database does not support several schemas, if that is known.
    #[must_use]
    pub fn without_schemas(&self) -> Option<&'static str> {
        match self.name() {
            "Sqlite" => Some("SQLite has no schemas"),
            "Mysql" => Some("MariaDB and MySQL have no schemas inside a database"),
            _ => None,
        }
    }

    /// Returns the last name of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit(':').next().unwrap_or_default()
    }
}

impl std::fmt::Display for ModelCrate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Own => f.write_str("crate"),
            Self::Dependency(name) | Self::Package(name) => f.write_str(name),
        }
    }
}

/// An error inside one `migrations!`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "the message next to each variant names its fields"
)]
pub enum SettingError {
    /// No backend is named.
    #[error("`migrations!` does not name a backend")]
    NoBackend,
    /// Both `backend` and `backends` are written.
    #[error("`migrations!` has both `backend` and `backends`")]
    TwoBackendKeys,
    /// A backend that is named twice.
    #[error("duplicate backend `{path}`")]
    RepeatedBackend { path: String },
    /// A crate that is listed twice.
    #[error("duplicate crate `{name}`")]
    RepeatedCrate { name: String },
    /// A history that is listed twice.
    #[error("duplicate history `{name}`")]
    RepeatedHistory { name: String },
    /// An unknown key.
    #[error("unknown key `{key}` in `migrations!`")]
    UnknownKey { key: String },
    /// A key that is written twice.
    #[error("duplicate key `{key}`")]
    RepeatedKey { key: &'static str },
    /// A value of the wrong form.
    #[error("the value of `{key}` must be {expected}")]
    WrongValue {
        key: &'static str,
        expected: &'static str,
    },
    /// A number of functions that differs from the number of backends.
    #[error("`on_connect` names {functions}, but there {backends}")]
    HooksAndBackends { functions: String, backends: String },
    /// An invalid name of the version table.
    #[error("`{name}` is not a valid version table name: {reason}")]
    BadTable { name: String, reason: &'static str },
    /// Tokens that are not `key = value` pairs.
    #[error("expected `key = value` pairs separated by commas, found `{found}`")]
    Syntax { found: String },
}

impl SettingError {
    /// Returns the help text: what to write instead.
    pub fn help(&self) -> String {
        match self {
            Self::NoBackend => {
                "write `migrations!(backend = Sqlite)`, or `backends = [Sqlite, Postgres]` for several".to_owned()
            }
            Self::TwoBackendKeys => "keep `backends = […]` for several backends, or `backend = …` for one".to_owned(),
            Self::RepeatedKey { .. } | Self::RepeatedBackend { .. } | Self::RepeatedCrate { .. }
            | Self::RepeatedHistory { .. } => "remove one of them".to_owned(),
            Self::HooksAndBackends { .. } => {
                "write a list in the order of `backends`, with `_` for a backend without a function: \
                 `on_connect = [crate::db::prepare, _]`"
                    .to_owned()
            }
            Self::BadTable { .. } => "use 1 to 63 characters of A-Z, a-z, 0-9 and _, and do not start with a digit; on PostgreSQL a schema and a dot \
                 can precede the name: `version_table = \"ops.migrate_revisions\"`"
                .to_owned(),
            Self::UnknownKey { .. } | Self::WrongValue { .. } | Self::Syntax { .. } => {
                "the keys are `backend = Sqlite`, `backends = [Sqlite, Postgres]`, `after = [jobs::migrations]`, `heads = many`, \
                 `models = [crate, shop_models]`, `on_connect = crate::db::prepare`, `schema = crate::schema::build` and \
                 `version_table = \"…\"`"
                    .to_owned()
            }
        }
    }
}

impl SettingError {
    /// Returns whether a backend may exist but was not read because of this error.
    fn may_hide_backend(&self) -> bool {
        match self {
            Self::UnknownKey { key } => key.starts_with("back"),
            Self::Syntax { .. } => true,
            _ => false,
        }
    }
}

/// The settings of `migrations!`, and every error in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedSettings<S> {
    /// The settings as far as they could be read.
    pub settings: Settings<S>,
    /// Every error, in the order of the tokens.
    pub diagnostics: Vec<Spanned<SettingError, S>>,
}

/// Parses the tokens between the parentheses of `migrations!(…)`; `whole` is the position of the invocation.
pub fn parse<S: Copy>(tokens: &[Spanned<HeaderToken, S>], whole: S) -> ParsedSettings<S> {
    let mut parser = Parser {
        tokens,
        at: 0,
        whole,
        seen: Vec::new(),
        settings: Settings::default(),
        hooks: None,
        table: None,
        diagnostics: Vec::new(),
    };
    while parser.at < tokens.len() {
        if parser.pair().is_err() {
            parser.skip_pair();
        }
    }
    parser.check_hooks();
    parser.check_table();
    let Parser {
        seen,
        settings,
        mut diagnostics,
        ..
    } = parser;
    let is_hidden = diagnostics
        .iter()
        .any(|diagnostic| diagnostic.value.may_hide_backend());
    if !is_hidden && !seen.contains(&"backend") && !seen.contains(&"backends") {
        diagnostics.push(Spanned {
            value: SettingError::NoBackend,
            span: whole,
        });
    }
    ParsedSettings {
        settings,
        diagnostics,
    }
}

/// Returns the settings of the `migrations!` in a module file, or `None` if there is none at its top level.
pub fn read(text: &str) -> Option<ParsedSettings<TextSpan>> {
    let found = find_invocation(text, "migrations")?;
    let tokens = header_tokens(&text[found.body.start..found.body.end], found.body.start);
    Some(parse(&tokens, found.invocation))
}

/// The error after an error was recorded; the rest of the pair is skipped.
struct Skip;

struct Parser<'t, S> {
    tokens: &'t [Spanned<HeaderToken, S>],
    at: usize,
    whole: S,
    seen: Vec<&'static str>,
    settings: Settings<S>,
    /// The position of `on_connect`.
    hooks: Option<S>,
    /// The position of the name of the version table.
    table: Option<S>,
    diagnostics: Vec<Spanned<SettingError, S>>,
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
            return self.diagnostic(SettingError::UnknownKey { key: word }, span);
        };
        if self.seen.contains(&key) {
            return self.diagnostic(SettingError::RepeatedKey { key }, span);
        }
        let is_backend = |key: &&str| key.starts_with("backend");
        if is_backend(&key) && self.seen.iter().any(is_backend) {
            return self.diagnostic(SettingError::TwoBackendKeys, span);
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
                let backend = self.path(key, "the path of a type", span)?;
                self.settings.backends.push(backend);
            }
            "backends" => self.backends(key, span)?,
            "schema" => {
                const EXPECTED: &str = "the path of a function, for example `crate::schema::build`";
                self.settings.schema = Some(self.path(key, EXPECTED, span)?.value);
            }
            "after" => self.settings.after = self.after(key, span)?,
            "heads" => self.settings.heads = self.heads(key, span)?,
            "models" => self.settings.models = Some(self.models(key, span)?),
            "on_connect" => {
                self.hooks = Some(span);
                self.settings.on_connect = self.on_connect(key, span)?;
            }
            _ => self.settings.version_table = self.table(key, span)?,
        }
        Ok(())
    }

    fn backends(&mut self, key: &'static str, span: S) -> Result<(), Skip> {
        const EXPECTED: &str = "a list of types, for example `[Sqlite, Postgres]`";
        if !self.punct("[") {
            return self.record_wrong_value(key, EXPECTED, span);
        }
        while !self.punct("]") {
            let backend = self.path(key, EXPECTED, span)?;
            let is_same = |other: &Spanned<Path, S>| other.value.path == backend.value.path;
            if self.settings.backends.iter().any(is_same) {
                let path = backend.value.path;
                self.record(SettingError::RepeatedBackend { path }, backend.span);
            } else {
                self.settings.backends.push(backend);
            }
            if !self.punct(",") && !self.is_next("]") {
                return self.record_wrong_value(key, EXPECTED, span);
            }
        }
        if self.settings.backends.is_empty() {
            self.at -= 1;
            return self.record_wrong_value(key, EXPECTED, span);
        }
        Ok(())
    }

    /// Parses a list of functions that return histories.
    fn after(&mut self, key: &'static str, span: S) -> Result<Vec<Path>, Skip> {
        const EXPECTED: &str = "a list of functions, for example `[jobs::migrations]`";
        if !self.punct("[") {
            return self.record_wrong_value(key, EXPECTED, span);
        }
        let mut paths: Vec<Path> = Vec::new();
        while !self.punct("]") {
            let Spanned { value, span } = self.path(key, EXPECTED, span)?;
            if paths.iter().any(|other| other.path == value.path) {
                let name = value.path;
                self.record(SettingError::RepeatedHistory { name }, span);
            } else {
                paths.push(value);
            }
            if !self.punct(",") && !self.is_next("]") {
                return self.record_wrong_value(key, EXPECTED, span);
            }
        }
        Ok(paths)
    }

    /// Parses a list of crates.
    fn models(&mut self, key: &'static str, span: S) -> Result<Vec<Spanned<ModelCrate, S>>, Skip> {
        const EXPECTED: &str = "a list of crates, for example `[crate, shop_models]`";
        if !self.punct("[") {
            return self.record_wrong_value(key, EXPECTED, span);
        }
        let mut crates: Vec<Spanned<ModelCrate, S>> = Vec::new();
        while !self.punct("]") {
            let token = self.tokens.get(self.at).cloned();
            let Some((value, span)) =
                token.and_then(|token| Some((model_crate(&token.value)?, token.span)))
            else {
                return self.record_wrong_value(key, EXPECTED, span);
            };
            if crates.iter().any(|other| other.value == value) {
                let name = value.to_string();
                self.record(SettingError::RepeatedCrate { name }, span);
            } else {
                crates.push(Spanned { value, span });
            }
            self.at += 1;
            if !self.punct(",") && !self.is_next("]") {
                return self.record_wrong_value(key, EXPECTED, span);
            }
        }
        Ok(crates)
    }

    /// Parses the path of a function, or a list with one for each backend and `_` for none.
    fn on_connect(&mut self, key: &'static str, span: S) -> Result<Vec<Option<Path>>, Skip> {
        const ONE: &str = "the path of a function, for example `crate::db::prepare`";
        const EACH: &str = "a list of functions, for example `[crate::db::prepare, _]`";
        if !self.punct("[") {
            return Ok(vec![Some(self.path(key, ONE, span)?.value)]);
        }
        let mut hooks = Vec::new();
        while !self.punct("]") {
            let path = self.path(key, EACH, span)?.value;
            hooks.push((path.path != "_").then_some(path));
            if !self.punct(",") && !self.is_next("]") {
                return self.record_wrong_value(key, EACH, span);
            }
        }
        Ok(hooks)
    }

    fn check_hooks(&mut self) {
        let (hooks, backends) = (self.settings.on_connect.len(), self.settings.backends.len());
        // Values that could not be read are already reported.
        let read = self.diagnostics.is_empty() && backends > 0;
        if let Some(span) = self.hooks
            && read
            && hooks != backends
        {
            let functions = match hooks {
                0 => "no function".to_owned(),
                1 => "one function".to_owned(),
                count => format!("{count} functions"),
            };
            let backends = match backends {
                1 => "is one backend".to_owned(),
                count => format!("are {count} backends"),
            };
            self.settings.on_connect.clear();
            self.record(
                SettingError::HooksAndBackends {
                    functions,
                    backends,
                },
                span,
            );
        }
    }

    /// Parses a path: identifiers separated by `::`.
    fn path(
        &mut self,
        key: &'static str,
        expected: &'static str,
        span: S,
    ) -> Result<Spanned<Path, S>, Skip> {
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
                _ => return self.record_wrong_value(key, expected, span),
            }
            self.at += 1;
            if !self.is_next(":") {
                break;
            }
        }
        let tokens = start..self.at;
        Ok(Spanned {
            value: Path { path, tokens },
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
            _ => self.record_wrong_value(key, "`one` or `many`", span),
        }
    }

    /// Checks the name of the version table. Only PostgreSQL has schemas; a third-party backend may have them.
    fn check_table(&mut self) {
        let mut backends = self.settings.backends.iter();
        let without = backends.find_map(|backend| backend.value.without_schemas());
        if let (Some(span), Some(reason)) = (self.table, without)
            && self.settings.version_table.contains('.')
        {
            let name = self.settings.version_table.clone();
            self.record(SettingError::BadTable { name, reason }, span);
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
            return self.record_wrong_value(key, "a string", span);
        };
        self.at += 1;
        self.table = Some(literal);
        if let Some(reason) = name.split('.').find_map(refuse_table) {
            self.record(SettingError::BadTable { name, reason }, literal);
            return Ok(VERSION_TABLE.to_owned());
        }
        if name.split('.').count() > 2 {
            let reason = "it has more parts than a schema and a name";
            self.record(SettingError::BadTable { name, reason }, literal);
            return Ok(VERSION_TABLE.to_owned());
        }
        Ok(name)
    }

    /// Records that the next token is not a valid value of the key at `span`.
    fn record_wrong_value<T>(
        &mut self,
        key: &'static str,
        expected: &'static str,
        span: S,
    ) -> Result<T, Skip> {
        let span = self.tokens.get(self.at).map_or(span, |token| token.span);
        self.record(SettingError::WrongValue { key, expected }, span);
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

    /// Records that the previous token does not match the grammar.
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
        self.diagnostic(SettingError::Syntax { found }, span)
    }

    fn diagnostic<T>(&mut self, diagnostic: SettingError, span: S) -> Result<T, Skip> {
        self.record(diagnostic, span);
        Err(Skip)
    }

    fn record(&mut self, diagnostic: SettingError, span: S) {
        self.diagnostics.push(Spanned {
            value: diagnostic,
            span,
        });
    }

    /// Skips to the token after the next comma outside of brackets.
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

/// Returns the crate that a token of `models = […]` names.
fn model_crate(token: &HeaderToken) -> Option<ModelCrate> {
    match token {
        HeaderToken::Word(word) if word == "crate" => Some(ModelCrate::Own),
        HeaderToken::Word(word)
            if !word.starts_with("r#")
                && !["self", "super", "Self", "_"].contains(&word.as_str()) =>
        {
            Some(ModelCrate::Dependency(word.clone()))
        }
        HeaderToken::Str(literal) => {
            let name = literal.strip_prefix('"')?.strip_suffix('"')?;
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            (!name.is_empty() && name.bytes().all(is_plain))
                .then(|| ModelCrate::Package(name.to_owned()))
        }
        _ => None,
    }
}

fn refuse_table(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("it is empty")
    } else if name.len() > MAX_TABLE_LENGTH {
        Some("it is longer than 63 characters, and some databases truncate such names")
    } else if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        Some("only A-Z, a-z, 0-9 and _ are allowed")
    } else if name.as_bytes()[0].is_ascii_digit() {
        Some("it starts with a digit")
    } else if name.to_ascii_lowercase().starts_with("sqlite_") {
        Some("names that start with sqlite_ are reserved by SQLite")
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
        let describe = |diagnostic: &Spanned<SettingError, TextSpan>| {
            format!(
                "{}: {}",
                &text[diagnostic.span.start..diagnostic.span.end],
                diagnostic.value
            )
        };
        parse_text(text).diagnostics.iter().map(describe).collect()
    }

    #[test]
    fn all_settings_are_read() {
        let text = "backends = [Sqlite, crate::fake::Fake,], heads = many, version_table = \"app_revisions\",";
        let ParsedSettings {
            settings,
            diagnostics,
        } = parse_text(text);
        assert_eq!(diagnostics, []);
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
    fn the_version_table_may_be_in_a_schema_if_the_backend_has_schemas() {
        let ParsedSettings {
            settings,
            diagnostics,
        } = parse_text("version_table = \"ops.history\", backend = Postgres");
        assert_eq!(diagnostics, []);
        assert_eq!(settings.version_table, "ops.history");
    }

    #[test]
    fn unset_settings_have_a_default() {
        let ParsedSettings {
            settings,
            diagnostics,
        } = parse_text("backend = ::a::Sqlite");
        assert_eq!(diagnostics, []);
        assert_eq!(
            settings.backends[0].value,
            Path {
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
    fn each_error_is_reported_at_its_token() {
        for (text, message) in [
            ("", ": `migrations!` does not name a backend"),
            ("heads = many", "heads = many: `migrations!` does not name"),
            (
                "backend = A, backend = B",
                "backend: duplicate key `backend`",
            ),
            (
                "backend = A, backends = [B]",
                "backends: `migrations!` has both",
            ),
            ("backends = [A, B, A]", "A: duplicate backend `A`"),
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
                "head: unknown key `head` in `migrations!`",
            ),
            (
                "backend = A, heads = 2",
                "2: the value of `heads` must be `one` or `many`",
            ),
            (
                "backend = A, on_connect = \"f\"",
                "\"f\": the value of `on_connect` must be the path",
            ),
            (
                "backend = A, on_connect = |c| c",
                "|: the value of `on_connect` must be the path",
            ),
            (
                "backend = A, models = app",
                "app: the value of `models` must be a list of crates",
            ),
            (
                "backend = A, models = [self]",
                "self: the value of `models` must be a list of crates",
            ),
            (
                "backend = A, models = [app::models]",
                ":: the value of `models` must be a list of crates",
            ),
            (
                "backend = A, models = [\"a b\"]",
                "\"a b\": the value of `models` must be a list of crates",
            ),
            (
                "backend = A, after = jobs::migrations",
                "jobs: the value of `after` must be a list of functions",
            ),
            (
                "backend = A, after = [jobs::migrations()]",
                "(: the value of `after` must be a list of functions",
            ),
            (
                "backend = A, after = [a::m, a::m]",
                "m: duplicate history `a::m`",
            ),
            (
                "backend = A, schema = \"schema.sql\"",
                "\"schema.sql\": the value of `schema` must be the path of a function",
            ),
            ("backend = A, models = [a, a]", "a: duplicate crate `a`"),
            (
                "backends = [A, B], on_connect = f",
                "on_connect: `on_connect` names one function, but there are 2 backends",
            ),
            (
                "backends = [A, B], on_connect = [f g]",
                "g: the value of `on_connect` must be a list",
            ),
            (
                "backend = A, version_table = t",
                "t: the value of `version_table` must be a string",
            ),
            (
                "backend = A, version_table = \"a b\"",
                "\"a b\": `a b` is not a valid version table name: only",
            ),
            (
                "backend = Sqlite, version_table = \"ops.t\"",
                "\"ops.t\": `ops.t` is not a valid version table name: SQLite has no schemas",
            ),
            (
                "backend = A, version_table = \"a.b.c\"",
                "\"a.b.c\": `a.b.c` is not a valid version table name: it has more",
            ),
            (
                "backend = A, version_table = \"ops.\"",
                "\"ops.\": `ops.` is not a valid version table name: it is empty",
            ),
            (
                "backend = A, version_table = \"\"",
                "\"\": `` is not a valid version table name: it is empty",
            ),
            (
                "backend = A, version_table = \"sqlite_x\"",
                "\"sqlite_x\": `sqlite_x` is not a valid",
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
    fn each_backend_has_a_function_or_none() {
        let paths = |text: &str| -> Vec<Option<String>> {
            let ParsedSettings {
                settings,
                diagnostics,
            } = parse_text(text);
            assert_eq!(diagnostics, []);
            let hooks = settings.on_connect.into_iter();
            hooks.map(|hook| hook.map(|path| path.path)).collect()
        };
        let one = paths("backend = A, on_connect = crate::db::prepare");
        assert_eq!(one, [Some("crate::db::prepare".to_owned())]);
        let two = paths("on_connect = [_, f,], backends = [A, B]");
        assert_eq!(two, [None, Some("f".to_owned())]);
    }

    #[test]
    fn the_crates_of_the_models_are_read() {
        let crates = |text: &str| {
            let ParsedSettings {
                settings,
                diagnostics,
            } = parse_text(text);
            assert_eq!(diagnostics, []);
            let crates = settings.models?;
            Some(crates.into_iter().map(|one| one.value).collect::<Vec<_>>())
        };
        assert_eq!(crates("backend = A"), None);
        assert_eq!(crates("backend = A, models = []"), Some(Vec::new()));
        assert_eq!(
            crates("models = [crate, shop, \"shop-models\",], backend = A"),
            Some(vec![
                ModelCrate::Own,
                ModelCrate::Dependency("shop".to_owned()),
                ModelCrate::Package("shop-models".to_owned()),
            ])
        );
    }

    #[test]
    fn an_unreadable_key_is_not_missing() {
        for text in ["backend: A", "back_end = A"] {
            assert_eq!(messages(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn settings_that_end_early_are_an_error_and_do_not_panic() {
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
