//! What a database holds, as plain values: tables, columns, constraints, indexes, views, triggers, types.
//!
//! Comes in: a revision's builder calls, or a backend's inspection of a live database. Goes out: values that compare
//! equal when they mean the same. Knows no SQL, no database and no other module of this crate.

mod column;
mod constraint;
pub mod convention;
mod enum_type;
mod index;
mod table;
mod trigger;
mod types;
mod view;

pub use column::{Column, DefaultValue, Expr, Generated, Identity};
pub use constraint::{
    Action, Check, Deferrable, Exclude, ForeignKey, NullsDistinct, PrimaryKey, Unique, Validity,
};
pub use convention::NamingConvention;
pub use enum_type::EnumType;
pub use index::{Index, IndexKey, IndexPart, IntoIndexParts, Nulls, Order};
pub use table::Table;
pub use trigger::Trigger;
pub use types::Type;
pub use view::{View, ViewKind};

/// Everything a database holds that revisions shape.
///
/// Everything comes sorted by name, so two schemas that mean the same compare equal.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Schema {
    /// The tables, sorted by name.
    pub tables: Vec<Table>,
    /// The indexes that no constraint made, sorted by name.
    pub indexes: Vec<Index>,
    /// The views, sorted by name.
    pub views: Vec<View>,
    /// The triggers, sorted by name.
    pub triggers: Vec<Trigger>,
    /// The types that hold one of a list of words, sorted by name.
    pub enums: Vec<EnumType>,
}

impl Schema {
    /// Returns the table of this name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// Says in one line each what `self` and `to` hold differently, in a fixed order.
    #[must_use]
    pub fn differences(&self, to: &Schema) -> Vec<String> {
        let mut lines = Vec::new();
        let to_lines = &mut lines;
        compare("type", &self.enums, &to.enums, |it| &it.name, to_lines);
        compare("table", &self.tables, &to.tables, |it| &it.name, to_lines);
        compare("index", &self.indexes, &to.indexes, |it| &it.name, to_lines);
        compare("view", &self.views, &to.views, |it| &it.name, to_lines);
        compare(
            "trigger",
            &self.triggers,
            &to.triggers,
            |it| &it.name,
            to_lines,
        );
        lines
    }

    /// Returns the tables that have the same columns in another order in `to`, with both orders.
    pub(crate) fn moved_columns<'s>(
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

/// A name or several, as builders take them: `"id"`, `["user_id", "name"]`, a `Vec`.
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
    name: impl Fn(&T) -> &String,
    lines: &mut Vec<String>,
) {
    for gone in from
        .iter()
        .filter(|item| !to.iter().any(|other| name(other) == name(item)))
    {
        lines.push(format!("{kind} `{}` is missing", name(gone)));
    }
    for item in to {
        match from.iter().find(|other| name(other) == name(item)) {
            None => lines.push(format!("{kind} `{}` is new", name(item))),
            Some(other) if other != item => {
                lines.push(format!(
                    "{kind} `{}` differs: {other:?} became {item:?}",
                    name(item)
                ));
            }
            Some(_) => {}
        }
    }
}
