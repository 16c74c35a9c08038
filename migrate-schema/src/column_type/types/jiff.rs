//! The types of the crate `jiff`.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};

use super::{civil, kept_as_text, moment};
use crate::schema::Type;

kept_as_text! {
    Date: Type::Date, |text: &str| text.parse::<Date>(), Date::to_string;
    Time: Type::Time, |text: &str| text.parse::<Time>(), Time::to_string;
    DateTime: Type::DateTime, |text: &str| civil(text).parse::<DateTime>(), |value: &DateTime| {
        format!("{} {}", value.date(), value.time())
    };
    Timestamp: Type::TimestampTz, |text: &str| moment(text).parse::<Timestamp>(), |value: &Timestamp| {
        value.to_string().replacen('T', " ", 1).replace('Z', "+00:00")
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column_type::types::there_and_back;

    #[test]
    fn the_text_formats_of_the_databases_are_parsed() {
        there_and_back::<Date>("2026-11-22", "2026-11-22", &Type::Date);
        there_and_back::<Time>("10:30:00.25", "10:30:00.25", &Type::Time);
        let civil = "2026-11-22 10:30:00";
        there_and_back::<DateTime>(civil, civil, &Type::DateTime);
        there_and_back::<DateTime>("2026-11-22T10:30:00", civil, &Type::DateTime);
        let moment = "2026-11-22 10:30:00+00:00";
        for shown in [
            moment,
            civil,
            "2026-11-22 10:30:00+00",
            "2026-11-22T12:30:00+02:00",
        ] {
            there_and_back::<Timestamp>(shown, moment, &Type::TimestampTz);
        }
    }
}
