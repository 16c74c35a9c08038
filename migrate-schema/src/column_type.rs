//! The Rust types that fields of a model can have, and their column types.

mod types;

#[cfg(feature = "serde_json")]
pub use types::Json;

use crate::schema::{EnumType, Type};

/// A Rust type that a column of a model can have.
///
/// `#[derive(ColumnType)]` implements it for a newtype and for an enum without fields, together with
/// [`ColumnValue`](crate::value::ColumnValue), which reads and writes rows. A manual implementation needs one function:
///
/// ```
/// use migrate_schema::column_type::ColumnType;
/// use migrate_schema::value::{ColumnValue, TypeMismatch, ValueRef};
/// use migrate_schema::schema::Type;
///
/// /// Money, kept as a whole number of cents.
/// struct Money(i64);
///
/// impl ColumnValue for Money {
///     fn from_value_ref(cell: &ValueRef<'_>) -> Result<Money, TypeMismatch> {
///         i64::from_value_ref(cell).map(Money)
///     }
///
///     fn to_value_ref(&self) -> ValueRef<'_> {
///         self.0.to_value_ref()
///     }
/// }
///
/// impl ColumnType for Money {
///     fn column_type() -> Type {
///         Type::BigInt
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "no column can have the type `{Self}`",
    label = "not a column type",
    note = "if it is a newtype or an enum of your application, add `#[derive(ColumnType)]` to it",
    note = "dates, UUIDs, decimals and JSON need features of `migrate-runtime`: `jiff`, `chrono`, `time`, `uuid`, `rust_decimal`, `serde_json`",
    note = "if the field is not a column, add `#[model(skip)]` to it"
)]
pub trait ColumnType {
    /// Whether NULL is one of its values.
    const NULLABLE: bool = false;

    /// The kind of its values. A default of another kind does not compile.
    const SHAPE: Shape = Shape::Any;

    /// Returns the column type, unless the model sets another one.
    fn column_type() -> Type;

    /// Returns the enum type that must exist before such a column can be created.
    fn enum_type() -> Option<EnumType> {
        None
    }
}

/// The kind of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Booleans.
    Boolean,
    /// Integers.
    Integer,
    /// Numbers with a fraction.
    Real,
    /// Text.
    Text,
    /// Bytes.
    Blob,
    /// Anything else: defaults are not checked.
    Any,
}

impl Shape {
    /// Returns whether a default of the kind `written` can be one of these values.
    #[must_use]
    pub const fn takes(self, written: Shape) -> bool {
        match self {
            Shape::Any => true,
            Shape::Boolean => matches!(written, Shape::Boolean),
            Shape::Integer => matches!(written, Shape::Integer),
            Shape::Real => matches!(written, Shape::Real | Shape::Integer),
            Shape::Text => matches!(written, Shape::Text),
            Shape::Blob => false,
        }
    }

    /// Returns whether the values are text, which has a length.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Shape::Text)
    }
}

macro_rules! column_types {
    ($($rust:ty: $kind:ident, $shape:ident;)*) => {$(
        impl ColumnType for $rust {
            const SHAPE: Shape = Shape::$shape;

            fn column_type() -> Type {
                Type::$kind
            }
        }
    )*};
}

column_types! {
    bool: Boolean, Boolean;
    i8: SmallInt, Integer;
    i16: SmallInt, Integer;
    i32: Integer, Integer;
    i64: BigInt, Integer;
    u8: SmallInt, Integer;
    u16: Integer, Integer;
    u32: BigInt, Integer;
    f32: Real, Real;
    f64: Double, Real;
    String: Text, Text;
    Vec<u8>: Blob, Blob;
}

impl<T: ColumnType> ColumnType for Option<T> {
    const NULLABLE: bool = {
        assert!(
            !T::NULLABLE,
            "an `Option` in an `Option`: a column has only one NULL"
        );
        true
    };
    const SHAPE: Shape = T::SHAPE;

    fn column_type() -> Type {
        T::column_type()
    }

    fn enum_type() -> Option<EnumType> {
        T::enum_type()
    }
}

impl<T: ColumnType> ColumnType for Box<T> {
    const NULLABLE: bool = T::NULLABLE;
    const SHAPE: Shape = T::SHAPE;

    fn column_type() -> Type {
        T::column_type()
    }

    fn enum_type() -> Option<EnumType> {
        T::enum_type()
    }
}
