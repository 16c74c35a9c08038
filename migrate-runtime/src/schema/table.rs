//! One table: the value, which is also the builder that `create_table` hands to a revision.

use super::{Check, Column, ForeignKey, IntoNames, PrimaryKey, Unique};

/// A table: its columns and constraints.
///
/// `op.create_table("users", |t| …)` hands one in to be filled:
///
/// ```
/// use migrate_runtime::v1::*;
///
/// fn up(op: &mut Op<Sqlite>) -> Result<()> {
///     op.create_table("users", |t| {
///         t.column(Column::new("id", Integer).not_null());
///         t.column(Column::new("email", Varchar(120)).not_null());
///         t.primary_key("id");
///         t.unique("email");
///     })
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Table {
    /// The name.
    pub name: String,
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The primary key, if it stands beside the columns.
    pub primary_key: Option<PrimaryKey>,
    /// The unique constraints that stand beside the columns.
    pub uniques: Vec<Unique>,
    /// The foreign keys that stand beside the columns.
    pub foreign_keys: Vec<ForeignKey>,
    /// The checks that stand beside the columns.
    pub checks: Vec<Check>,
    /// What the database writes after the columns, such as `STRICT`.
    pub options: Option<String>,
}

impl Table {
    /// Returns a table without columns.
    pub fn new(name: impl Into<String>) -> Table {
        Table {
            name: name.into(),
            columns: Vec::new(),
            primary_key: None,
            uniques: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            options: None,
        }
    }

    /// Adds a column.
    pub fn column(&mut self, column: Column) {
        self.columns.push(column);
    }

    /// Makes one or several columns the primary key.
    pub fn primary_key(&mut self, columns: impl IntoNames) {
        self.primary_key = Some(PrimaryKey::new(columns));
    }

    /// Makes one or several columns the primary key, under a name.
    pub fn primary_key_named(&mut self, name: impl Into<String>, columns: impl IntoNames) {
        self.primary_key = Some(PrimaryKey {
            name: Some(name.into()),
            columns: columns.into_names(),
        });
    }

    /// Refuses the same values of these columns in two rows.
    pub fn unique(&mut self, columns: impl IntoNames) {
        self.uniques.push(Unique::new(columns));
    }

    /// Refuses the same values of these columns in two rows, under a name.
    pub fn unique_named(&mut self, name: impl Into<String>, columns: impl IntoNames) {
        self.uniques.push(Unique {
            name: Some(name.into()),
            columns: columns.into_names(),
        });
    }

    /// Makes these columns name a row of another table.
    ///
    /// `t.foreign_key("user_id", ForeignKey::to("users", "id").on_delete(Cascade))`
    pub fn foreign_key(&mut self, columns: impl IntoNames, target: ForeignKey) {
        self.foreign_keys.push(ForeignKey {
            columns: columns.into_names(),
            ..target
        });
    }

    /// Adds a condition, an SQL expression, that each row keeps.
    pub fn check(&mut self, condition: impl Into<String>) {
        self.checks.push(Check::new(condition));
    }

    /// Adds a condition that each row keeps, under a name.
    pub fn check_named(&mut self, name: impl Into<String>, condition: impl Into<String>) {
        self.checks.push(Check {
            name: Some(name.into()),
            condition: condition.into(),
        });
    }

    /// Sets what the database writes after the columns, such as `STRICT` or `WITHOUT ROWID`.
    pub fn options(&mut self, options: impl Into<String>) {
        self.options = Some(options.into());
    }

    /// Returns the column of this name.
    #[must_use]
    pub fn find_column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}
