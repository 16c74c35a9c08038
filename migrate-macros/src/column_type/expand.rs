//! Generates the traits of a column type from the representation of its values.
//!
//! It must not fail: parsing has reported everything invalid.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::attribute::quoted;

use super::parse::{ColumnType, Kind};

/// Generates `ColumnType`, `ColumnValue`, and `From` for `Value`.
pub(crate) fn column_type(parsed: &ColumnType) -> TokenStream {
    let name = &parsed.name;
    let (kind, value) = (kind(parsed), value(parsed));
    let length = length(parsed);
    quote! {
        const _: () = {
            use ::migrate_runtime::model as __model;
            use ::migrate_runtime::rows as __rows;

            #length

            #[automatically_derived]
            impl __model::ColumnType for #name {
                #kind
            }

            #[automatically_derived]
            impl __rows::ColumnValue for #name {
                #value
            }

            #[automatically_derived]
            impl ::core::convert::From<#name> for ::migrate_runtime::v1::Value {
                fn from(value: #name) -> Self {
                    __rows::ColumnValue::to_value_ref(&value).into_value()
                }
            }
        };
    }
}

fn kind(parsed: &ColumnType) -> TokenStream {
    let own = quote! { ::migrate_runtime::v1::Type };
    let written = match (&parsed.written, &parsed.length) {
        (Some(written), _) => {
            let spelling = &written.value;
            Some(quote! { #own::parse(#spelling) })
        }
        (None, Some((length, _))) => Some(quote! { #own::Varchar(#length) }),
        (None, None) => None,
    };
    let shape = |shape: &str| {
        let shape = Ident::new(shape, Span::call_site());
        quote! { const SHAPE: __model::Shape = __model::Shape::#shape; }
    };
    let (constants, natural, enum_type) = match &parsed.kind {
        Kind::Newtype(_, inner) => {
            let of = quote_spanned! { inner.span() => <#inner as __model::ColumnType> };
            let constants = quote! {
                const NULLABLE: bool = #of::NULLABLE;
                const SHAPE: __model::Shape = #of::SHAPE;
            };
            let enum_type = written.is_none().then(|| quote! { #of::enum_type() });
            (constants, quote! { #of::column_type() }, enum_type)
        }
        Kind::Strings(words, Some(name)) => {
            let name = &name.value;
            let words = words.iter().map(|(_, word)| word);
            let of = quote! { ::migrate_runtime::v1::EnumType::new(#name, [#(#words),*]) };
            let enum_type = quote! { ::core::option::Option::Some(#of) };
            (shape("Text"), quote! { #own::Enum(#of) }, Some(enum_type))
        }
        Kind::Strings(_, None) => (shape("Text"), quote! { #own::Text }, None),
        Kind::Numbers(_, repr) => (shape("Integer"), quote! { #own::#repr }, None),
    };
    let kind = written.unwrap_or(natural);
    let enum_type = enum_type.map(|enum_type| {
        quote! {
            fn enum_type() -> ::core::option::Option<::migrate_runtime::v1::EnumType> {
                #enum_type
            }
        }
    });
    quote! {
        #constants

        fn column_type() -> #own {
            #kind
        }

        #enum_type
    }
}

fn value(parsed: &ColumnType) -> TokenStream {
    let (from, to) = match &parsed.kind {
        Kind::Newtype(member, inner) => {
            let of = quote_spanned! { inner.span() => <#inner as __rows::ColumnValue> };
            let from = quote! {
                #of::from_value_ref(value_ref).map(|value| Self { #member: value })
            };
            (from, quote! { #of::to_value_ref(&self.#member) })
        }
        Kind::Strings(words, _) => {
            let (variants, words): (Vec<_>, Vec<_>) = words.iter().map(|(a, b)| (a, b)).unzip();
            let all: Vec<&str> = words.iter().map(|word| word.as_str()).collect();
            let reason = format!("the values are {}", quoted(&all));
            let from = quote! {
                if let __rows::ValueRef::Text(text) = value_ref {
                    match &**text {
                        #(#words => return ::core::result::Result::Ok(Self::#variants),)*
                        _ => {}
                    }
                }
                ::core::result::Result::Err(__rows::TypeMismatch::new::<Self>(value_ref).because(#reason))
            };
            let to = quote! {
                __rows::ValueRef::Text(match self { #(Self::#variants => #words,)* }.into())
            };
            (from, to)
        }
        Kind::Numbers(variants, _) => {
            let all: Vec<String> = variants.iter().map(ToString::to_string).collect();
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            let reason = format!("the valid numbers are those of {}", quoted(&all));
            let from = quote! {
                let number = <i64 as __rows::ColumnValue>::from_value_ref(value_ref);
                #(if number == ::core::result::Result::Ok(Self::#variants as i64) {
                    return ::core::result::Result::Ok(Self::#variants);
                })*
                ::core::result::Result::Err(__rows::TypeMismatch::new::<Self>(value_ref).because(#reason))
            };
            let to = quote! {
                __rows::ValueRef::Integer(match self { #(Self::#variants => Self::#variants as i64,)* })
            };
            (from, to)
        }
    };
    quote! {
        fn from_value_ref(
            value_ref: &__rows::ValueRef<'_>,
        ) -> ::core::result::Result<Self, __rows::TypeMismatch> {
            #from
        }

        fn to_value_ref(&self) -> __rows::ValueRef<'_> {
            #to
        }
    }
}

/// Generates a constant that does not compile if a newtype with a length does not store text.
fn length(parsed: &ColumnType) -> Option<TokenStream> {
    let (Kind::Newtype(_, inner), Some((_, at))) = (&parsed.kind, &parsed.length) else {
        return None;
    };
    let at = at.first;
    Some(quote_spanned! { at =>
        const _: () = ::core::assert!(
            <#inner as ::migrate_runtime::model::ColumnType>::SHAPE.is_text(),
            "a type that does not store text can't have a length"
        );
    })
}
