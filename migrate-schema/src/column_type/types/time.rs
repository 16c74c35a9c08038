//! The types of the crate `time`.

use time::format_description::well_known::Rfc3339;
use time::format_description::{BorrowedFormatItem, StaticFormatDescription};
use time::macros::format_description;
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use super::{civil, kept_as_text, moment};
use crate::schema::Type;

const DATE: StaticFormatDescription = format_description!("[year]-[month]-[day]");
const TIME: &[BorrowedFormatItem<'_>] = format_description!(
    version = 2,
    "[hour]:[minute]:[second][optional [.[subsecond]]]"
);
const CIVIL: &[BorrowedFormatItem<'_>] = format_description!(
    version = 2,
    "[year]-[month]-[day]T[hour]:[minute]:[second][optional [.[subsecond]]]"
);

/// Returns the time of day, without a fraction of zero.
fn time_of_day(time: Time) -> String {
    let (hour, minute, second, nano) = time.as_hms_nano();
    let whole = format!("{hour:02}:{minute:02}:{second:02}");
    match nano {
        0 => whole,
        nano => format!("{whole}.{nano:09}")
            .trim_end_matches('0')
            .to_owned(),
    }
}

kept_as_text! {
    Date: Type::Date, |text: &str| Date::parse(text, DATE), Date::to_string;
    Time: Type::Time, |text: &str| Time::parse(text, TIME), |value: &Time| time_of_day(*value);
    PrimitiveDateTime: Type::DateTime, |text: &str| PrimitiveDateTime::parse(&civil(text), CIVIL), |value: &PrimitiveDateTime| {
        format!("{} {}", value.date(), time_of_day(value.time()))
    };
    OffsetDateTime: Type::TimestampTz, |text: &str| OffsetDateTime::parse(&moment(text), &Rfc3339), |value: &OffsetDateTime| {
        let value = value.to_offset(UtcOffset::UTC);
        format!("{} {}+00:00", value.date(), time_of_day(value.time()))
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column_type::types::there_and_back;

    #[test]
    fn the_text_formats_of_the_databases_are_parsed() {
        there_and_back::<Date>("2026-11-22", "2026-11-22", &Type::Date);
        there_and_back::<Time>("10:30:00.250", "10:30:00.25", &Type::Time);
        let civil = "2026-11-22 10:30:00";
        there_and_back::<PrimitiveDateTime>(civil, civil, &Type::DateTime);
        let moment = "2026-11-22 10:30:00+00:00";
        for shown in [
            moment,
            civil,
            "2026-11-22 10:30:00+00",
            "2026-11-22T12:30:00+02:00",
        ] {
            there_and_back::<OffsetDateTime>(shown, moment, &Type::TimestampTz);
        }
    }
}
