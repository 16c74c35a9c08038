//! Parses the [`Reference`] of a foreign key: `references(User(id), on_delete = cascade)`.
//!
//! It must not check that the referenced model exists; the compiler does.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::{LitStr, Path};

use crate::attribute::{
    self, MetaItem, SeenKeys, Text, emit, items_in, name_of, span_range, unknown,
};
use crate::report::{Errors, SpanRange};

/// The referenced table of a foreign key, and its actions.
pub(crate) struct Reference {
    /// The table.
    pub(crate) table: TargetTable,
    /// The fields of the model, or the columns of the table; empty for the model's primary key.
    pub(crate) columns: Vec<Text>,
    /// Its position.
    pub(crate) at: SpanRange,
    /// The schema of the table.
    pub(crate) schema: Option<Text>,
    /// Its name.
    pub(crate) name: Option<Text>,
    /// The action on delete of the referenced row.
    pub(crate) on_delete: Option<(&'static str, SpanRange)>,
    /// The action on update of the referenced key.
    pub(crate) on_update: Option<(&'static str, SpanRange)>,
    /// The time of the check, `immediate` or `deferred`, if it is deferrable.
    pub(crate) deferrable: Option<&'static str>,
}

/// The table that a foreign key references.
pub(crate) enum TargetTable {
    /// The table of a model.
    Model(Path),
    /// A table name.
    Named(Text),
}

const KEYS: [&str; 5] = ["on_delete", "on_update", "schema", "name", "deferrable"];
const ACTIONS: [&str; 5] = [
    "cascade",
    "set_null",
    "set_default",
    "restrict",
    "no_action",
];
const EXAMPLE: &str =
    "write `references(User(id))`, or `references(\"users\"(\"id\"))` if the table has no model";

impl Reference {
    /// Parses `references(…)`.
    pub(crate) fn read(item: &MetaItem, errors: &mut Errors) -> Option<Reference> {
        let items = match item {
            MetaItem::List(_, inside) => items_in(inside.stream()),
            _ => Vec::new(),
        };
        let Some((target, settings)) = items.split_first() else {
            let at = span_range(&item.tokens());
            emit(errors, at, "`references` needs a model or a table", EXAMPLE);
            return None;
        };
        let mut reference = Reference::to(target.tokens(), errors)?;
        let mut once = SeenKeys::default();
        for item in settings {
            reference.setting(item, &mut once, errors);
        }
        Some(reference)
    }

    fn to(tokens: TokenStream, errors: &mut Errors) -> Option<Reference> {
        let at = span_range(&tokens);
        let mut before: Vec<TokenTree> = tokens.into_iter().collect();
        let inside = match before.last() {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                let inside = group.stream();
                before.pop();
                Some(inside)
            }
            _ => None,
        };
        let before: TokenStream = before.into_iter().collect();
        let columns = match inside {
            Some(inside) => columns(inside, errors)?,
            None => Vec::new(),
        };
        let table = match syn::parse2::<LitStr>(before.clone()) {
            Ok(_) => TargetTable::Named(attribute::quoted_text(&before, errors)?),
            Err(_) => match syn::parse2::<Path>(before) {
                Ok(path) => TargetTable::Model(path),
                Err(_) => {
                    emit(
                        errors,
                        at,
                        "expected a model or a table name in quotes",
                        EXAMPLE,
                    );
                    return None;
                }
            },
        };
        if columns.is_empty() && matches!(table, TargetTable::Named(_)) {
            let help = "write the columns after the table: `references(\"users\"(\"id\"))`";
            emit(errors, at, "the referenced columns are missing", help);
            return None;
        }
        Some(Reference {
            table,
            columns,
            at,
            schema: None,
            name: None,
            on_delete: None,
            on_update: None,
            deferrable: None,
        })
    }

    fn setting(&mut self, item: &MetaItem, once: &mut SeenKeys, errors: &mut Errors) {
        let Some(key) = item.key() else {
            let at = span_range(&item.tokens());
            return emit(errors, at, "unknown foreign key attribute", EXAMPLE);
        };
        if !once.take(key, errors) {
            return;
        }
        let at = span_range(&item.tokens());
        let action = |errors: &mut Errors| Some((attribute::word(item, &ACTIONS, errors)?, at));
        match name_of(key).as_str() {
            "on_delete" => self.on_delete = action(errors),
            "on_update" => self.on_update = action(errors),
            "schema" => self.schema = attribute::database_name(item, errors),
            "name" => self.name = attribute::database_name(item, errors),
            "deferrable" => self.deferrable = deferrable(item, errors),
            _ => unknown(errors, key, "`references(…)`", &KEYS),
        }
    }
}

/// Parses `deferrable = immediate` and `deferrable = deferred`.
pub(crate) fn deferrable(item: &MetaItem, errors: &mut Errors) -> Option<&'static str> {
    attribute::word(item, &["immediate", "deferred"], errors)
}

fn columns(inside: TokenStream, errors: &mut Errors) -> Option<Vec<Text>> {
    let mut columns = Vec::new();
    for item in items_in(inside) {
        let tokens = item.tokens();
        columns.push(match &item {
            MetaItem::Path(name) => of_ident(name),
            MetaItem::Other(_) => attribute::quoted_text(&tokens, errors)?,
            _ => {
                let what = "expected a column";
                emit(errors, span_range(&tokens), what, EXAMPLE);
                return None;
            }
        });
    }
    Some(columns)
}

fn of_ident(name: &Ident) -> Text {
    Text {
        value: name_of(name),
        at: SpanRange::one(name.span()),
    }
}
