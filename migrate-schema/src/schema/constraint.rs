//! The kinds of constraint. Each can have a name.

use super::IntoNames;

/// A primary key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrimaryKey {
    /// The name, if it has one.
    pub name: Option<String>,
    /// The columns, in the key's order.
    pub columns: Vec<String>,
}

impl PrimaryKey {
    /// Returns an unnamed key of these columns.
    pub fn new(columns: impl IntoNames) -> PrimaryKey {
        PrimaryKey {
            name: None,
            columns: columns.into_names(),
        }
    }

    /// Sets the name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> PrimaryKey {
        self.name = Some(name.into());
        self
    }
}

impl<N: IntoNames> From<N> for PrimaryKey {
    fn from(columns: N) -> PrimaryKey {
        PrimaryKey::new(columns)
    }
}

/// A unique constraint: each row has different values in these columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unique {
    /// The name, if it has one.
    pub name: Option<String>,
    /// The columns.
    pub columns: Vec<String>,
    /// The time of the check.
    pub deferrable: Deferrable,
    /// Whether NULLs are distinct.
    pub nulls: NullsDistinct,
}

impl Unique {
    /// Returns an unnamed constraint on these columns.
    pub fn new(columns: impl IntoNames) -> Unique {
        Unique {
            name: None,
            columns: columns.into_names(),
            deferrable: Deferrable::No,
            nulls: NullsDistinct::Distinct,
        }
    }

    /// Sets the name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Unique {
        self.name = Some(name.into());
        self
    }

    /// Allows a transaction to defer the check until its commit.
    #[must_use]
    pub fn deferrable(mut self) -> Unique {
        self.deferrable = Deferrable::Immediate;
        self
    }

    /// Defers the check until the commit.
    #[must_use]
    pub fn deferred(mut self) -> Unique {
        self.deferrable = Deferrable::Deferred;
        self
    }

    /// Treats NULLs as equal.
    #[must_use]
    pub fn nulls_not_distinct(mut self) -> Unique {
        self.nulls = NullsDistinct::NotDistinct;
        self
    }
}

impl<N: IntoNames> From<N> for Unique {
    fn from(columns: N) -> Unique {
        Unique::new(columns)
    }
}

/// The time at which a constraint is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Deferrable {
    /// At the end of each statement, always.
    #[default]
    No,
    /// At the end of each statement, unless the transaction defers it.
    Immediate,
    /// At the commit, unless the transaction requests an earlier check.
    Deferred,
}

/// Whether NULLs are distinct in a unique constraint or index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum NullsDistinct {
    /// NULLs are distinct: any number of rows may have NULL.
    #[default]
    Distinct,
    /// NULLs are equal: only one row may have NULL.
    NotDistinct,
}

/// Whether existing rows are known to satisfy a constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Validity {
    /// Existing rows were checked.
    #[default]
    Checked,
    /// Only new and changed rows are checked.
    NotValid,
}

/// A check: a condition for each row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The name, if it has one.
    pub name: Option<String>,
    /// The condition, an SQL expression.
    pub condition: String,
    /// Whether existing rows are known to satisfy it.
    pub validity: Validity,
}

impl Check {
    /// Returns an unnamed check.
    pub fn new(condition: impl Into<String>) -> Check {
        Check {
            name: None,
            condition: condition.into(),
            validity: Validity::Checked,
        }
    }

    /// Sets the name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Check {
        self.name = Some(name.into());
        self
    }

    /// Skips the check of existing rows.
    #[must_use]
    pub fn not_valid(mut self) -> Check {
        self.validity = Validity::NotValid;
        self
    }
}

impl From<&str> for Check {
    fn from(sql: &str) -> Check {
        Check::new(sql)
    }
}

impl From<String> for Check {
    fn from(sql: String) -> Check {
        Check::new(sql)
    }
}

/// An exclusion constraint, which only PostgreSQL supports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclude {
    /// The name, if it has one.
    pub name: Option<String>,
    /// The definition, beginning with EXCLUDE: `EXCLUDE USING gist (room WITH =, during WITH &&)`.
    pub definition: String,
}

impl Exclude {
    /// Returns an unnamed constraint with this definition, which begins with EXCLUDE.
    pub fn new(definition: impl Into<String>) -> Exclude {
        Exclude {
            name: None,
            definition: definition.into(),
        }
    }

    /// Sets the name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Exclude {
        self.name = Some(name.into());
        self
    }
}

impl From<&str> for Exclude {
    fn from(sql: &str) -> Exclude {
        Exclude::new(sql)
    }
}

impl From<String> for Exclude {
    fn from(sql: String) -> Exclude {
        Exclude::new(sql)
    }
}

/// A foreign key: a reference to rows of a table.
///
/// Build it with [`ForeignKey::to`]. The referencing columns are determined by the place where you use it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a foreign key does nothing until it is given to a column or a table"]
pub struct ForeignKey {
    /// The name, if it has one.
    pub name: Option<String>,
    /// The referencing columns; empty if it is defined on a column.
    pub columns: Vec<String>,
    /// The schema of the referenced table, if it is not the key's own schema.
    pub schema: Option<String>,
    /// The referenced table.
    pub table: String,
    /// The referenced columns.
    pub references: Vec<String>,
    /// The action when the referenced row is deleted.
    pub on_delete: Option<ReferentialAction>,
    /// The action when the referenced key changes.
    pub on_update: Option<ReferentialAction>,
    /// The time of the check.
    pub deferrable: Deferrable,
    /// Whether existing rows are known to satisfy it.
    pub validity: Validity,
}

impl ForeignKey {
    /// Returns a foreign key to `columns` of `table`: `ForeignKey::to("users", "id")`.
    pub fn to(table: impl Into<String>, columns: impl IntoNames) -> ForeignKey {
        ForeignKey {
            name: None,
            columns: Vec::new(),
            schema: None,
            table: table.into(),
            references: columns.into_names(),
            on_delete: None,
            on_update: None,
            deferrable: Deferrable::No,
            validity: Validity::Checked,
        }
    }

    /// Sets the name.
    pub fn named(mut self, name: impl Into<String>) -> ForeignKey {
        self.name = Some(name.into());
        self
    }

    /// Sets the schema of the referenced table: `ForeignKey::to("invoices", "id").in_schema("billing")`.
    pub fn in_schema(mut self, schema: impl Into<String>) -> ForeignKey {
        self.schema = Some(schema.into());
        self
    }

    /// Returns whether it references a table of this name in its own schema.
    pub fn leads_to(&self, table: &str) -> bool {
        self.schema.is_none() && self.table == table
    }

    /// Returns the referenced table, for messages.
    pub fn target(&self) -> String {
        super::dotted(self.schema.as_deref(), &self.table)
    }

    /// Sets the action when the referenced row is deleted.
    pub fn on_delete(mut self, action: ReferentialAction) -> ForeignKey {
        self.on_delete = Some(action);
        self
    }

    /// Sets the action when the referenced key changes.
    pub fn on_update(mut self, action: ReferentialAction) -> ForeignKey {
        self.on_update = Some(action);
        self
    }

    /// Allows a transaction to defer the check until its commit.
    pub fn deferrable(mut self) -> ForeignKey {
        self.deferrable = Deferrable::Immediate;
        self
    }

    /// Defers the check until the commit.
    pub fn deferred(mut self) -> ForeignKey {
        self.deferrable = Deferrable::Deferred;
        self
    }

    /// Skips the check of existing rows.
    pub fn not_valid(mut self) -> ForeignKey {
        self.validity = Validity::NotValid;
        self
    }
}

/// The action of a foreign key when the referenced row is deleted or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReferentialAction {
    /// Deletes or changes the referencing rows too.
    Cascade,
    /// Sets the referencing columns to NULL.
    SetNull,
    /// Sets the referencing columns to their defaults.
    SetDefault,
    /// Refuses immediately.
    Restrict,
    /// Refuses at the end of the statement or transaction.
    NoAction,
}

impl ReferentialAction {
    /// Returns the SQL keywords.
    #[must_use]
    pub fn sql(self) -> &'static str {
        match self {
            ReferentialAction::Cascade => "CASCADE",
            ReferentialAction::SetNull => "SET NULL",
            ReferentialAction::SetDefault => "SET DEFAULT",
            ReferentialAction::Restrict => "RESTRICT",
            ReferentialAction::NoAction => "NO ACTION",
        }
    }

    /// Parses the SQL keywords.
    #[must_use]
    pub fn parse(words: &str) -> Option<ReferentialAction> {
        let all = [
            ReferentialAction::Cascade,
            ReferentialAction::SetNull,
            ReferentialAction::SetDefault,
            ReferentialAction::Restrict,
            ReferentialAction::NoAction,
        ];
        all.into_iter()
            .find(|action| action.sql().eq_ignore_ascii_case(words))
    }
}
