//! The builder of a column, which knows by its type whether rows that are there could have the column.

use std::marker::PhantomData;

use crate::op::{AddColumn, Position, Rows};
use crate::schema::{self, DefaultValue, ForeignKey, Generated, Identity, Type};

/// A column that takes NULL, and has no value of its own.
#[derive(Debug, Clone, Copy)]
pub enum Nullable {}

/// A column that refuses NULL, and has nothing to put into rows that are there.
#[derive(Debug, Clone, Copy)]
pub enum Bare {}

/// A column that rows that are there can have: it has a default, is computed or filled, or there are no rows.
#[derive(Debug, Clone, Copy)]
pub enum Valued {}

/// A column that can be given to a new table and to one that is there.
#[derive(Debug, Clone, Copy)]
pub enum Anywhere {}

/// A column that says something about a table that is there, and so is no part of a new one.
#[derive(Debug, Clone, Copy)]
pub enum Added {}

mod sealed {
    pub trait State {
        /// What `not_null()` makes of it.
        type NotNull: State;
        /// What `null()` makes of it.
        type Null: State;
    }
    pub trait Sealed {}
}
use sealed::{Sealed, State};

impl State for Nullable {
    type NotNull = Bare;
    type Null = Nullable;
}
impl State for Bare {
    type NotNull = Bare;
    type Null = Nullable;
}
impl State for Valued {
    type NotNull = Valued;
    type Null = Valued;
}

/// A column: its name, its type and what the database promises about its values.
///
/// A column may hold NULL unless it is built with [`not_null`](Column::not_null). One that refuses NULL can be added to a
/// table that is there only with something for the rows there: [`default`](Column::default), [`fill`](Column::fill), or
/// the word that there are none, [`table_is_empty`](Column::table_is_empty). Else it does not compile.
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
pub struct Column<S = Nullable, P = Anywhere> {
    column: schema::Column,
    position: Position,
    fill: Option<String>,
    rows: Rows,
    state: PhantomData<(S, P)>,
}

impl Column {
    /// Returns a column that may hold NULL and has no default.
    pub fn new(name: impl Into<String>, kind: Type) -> Column {
        Column {
            column: schema::Column::new(name, kind),
            position: Position::Last,
            fill: None,
            rows: Rows::Any,
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
            rows: self.rows,
            state: PhantomData,
        }
    }

    /// Returns its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.column.name
    }

    /// Refuses NULL.
    pub fn not_null(self) -> Column<S::NotNull, P> {
        self.with(schema::Column::not_null)
    }

    /// Takes NULL, which is what a column does anyway; says it where the reader might wonder.
    pub fn null(self) -> Column<S::Null, P> {
        self.with(schema::Column::null)
    }

    /// Sets the value where an INSERT gives none: a literal, or an [`Expr`](super::Expr).
    pub fn default(self, value: impl Into<DefaultValue>) -> Column<Valued, P> {
        self.with(|column| column.default(value))
    }

    /// Sets the collation of its text.
    pub fn collate(self, collation: impl Into<String>) -> Column<S, P> {
        self.with(|column| column.collate(collation))
    }

    /// Adds a condition, an SQL expression, that each value keeps.
    pub fn check(self, condition: impl Into<String>) -> Column<S, P> {
        self.with(|column| column.check(condition))
    }

    /// Computes the column from `expression` when it is read.
    pub fn generated(self, expression: impl Into<String>) -> Column<Valued, P> {
        self.with(|column| schema::Column {
            generated: Some(Generated::Virtual(expression.into())),
            ..column
        })
    }

    /// Computes the column from `expression` when the row is written.
    pub fn generated_stored(self, expression: impl Into<String>) -> Column<Valued, P> {
        self.with(|column| column.generated_stored(expression))
    }

    /// Makes the column the primary key by itself.
    pub fn primary_key(self) -> Column<S, P> {
        self.with(schema::Column::primary_key)
    }

    /// Makes the database number the rows, and never give the same number twice.
    pub fn autoincrement(self) -> Column<Valued, P> {
        self.with(schema::Column::autoincrement)
    }

    /// Makes the database number it where an INSERT gives no value.
    pub fn identity(self) -> Column<Valued, P> {
        self.with(schema::Column::identity)
    }

    /// Makes the database number it, and refuse a number that an INSERT gives.
    pub fn identity_always(self) -> Column<Valued, P> {
        self.with(|column| schema::Column {
            identity: Some(Identity::Always),
            ..column
        })
    }

    /// Refuses the same value in two rows.
    pub fn unique(self) -> Column<S, P> {
        self.with(schema::Column::unique)
    }

    /// Makes its value name a row of another table.
    pub fn references(self, target: ForeignKey) -> Column<S, P> {
        self.with(|column| column.references(target))
    }

    /// Says what people read about it in the database.
    pub fn comment(self, comment: impl Into<String>) -> Column<S, P> {
        self.with(|column| column.comment(comment))
    }

    /// Gives its value in the rows that are there, an SQL expression over their other columns.
    pub fn fill(self, expression: impl Into<String>) -> Column<Valued, Added> {
        let fill = Some(expression.into());
        Column {
            fill,
            ..self.with(|column| column)
        }
    }

    /// Says that the table has no rows, so that a column that refuses NULL needs no value. A row is an error.
    pub fn table_is_empty(self) -> Column<Valued, Added> {
        Column {
            rows: Rows::None,
            ..self.with(|column| column)
        }
    }

    /// Puts it before the other columns.
    pub fn first(self) -> Column<S, Added> {
        Column {
            position: Position::First,
            ..self.with(|column| column)
        }
    }

    /// Puts it after another column.
    pub fn after(self, column: impl Into<String>) -> Column<S, Added> {
        Column {
            position: Position::After(column.into()),
            ..self.with(|column| column)
        }
    }
}

impl<S: State> From<Column<S, Anywhere>> for schema::Column {
    fn from(column: Column<S, Anywhere>) -> schema::Column {
        column.column
    }
}

impl<S> PartialEq<Column<S, Anywhere>> for schema::Column {
    fn eq(&self, other: &Column<S, Anywhere>) -> bool {
        *self == other.column
    }
}

/// A column that rows that are there can have.
#[diagnostic::on_unimplemented(
    message = "a NOT NULL column needs a value for existing rows",
    label = "the table may have rows, and this column has no value for them",
    note = "give it a default with `.default(…)`, fill it with `.fill(\"an SQL expression\")`, or declare the table empty with `.table_is_empty()`"
)]
pub trait AddedColumn: Sealed {
    /// Returns the operation that adds it to `table`.
    #[doc(hidden)]
    fn into_operation(self, table: &str) -> AddColumn;
}

impl<P> Sealed for Column<Nullable, P> {}
impl<P> Sealed for Column<Valued, P> {}

impl<P> AddedColumn for Column<Nullable, P> {
    fn into_operation(self, table: &str) -> AddColumn {
        operation(self, table)
    }
}

impl<P> AddedColumn for Column<Valued, P> {
    fn into_operation(self, table: &str) -> AddColumn {
        operation(self, table)
    }
}

fn operation<S, P>(column: Column<S, P>, table: &str) -> AddColumn {
    AddColumn {
        position: column.position,
        fill: column.fill,
        rows: column.rows,
        ..AddColumn::new(table, column.column)
    }
}
