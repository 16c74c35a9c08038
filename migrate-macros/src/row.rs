//! `#[derive(Row)]`: a struct -> the trait by which the row helpers read and write it.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Expr, Fields, Ident, Lit, LitStr, Token, Type};

use crate::report::{Errors, Extent};

/// A struct whose values are rows of a table: what [`implement`] needs of it.
pub(crate) struct RowType {
    /// The struct.
    pub(crate) name: Ident,
    /// The table.
    pub(crate) table: String,
    /// The columns of the key.
    pub(crate) key: Vec<String>,
    /// The columns, in the order of their fields.
    pub(crate) columns: Vec<RowColumn>,
}

/// A field and its column.
pub(crate) struct RowColumn {
    /// The field.
    pub(crate) field: Ident,
    /// Its type.
    pub(crate) kind: Type,
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
    // Also beside a mistake, so that the compiler does not tell besides that it is no row type.
    tokens.extend(row.as_ref().map(implement));
    tokens
}

/// Writes the trait's implementation.
///
/// The bounds on the fields' types stand behind a lifetime that nobody names: so they are asked where the type is used as
/// a row, and a model with a field that no column's value becomes is still a model.
pub(crate) fn implement(row: &RowType) -> TokenStream {
    let RowType { name, table, .. } = row;
    let columns = row.columns.iter().map(|column| &column.column);
    let key = &row.key;
    let bounds = row.columns.iter().map(|RowColumn { kind, .. }| {
        quote_spanned! { kind.span() => for<'migrate> #kind: ::migrate_runtime::rows::ColumnValue }
    });
    let reads = row.columns.iter().map(|RowColumn { field, .. }| {
        quote! { #field: cells.take()? }
    });
    let writes = row.columns.iter().enumerate().map(|(at, column)| {
        let field = &column.field;
        quote! { #at => ::migrate_runtime::rows::ColumnValue::to_cell(&self.#field) }
    });
    quote! {
        #[automatically_derived]
        impl ::migrate_runtime::rows::Row for #name
        where
            #(#bounds,)*
        {
            const TABLE: &'static str = #table;
            const COLUMNS: &'static [&'static str] = &[#(#columns),*];
            const KEY: &'static [&'static str] = &[#(#key),*];

            fn from_cells(
                cells: &mut ::migrate_runtime::rows::Cells<'_>,
            ) -> ::core::result::Result<Self, ::migrate_runtime::rows::Mismatch> {
                ::core::result::Result::Ok(Self { #(#reads),* })
            }

            fn cell(&self, at: usize) -> ::migrate_runtime::rows::Cell<'_> {
                match at {
                    #(#writes,)*
                    _ => ::migrate_runtime::rows::Cell::Null,
                }
            }
        }
    }
}

fn parse(input: &DeriveInput, errors: &mut Errors) -> Option<RowType> {
    let name = &input.ident;
    if !input.generics.params.is_empty() {
        tell(
            errors,
            input.generics.span(),
            "a row type has no parameters",
            "write the types of its fields out, and own what they hold: `String`, not `&str`",
        );
        return None;
    }
    let attribute = OnStruct::read(&input.attrs, errors);
    let columns = columns(input, errors);
    if attribute.table.is_none() {
        tell(
            errors,
            name.span(),
            &format!("`{name}` does not say which table its rows are of"),
            "write `#[row(table = \"…\", key = \"…\")]` above it",
        );
    }
    let columns = columns?;
    let key = key(name, attribute.key, &columns, errors);
    Some(RowType {
        name: name.clone(),
        table: attribute
            .table
            .map(|table| table.value())
            .unwrap_or_default(),
        key,
        columns,
    })
}

fn key(
    name: &Ident,
    given: Option<Vec<LitStr>>,
    columns: &[RowColumn],
    errors: &mut Errors,
) -> Vec<String> {
    let known = |wanted: &str| columns.iter().any(|column| column.column == wanted);
    let Some(given) = given else {
        if !known("id") {
            tell(
                errors,
                name.span(),
                &format!("`{name}` does not say which columns are the key"),
                "write `#[row(table = \"…\", key = \"…\")]`, with the column of the primary key or several in brackets",
            );
        }
        return vec!["id".to_owned()];
    };
    for column in given.iter().filter(|column| !known(&column.value())) {
        let what = format!("the key `{}` is no column of `{name}`", column.value());
        let help = "add a field for it: rows are told apart by their key";
        tell(errors, column.span(), &what, help);
    }
    given.iter().map(LitStr::value).collect()
}

fn tell(errors: &mut Errors, at: Span, what: &str, help: &str) {
    errors.add(Extent::one(at), what, &[], Some(help));
}

fn columns(input: &DeriveInput, errors: &mut Errors) -> Option<Vec<RowColumn>> {
    let help = "write a struct with a field for each column: `struct UserRow { id: i64, … }`";
    let Data::Struct(data) = &input.data else {
        tell(errors, input.ident.span(), "a row type is a struct", help);
        return None;
    };
    let Fields::Named(fields) = &data.fields else {
        tell(
            errors,
            input.ident.span(),
            "the fields of a row type have names",
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
        let at = given.as_ref().map_or(ident.span(), LitStr::span);
        let column = given.map_or_else(|| ident.unraw().to_string(), |given| given.value());
        if columns.iter().any(|other| other.column == column) {
            let what = format!("column `{column}` stands there twice");
            tell(errors, at, &what, "leave one out");
        }
        columns.push(RowColumn {
            field: ident,
            kind: field.ty.clone(),
            column,
        });
    }
    if columns.is_empty() {
        tell(
            errors,
            input.ident.span(),
            "a row type has a field at least",
            help,
        );
    }
    Some(columns)
}

/// What stands in `#[row(…)]` above the struct.
#[derive(Default)]
struct OnStruct {
    table: Option<LitStr>,
    key: Option<Vec<LitStr>>,
}

impl OnStruct {
    fn read(attributes: &[Attribute], errors: &mut Errors) -> OnStruct {
        let mut read = OnStruct::default();
        for (name, value) in settings(attributes, errors) {
            match name.to_string().as_str() {
                "table" if read.table.is_none() => {
                    read.table = text(&value, errors);
                }
                "key" if read.key.is_none() => {
                    read.key = texts(&value, errors);
                }
                "table" | "key" => tell(
                    errors,
                    name.span(),
                    &format!("`{name}` is given twice"),
                    "leave one out",
                ),
                _ => tell(
                    errors,
                    name.span(),
                    &format!("`{name}` is no key of `#[row(…)]` above a struct"),
                    "the keys are `table` and `key`",
                ),
            }
        }
        read
    }
}

fn on_field(attributes: &[Attribute], errors: &mut Errors) -> Option<LitStr> {
    let mut column = None;
    for (name, value) in settings(attributes, errors) {
        match name.to_string().as_str() {
            "column" if column.is_none() => column = text(&value, errors),
            "column" => tell(
                errors,
                name.span(),
                "`column` is given twice",
                "leave one out",
            ),
            _ => tell(
                errors,
                name.span(),
                &format!("`{name}` is no key of `#[row(…)]` on a field"),
                "the key is `column`",
            ),
        }
    }
    column
}

/// Returns the `name = value` pairs of every `#[row(…)]`.
fn settings(attributes: &[Attribute], errors: &mut Errors) -> Vec<(Ident, Expr)> {
    let mut pairs = Vec::new();
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("row"))
    {
        let parsed = attribute
            .parse_args_with(Punctuated::<syn::MetaNameValue, Token![,]>::parse_terminated);
        match parsed {
            Ok(parsed) => pairs.extend(parsed.into_iter().filter_map(|pair| {
                let name = pair.path.get_ident().cloned();
                if name.is_none() {
                    tell(
                        errors,
                        pair.path.span(),
                        "a key of `#[row(…)]` is one word",
                        "the keys are `table`, `key` and, on a field, `column`",
                    );
                }
                Some((name?, pair.value))
            })),
            Err(error) => tell(
                errors,
                error.span(),
                &format!("`#[row(…)]` can't be read: {error}"),
                "write `#[row(table = \"…\", key = \"…\")]` above a struct, `#[row(column = \"…\")]` on a field",
            ),
        }
    }
    pairs
}

fn text(value: &Expr, errors: &mut Errors) -> Option<LitStr> {
    let literal = match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text),
            _ => None,
        },
        _ => None,
    };
    match literal {
        Some(text) if !text.value().is_empty() => return Some(text.clone()),
        Some(text) => tell(errors, text.span(), "a name is empty", "write the name"),
        None => tell(
            errors,
            value.span(),
            "a name is a text in quotes",
            "write it as \"…\"",
        ),
    }
    None
}

fn texts(value: &Expr, errors: &mut Errors) -> Option<Vec<LitStr>> {
    let Expr::Array(list) = value else {
        return text(value, errors).map(|text| vec![text]);
    };
    if list.elems.is_empty() {
        tell(
            errors,
            value.span(),
            "the key has no columns",
            "name the columns of the primary key",
        );
    }
    let names: Vec<Option<LitStr>> = list.elems.iter().map(|name| text(name, errors)).collect();
    names.into_iter().collect()
}
