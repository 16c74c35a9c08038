//! Parses the [`Constraints`] of a model: keys, indexes, checks and foreign keys.
//!
//! It must not check that the named fields exist.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::LitInt;

use crate::attribute::{
    self, MetaItem, SeenKeys, Text, emit, items_in, name_of, span_range, unknown,
};
use crate::report::{Errors, SpanRange};

use super::target::{Reference, deferrable};

/// The keys, indexes, checks and foreign keys of a model, in the order they are written.
#[derive(Default)]
pub(crate) struct Constraints {
    /// The primary keys; more than one is an error.
    pub(crate) primary_keys: Vec<Key>,
    /// The unique constraints.
    pub(crate) uniques: Vec<Key>,
    /// The indexes.
    pub(crate) indexes: Vec<Index>,
    /// The checks.
    pub(crate) checks: Vec<Check>,
    /// The foreign keys.
    pub(crate) foreign_keys: Vec<ForeignKey>,
}

/// A primary key or a unique constraint.
pub(crate) struct Key {
    /// Its position.
    pub(crate) at: SpanRange,
    /// Its name.
    pub(crate) name: Option<Text>,
    /// Its fields.
    pub(crate) fields: Vec<Ident>,
    /// The time of the check, if it is deferrable.
    pub(crate) deferrable: Option<&'static str>,
    /// Whether two NULLs are equal.
    pub(crate) nulls_not_distinct: bool,
}

/// An index.
pub(crate) struct Index {
    /// Its name.
    pub(crate) name: Option<Text>,
    /// Its parts.
    pub(crate) parts: Vec<Part>,
    /// Whether it is unique.
    pub(crate) uniqueness: Uniqueness,
    /// The predicate of a partial index.
    pub(crate) predicate: Option<Text>,
    /// The index method.
    pub(crate) method: Option<Text>,
    /// The included fields.
    pub(crate) include: Vec<Ident>,
    /// The SQL after the parts.
    pub(crate) options: Option<Text>,
    /// Whether two NULLs are equal.
    pub(crate) nulls_not_distinct: bool,
}

/// The uniqueness of an index.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Uniqueness {
    /// The index allows duplicate values.
    Any,
    /// The index rejects duplicate values.
    Unique,
}

/// A part of an index.
pub(crate) struct Part {
    /// The field or expression.
    pub(crate) key: PartKey,
    /// Whether the order is descending.
    pub(crate) is_descending: bool,
    /// The position of NULL: `first` or `last`.
    pub(crate) nulls: Option<&'static str>,
    /// The collation.
    pub(crate) collation: Option<String>,
    /// The operator class.
    pub(crate) opclass: Option<String>,
    /// The prefix length in characters.
    pub(crate) prefix_length: Option<u32>,
}

/// The key of an index part.
pub(crate) enum PartKey {
    /// A field.
    Field(Ident),
    /// An SQL expression.
    Expression(String),
}

/// A check.
pub(crate) struct Check {
    /// Its name.
    pub(crate) name: Option<Text>,
    /// The condition.
    pub(crate) condition: Text,
}

/// A foreign key.
pub(crate) struct ForeignKey {
    /// Its fields.
    pub(crate) fields: Vec<Ident>,
    /// The referenced columns and the actions.
    pub(crate) reference: Reference,
}

impl Key {
    /// Parses `primary_key` or `unique`, on the field `own` or above the struct.
    pub(crate) fn read(item: &MetaItem, own: Option<&Ident>, errors: &mut Errors) -> Option<Key> {
        let key = item.key()?;
        let of = format!("`{}(…)`", name_of(key));
        let mut read = Key {
            at: SpanRange::one(key.span()),
            name: None,
            fields: own.cloned().into_iter().collect(),
            deferrable: None,
            nulls_not_distinct: false,
        };
        let mut once = SeenKeys::default();
        for item in inside(item, own, errors)? {
            match &item {
                MetaItem::Path(field) if own.is_none() => read.fields.push(field.clone()),
                MetaItem::NameValue(key, _) if once.take(key, errors) => {
                    match name_of(key).as_str() {
                        "name" => read.name = attribute::database_name(&item, errors),
                        "deferrable" => read.deferrable = deferrable(&item, errors),
                        "nulls" => read.nulls_not_distinct = nulls_not_distinct(&item, errors),
                        _ => unknown(errors, key, &of, &["name", "deferrable", "nulls"]),
                    }
                }
                MetaItem::NameValue(..) => {}
                _ => no_field(&item, own, &of, errors),
            }
        }
        has_fields(&read.fields, key, errors).then_some(read)
    }
}

impl Index {
    /// Parses `index` or `unique_index`, on the field `own` or above the struct.
    pub(crate) fn read(
        item: &MetaItem,
        own: Option<&Ident>,
        uniqueness: Uniqueness,
        errors: &mut Errors,
    ) -> Option<Index> {
        const KEYS: [&str; 6] = ["name", "predicate", "using", "include", "options", "nulls"];
        let key = item.key()?;
        let of = format!("`{}(…)`", name_of(key));
        let mut read = Index {
            name: None,
            parts: own
                .map(|own| Part::of(PartKey::Field(own.clone())))
                .into_iter()
                .collect(),
            uniqueness,
            predicate: None,
            method: None,
            include: Vec::new(),
            options: None,
            nulls_not_distinct: false,
        };
        let mut once = SeenKeys::default();
        for item in inside(item, own, errors)? {
            match &item {
                MetaItem::NameValue(key, _) | MetaItem::List(key, _) => {
                    if !once.take(key, errors) {
                        continue;
                    }
                    match name_of(key).as_str() {
                        "name" => read.name = attribute::database_name(&item, errors),
                        "predicate" => read.predicate = attribute::text(&item, errors),
                        "using" => read.method = attribute::text(&item, errors),
                        "options" => read.options = attribute::text(&item, errors),
                        "nulls" => read.nulls_not_distinct = nulls_not_distinct(&item, errors),
                        "include" => read.include = include(&item, errors),
                        _ => unknown(errors, key, &of, &KEYS),
                    }
                }
                _ => match (&mut read.parts[..], own) {
                    ([part], Some(_)) => part.modify(item.tokens(), errors)?,
                    _ => read.parts.push(Part::read(item.tokens(), errors)?),
                },
            }
        }
        if read.nulls_not_distinct && uniqueness == Uniqueness::Any {
            let what = "`nulls` is allowed only on a unique index";
            emit(
                errors,
                SpanRange::one(key.span()),
                what,
                "write `unique_index(…)`",
            );
        }
        let is_empty = read.parts.is_empty();
        if is_empty {
            emit_empty(key, errors);
        }
        (!is_empty).then_some(read)
    }
}

impl Part {
    fn of(key: PartKey) -> Part {
        Part {
            key,
            is_descending: false,
            nulls: None,
            collation: None,
            opclass: None,
            prefix_length: None,
        }
    }

    /// Parses `field desc nulls last collate "C"`, or an SQL expression in quotes instead of the field.
    fn read(tokens: TokenStream, errors: &mut Errors) -> Option<Part> {
        let mut rest: Vec<TokenTree> = tokens.into_iter().collect();
        let first = rest.remove(0);
        let key = match &first {
            TokenTree::Ident(field) => PartKey::Field(field.clone()),
            other => PartKey::Expression(
                attribute::quoted_text(&TokenStream::from(other.clone()), errors)?.value,
            ),
        };
        let mut part = Part::of(key);
        part.modify(rest.into_iter().collect(), errors)?;
        Some(part)
    }

    /// Parses the options after the field.
    fn modify(&mut self, tokens: TokenStream, errors: &mut Errors) -> Option<()> {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rest = tokens.as_slice();
        while let Some((first, behind)) = rest.split_first() {
            let word = match first {
                TokenTree::Ident(word) => word.to_string(),
                _ => String::new(),
            };
            let argument = behind.first();
            let value = argument.map(ToString::to_string);
            let text = argument.and_then(|token| {
                syn::parse2::<syn::LitStr>(TokenStream::from(token.clone())).ok()
            });
            rest = behind.get(1..).unwrap_or_default();
            match (word.as_str(), value.as_deref(), text) {
                ("asc", ..) => rest = behind,
                ("desc", ..) => {
                    self.is_descending = true;
                    rest = behind;
                }
                ("nulls", Some("first"), _) => self.nulls = Some("first"),
                ("nulls", Some("last"), _) => self.nulls = Some("last"),
                ("collate", _, Some(name)) => self.collation = Some(name.value()),
                ("opclass", _, Some(name)) => self.opclass = Some(name.value()),
                ("prefix_length", Some(_), None) => {
                    self.prefix_length = Some(prefix_length(argument?, errors)?)
                }
                _ => {
                    let help = "write `desc`, `nulls first`, `nulls last`, `collate \"…\"`, `opclass \"…\"` or `prefix_length 10` after \
                                the column, and commas between columns";
                    let what = "unknown index option";
                    emit(errors, SpanRange::one(first.span()), what, help);
                    return None;
                }
            }
        }
        Some(())
    }
}

impl Check {
    /// Parses `check = "…"` and `check("…", name = "…")`.
    pub(crate) fn read(item: &MetaItem, errors: &mut Errors) -> Option<Check> {
        let MetaItem::List(key, inside) = item else {
            let condition = attribute::text(item, errors)?;
            return Some(Check {
                name: None,
                condition,
            });
        };
        let items = items_in(inside.stream());
        let Some((MetaItem::Other(condition), rest)) = items.split_first() else {
            let help = "write `check(\"price >= 0\", name = \"price_is_positive\")`";
            let at = SpanRange::one(key.span());
            emit(errors, at, "a check needs a condition in quotes", help);
            return None;
        };
        let condition = attribute::quoted_text(condition, errors)?;
        let mut name = None;
        let mut once = SeenKeys::default();
        for item in rest {
            match item {
                MetaItem::NameValue(key, _) if name_of(key) == "name" => {
                    if once.take(key, errors) {
                        name = attribute::database_name(item, errors);
                    }
                }
                other => match other.key() {
                    Some(key) => unknown(errors, key, "`check(…)`", &["name"]),
                    None => {
                        let help = "write a `check(…)` for each condition";
                        let at = span_range(&other.tokens());
                        emit(errors, at, "a check can have only one condition", help);
                    }
                },
            }
        }
        Some(Check { name, condition })
    }
}

impl ForeignKey {
    /// Creates a foreign key of these fields.
    pub(crate) fn new(fields: Vec<Ident>, reference: Reference) -> ForeignKey {
        ForeignKey { fields, reference }
    }

    /// Parses `foreign_key(a, b, references(…))`.
    pub(crate) fn read(item: &MetaItem, errors: &mut Errors) -> Option<ForeignKey> {
        let key = item.key()?;
        let mut fields = Vec::new();
        let mut references = Vec::new();
        for item in inside(item, None, errors)? {
            match &item {
                MetaItem::Path(field) => fields.push(field.clone()),
                MetaItem::List(key, _) if name_of(key) == "references" => {
                    references.push(Reference::read(&item, errors)?);
                }
                other => match other.key() {
                    Some(key) => unknown(errors, key, "`foreign_key(…)`", &["references"]),
                    None => no_field(other, None, "`foreign_key(…)`", errors),
                },
            }
        }
        let has_fields = has_fields(&fields, key, errors);
        let [_] = references[..] else {
            let help = "write `foreign_key(a, b, references(Other(a, b)))`";
            let at = SpanRange::one(key.span());
            emit(
                errors,
                at,
                "a foreign key needs exactly one `references(…)`",
                help,
            );
            return None;
        };
        let reference = references.pop()?;
        has_fields.then(|| ForeignKey::new(fields, reference))
    }
}

/// Returns the items in the parentheses, or an empty list if they are optional and missing.
fn inside(item: &MetaItem, own: Option<&Ident>, errors: &mut Errors) -> Option<Vec<MetaItem>> {
    match (item, own) {
        (MetaItem::List(_, inside), _) => return Some(items_in(inside.stream())),
        (MetaItem::Path(_), Some(_)) => return Some(Vec::new()),
        _ => {}
    }
    let key = item.key()?;
    let name = name_of(key);
    let help = match own {
        Some(_) => format!("write `{name}` or `{name}(name = \"…\")`"),
        None => format!("write `{name}(…)`, with the fields in the brackets"),
    };
    let what = match own {
        Some(_) => format!("`{name}` does not take a value"),
        None => format!("`{name}` needs a list of fields"),
    };
    emit(errors, span_range(&item.tokens()), &what, &help);
    None
}

fn has_fields(fields: &[Ident], key: &Ident, errors: &mut Errors) -> bool {
    if fields.is_empty() {
        emit_empty(key, errors);
    }
    !fields.is_empty()
}

fn emit_empty(key: &Ident, errors: &mut Errors) {
    let name = name_of(key);
    let what = format!("`{name}` has no columns");
    let help = format!("write the fields: `{name}(user_id, name)`");
    emit(errors, SpanRange::one(key.span()), &what, &help);
}

fn no_field(item: &MetaItem, own: Option<&Ident>, of: &str, errors: &mut Errors) {
    let at = span_range(&item.tokens());
    match own {
        Some(_) => emit(
            errors,
            at,
            &format!("{of} on a field covers only that field's column"),
            "for several columns, write it above the struct",
        ),
        None => emit(
            errors,
            at,
            &format!("{of} expects a field"),
            "write field names without quotes",
        ),
    }
}

fn include(item: &MetaItem, errors: &mut Errors) -> Vec<Ident> {
    let mut fields = Vec::new();
    for item in inside(item, None, errors).unwrap_or_default() {
        match &item {
            MetaItem::Path(field) => fields.push(field.clone()),
            other => no_field(other, None, "`include(…)`", errors),
        }
    }
    fields
}

fn nulls_not_distinct(item: &MetaItem, errors: &mut Errors) -> bool {
    attribute::word(item, &["distinct", "not_distinct"], errors) == Some("not_distinct")
}

fn prefix_length(token: &TokenTree, errors: &mut Errors) -> Option<u32> {
    let literal = syn::parse2::<LitInt>(TokenStream::from(token.clone()));
    let number = literal.ok().and_then(|literal| literal.base10_parse().ok());
    if number.is_none_or(|number: u32| number == 0) {
        let what = "a prefix length must be a number of characters";
        emit(
            errors,
            SpanRange::one(token.span()),
            what,
            "write `prefix_length 10`",
        );
        return None;
    }
    number
}
