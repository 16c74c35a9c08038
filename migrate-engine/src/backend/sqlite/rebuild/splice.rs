//! Edits a list of columns and constraints as text. Everything else keeps its bytes, including comments.
//!
//! A comment at the end of a line belongs to the element before it on that line, and is removed with it.

use std::ops::Range;

use super::table::Definition;
use super::token::{after_line_comment, ends_line, has_comment};

/// Replaces parts of a text; the spans must not overlap.
pub(super) fn replace(sql: &str, mut parts: Vec<(Range<usize>, String)>) -> String {
    parts.sort_by_key(|(span, _)| std::cmp::Reverse((span.start, span.end)));
    let mut text = sql.to_owned();
    for (span, new) in parts {
        text.replace_range(span, &new);
    }
    text
}

/// Removes the element at `at`, with its comma and the white space before it.
pub(super) fn remove_element(sql: &str, table: &Definition, at: usize) -> String {
    let elements = table.elements();
    let element = &elements[at];
    let before = match at.checked_sub(1) {
        None => table.open,
        Some(previous) => table.commas[previous].map_or(elements[previous].end, |comma| comma + 1),
    };
    let mut parts = Vec::new();
    let (start, end) = if let Some(comma) = table.commas[at] {
        let end = after_line_comment(sql, comma + 1);
        if ends_line(sql, end) {
            (line_start(sql, before, element.start), end)
        } else {
            let blanks = sql[end..].len() - sql[end..].trim_start_matches([' ', '\t']).len();
            (element.start, end + blanks)
        }
    } else {
        // The last element of the list, or a constraint that the next one follows without a comma.
        let last = at + 1 == elements.len();
        if let Some(comma) = at
            .checked_sub(1)
            .and_then(|previous| table.commas[previous])
            .filter(|_| last)
        {
            parts.push((comma..comma + 1, String::new()));
        }
        let end = after_line_comment(sql, element.end);
        let start = match &sql[before..element.start] {
            gap if !has_comment(gap) => before,
            _ if ends_line(sql, end) => line_start(sql, before, element.start),
            _ => element.start,
        };
        (start, end)
    };
    parts.push((start..end, String::new()));
    replace(sql, parts)
}

/// Inserts an element after the one at `at`, in the same layout: on a line of its own, or on the same line.
pub(super) fn insert_after(sql: &str, table: &Definition, at: usize, text: &str) -> String {
    let element = &table.elements()[at];
    let behind = table.commas[at].map_or(element.end, |comma| comma + 1);
    // After a comment that ends its line, the next element needs a new line too.
    let commented = (after_line_comment(sql, behind) > behind).then(|| "\n ".to_owned());
    let line = line_of(sql, table, at).or(commented);
    let parts = match (table.commas[at], line) {
        (Some(comma), Some(line)) => {
            let position = after_line_comment(sql, comma + 1);
            vec![(position..position, format!("{line}{text},"))]
        }
        (Some(comma), None) => vec![(comma + 1..comma + 1, format!(" {text},"))],
        (None, Some(line)) => {
            let position = after_line_comment(sql, element.end);
            if position == element.end {
                vec![(position..position, format!(",{line}{text}"))]
            } else {
                vec![
                    (element.end..element.end, ",".to_owned()),
                    (position..position, format!("{line}{text}")),
                ]
            }
        }
        (None, None) => vec![(element.end..element.end, format!(", {text}"))],
    };
    replace(sql, parts)
}

/// Inserts an element before the first one.
pub(super) fn insert_first(sql: &str, table: &Definition, text: &str) -> String {
    let start = table.elements()[0].start;
    let between = line_of(sql, table, 0).unwrap_or_else(|| " ".to_owned());
    replace(sql, vec![(start..start, format!("{text},{between}"))])
}

/// Removes a clause of a column, and the white space before it unless that ends a comment.
pub(super) fn remove_clause(sql: &str, column: &Range<usize>, clause: &Range<usize>) -> String {
    let before = &sql[column.start..clause.start];
    let trimmed = column.start + before.trim_end().len();
    // White space after a line comment ends the comment.
    let last_line = before.trim_end().rsplit('\n').next().unwrap_or_default();
    let start = if last_line.contains("--") {
        clause.start
    } else {
        trimmed
    };
    replace(sql, vec![(start..clause.end, String::new())])
}

/// Returns the line break and indentation before an element, if the element begins a line.
fn line_of(sql: &str, table: &Definition, at: usize) -> Option<String> {
    let elements = table.elements();
    let before = match at.checked_sub(1) {
        None => table.open,
        Some(previous) => elements[previous].end,
    };
    let start = elements[at].start;
    let gap = &sql[before..start];
    let line = gap.rfind('\n')?;
    let indent = &gap[line + 1..];
    if !indent.trim_matches([' ', '\t']).is_empty() {
        return None;
    }
    let carriage = if gap[..line].ends_with('\r') {
        "\r"
    } else {
        ""
    };
    Some(format!("{carriage}\n{indent}"))
}

/// Returns the start of the line of `start`, including its line break, or `start` if other text precedes it on that
/// line.
fn line_start(sql: &str, from: usize, start: usize) -> usize {
    let gap = &sql[from..start];
    match gap.rfind('\n') {
        Some(line) if gap[line + 1..].trim_matches([' ', '\t']).is_empty() => {
            let carriage = gap[..line].ends_with('\r');
            from + line - usize::from(carriage)
        }
        _ => start,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "CREATE TABLE t (\n    id INTEGER, -- the key\n    -- who it is\n    name TEXT,  -- full name\n    age INT -- in years\n)";

    fn without(sql: &str, at: usize) -> String {
        let text = remove_element(sql, &Definition::read(sql).unwrap(), at);
        Definition::read(&text).unwrap();
        text
    }

    fn with(sql: &str, at: usize) -> String {
        let text = insert_after(sql, &Definition::read(sql).unwrap(), at, "new INT");
        Definition::read(&text).unwrap();
        text
    }

    #[test]
    fn an_element_is_removed_with_its_line_and_trailing_comment() {
        assert_eq!(
            without(LINES, 0),
            "CREATE TABLE t (\n    -- who it is\n    name TEXT,  -- full name\n    age INT -- in years\n)"
        );
        assert_eq!(
            without(LINES, 1),
            "CREATE TABLE t (\n    id INTEGER, -- the key\n    -- who it is\n    age INT -- in years\n)"
        );
        assert_eq!(
            without(LINES, 2),
            "CREATE TABLE t (\n    id INTEGER, -- the key\n    -- who it is\n    name TEXT  -- full name\n)"
        );
    }

    #[test]
    fn an_element_in_a_line_is_removed_without_a_gap() {
        let sql = "CREATE TABLE t(a INT, b TEXT, c)";
        assert_eq!(without(sql, 0), "CREATE TABLE t(b TEXT, c)");
        assert_eq!(without(sql, 1), "CREATE TABLE t(a INT, c)");
        assert_eq!(without(sql, 2), "CREATE TABLE t(a INT, b TEXT)");
        assert_eq!(
            without("CREATE TABLE t(a, CHECK (1) CHECK (2))", 1),
            "CREATE TABLE t(a, CHECK (2))"
        );
        assert_eq!(
            without("CREATE TABLE t(a, CHECK (1) CHECK (2))", 2),
            "CREATE TABLE t(a, CHECK (1))"
        );
    }

    #[test]
    fn no_comment_swallows_what_follows() {
        for sql in [
            "CREATE TABLE t(a, -- x\n b, c)",
            "CREATE TABLE t(a, -- x\n b)",
            "CREATE TABLE t(a, b, -- x\n c)",
            "CREATE TABLE t(a /* x */, /* y */ b /* z */, c -- w\n)",
            "CREATE TABLE t(\r\n  a, -- x\r\n  b -- y\r\n)",
            "CREATE TABLE t(a -- x\n, b)",
        ] {
            let columns = Definition::read(sql).unwrap().columns.len();
            for at in 0..columns {
                let fewer = without(sql, at);
                assert_eq!(
                    Definition::read(&fewer).unwrap().columns.len(),
                    columns - 1,
                    "{fewer}"
                );
                let more = with(sql, at);
                assert_eq!(
                    Definition::read(&more).unwrap().columns.len(),
                    columns + 1,
                    "{more}"
                );
                let packed = |sql: &str| sql.split_whitespace().collect::<String>();
                assert_eq!(packed(&without(&more, at + 1)), packed(sql), "{more}");
            }
        }
    }

    #[test]
    fn a_new_element_is_formatted_like_the_one_before_it() {
        assert_eq!(
            with(LINES, 2),
            "CREATE TABLE t (\n    id INTEGER, -- the key\n    -- who it is\n    name TEXT,  -- full name\n    age INT, -- in years\n    new INT\n)"
        );
        assert_eq!(
            with(LINES, 0),
            "CREATE TABLE t (\n    id INTEGER, -- the key\n    new INT,\n    -- who it is\n    name TEXT,  -- full name\n    age INT -- in years\n)"
        );
        assert_eq!(
            with("CREATE TABLE t(a INT, b)", 1),
            "CREATE TABLE t(a INT, b, new INT)"
        );
        let first = insert_first(LINES, &Definition::read(LINES).unwrap(), "new INT");
        assert!(first.starts_with("CREATE TABLE t (\n    new INT,\n    id INTEGER, -- the key"));
    }
}
