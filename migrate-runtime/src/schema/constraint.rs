//! The kinds of constraint. Each may carry a name.

use super::IntoNames;

/// A primary key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrimaryKey {
    /// The name, if it was given one.
    pub name: Option<String>,
    /// The columns, in the key's order.
    pub columns: Vec<String>,
}

impl PrimaryKey {
    /// Returns an unnamed key over these columns.
    pub fn new(columns: impl IntoNames) -> PrimaryKey {
        PrimaryKey {
            name: None,
            columns: columns.into_names(),
        }
    }
}

/// Columns that are together different in each row.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unique {
    /// The name, if it was given one.
    pub name: Option<String>,
    /// The columns.
    pub columns: Vec<String>,
    /// When it is looked at.
    pub deferrable: Deferrable,
    /// Whether two NULLs are the same.
    pub nulls: NullsDistinct,
}

impl Unique {
    /// Returns an unnamed constraint over these columns.
    pub fn new(columns: impl IntoNames) -> Unique {
        Unique {
            name: None,
            columns: columns.into_names(),
            deferrable: Deferrable::No,
            nulls: NullsDistinct::Distinct,
        }
    }

    /// Gives it a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Unique {
        self.name = Some(name.into());
        self
    }

    /// Lets a transaction put the check off until its commit.
    #[must_use]
    pub fn deferrable(mut self) -> Unique {
        self.deferrable = Deferrable::Immediate;
        self
    }

    /// Makes the check wait for the commit.
    #[must_use]
    pub fn deferred(mut self) -> Unique {
        self.deferrable = Deferrable::Deferred;
        self
    }

    /// Takes two NULLs for the same value.
    #[must_use]
    pub fn nulls_not_distinct(mut self) -> Unique {
        self.nulls = NullsDistinct::NotDistinct;
        self
    }
}

/// When a constraint is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Deferrable {
    /// At the end of each statement, always.
    #[default]
    No,
    /// At the end of each statement, unless the transaction says otherwise.
    Immediate,
    /// At the commit, unless the transaction says otherwise.
    Deferred,
}

/// Whether two NULLs count as different where values have to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum NullsDistinct {
    /// They do: any number of rows may hold NULL.
    #[default]
    Distinct,
    /// They do not: one row may hold NULL.
    NotDistinct,
}

/// Whether rows that were there before a constraint are known to keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Validity {
    /// They were looked at.
    #[default]
    Checked,
    /// Only rows that are written from now on are looked at.
    NotValid,
}

/// A condition that each row keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// The name, if it was given one.
    pub name: Option<String>,
    /// The condition, an SQL expression.
    pub condition: String,
    /// Whether rows that were there before are known to keep it.
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

    /// Gives it a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Check {
        self.name = Some(name.into());
        self
    }

    /// Does not look at rows that are there already.
    #[must_use]
    pub fn not_valid(mut self) -> Check {
        self.validity = Validity::NotValid;
        self
    }
}

/// Rows that exclude each other: a constraint that PostgreSQL alone knows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exclude {
    /// The name, if it was given one.
    pub name: Option<String>,
    /// What stands from EXCLUDE on, for example `EXCLUDE USING gist (room WITH =, during WITH &&)`.
    pub definition: String,
}

impl Exclude {
    /// Returns an unnamed constraint of this definition, which begins with EXCLUDE.
    pub fn new(definition: impl Into<String>) -> Exclude {
        Exclude {
            name: None,
            definition: definition.into(),
        }
    }

    /// Gives it a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Exclude {
        self.name = Some(name.into());
        self
    }
}

/// A link to rows of another table.
///
/// Built with [`ForeignKey::to`]; the columns it starts from come from where it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "a foreign key does nothing until it is given to a column or a table"]
pub struct ForeignKey {
    /// The name, if it was given one.
    pub name: Option<String>,
    /// The columns it starts from; empty where it stands beside its column.
    pub columns: Vec<String>,
    /// The schema of the table it leads to, where that is another than its own.
    pub schema: Option<String>,
    /// The table it leads to.
    pub table: String,
    /// The columns it leads to.
    pub references: Vec<String>,
    /// What happens here when the row there is deleted.
    pub on_delete: Option<Action>,
    /// What happens here when the key there changes.
    pub on_update: Option<Action>,
    /// When it is looked at.
    pub deferrable: Deferrable,
    /// Whether rows that were there before are known to keep it.
    pub validity: Validity,
}

impl ForeignKey {
    /// Returns a link to `columns` of `table`: `ForeignKey::to("users", "id")`.
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

    /// Gives it a name.
    pub fn named(mut self, name: impl Into<String>) -> ForeignKey {
        self.name = Some(name.into());
        self
    }

    /// Says that the table it leads to is in another schema of the database: `ForeignKey::to("invoices", "id").in_schema("billing")`.
    pub fn in_schema(mut self, schema: impl Into<String>) -> ForeignKey {
        self.schema = Some(schema.into());
        self
    }

    /// Returns whether it leads to a table of this name in its own schema.
    pub(crate) fn leads_to(&self, table: &str) -> bool {
        self.schema.is_none() && self.table == table
    }

    /// Returns where it leads, for people.
    pub(crate) fn target(&self) -> String {
        super::dotted(self.schema.as_deref(), &self.table)
    }

    /// Says what happens here when the row there is deleted.
    pub fn on_delete(mut self, action: Action) -> ForeignKey {
        self.on_delete = Some(action);
        self
    }

    /// Says what happens here when the key there changes.
    pub fn on_update(mut self, action: Action) -> ForeignKey {
        self.on_update = Some(action);
        self
    }

    /// Lets a transaction put the check off until its commit.
    pub fn deferrable(mut self) -> ForeignKey {
        self.deferrable = Deferrable::Immediate;
        self
    }

    /// Makes the check wait for the commit.
    pub fn deferred(mut self) -> ForeignKey {
        self.deferrable = Deferrable::Deferred;
        self
    }

    /// Does not look at rows that are there already.
    pub fn not_valid(mut self) -> ForeignKey {
        self.validity = Validity::NotValid;
        self
    }
}

/// What a foreign key does to its rows when the row it leads to goes or changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// Does the same here.
    Cascade,
    /// Sets the columns to NULL.
    SetNull,
    /// Sets the columns to their default.
    SetDefault,
    /// Refuses, at once.
    Restrict,
    /// Refuses, when the statement or the transaction ends.
    NoAction,
}

impl Action {
    /// Returns the SQL words.
    #[must_use]
    pub fn sql(self) -> &'static str {
        match self {
            Action::Cascade => "CASCADE",
            Action::SetNull => "SET NULL",
            Action::SetDefault => "SET DEFAULT",
            Action::Restrict => "RESTRICT",
            Action::NoAction => "NO ACTION",
        }
    }

    /// Reads the SQL words.
    #[must_use]
    pub fn parse(words: &str) -> Option<Action> {
        let all = [
            Action::Cascade,
            Action::SetNull,
            Action::SetDefault,
            Action::Restrict,
            Action::NoAction,
        ];
        all.into_iter()
            .find(|action| action.sql().eq_ignore_ascii_case(words))
    }
}
