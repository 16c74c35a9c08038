//! Writes parameters into a statement, in place of its placeholders.

use std::fmt::Write as _;

use crate::value::Value;

/// Returns a statement with its parameters written out. Placeholders are `?`, `?1` and `$1`. Text in quotes and
/// comments is unchanged.
#[must_use]
pub fn filled_in(sql: &str, params: &[Value]) -> String {
    if params.is_empty() {
        return sql.to_owned();
    }
    let mut text = String::with_capacity(sql.len());
    let (mut rest, mut next) = (sql, 0);
    while let Some(c) = rest.chars().next() {
        if let Some(length) = quoted_length(rest) {
            text.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        if c != '?' && c != '$' {
            text.push(c);
            continue;
        }
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let at = match rest[..digits].parse::<usize>() {
            Ok(number) => number.checked_sub(1),
            Err(_) if c == '?' => Some(next),
            Err(_) => None,
        };
        match at.and_then(|at| params.get(at)) {
            Some(value) => {
                next = at.unwrap_or(next) + 1;
                rest = &rest[digits..];
                text.push_str(&literal(value));
            }
            None => text.push(c),
        }
    }
    text
}

/// Returns the length of the quoted text, the name or the comment at the start of `sql`.
fn quoted_length(sql: &str) -> Option<usize> {
    let ends = |start: usize, end: &str| {
        let found = sql.get(start..)?.find(end)?;
        Some(start + found + end.len())
    };
    let length = match sql.as_bytes() {
        [b'\'', ..] => ends(1, "'"),
        [b'"', ..] => ends(1, "\""),
        [b'`', ..] => ends(1, "`"),
        [b'-', b'-', ..] => ends(2, "\n"),
        [b'/', b'*', ..] => ends(2, "*/"),
        _ => return None,
    };
    // Unclosed text extends to the end.
    Some(length.unwrap_or(sql.len()))
}

/// Returns a value as SQL.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Boolean(value) => if *value { "TRUE" } else { "FALSE" }.to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => format!("{number:?}"),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Blob(bytes) => {
            let mut hex = String::with_capacity(bytes.len() * 2 + 3);
            hex.push_str("X'");
            for byte in bytes {
                // Writing to a String can't fail.
                let _ = write!(hex, "{byte:02X}");
            }
            hex.push('\'');
            hex
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_replace_placeholders() {
        let params = [Value::from("it's"), Value::from(7), Value::Null];
        for (sql, expected) in [
            (
                "UPDATE t SET a = ?1, b = ?2 WHERE c IS ?3",
                "UPDATE t SET a = 'it''s', b = 7 WHERE c IS NULL",
            ),
            ("VALUES ($2, $1, $2)", "VALUES (7, 'it''s', 7)"),
            ("VALUES (?, ?, ?)", "VALUES ('it''s', 7, NULL)"),
            (
                "SELECT '?1', \"?\", `?` -- ?\n, ?1 /* ?2 */",
                "SELECT '?1', \"?\", `?` -- ?\n, 'it''s' /* ?2 */",
            ),
            ("SELECT 'a''?' || ?1", "SELECT 'a''?' || 'it''s'"),
            ("SELECT $$ ?9", "SELECT $$ ?9"),
            ("SELECT 'open ?1", "SELECT 'open ?1"),
        ] {
            assert_eq!(filled_in(sql, &params), expected);
        }
    }

    #[test]
    fn bytes_are_written_as_hexadecimal_digits() {
        assert_eq!(literal(&Value::Blob(vec![0, 255])), "X'00FF'");
    }
}
