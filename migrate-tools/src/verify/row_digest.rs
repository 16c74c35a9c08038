//! Digests of rows: their number, and for each column a sum that changes if a value changes.
//!
//! The sum does not depend on the order of the rows. Each value is combined with its row's key, so a swap of two rows
//! is detected. Reading takes constant memory. A few rows are remembered, to print examples of a difference.

use std::hash::{DefaultHasher, Hash, Hasher};

use migrate_engine::backend::{Backend, VirtualTables};
use migrate_engine::error::DatabaseError;
use migrate_schema::schema::{Column, Schema, Table};
use migrate_schema::value::Value;

use super::row_sample::RowSample;

/// The rows of every table.
pub(super) struct Digests(Vec<Digest>);

/// The rows of one table.
#[derive(Debug, PartialEq, Eq)]
struct Digest {
    table: String,
    rows: u64,
    columns: Vec<(String, u64)>,
    row_sample: RowSample,
}

/// The losses after `down`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct UnchangedRows {
    /// Values that should have been restored and were not.
    pub(super) lost: Vec<String>,
    /// Values that were deleted with a dropped column or table.
    pub(super) gone: Vec<String>,
}

impl Digests {
    /// Reads the rows of the tables of `schema`. For a virtual table, reads the results of a query; its internal
    /// storage is ignored.
    ///
    /// # Errors
    ///
    /// The error of the database.
    pub(super) fn of<B: Backend>(
        session: &mut B::Session<'_>,
        schema: &Schema,
    ) -> Result<Digests, DatabaseError> {
        B::set_text_format(session)?;
        let modules = B::virtual_tables(session)?;
        let tables = schema.tables.iter();
        let ordinary = tables.filter(|table| !modules.contains(&table.name));
        let targets: Vec<DigestQuery> = ordinary.map(DigestQuery::of::<B>).collect();
        let mut all: Vec<Digest> = targets
            .iter()
            .map(|target| digest::<B>(session, target))
            .collect::<Result<_, _>>()?;
        all.extend(virtual_table_digests::<B>(session, &modules));
        Ok(Digests(all))
    }

    /// Compares the rows before a revision with those after its `down`. What the revision itself leaves in `between`
    /// must be the same; what it dropped is empty afterwards.
    pub(super) fn compare(&self, back: &Digests, between: &Digests) -> UnchangedRows {
        let mut unchanged = UnchangedRows::default();
        for before in &self.0 {
            let Some(after) = back.0.iter().find(|after| after.table == before.table) else {
                continue;
            };
            before.compare(after, between.table(before), &mut unchanged);
        }
        unchanged
    }

    fn table(&self, other: &Digest) -> Option<&Digest> {
        self.0.iter().find(|digest| digest.table == other.table)
    }
}

/// The rows at the four points of a round trip.
pub(super) struct RoundTripRows<'a> {
    pub(super) before: &'a Digests,
    pub(super) after: &'a Digests,
    pub(super) back: &'a Digests,
    pub(super) again: &'a Digests,
}

impl RoundTripRows<'_> {
    /// Returns the differences between the results of the second `up` and the first, one line each. Values that the
    /// first one did not change must be unchanged again. Of its new values only the number of rows must be the same,
    /// because it may have written the time.
    pub(super) fn differences(&self) -> Vec<String> {
        let after = self.after.0.iter();
        let lines =
            after.filter_map(|after| Some(self.table_differences(after, self.again.table(after)?)));
        lines.flatten().collect()
    }

    fn table_differences(&self, after: &Digest, again: &Digest) -> Vec<String> {
        let name = &after.table;
        if after.rows != again.rows {
            let (first, second) = (after.rows, again.rows);
            let which = after.row_sample.rows_changed(&again.row_sample);
            return vec![format!(
                "the second `up` leaves different rows in table `{name}` than the first: {first}, then {second}{which}"
            )];
        }
        let (Some(before), Some(back)) = (self.before.table(after), self.back.table(after)) else {
            return Vec::new();
        };
        let unchanged = |column: &&(String, u64)| {
            let has = |digest: &Digest| digest.columns.contains(column);
            has(before) && has(back) && !has(again)
        };
        let others = after.columns.iter().filter(unchanged);
        let line = |(column, _): &(String, u64)| {
            let changes = after.changes(again, column);
            format!("values of column `{name}.{column}` differ after the second `up`{changes}")
        };
        others.map(line).collect()
    }
}

impl Digest {
    /// Returns examples of the changes in a column, with a separator; empty if no remembered row shows one.
    fn changes(&self, after: &Digest, column: &str) -> String {
        let at = |digest: &Digest| {
            let mut names = digest.columns.iter();
            names.position(|(name, _)| name == column)
        };
        match (at(self), at(after)) {
            (Some(here), Some(there)) => self.row_sample.changes(&after.row_sample, here, there),
            _ => String::new(),
        }
    }

    fn compare(&self, after: &Digest, between: Option<&Digest>, unchanged: &mut UnchangedRows) {
        let name = &self.table;
        let Some(between) = between else {
            // The table was renamed and renamed back, or dropped and recreated.
            if self != after {
                unchanged.gone.push(format!(
                    "the rows of table `{name}` are deleted with it: {}",
                    self.rows
                ));
            }
            return;
        };
        if self.rows != after.rows {
            let which = self.row_sample.rows_changed(&after.row_sample);
            unchanged.lost.push(format!(
                "`down` does not restore the rows of table `{name}`: {} became {}{which}",
                self.rows, after.rows
            ));
            return;
        }
        for (column, sum) in &self.columns {
            let same = after
                .columns
                .iter()
                .any(|(other, found)| other == column && found == sum);
            if same {
                continue;
            }
            if between.columns.iter().any(|(name, _)| name == column) {
                let changes = self.changes(after, column);
                unchanged.lost.push(format!(
                    "values of column `{name}.{column}` differ after `up` and `down`{changes}"
                ));
            } else {
                unchanged.gone.push(format!(
                    "the values of column `{name}.{column}` are deleted with it"
                ));
            }
        }
    }
}

/// What is read of one table.
struct DigestQuery {
    table: String,
    key: Vec<String>,
    columns: Vec<String>,
    /// The expressions that read the key and the columns.
    read: Vec<String>,
}

impl DigestQuery {
    fn of<B: Backend>(table: &Table) -> DigestQuery {
        let key = key_columns(table).into_iter();
        let key: Vec<&Column> = key.filter_map(|name| table.find_column(name)).collect();
        let parts = key.iter().copied().chain(&table.columns);
        DigestQuery {
            read: parts.map(B::comparable).collect(),
            table: table.name.clone(),
            columns: table.columns.iter().map(|it| it.name.clone()).collect(),
            key: key.iter().map(|column| column.name.clone()).collect(),
        }
    }
}

/// Reads the results of queries on virtual tables. If one can't be read, because its module is missing or requires
/// arguments, it has no rows to compare.
fn virtual_table_digests<B: Backend>(
    session: &mut B::Session<'_>,
    modules: &VirtualTables,
) -> Vec<Digest> {
    let tables = modules.tables.iter();
    let readable = tables.filter(|(_, columns)| !columns.is_empty());
    let targets = readable.map(|(table, columns)| DigestQuery {
        table: table.clone(),
        key: Vec::new(),
        columns: columns.clone(),
        read: columns
            .iter()
            .map(|name| B::dialect().identifier(name))
            .collect(),
    });
    targets
        .filter_map(|target| digest::<B>(session, &target).ok())
        .collect()
}

fn digest<B: Backend>(
    session: &mut B::Session<'_>,
    target: &DigestQuery,
) -> Result<Digest, DatabaseError> {
    let key_length = target.key.len();
    let table = B::dialect().identifier(&target.table);
    let sql = format!("SELECT {} FROM {table}", target.read.join(", "));
    let mut digest = Digest {
        table: target.table.clone(),
        rows: 0,
        columns: target
            .columns
            .iter()
            .map(|name| (name.clone(), 0))
            .collect(),
        row_sample: RowSample::default(),
    };
    B::query(session, &sql, &[], &mut |row| {
        digest.rows += 1;
        let (key, values) = row.split_at(key_length.min(row.len()));
        for ((_, sum), value) in digest.columns.iter_mut().zip(values) {
            *sum = sum.wrapping_add(hash(key, value));
        }
        digest.row_sample.add(&target.key, key, values);
    })?;
    Ok(digest)
}

/// Returns the columns of the primary key, in its order; empty if there is none.
pub(super) fn key_columns(table: &Table) -> Vec<&String> {
    match &table.primary_key {
        Some(key) => key.columns.iter().collect(),
        None => table
            .columns
            .iter()
            .filter(|column| column.primary_key)
            .map(|column| &column.name)
            .collect(),
    }
}

/// Returns a number that differs from that of another value, or of the same value in another row, with high
/// probability.
pub(super) fn hash(key: &[Value], value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    for value in key.iter().chain([value]) {
        match value {
            Value::Null => 0_u8.hash(&mut hasher),
            Value::Boolean(value) => (1_u8, value).hash(&mut hasher),
            Value::Integer(number) => (2_u8, number).hash(&mut hasher),
            Value::Real(number) => (3_u8, number.to_bits()).hash(&mut hasher),
            Value::Text(text) => (4_u8, text).hash(&mut hasher),
            Value::Blob(bytes) => (5_u8, bytes).hash(&mut hasher),
        }
    }
    hasher.finish()
}
