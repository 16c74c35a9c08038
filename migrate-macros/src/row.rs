//! Implements `#[derive(Row)]`: generates the trait that the row helpers use to read and write a struct.
//!
//! It must not check field types; the compiler does.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Fields, Ident, Type};

use crate::attribute::{
    self, MetaItem, SeenKeys, Text, items_in, items_of, name_of, span_range, unknown,
};
use crate::report::{Errors, SpanRange};

/// A row type: the input of [`implement`].
pub(crate) struct RowType {
    /// The struct.
    pub(crate) name: Ident,
    /// The schema of the table, where one is said.
    pub(crate) schema: Option<String>,
    /// The table.
    pub(crate) table: String,
    /// The columns of the key.
    pub(crate) key: Vec<String>,
    /// The columns, in the order of their fields.
    pub(crate) columns: Vec<RowColumn>,
    /// The fields without a column, which get their default when a row is read.
    pub(crate) skipped: Vec<Ident>,
}

/// A field and its column.
pub(crate) struct RowColumn {
    /// The field.
    pub(crate) field: Ident,
    /// Its type.
    pub(crate) ty: Type,
    /// The column.
    pub(crate) column: String,
}

/// Parses, checks and expands one `derive(Row)`.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let row = parse(&input, &mut errors);
    let mut tokens = errors.into_tokens();
    // Also with an error, so that the compiler does not also report that it is not a row type.
    tokens.extend(row.as_ref().map(implement));
    tokens
}

/// Generates the implementation of the trait.
///
/// The bounds on the fields' types use an otherwise unused lifetime. So the compiler checks them only where the type is
/// used as a row, and a model can have a field whose type is not a column value.
pub(crate) fn implement(row: &RowType) -> TokenStream {
    let RowType { name, table, .. } = row;
    let schema = row.schema.as_ref().map(|schema| {
        quote! {
            const SCHEMA: ::core::option::Option<&'static str> = ::core::option::Option::Some(#schema);
        }
    });
    let columns = row.columns.iter().map(|column| &column.column);
    let key = &row.key;
    let bounds = row.columns.iter().map(|RowColumn { ty: kind, .. }| {
        quote_spanned! { kind.span() => for<'migrate> #kind: ::migrate_runtime::rows::ColumnValue }
    });
    let reads = row.columns.iter().map(|RowColumn { field, .. }| {
        quote! { #field: reader.take()? }
    });
    let writes = row.columns.iter().enumerate().map(|(at, column)| {
        let field = &column.field;
        quote! { #at => ::migrate_runtime::rows::ColumnValue::to_value_ref(&self.#field) }
    });
    let skipped = row.skipped.iter().map(|field| {
        quote_spanned! { field.span() => #field: ::core::default::Default::default() }
    });
    quote! {
        #[automatically_derived]
        impl ::migrate_runtime::rows::Row for #name
        where
            #(#bounds,)*
        {
            #schema
            const TABLE: &'static str = #table;
            const COLUMNS: &'static [&'static str] = &[#(#columns),*];
            const KEY: &'static [&'static str] = &[#(#key),*];

            fn from_reader(
                reader: &mut ::migrate_runtime::rows::RowReader<'_>,
            ) -> ::core::result::Result<Self, ::migrate_runtime::rows::TypeMismatch> {
                ::core::result::Result::Ok(Self { #(#reads,)* #(#skipped,)* })
            }

            fn value_ref(&self, at: usize) -> ::migrate_runtime::rows::ValueRef<'_> {
                match at {
                    #(#writes,)*
                    _ => ::migrate_runtime::rows::ValueRef::Null,
                }
            }
        }
    }
}

fn parse(input: &DeriveInput, errors: &mut Errors) -> Option<RowType> {
    let name = &input.ident;
    if !input.generics.params.is_empty() {
        emit(
            errors,
            input.generics.span(),
            "a row type can't have generic parameters",
            "use concrete, owned types for the fields: `String`, not `&str`",
        );
        return None;
    }
    let attribute = OnStruct::read(&input.attrs, errors);
    let columns = columns(input, errors);
    if attribute.table.is_none() {
        emit(
            errors,
            name.span(),
            &format!("`{name}` does not name its table"),
            "write `#[row(table = \"…\", key = \"…\")]` above it",
        );
    }
    let columns = columns?;
    let key = key(name, attribute.key, &columns, errors);
    Some(RowType {
        name: name.clone(),
        schema: attribute.schema.map(|schema| schema.value),
        table: attribute.table.map(|table| table.value).unwrap_or_default(),
        key,
        columns,
        skipped: Vec::new(),
    })
}

fn key(
    name: &Ident,
    given: Option<Vec<Text>>,
    columns: &[RowColumn],
    errors: &mut Errors,
) -> Vec<String> {
    let known = |name: &str| columns.iter().any(|column| column.column == name);
    let Some(given) = given else {
        if !known("id") {
            emit(
                errors,
                name.span(),
                &format!("`{name}` does not name its key columns"),
                "write `#[row(table = \"…\", key = \"…\")]`, with the primary key column, or a list of columns in brackets",
            );
        }
        return vec!["id".to_owned()];
    };
    for column in given.iter().filter(|column| !known(&column.value)) {
        let what = format!("the key `{}` is not a column of `{name}`", column.value);
        let help = "add a field for it, because rows are identified by their key";
        attribute::emit(errors, column.at, &what, help);
    }
    given.into_iter().map(|column| column.value).collect()
}

fn emit(errors: &mut Errors, at: Span, what: &str, help: &str) {
    errors.add(SpanRange::one(at), what, &[], Some(help));
}

fn columns(input: &DeriveInput, errors: &mut Errors) -> Option<Vec<RowColumn>> {
    let help = "write a struct with a field for each column: `struct UserRow { id: i64, … }`";
    let Data::Struct(data) = &input.data else {
        emit(
            errors,
            input.ident.span(),
            "a row type must be a struct",
            help,
        );
        return None;
    };
    let Fields::Named(fields) = &data.fields else {
        emit(
            errors,
            input.ident.span(),
            "a row type needs named fields",
            help,
        );
        return None;
    };
    let mut columns: Vec<RowColumn> = Vec::new();
    for field in &fields.named {
        let Some(ident) = field.ident.clone() else {
            continue;
        };
        let given = on_field(&field.attrs, errors);
        let at = given
            .as_ref()
            .map_or(SpanRange::one(ident.span()), |given| given.at);
        let column = given.map_or_else(|| ident.unraw().to_string(), |given| given.value);
        if columns.iter().any(|other| other.column == column) {
            let what = format!("duplicate column `{column}`");
            attribute::emit(errors, at, &what, "remove one of them");
        }
        columns.push(RowColumn {
            field: ident,
            ty: field.ty.clone(),
            column,
        });
    }
    if columns.is_empty() {
        emit(
            errors,
            input.ident.span(),
            "a row type needs at least one field",
            help,
        );
    }
    Some(columns)
}

/// The options in `#[row(…)]` above the struct.
#[derive(Default)]
struct OnStruct {
    schema: Option<Text>,
    table: Option<Text>,
    key: Option<Vec<Text>>,
}

impl OnStruct {
    fn read(attributes: &[Attribute], errors: &mut Errors) -> OnStruct {
        let mut read = OnStruct::default();
        let mut once = SeenKeys::default();
        for item in items_of(attributes, "row", errors) {
            let Some(key) = new_key(&item, &mut once, errors) else {
                continue;
            };
            match name_of(key).as_str() {
                "table" => read.table = attribute::text(&item, errors),
                "schema" => read.schema = attribute::database_name(&item, errors),
                "key" => read.key = texts(&item, errors),
                _ => unknown(
                    errors,
                    key,
                    "`#[row(…)]` above a struct",
                    &["table", "schema", "key"],
                ),
            }
        }
        read
    }
}

fn on_field(attributes: &[Attribute], errors: &mut Errors) -> Option<Text> {
    let mut column = None;
    let mut once = SeenKeys::default();
    for item in items_of(attributes, "row", errors) {
        let Some(key) = new_key(&item, &mut once, errors) else {
            continue;
        };
        match name_of(key).as_str() {
            "column" => column = attribute::text(&item, errors),
            _ => unknown(errors, key, "`#[row(…)]` on a field", &["column"]),
        }
    }
    column
}

/// Returns the key of an item, if it is not a duplicate.
fn new_key<'i>(item: &'i MetaItem, once: &mut SeenKeys, errors: &mut Errors) -> Option<&'i Ident> {
    let Some(key) = item.key() else {
        let help = "write `#[row(table = \"…\", key = \"…\")]` above a struct, `#[row(column = \"…\")]` on a field";
        attribute::emit(
            errors,
            span_range(&item.tokens()),
            "unknown row type attribute",
            help,
        );
        return None;
    };
    once.take(key, errors).then_some(key)
}

/// Parses `key = "…"` and `key = ["…", "…"]`.
fn texts(item: &MetaItem, errors: &mut Errors) -> Option<Vec<Text>> {
    let list = match item {
        MetaItem::NameValue(_, value) => value.clone().into_iter().next(),
        _ => None,
    };
    let Some(TokenTree::Group(list)) = list else {
        return attribute::text(item, errors).map(|text| vec![text]);
    };
    let names = items_in(list.stream());
    if names.is_empty() {
        let at = SpanRange::one(list.span());
        attribute::emit(
            errors,
            at,
            "the key has no columns",
            "list the columns of the primary key",
        );
        return None;
    }
    let read = |name: &MetaItem| attribute::quoted_text(&name.tokens(), errors);
    let names: Vec<Option<Text>> = names.iter().map(read).collect();
    names.into_iter().collect()
}
