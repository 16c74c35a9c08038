//! Collects errors as [`Errors`] and converts them to compiler errors, each at its token.
//!
//! It must not stop at the first error.

use std::panic::{self, AssertUnwindSafe};

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// A range of the caller's tokens.
#[derive(Clone, Copy)]
pub(crate) struct SpanRange {
    /// The first token.
    pub(crate) first: Span,
    /// The last token.
    pub(crate) last: Span,
}

impl SpanRange {
    /// Returns the range of one token.
    pub(crate) fn one(span: Span) -> Self {
        Self {
            first: span,
            last: span,
        }
    }
}

/// The errors that one macro call reports.
#[derive(Default)]
pub(crate) struct Errors {
    tokens: Vec<TokenTree>,
}

impl Errors {
    /// Adds an error: its message, notes and help.
    pub(crate) fn add(&mut self, at: SpanRange, what: &str, notes: &[String], help: Option<&str>) {
        let mut text = what.to_owned();
        for note in notes {
            text.push_str("\n note: ");
            text.push_str(note);
        }
        if let Some(help) = help {
            text.push_str("\n help: ");
            text.push_str(help);
        }
        self.tokens.extend(compile_error(at, &text));
    }

    /// Returns the errors as items.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.tokens.into_iter().collect()
    }
}

/// Returns `::core::compile_error! { "…" }`. The compiler marks a macro call from its first token to its last.
fn compile_error(at: SpanRange, text: &str) -> [TokenTree; 8] {
    let punct = |char, spacing| {
        let mut punct = Punct::new(char, spacing);
        punct.set_span(at.first);
        TokenTree::from(punct)
    };
    let mut literal = Literal::string(text);
    literal.set_span(at.last);
    let mut body = Group::new(
        Delimiter::Brace,
        TokenStream::from(TokenTree::from(literal)),
    );
    body.set_span(at.last);
    [
        punct(':', Spacing::Joint),
        punct(':', Spacing::Alone),
        Ident::new("core", at.first).into(),
        punct(':', Spacing::Joint),
        punct(':', Spacing::Alone),
        Ident::new("compile_error", at.first).into(),
        punct('!', Spacing::Alone),
        body.into(),
    ]
}

/// Runs a macro, and converts a panic to an error that reports a bug.
pub(crate) fn guard(
    name: &str,
    work: impl FnOnce() -> proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let message = payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| payload.downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        bug(name, message).into()
    })
}

/// Returns the error that reports a bug in a macro.
pub(crate) fn bug(name: &str, message: &str) -> TokenStream {
    let mut errors = Errors::default();
    errors.add(
        SpanRange::one(Span::call_site()),
        &format!("this is a bug in `{name}`: {message}"),
        &[],
        Some("please report it and attach this file"),
    );
    errors.into_tokens()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_diagnostic_is_an_error_with_its_notes_and_help() {
        let mut errors = Errors::default();
        let at = SpanRange::one(Span::call_site());
        errors.add(at, "what", &["where".to_owned()], Some("do \"this\""));
        errors.add(at, "more", &[], None);
        let text = errors.into_tokens().to_string().replace(' ', "");
        let expected = r#"::core::compile_error!{"what\nnote:where\nhelp:do\"this\""}::core::compile_error!{"more"}"#;
        assert_eq!(text, expected);
    }
}
