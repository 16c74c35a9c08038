//! Parses the tokens of a [`Field`] of a model: its column and the constraints on it.
//!
//! It must not look at other fields.

use syn::ext::IdentExt;
use syn::{Ident, Type};

use crate::attribute::{
    self, MetaItem, SeenKeys, Text, emit, items_in, items_of, name_of, span_range, unknown,
};
use crate::report::{Errors, SpanRange};

use super::constraint::{Check, Constraints, ForeignKey, Index, Key, Uniqueness};
use super::default::Default;
use super::target::Reference;

/// A field that is a column.
pub(crate) struct Field {
    /// The field.
    pub(crate) name: Ident,
    /// Its type.
    pub(crate) ty: Type,
    /// The column.
    pub(crate) column: Text,
    /// The old name of the column.
    pub(crate) renamed_from: Option<Text>,
    /// The explicit SQL type.
    pub(crate) written: Option<Text>,
    /// The maximum length of its text.
    pub(crate) length: Option<(u32, SpanRange)>,
    /// The default value.
    pub(crate) default: Option<Default>,
    /// The collation.
    pub(crate) collation: Option<Text>,
    /// The comment.
    pub(crate) comment: Option<Text>,
    /// The expression of a generated column.
    pub(crate) generated: Option<Generated>,
    /// The kind of identity column: `always` or `by_default`.
    pub(crate) identity: Option<(&'static str, SpanRange)>,
    /// The position of `autoincrement`.
    pub(crate) autoincrement: Option<SpanRange>,
}

/// A generated column.
pub(crate) struct Generated {
    /// The SQL expression.
    pub(crate) expression: Text,
    /// Whether its value is stored.
    pub(crate) is_stored: bool,
}

/// A field, or a skipped one.
pub(crate) enum Parts {
    /// A column.
    Column(Box<Field>),
    /// A skipped field.
    Skipped(Ident),
}

const KEYS: [&str; 17] = [
    "column",
    "type",
    "length",
    "primary_key",
    "unique",
    "index",
    "unique_index",
    "references",
    "check",
    "default",
    "generated",
    "identity",
    "autoincrement",
    "collation",
    "comment",
    "renamed_from",
    "skip",
];

/// Parses a field, and adds the constraints on its column to `constraints`.
pub(crate) fn read(
    field: &syn::Field,
    constraints: &mut Constraints,
    errors: &mut Errors,
) -> Option<Parts> {
    let name = field.ident.clone()?;
    let items = items_of(&field.attrs, "model", errors);
    if let Some(skip) = items.iter().find(|item| is_key(item, "skip")) {
        return skipped(name, skip, &items, errors);
    }
    let mut read = Field {
        column: Text {
            value: name.unraw().to_string(),
            at: SpanRange::one(name.span()),
        },
        name,
        ty: field.ty.clone(),
        renamed_from: None,
        written: None,
        length: None,
        default: None,
        collation: None,
        comment: None,
        generated: None,
        identity: None,
        autoincrement: None,
    };
    let mut once = SeenKeys::default();
    for item in &items {
        setting(item, &mut read, constraints, &mut once, errors);
    }
    Some(Parts::Column(Box::new(read)))
}

fn is_key(item: &MetaItem, name: &str) -> bool {
    item.key().is_some_and(|key| name_of(key) == name)
}

fn skipped(name: Ident, skip: &MetaItem, items: &[MetaItem], errors: &mut Errors) -> Option<Parts> {
    attribute::flag(skip, errors);
    for item in items.iter().filter(|item| !is_key(item, "skip")) {
        let at = span_range(&item.tokens());
        let help = "remove it, or remove `skip`";
        emit(errors, at, "a skipped field is not a column", help);
    }
    Some(Parts::Skipped(name))
}

fn setting(
    item: &MetaItem,
    field: &mut Field,
    constraints: &mut Constraints,
    once: &mut SeenKeys,
    errors: &mut Errors,
) {
    let Some(key) = item.key() else {
        let help = "write `key = value`, `key(…)` or `key`, with commas between them";
        let at = span_range(&item.tokens());
        return emit(errors, at, "unknown column attribute", help);
    };
    let name = name_of(key);
    let repeats = ["index", "unique_index", "check"];
    if !repeats.contains(&name.as_str()) && !once.take(key, errors) {
        return;
    }
    if constraint(&name, item, field, constraints, errors) {
        return;
    }
    match name.as_str() {
        "column" => {
            if let Some(column) = attribute::database_name(item, errors) {
                field.column = column;
            }
        }
        "type" => field.written = attribute::text(item, errors),
        "length" => {
            let at = SpanRange::one(key.span());
            field.length = attribute::number(item, errors).map(|length| (length, at));
        }
        "default" => field.default = Default::read(item, errors),
        "generated" => field.generated = generated(item, errors),
        "identity" => field.identity = identity(item, key, errors),
        "autoincrement" => {
            let at = SpanRange::one(key.span());
            field.autoincrement = attribute::flag(item, errors).then_some(at);
        }
        "collation" => field.collation = attribute::text(item, errors),
        "comment" => field.comment = attribute::text(item, errors),
        "renamed_from" => field.renamed_from = attribute::database_name(item, errors),
        _ => unknown(errors, key, "`#[model(…)]` on a field", &KEYS),
    }
}

/// Parses an option that is also allowed above the struct.
fn constraint(
    name: &str,
    item: &MetaItem,
    field: &Field,
    constraints: &mut Constraints,
    errors: &mut Errors,
) -> bool {
    let own = Some(&field.name);
    match name {
        "primary_key" => constraints
            .primary_keys
            .extend(Key::read(item, own, errors)),
        "unique" => constraints.uniques.extend(Key::read(item, own, errors)),
        "index" => {
            let index = Index::read(item, own, Uniqueness::Any, errors);
            constraints.indexes.extend(index);
        }
        "unique_index" => {
            let index = Index::read(item, own, Uniqueness::Unique, errors);
            constraints.indexes.extend(index);
        }
        "check" => constraints.checks.extend(Check::read(item, errors)),
        "references" => {
            let fields = vec![field.name.clone()];
            let reference = Reference::read(item, errors);
            let key = reference.map(|reference| ForeignKey::new(fields, reference));
            constraints.foreign_keys.extend(key);
        }
        _ => return false,
    }
    true
}

fn identity(
    item: &MetaItem,
    key: &Ident,
    errors: &mut Errors,
) -> Option<(&'static str, SpanRange)> {
    let at = SpanRange::one(key.span());
    match item {
        MetaItem::Path(_) => Some(("by_default", at)),
        item => Some((
            attribute::word(item, &["by_default", "always"], errors)?,
            at,
        )),
    }
}

/// Parses `generated = "…"` and `generated("…", stored)`.
fn generated(item: &MetaItem, errors: &mut Errors) -> Option<Generated> {
    let MetaItem::List(key, inside) = item else {
        let expression = attribute::text(item, errors)?;
        return Some(Generated {
            expression,
            is_stored: false,
        });
    };
    let items = items_in(inside.stream());
    let example = "write `generated(\"price * amount\", stored)`";
    let (expression, rest) = match items.split_first() {
        Some((MetaItem::Other(tokens), rest)) => (attribute::quoted_text(tokens, errors)?, rest),
        _ => {
            let at = SpanRange::one(key.span());
            emit(
                errors,
                at,
                "a generated column needs an expression",
                example,
            );
            return None;
        }
    };
    let is_stored = match rest {
        [] => false,
        [MetaItem::Path(word)] if word == "stored" => true,
        [MetaItem::Path(word)] if word == "virtual" => false,
        [other, ..] => {
            let what = "a generated column must be `stored` or `virtual`";
            emit(errors, span_range(&other.tokens()), what, example);
            return None;
        }
    };
    Some(Generated {
        expression,
        is_stored,
    })
}
