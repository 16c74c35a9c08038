//! The vocabulary of revision files: `use migrate_runtime::v1::*;` never changes its meaning.
//!
//! A revision that you write today compiles with every later version of this crate. A later vocabulary gets its own
//! module.

mod column;

use std::fmt;
use std::panic::Location;

pub use column::{AddableColumn, Column};

#[allow(
    unused_imports,
    reason = "without a feature of a backend, the module is empty"
)]
pub use crate::backend::names::*;
pub use crate::backend::{Backend, CurrentDatabase};
pub use crate::op::{AlterTable, Op};
pub use crate::rows::{ColumnValue, Row, Rows, UpdateStats};
pub use migrate_macros::{Row, revision};
pub use migrate_schema::operation::{AlterColumn, Compatibility, Insert};
pub use migrate_schema::params;
pub use migrate_schema::schema::ReferentialAction::{
    self, Cascade, NoAction, Restrict, SetDefault, SetNull,
};
pub use migrate_schema::schema::Type::{
    self, BigInt, Blob, Boolean, Char, Date, DateTime, Double, Float, Integer, Json, Numeric, Real,
    SmallInt, Text, Time, Timestamp, TimestampTz, TinyInt, UnsignedBigInt, UnsignedInteger,
    UnsignedSmallInt, UnsignedTinyInt, Uuid, Varchar,
};
pub use migrate_schema::schema::{
    Check, DefaultValue, EnumType, Exclude, Expr, ForeignKey, Index, IndexPart, PrimaryKey, Schema,
    Table, Trigger, Unique, View,
};
pub use migrate_schema::value::Value;

/// The return type of `up` and `down`.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error of a failed revision: any error type, or a message.
///
/// `?` converts every error type of the standard library, of a driver or of the application.
///
/// ```
/// use migrate_runtime::v1::*;
///
/// fn parsed(text: &str) -> Result<i64> {
///     let number: i64 = text.parse()?;
///     if number < 0 {
///         return Err(Error::msg(format!("{number} is negative")));
///     }
///     Ok(number)
/// }
/// assert_eq!(parsed("-3").unwrap_err().to_string(), "-3 is negative");
/// ```
pub struct Error {
    inner: Box<dyn std::error::Error + Send + Sync>,
    location: &'static Location<'static>,
}

impl Error {
    /// Returns an error with this message.
    #[track_caller]
    pub fn msg(message: impl fmt::Display) -> Error {
        Error::boxed(message.to_string().into())
    }

    /// Returns an error around a boxed error.
    #[must_use]
    #[track_caller]
    pub fn boxed(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
        Error {
            inner: error,
            location: Location::caller(),
        }
    }

    /// Returns the error inside.
    #[must_use]
    pub fn inner(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        &*self.inner
    }
}

impl Error {
    /// Returns the location of the error: the `?` that returned it, or the call that created it.
    #[must_use]
    pub fn location(&self) -> &'static Location<'static> {
        self.location
    }

    pub(crate) fn at(mut self, location: Option<&'static Location<'static>>) -> Error {
        self.location = location.unwrap_or(self.location);
        self
    }

    pub(crate) fn into_inner(self) -> Box<dyn std::error::Error + Send + Sync> {
        self.inner
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Error {
    #[track_caller]
    fn from(error: E) -> Error {
        Error::boxed(Box::new(error))
    }
}

/// For functions that return any error, such as the function of `schema` in `migrations!`.
impl From<Error> for Box<dyn std::error::Error + Send + Sync> {
    fn from(error: Error) -> Self {
        error.inner
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.inner, f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.inner, f)
    }
}
