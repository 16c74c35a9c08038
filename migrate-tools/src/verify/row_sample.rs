//! Remembers some rows of a table, to print the values that differ.
//!
//! The choice of the rows depends only on their keys, so the same rows are remembered before and after.

use std::collections::{BTreeMap, HashMap};

use migrate_engine::error::printable;
use migrate_schema::value::Value;

use super::row_digest::hash;

/// The maximum number of remembered rows of a table.
const MAX_ROWS: usize = 500;

/// The maximum number of differences that are printed.
const EXAMPLES: usize = 3;

/// The rows by the hash of their key.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct RowSample {
    rows: BTreeMap<(u64, u32), Row>,
    /// Whether there were more rows.
    left_out: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Row {
    /// The key as text; empty if the table has none.
    key: String,
    values: Vec<HashedValue>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct HashedValue {
    hash: u64,
    shown: String,
}

impl RowSample {
    /// Remembers a row, if it is one of the chosen ones.
    pub(super) fn add(&mut self, names: &[String], key: &[Value], values: &[Value]) {
        let identity = match key.is_empty() {
            true => hash(values, &Value::Null),
            false => hash(key, &Value::Null),
        };
        let full = self.rows.len() >= MAX_ROWS;
        if full
            && self
                .rows
                .last_key_value()
                .is_some_and(|(last, _)| *last < (identity, 0))
        {
            self.left_out = true;
            return;
        }
        let same = self
            .rows
            .range((identity, 0)..=(identity, u32::MAX))
            .count();
        let number = u32::try_from(same).unwrap_or(u32::MAX);
        let words = names.iter().zip(key);
        let words: Vec<String> = words
            .map(|(name, value)| format!("{} = {}", printable(name), display_text(value)))
            .collect();
        let hashed = values.iter().map(|value| HashedValue {
            hash: hash(&[], value),
            shown: display_text(value),
        });
        let row = Row {
            key: words.join(", "),
            values: hashed.collect(),
        };
        self.rows.insert((identity, number), row);
        if full {
            self.rows.pop_last();
            self.left_out = true;
        }
    }

    /// Returns the changes in the column with the index `at` here and `to` there: `: 1 became 2 where id = 3`, or an
    /// empty string if no remembered row shows one.
    pub(super) fn changes(&self, after: &RowSample, at: usize, to: usize) -> String {
        let keyed = self.rows.values().all(|row| !row.key.is_empty());
        let found = match keyed {
            true => self.changes_by_key(after, at, to),
            false => self.changes_without_key(after, at, to),
        };
        examples(&found)
    }

    fn changes_by_key(&self, after: &RowSample, at: usize, to: usize) -> Vec<String> {
        let pairs = self.rows.iter().filter_map(|(id, row)| {
            let (from, to) = (row.values.get(at)?, after.rows.get(id)?.values.get(to)?);
            (from.hash != to.hash).then(|| {
                let (from, to) = differing_text(&from.shown, &to.shown);
                (&row.key, format!("{from} became {to} where {}", row.key))
            })
        });
        let mut found: Vec<(&String, String)> = pairs.collect();
        found.sort_by_key(|(key, _)| (key.len(), *key));
        found.into_iter().map(|(_, line)| line).collect()
    }

    /// Without a key, rows can't be matched: returns the values that exist only before, and those that exist only
    /// after.
    fn changes_without_key(&self, after: &RowSample, at: usize, to: usize) -> Vec<String> {
        let mut counts: HashMap<u64, (i64, String)> = HashMap::new();
        for (rows, at, step) in [(&self.rows, at, 1), (&after.rows, to, -1)] {
            for value in rows.values().filter_map(|row| row.values.get(at)) {
                let entry = counts
                    .entry(value.hash)
                    .or_insert_with(|| (0, value.shown.clone()));
                entry.0 += step;
            }
        }
        let mut removed: Vec<String> = Vec::new();
        let mut new: Vec<String> = Vec::new();
        for (count, shown) in counts.into_values() {
            let list = if count > 0 { &mut removed } else { &mut new };
            let times = usize::try_from(count.unsigned_abs()).unwrap_or(0);
            list.extend(std::iter::repeat_n(shown, times.min(EXAMPLES)));
        }
        removed.sort();
        new.sort();
        removed.truncate(EXAMPLES);
        new.truncate(EXAMPLES);
        match (removed.is_empty(), new.is_empty()) {
            (true, true) => Vec::new(),
            (false, true) => vec![format!("{} is gone", removed.join(", "))],
            (true, false) => vec![format!("{} is new", new.join(", "))],
            (false, false) => vec![format!("{} became {}", removed.join(", "), new.join(", "))],
        }
    }

    /// Returns the rows that exist only before or only after: `: gone where id = 1; new where id = 2`.
    pub(super) fn rows_changed(&self, after: &RowSample) -> String {
        // A row that is not remembered may still exist on the other side.
        if self.left_out || after.left_out {
            return String::new();
        }
        let only = |these: &RowSample, those: &RowSample, word: &str| -> Vec<String> {
            let rows = these.rows.iter();
            rows.filter(|(id, row)| !row.key.is_empty() && !those.rows.contains_key(id))
                .map(|(_, row)| format!("{word} where {}", row.key))
                .collect()
        };
        let mut found = only(self, after, "gone");
        let mut new = only(after, self, "new");
        for lines in [&mut found, &mut new] {
            lines.sort_by_key(|line| (line.len(), line.clone()));
        }
        found.extend(new);
        examples(&found)
    }
}

fn examples(found: &[String]) -> String {
    let examples: Vec<&str> = found.iter().take(EXAMPLES).map(String::as_str).collect();
    match found.len().saturating_sub(EXAMPLES) {
        _ if examples.is_empty() => String::new(),
        0 => format!(": {}", examples.join("; ")),
        more => format!(": {}; and {more} more", examples.join("; ")),
    }
}

/// Cuts two texts to the part that differs.
fn differing_text(from: &str, to: &str) -> (String, String) {
    if from != to {
        return (from.to_owned(), to.to_owned());
    }
    // They differ after the part that is shown, or in their type.
    (
        from.to_owned(),
        format!("another value that begins with {to}"),
    )
}

/// Returns a value as text for a person.
fn display_text(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Boolean(value) => value.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => format!("{number:?}"),
        Value::Text(text) => format!("'{}'", printable(text)),
        Value::Blob(bytes) => {
            let digits: String = bytes
                .iter()
                .take(16)
                .map(|byte| format!("{byte:02x}"))
                .collect();
            let more = if bytes.len() > 16 { "…" } else { "" };
            format!("x'{digits}{more}'")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(key: bool, rows: &[(i64, &str)]) -> RowSample {
        let mut all = RowSample::default();
        for (id, text) in rows {
            let values = [Value::Integer(*id), Value::from(*text)];
            let key = if key { &values[..1] } else { &[] };
            all.add(&["id".to_owned()], key, &values);
        }
        all
    }

    #[test]
    fn a_value_is_reported_before_and_after_with_the_key_of_its_row() {
        let (before, after) = (
            rows(true, &[(1, "a"), (2, "b")]),
            rows(true, &[(2, "b"), (1, "c")]),
        );
        assert_eq!(
            before.changes(&after, 1, 1),
            ": 'a' became 'c' where id = 1"
        );
        assert_eq!(
            before.rows_changed(&rows(true, &[(2, "b")])),
            ": gone where id = 1"
        );
    }

    #[test]
    fn without_a_key_removed_values_are_reported_with_new_ones() {
        let (before, after) = (
            rows(false, &[(1, "a"), (2, "b")]),
            rows(false, &[(2, "b"), (1, "c")]),
        );
        assert_eq!(before.changes(&after, 1, 1), ": 'a' became 'c'");
        assert_eq!(before.changes(&after, 0, 0), "");
    }

    #[test]
    fn the_sample_is_limited_and_keeps_the_same_rows_on_both_sides() {
        let many: Vec<(i64, &str)> = (0..5_000).map(|id| (id, "a")).collect();
        let (before, after) = (rows(true, &many), rows(true, &many[..4_000]));
        assert_eq!(before.rows.len(), MAX_ROWS);
        assert_eq!(before.rows_changed(&after), "");
        let others: Vec<(i64, &str)> = (0..5_000).rev().map(|id| (id, "b")).collect();
        let after = rows(true, &others);
        assert!(before.changes(&after, 1, 1).ends_with("; and 497 more"));
    }
}
