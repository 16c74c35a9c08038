//! Parses the [`Created`] date of a header, an RFC 3339 instant, without a calendar library.
//!
//! It must not read the clock.

use std::fmt;
use std::sync::Arc;

/// The creation date of a revision file: an RFC 3339 date and time with `Z` or an offset.
///
/// It only orders revisions that no link orders; execution never depends on it.
///
/// ```
/// use migrate_graph::Created;
///
/// let noon = Created::parse("2026-11-23T12:00:00Z").unwrap();
/// let same = Created::parse("2026-11-23T14:00:00+02:00").unwrap();
/// assert_eq!(noon.unix_seconds(), same.unix_seconds());
/// assert!(Created::parse("2026-02-30T12:00:00Z").is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Created {
    text: Arc<str>,
    seconds: i64,
}

impl Created {
    /// Parses an instant; returns `None` if `text` is not one.
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self {
            text: text.into(),
            seconds: unix_seconds(text.as_bytes())?,
        })
    }

    /// Returns the instant as seconds since 1970-01-01T00:00:00Z.
    pub fn unix_seconds(&self) -> i64 {
        self.seconds
    }

    /// Returns the text as written in the header.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Created {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn unix_seconds(text: &[u8]) -> Option<i64> {
    let (date_time, zone) = text.split_at_checked(19)?;
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if separators.iter().any(|&(at, byte)| date_time[at] != byte) {
        return None;
    }
    let year = digits(&date_time[0..4])?;
    let month = digits(&date_time[5..7]).filter(|m| (1..=12).contains(m))?;
    let day = digits(&date_time[8..10]).filter(|d| (1..=days_in(year, month)).contains(d))?;
    let hour = digits(&date_time[11..13]).filter(|h| *h < 24)?;
    let minute = digits(&date_time[14..16]).filter(|m| *m < 60)?;
    let second = digits(&date_time[17..19]).filter(|s| *s < 60)?;
    let local = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(local - offset_seconds(skip_fraction(zone)?)?)
}

fn digits(bytes: &[u8]) -> Option<i64> {
    bytes.iter().try_fold(0, |number, b| {
        b.is_ascii_digit()
            .then(|| number * 10 + i64::from(b - b'0'))
    })
}

fn skip_fraction(zone: &[u8]) -> Option<&[u8]> {
    let Some(fraction) = zone.strip_prefix(b".") else {
        return Some(zone);
    };
    let length = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
    (1..=9).contains(&length).then(|| &fraction[length..])
}

fn offset_seconds(zone: &[u8]) -> Option<i64> {
    match zone {
        b"Z" => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let hours = digits(&[*h1, *h2]).filter(|h| *h < 24)?;
            let minutes = digits(&[*m1, *m2]).filter(|m| *m < 60)?;
            let seconds = hours * 3_600 + minutes * 60;
            Some(if *sign == b'+' { seconds } else { -seconds })
        }
        _ => None,
    }
}

fn days_in(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Returns the number of days of a civil date, with the year starting in March so that the leap day is last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<i64> {
        Created::parse(text).map(|created| created.unix_seconds())
    }

    #[test]
    fn known_instants_have_their_unix_seconds() {
        assert_eq!(seconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(seconds("2000-02-29T00:00:00Z"), Some(951_782_400));
        assert_eq!(seconds("2026-11-23T09:15:00.123Z"), Some(1_795_425_300));
        assert_eq!(seconds("1969-12-31T23:59:59Z"), Some(-1));
    }

    #[test]
    fn an_offset_moves_the_instant() {
        assert_eq!(seconds("1970-01-01T02:30:00+02:30"), Some(0));
        assert_eq!(seconds("1969-12-31T23:00:00-01:00"), Some(0));
    }

    #[test]
    fn an_invalid_instant_is_rejected() {
        for text in [
            "",
            "2026",
            "2026-11-23",
            "2026-11-23T09:15:00",
            "2026-11-23 09:15:00Z",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T09:60:00Z",
            "2026-11-23T09:15:60Z",
            "2026-11-23T09:15:00.Z",
            "2026-11-23T09:15:00+2:00",
            "2026-11-23T09:15:00Zx",
            "2026-11-2éT09:15:00Z",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
