//! The types of the crate `chrono`.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use super::{civil, kept_as_text, moment};
use crate::schema::Type;

kept_as_text! {
    NaiveDate: Type::Date, |text: &str| text.parse::<NaiveDate>(), NaiveDate::to_string;
    NaiveTime: Type::Time, |text: &str| text.parse::<NaiveTime>(), NaiveTime::to_string;
    NaiveDateTime: Type::DateTime, |text: &str| civil(text).parse::<NaiveDateTime>(), NaiveDateTime::to_string;
    DateTime<Utc>: Type::TimestampTz, |text: &str| moment(text).parse::<DateTime<Utc>>(), |value: &DateTime<Utc>| {
        format!("{}+00:00", value.naive_utc())
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column_type::types::there_and_back;

    #[test]
    fn the_text_formats_of_the_databases_are_parsed() {
        there_and_back::<NaiveDate>("2026-11-22", "2026-11-22", &Type::Date);
        there_and_back::<NaiveTime>("10:30:00.250", "10:30:00.250", &Type::Time);
        let civil = "2026-11-22 10:30:00";
        there_and_back::<NaiveDateTime>(civil, civil, &Type::DateTime);
        let moment = "2026-11-22 10:30:00+00:00";
        for shown in [
            moment,
            civil,
            "2026-11-22 10:30:00+00",
            "2026-11-22T12:30:00+02:00",
        ] {
            there_and_back::<DateTime<Utc>>(shown, moment, &Type::TimestampTz);
        }
    }
}
