//! Parses the [`Default`](struct@Default) value of a column.
//!
//! It must not check the column's type.

use proc_macro2::TokenStream;
use syn::{Lit, LitStr, Path};

use crate::attribute::{MetaItem, emit, items_in, span_range};
use crate::report::{Errors, SpanRange};

/// A default value, as written.
pub(crate) struct Default {
    /// The value.
    pub(crate) value: DefaultValue,
    /// Its position.
    pub(crate) at: SpanRange,
}

/// The kind of a default value.
pub(crate) enum DefaultValue {
    /// A Boolean.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A decimal number.
    Real(TokenStream),
    /// A string.
    Text(String),
    /// An SQL expression.
    Expression(String),
    /// A constant or an enum variant.
    Path(Path),
}

const HELP: &str = "write a number, a string, `true` or `false`, a constant of the application, or an SQL expression as \
                    `default = expr(\"…\")`";

impl Default {
    /// Parses `default = …`.
    pub(crate) fn read(item: &MetaItem, errors: &mut Errors) -> Option<Default> {
        let value = match item {
            MetaItem::NameValue(_, value) if !value.is_empty() => value,
            _ => {
                let at = span_range(&item.tokens());
                emit(errors, at, "`default` needs a value", HELP);
                return None;
            }
        };
        let at = span_range(value);
        match read(value) {
            Ok(value) => Some(Default { value, at }),
            Err(what) => {
                emit(errors, at, what, HELP);
                None
            }
        }
    }
}

fn read(value: &TokenStream) -> Result<DefaultValue, &'static str> {
    if let Some([MetaItem::List(key, inside)]) = Some(items_in(value.clone()).as_slice()) {
        if key != "expr" {
            return Err("a default can't be a call");
        }
        let sql = syn::parse2::<LitStr>(inside.stream())
            .map_err(|_| "an SQL expression must be a string")?;
        return match sql.value().trim().is_empty() {
            true => Err("the SQL expression is empty"),
            false => Ok(DefaultValue::Expression(sql.value())),
        };
    }
    if let Ok(literal) = syn::parse2::<Lit>(value.clone()) {
        return of_literal(&literal);
    }
    let path = syn::parse2::<Path>(value.clone()).map_err(|_| "invalid default")?;
    match path.is_ident("NULL") || path.is_ident("None") {
        true => Err("a column without a default already defaults to NULL"),
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
            .map_err(|_| "an integer default must fit in 64 bits"),
        Lit::Float(number) => number
            .base10_parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
            .map(|number| DefaultValue::Real(quote::quote! { #number }))
            .ok_or("a column can't store this number"),
        _ => Err("a default must be a string, a number, `true` or `false`"),
    }
}
