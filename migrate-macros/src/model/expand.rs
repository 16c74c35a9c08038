//! Generates the constants of a model that the runtime reads.
//!
//! It must not fail: the check has removed everything invalid.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use crate::attribute::{Text, name_of};
use crate::row::{self, RowColumn, RowType};

use super::constraint::{Check, ForeignKey, Index, Key, Part, PartKey, Uniqueness};
use super::default::DefaultValue;
use super::field::Field;
use super::parse::Parsed;
use super::target::{Reference, TargetTable};

/// Generates the trait implementations of a model, together with `registration`.
pub(crate) fn model(model: &Parsed, registration: &TokenStream) -> TokenStream {
    let name = &model.name;
    let table = &model.table.value;
    let fields = model.fields.iter().map(|field| {
        let (field, column) = (name_of(&field.name), &field.column.value);
        quote! { (#field, #column) }
    });
    let key = columns(model, primary_key(model));
    let schema = option(model.schema.as_ref());
    let spec = spec(model);
    let obligations = const_assertions(model);
    let row = row::implement(&row_type(model));
    quote! {
        const _: () = {
            use ::migrate_runtime::__private::model as __m;

            #obligations

            #[automatically_derived]
            impl ::migrate_runtime::model::Model for #name {
                const SCHEMA: ::core::option::Option<&'static str> = #schema;
                const TABLE: &'static str = #table;
                const FIELDS: &'static [(&'static str, &'static str)] = &[#(#fields),*];
                const PRIMARY_KEY: &'static [&'static str] = #key;

                fn describe() -> ::migrate_runtime::model::ModelTable {
                    __SPEC.describe()
                }
            }

            static __SPEC: __m::Spec = #spec;

            #registration
        };

        #row
    }
}

/// Generates the registration of a model.
pub(crate) fn registration(model: &Parsed) -> TokenStream {
    match model.is_managed {
        true => quote! {
            __m::submit! { __m::Registered(&__SPEC) }
        },
        false => TokenStream::new(),
    }
}

fn primary_key(model: &Parsed) -> &[Ident] {
    let key = model.constraints.primary_keys.first();
    key.map(|key| key.fields.as_slice()).unwrap_or_default()
}

/// Returns the row type for the row helpers; without a primary key, a unique constraint identifies rows.
fn row_type(model: &Parsed) -> RowType {
    let uniques = model.constraints.uniques.first();
    let key = match primary_key(model) {
        [] => uniques
            .map(|unique| unique.fields.as_slice())
            .unwrap_or_default(),
        key => key,
    };
    RowType {
        name: model.name.clone(),
        schema: model.schema.as_ref().map(|schema| schema.value.clone()),
        table: model.table.value.clone(),
        key: key
            .iter()
            .map(|field| column(model, field).to_owned())
            .collect(),
        columns: model
            .fields
            .iter()
            .map(|field| RowColumn {
                field: field.name.clone(),
                ty: field.ty.clone(),
                column: field.column.value.clone(),
            })
            .collect(),
        skipped: model.skipped.clone(),
    }
}

fn spec(model: &Parsed) -> TokenStream {
    let schema = option(model.schema.as_ref());
    let table = &model.table.value;
    let renamed_from = option(model.renamed_from.as_ref());
    let comment = option(model.comment.as_ref());
    let options = option(model.options.as_ref());
    let package = crate::directory::own_package();
    let parts = &model.constraints;
    let keys = parts.primary_keys.first().map(|spec| key(model, spec));
    let primary_key = some(keys);
    let columns = model.fields.iter().map(column_spec);
    let uniques = parts.uniques.iter().map(|spec| key(model, spec));
    let indexes = parts.indexes.iter().map(|spec| index(model, spec));
    let checks = parts.checks.iter().map(check);
    let foreign_keys = parts
        .foreign_keys
        .iter()
        .map(|spec| foreign_key(model, spec));
    quote! {
        __m::Spec {
                schema: #schema,
                table: #table,
                renamed_from: #renamed_from,
                comment: #comment,
                options: #options,
                columns: &[#(#columns),*],
                primary_key: #primary_key,
                uniques: &[#(#uniques),*],
                foreign_keys: &[#(#foreign_keys),*],
                checks: &[#(#checks),*],
                indexes: &[#(#indexes),*],
                file: ::core::file!(),
                line: ::core::line!(),
                module: ::core::module_path!(),
                package: #package,
        }
    }
}

fn column_spec(field: &Field) -> TokenStream {
    let kind = &field.ty;
    let name = &field.column.value;
    // The only use of the type, so that the compiler reports an error once, at the field's type.
    let of = quote_spanned! { kind.span() => __m::ColumnSpec::of::<#kind> };
    let mut settings = TokenStream::new();
    let mut set = |key: &str, value: TokenStream| {
        let key = Ident::new(key, Span::call_site());
        settings.extend(quote! { #key: ::core::option::Option::Some(#value), });
    };
    let texts = [
        ("renamed_from", &field.renamed_from),
        ("written", &field.written),
        ("collation", &field.collation),
        ("comment", &field.comment),
    ];
    for (key, text) in texts {
        if let Some(Text { value, .. }) = text {
            set(key, quote! { #value });
        }
    }
    if let Some((length, _)) = field.length {
        set("length", quote! { #length });
    }
    if let Some(default) = &field.default {
        set("default", default_value(&default.value));
    }
    if let Some(generated) = &field.generated {
        let sql = &generated.expression.value;
        set(
            "generated",
            match generated.is_stored {
                true => quote! { __m::GeneratedSpec::Stored(#sql) },
                false => quote! { __m::GeneratedSpec::Virtual(#sql) },
            },
        );
    }
    if let Some((who, _)) = field.identity {
        set(
            "identity",
            match who {
                "always" => quote! { __m::Identity::Always },
                _ => quote! { __m::Identity::ByDefault },
            },
        );
    }
    if field.autoincrement.is_some() {
        settings.extend(quote! { autoincrement: true, });
    }
    quote! { __m::ColumnSpec { #settings ..#of(#name) } }
}

fn default_value(value: &DefaultValue) -> TokenStream {
    match value {
        DefaultValue::Boolean(value) => quote! { __m::DefaultSpec::Boolean(#value) },
        DefaultValue::Integer(number) => quote! { __m::DefaultSpec::Integer(#number) },
        DefaultValue::Real(number) => quote! { __m::DefaultSpec::Real(#number) },
        DefaultValue::Text(text) => quote! { __m::DefaultSpec::Text(#text) },
        DefaultValue::Expression(sql) => quote! { __m::DefaultSpec::Expression(#sql) },
        DefaultValue::Path(path) => {
            quote! { __m::DefaultSpec::Value(|| ::migrate_runtime::v1::Value::from(#path)) }
        }
    }
}

fn key(model: &Parsed, key: &Key) -> TokenStream {
    let name = option(key.name.as_ref());
    let columns = columns(model, &key.fields);
    let deferrable = deferrable(key.deferrable);
    let nulls = nulls(key.nulls_not_distinct);
    quote! { __m::KeySpec { name: #name, columns: #columns, deferrable: #deferrable, nulls: #nulls } }
}

fn index(model: &Parsed, index: &Index) -> TokenStream {
    let name = option(index.name.as_ref());
    let parts = index.parts.iter().map(|spec| part(model, spec));
    let unique = index.uniqueness == Uniqueness::Unique;
    let predicate = option(index.predicate.as_ref());
    let method = option(index.method.as_ref());
    let options = option(index.options.as_ref());
    let include = columns(model, &index.include);
    let nulls = nulls(index.nulls_not_distinct);
    quote! {
        __m::IndexSpec {
            name: #name,
            parts: &[#(#parts),*],
            unique: #unique,
            predicate: #predicate,
            method: #method,
            include: #include,
            options: #options,
            nulls: #nulls,
        }
    }
}

fn part(model: &Parsed, part: &Part) -> TokenStream {
    let key = match &part.key {
        PartKey::Field(field) => {
            let name = column(model, field);
            quote! { __m::PartKey::Column(#name) }
        }
        PartKey::Expression(sql) => quote! { __m::PartKey::Expression(#sql) },
    };
    let descending = part.is_descending;
    let nulls = some(part.nulls.map(|place| match place {
        "first" => quote! { __m::Nulls::First },
        _ => quote! { __m::Nulls::Last },
    }));
    let collation = some(part.collation.as_ref());
    let opclass = some(part.opclass.as_ref());
    let prefix_length = some(part.prefix_length);
    quote! {
        __m::PartSpec {
            key: #key,
            descending: #descending,
            nulls: #nulls,
            collation: #collation,
            opclass: #opclass,
            prefix_length: #prefix_length,
        }
    }
}

fn check(check: &Check) -> TokenStream {
    let name = option(check.name.as_ref());
    let condition = &check.condition.value;
    quote! { __m::CheckSpec { name: #name, condition: #condition } }
}

fn foreign_key(model: &Parsed, key: &ForeignKey) -> TokenStream {
    let reference = &key.reference;
    let (name, schema) = (option(reference.name.as_ref()), schema_of(reference));
    let columns = columns(model, &key.fields);
    let (table, references) = target(reference);
    let action = |action: Option<(&'static str, _)>| {
        some(action.map(|(word, _)| {
            let variant = match word {
                "cascade" => quote! { Cascade },
                "set_null" => quote! { SetNull },
                "set_default" => quote! { SetDefault },
                "restrict" => quote! { Restrict },
                _ => quote! { NoAction },
            };
            quote! { __m::ReferentialAction::#variant }
        }))
    };
    let on_delete = action(reference.on_delete);
    let on_update = action(reference.on_update);
    let deferrable = deferrable(reference.deferrable);
    quote! {
        __m::ForeignKeySpec {
            name: #name,
            columns: #columns,
            schema: #schema,
            table: #table,
            references: #references,
            on_delete: #on_delete,
            on_update: #on_update,
            deferrable: #deferrable,
        }
    }
}

fn schema_of(reference: &Reference) -> TokenStream {
    match (&reference.schema, &reference.table) {
        (Some(Text { value, .. }), _) => quote! { __m::SchemaSpec::Named(#value) },
        (None, TargetTable::Named(_)) => quote! { __m::SchemaSpec::Own },
        (None, TargetTable::Model(path)) => {
            let of = quote_spanned! { path.span() => <#path as ::migrate_runtime::model::Model> };
            quote! { __m::SchemaSpec::OfModel(#of::SCHEMA) }
        }
    }
}

fn target(reference: &Reference) -> (TokenStream, TokenStream) {
    match &reference.table {
        TargetTable::Named(table) => {
            let table = &table.value;
            let columns = reference.columns.iter().map(|column| &column.value);
            (quote! { #table }, quote! { &[#(#columns),*] })
        }
        TargetTable::Model(path) => {
            let of = quote_spanned! { path.span() => <#path as ::migrate_runtime::model::Model> };
            let columns = reference.columns.iter().map(|field| {
                let field = &field.value;
                quote! { __m::column_of(#of::FIELDS, #field) }
            });
            let references = match reference.columns.is_empty() {
                true => quote! { #of::PRIMARY_KEY },
                false => quote! { &[#(#columns),*] },
            };
            (quote! { #of::TABLE }, references)
        }
    }
}

/// Generates assertions that need type information, as constants that do not compile if they fail.
fn const_assertions(model: &Parsed) -> TokenStream {
    let fields = model.fields.iter().map(of_field);
    let foreign_keys = model
        .constraints
        .foreign_keys
        .iter()
        .map(|key| of_reference(model, key));
    quote! { #(#fields)* #(#foreign_keys)* }
}

fn of_field(field: &Field) -> TokenStream {
    let kind = &field.ty;
    let name = &field.column.value;
    let mut tokens = TokenStream::new();
    let mut oblige = |at: Span, condition: TokenStream, message: String| {
        let of = quote_spanned! { kind.span() => <#kind as ::migrate_runtime::model::ColumnType> };
        tokens.extend(quote_spanned! { at =>
            const _: () = ::core::assert!(#of #condition, #message);
        });
    };
    if let Some((_, at)) = field.length {
        let message = format!("column `{name}` does not store text, so it can't have a length");
        oblige(at.first, quote! { ::SHAPE.is_text() }, message);
    }
    let default = field.default.as_ref().filter(|_| field.written.is_none());
    if let Some(default) = default {
        let (shape, what) = match &default.value {
            DefaultValue::Boolean(_) => ("Boolean", "`true` or `false`"),
            DefaultValue::Integer(_) => ("Integer", "an integer"),
            DefaultValue::Real(_) => ("Real", "a decimal number"),
            DefaultValue::Text(_) => ("Text", "a string"),
            DefaultValue::Expression(_) | DefaultValue::Path(_) => return tokens,
        };
        let shape = Ident::new(shape, Span::call_site());
        let condition = quote! { ::SHAPE.takes(::migrate_runtime::model::Shape::#shape) };
        oblige(
            default.at.first,
            condition,
            format!("column `{name}` can't have {what} as its default"),
        );
    }
    tokens
}

fn of_reference(model: &Parsed, key: &ForeignKey) -> TokenStream {
    let mut tokens = TokenStream::new();
    let reference = &key.reference;
    let null = [
        ("on_delete", reference.on_delete),
        ("on_update", reference.on_update),
    ];
    for (event, action) in null {
        let Some(("set_null", at)) = action else {
            continue;
        };
        for field in model
            .fields
            .iter()
            .filter(|field| key.fields.contains(&field.name))
        {
            let kind = &field.ty;
            let message = format!(
                "`{event} = set_null` needs a nullable column: make `{}` an `Option`",
                name_of(&field.name)
            );
            tokens.extend(quote_spanned! { at.first =>
                const _: () = ::core::assert!(<#kind as ::migrate_runtime::model::ColumnType>::NULLABLE, #message);
            });
        }
    }
    let TargetTable::Model(path) = &reference.table else {
        return tokens;
    };
    let other = path
        .segments
        .last()
        .map(|last| last.ident.unraw().to_string());
    let other = other.unwrap_or_default();
    let of = quote_spanned! { path.span() => <#path as ::migrate_runtime::model::Model> };
    for field in &reference.columns {
        let name = &field.value;
        let message = format!("`{other}` has no column field `{name}`");
        tokens.extend(quote_spanned! { field.at.first =>
            const _: () = ::core::assert!(
                __m::has_field(#of::FIELDS, #name),
                #message
            );
        });
    }
    if reference.columns.is_empty() {
        let here = key.fields.len();
        let message = format!(
            "the primary key of `{other}` does not have {here} columns: name the referenced columns, `{other}(…)`"
        );
        tokens.extend(quote_spanned! { reference.at.first =>
            const _: () = ::core::assert!(#of::PRIMARY_KEY.len() == #here, #message);
        });
    }
    tokens
}

fn columns(model: &Parsed, fields: &[Ident]) -> TokenStream {
    let columns = fields.iter().map(|field| column(model, field));
    quote! { &[#(#columns),*] }
}

/// Returns the column of a field; the check has removed fields without one.
fn column<'m>(model: &'m Parsed, field: &Ident) -> &'m str {
    let found = model.fields.iter().find(|other| other.name == *field);
    found.map_or("", |found| &found.column.value)
}

fn deferrable(word: Option<&str>) -> TokenStream {
    match word {
        Some("immediate") => quote! { __m::Deferrable::Immediate },
        Some(_) => quote! { __m::Deferrable::Deferred },
        None => quote! { __m::Deferrable::No },
    }
}

fn nulls(joins: bool) -> TokenStream {
    match joins {
        true => quote! { __m::NullsDistinct::NotDistinct },
        false => quote! { __m::NullsDistinct::Distinct },
    }
}

fn option(text: Option<&Text>) -> TokenStream {
    some(text.map(|text| &text.value))
}

fn some<T: quote::ToTokens>(value: Option<T>) -> TokenStream {
    match value {
        Some(value) => quote! { ::core::option::Option::Some(#value) },
        None => quote! { ::core::option::Option::None },
    }
}
