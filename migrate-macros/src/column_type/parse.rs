//! Parses a newtype or an enum into a [`ColumnType`], and reports every error.
//!
//! It must not generate code.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, Data, DataEnum, DataStruct, DeriveInput, Member, Meta, Type, Variant};

use crate::attribute::{
    self, MetaItem, SeenKeys, Text, emit, items_of, name_of, nearest, quoted, span_range, unknown,
};
use crate::report::{Errors, SpanRange};

use super::case::{CASES, written};

/// A parsed column type.
pub(crate) struct ColumnType {
    /// The type.
    pub(crate) name: Ident,
    /// The representation of its values.
    pub(crate) kind: Kind,
    /// The explicit SQL type.
    pub(crate) written: Option<Text>,
    /// The maximum length of its text.
    pub(crate) length: Option<(u32, SpanRange)>,
}

/// The representation of values.
pub(crate) enum Kind {
    /// The representation of the only field.
    Newtype(Member, Box<Type>),
    /// Strings, in a database enum type if it has a name.
    Strings(Vec<(Ident, String)>, Option<Text>),
    /// Integers of this type.
    Numbers(Vec<Ident>, Repr),
}

/// The integer type of an enum.
#[derive(Clone, Copy)]
pub(crate) enum Repr {
    /// 16 bits.
    Small,
    /// 32 bits, the default.
    Medium,
    /// 64 bits.
    Large,
}

const KEYS: [&str; 6] = ["text", "integer", "enum", "rename_all", "length", "type"];

/// The options in `#[column_type(…)]` above the type.
#[derive(Default)]
struct Settings {
    kept: Option<Kept>,
    case: Option<(&'static str, SpanRange)>,
    length: Option<(u32, SpanRange)>,
    written: Option<Text>,
}

/// The representation of an enum, as written.
enum Kept {
    Text,
    Integer(SpanRange),
    Enum(Text),
}

/// Parses a type; returns `None` if it can't be a column type.
pub(crate) fn column_type(input: &DeriveInput, errors: &mut Errors) -> Option<ColumnType> {
    let at = SpanRange::one(input.ident.span());
    if !input.generics.params.is_empty() {
        let at = span_range(&input.generics.to_token_stream());
        let help = "implement `ColumnType` and `ColumnValue` manually for it";
        emit(
            errors,
            at,
            "`#[derive(ColumnType)]` does not support generic parameters",
            help,
        );
        return None;
    }
    let settings = settings(&input.attrs, errors);
    let kind = match &input.data {
        Data::Struct(data) => newtype(data, at, errors)?,
        Data::Enum(data) => variants(data, input, &settings, errors)?,
        Data::Union(_) => {
            let what = "`#[derive(ColumnType)]` needs a newtype or an enum";
            emit(errors, at, what, "implement `ColumnType` manually for it");
            return None;
        }
    };
    check(&kind, &settings, errors);
    Some(ColumnType {
        name: input.ident.clone(),
        kind,
        written: settings.written,
        length: settings.length,
    })
}

fn settings(attributes: &[Attribute], errors: &mut Errors) -> Settings {
    let mut read = Settings::default();
    let mut once = SeenKeys::default();
    for item in items_of(attributes, "column_type", errors) {
        let Some(key) = item.key() else {
            let help = format!("the keys are {}", quoted(&KEYS));
            let at = span_range(&item.tokens());
            emit(errors, at, "unknown column type attribute", &help);
            continue;
        };
        if !once.take(key, errors) {
            continue;
        }
        let at = SpanRange::one(key.span());
        let kept = match name_of(key).as_str() {
            "text" if attribute::flag(&item, errors) => Kept::Text,
            "integer" if attribute::flag(&item, errors) => Kept::Integer(at),
            "text" | "integer" => continue,
            "enum" => match attribute::database_name(&item, errors) {
                Some(name) => Kept::Enum(name),
                None => continue,
            },
            "rename_all" => {
                read.case = case(&item, errors).map(|case| (case, at));
                continue;
            }
            "length" => {
                read.length = attribute::number(&item, errors).map(|length| (length, at));
                continue;
            }
            "type" => {
                read.written = attribute::text(&item, errors);
                continue;
            }
            _ => {
                unknown(errors, key, "`#[column_type(…)]`", &KEYS);
                continue;
            }
        };
        if read.kept.is_some() {
            let what = "an enum can have only one representation";
            emit(
                errors,
                at,
                what,
                "keep only one of `text`, `integer` and `enum`",
            );
        }
        read.kept = Some(kept);
    }
    read
}

fn case(item: &MetaItem, errors: &mut Errors) -> Option<&'static str> {
    let text = attribute::text(item, errors)?;
    let found = CASES.iter().find(|case| **case == text.value).copied();
    if found.is_none() {
        let help = match nearest(&text.value, &CASES) {
            Some(suggestion) => format!("did you mean `{suggestion}`?"),
            None => format!("the cases are {}", quoted(&CASES)),
        };
        let what = format!("unknown case `{}`", text.value);
        emit(errors, text.at, &what, &help);
    }
    found
}

fn newtype(data: &DataStruct, at: SpanRange, errors: &mut Errors) -> Option<Kind> {
    let mut members = data.fields.members();
    let (Some(member), None) = (members.next(), members.next()) else {
        let what = "a struct for a column must have exactly one field";
        let help =
            "write a newtype: `struct Email(String);`, or derive `Model` if the struct is a row";
        emit(errors, at, what, help);
        return None;
    };
    let field = data.fields.iter().next()?;
    Some(Kind::Newtype(member, Box::new(field.ty.clone())))
}

fn variants(
    data: &DataEnum,
    input: &DeriveInput,
    settings: &Settings,
    errors: &mut Errors,
) -> Option<Kind> {
    if data.variants.is_empty() {
        let at = SpanRange::one(input.ident.span());
        emit(
            errors,
            at,
            "an enum for a column needs at least one variant",
            "add a variant",
        );
        return None;
    }
    let mut is_plain = true;
    for variant in data
        .variants
        .iter()
        .filter(|variant| !variant.fields.is_empty())
    {
        let at = span_range(&variant.fields.to_token_stream());
        let help = "store its fields in separate columns, or implement `ColumnType` manually";
        emit(
            errors,
            at,
            "a variant of a column enum can't have fields",
            help,
        );
        is_plain = false;
    }
    if !is_plain {
        return None;
    }
    match &settings.kept {
        Some(Kept::Integer(_)) => Some(numbers(data, &input.attrs, errors)),
        Some(Kept::Enum(name)) => Some(Kind::Strings(
            string_values(data, settings, errors),
            Some(name.clone()),
        )),
        Some(Kept::Text) | None => Some(Kind::Strings(string_values(data, settings, errors), None)),
    }
}

/// Checks that every variant has an explicit number, because an implicit one changes when you reorder the variants.
fn numbers(data: &DataEnum, attributes: &[Attribute], errors: &mut Errors) -> Kind {
    for variant in &data.variants {
        let at = SpanRange::one(variant.ident.span());
        if variant.discriminant.is_none() {
            let what = format!("variant `{}` has no number", variant.ident);
            let help = "write it explicitly, `Active = 1`: stored values do not change when you reorder the variants";
            emit(errors, at, &what, help);
        }
        rename(variant, errors).into_iter().for_each(|name| {
            let help = "remove it: the variant is stored as its number";
            emit(errors, name.at, "`rename` has no effect on a number", help);
        });
    }
    let names = data.variants.iter().map(|variant| variant.ident.clone());
    Kind::Numbers(names.collect(), repr(attributes))
}

fn repr(attributes: &[Attribute]) -> Repr {
    let written: Vec<String> = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("repr"))
        .filter_map(|attribute| match &attribute.meta {
            Meta::List(list) => Some(list.tokens.to_string()),
            _ => None,
        })
        .collect();
    match written.iter().map(String::as_str).find(|repr| *repr != "C") {
        Some("i8" | "u8" | "i16") => Repr::Small,
        Some("i64" | "u32" | "u64" | "isize" | "usize") => Repr::Large,
        _ => Repr::Medium,
    }
}

fn string_values(
    data: &DataEnum,
    settings: &Settings,
    errors: &mut Errors,
) -> Vec<(Ident, String)> {
    let case = settings.case.map_or("snake_case", |(case, _)| case);
    let mut words: Vec<(Ident, String)> = Vec::new();
    for variant in &data.variants {
        let own = rename(variant, errors);
        let at = own
            .as_ref()
            .map_or(SpanRange::one(variant.ident.span()), |own| own.at);
        let word = match own {
            Some(own) => own.value,
            None => written(&variant.ident.unraw().to_string(), case),
        };
        if let Some((first, _)) = words.iter().find(|(_, other)| *other == word) {
            let what = format!("two variants are stored as `{word}`");
            let help = format!(
                "`{first}` already uses this value: rename one of them, `#[column_type(rename = \"…\")]`"
            );
            emit(errors, at, &what, &help);
        }
        if let Some((length, _)) = settings.length
            && word.chars().count() > length as usize
        {
            let what = format!("`{word}` is longer than {length} characters");
            emit(errors, at, &what, "increase `length`, or shorten the value");
        }
        words.push((variant.ident.clone(), word));
    }
    words
}

/// Parses `#[column_type(rename = "…")]` on a variant.
fn rename(variant: &Variant, errors: &mut Errors) -> Option<Text> {
    let mut name = None;
    let mut once = SeenKeys::default();
    for item in items_of(&variant.attrs, "column_type", errors) {
        match item.key() {
            Some(key) if name_of(key) == "rename" => {
                if once.take(key, errors) {
                    name = attribute::text(&item, errors);
                }
            }
            Some(key) => unknown(errors, key, "`#[column_type(…)]` on a variant", &["rename"]),
            None => {
                let at = span_range(&item.tokens());
                let help = "write `rename = \"…\"`";
                emit(errors, at, "unknown variant attribute", help);
            }
        }
    }
    name
}

fn check(kind: &Kind, settings: &Settings, errors: &mut Errors) {
    let has_string_values = matches!(kind, Kind::Strings(..));
    if let (Kind::Newtype(..), Some(kept)) = (kind, &settings.kept) {
        let at = match kept {
            Kept::Integer(at) => Some(*at),
            Kept::Enum(name) => Some(name.at),
            Kept::Text => None,
        };
        let what = "a newtype is stored like its field";
        let at = at.unwrap_or(SpanRange::one(proc_macro2::Span::call_site()));
        emit(
            errors,
            at,
            what,
            "write `type = \"…\"` to choose another column type",
        );
    }
    if let (false, Some((_, at))) = (has_string_values, settings.case) {
        emit(
            errors,
            at,
            "`rename_all` has no effect, because the type has no string values",
            "remove `rename_all`",
        );
    }
    if let (Kind::Numbers(..), Some((_, at))) = (kind, settings.length) {
        emit(
            errors,
            at,
            "an integer can't have a length",
            "remove `length`",
        );
    }
    let named = match kind {
        Kind::Strings(_, Some(name)) => Some(name),
        _ => None,
    };
    let length = settings.length.map(|(_, at)| at);
    let conflict = match (named, &settings.written, length) {
        (Some(_), Some(written), _) => Some(written.at),
        (Some(_), None, Some(at)) | (None, Some(_), Some(at)) => Some(at),
        _ => None,
    };
    if let Some(at) = conflict {
        let what = "the column type is set more than once";
        emit(
            errors,
            at,
            what,
            "keep only one of `enum`, `type` and `length`",
        );
    }
}

/// Writes the SQL type of the enum's integers.
impl ToTokens for Repr {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Repr::Small => quote::quote! { SmallInt },
            Repr::Medium => quote::quote! { Integer },
            Repr::Large => quote::quote! { BigInt },
        });
    }
}
