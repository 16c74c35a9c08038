//! One table: the value, which is also the builder that `create_table` hands to a revision.

use super::{Check, Column, Exclude, ForeignKey, IntoNames, PrimaryKey, Unique};

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
    /// The exclusion constraints, which PostgreSQL alone knows.
    pub excludes: Vec<Exclude>,
    /// What people read about it in the database.
    pub comment: Option<String>,
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
            excludes: Vec::new(),
            comment: None,
            options: None,
        }
    }

    /// Adds a column.
    pub fn column(&mut self, column: impl Into<Column>) {
        self.columns.push(column.into());
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
        self.uniques.push(Unique::new(columns).named(name));
    }

    /// Adds a unique constraint built by itself: `t.unique_constraint(Unique::new("email").deferred())`.
    pub fn unique_constraint(&mut self, unique: Unique) {
        self.uniques.push(unique);
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
        self.checks.push(Check::new(condition).named(name));
    }

    /// Makes rows exclude each other, which PostgreSQL alone can: `EXCLUDE USING gist (room WITH =, during WITH &&)`.
    pub fn exclude(&mut self, definition: impl Into<String>) {
        self.excludes.push(Exclude::new(definition));
    }

    /// Makes rows exclude each other, under a name.
    pub fn exclude_named(&mut self, name: impl Into<String>, definition: impl Into<String>) {
        self.excludes.push(Exclude::new(definition).named(name));
    }

    /// Says what people read about it in the database.
    pub fn comment(&mut self, comment: impl Into<String>) {
        self.comment = Some(comment.into());
    }

    /// Sets what the database writes after the columns, such as `STRICT` or `WITHOUT ROWID`.
    pub fn options(&mut self, options: impl Into<String>) {
        self.options = Some(options.into());
    }

    /// Moves what stands beside a column beside the table: its key, its unique constraint, its check, its foreign key.
    pub fn gather(&mut self) {
        for column in &mut self.columns {
            if std::mem::take(&mut column.primary_key) {
                column.not_null = true;
                self.primary_key = Some(PrimaryKey::new(column.name.as_str()));
            }
            if std::mem::take(&mut column.unique) {
                self.uniques.push(Unique::new(column.name.as_str()));
            }
            if let Some(condition) = column.check.take() {
                self.checks.push(Check::new(condition));
            }
            if let Some(mut key) = column.references.take() {
                key.columns = vec![column.name.clone()];
                self.foreign_keys.push(key);
            }
        }
    }

    /// Returns the names that its constraints were given.
    pub fn constraint_names(&self) -> impl Iterator<Item = &str> {
        let at_columns = self
            .columns
            .iter()
            .filter_map(|column| column.references.as_ref());
        let keys = self.foreign_keys.iter().chain(at_columns);
        (self.primary_key.iter().map(|key| &key.name))
            .chain(self.uniques.iter().map(|unique| &unique.name))
            .chain(keys.map(|key| &key.name))
            .chain(self.checks.iter().map(|check| &check.name))
            .chain(self.excludes.iter().map(|exclude| &exclude.name))
            .filter_map(|name| name.as_deref())
    }

    /// Returns the column of this name.
    #[must_use]
    pub fn find_column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}
