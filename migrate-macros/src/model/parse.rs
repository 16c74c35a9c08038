//! Parses the tokens of a struct into [`Parsed`], with spans.
//!
//! It must not interpret them: the check does.

use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields, FieldsNamed, Ident};

use crate::attribute::{self, MetaItem, SeenKeys, Text, emit, items_of, name_of, unknown};
use crate::report::{Errors, SpanRange};

use super::constraint::{Check, Constraints, ForeignKey, Index, Key, Uniqueness};
use super::field::{self, Field, Parts};

/// The contents of a model, as written.
pub(crate) struct Parsed {
    /// The struct.
    pub(crate) name: Ident,
    /// The schema of its table.
    pub(crate) schema: Option<Text>,
    /// Its table.
    pub(crate) table: Text,
    /// The old name of the table.
    pub(crate) renamed_from: Option<Text>,
    /// The table's comment.
    pub(crate) comment: Option<Text>,
    /// The SQL after the columns.
    pub(crate) options: Option<Text>,
    /// Whether revisions create the table.
    pub(crate) is_managed: bool,
    /// The position of `no_primary_key`.
    pub(crate) no_primary_key: Option<SpanRange>,
    /// The fields that are columns.
    pub(crate) fields: Vec<Field>,
    /// The skipped fields.
    pub(crate) skipped: Vec<Ident>,
    /// The constraints and indexes.
    pub(crate) constraints: Constraints,
}

const KEYS: [&str; 13] = [
    "table",
    "schema",
    "renamed_from",
    "comment",
    "options",
    "primary_key",
    "no_primary_key",
    "unique",
    "index",
    "unique_index",
    "check",
    "foreign_key",
    "managed",
];

/// Parses a struct; returns `None` if it can't be a model.
pub(crate) fn model(input: &DeriveInput, errors: &mut Errors) -> Option<Parsed> {
    let fields = named_fields(input, errors)?;
    let name = input.ident.clone();
    let mut parsed = Parsed {
        table: Text {
            value: snake_case(&name.unraw().to_string()),
            at: SpanRange::one(name.span()),
        },
        name,
        schema: None,
        renamed_from: None,
        comment: None,
        options: None,
        is_managed: true,
        no_primary_key: None,
        fields: Vec::new(),
        skipped: Vec::new(),
        constraints: Constraints::default(),
    };
    for field in &fields.named {
        match field::read(field, &mut parsed.constraints, errors) {
            Some(Parts::Column(field)) => parsed.fields.push(*field),
            Some(Parts::Skipped(field)) => parsed.skipped.push(field),
            None => {}
        }
    }
    let mut once = SeenKeys::default();
    for item in items_of(&input.attrs, "model", errors) {
        setting(&item, &mut parsed, &mut once, errors);
    }
    Some(parsed)
}

fn named_fields<'i>(input: &'i DeriveInput, errors: &mut Errors) -> Option<&'i FieldsNamed> {
    let help = "write a struct with a field for each column: `struct User { id: i64, … }`";
    let at = SpanRange::one(input.ident.span());
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Some(fields),
            Fields::Unnamed(_) => {
                let help = "name the fields; for a newtype of a single column, derive `ColumnType`";
                emit(errors, at, "a model needs named fields", help);
                None
            }
            Fields::Unit => {
                emit(errors, at, "a model needs a field for each column", help);
                None
            }
        },
        Data::Enum(_) => {
            let help = "write a struct; for an enum of a single column, derive `ColumnType`";
            emit(errors, at, "a model must be a struct, not an enum", help);
            None
        }
        Data::Union(_) => {
            emit(errors, at, "a model must be a struct, not a union", help);
            None
        }
    };
    if !input.generics.params.is_empty() {
        let at = attribute::span_range(&quote::ToTokens::to_token_stream(&input.generics));
        let help = "use concrete, owned types for the fields: `String`, not `&str`";
        emit(errors, at, "a model can't have generic parameters", help);
        return None;
    }
    fields
}

fn setting(item: &MetaItem, parsed: &mut Parsed, once: &mut SeenKeys, errors: &mut Errors) {
    let Some(key) = item.key() else {
        let help = "write `key = value`, `key(…)` or `key`, with commas between them";
        let at = attribute::span_range(&item.tokens());
        return emit(errors, at, "unknown model attribute", help);
    };
    let name = name_of(key);
    let repeats = ["unique", "index", "unique_index", "check", "foreign_key"];
    if !repeats.contains(&name.as_str()) && !once.take(key, errors) {
        return;
    }
    let constraints = &mut parsed.constraints;
    match name.as_str() {
        "table" => {
            if let Some(table) = attribute::database_name(item, errors) {
                parsed.table = table;
            }
        }
        "schema" => parsed.schema = attribute::database_name(item, errors),
        "renamed_from" => parsed.renamed_from = attribute::database_name(item, errors),
        "comment" => parsed.comment = attribute::text(item, errors),
        "options" => parsed.options = attribute::text(item, errors),
        "managed" => parsed.is_managed = attribute::parse_bool(item, errors).unwrap_or(true),
        "no_primary_key" => {
            if attribute::flag(item, errors) {
                parsed.no_primary_key = Some(SpanRange::one(key.span()));
            }
        }
        "primary_key" => constraints
            .primary_keys
            .extend(Key::read(item, None, errors)),
        "unique" => constraints.uniques.extend(Key::read(item, None, errors)),
        "index" => {
            let index = Index::read(item, None, Uniqueness::Any, errors);
            constraints.indexes.extend(index);
        }
        "unique_index" => {
            let index = Index::read(item, None, Uniqueness::Unique, errors);
            constraints.indexes.extend(index);
        }
        "check" => constraints.checks.extend(Check::read(item, errors)),
        "foreign_key" => constraints
            .foreign_keys
            .extend(ForeignKey::read(item, errors)),
        _ => unknown(errors, key, "`#[model(…)]` above a struct", &KEYS),
    }
}

/// Converts the name of a type to the name of a table: `UserRole` to `user_role`, `HTTPServer` to `http_server`.
pub(crate) fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let after = letters.get(at + 1);
        let begins_a_word = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_numeric()
                    || (before.is_uppercase() && after.is_some_and(|after| after.is_lowercase()))
            });
        if begins_a_word {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_named_after_its_struct() {
        for (name, table) in [
            ("User", "user"),
            ("UserRole", "user_role"),
            ("HTTPServer", "http_server"),
            ("Page2Link", "page2_link"),
            ("A", "a"),
        ] {
            assert_eq!(snake_case(name), table);
        }
    }
}
