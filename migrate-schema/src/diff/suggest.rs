//! Finds possible renames: a dropped object and a similar new one.

use crate::schema::{Column, Schema, Table};

use super::Hints;
use super::hints::own;

/// A possible rename, which the user has to confirm. Scores range from 0 to 100.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RenameCandidate {
    /// A table that was possibly renamed.
    RenameTable {
        /// The old name.
        from: String,
        /// The new name.
        to: String,
        /// The similarity.
        score: u8,
    },
    /// A column that was possibly renamed.
    RenameColumn {
        /// The table, by its new name.
        table: String,
        /// The old name.
        from: String,
        /// The new name.
        to: String,
        /// The similarity.
        score: u8,
    },
}

impl RenameCandidate {
    /// Returns the question for tables of a further schema.
    pub(super) fn of_schema(mut self, schema: &str) -> RenameCandidate {
        let names = match &mut self {
            RenameCandidate::RenameTable { from, to, .. } => vec![from, to],
            RenameCandidate::RenameColumn { table, .. } => vec![table],
        };
        for name in names {
            *name = format!("{schema}.{name}");
        }
        self
    }

    /// Returns the question as asked within a schema; `None` if it is about another schema.
    pub(super) fn within(&self, schema: &str) -> Option<RenameCandidate> {
        let mut inside = self.clone();
        if let RenameCandidate::RenameColumn {
            table,
            from,
            to,
            score,
        } = self
            && table == schema
        {
            let (from, to, score) = (from.clone(), to.clone(), *score);
            return Some(RenameCandidate::RenameTable { from, to, score });
        }
        let strip_schema = |name: &mut String| {
            *name = own(name, schema)?.to_owned();
            Some(())
        };
        match &mut inside {
            RenameCandidate::RenameTable { from, to, .. } => {
                strip_schema(from).and(strip_schema(to))
            }
            RenameCandidate::RenameColumn { table, .. } => strip_schema(table),
        }?;
        Some(inside)
    }

    /// Returns the similarity, from 0 to 100.
    #[must_use]
    pub fn score(&self) -> u8 {
        match self {
            RenameCandidate::RenameTable { score, .. }
            | RenameCandidate::RenameColumn { score, .. } => *score,
        }
    }

    /// Returns whether both ask the same, ignoring the score.
    pub(super) fn asks_as(&self, other: &RenameCandidate) -> bool {
        self.key() == other.key()
    }

    fn key(&self) -> (Option<&str>, &str, &str) {
        match self {
            RenameCandidate::RenameTable { from, to, .. } => (None, from, to),
            RenameCandidate::RenameColumn {
                table, from, to, ..
            } => (Some(table), from, to),
        }
    }
}

/// The lowest similarity of tables for a rename candidate.
const LEAST: u8 = 50;

/// Returns the rename candidates for new tables that may be renamed old ones.
pub(super) fn tables(from: &Schema, to: &Schema, hints: &Hints) -> Vec<RenameCandidate> {
    let removed: Vec<&Table> = from
        .tables
        .iter()
        .filter(|table| to.table(&table.name).is_none())
        .collect();
    let new: Vec<&Table> = to
        .tables
        .iter()
        .filter(|table| from.table(&table.name).is_none())
        .collect();
    pick(&removed, &new, |from, to| {
        let score = table_score(from, to);
        let candidate = RenameCandidate::RenameTable {
            from: from.name.clone(),
            to: to.name.clone(),
            score,
        };
        (score >= LEAST && !hints.refuses(&candidate)).then_some(candidate)
    })
}

/// Returns the rename candidates for new columns of a table that may be renamed old ones of the same type.
pub(super) fn columns(from: &Table, to: &Table, hints: &Hints) -> Vec<RenameCandidate> {
    let removed: Vec<(usize, &Column)> = from
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| to.find_column(&column.name).is_none())
        .collect();
    let new: Vec<(usize, &Column)> = to
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| from.find_column(&column.name).is_none())
        .collect();
    pick(&removed, &new, |(old_position, old), (position, column)| {
        if old.data_type != column.data_type || old.generated != column.generated {
            return None;
        }
        let candidate = RenameCandidate::RenameColumn {
            table: to.name.clone(),
            from: old.name.clone(),
            to: column.name.clone(),
            score: column_score(old, column, old_position == position),
        };
        (!hints.refuses(&candidate)).then_some(candidate)
    })
}

/// Pairs each old object with at most one new one, the most similar first, and in declaration order among equals. The
/// candidates are in the order of the new objects.
fn pick<T: Copy>(
    removed: &[T],
    new: &[T],
    compare: impl Fn(T, T) -> Option<RenameCandidate>,
) -> Vec<RenameCandidate> {
    let mut all: Vec<(usize, usize, RenameCandidate)> = Vec::new();
    for (at, to) in new.iter().enumerate() {
        for (old, from) in removed.iter().enumerate() {
            all.extend(compare(*from, *to).map(|candidate| (at, old, candidate)));
        }
    }
    // A stable sort keeps declaration order among equals.
    all.sort_by_key(|(_, _, candidate)| std::cmp::Reverse(candidate.score()));
    let mut chosen: Vec<(usize, usize, RenameCandidate)> = Vec::new();
    for (at, old, candidate) in all {
        if !chosen.iter().any(|(a, o, _)| *a == at || *o == old) {
            chosen.push((at, old, candidate));
        }
    }
    chosen.sort_by_key(|(at, _, _)| *at);
    chosen
        .into_iter()
        .map(|(_, _, candidate)| candidate)
        .collect()
}

/// Scores by the number of equal columns. A column of another type counts half, and a similar name adds a little.
fn table_score(from: &Table, to: &Table) -> u8 {
    let most = from.columns.len().max(to.columns.len());
    let halves: usize = to
        .columns
        .iter()
        .filter_map(|column| {
            let old = from.find_column(&column.name)?;
            Some(if old.data_type == column.data_type {
                2
            } else {
                1
            })
        })
        .sum();
    let columns = (halves * 45).checked_div(most).unwrap_or(0);
    percent(columns + usize::from(closeness(&from.name, &to.name)) / 10)
}

/// Scores by the name first, then by other equal properties.
fn column_score(from: &Column, to: &Column, same_position: bool) -> u8 {
    let name = usize::from(closeness(&from.name, &to.name)) * 6 / 10;
    let rest = [
        (same_position, 20),
        (from.not_null == to.not_null, 10),
        (from.default == to.default, 10),
    ];
    percent(
        name + rest
            .iter()
            .map(|(same, points)| if *same { *points } else { 0 })
            .sum::<usize>(),
    )
}

/// Returns the similarity of two names, from 0 to 100: 100 minus the share of letters to change.
fn closeness(one: &str, other: &str) -> u8 {
    let (one, other): (Vec<char>, Vec<char>) = (
        one.to_lowercase().chars().collect(),
        other.to_lowercase().chars().collect(),
    );
    let longer = one.len().max(other.len());
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.iter().enumerate() {
        let mut above = row[0];
        row[0] = line + 1;
        for (at, against) in other.iter().enumerate() {
            let swapped = above + usize::from(letter != against);
            above = row[at + 1];
            row[at + 1] = swapped.min(above + 1).min(row[at] + 1);
        }
    }
    let distance = row.last().copied().unwrap_or(longer);
    percent(100 - (distance * 100).checked_div(longer).unwrap_or(0))
}

fn percent(points: usize) -> u8 {
    u8::try_from(points.min(100)).unwrap_or(100)
}
