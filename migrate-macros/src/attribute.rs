//! The lists of attributes: `#[model(key, key = value, key(…))]` -> items, each with its place.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::{Attribute, LitBool, LitInt, LitStr, Meta};

use crate::report::{Errors, Extent};

/// One thing between two commas.
pub(crate) enum Item {
    /// `key = value`.
    Is(Ident, TokenStream),
    /// `key(…)`.
    Has(Ident, Group),
    /// `key`.
    Word(Ident),
    /// Anything else.
    Other(TokenStream),
}

impl Item {
    /// Returns the key, if it has one.
    pub(crate) fn key(&self) -> Option<&Ident> {
        match self {
            Item::Is(key, _) | Item::Has(key, _) | Item::Word(key) => Some(key),
            Item::Other(_) => None,
        }
    }

    /// Returns all of its tokens.
    pub(crate) fn tokens(&self) -> TokenStream {
        match self {
            Item::Is(key, value) => quote::quote! { #key = #value },
            Item::Has(key, inside) => quote::quote! { #key #inside },
            Item::Word(key) => quote::quote! { #key },
            Item::Other(tokens) => tokens.clone(),
        }
    }
}

/// Returns the name of a key, also where it is a keyword of Rust.
pub(crate) fn name_of(key: &Ident) -> String {
    key.unraw().to_string()
}

/// Returns the items of every attribute called `name`.
pub(crate) fn items_of(attributes: &[Attribute], name: &str, errors: &mut Errors) -> Vec<Item> {
    let mut items = Vec::new();
    for attribute in attributes {
        if !attribute.path().is_ident(name) {
            continue;
        }
        match &attribute.meta {
            Meta::List(list) => items.extend(items_in(list.tokens.clone())),
            meta => tell(
                errors,
                extent(&quote::quote! { #meta }),
                &format!("`#[{name}]` says nothing"),
                &format!("write `#[{name}(…)]`, with what it says in the brackets"),
            ),
        }
    }
    items
}

/// Splits a list at its commas.
pub(crate) fn items_in(tokens: TokenStream) -> Vec<Item> {
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

fn read(tokens: Vec<TokenTree>) -> Option<Item> {
    let is_equals =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '=');
    Some(match tokens.as_slice() {
        [] => return None,
        [TokenTree::Ident(word)] => Item::Word(word.clone()),
        [TokenTree::Ident(key), TokenTree::Group(group)]
            if group.delimiter() == Delimiter::Parenthesis =>
        {
            Item::Has(key.clone(), group.clone())
        }
        [TokenTree::Ident(key), equals, value @ ..] if is_equals(equals) => {
            Item::Is(key.clone(), value.iter().cloned().collect())
        }
        _ => Item::Other(tokens.into_iter().collect()),
    })
}

/// Adds a mistake.
pub(crate) fn tell(errors: &mut Errors, at: Extent, what: &str, help: &str) {
    errors.add(at, what, &[], Some(help));
}

/// Returns the place of some tokens; that of the whole macro if there are none.
pub(crate) fn extent(tokens: &TokenStream) -> Extent {
    let mut spans = tokens.clone().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    Extent {
        first,
        last: spans.last().unwrap_or(first),
    }
}

/// Tells of a second use of a key that may stand once.
#[derive(Default)]
pub(crate) struct Once {
    seen: BTreeMap<String, ()>,
}

impl Once {
    /// Returns whether `key` is new here; tells if it is not.
    pub(crate) fn take(&mut self, key: &Ident, errors: &mut Errors) -> bool {
        let is_new = self.seen.insert(name_of(key), ()).is_none();
        if !is_new {
            let what = format!("`{}` is given twice", name_of(key));
            tell(errors, Extent::one(key.span()), &what, "leave one out");
        }
        is_new
    }
}

/// Tells of a key that there is not, with the nearest one that there is.
pub(crate) fn unknown(errors: &mut Errors, key: &Ident, of: &str, keys: &[&str]) {
    let name = name_of(key);
    let what = format!("`{name}` is no key of {of}");
    let help = match nearest(&name, keys) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the keys are {}", quoted(keys)),
    };
    tell(errors, Extent::one(key.span()), &what, &help);
}

/// Returns the word that is closest to `name`, if one is close enough to be meant.
pub(crate) fn nearest<'w>(name: &str, words: &[&'w str]) -> Option<&'w str> {
    let most = (name.chars().count() / 3).clamp(1, 4);
    words
        .iter()
        .map(|word| (strsim::damerau_levenshtein(word, name), *word))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, word)| word)
}

/// Returns names as a sentence has them.
pub(crate) fn quoted(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// A text and its place.
#[derive(Clone)]
pub(crate) struct Text {
    /// The text.
    pub(crate) value: String,
    /// Its place.
    pub(crate) at: Extent,
}

/// Reads `key = "…"`.
pub(crate) fn text(item: &Item, errors: &mut Errors) -> Option<Text> {
    let key = item.key()?;
    let example = format!("write `{} = \"…\"`", name_of(key));
    let value = value(item, &example, errors)?;
    let Ok(literal) = syn::parse2::<LitStr>(value.clone()) else {
        let what = format!("the value of `{}` is a text in quotes", name_of(key));
        tell(errors, extent(&value), &what, &example);
        return None;
    };
    let text = Text {
        value: literal.value(),
        at: Extent::one(literal.span()),
    };
    if text.value.trim().is_empty() {
        let what = format!("the value of `{}` is empty", name_of(key));
        tell(errors, text.at, &what, &example);
        return None;
    }
    Some(text)
}

/// Reads `key = "…"` for something that the database calls so.
pub(crate) fn database_name(item: &Item, errors: &mut Errors) -> Option<Text> {
    let text = text(item, errors)?;
    is_name(&text, errors).then_some(text)
}

/// Returns whether a text can be a name in every database; tells if it can't.
pub(crate) fn is_name(text: &Text, errors: &mut Errors) -> bool {
    let Text { value, at } = text;
    let length = value.len();
    if length > 63 {
        let what = format!("a name of {length} bytes is longer than a database keeps");
        tell(errors, *at, &what, "write one of at most 63 bytes");
        return false;
    }
    if value.chars().any(char::is_control) || value.trim() != value {
        let what = "a name has no control characters, and no spaces around it";
        tell(errors, *at, what, "write the name alone");
        return false;
    }
    true
}

/// Reads `key = true` or `key = false`.
pub(crate) fn truth(item: &Item, errors: &mut Errors) -> Option<bool> {
    let key = item.key()?;
    let example = format!("write `{} = false`", name_of(key));
    let value = value(item, &example, errors)?;
    match syn::parse2::<LitBool>(value.clone()) {
        Ok(literal) => Some(literal.value),
        Err(_) => {
            let what = format!("the value of `{}` is `true` or `false`", name_of(key));
            tell(errors, extent(&value), &what, &example);
            None
        }
    }
}

/// Reads `key = 120`.
pub(crate) fn number(item: &Item, errors: &mut Errors) -> Option<u32> {
    let key = item.key()?;
    let example = format!("write `{} = 120`", name_of(key));
    let value = value(item, &example, errors)?;
    let literal = syn::parse2::<LitInt>(value.clone());
    match literal.ok().and_then(|literal| literal.base10_parse().ok()) {
        Some(number) if number > 0 => Some(number),
        _ => {
            let what = format!("the value of `{}` is a whole number from 1", name_of(key));
            tell(errors, extent(&value), &what, &example);
            None
        }
    }
}

/// Reads `key = word`, one of `words`.
pub(crate) fn word<'w>(item: &Item, words: &[&'w str], errors: &mut Errors) -> Option<&'w str> {
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
        true => format!("the value of `{}` is a word", name_of(key)),
        false => format!("`{written}` is nothing that `{}` can be", name_of(key)),
    };
    let plain = written.to_lowercase().replace([' ', '-'], "_");
    let help = match nearest(&plain, words) {
        Some(near) => format!("did you mean `{near}`?"),
        None => example,
    };
    tell(errors, extent(&value), &what, &help);
    None
}

/// Reads `key`, which has no value.
pub(crate) fn flag(item: &Item, errors: &mut Errors) -> bool {
    if matches!(item, Item::Word(_)) {
        return true;
    }
    if let Some(key) = item.key() {
        let what = format!("`{}` has no value", name_of(key));
        let help = format!("write `{}` alone", name_of(key));
        tell(errors, extent(&item.tokens()), &what, &help);
    }
    false
}

fn value(item: &Item, example: &str, errors: &mut Errors) -> Option<TokenStream> {
    match item {
        Item::Is(_, value) if !value.is_empty() => Some(value.clone()),
        _ => {
            let key = item.key().map(name_of).unwrap_or_default();
            let what = format!("`{key}` has no value");
            tell(errors, extent(&item.tokens()), &what, example);
            None
        }
    }
}

/// Reads a text in quotes that has no key.
pub(crate) fn quoted_text(tokens: &TokenStream, errors: &mut Errors) -> Option<Text> {
    let at = extent(tokens);
    match syn::parse2::<LitStr>(tokens.clone()) {
        Ok(literal) if !literal.value().trim().is_empty() => Some(Text {
            value: literal.value(),
            at,
        }),
        Ok(_) => {
            tell(errors, at, "a text is empty", "write what it says");
            None
        }
        Err(_) => {
            tell(errors, at, "this is no text in quotes", "write it as \"…\"");
            None
        }
    }
}
