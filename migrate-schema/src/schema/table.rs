//! A table. The value is also the builder that `create_table` passes to a revision.

use super::{Check, Column, Exclude, ForeignKey, IntoNames, PrimaryKey, Unique};

/// A table: its columns and constraints.
///
/// `op.create_table("users", |t| …)` passes a table that you fill:
///
/// ```
/// # use migrate_schema::schema::{Column, Table, Type::{Integer, Varchar}};
/// # let mut table = Table::new("users");
/// # let t = &mut table;
/// t.column(Column::new("id", Integer).not_null());
/// t.column(Column::new("email", Varchar(120)).not_null());
/// t.primary_key("id");
/// t.unique("email");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The name.
    pub name: String,
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The primary key, if it is not defined on a column.
    pub primary_key: Option<PrimaryKey>,
    /// The unique constraints that are not defined on a column.
    pub uniques: Vec<Unique>,
    /// The foreign keys that are not defined on a column.
    pub foreign_keys: Vec<ForeignKey>,
    /// The checks that are not defined on a column.
    pub checks: Vec<Check>,
    /// The exclusion constraints, which only PostgreSQL supports.
    pub excludes: Vec<Exclude>,
    /// The comment.
    pub comment: Option<String>,
    /// The SQL after the column list, such as `STRICT`.
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

    /// Makes one or several columns the primary key: `t.primary_key("id")`, or with a name
    /// `t.primary_key(PrimaryKey::new("id").named("pk"))`.
    pub fn primary_key(&mut self, key: impl Into<PrimaryKey>) {
        self.primary_key = Some(key.into());
    }

    /// Adds a unique constraint: `t.unique("email")`, or `t.unique(Unique::new("email").named("uq").deferred())`.
    pub fn unique(&mut self, unique: impl Into<Unique>) {
        self.uniques.push(unique.into());
    }

    /// Adds a foreign key from these columns to another table.
    ///
    /// `t.foreign_key("user_id", ForeignKey::to("users", "id").on_delete(Cascade))`
    pub fn foreign_key(&mut self, columns: impl IntoNames, target: ForeignKey) {
        self.foreign_keys.push(ForeignKey {
            columns: columns.into_names(),
            ..target
        });
    }

    /// Adds a check, an SQL expression: `t.check("age >= 0")`, or with a name
    /// `t.check(Check::new("age >= 0").named("ck"))`.
    pub fn check(&mut self, check: impl Into<Check>) {
        self.checks.push(check.into());
    }

    /// Adds an exclusion constraint, which only PostgreSQL supports: `EXCLUDE USING gist (room WITH =, during WITH
    /// &&)`.
    pub fn exclude(&mut self, exclude: impl Into<Exclude>) {
        self.excludes.push(exclude.into());
    }

    /// Sets the comment.
    pub fn comment(&mut self, comment: impl Into<String>) {
        self.comment = Some(comment.into());
    }

    /// Sets the SQL after the column list, such as `STRICT` or `WITHOUT ROWID`.
    pub fn options(&mut self, options: impl Into<String>) {
        self.options = Some(options.into());
    }

    /// Moves constraints from columns to the table: key, unique constraint, check, foreign key.
    pub fn hoist_column_constraints(&mut self) {
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

    /// Returns the names of its constraints.
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
