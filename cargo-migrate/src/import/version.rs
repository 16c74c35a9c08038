//! Parses the versions and descriptions in file names.

/// Returns the digits at the start of a name, and the rest.
pub(super) fn digits(name: &str) -> Option<(&str, &str)> {
    let end = name
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(name.len());
    (end > 0).then(|| name.split_at(end))
}

/// Returns a number as the tools write it to their tables: without leading zeros.
pub(super) fn number(digits: &str) -> String {
    match digits.trim_start_matches('0') {
        "" => "0".to_owned(),
        number => number.to_owned(),
    }
}

/// Returns the sort key of digits of any length.
pub(super) fn key(digits: &str) -> (usize, String) {
    let number = number(digits);
    (number.len(), number)
}

/// Returns a description as words.
pub(super) fn words(description: &str) -> String {
    let words = description.replace(['_', '-', '.'], " ");
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sort_by_value() {
        let mut numbers = ["10", "9", "0002", "1"];
        numbers.sort_by_key(|digits| key(digits));
        assert_eq!(numbers, ["1", "0002", "9", "10"]);
        assert_eq!([number("0002"), number("000")], ["2", "0"]);
    }

    #[test]
    fn a_name_starts_with_its_version() {
        assert_eq!(digits("0001_a"), Some(("0001", "_a")));
        assert_eq!(digits("a"), None);
        assert_eq!(words("create_the-tables"), "create the tables");
    }
}
