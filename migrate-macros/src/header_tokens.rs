//! Converts the compiler's tokens to [`HeaderToken`]s, the input of the grammars in `migrate-graph`.
//!
//! It must not interpret them.

use migrate_graph::header::{HeaderToken, Spanned};
use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

use crate::report::SpanRange;

/// The tokens for a grammar, and the compiler's tokens.
pub(crate) struct Flat {
    /// The tokens for the grammar.
    pub(crate) tokens: Vec<Spanned<HeaderToken, SpanRange>>,
    /// The compiler's token for each of them; brackets have none.
    pub(crate) trees: Vec<Option<TokenTree>>,
}

impl Flat {
    /// Flattens the groups of `input`.
    pub(crate) fn new(input: TokenStream) -> Self {
        let mut flat = Self {
            tokens: Vec::with_capacity(24),
            trees: Vec::with_capacity(24),
        };
        flat.extend(input);
        flat
    }

    /// Returns the range of all tokens, or of the whole call if there are none.
    pub(crate) fn span_range(&self) -> SpanRange {
        match (self.tokens.first(), self.tokens.last()) {
            (Some(first), Some(last)) => SpanRange {
                first: first.span.first,
                last: last.span.last,
            },
            _ => SpanRange::one(Span::call_site()),
        }
    }

    /// Returns the position of the macro call, including its name.
    ///
    /// It has the caller's hygiene, so that the compiler does not add a note about the macro.
    pub(crate) fn call(&self) -> SpanRange {
        let call = Span::call_site();
        SpanRange::one(
            self.tokens
                .first()
                .map_or(call, |first| call.resolved_at(first.span.first)),
        )
    }

    fn extend(&mut self, input: TokenStream) {
        let mut input = input.into_iter().peekable();
        while let Some(tree) = input.next() {
            let value = match &tree {
                // A doc comment, which is a comment in the source text.
                TokenTree::Punct(hash)
                    if hash.as_char() == '#' && input.peek().is_some_and(is_doc) =>
                {
                    input.next();
                    continue;
                }
                TokenTree::Group(group) => {
                    let (open, close) = match group.delimiter() {
                        Delimiter::Parenthesis => ("(", ")"),
                        Delimiter::Brace => ("{", "}"),
                        Delimiter::Bracket => ("[", "]"),
                        Delimiter::None => ("", ""),
                    };
                    self.bracket(open, group.span_open());
                    self.extend(group.stream());
                    self.bracket(close, group.span_close());
                    continue;
                }
                TokenTree::Ident(ident) => HeaderToken::Word(ident.to_string()),
                TokenTree::Punct(punct) => HeaderToken::Other(punct.as_char().to_string()),
                TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    if text.ends_with(['"', '#']) {
                        HeaderToken::Str(text)
                    } else {
                        HeaderToken::Other(text)
                    }
                }
            };
            let span = SpanRange::one(tree.span());
            self.tokens.push(Spanned { value, span });
            self.trees.push(Some(tree));
        }
    }

    fn bracket(&mut self, text: &str, span: Span) {
        if !text.is_empty() {
            let value = HeaderToken::Other(text.to_owned());
            let span = SpanRange::one(span);
            self.tokens.push(Spanned { value, span });
            self.trees.push(None);
        }
    }
}

fn is_doc(tree: &TokenTree) -> bool {
    let TokenTree::Group(group) = tree else {
        return false;
    };
    matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(name)) if name == "doc")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The grammars are tried on text; they hold for the compiler's tokens because those are the same.
    #[test]
    fn the_compilers_tokens_are_those_of_the_text() {
        for text in [
            r#"revision: "a1", down_revision: None, created: "2026-11-23T09:15:00Z","#,
            r##"revision : r#"a"#, down_revision: ["a", "b"], transaction: false, x: 7, y: 'c', z: {(1.5)}"##,
            "/// Documentation.\nrevision /* a */: \"a\\n\" // b\n",
            "backends = [Sqlite, crate::fake::Fake], heads = many",
            "a => b <= c | d.. e",
            "",
        ] {
            let input: TokenStream = text.parse().unwrap();
            let flat = Flat::new(input);
            let tokens = flat.tokens.iter().map(|token| match &token.value {
                HeaderToken::Word(text) | HeaderToken::Str(text) | HeaderToken::Other(text) => text,
            });
            let lexed = migrate_graph::tokens::lex(text).map(|token| token.text);
            assert_eq!(tokens.collect::<Vec<_>>(), lexed.collect::<Vec<_>>());
            assert_eq!(flat.trees.len(), flat.tokens.len());
        }
    }

    #[test]
    fn strings_are_distinguished_from_other_literals() {
        let input: TokenStream = "\"a\" r\"b\" 'c' 1 d b\"e\"".parse().unwrap();
        let is_string =
            |token: &Spanned<HeaderToken, SpanRange>| matches!(token.value, HeaderToken::Str(_));
        let strings: Vec<bool> = Flat::new(input).tokens.iter().map(is_string).collect();
        assert_eq!(strings, [true, true, false, false, false, true]);
    }
}
