//! A struct's tokens -> what is written in them.

use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields, FieldsNamed, Ident};

use crate::attribute::{self, Item, Once, Text, items_of, name_of, tell, unknown};
use crate::report::{Errors, Extent};

use super::constraint::{Check, Constraints, ForeignKey, Index, Key, Uniqueness};
use super::field::{self, Field, Parts};

/// What is written in a model.
pub(crate) struct Parsed {
    /// The struct.
    pub(crate) name: Ident,
    /// Its table.
    pub(crate) table: Text,
    /// The table's name before.
    pub(crate) was: Option<Text>,
    /// The table's comment.
    pub(crate) comment: Option<Text>,
    /// What stands after the columns.
    pub(crate) options: Option<Text>,
    /// Whether revisions are to make the table.
    pub(crate) is_managed: bool,
    /// Where it says that there is no primary key.
    pub(crate) keyless: Option<Extent>,
    /// The fields that are columns.
    pub(crate) fields: Vec<Field>,
    /// The fields that are none.
    pub(crate) skipped: Vec<Ident>,
    /// What is over several columns, or could be.
    pub(crate) constraints: Constraints,
}

const KEYS: [&str; 12] = [
    "table",
    "was",
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

/// Reads a struct; nothing where it can't be a model at all.
pub(crate) fn model(input: &DeriveInput, errors: &mut Errors) -> Option<Parsed> {
    let fields = named_fields(input, errors)?;
    let name = input.ident.clone();
    let mut parsed = Parsed {
        table: Text {
            value: snake_case(&name.unraw().to_string()),
            at: Extent::one(name.span()),
        },
        name,
        was: None,
        comment: None,
        options: None,
        is_managed: true,
        keyless: None,
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
    let mut once = Once::default();
    for item in items_of(&input.attrs, "model", errors) {
        setting(&item, &mut parsed, &mut once, errors);
    }
    Some(parsed)
}

fn named_fields<'i>(input: &'i DeriveInput, errors: &mut Errors) -> Option<&'i FieldsNamed> {
    let help = "write a struct with a field for each column: `struct User { id: i64, … }`";
    let at = Extent::one(input.ident.span());
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Some(fields),
            Fields::Unnamed(_) => {
                let help = "name the fields; a newtype for one column derives `ColumnType`";
                tell(errors, at, "the fields of a model have names", help);
                None
            }
            Fields::Unit => {
                tell(errors, at, "a model has a field for each column", help);
                None
            }
        },
        Data::Enum(_) => {
            let help = "write a struct; an enum for one column derives `ColumnType`";
            tell(errors, at, "a model is a struct, and not an enum", help);
            None
        }
        Data::Union(_) => {
            tell(errors, at, "a model is a struct, and not a union", help);
            None
        }
    };
    if !input.generics.params.is_empty() {
        let at = attribute::extent(&quote::ToTokens::to_token_stream(&input.generics));
        let help =
            "write the types of its fields out, and own what they hold: `String`, not `&str`";
        tell(errors, at, "a model has no parameters", help);
        return None;
    }
    fields
}

fn setting(item: &Item, parsed: &mut Parsed, once: &mut Once, errors: &mut Errors) {
    let Some(key) = item.key() else {
        let help = "write `key = value`, `key(…)` or `key`, with commas between them";
        let at = attribute::extent(&item.tokens());
        return tell(errors, at, "this is no setting of a model", help);
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
        "was" => parsed.was = attribute::database_name(item, errors),
        "comment" => parsed.comment = attribute::text(item, errors),
        "options" => parsed.options = attribute::text(item, errors),
        "managed" => parsed.is_managed = attribute::truth(item, errors).unwrap_or(true),
        "no_primary_key" => {
            if attribute::flag(item, errors) {
                parsed.keyless = Some(Extent::one(key.span()));
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

/// Returns a type's name as a table's: `UserRole` is `user_role`, `HTTPServer` is `http_server`.
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
    fn a_table_is_called_like_its_struct() {
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
