//! The value of a column where an INSERT gives none.

use proc_macro2::TokenStream;
use syn::{Lit, LitStr, Path};

use crate::attribute::{Item, extent, items_in, tell};
use crate::report::{Errors, Extent};

/// A default, as written.
pub(crate) struct Default {
    /// What it is.
    pub(crate) value: DefaultValue,
    /// Its place.
    pub(crate) at: Extent,
}

/// What a default is.
pub(crate) enum DefaultValue {
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Real(TokenStream),
    /// Text.
    Text(String),
    /// An SQL expression.
    Expression(String),
    /// A constant or a variant of an enum.
    Path(Path),
}

const HELP: &str = "write a number, a text in quotes, `true` or `false`, a constant of the application's, or SQL as \
                    `default = expr(\"…\")`";

impl Default {
    /// Reads `default = …`.
    pub(crate) fn read(item: &Item, errors: &mut Errors) -> Option<Default> {
        let value = match item {
            Item::Is(_, value) if !value.is_empty() => value,
            _ => {
                let at = extent(&item.tokens());
                tell(errors, at, "`default` has no value", HELP);
                return None;
            }
        };
        let at = extent(value);
        match read(value) {
            Ok(value) => Some(Default { value, at }),
            Err(what) => {
                tell(errors, at, what, HELP);
                None
            }
        }
    }
}

fn read(value: &TokenStream) -> Result<DefaultValue, &'static str> {
    if let Some([Item::Has(key, inside)]) = Some(items_in(value.clone()).as_slice()) {
        if key != "expr" {
            return Err("a default is no call");
        }
        let sql = syn::parse2::<LitStr>(inside.stream())
            .map_err(|_| "an SQL expression is a text in quotes")?;
        return match sql.value().trim().is_empty() {
            true => Err("an SQL expression is not empty"),
            false => Ok(DefaultValue::Expression(sql.value())),
        };
    }
    if let Ok(literal) = syn::parse2::<Lit>(value.clone()) {
        return of_literal(&literal);
    }
    let path = syn::parse2::<Path>(value.clone()).map_err(|_| "this can't be a default")?;
    match path.is_ident("NULL") || path.is_ident("None") {
        true => Err("NULL is what a column without a default gives anyway"),
        false => Ok(DefaultValue::Path(path)),
    }
}

fn of_literal(literal: &Lit) -> Result<DefaultValue, &'static str> {
    match literal {
        Lit::Str(text) => Ok(DefaultValue::Text(text.value())),
        Lit::Bool(value) => Ok(DefaultValue::Boolean(value.value)),
        Lit::Int(number) => number
            .base10_parse()
            .map(DefaultValue::Integer)
            .map_err(|_| "a whole number has at most 64 bits"),
        Lit::Float(number) => number
            .base10_parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
            .map(|number| DefaultValue::Real(quote::quote! { #number }))
            .ok_or("this is no number that a column can hold"),
        _ => Err("a default is text, a number, `true` or `false`"),
    }
}
