//! Parses the tokens of a `revision!` header into a [`Header`], and reports every error at its token.
//!
//! The macro passes the compiler's tokens and spans, the command passes [`crate::tokens`] with byte ranges. So the span
//! is a type parameter, and this module must not depend on either host.

use std::fmt;

use crate::revision::{RESERVED_WORDS, refuse_name};
use crate::{BranchLabel, Created, RevisionId};

/// The keys of a header, in the order they are written.
pub const KEYS: [&str; 7] = [
    "revision",
    "down_revision",
    "branch_labels",
    "depends_on",
    "replaces",
    "transaction",
    "created",
];

const REQUIRED_KEYS: [&str; 3] = ["revision", "down_revision", "created"];

/// A token of a header, as the grammar distinguishes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderToken {
    /// An identifier: a key, `None`, `true` or `false`.
    Word(String),
    /// A string literal with its quotes, as written.
    Str(String),
    /// Punctuation, a bracket, or a literal of another kind.
    Other(String),
}

/// A value and its position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T, S> {
    /// The value.
    pub value: T,
    /// Its token.
    pub span: S,
}

/// A parsed header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header<S> {
    /// The revision's own id.
    pub revision: Spanned<RevisionId, S>,
    /// The revisions it follows.
    pub down_revisions: Vec<Spanned<RevisionId, S>>,
    /// The revisions of other branches that it depends on.
    pub depends_on: Vec<Spanned<RevisionId, S>>,
    /// The revisions it replaces, oldest first.
    pub replaces: Vec<Spanned<RevisionId, S>>,
    /// The labels of the branch that starts here.
    pub branch_labels: Vec<Spanned<BranchLabel, S>>,
    /// The creation date of the file.
    pub created: Spanned<Created, S>,
    /// Whether it runs inside a transaction.
    pub transaction: bool,
}

/// An error inside one header.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each variant names its fields")]
pub enum HeaderError {
    /// A required key is missing.
    #[error("the header has no `{key}`")]
    MissingKey { key: &'static str },
    /// A key that headers do not have.
    #[error("unknown key `{key}`")]
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
    /// An invalid revision id.
    #[error("`{text}` is not a valid revision id: {reason}")]
    BadId { text: String, reason: &'static str },
    /// An invalid branch label.
    #[error("`{text}` is not a valid branch label: {reason}")]
    BadLabel { text: String, reason: &'static str },
    /// A date that is not an RFC 3339 instant.
    #[error("`{text}` is not a date of the form `2026-11-23T09:15:00Z`")]
    BadDate { text: String },
    /// Tokens that are not `key: value` pairs.
    #[error("expected `key: value` pairs separated by commas, found `{found}`")]
    Syntax { found: String },
}

impl HeaderError {
    /// Returns the help text: what to write instead.
    pub fn help(&self) -> String {
        match self {
            Self::UnknownKey { key } => match nearest_key(key) {
                Some(suggestion) => format!("did you mean `{suggestion}`?"),
                None => known_keys(),
            },
            Self::MissingKey { key: "revision" } => "add `revision: \"…\",` with a unique id".to_owned(),
            Self::MissingKey { key: "down_revision" } => {
                "add `down_revision: \"…\",` with the id of the parent, or `down_revision: None,` for a base".to_owned()
            }
            Self::MissingKey { .. } | Self::BadDate { .. } => {
                "write `created: \"2026-11-23T09:15:00Z\",` with the creation date of the file".to_owned()
            }
            Self::RepeatedKey { .. } => "remove one of them".to_owned(),
            Self::WrongValue { .. } | Self::Syntax { .. } => known_keys(),
            Self::BadId { text, .. } | Self::BadLabel { text, .. } if RESERVED_WORDS.contains(&text.as_str()) => {
                "choose another name; `head`, `heads`, `base` and `current` are reserved".to_owned()
            }
            Self::BadId { .. } | Self::BadLabel { .. } => "use 1 to 64 characters of A-Z, a-z, 0-9 and _".to_owned(),
        }
    }

    /// Returns whether the key may exist but was not read because of this error.
    fn may_hide(&self, key: &str) -> bool {
        match self {
            Self::UnknownKey { key: unknown } => nearest_key(unknown) == Some(key),
            Self::Syntax { .. } => true,
            _ => false,
        }
    }
}

fn known_keys() -> String {
    "the keys are `revision: \"…\"`, `down_revision: None | \"…\" | [\"…\", \"…\"]`, `branch_labels: [\"…\"]`, \
     `depends_on: [\"…\"]`, `replaces: [\"…\"]`, `transaction: false` and `created: \"…\"`"
        .to_owned()
}

fn nearest_key(key: &str) -> Option<&'static str> {
    KEYS.into_iter()
        .min_by_key(|known| strsim::levenshtein(known, key))
        .filter(|known| strsim::levenshtein(known, key) <= 3)
}

/// A header and every error in it.
///
/// The header is present if its id is, so that links to it are valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed<S> {
    /// The header as far as it could be read.
    pub header: Option<Header<S>>,
    /// Every error, in the order of the tokens.
    pub diagnostics: Vec<Spanned<HeaderError, S>>,
}

/// Parses the tokens between the braces of `revision! { … }`; `whole` is the position of the header itself.
pub fn parse<S: Copy>(tokens: &[Spanned<HeaderToken, S>], whole: S) -> Parsed<S> {
    let mut parser = Parser {
        tokens,
        at: 0,
        fields: Fields::default(),
        diagnostics: Vec::new(),
    };
    while parser.at < tokens.len() {
        if parser.pair().is_err() {
            parser.skip_pair();
        }
    }
    let Parser {
        fields,
        mut diagnostics,
        ..
    } = parser;
    for key in REQUIRED_KEYS {
        if !fields.seen.contains(&key)
            && !diagnostics
                .iter()
                .any(|diagnostic| diagnostic.value.may_hide(key))
        {
            diagnostics.push(Spanned {
                value: HeaderError::MissingKey { key },
                span: whole,
            });
        }
    }
    Parsed {
        header: fields.into_header(whole),
        diagnostics,
    }
}

struct Fields<S> {
    seen: Vec<&'static str>,
    revision: Option<Spanned<RevisionId, S>>,
    down_revisions: Vec<Spanned<RevisionId, S>>,
    depends_on: Vec<Spanned<RevisionId, S>>,
    replaces: Vec<Spanned<RevisionId, S>>,
    branch_labels: Vec<Spanned<BranchLabel, S>>,
    created: Option<Spanned<Created, S>>,
    transaction: bool,
}

impl<S> Default for Fields<S> {
    fn default() -> Self {
        Self {
            seen: Vec::new(),
            revision: None,
            down_revisions: Vec::new(),
            depends_on: Vec::new(),
            replaces: Vec::new(),
            branch_labels: Vec::new(),
            created: None,
            transaction: true,
        }
    }
}

impl<S> Fields<S> {
    fn into_header(self, whole: S) -> Option<Header<S>> {
        // The invalid date is already reported; the epoch keeps the order of the other revisions.
        let created = self.created.or_else(|| {
            Some(Spanned {
                value: Created::parse("1970-01-01T00:00:00Z")?,
                span: whole,
            })
        });
        Some(Header {
            revision: self.revision?,
            down_revisions: self.down_revisions,
            depends_on: self.depends_on,
            replaces: self.replaces,
            branch_labels: self.branch_labels,
            created: created?,
            transaction: self.transaction,
        })
    }
}

/// The error after an error was recorded; the rest of the pair is skipped.
struct Skip;

struct Parser<'t, S> {
    tokens: &'t [Spanned<HeaderToken, S>],
    at: usize,
    fields: Fields<S>,
    diagnostics: Vec<Spanned<HeaderError, S>>,
}

impl<'t, S: Copy> Parser<'t, S> {
    fn pair(&mut self) -> Result<(), Skip> {
        let Some(Spanned {
            value: HeaderToken::Word(word),
            span,
        }) = self.next()
        else {
            return self.syntax();
        };
        if !matches!(self.next(), Some(Spanned { value: HeaderToken::Other(colon), .. }) if colon == ":")
        {
            return self.syntax();
        }
        let Some(key) = KEYS.into_iter().find(|key| key == word) else {
            return self.diagnostic(HeaderError::UnknownKey { key: word.clone() }, *span);
        };
        if self.fields.seen.contains(&key) {
            return self.diagnostic(HeaderError::RepeatedKey { key }, *span);
        }
        self.fields.seen.push(key);
        self.value(key, *span)?;
        match self.next() {
            None => Ok(()),
            Some(Spanned {
                value: HeaderToken::Other(comma),
                ..
            }) if comma == "," => Ok(()),
            Some(_) => self.syntax(),
        }
    }

    fn value(&mut self, key: &'static str, span: S) -> Result<(), Skip> {
        match key {
            "revision" => {
                let text = self.one_string(key, span)?;
                self.fields.revision = self.id(&text);
            }
            "down_revision" => {
                let texts = self.strings(key, "None, a string, or a list of strings", span)?;
                self.fields.down_revisions =
                    texts.iter().filter_map(|text| self.id(text)).collect();
            }
            "depends_on" => {
                let texts = self.strings(key, "a list of strings", span)?;
                self.fields.depends_on = texts.iter().filter_map(|text| self.id(text)).collect();
            }
            "replaces" => {
                let texts = self.strings(key, "a list of at least one string", span)?;
                self.fields.replaces = texts.iter().filter_map(|text| self.id(text)).collect();
            }
            "branch_labels" => {
                let texts = self.strings(key, "a list of strings", span)?;
                self.fields.branch_labels =
                    texts.iter().filter_map(|text| self.label(text)).collect();
            }
            "created" => {
                let text = self.one_string(key, span)?;
                match Created::parse(&text.value) {
                    Some(created) => {
                        self.fields.created = Some(Spanned {
                            value: created,
                            span: text.span,
                        })
                    }
                    None => self.record(
                        HeaderError::BadDate {
                            text: text.value.clone(),
                        },
                        text.span,
                    ),
                }
            }
            _ => self.fields.transaction = self.boolean(key, span)?,
        }
        Ok(())
    }

    fn boolean(&mut self, key: &'static str, span: S) -> Result<bool, Skip> {
        match self.next() {
            Some(Spanned {
                value: HeaderToken::Word(word),
                ..
            }) if word == "true" => Ok(true),
            Some(Spanned {
                value: HeaderToken::Word(word),
                ..
            }) if word == "false" => Ok(false),
            token => {
                let span = token.map_or(span, |token| token.span);
                self.record(
                    HeaderError::WrongValue {
                        key,
                        expected: "true or false",
                    },
                    span,
                );
                Err(Skip)
            }
        }
    }

    fn one_string(&mut self, key: &'static str, span: S) -> Result<Spanned<String, S>, Skip> {
        let wrong = HeaderError::WrongValue {
            key,
            expected: "one string",
        };
        match self.next() {
            Some(Spanned {
                value: HeaderToken::Str(literal),
                span,
            }) => self.plain(literal, *span, &wrong),
            token => {
                let span = token.map_or(span, |token| token.span);
                self.record(wrong, span);
                Err(Skip)
            }
        }
    }

    /// Parses `None`, one string, or a list of strings in brackets; returns the strings without their quotes.
    fn strings(
        &mut self,
        key: &'static str,
        expected: &'static str,
        span: S,
    ) -> Result<Vec<Spanned<String, S>>, Skip> {
        let wrong = HeaderError::WrongValue { key, expected };
        match self.next() {
            Some(Spanned {
                value: HeaderToken::Word(word),
                ..
            }) if word == "None" && key != "replaces" => Ok(Vec::new()),
            Some(Spanned {
                value: HeaderToken::Str(literal),
                span,
            }) => self.plain(literal, *span, &wrong).map(|text| vec![text]),
            Some(Spanned {
                value: HeaderToken::Other(open),
                span,
            }) if open == "[" => self.list(*span, &wrong),
            token => {
                let span = token.map_or(span, |token| token.span);
                self.record(wrong, span);
                Err(Skip)
            }
        }
    }

    fn list(&mut self, open: S, wrong: &HeaderError) -> Result<Vec<Spanned<String, S>>, Skip> {
        let mut texts = Vec::new();
        loop {
            match self.next() {
                Some(Spanned {
                    value: HeaderToken::Other(close),
                    ..
                }) if close == "]" => break,
                Some(Spanned {
                    value: HeaderToken::Other(comma),
                    ..
                }) if comma == "," && !texts.is_empty() => {}
                Some(Spanned {
                    value: HeaderToken::Str(literal),
                    span,
                }) => texts.push(self.plain(literal, *span, wrong)?),
                token => {
                    let span = token.map_or(open, |token| token.span);
                    self.record(wrong.clone(), span);
                    return Err(Skip);
                }
            }
        }
        if texts.is_empty()
            && matches!(
                wrong,
                HeaderError::WrongValue {
                    key: "down_revision" | "replaces",
                    ..
                }
            )
        {
            self.record(wrong.clone(), open);
            return Err(Skip);
        }
        Ok(texts)
    }

    /// Returns the text of a plain string literal; names and dates need no escapes and no raw strings.
    fn plain(
        &mut self,
        literal: &str,
        span: S,
        wrong: &HeaderError,
    ) -> Result<Spanned<String, S>, Skip> {
        match literal
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
        {
            Some(text) if !text.contains('\\') => Ok(Spanned {
                value: text.to_owned(),
                span,
            }),
            _ => {
                self.record(wrong.clone(), span);
                Err(Skip)
            }
        }
    }

    fn id(&mut self, text: &Spanned<String, S>) -> Option<Spanned<RevisionId, S>> {
        match RevisionId::new(&text.value) {
            Ok(value) => Some(Spanned {
                value,
                span: text.span,
            }),
            Err(_) => {
                let reason = refuse_name(&text.value).unwrap_or_default();
                self.record(
                    HeaderError::BadId {
                        text: text.value.clone(),
                        reason,
                    },
                    text.span,
                );
                None
            }
        }
    }

    fn label(&mut self, text: &Spanned<String, S>) -> Option<Spanned<BranchLabel, S>> {
        match BranchLabel::new(&text.value) {
            Ok(value) => Some(Spanned {
                value,
                span: text.span,
            }),
            Err(_) => {
                let reason = refuse_name(&text.value).unwrap_or_default();
                self.record(
                    HeaderError::BadLabel {
                        text: text.value.clone(),
                        reason,
                    },
                    text.span,
                );
                None
            }
        }
    }

    fn next(&mut self) -> Option<&'t Spanned<HeaderToken, S>> {
        let token = self.tokens.get(self.at);
        self.at += 1;
        token
    }

    /// Records that the last token does not match the grammar.
    fn syntax(&mut self) -> Result<(), Skip> {
        let at = (self.at - 1).min(self.tokens.len() - 1);
        let token = &self.tokens[at];
        let found = match &token.value {
            _ if self.at > self.tokens.len() => "the end".to_owned(),
            HeaderToken::Word(text) | HeaderToken::Str(text) | HeaderToken::Other(text) => {
                text.clone()
            }
        };
        self.diagnostic(HeaderError::Syntax { found }, token.span)
    }

    fn diagnostic(&mut self, diagnostic: HeaderError, span: S) -> Result<(), Skip> {
        self.record(diagnostic, span);
        Err(Skip)
    }

    fn record(&mut self, diagnostic: HeaderError, span: S) {
        self.diagnostics.push(Spanned {
            value: diagnostic,
            span,
        });
    }

    /// Skips to the token after the next comma outside of brackets, starting with the last token.
    fn skip_pair(&mut self) {
        self.at = self.at.saturating_sub(1);
        let mut depth = 0usize;
        while let Some(token) = self.next() {
            match &token.value {
                HeaderToken::Other(open) if open == "[" || open == "{" || open == "(" => depth += 1,
                HeaderToken::Other(close) if close == "]" || close == "}" || close == ")" => {
                    depth = depth.saturating_sub(1)
                }
                HeaderToken::Other(comma) if comma == "," && depth == 0 => return,
                _ => {}
            }
        }
    }
}

impl<S> fmt::Display for Spanned<HeaderError, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

#[cfg(test)]
mod tests;
