//! Parses the lists in attributes, `#[model(key, key = value, key(…))]`, into [`MetaItem`]s with their positions.
//!
//! It must not contain the keys of a particular macro.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::{Attribute, LitBool, LitInt, LitStr, Meta};

use crate::report::{Errors, SpanRange};

/// An item between two commas.
pub(crate) enum MetaItem {
    /// `key = value`.
    NameValue(Ident, TokenStream),
    /// `key(…)`.
    List(Ident, Group),
    /// `key`.
    Path(Ident),
    /// Anything else.
    Other(TokenStream),
}

impl MetaItem {
    /// Returns the key, if it has one.
    pub(crate) fn key(&self) -> Option<&Ident> {
        match self {
            MetaItem::NameValue(key, _) | MetaItem::List(key, _) | MetaItem::Path(key) => Some(key),
            MetaItem::Other(_) => None,
        }
    }

    /// Returns all of its tokens.
    pub(crate) fn tokens(&self) -> TokenStream {
        match self {
            MetaItem::NameValue(key, value) => quote::quote! { #key = #value },
            MetaItem::List(key, inside) => quote::quote! { #key #inside },
            MetaItem::Path(key) => quote::quote! { #key },
            MetaItem::Other(tokens) => tokens.clone(),
        }
    }
}

/// Returns the name of a key, without `r#`.
pub(crate) fn name_of(key: &Ident) -> String {
    key.unraw().to_string()
}

/// Returns the items of every attribute called `name`.
pub(crate) fn items_of(attributes: &[Attribute], name: &str, errors: &mut Errors) -> Vec<MetaItem> {
    let mut items = Vec::new();
    for attribute in attributes {
        if !attribute.path().is_ident(name) {
            continue;
        }
        match &attribute.meta {
            Meta::List(list) => items.extend(items_in(list.tokens.clone())),
            meta => emit(
                errors,
                span_range(&quote::quote! { #meta }),
                &format!("`#[{name}]` is empty"),
                &format!("write the options in parentheses: `#[{name}(…)]`"),
            ),
        }
    }
    items
}

/// Splits a list at its commas.
pub(crate) fn items_in(tokens: TokenStream) -> Vec<MetaItem> {
    let mut items = Vec::new();
    let mut item: Vec<TokenTree> = Vec::new();
    for token in tokens {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => {
                items.extend(read(std::mem::take(&mut item)));
            }
            _ => item.push(token),
        }
    }
    items.extend(read(item));
    items
}

fn read(tokens: Vec<TokenTree>) -> Option<MetaItem> {
    let is_equals =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '=');
    Some(match tokens.as_slice() {
        [] => return None,
        [TokenTree::Ident(word)] => MetaItem::Path(word.clone()),
        [TokenTree::Ident(key), TokenTree::Group(group)]
            if group.delimiter() == Delimiter::Parenthesis =>
        {
            MetaItem::List(key.clone(), group.clone())
        }
        [TokenTree::Ident(key), equals, value @ ..] if is_equals(equals) => {
            MetaItem::NameValue(key.clone(), value.iter().cloned().collect())
        }
        _ => MetaItem::Other(tokens.into_iter().collect()),
    })
}

/// Adds an error.
pub(crate) fn emit(errors: &mut Errors, at: SpanRange, what: &str, help: &str) {
    errors.add(at, what, &[], Some(help));
}

/// Returns the position of tokens, or of the whole macro call if there are none.
pub(crate) fn span_range(tokens: &TokenStream) -> SpanRange {
    let mut spans = tokens.clone().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    SpanRange {
        first,
        last: spans.last().unwrap_or(first),
    }
}

/// The keys already used, to report a second use.
#[derive(Default)]
pub(crate) struct SeenKeys {
    seen: BTreeMap<String, ()>,
}

impl SeenKeys {
    /// Returns whether `key` is new; otherwise reports it.
    pub(crate) fn take(&mut self, key: &Ident, errors: &mut Errors) -> bool {
        let is_new = self.seen.insert(name_of(key), ()).is_none();
        if !is_new {
            let what = format!("duplicate key `{}`", name_of(key));
            emit(
                errors,
                SpanRange::one(key.span()),
                &what,
                "remove one of them",
            );
        }
        is_new
    }
}

/// Reports an unknown key, with the most similar known key.
pub(crate) fn unknown(errors: &mut Errors, key: &Ident, of: &str, keys: &[&str]) {
    let name = name_of(key);
    let what = format!("unknown key `{name}` in {of}");
    let help = match nearest(&name, keys) {
        Some(suggestion) => format!("did you mean `{suggestion}`?"),
        None => format!("the keys are {}", quoted(keys)),
    };
    emit(errors, SpanRange::one(key.span()), &what, &help);
}

/// Returns the word that is most similar to `name`, if one is similar enough.
pub(crate) fn nearest<'w>(name: &str, words: &[&'w str]) -> Option<&'w str> {
    let most = (name.chars().count() / 3).clamp(1, 4);
    words
        .iter()
        .map(|word| (strsim::damerau_levenshtein(word, name), *word))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, word)| word)
}

/// Returns names as a list in a sentence.
pub(crate) fn quoted(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// A string and its position.
#[derive(Clone)]
pub(crate) struct Text {
    /// The string.
    pub(crate) value: String,
    /// Its position.
    pub(crate) at: SpanRange,
}

/// Parses `key = "…"`.
pub(crate) fn text(item: &MetaItem, errors: &mut Errors) -> Option<Text> {
    let key = item.key()?;
    let example = format!("write `{} = \"…\"`", name_of(key));
    let value = value(item, &example, errors)?;
    let Ok(literal) = syn::parse2::<LitStr>(value.clone()) else {
        let what = format!("the value of `{}` must be a string", name_of(key));
        emit(errors, span_range(&value), &what, &example);
        return None;
    };
    let text = Text {
        value: literal.value(),
        at: SpanRange::one(literal.span()),
    };
    if text.value.trim().is_empty() {
        let what = format!("the value of `{}` is empty", name_of(key));
        emit(errors, text.at, &what, &example);
        return None;
    }
    Some(text)
}

/// Parses `key = "…"` for the name of a database object.
pub(crate) fn database_name(item: &MetaItem, errors: &mut Errors) -> Option<Text> {
    let text = text(item, errors)?;
    is_name(&text, errors).then_some(text)
}

/// Returns whether a string is a valid name in every database; otherwise reports it.
pub(crate) fn is_name(text: &Text, errors: &mut Errors) -> bool {
    let Text { value, at } = text;
    let length = value.len();
    if length > 63 {
        let what = format!("a name of {length} bytes is longer than databases allow");
        emit(errors, *at, &what, "use a name of at most 63 bytes");
        return false;
    }
    if value.chars().any(char::is_control) || value.trim() != value {
        let what = "a name can't contain control characters or start or end with a space";
        emit(errors, *at, what, "write only the name");
        return false;
    }
    true
}

/// Parses `key = true` or `key = false`.
pub(crate) fn parse_bool(item: &MetaItem, errors: &mut Errors) -> Option<bool> {
    let key = item.key()?;
    let example = format!("write `{} = false`", name_of(key));
    let value = value(item, &example, errors)?;
    match syn::parse2::<LitBool>(value.clone()) {
        Ok(literal) => Some(literal.value),
        Err(_) => {
            let what = format!("the value of `{}` must be `true` or `false`", name_of(key));
            emit(errors, span_range(&value), &what, &example);
            None
        }
    }
}

/// Parses `key = 120`.
pub(crate) fn number(item: &MetaItem, errors: &mut Errors) -> Option<u32> {
    let key = item.key()?;
    let example = format!("write `{} = 120`", name_of(key));
    let value = value(item, &example, errors)?;
    let literal = syn::parse2::<LitInt>(value.clone());
    match literal.ok().and_then(|literal| literal.base10_parse().ok()) {
        Some(number) if number > 0 => Some(number),
        _ => {
            let what = format!("the value of `{}` must be a positive integer", name_of(key));
            emit(errors, span_range(&value), &what, &example);
            None
        }
    }
}

/// Parses `key = word`, one of `words`.
pub(crate) fn word<'w>(item: &MetaItem, words: &[&'w str], errors: &mut Errors) -> Option<&'w str> {
    let key = item.key()?;
    let all = quoted(words);
    let example = format!("write one of {all}");
    let value = value(item, &example, errors)?;
    let written = syn::parse2::<Ident>(value.clone())
        .map(|word| word.to_string())
        .or_else(|_| syn::parse2::<LitStr>(value.clone()).map(|text| text.value()))
        .unwrap_or_default();
    if let Some(word) = words.iter().find(|word| **word == written) {
        return Some(word);
    }
    let what = match written.is_empty() {
        true => format!("the value of `{}` must be a keyword", name_of(key)),
        false => format!("`{written}` is not a valid value of `{}`", name_of(key)),
    };
    let plain = written.to_lowercase().replace([' ', '-'], "_");
    let help = match nearest(&plain, words) {
        Some(suggestion) => format!("did you mean `{suggestion}`?"),
        None => example,
    };
    emit(errors, span_range(&value), &what, &help);
    None
}

/// Parses `key`, which does not take a value.
pub(crate) fn flag(item: &MetaItem, errors: &mut Errors) -> bool {
    if matches!(item, MetaItem::Path(_)) {
        return true;
    }
    if let Some(key) = item.key() {
        let what = format!("`{}` does not take a value", name_of(key));
        let help = format!("write only `{}`", name_of(key));
        emit(errors, span_range(&item.tokens()), &what, &help);
    }
    false
}

fn value(item: &MetaItem, example: &str, errors: &mut Errors) -> Option<TokenStream> {
    match item {
        MetaItem::NameValue(_, value) if !value.is_empty() => Some(value.clone()),
        _ => {
            let key = item.key().map(name_of).unwrap_or_default();
            let what = format!("`{key}` needs a value");
            emit(errors, span_range(&item.tokens()), &what, example);
            None
        }
    }
}

/// Parses a string without a key.
pub(crate) fn quoted_text(tokens: &TokenStream, errors: &mut Errors) -> Option<Text> {
    let at = span_range(tokens);
    match syn::parse2::<LitStr>(tokens.clone()) {
        Ok(literal) if !literal.value().trim().is_empty() => Some(Text {
            value: literal.value(),
            at,
        }),
        Ok(_) => {
            emit(errors, at, "the string is empty", "write a value");
            None
        }
        Err(_) => {
            emit(errors, at, "expected a string", "write it in quotes: \"…\"");
            None
        }
    }
}
