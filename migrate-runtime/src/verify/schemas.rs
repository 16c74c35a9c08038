//! What two schemas of a trial hold differently, in words.

use crate::backend::Backend;
use crate::schema::Schema;
use crate::words::{self, Sides};

/// Returns a line for each difference, however small: the order of columns and spellings count too.
pub(super) fn differences<B: Backend>(from: &Schema, to: &Schema, sides: Sides<'_>) -> Vec<String> {
    let all = from.differences(to);
    if all.is_empty() {
        return all;
    }
    let mut lines = words::difference::<B>(from, to, sides);
    lines.extend(from.moved_columns(to).map(|(table, [here, there])| {
        let (here, there) = (here.join(", "), there.join(", "));
        format!(
            "the columns of `{table}` stand in the order {here} in {}, {there} in {}",
            sides.from, sides.to
        )
    }));
    if lines.is_empty() {
        // No operation makes the one of the other; its whole text would help nobody.
        let name = |line: &String| match line.split_once(" differs: ") {
            Some((name, _)) => format!("{name} is another in {} than in {}", sides.to, sides.from),
            None => line.clone(),
        };
        return all.iter().map(name).collect();
    }
    lines
}
