//! What people said about renames and drops.

use super::Question;

/// What only people can know about the way from one schema to the other.
///
/// A rename whose old name is not there any more, or whose new name is there already, is done and is left alone.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Hints {
    /// Tables that got another name.
    pub tables: Vec<Renamed>,
    /// Columns that got another name, each with its table's new name.
    pub columns: Vec<(String, Renamed)>,
    /// Tables that may be dropped, rows and all.
    pub drop_tables: Vec<String>,
    /// Questions that were answered with no: not asked again.
    pub refused: Vec<Question>,
}

/// A name that became another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// The name before.
    pub from: String,
    /// The name from now on.
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
    /// Takes the answer yes to `question`.
    pub fn accept(&mut self, question: &Question) {
        match question {
            Question::RenameTable { from, to, .. } => self.tables.push(Renamed::new(from, to)),
            Question::RenameColumn {
                table, from, to, ..
            } => self.columns.push((table.clone(), Renamed::new(from, to))),
        }
    }

    /// Takes the answer no to `question`.
    pub fn refuse(&mut self, question: &Question) {
        self.refused.push(question.clone());
    }

    /// Returns what was said about a further schema: `billing.bills` of the schema `billing`.
    pub(super) fn within(&self, schema: &str) -> Hints {
        let own = |name: &String| own(name, schema).map(str::to_owned);
        let is_table = |(table, _): &&(String, Renamed)| table == schema;
        let tables = self.tables.iter();
        let columns = self.columns.iter();
        let refused = self.refused.iter();
        Hints {
            tables: tables
                .filter_map(|it| Some(Renamed::new(own(&it.from)?, own(&it.to)?)))
                // On a command line `billing.bills=invoices` looks like a column.
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
                .filter_map(|question| question.within(schema))
                .collect(),
        }
    }

    /// Returns whether the answer to `question` was no, whatever it scored then.
    pub(super) fn refuses(&self, question: &Question) -> bool {
        self.refused.iter().any(|refused| refused.asks_as(question))
    }
}

/// Returns the name of something in a schema, where the schema stands before it.
pub(crate) fn own<'n>(name: &'n str, schema: &str) -> Option<&'n str> {
    name.strip_prefix(schema)?.strip_prefix('.')
}

/// Returns the patterns for names of a schema: those for names of all, and those that begin with its name, without that.
pub(super) fn inside(patterns: &[impl AsRef<str>], schema: &str) -> Vec<String> {
    let patterns = patterns.iter().map(AsRef::as_ref);
    let own = patterns.clone().filter_map(|pattern| own(pattern, schema));
    patterns.clone().chain(own).map(str::to_owned).collect()
}

/// Returns names that each become another of them, out of new names with their older ones.
pub(crate) fn cycle<'n>(renamed: &[(&'n str, &'n str)]) -> Option<Vec<&'n str>> {
    let older = |name: &str| renamed.iter().find(|(new, _)| *new == name).map(|it| it.1);
    renamed.iter().find_map(|&(first, was)| {
        let mut names = vec![first];
        let mut name = was;
        while !names.contains(&name) {
            names.push(name);
            name = older(name)?;
        }
        (names.len() > 1 && name == first).then_some(names)
    })
}
