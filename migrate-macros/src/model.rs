//! Implements `#[derive(Model)]`: generates the constants that describe the table of a struct, and its registration.
//!
//! ```text
//! tokens ──parse──► Parsed (as written, with spans) ──check──► Parsed (only valid parts) ──expand──► tokens
//! ```
//!
//! All errors are collected. The expansion must not contain invalid parts, so that the compiler adds no further
//! errors.

use proc_macro2::TokenStream;

use crate::report::Errors;

mod check;
mod constraint;
mod default;
mod expand;
mod field;
mod parse;
mod target;

pub(crate) use parse::snake_case;

/// Parses, checks and expands one `derive(Model)`.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let input = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let Some(parsed) = parse::model(&input, &mut errors) else {
        return errors.into_tokens();
    };
    let model = check::model(parsed, &mut errors);
    let error_tokens = errors.into_tokens();
    let registration = match error_tokens.is_empty() {
        true => expand::registration(&model),
        false => TokenStream::new(),
    };
    let tokens = expand::model(&model, &registration);
    quote::quote! { #error_tokens #tokens }
}
