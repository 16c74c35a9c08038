//! One column of a table.

use super::{ForeignKey, Type};

/// A column: its name, its type and the rules for its values.
///
/// A column allows NULL unless it is built with [`not_null`](Column::not_null).
///
/// In a revision file, use `v1::Column`, which checks at compile time whether it can be added.
///
/// ```
/// use migrate_schema::schema::{Column, Type};
///
/// let currency = Column::new("currency", Type::Varchar(3)).not_null().default("EUR");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a column does nothing until it is given to a table"]
pub struct Column {
    /// The name.
    pub name: String,
    /// The type.
    pub data_type: Type,
    /// Whether it is NOT NULL.
    pub not_null: bool,
    /// The value if an INSERT gives none.
    pub default: Option<DefaultValue>,
    /// The collation of its text.
    pub collation: Option<String>,
    /// The condition of its check, if the check was defined on the column.
    pub check: Option<String>,
    /// The expression that computes it, if it is a generated column.
    pub generated: Option<Generated>,
    /// Whether it is the primary key by itself.
    pub primary_key: bool,
    /// Whether it auto-increments and never reuses a number.
    pub autoincrement: bool,
    /// Whether it has a unique constraint of its own.
    pub unique: bool,
    /// The foreign key of this column alone.
    pub references: Option<ForeignKey>,
    /// The identity of the column, as in the SQL standard.
    pub identity: Option<Identity>,
    /// The comment.
    pub comment: Option<String>,
}

impl Column {
    /// Returns a column that allows NULL and has no default.
    pub fn new(name: impl Into<String>, data_type: Type) -> Column {
        Column {
            name: name.into(),
            data_type,
            not_null: false,
            default: None,
            collation: None,
            check: None,
            generated: None,
            primary_key: false,
            autoincrement: false,
            unique: false,
            references: None,
            identity: None,
            comment: None,
        }
    }

    /// Makes it NOT NULL.
    pub fn not_null(mut self) -> Column {
        self.not_null = true;
        self
    }

    /// Allows NULL (the default). Use it to make this explicit.
    pub fn null(mut self) -> Column {
        self.not_null = false;
        self
    }

    /// Sets the value used if an INSERT gives none: a literal, or an [`Expr`].
    pub fn default(mut self, value: impl Into<DefaultValue>) -> Column {
        self.default = Some(value.into());
        self
    }

    /// Sets the collation of its text.
    pub fn collate(mut self, collation: impl Into<String>) -> Column {
        self.collation = Some(collation.into());
        self
    }

    /// Adds a check, an SQL expression, on each value.
    pub fn check(mut self, condition: impl Into<String>) -> Column {
        self.check = Some(condition.into());
        self
    }

    /// Makes it a virtual generated column: `expression` is computed when it is read.
    pub fn generated_virtual(mut self, expression: impl Into<String>) -> Column {
        self.generated = Some(Generated::Virtual(expression.into()));
        self
    }

    /// Makes it a stored generated column: `expression` is computed when the row is written.
    pub fn generated_stored(mut self, expression: impl Into<String>) -> Column {
        self.generated = Some(Generated::Stored(expression.into()));
        self
    }

    /// Makes the column the primary key by itself.
    pub fn primary_key(mut self) -> Column {
        self.primary_key = true;
        self
    }

    /// Makes the column auto-increment without ever reusing a number.
    pub fn autoincrement(mut self) -> Column {
        self.autoincrement = true;
        self
    }

    /// Makes it an identity column: the database generates a value if an INSERT gives none.
    pub fn identity(mut self) -> Column {
        self.identity = Some(Identity::ByDefault);
        self
    }

    /// Makes it an identity column that rejects values given by an INSERT.
    pub fn identity_always(mut self) -> Column {
        self.identity = Some(Identity::Always);
        self
    }

    /// Sets the comment.
    pub fn comment(mut self, comment: impl Into<String>) -> Column {
        self.comment = Some(comment.into());
        self
    }

    /// Returns whether a row gets a value if an INSERT omits the column.
    #[must_use]
    pub fn has_value(&self) -> bool {
        !matches!(self.default, None | Some(DefaultValue::Null))
            || self.generated.is_some()
            || self.identity.is_some()
            || self.autoincrement
    }

    /// Adds a unique constraint.
    pub fn unique(mut self) -> Column {
        self.unique = true;
        self
    }

    /// Adds a foreign key to another table.
    pub fn references(mut self, target: ForeignKey) -> Column {
        self.references = Some(target);
        self
    }
}

/// The value of a column if an INSERT gives none.
#[derive(Debug, Clone, PartialEq)]
pub enum DefaultValue {
    /// NULL.
    Null,
    /// True or false.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Text.
    Text(String),
    /// An SQL expression.
    Expression(String),
}

/// An SQL expression, inserted into the statement unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr(String);

impl Expr {
    /// Returns the expression, for example `Expr::new("CURRENT_TIMESTAMP")`.
    pub fn new(sql: impl Into<String>) -> Expr {
        Expr(sql.into())
    }
}

impl From<Expr> for DefaultValue {
    fn from(expression: Expr) -> DefaultValue {
        DefaultValue::Expression(expression.0)
    }
}

impl From<&str> for DefaultValue {
    fn from(text: &str) -> DefaultValue {
        DefaultValue::Text(text.to_owned())
    }
}

impl From<String> for DefaultValue {
    fn from(text: String) -> DefaultValue {
        DefaultValue::Text(text)
    }
}

impl From<bool> for DefaultValue {
    fn from(value: bool) -> DefaultValue {
        DefaultValue::Boolean(value)
    }
}

impl From<i32> for DefaultValue {
    fn from(value: i32) -> DefaultValue {
        DefaultValue::Integer(value.into())
    }
}

impl From<i64> for DefaultValue {
    fn from(value: i64) -> DefaultValue {
        DefaultValue::Integer(value)
    }
}

impl From<f64> for DefaultValue {
    fn from(value: f64) -> DefaultValue {
        DefaultValue::Real(value)
    }
}

/// The rule for values of an identity column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Identity {
    /// The database always generates the value.
    Always,
    /// The database generates the value if an INSERT gives none.
    ByDefault,
}

/// The way a generated column is computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Generated {
    /// From this expression, when it is read.
    Virtual(String),
    /// From this expression, when the row is written.
    Stored(String),
}

impl Generated {
    /// Returns the expression.
    pub fn sql_mut(&mut self) -> &mut String {
        match self {
            Generated::Virtual(sql) | Generated::Stored(sql) => sql,
        }
    }
}
