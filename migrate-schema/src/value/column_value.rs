//! The Rust types that column values are converted to.

use super::{TypeMismatch, Value, ValueRef};

/// A Rust type for the values of a column.
///
/// The numbers, `bool`, `String`, `Vec<u8>`, `Option` of any of them and [`Value`] implement it. For a type of your
/// application, implement two functions:
///
/// ```
/// use migrate_schema::value::{ColumnValue, TypeMismatch, ValueRef};
///
/// struct Cents(i64);
///
/// impl ColumnValue for Cents {
///     fn from_value_ref(cell: &ValueRef<'_>) -> Result<Cents, TypeMismatch> {
///         i64::from_value_ref(cell).map(Cents)
///     }
///
///     fn to_value_ref(&self) -> ValueRef<'_> {
///         self.0.to_value_ref()
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "no column value can be converted to `{Self}`",
    label = "not the type of a column value",
    note = "implement `ColumnValue` for it, or remove the field"
)]
pub trait ColumnValue: Sized {
    /// Reads the value.
    ///
    /// # Errors
    ///
    /// [`TypeMismatch`] if the type can't hold the value.
    fn from_value_ref(value_ref: &ValueRef<'_>) -> Result<Self, TypeMismatch>;

    /// Returns the value to store in the column.
    fn to_value_ref(&self) -> ValueRef<'_>;
}

/// Reads an integer, also if the database stores it as another number or as text.
fn whole(value_ref: &ValueRef<'_>) -> Option<i64> {
    match value_ref {
        ValueRef::Integer(number) => Some(*number),
        ValueRef::Boolean(value) => Some(i64::from(*value)),
        // A number with a fraction, or with more digits than a float keeps, is not an integer.
        ValueRef::Real(number)
            if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 =>
        {
            Some(*number as i64)
        }
        ValueRef::Text(text) => text.parse().ok(),
        _ => None,
    }
}

macro_rules! whole_numbers {
    ($($kind:ty),*) => {$(
        impl ColumnValue for $kind {
            fn from_value_ref(value_ref: &ValueRef<'_>) -> Result<Self, TypeMismatch> {
                whole(value_ref)
                    .and_then(|number| number.try_into().ok())
                    .ok_or_else(|| TypeMismatch::new::<Self>(value_ref))
            }

            fn to_value_ref(&self) -> ValueRef<'_> {
                ValueRef::Integer(i64::from(*self))
            }
        }
    )*};
}
whole_numbers!(i8, i16, i32, i64, u8, u16, u32);

/// Numbers above `i64::MAX` are written as text, which a database with a larger number type reads as a number.
impl ColumnValue for u64 {
    fn from_value_ref(value_ref: &ValueRef<'_>) -> Result<Self, TypeMismatch> {
        let read = match value_ref {
            ValueRef::Text(text) => text.parse().ok(),
            _ => whole(value_ref).and_then(|number| number.try_into().ok()),
        };
        read.ok_or_else(|| TypeMismatch::new::<Self>(value_ref))
    }

    fn to_value_ref(&self) -> ValueRef<'_> {
        match i64::try_from(*self) {
            Ok(number) => ValueRef::Integer(number),
            Err(_) => ValueRef::Text(self.to_string().into()),
        }
    }
}

impl ColumnValue for f64 {
    fn from_value_ref(value_ref: &ValueRef<'_>) -> Result<Self, TypeMismatch> {
        let read = match value_ref {
            ValueRef::Real(number) => Some(*number),
            ValueRef::Integer(number) => Some(*number as f64),
            // Decimals are returned as text.
            ValueRef::Text(text) => text.parse().ok(),
            _ => None,
        };
        read.ok_or_else(|| TypeMismatch::new::<Self>(value_ref))
    }

    fn to_value_ref(&self) -> ValueRef<'_> {
        ValueRef::Real(*self)
    }
}

impl ColumnValue for f32 {
    fn from_value_ref(value_ref: &ValueRef<'_>) -> Result<Self, TypeMismatch> {
        f64::from_value_ref(value_ref)
            .map(|number| number as f32)
            .map_err(|_| TypeMismatch::new::<Self>(value_ref))
    }

    fn to_value_ref(&self) -> ValueRef<'_> {
        // Converted through its text, so that 0.1 stays 0.1.
        ValueRef::Real(self.to_string().parse().unwrap_or_else(|_| (*self).into()))
    }
}

impl ColumnValue for bool {
    fn from_value_ref(value_ref: &ValueRef<'_>) -> Result<Self, TypeMismatch> {
        match value_ref {
            ValueRef::Boolean(value) => Ok(*value),
            ValueRef::Integer(0) => Ok(false),
            ValueRef::Integer(1) => Ok(true),
            _ => Err(TypeMismatch::new::<Self>(value_ref)),
        }
    }

    fn to_value_ref(&self) -> ValueRef<'_> {
        ValueRef::Boolean(*self)
    }
}

impl ColumnValue for String {
    fn from_value_ref(value_ref: &ValueRef<'_>) -> Result<Self, TypeMismatch> {
        match value_ref {
            ValueRef::Text(text) => Ok(text.as_ref().to_owned()),
            _ => Err(TypeMismatch::new::<Self>(value_ref)),
        }
    }

    fn to_value_ref(&self) -> ValueRef<'_> {
        ValueRef::Text(self.as_str().into())
    }
}

impl ColumnValue for Vec<u8> {
    fn from_value_ref(value_ref: &ValueRef<'_>) -> Result<Self, TypeMismatch> {
        match value_ref {
            ValueRef::Blob(bytes) => Ok(bytes.to_vec()),
            ValueRef::Text(text) => Ok(text.as_bytes().to_vec()),
            _ => Err(TypeMismatch::new::<Self>(value_ref)),
        }
    }

    fn to_value_ref(&self) -> ValueRef<'_> {
        ValueRef::Blob(self.as_slice().into())
    }
}

impl ColumnValue for Value {
    fn from_value_ref(value_ref: &ValueRef<'_>) -> Result<Self, TypeMismatch> {
        Ok(value_ref.clone().into_value())
    }

    fn to_value_ref(&self) -> ValueRef<'_> {
        self.into()
    }
}

impl<T: ColumnValue> ColumnValue for Option<T> {
    fn from_value_ref(value_ref: &ValueRef<'_>) -> Result<Self, TypeMismatch> {
        match value_ref {
            ValueRef::Null => Ok(None),
            _ => T::from_value_ref(value_ref).map(Some),
        }
    }

    fn to_value_ref(&self) -> ValueRef<'_> {
        self.as_ref().map_or(ValueRef::Null, T::to_value_ref)
    }
}

impl<T: ColumnValue> ColumnValue for Box<T> {
    fn from_value_ref(value_ref: &ValueRef<'_>) -> Result<Self, TypeMismatch> {
        T::from_value_ref(value_ref).map(Box::new)
    }

    fn to_value_ref(&self) -> ValueRef<'_> {
        T::to_value_ref(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back<T: ColumnValue + PartialEq + std::fmt::Debug>(value: T) {
        let stored = value.to_value_ref().into_value();
        assert_eq!(
            T::from_value_ref(&ValueRef::from(&stored)).unwrap(),
            value,
            "{stored:?}"
        );
    }

    #[test]
    fn every_type_reads_what_it_wrote() {
        there_and_back(i64::MIN);
        there_and_back(-3_i8);
        there_and_back(u64::MAX);
        there_and_back(7_u64);
        there_and_back(0.1_f32);
        there_and_back(f64::MAX);
        there_and_back(true);
        there_and_back("Ann".to_owned());
        there_and_back(vec![0_u8, 255]);
        there_and_back(Value::Text("x".into()));
        there_and_back(None::<i64>);
        there_and_back(Some("x".to_owned()));
        there_and_back(Box::new(3_i64));
    }

    #[test]
    fn a_number_that_does_not_fit_is_rejected_and_not_truncated() {
        assert!(i8::from_value_ref(&ValueRef::Integer(200)).is_err());
        assert!(u32::from_value_ref(&ValueRef::Integer(-1)).is_err());
        assert!(u64::from_value_ref(&ValueRef::Integer(-1)).is_err());
        assert!(i64::from_value_ref(&ValueRef::Real(1.5)).is_err());
        assert!(i64::from_value_ref(&ValueRef::Real(1e300)).is_err());
        assert!(i64::from_value_ref(&ValueRef::Real(f64::NAN)).is_err());
        assert!(bool::from_value_ref(&ValueRef::Integer(2)).is_err());
        assert_eq!(i64::from_value_ref(&ValueRef::Real(3.0)), Ok(3));
    }

    #[test]
    fn null_is_read_into_an_option_only() {
        assert!(i64::from_value_ref(&ValueRef::Null).is_err());
        assert!(String::from_value_ref(&ValueRef::Null).is_err());
        assert!(Vec::<u8>::from_value_ref(&ValueRef::Null).is_err());
        assert_eq!(Option::<bool>::from_value_ref(&ValueRef::Null), Ok(None));
    }
}
