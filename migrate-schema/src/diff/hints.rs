//! The user's decisions about renames and drops.

use super::RenameCandidate;

/// Decisions about a comparison that only the user can make.
///
/// A rename is ignored if the old name no longer exists or the new name already exists: it was done before.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Hints {
    /// The renamed tables.
    pub tables: Vec<Renamed>,
    /// The renamed columns, each with its table's new name.
    pub columns: Vec<(String, Renamed)>,
    /// The tables that may be dropped with their rows.
    pub drop_tables: Vec<String>,
    /// The rename candidates answered with no, which are not returned again.
    pub refused: Vec<RenameCandidate>,
}

/// A rename.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// The old name.
    pub from: String,
    /// The new name.
    pub to: String,
}

impl Renamed {
    /// Returns the rename of `from` to `to`.
    pub fn new(from: impl Into<String>, to: impl Into<String>) -> Renamed {
        Renamed {
            from: from.into(),
            to: to.into(),
        }
    }
}

impl Hints {
    /// Records the answer yes to `candidate`.
    pub fn accept(&mut self, candidate: &RenameCandidate) {
        match candidate {
            RenameCandidate::RenameTable { from, to, .. } => {
                self.tables.push(Renamed::new(from, to))
            }
            RenameCandidate::RenameColumn {
                table, from, to, ..
            } => self.columns.push((table.clone(), Renamed::new(from, to))),
        }
    }

    /// Records the answer no to `candidate`.
    pub fn refuse(&mut self, candidate: &RenameCandidate) {
        self.refused.push(candidate.clone());
    }

    /// Returns the hints for a further schema: `billing.bills` applies to the schema `billing`.
    pub(super) fn within(&self, schema: &str) -> Hints {
        let own = |name: &String| own(name, schema).map(str::to_owned);
        let is_table = |(table, _): &&(String, Renamed)| table == schema;
        let tables = self.tables.iter();
        let columns = self.columns.iter();
        let refused = self.refused.iter();
        Hints {
            tables: tables
                .filter_map(|it| Some(Renamed::new(own(&it.from)?, own(&it.to)?)))
                // On a command line, `billing.bills=invoices` looks like a column.
                .chain(
                    self.columns
                        .iter()
                        .filter(is_table)
                        .map(|(_, it)| it.clone()),
                )
                .collect(),
            columns: columns
                .filter_map(|(table, it)| Some((own(table)?, it.clone())))
                .collect(),
            drop_tables: self.drop_tables.iter().filter_map(own).collect(),
            refused: refused
                .filter_map(|candidate| candidate.within(schema))
                .collect(),
        }
    }

    /// Returns whether `candidate` was answered with no, ignoring its score.
    pub(super) fn refuses(&self, candidate: &RenameCandidate) -> bool {
        self.refused
            .iter()
            .any(|refused| refused.asks_as(candidate))
    }
}

/// Returns the name of an object within a schema, if it is prefixed with the schema's name.
pub fn own<'n>(name: &'n str, schema: &str) -> Option<&'n str> {
    name.strip_prefix(schema)?.strip_prefix('.')
}

/// Returns the patterns for names of a schema: the general ones, and those with its prefix, without the prefix.
pub(super) fn inside(patterns: &[impl AsRef<str>], schema: &str) -> Vec<String> {
    let patterns = patterns.iter().map(AsRef::as_ref);
    let own = patterns.clone().filter_map(|pattern| own(pattern, schema));
    patterns.clone().chain(own).map(str::to_owned).collect()
}

/// Returns names that each become another of them, out of new names with their older ones.
pub fn cycle<'n>(renamed: &[(&'n str, &'n str)]) -> Option<Vec<&'n str>> {
    let older = |name: &str| renamed.iter().find(|(new, _)| *new == name).map(|it| it.1);
    renamed.iter().find_map(|&(first, old)| {
        let mut names = vec![first];
        let mut name = old;
        while !names.contains(&name) {
            names.push(name);
            name = older(name)?;
        }
        (names.len() > 1 && name == first).then_some(names)
    })
}
