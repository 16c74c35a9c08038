//! The objects of a database as plain values: tables, columns, constraints, indexes, views, triggers, types.
//!
//! The builder calls of a revision, or a backend's inspection of a live database, create a [`Schema`]. Equal values
//! have the same meaning. This module contains no SQL and uses no other module of this crate.

mod column;
mod constraint;
pub mod convention;
mod enum_type;
mod index;
mod native;
mod table;
mod trigger;
mod types;
mod view;
mod widening;

pub use column::{Column, DefaultValue, Expr, Generated, Identity};
pub use constraint::{
    Check, Deferrable, Exclude, ForeignKey, NullsDistinct, PrimaryKey, ReferentialAction, Unique,
    Validity,
};
pub use convention::NamingConvention;
pub use enum_type::EnumType;
pub use index::{Index, IndexKey, IndexPart, IntoIndexParts, Nulls, Order};
pub use native::INHERITS;
pub use native::{Definition, ForeignKeys, NativeObject, Need, Object, Property, Stage};
pub use table::Table;
pub use trigger::Trigger;
pub use types::Type;
pub use view::{View, ViewKind};
pub use widening::holds_all_of;

use std::collections::{BTreeMap, BTreeSet};

/// All objects of a database that revisions create.
///
/// Everything is sorted by name, so two schemas with the same meaning compare equal.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    /// The tables, sorted by name.
    pub tables: Vec<Table>,
    /// The indexes that do not belong to a constraint, sorted by name.
    pub indexes: Vec<Index>,
    /// The views, sorted by name.
    pub views: Vec<View>,
    /// The triggers, sorted by name.
    pub triggers: Vec<Trigger>,
    /// The enum types, sorted by name.
    pub enums: Vec<EnumType>,
    /// The objects that no operation creates, sorted by their identity.
    pub natives: Vec<NativeObject>,
    /// The properties that no operation sets, sorted by their object.
    pub properties: Vec<Property>,
    /// The grants on objects that must be recreated if their definition changes. They are restored then, and never
    /// compared.
    pub grants: Vec<Property>,
    /// The database's own statements for tables with a property that can't be set later. Not compared.
    pub definitions: Vec<Definition>,
    /// The dependencies between objects that the database reports. Not compared.
    pub needs: Vec<Need>,
    /// The dependencies found in the text of objects, which the database does not report. They improve the order where
    /// `needs` leaves a choice. Not compared.
    pub mentions: Vec<Need>,
    /// The schema as originally written, if this value is in a form that is only for comparison. Generated code uses
    /// it. Not compared.
    pub written: Option<Box<Schema>>,
    /// The further schemas of the database that are inspected, by name. This value is the schema of the connection.
    pub others: BTreeMap<String, Schema>,
}

/// Returns a name for messages, with its schema if that is not the connection's own.
pub fn dotted(schema: Option<&str>, name: &str) -> String {
    match schema {
        Some(schema) => format!("{schema}.{name}"),
        None => name.to_owned(),
    }
}

/// Two schemas are equal if they contain the same objects. Their original text and the order of creation are ignored.
impl PartialEq for Schema {
    fn eq(&self, other: &Schema) -> bool {
        self.tables == other.tables
            && self.indexes == other.indexes
            && self.views == other.views
            && self.triggers == other.triggers
            && self.enums == other.enums
            && self.natives == other.natives
            && self.properties == other.properties
            && self.others == other.others
    }
}

impl Schema {
    /// Returns the table of this name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// Removes the tables that are not `kept`, and the objects that belong to them.
    pub fn retain_tables(&mut self, kept: impl Fn(&str) -> bool) {
        let is_kept = |object: &Object| object.relation().is_none_or(&kept);
        self.tables.retain(|table| kept(&table.name));
        self.indexes.retain(|index| kept(&index.table));
        self.triggers.retain(|trigger| kept(&trigger.table));
        self.natives.retain(|native| is_kept(&native.object));
        self.properties.retain(|property| is_kept(&property.object));
        self.definitions
            .retain(|definition| kept(&definition.table));
    }

    /// Returns the table that a foreign key references, if it is in this schema.
    pub fn target(&self, key: &ForeignKey) -> Option<&Table> {
        self.table(&key.table).filter(|_| key.schema.is_none())
    }

    /// Returns this schema, as `None`, and the further schemas by their names.
    pub fn all(&self) -> impl Iterator<Item = (Option<&str>, &Schema)> {
        let further = self.others.iter();
        let further = further.map(|(name, other)| (Some(name.as_str()), other));
        std::iter::once((None, self)).chain(further)
    }

    /// Returns the names of the further schemas of `self` and `other`.
    pub(crate) fn further<'s>(&'s self, other: &'s Schema) -> BTreeSet<&'s str> {
        let names = self.others.keys().chain(other.others.keys());
        names.map(String::as_str).collect()
    }

    /// Returns the differences between `self` and `to`, one per line, in a fixed order.
    #[must_use]
    pub fn differences(&self, to: &Schema) -> Vec<String> {
        let mut lines = Vec::new();
        let to_lines = &mut lines;
        let on = |table: &str, name: &str| format!("{table}.{name}");
        let enums = |it: &EnumType| it.name.clone();
        compare("type", &self.enums, &to.enums, enums, to_lines);
        let tables = |it: &Table| it.name.clone();
        compare("table", &self.tables, &to.tables, tables, to_lines);
        let indexes = |it: &Index| on(&it.table, &it.name);
        compare("index", &self.indexes, &to.indexes, indexes, to_lines);
        let views = |it: &View| it.name.clone();
        compare("view", &self.views, &to.views, views, to_lines);
        let triggers = |it: &Trigger| on(&it.table, &it.name);
        compare("trigger", &self.triggers, &to.triggers, triggers, to_lines);
        let native = |it: &NativeObject| it.object.to_string();
        compare("", &self.natives, &to.natives, native, to_lines);
        let property = |it: &Property| format!("{} of {}", it.name, it.object);
        compare("", &self.properties, &to.properties, property, to_lines);
        for name in self.further(to) {
            match (self.others.get(name), to.others.get(name)) {
                (Some(from), Some(to)) => {
                    let inside = from.differences(to).into_iter();
                    lines.extend(inside.map(|line| format!("in schema `{name}`: {line}")));
                }
                (None, _) => lines.push(format!("schema `{name}` is new")),
                (_, None) => lines.push(format!("schema `{name}` is missing")),
            }
        }
        lines
    }

    /// Returns the database's own statements for a table, if no operation can create it completely.
    #[must_use]
    pub fn definition(&self, table: &str) -> Option<&Definition> {
        let found = self.definitions.iter().find(|it| it.table == table)?;
        let is_made = |property: &Property| {
            property.object.relation() == Some(table) && found.makes(property)
        };
        self.properties.iter().any(is_made).then_some(found)
    }

    /// Returns the tables that have the same columns in another order in `to`, with both orders.
    pub fn moved_columns<'s>(
        &'s self,
        to: &'s Schema,
    ) -> impl Iterator<Item = (&'s str, [Vec<&'s str>; 2])> {
        let names = |table: &'s Table| -> Vec<&'s str> {
            table.columns.iter().map(|column| &*column.name).collect()
        };
        let sorted = |names: &[&'s str]| {
            let mut names = names.to_vec();
            names.sort_unstable();
            names
        };
        self.tables.iter().filter_map(move |table| {
            let [here, there] = [names(table), names(to.table(&table.name)?)];
            let moved = here != there && sorted(&here) == sorted(&there);
            moved.then_some((&*table.name, [here, there]))
        })
    }
}

/// One name or several, as builders accept them: `"id"`, `["user_id", "name"]`, a `Vec`.
pub trait IntoNames {
    /// Returns the names in the order given.
    fn into_names(self) -> Vec<String>;
}

impl IntoNames for &str {
    fn into_names(self) -> Vec<String> {
        vec![self.to_owned()]
    }
}

impl IntoNames for String {
    fn into_names(self) -> Vec<String> {
        vec![self]
    }
}

impl<S: Into<String>, const N: usize> IntoNames for [S; N] {
    fn into_names(self) -> Vec<String> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<S: Into<String>> IntoNames for Vec<S> {
    fn into_names(self) -> Vec<String> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<S: AsRef<str>> IntoNames for &[S] {
    fn into_names(self) -> Vec<String> {
        self.iter().map(|name| name.as_ref().to_owned()).collect()
    }
}

fn compare<T: PartialEq + std::fmt::Debug>(
    kind: &str,
    from: &[T],
    to: &[T],
    name: impl Fn(&T) -> String,
    lines: &mut Vec<String>,
) {
    let title = |item: &T| match kind {
        "" => name(item),
        kind => format!("{kind} `{}`", name(item)),
    };
    for gone in from
        .iter()
        .filter(|item| !to.iter().any(|other| name(other) == name(item)))
    {
        lines.push(format!("{} is missing", title(gone)));
    }
    for item in to {
        match from.iter().find(|other| name(other) == name(item)) {
            None => lines.push(format!("{} is new", title(item))),
            Some(other) if other != item => {
                lines.push(format!(
                    "{} differs: {other:?} became {item:?}",
                    title(item)
                ));
            }
            Some(_) => {}
        }
    }
}
