//! The SQL statements of the row helpers.

use migrate_schema::ddl::{Dialect, RowComparison, qualified};

use super::Row;

/// A query of the rows that match a condition.
pub(super) struct Select<'a> {
    pub(super) dialect: &'static dyn Dialect,
    /// The condition, and the number of its parameters.
    pub(super) filter: Option<(&'a str, usize)>,
    pub(super) limit: usize,
}

impl Select<'_> {
    /// Returns the query for the first rows.
    pub(super) fn first<R: Row>(&self) -> String {
        self.query::<R>(None)
    }

    /// Returns the query for the rows after one, whose key has the parameters of [`cursor`].
    pub(super) fn next<R: Row>(&self) -> String {
        self.query::<R>(Some(self.after(R::KEY)))
    }

    /// Returns the query for the number of rows after one.
    pub(super) fn count<R: Row>(&self) -> String {
        let after = self.after(R::KEY);
        let table = table::<R>(self.dialect);
        format!(
            "SELECT count(*) FROM {table}{}",
            self.condition(Some(after))
        )
    }

    /// Returns the query for one row with NULL in one of these key columns.
    pub(super) fn without_key<R: Row>(&self, columns: &[&str]) -> String {
        let table = table::<R>(self.dialect);
        let nulls: Vec<String> = columns
            .iter()
            .map(|column| format!("{} IS NULL", self.dialect.identifier(column)))
            .collect();
        let condition = self.condition(Some(format!("({})", nulls.join(" OR "))));
        format!("SELECT 1 FROM {table}{condition} LIMIT 1")
    }

    fn query<R: Row>(&self, after: Option<String>) -> String {
        let names = |names: &[&str]| listed(self.dialect, names);
        format!(
            "SELECT {} FROM {}{} ORDER BY {} LIMIT {}",
            names(R::COLUMNS),
            table::<R>(self.dialect),
            self.condition(after),
            names(R::KEY),
            self.limit
        )
    }

    /// The filter precedes the other condition, so its parameters have the first numbers.
    fn condition(&self, other: Option<String>) -> String {
        let filter = self.filter.map(|(filter, _)| format!("({filter})"));
        let both: Vec<String> = filter.into_iter().chain(other).collect();
        if both.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", both.join(" AND "))
        }
    }

    fn after(&self, key: &[&str]) -> String {
        let parameters = self.filter.map_or(0, |(_, count)| count);
        let column = |name: &&str| self.dialect.identifier(name);
        let place = |at: usize| self.dialect.placeholder(parameters + at);
        if let [only] = key {
            return format!("{} > {}", column(only), place(1));
        }
        match self.dialect.row_comparison() {
            RowComparison::Direct => {
                let columns: Vec<String> = key.iter().map(column).collect();
                let places: Vec<String> = (1..=key.len()).map(place).collect();
                format!("({}) > ({})", columns.join(", "), places.join(", "))
            }
            RowComparison::Expanded => {
                let mut at = 0;
                let mut next = || {
                    at += 1;
                    place(at)
                };
                let cases: Vec<String> = (0..key.len())
                    .map(|last| {
                        let mut parts: Vec<String> = key[..last]
                            .iter()
                            .map(|name| format!("{} = {}", column(name), next()))
                            .collect();
                        parts.push(format!("{} > {}", column(&key[last]), next()));
                        format!("({})", parts.join(" AND "))
                    })
                    .collect();
                format!("({})", cases.join(" OR "))
            }
        }
    }
}

/// Returns the parameters with which [`Select::next`] finds the rows after this key.
pub(super) fn cursor<T: Clone>(dialect: &dyn Dialect, key: &[T]) -> Vec<T> {
    match dialect.row_comparison() {
        RowComparison::Expanded if key.len() > 1 => (1..=key.len())
            .flat_map(|length| key[..length].iter().cloned())
            .collect(),
        _ => key.to_vec(),
    }
}

/// Returns the statement that updates the columns `changed` of one row, by its key.
pub(super) fn update<R: Row>(dialect: &dyn Dialect, changed: &[usize]) -> String {
    let mut at = 0;
    let mut equal = |name: &str| {
        at += 1;
        format!("{} = {}", dialect.identifier(name), dialect.placeholder(at))
    };
    let sets: Vec<String> = changed.iter().map(|at| equal(R::COLUMNS[*at])).collect();
    let key: Vec<String> = R::KEY.iter().map(|name| equal(name)).collect();
    format!(
        "UPDATE {} SET {} WHERE {}",
        table::<R>(dialect),
        sets.join(", "),
        key.join(" AND ")
    )
}

/// Returns the query for one row, by its key.
pub(super) fn select_by_key<R: Row>(dialect: &dyn Dialect) -> String {
    let key: Vec<String> = R::KEY
        .iter()
        .enumerate()
        .map(|(at, name)| {
            format!(
                "{} = {}",
                dialect.identifier(name),
                dialect.placeholder(at + 1)
            )
        })
        .collect();
    format!(
        "SELECT 1 FROM {} WHERE {}",
        table::<R>(dialect),
        key.join(" AND ")
    )
}

/// Returns the statement that inserts a row with these columns.
pub(super) fn insert<R: Row>(dialect: &dyn Dialect, columns: &[usize]) -> String {
    let names: Vec<&str> = columns.iter().map(|at| R::COLUMNS[*at]).collect();
    let places: Vec<String> = (1..=columns.len())
        .map(|at| dialect.placeholder(at))
        .collect();
    format!(
        "INSERT INTO {} ({}) VALUES ({})",
        table::<R>(dialect),
        listed(dialect, &names),
        places.join(", ")
    )
}

/// Returns the table, with its schema if the row type names one.
fn table<R: Row>(dialect: &dyn Dialect) -> String {
    qualified(dialect, R::SCHEMA, R::TABLE)
}

fn listed(dialect: &dyn Dialect, names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| dialect.identifier(name)).collect();
    names.join(", ")
}
