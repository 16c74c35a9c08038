//! Checks the signatures of `up` and `down` in the tokens of a revision file, as [`Functions`].
//!
//! It reports only errors that the tokens prove; the compiler reports type errors. It must not depend on the header.

use std::ops::Range;

use crate::tokens::{Kind, Token};

/// The functions of a revision file.
pub const FUNCTIONS: [&str; 2] = ["up", "down"];

/// The backends in the vocabulary that revision files import. They need no import of their own.
pub const KNOWN_BACKENDS: [&str; 5] = [
    "Sqlite",
    "Postgres",
    "Mysql",
    "SharedPostgres",
    "SharedMysql",
];

/// The result of checking the two functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Functions {
    /// The errors, in the order of [`FUNCTIONS`].
    pub diagnostics: Vec<SignatureError>,
    /// The certainty of the check: if it is uncertain, the compiler must check the types.
    pub type_check: TypeCheck,
}

/// The certainty of a check that sees only tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeCheck {
    /// Both functions have the expected signature, and the names of their types have their usual meaning.
    NotNeeded,
    /// The names or types differ from the usual ones, but may still be correct.
    Needed,
}

/// An error in one function.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the function `{name}` {kind}")]
pub struct SignatureError {
    /// `up` or `down`.
    pub name: &'static str,
    /// The offset of its first byte, if the function exists.
    pub start: Option<usize>,
    /// The error.
    pub kind: SignatureErrorKind,
    /// The expected signature.
    pub signature: String,
}

impl SignatureError {
    /// Returns the help text: the expected signature.
    pub fn help(&self) -> String {
        format!("write `{}`", self.signature)
    }
}

/// A kind of error in a function.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each variant names its fields")]
pub enum SignatureErrorKind {
    /// The function is not in the file.
    #[error("is missing")]
    Missing,
    /// `migrations!` can't call it.
    #[error("is private, but `migrations!` calls it from another module")]
    Private,
    /// A keyword before `fn` that changes the kind of function.
    #[error("is `{word}`, but it must be a plain function")]
    Qualified { word: String },
    /// A number of parameters other than one.
    #[error("takes {count} parameters, but it must take one")]
    Parameters { count: usize },
    /// No return type.
    #[error("returns nothing, so its errors would be lost")]
    NoResult,
    /// An `Op` of a backend that the revisions are not for.
    #[error("takes `Op<{found}>`, but the revisions are for `{wanted}`")]
    OtherBackend { found: String, wanted: String },
    /// An `Op` of only one of several backends.
    #[error("takes `Op<{found}>`, but the revisions are also for `{missing}`")]
    OneBackend { found: String, missing: String },
}

/// Returns the offset of a second `revision!`, at any depth.
pub fn second_header(tokens: &[Token<'_>]) -> Option<usize> {
    let headers = tokens
        .windows(2)
        .filter(|pair| pair[0].kind == Kind::Ident && pair[0].is("revision") && pair[1].is("!"));
    headers.map(|pair| pair[0].start).nth(1)
}

/// Checks `up` and `down` in the tokens of a file, for the backends of `migrations!` by their names.
pub fn check(tokens: &[Token<'_>], backends: &[&str]) -> Functions {
    let found = find(tokens);
    let mut diagnostics = Vec::new();
    let mut is_certain = true;
    for (name, item) in FUNCTIONS.into_iter().zip(&found.functions) {
        let error = match &item {
            None => Some((None, SignatureErrorKind::Missing)),
            Some(item) => {
                let function = Function::new(tokens, item.clone());
                is_certain = is_certain && function.is_usual(backends);
                let error = function.add_error().or_else(|| {
                    let found = function.backend().filter(|name| !found.has_name(name))?;
                    other_backend(found, backends)
                });
                error.map(|error| (Some(function.start), error))
            }
        };
        if let Some((start, error)) = error {
            let signature = signature(name, backends);
            diagnostics.push(SignatureError {
                name,
                start,
                kind: error,
                signature,
            });
        }
    }
    let is_certain = is_certain && !found.shadows(backends);
    let type_check = if is_certain {
        TypeCheck::NotNeeded
    } else {
        TypeCheck::Needed
    };
    Functions {
        diagnostics,
        type_check,
    }
}

/// Returns the expected signature of a function.
pub fn signature(name: &str, backends: &[&str]) -> String {
    let backend = match backends {
        [one] => one,
        _ => "impl Backend",
    };
    format!("pub fn {name}(op: &mut Op<{backend}>) -> Result<()>")
}

fn other_backend(found: &str, backends: &[&str]) -> Option<SignatureErrorKind> {
    let is_ours = backends.contains(&found);
    if !is_ours && !KNOWN_BACKENDS.contains(&found) {
        return None;
    }
    let other = backends.iter().find(|backend| **backend != found)?;
    let (found, other) = (found.to_owned(), (*other).to_owned());
    Some(if is_ours {
        SignatureErrorKind::OneBackend {
            found,
            missing: other,
        }
    } else {
        SignatureErrorKind::OtherBackend {
            found,
            wanted: other,
        }
    })
}

/// The top-level items of a file that matter for the functions.
struct Items<'t, 'a> {
    /// The tokens of `up` and `down`, from their attributes to their bodies.
    functions: [Option<Range<usize>>; 2],
    /// The names that `use` declarations and other items introduce.
    names: Vec<&'t Token<'a>>,
    has_vocabulary: bool,
}

impl Items<'_, '_> {
    /// Returns whether a name in the usual signature may have another meaning in this file.
    fn shadows(&self, backends: &[&str]) -> bool {
        let is_usual =
            |name: &str| ["Op", "Result", "Backend"].contains(&name) || backends.contains(&name);
        !self.has_vocabulary || self.names.iter().any(|token| is_usual(token.text))
    }

    fn has_name(&self, name: &str) -> bool {
        self.names.iter().any(|token| token.is(name))
    }
}

fn find<'t, 'a>(tokens: &'t [Token<'a>]) -> Items<'t, 'a> {
    let mut items = Items {
        functions: [None, None],
        names: Vec::new(),
        has_vocabulary: false,
    };
    let mut start = 0;
    let mut i = 0;
    while i < tokens.len() {
        let token = &tokens[i];
        if token.kind == Kind::Open {
            i = close(tokens, i) + 1;
            // A body ends an item; an attribute or the brackets of a macro's arguments do not.
            if token.is("{") {
                start = i;
            }
            continue;
        }
        i += 1;
        if token.is(";") {
            start = i;
        } else if token.is("use") {
            let end = tokens[i..]
                .iter()
                .position(|token| token.is(";"))
                .map_or(tokens.len(), |at| i + at);
            items.take_use(&tokens[i..end]);
            i = end;
        } else if let Some(next) = tokens.get(i) {
            if token.is("fn") {
                let body = body(tokens, i);
                if let Some(n) = FUNCTIONS.iter().position(|name| next.is(name))
                    && items.functions[n].is_none()
                {
                    items.functions[n] = Some(start..body);
                }
                i = body;
            } else if ["type", "struct", "enum", "trait", "mod", "union"].contains(&token.text) {
                items.names.push(next);
            }
        }
    }
    items
}

impl<'t, 'a> Items<'t, 'a> {
    fn take_use(&mut self, path: &'t [Token<'a>]) {
        if matches!(path, [root, .., version, _, _, all] if root.is("migrate_runtime") && version.is("v1") && all.is("*"))
        {
            self.has_vocabulary = true;
        } else {
            self.names
                .extend(path.iter().filter(|token| token.kind == Kind::Ident));
        }
    }
}

/// Returns the position of a function's body, or of the `;` in its place.
fn body(tokens: &[Token<'_>], mut i: usize) -> usize {
    while i < tokens.len() && !tokens[i].is("{") && !tokens[i].is(";") {
        i = if tokens[i].kind == Kind::Open {
            close(tokens, i) + 1
        } else {
            i + 1
        };
    }
    i.min(tokens.len())
}

/// Returns the position of the bracket that closes the one at `open`, or of the last token.
fn close(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0usize;
    let mut i = open;
    while i < tokens.len() {
        match tokens[i].kind {
            Kind::Open => depth += 1,
            Kind::Close => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return i;
                }
            }
            _ => {}
        }
        i += 1;
    }
    tokens.len().saturating_sub(1)
}

/// The parts of one function.
struct Function<'t, 'a> {
    /// The offset of its `fn`.
    start: usize,
    /// The attributes, visibility and keywords before `fn`.
    before: &'t [Token<'a>],
    /// The tokens between the parentheses.
    parameters: &'t [Token<'a>],
    /// The tokens between the parentheses and the body.
    after: &'t [Token<'a>],
}

impl<'t, 'a> Function<'t, 'a> {
    fn new(tokens: &'t [Token<'a>], item: Range<usize>) -> Self {
        let tokens = &tokens[item];
        let at = |text: &str| {
            tokens
                .iter()
                .position(|token| token.is(text))
                .unwrap_or(tokens.len())
        };
        let before = at("fn");
        let open = before
            + tokens[before..]
                .iter()
                .position(|token| token.is("("))
                .unwrap_or(0);
        let close = if open > before {
            close(tokens, open)
        } else {
            tokens.len()
        };
        let parameters = tokens.get(open + 1..close).unwrap_or_default();
        let after = tokens.get(close + 1..).unwrap_or_default();
        Self {
            start: tokens[before].start,
            before: &tokens[..before],
            parameters,
            after,
        }
    }

    fn add_error(&self) -> Option<SignatureErrorKind> {
        let is_other = |token: &&Token<'_>| ["async", "unsafe", "extern"].contains(&token.text);
        if let Some(word) = self.before.iter().find(is_other) {
            return Some(SignatureErrorKind::Qualified {
                word: word.text.to_owned(),
            });
        }
        let is_public = match self.before.iter().position(|token| token.is("pub")) {
            Some(at) => !self
                .before
                .get(at + 2)
                .is_some_and(|scope| scope.is("self")),
            None => false,
        };
        if !is_public {
            return Some(SignatureErrorKind::Private);
        }
        let count = self.count();
        if count != 1 {
            return Some(SignatureErrorKind::Parameters { count });
        }
        let has_result = self.after.first().is_some_and(|token| token.is("-"));
        (!has_result).then_some(SignatureErrorKind::NoResult)
    }

    /// Returns the number of parameters, counted by the commas between them.
    fn count(&self) -> usize {
        let mut count = 0;
        let mut depth = 0usize;
        let mut is_empty = true;
        for (i, token) in self.parameters.iter().enumerate() {
            let is_arrow = token.is(">") && i > 0 && self.parameters[i - 1].is("-");
            match token.kind {
                Kind::Open => depth += 1,
                Kind::Close => depth = depth.saturating_sub(1),
                _ if token.is("<") => depth += 1,
                _ if token.is(">") && !is_arrow => depth = depth.saturating_sub(1),
                _ if token.is(",") && depth == 0 => {
                    count += 1;
                    is_empty = true;
                    continue;
                }
                _ => {}
            }
            is_empty = false;
        }
        count + usize::from(!is_empty)
    }

    /// Returns `Sqlite` for the parameter `name: &mut Op<Sqlite>`, and `None` for other forms.
    fn backend(&self) -> Option<&'a str> {
        let [_, colon, and, rest @ ..] = self.parameters else {
            return None;
        };
        let rest = match rest {
            [lifetime, rest @ ..] if lifetime.kind == Kind::Lifetime => rest,
            rest => rest,
        };
        let [word, op, open, rest @ ..] = rest else {
            return None;
        };
        let is_op = colon.is(":") && and.is("&") && word.is("mut") && op.is("Op") && open.is("<");
        let rest = match rest {
            [lifetime, comma, rest @ ..] if lifetime.kind == Kind::Lifetime && comma.is(",") => {
                rest
            }
            rest => rest,
        };
        match rest {
            [name, close, ..] if is_op && close.is(">") && name.kind == Kind::Ident => {
                Some(name.text)
            }
            _ => None,
        }
    }

    /// Returns whether the function has exactly the form of [`signature`].
    fn is_usual(&self, backends: &[&str]) -> bool {
        let [.., public] = self.before else {
            return false;
        };
        let is_plain = public.is("pub") || public.is(")");
        let has_condition = self.before.iter().any(|token| token.is("cfg"));
        let returns = self.after.iter().map(|token| token.text);
        let is_generic = || {
            let parameters = self.parameters.iter().map(|token| token.text).skip(1);
            parameters.eq([":", "&", "mut", "Op", "<", "impl", "Backend", ">"])
        };
        is_plain
            && !has_condition
            && returns.eq(["-", ">", "Result", "<", "(", ")", ">"])
            && match self.backend() {
                Some(name) => backends == [name],
                None => is_generic(),
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::lex;

    const USE: &str = "use migrate_runtime::v1::*;\nrevision! { revision: \"a1\" }\n";
    const UP: &str = "pub fn up(op: &mut Op<Sqlite>) -> Result<()> { fn down() {} Ok(()) }\n";
    const DOWN: &str = "pub fn down(op: &mut Op<Sqlite>) -> Result<()> { Ok(()) }\n";

    fn checked(text: &str, backends: &[&str]) -> Functions {
        let tokens: Vec<_> = lex(text)
            .filter(|token| token.kind != Kind::InnerDoc)
            .collect();
        check(&tokens, backends)
    }

    fn type_check(up: &str) -> TypeCheck {
        let functions = checked(&format!("{USE}{up}{DOWN}"), &["Sqlite"]);
        assert_eq!(functions.diagnostics, [], "{up}");
        functions.type_check
    }

    fn errors(up: &str, backends: &[&str]) -> Vec<String> {
        let text = format!("{USE}{up}");
        let describe = |diagnostic: &SignatureError| {
            let at = diagnostic.start.map_or("", |start| &text[start..start + 2]);
            format!("{at} {} {}", diagnostic.name, diagnostic.kind)
        };
        checked(&text, backends)
            .diagnostics
            .iter()
            .map(describe)
            .collect()
    }

    #[test]
    fn the_usual_signature_is_certain() {
        for up in [
            UP,
            "#[rustfmt::skip] pub(crate) fn up(_: &mut Op<'_, Sqlite>) -> Result<()> {}",
            "pub fn up(op: &mut Op<Sqlite>,) -> Result<()> {}",
            "/// Docs.\npub(super) fn up(op: &mut Op<impl Backend>) -> Result<()> {}",
            "use crate::models; const A: [u8; 2] = [1, 2]; pub fn up(op: &mut Op<Sqlite>) -> Result<()> {}",
        ] {
            assert_eq!(type_check(up), TypeCheck::NotNeeded, "{up}");
        }
    }

    #[test]
    fn what_only_types_decide_is_uncertain() {
        for up in [
            "pub fn up(op: &mut Op<Db>) -> Result<()> {}",
            "pub fn up<B: Backend>(op: &mut Op<B>) -> Result<()> {}",
            "pub fn up(op: &mut Op<Sqlite>) -> Result<i32> {}",
            "pub fn up(op: &mut Op<Sqlite>) -> anyhow::Result<()> {}",
            "#[cfg(unix)] pub fn up(op: &mut Op<Sqlite>) -> Result<()> {}",
            "use anyhow::Result; pub fn up(op: &mut Op<Sqlite>) -> Result<()> {}",
            "use a::{b, c as Op}; pub fn up(op: &mut Op<Sqlite>) -> Result<()> {}",
            "type Sqlite = X; pub fn up(op: &mut Op<Sqlite>) -> Result<()> {}",
            "pub fn up((a, b): (u8, u8)) -> Result<()> {}",
            "pub fn up(f: impl Fn(u8, u8) -> HashMap<u8, u8>) -> Result<()> {}",
        ] {
            assert_eq!(type_check(up), TypeCheck::Needed, "{up}");
        }
        let without_vocabulary = checked(&format!("{UP}{DOWN}"), &["Sqlite"]);
        assert_eq!(without_vocabulary.type_check, TypeCheck::Needed);
    }

    #[test]
    fn each_error_is_reported_at_its_function() {
        for (up, expected) in [
            ("", " up is missing"),
            ("mod a { pub fn up() {} }", " up is missing"),
            (
                "fn up(op: &mut Op<Sqlite>) -> Result<()> {}",
                "fn up is private",
            ),
            (
                "pub(self) fn up(op: &mut Op<Sqlite>) -> Result<()> {}",
                "fn up is private",
            ),
            (
                "pub async fn up(op: &mut Op<Sqlite>) -> Result<()> {}",
                "fn up is `async`",
            ),
            (
                "pub unsafe fn up(op: &mut Op<Sqlite>) -> Result<()> {}",
                "fn up is `unsafe`",
            ),
            ("pub fn up() -> Result<()> {}", "fn up takes 0 parameters"),
            (
                "pub fn up(op: &mut Op<Sqlite>, b: B<C, D>) -> Result<()> {}",
                "fn up takes 2 parameters",
            ),
            ("pub fn up(op: &mut Op<Sqlite>) {}", "fn up returns nothing"),
            (
                "pub fn up(op: &mut Op<Postgres>) -> Result<()> {}",
                "fn up takes `Op<Postgres>`, but the revisions are for `Sqlite`",
            ),
            (
                "pub fn up(op: &mut Op<Mysql>) -> Result<()> {}",
                "fn up takes `Op<Mysql>`, but the revisions are for `Sqlite`",
            ),
        ] {
            let errors = errors(&format!("{up}\n{DOWN}"), &["Sqlite"]);
            assert!(
                errors.len() == 1 && errors[0].starts_with(expected),
                "{up}\n{errors:?}"
            );
        }
        assert_eq!(errors(UP, &["Sqlite"]), [" down is missing"]);
        assert_eq!(errors("", &["Sqlite"]).len(), 2);
    }

    #[test]
    fn a_function_for_one_of_several_backends_is_an_error() {
        let text = format!("{UP}pub fn down(op: &mut Op<impl Backend>) -> Result<()> {{}}");
        assert_eq!(
            errors(&text, &["Sqlite", "Fake"]),
            ["fn up takes `Op<Sqlite>`, but the revisions are also for `Fake`"]
        );
        assert_eq!(
            signature("up", &["Sqlite", "Fake"]),
            "pub fn up(op: &mut Op<impl Backend>) -> Result<()>"
        );
    }

    #[test]
    fn a_second_header_is_found_at_any_depth() {
        let second = |text: &str| second_header(&lex(text).collect::<Vec<_>>());
        assert_eq!(second("revision! {} // revision! {}"), None);
        assert_eq!(second("revision! {} a::revision! {}"), Some(16));
        assert_eq!(second("revision! {} mod a { revision! {} }"), Some(21));
    }

    #[test]
    fn text_that_does_not_compile_does_not_panic() {
        for text in [
            "fn",
            "pub fn up",
            "fn up(",
            "fn up)",
            "use",
            "use a",
            "{",
            "}",
            "type",
            "fn up<",
            "pub",
            "fn up() -",
        ] {
            checked(text, &["Sqlite"]);
        }
    }
}
