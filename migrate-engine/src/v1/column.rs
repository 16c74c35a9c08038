//! The builder of a column. Its type records whether the column can be added to a table that has rows.

use std::marker::PhantomData;

use migrate_schema::operation::{AddColumn, ExistingRows, Position};
use migrate_schema::schema::{self, DefaultValue, ForeignKey, Generated, Identity, Type};

/// A column that allows NULL and has no default.
#[derive(Debug, Clone, Copy)]
pub enum Nullable {}

/// A NOT NULL column without a value for existing rows.
#[derive(Debug, Clone, Copy)]
pub enum NotNullNoValue {}

/// A column that existing rows can have: it has a default, is generated or filled, or the table is empty.
#[derive(Debug, Clone, Copy)]
pub enum HasValue {}

/// A column for a new table or an existing one.
#[derive(Debug, Clone, Copy)]
pub enum AnyUse {}

/// A column for an existing table only, because it has a position or a rule for existing rows.
#[derive(Debug, Clone, Copy)]
pub enum AddOnly {}

mod sealed {
    pub trait State {
        /// The state after `not_null()`.
        type NotNull: State;
        /// The state after `null()`.
        type Null: State;
    }
    pub trait Sealed {}
}
use sealed::{Sealed, State};

impl State for Nullable {
    type NotNull = NotNullNoValue;
    type Null = Nullable;
}
impl State for NotNullNoValue {
    type NotNull = NotNullNoValue;
    type Null = Nullable;
}
impl State for HasValue {
    type NotNull = HasValue;
    type Null = HasValue;
}

/// A column: its name, its type and the rules for its values.
///
/// A column allows NULL unless it is built with [`not_null`](Column::not_null). A NOT NULL column can be added to an
/// existing table only with a value for its rows: [`default`](Column::default), [`fill`](Column::fill), or the
/// declaration that there are none, [`assume_empty_table`](Column::assume_empty_table). Otherwise it does not compile.
///
/// ```
/// use migrate_runtime::v1::*;
///
/// let currency = Column::new("currency", Varchar(3)).not_null().default("EUR");
/// let owner = Column::new("owner_id", Integer).references(ForeignKey::to("users", "id").on_delete(Cascade));
/// let total = Column::new("total", Integer).not_null().fill("price * amount").after("amount");
/// ```
///
/// ```compile_fail
/// # use migrate_runtime::v1::*;
/// fn up(op: &mut Op<Sqlite>) -> Result<()> {
///     op.add_column("users", Column::new("locale", Text).not_null())
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a column does nothing until it is given to a table"]
pub struct Column<S = Nullable, P = AnyUse> {
    column: schema::Column,
    position: Position,
    fill: Option<String>,
    existing_rows: ExistingRows,
    state: PhantomData<(S, P)>,
}

impl Column {
    /// Returns a column that allows NULL and has no default.
    pub fn new(name: impl Into<String>, data_type: Type) -> Column {
        Column {
            column: schema::Column::new(name, data_type),
            position: Position::Last,
            fill: None,
            existing_rows: ExistingRows::Allowed,
            state: PhantomData,
        }
    }
}

impl<S: State, P> Column<S, P> {
    fn with<T, Q>(self, change: impl FnOnce(schema::Column) -> schema::Column) -> Column<T, Q> {
        Column {
            column: change(self.column),
            position: self.position,
            fill: self.fill,
            existing_rows: self.existing_rows,
            state: PhantomData,
        }
    }

    /// Returns its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.column.name
    }

    /// Makes it NOT NULL.
    pub fn not_null(self) -> Column<S::NotNull, P> {
        self.with(schema::Column::not_null)
    }

    /// Allows NULL (the default). Use it to make this explicit.
    pub fn null(self) -> Column<S::Null, P> {
        self.with(schema::Column::null)
    }

    /// Sets the value used if an INSERT gives none: a literal, or an [`Expr`](super::Expr).
    pub fn default(self, value: impl Into<DefaultValue>) -> Column<HasValue, P> {
        self.with(|column| column.default(value))
    }

    /// Sets the collation of its text.
    pub fn collate(self, collation: impl Into<String>) -> Column<S, P> {
        self.with(|column| column.collate(collation))
    }

    /// Adds a check, an SQL expression, on each value.
    pub fn check(self, condition: impl Into<String>) -> Column<S, P> {
        self.with(|column| column.check(condition))
    }

    /// Makes it a virtual generated column: `expression` is computed when it is read.
    pub fn generated_virtual(self, expression: impl Into<String>) -> Column<HasValue, P> {
        self.with(|column| schema::Column {
            generated: Some(Generated::Virtual(expression.into())),
            ..column
        })
    }

    /// Makes it a stored generated column: `expression` is computed when the row is written.
    pub fn generated_stored(self, expression: impl Into<String>) -> Column<HasValue, P> {
        self.with(|column| column.generated_stored(expression))
    }

    /// Makes the column the primary key by itself.
    pub fn primary_key(self) -> Column<S, P> {
        self.with(schema::Column::primary_key)
    }

    /// Makes the column auto-increment without ever reusing a number.
    pub fn autoincrement(self) -> Column<HasValue, P> {
        self.with(schema::Column::autoincrement)
    }

    /// Makes it an identity column: the database generates a value if an INSERT gives none.
    pub fn identity(self) -> Column<HasValue, P> {
        self.with(schema::Column::identity)
    }

    /// Makes it an identity column that rejects values given by an INSERT.
    pub fn identity_always(self) -> Column<HasValue, P> {
        self.with(|column| schema::Column {
            identity: Some(Identity::Always),
            ..column
        })
    }

    /// Adds a unique constraint.
    pub fn unique(self) -> Column<S, P> {
        self.with(schema::Column::unique)
    }

    /// Adds a foreign key to another table.
    pub fn references(self, target: ForeignKey) -> Column<S, P> {
        self.with(|column| column.references(target))
    }

    /// Sets the comment.
    pub fn comment(self, comment: impl Into<String>) -> Column<S, P> {
        self.with(|column| column.comment(comment))
    }

    /// Sets its value in existing rows, an SQL expression over their other columns.
    pub fn fill(self, expression: impl Into<String>) -> Column<HasValue, AddOnly> {
        let fill = Some(expression.into());
        Column {
            fill,
            ..self.with(|column| column)
        }
    }

    /// Declares the table empty, so that a NOT NULL column needs no value. If the table has a row, the operation fails.
    pub fn assume_empty_table(self) -> Column<HasValue, AddOnly> {
        Column {
            existing_rows: ExistingRows::Forbidden,
            ..self.with(|column| column)
        }
    }

    /// Places it before the other columns.
    pub fn first(self) -> Column<S, AddOnly> {
        Column {
            position: Position::First,
            ..self.with(|column| column)
        }
    }

    /// Places it after another column.
    pub fn after(self, column: impl Into<String>) -> Column<S, AddOnly> {
        Column {
            position: Position::After(column.into()),
            ..self.with(|column| column)
        }
    }
}

impl<S: State> From<Column<S, AnyUse>> for schema::Column {
    fn from(column: Column<S, AnyUse>) -> schema::Column {
        column.column
    }
}

impl<S> PartialEq<Column<S, AnyUse>> for schema::Column {
    fn eq(&self, other: &Column<S, AnyUse>) -> bool {
        *self == other.column
    }
}

/// A column that can be added to a table that has rows.
#[diagnostic::on_unimplemented(
    message = "a NOT NULL column needs a value for existing rows",
    label = "the table may have rows, and this column has no value for them",
    note = "give it a default with `.default(…)`, fill it with `.fill(\"an SQL expression\")`, or declare the table empty with `.assume_empty_table()`"
)]
pub trait AddableColumn: Sealed {
    /// Returns the operation that adds it to `table`.
    #[doc(hidden)]
    fn into_operation(self, table: &str) -> AddColumn;
}

impl<P> Sealed for Column<Nullable, P> {}
impl<P> Sealed for Column<HasValue, P> {}

impl<P> AddableColumn for Column<Nullable, P> {
    fn into_operation(self, table: &str) -> AddColumn {
        operation(self, table)
    }
}

impl<P> AddableColumn for Column<HasValue, P> {
    fn into_operation(self, table: &str) -> AddColumn {
        operation(self, table)
    }
}

fn operation<S, P>(column: Column<S, P>, table: &str) -> AddColumn {
    AddColumn {
        position: column.position,
        fill: column.fill,
        existing_rows: column.existing_rows,
        ..AddColumn::new(table, column.column)
    }
}
