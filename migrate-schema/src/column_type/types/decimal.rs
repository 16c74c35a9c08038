//! The decimals of the crate `rust_decimal`.

use rust_decimal::Decimal;

use super::kept_as_text;
use crate::schema::Type;

kept_as_text! {
    // It has a fraction, because a database may store no decimal places if none are declared.
    Decimal: Type::Numeric(28, 10), read, Decimal::to_string;
}

fn read(text: &str) -> Result<Decimal, rust_decimal::Error> {
    text.parse()
        .or_else(|error| Decimal::from_scientific(text).map_err(|_| error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column_type::types::there_and_back;
    use crate::value::{ColumnValue, ValueRef};

    #[test]
    fn the_text_formats_of_the_databases_are_parsed() {
        there_and_back::<Decimal>("12.50", "12.50", &Type::Numeric(28, 10));
        assert_eq!(
            Decimal::from_value_ref(&ValueRef::Integer(3)),
            Ok(Decimal::from(3))
        );
        assert_eq!(
            Decimal::from_value_ref(&ValueRef::Real(0.1)),
            Ok(Decimal::new(1, 1))
        );
        assert!(Decimal::from_value_ref(&ValueRef::Real(f64::NAN)).is_err());
    }
}
