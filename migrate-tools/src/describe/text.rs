//! Values shown side by side.

use migrate_engine::error::printable;

/// The maximum number of characters shown.
const SHOWN: usize = 80;

/// The number of characters shown before the first difference.
const BEFORE: usize = 24;

/// Returns a value, or `none` if it is not set.
pub(super) fn value(value: Option<&str>) -> String {
    value.map_or_else(|| "none".to_owned(), shown)
}

/// Returns escaped SQL in backticks.
pub(super) fn shown(sql: &str) -> String {
    format!("`{}`", printable(sql))
}

/// Returns two values so that the difference is visible: of long values the part around the first difference.
pub(super) fn both(from: Option<&str>, to: Option<&str>) -> [String; 2] {
    let (Some(from), Some(to)) = (from, to) else {
        return [value(from), value(to)];
    };
    let [from, to] = [from, to].map(one_line);
    let fits = |text: &str| text.chars().count() <= SHOWN;
    if fits(&from) && fits(&to) {
        return [shown(&from), shown(&to)];
    }
    let common = from.chars().zip(to.chars()).take_while(|(a, b)| a == b);
    let skipped = common.count().saturating_sub(BEFORE);
    [from, to].map(|text| {
        let rest: String = text.chars().skip(skipped).collect();
        match skipped {
            0 => shown(&rest),
            _ => shown(&format!("…{rest}")),
        }
    })
}

fn one_line(text: &str) -> String {
    // Two values may differ only in line breaks.
    match text.contains('\n') {
        true => text.replace('\n', "\\n"),
        false => text.to_owned(),
    }
}

/// Returns a statement on one line, truncated for use in a message.
pub(crate) fn shortened(sql: &str) -> String {
    let words: Vec<&str> = sql.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_differing_part_of_long_strings_is_shown() {
        let long = format!("SELECT {} FROM t WHERE ", "a, ".repeat(60));
        let [from, to] = both(Some(&format!("{long}x > 1")), Some(&format!("{long}x > 2")));
        assert!(from.ends_with("FROM t WHERE x > 1`"), "{from}");
        assert!(to.ends_with("FROM t WHERE x > 2`"), "{to}");
        assert!(from.starts_with("`…"), "{from}");
    }

    #[test]
    fn short_strings_and_missing_values_are_shown_whole() {
        assert_eq!(both(Some("a"), None), ["`a`", "none"]);
        assert_eq!(both(Some("a"), Some("")), ["`a`", "``"]);
    }

    #[test]
    fn strings_that_differ_only_in_line_breaks_are_distinguished() {
        assert_eq!(both(Some("a b"), Some("a\nb")), ["`a b`", "`a\\nb`"]);
    }
}
