//! Reads the [`Date`] of a migration from its version.
//!
//! It must not read the clock: the same files always become the same revisions.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The date of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Date {
    Known(Timestamp),
    /// The tool numbers its migrations, or the digits are not a date.
    Unknown,
}

/// Returns the date in the digits of a version: `YYYYMMDD`, with hours, minutes and seconds or without.
pub(super) fn of_version(version: &str) -> Date {
    let digits: String = version.chars().filter(char::is_ascii_digit).collect();
    of_digits(&digits).map_or(Date::Unknown, Date::Known)
}

fn of_digits(digits: &str) -> Option<Timestamp> {
    let number = |from: usize, length: usize| -> Option<i16> {
        match digits.get(from..from + length) {
            Some(part) => part.parse().ok(),
            None => Some(0),
        }
    };
    if !matches!(digits.len(), 8 | 10 | 12 | 14..=20) {
        return None;
    }
    let year = number(0, 4).filter(|year| (1970..=2999).contains(year))?;
    let small = |from| number(from, 2).and_then(|number| i8::try_from(number).ok());
    // 10 digits are a date with an hour, or seconds since 1970, which begin with 1 and then have no valid year.
    let date = DateTime::new(
        year,
        small(4)?,
        small(6)?,
        small(8)?,
        small(10)?,
        small(12)?,
        0,
    );
    date.ok()?
        .to_zoned(TimeZone::UTC)
        .ok()
        .map(|at| at.timestamp())
}

/// Returns the date of a revision: that of its migration, or one second after the date of the revision before it.
///
/// The first one without a date gets 1970-01-01, which is plainly no real date.
pub(super) fn after(date: Date, before: Option<Timestamp>) -> Timestamp {
    match (date, before) {
        (Date::Known(date), _) => date,
        (Date::Unknown, None) => Timestamp::UNIX_EPOCH,
        (Date::Unknown, Some(before)) => before
            .checked_add(jiff::SignedDuration::from_secs(1))
            .unwrap_or(before),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(version: &str) -> Option<String> {
        match of_version(version) {
            Date::Known(date) => Some(date.to_string()),
            Date::Unknown => None,
        }
    }

    #[test]
    fn the_digits_of_a_version_are_its_date() {
        for (version, expected) in [
            ("20210422143411", "2021-04-22T14:34:11Z"),
            ("2018-01-14-171611", "2018-01-14T17:16:11Z"),
            ("2026-07-30-140000-0000", "2026-07-30T14:00:00Z"),
            ("20240131", "2024-01-31T00:00:00Z"),
            ("202401311205", "2024-01-31T12:05:00Z"),
        ] {
            assert_eq!(date(version).as_deref(), Some(expected), "{version}");
        }
    }

    #[test]
    fn what_is_not_a_date_is_unknown() {
        for version in [
            "00000000000000",
            "1",
            "0042",
            "20241301000000",
            "20240131250000",
            "1611071776",
            "",
        ] {
            assert_eq!(date(version), None, "{version}");
        }
    }

    #[test]
    fn a_revision_without_a_date_follows_the_one_before_it() {
        let first = after(Date::Unknown, None);
        assert_eq!(first.to_string(), "1970-01-01T00:00:00Z");
        let second = after(Date::Unknown, Some(first));
        assert_eq!(second.to_string(), "1970-01-01T00:00:01Z");
        let known = of_version("20240131");
        assert_eq!(
            after(known, Some(second)).to_string(),
            "2024-01-31T00:00:00Z"
        );
    }
}
