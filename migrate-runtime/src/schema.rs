//! What a database holds, as plain values: tables, columns, constraints, indexes.
//!
//! Comes in: a revision's builder calls, or a backend's inspection of a live database. Goes out: values that compare
//! equal when they mean the same. Knows no SQL, no database and no other module of this crate.

mod column;
mod constraint;
mod index;
mod table;
mod types;

pub use column::{Column, DefaultValue, Expr, Generated};
pub use constraint::{Action, Check, ForeignKey, PrimaryKey, Unique};
pub use index::{Index, IndexKey, IndexPart, IntoIndexParts, Order};
pub use table::Table;
pub use types::Type;

/// Everything a database holds that revisions shape.
///
/// Tables, views and triggers come sorted by name, so two schemas that mean the same compare equal.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Schema {
    /// The tables, sorted by name.
    pub tables: Vec<Table>,
    /// The indexes that no constraint made, sorted by name.
    pub indexes: Vec<Index>,
    /// The views, sorted by name.
    pub views: Vec<Object>,
    /// The triggers, sorted by name.
    pub triggers: Vec<Object>,
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
        compare(
            "table",
            &self.tables,
            &to.tables,
            |table| &table.name,
            &mut lines,
        );
        compare(
            "index",
            &self.indexes,
            &to.indexes,
            |index| &index.name,
            &mut lines,
        );
        compare(
            "view",
            &self.views,
            &to.views,
            |view| &view.name,
            &mut lines,
        );
        compare(
            "trigger",
            &self.triggers,
            &to.triggers,
            |trigger| &trigger.name,
            &mut lines,
        );
        lines
    }
}

/// A view or a trigger: its name, and its definition as the database tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Object {
    /// The name.
    pub name: String,
    /// The statement that makes it, white space and quoting made uniform.
    pub definition: String,
}

impl Object {
    /// Returns an object of this name and definition.
    pub fn new(name: impl Into<String>, definition: impl Into<String>) -> Object {
        Object {
            name: name.into(),
            definition: definition.into(),
        }
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
