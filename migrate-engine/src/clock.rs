//! The current time, in the format of the version table.

use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the current time in UTC, to the millisecond: `2026-11-22T10:30:00.123Z`.
pub fn now() -> String {
    // A clock before 1970 is shown as 1970: the time is only informative.
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    format_utc(since.as_secs(), since.subsec_millis())
}

/// Returns the current time in UTC in the format of file names: `20261122T103000.123Z`.
pub fn stamp() -> String {
    now().replace(['-', ':'], "")
}

/// Converts a stamp to the format of all other times: `2026-11-22T10:30:00.123Z`.
pub fn shown_stamp(stamp: &str) -> String {
    let part = |from: usize, to: usize| stamp.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}T{}:{}:{}",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(9, 11),
        part(11, 13),
        part(13, 20)
    )
}

fn format_utc(seconds: u64, millis: u32) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// Returns year, month and day of a count of days since 1970 (Howard Hinnant's `civil_from_days`).
fn date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_the_time_without_signs_that_file_names_can_t_have() {
        let stamp = stamp();
        let shown = "2026-11-22T10:30:00.123Z";
        assert_eq!(shown_stamp("20261122T103000.123Z"), shown);
        assert_eq!(shown_stamp(&stamp).replace(['-', ':'], ""), stamp);
    }

    #[test]
    fn days_become_dates_across_leap_years() {
        assert_eq!(format_utc(0, 0), "1970-01-01T00:00:00.000Z");
        assert_eq!(format_utc(951_782_399, 1), "2000-02-28T23:59:59.001Z");
        assert_eq!(format_utc(951_782_400, 0), "2000-02-29T00:00:00.000Z");
        assert_eq!(format_utc(1_798_675_199, 999), "2026-12-30T23:59:59.999Z");
        assert_eq!(format_utc(4_107_542_400, 0), "2100-03-01T00:00:00.000Z");
    }
}
