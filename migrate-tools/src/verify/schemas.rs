//! Describes the differences of two schemas of a verification.

use crate::describe::{self, SchemaLabels};
use migrate_engine::backend::Backend;
use migrate_schema::schema::Schema;

/// Returns a line for each difference, including the order of columns and the spelling.
pub(super) fn differences<B: Backend>(
    from: &Schema,
    to: &Schema,
    labels: SchemaLabels<'_>,
) -> Vec<String> {
    let all = from.differences(to);
    if all.is_empty() {
        return all;
    }
    let mut lines = describe::describe_schemas::<B>(from, to, labels);
    lines.extend(from.moved_columns(to).map(|(table, [here, there])| {
        let (here, there) = (here.join(", "), there.join(", "));
        format!(
            "the columns of `{table}` are in the order {here} in {}, {there} in {}",
            labels.from, labels.to
        )
    }));
    if lines.is_empty() {
        // Objects that differ only in spelling are equal.
        let all = B::exact(from.clone()).differences(&B::exact(to.clone()));
        // No operation converts one into the other, so the line shows where their texts differ.
        return all
            .iter()
            .map(|line| shorten_difference(line, labels))
            .collect();
    }
    lines
}

/// Returns a difference with its surroundings, instead of two whole texts.
fn shorten_difference(line: &str, labels: SchemaLabels<'_>) -> String {
    let parts = line.split_once(" differs: ");
    let both = parts.and_then(|(name, rest)| Some((name, rest.split_once(" became ")?)));
    let Some((name, (from, to))) = both else {
        return line.to_owned();
    };
    let [from, to] = differing_parts(from, to);
    format!(
        "{name} differs: `{from}` in {}, `{to}` in {}",
        labels.from, labels.to
    )
}

/// The number of characters that are printed before, in and after a difference.
const AROUND: usize = 30;
const INSIDE: usize = 120;

/// Removes the common beginning and end of two texts.
fn differing_parts(from: &str, to: &str) -> [String; 2] {
    let [from, to] = [from, to].map(|text| text.chars().collect::<Vec<char>>());
    let same = |(one, other): &(&char, &char)| one == other;
    let start = from.iter().zip(&to).take_while(same).count();
    let (rest, other) = (&from[start..], &to[start..]);
    let backwards = rest.iter().rev().zip(other.iter().rev());
    let end = backwards.take_while(same).count();
    [from.as_slice(), to.as_slice()].map(|text| {
        let inside = (text.len() - end - start).min(INSIDE);
        let first = start.saturating_sub(AROUND);
        let last = (start + inside + AROUND).min(text.len());
        let dots = |cut: bool| if cut { "…" } else { "" };
        let shown: String = text[first..last].iter().collect();
        let shown = printable_line(&shown);
        format!("{}{shown}{}", dots(first > 0), dots(last < text.len()))
    })
}

fn printable_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_without_an_operation_is_reported_at_its_position() {
        let labels = SchemaLabels {
            from: "the first",
            to: "the second",
        };
        let line = "table `t` differs: Table { name: \"t\", options: None } became Table { name: \"t\", options: Some(\"STRICT\") }";
        assert_eq!(
            shorten_difference(line, labels),
            "table `t` differs: `Table { name: \"t\", options: None }` in the first, \
             `Table { name: \"t\", options: Some(\"STRICT\") }` in the second"
        );
        assert_eq!(
            shorten_difference("view `v` is new", labels),
            "view `v` is new"
        );
    }
}
