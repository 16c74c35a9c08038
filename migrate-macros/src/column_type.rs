//! Implements `#[derive(ColumnType)]` for a newtype or an enum without fields.
//!
//! ```text
//! tokens ──parse──► Kind (newtype, strings, numbers), errors ──expand──► ColumnType, ColumnValue, From for Value
//! ```

use proc_macro2::TokenStream;

use crate::report::Errors;

mod case;
mod expand;
mod parse;

/// Parses, checks and expands one `derive(ColumnType)`.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let input = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let parsed = parse::column_type(&input, &mut errors);
    let error_tokens = errors.into_tokens();
    // Also with an error, so that the compiler does not also report that it is not a column type.
    let tokens = parsed.map(|parsed| expand::column_type(&parsed));
    quote::quote! { #error_tokens #tokens }
}
