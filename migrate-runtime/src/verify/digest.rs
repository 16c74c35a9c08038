//! Rows as numbers: so many, and for each column a sum that changes when one of its values does.
//!
//! The sum does not depend on the order of rows, and each value counts together with its row's key, so that two rows that
//! change places are seen. Reading takes constant memory.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::backend::Backend;
use crate::error::DatabaseError;
use crate::schema::{Schema, Table};
use crate::value::Value;

/// The rows of every table.
pub(super) struct Digests(Vec<Digest>);

/// The rows of one table.
#[derive(Debug, PartialEq, Eq)]
struct Digest {
    table: String,
    rows: u64,
    columns: Vec<(String, u64)>,
}

/// What became of rows after `down`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    /// What should be there and is not.
    pub(super) lost: Vec<String>,
    /// What a dropped column or table took along.
    pub(super) gone: Vec<String>,
}

impl Digests {
    /// Reads the rows of the tables of `schema`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub(super) fn of<B: Backend>(
        session: &mut B::Session<'_>,
        schema: &Schema,
    ) -> Result<Digests, DatabaseError> {
        let tables = schema.tables.iter();
        tables
            .map(|table| digest::<B>(session, table))
            .collect::<Result<_, _>>()
            .map(Digests)
    }

    /// Compares the rows before a revision with those after its `down`. What the revision itself leaves in `between` must
    /// be the same; what it dropped comes back empty.
    pub(super) fn compare(&self, back: &Digests, between: &Schema) -> Kept {
        let mut kept = Kept::default();
        for before in &self.0 {
            let Some(after) = back.0.iter().find(|after| after.table == before.table) else {
                continue;
            };
            before.compare(after, between.table(&before.table), &mut kept);
        }
        kept
    }

    fn table(&self, other: &Digest) -> Option<&Digest> {
        self.0.iter().find(|digest| digest.table == other.table)
    }
}

/// The rows at the four places of a round trip.
pub(super) struct Trip<'a> {
    pub(super) before: &'a Digests,
    pub(super) after: &'a Digests,
    pub(super) back: &'a Digests,
    pub(super) again: &'a Digests,
}

impl Trip<'_> {
    /// Returns what the second `up` made other than the first one, a line each. What the first one left as it was must be
    /// so again; of what it wrote itself only the number of rows must be the same, because it may have written the time.
    pub(super) fn differences(&self) -> Vec<String> {
        let after = self.after.0.iter();
        let lines = after.filter_map(|after| Some(self.of_table(after, self.again.table(after)?)));
        lines.flatten().collect()
    }

    fn of_table(&self, after: &Digest, again: &Digest) -> Vec<String> {
        let name = &after.table;
        if after.rows != again.rows {
            let (first, second) = (after.rows, again.rows);
            return vec![format!(
                "the second `up` leaves other rows in table `{name}` than the first: {first}, then {second}"
            )];
        }
        let (Some(before), Some(back)) = (self.before.table(after), self.back.table(after)) else {
            return Vec::new();
        };
        let kept = |column: &&(String, u64)| {
            let has = |digest: &Digest| digest.columns.contains(column);
            has(before) && has(back) && !has(again)
        };
        let others = after.columns.iter().filter(kept);
        let line = |(column, _): &(String, u64)| {
            format!("values of column `{name}.{column}` are others after the second `up`")
        };
        others.map(line).collect()
    }
}

impl Digest {
    fn compare(&self, after: &Digest, between: Option<&Table>, kept: &mut Kept) {
        let name = &self.table;
        let Some(between) = between else {
            // Renamed and named back, or dropped and made again.
            if self != after {
                kept.gone.push(format!(
                    "the rows of table `{name}` go with it: {}",
                    self.rows
                ));
            }
            return;
        };
        if self.rows != after.rows {
            kept.lost.push(format!(
                "`down` does not bring back the rows of table `{name}`: {} became {}",
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
            if between.find_column(column).is_some() {
                kept.lost.push(format!(
                    "values of column `{name}.{column}` are others after `up` and `down`"
                ));
            } else {
                kept.gone
                    .push(format!("the values of column `{name}.{column}` go with it"));
            }
        }
    }
}

fn digest<B: Backend>(
    session: &mut B::Session<'_>,
    table: &Table,
) -> Result<Digest, DatabaseError> {
    let id = |name: &String| B::dialect().identifier(name);
    let key = key_columns(table);
    let names: Vec<String> = key
        .iter()
        .copied()
        .chain(table.columns.iter().map(|column| &column.name))
        .map(id)
        .collect();
    let sql = format!("SELECT {} FROM {}", names.join(", "), id(&table.name));
    let mut digest = Digest {
        table: table.name.clone(),
        rows: 0,
        columns: table
            .columns
            .iter()
            .map(|column| (column.name.clone(), 0))
            .collect(),
    };
    B::query(session, &sql, &[], &mut |row| {
        digest.rows += 1;
        let (key, values) = row.split_at(key.len().min(row.len()));
        for ((_, sum), value) in digest.columns.iter_mut().zip(values) {
            *sum = sum.wrapping_add(hash(key, value));
        }
    })?;
    Ok(digest)
}

/// Returns the columns of the primary key, in its order; none if there is none.
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

fn hash(key: &[Value], value: &Value) -> u64 {
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
