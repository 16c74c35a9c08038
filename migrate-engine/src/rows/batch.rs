//! A batch of rows in memory, each with its values when it was read, in one buffer that the next batch reuses.

use std::ops::Range;

use crate::v1::{Error, Result};
use migrate_schema::value::Value;

use super::{Row, RowReader, TypeMismatch, ValueRef};

/// A sequence of values without a separate allocation for each.
#[derive(Debug, Default)]
struct Store {
    values: Vec<Stored>,
    bytes: Vec<u8>,
}

#[derive(Debug)]
enum Stored {
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    Text(Range<usize>),
    Blob(Range<usize>),
}

impl Store {
    fn clear(&mut self) {
        self.values.clear();
        self.bytes.clear();
    }

    fn push(&mut self, value_ref: &ValueRef<'_>) {
        let stored = match value_ref {
            ValueRef::Null => Stored::Null,
            ValueRef::Boolean(value) => Stored::Boolean(*value),
            ValueRef::Integer(number) => Stored::Integer(*number),
            ValueRef::Real(number) => Stored::Real(*number),
            ValueRef::Text(text) => Stored::Text(self.keep(text.as_bytes())),
            ValueRef::Blob(bytes) => Stored::Blob(self.keep(bytes)),
        };
        self.values.push(stored);
    }

    /// Removes the last values.
    fn forget(&mut self, count: usize) {
        for stored in self
            .values
            .drain(self.values.len().saturating_sub(count)..)
            .rev()
        {
            if let Stored::Text(range) | Stored::Blob(range) = stored {
                self.bytes.truncate(range.start);
            }
        }
    }

    fn keep(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }

    fn value_ref(&self, at: usize) -> ValueRef<'_> {
        match &self.values[at] {
            Stored::Null => ValueRef::Null,
            Stored::Boolean(value) => ValueRef::Boolean(*value),
            Stored::Integer(number) => ValueRef::Integer(*number),
            Stored::Real(number) => ValueRef::Real(*number),
            // A range of text was valid text when it was stored.
            Stored::Text(range) => {
                let text = std::str::from_utf8(&self.bytes[range.clone()]);
                ValueRef::Text(text.unwrap_or_default().into())
            }
            Stored::Blob(range) => ValueRef::Blob(self.bytes[range.clone()].into()),
        }
    }

    /// Returns whether value number `at` equals `cell`, without validating its text.
    fn is(&self, at: usize, value_ref: &ValueRef<'_>) -> bool {
        match (&self.values[at], value_ref) {
            (Stored::Text(range), ValueRef::Text(text)) => {
                self.bytes[range.clone()] == *text.as_bytes()
            }
            (Stored::Text(_), _) => false,
            _ => self.value_ref(at) == *value_ref,
        }
    }
}

/// A batch of rows.
pub(super) struct Batch<R> {
    rows: Vec<R>,
    /// The columns of each row as its type writes them immediately after reading. A later difference means that the row
    /// was changed.
    before: Store,
    /// The key of each row as the database returned it.
    keys: Store,
    /// The positions of the key columns.
    key: Vec<usize>,
    /// The number of rows that were read.
    read: usize,
    /// Whether only the key of the last row is stored.
    last: Last,
    /// The reason why reading stopped.
    failure: Option<Failure>,
}

/// Whether the last row has anything to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Kept,
    Unchanged,
}

/// The reason why reading a page stopped.
pub(super) enum Failure {
    /// The row with this key contains a value that its type can't hold.
    TypeMismatch(String, TypeMismatch),
    /// The revision's function returned an error for the last row.
    Function(Error),
}

impl<R: Row> Batch<R> {
    pub(super) fn new() -> Batch<R> {
        let place = |name: &&str| R::COLUMNS.iter().position(|column| column == name);
        Batch {
            rows: Vec::new(),
            before: Store::default(),
            keys: Store::default(),
            key: R::KEY.iter().filter_map(place).collect(),
            read: 0,
            last: Last::Kept,
            failure: None,
        }
    }

    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.before.clear();
        self.keys.clear();
        self.read = 0;
        self.last = Last::Kept;
        self.failure = None;
    }

    /// Reads a row and keeps it. After a row that can't be read, no further rows are kept.
    pub(super) fn read(&mut self, values: &[ValueRef<'_>]) {
        if self.failure.is_some() {
            return;
        }
        self.forget_unchanged();
        match R::from_reader(&mut RowReader::new(values)) {
            Ok(row) => {
                for at in 0..R::COLUMNS.len() {
                    self.before.push(&row.value_ref(at));
                }
                for at in &self.key {
                    self.keys.push(&values[*at]);
                }
                self.rows.push(row);
                self.read += 1;
            }
            Err(mismatch) => {
                let key = self.key.iter().map(|at| values[*at].clone());
                self.failure = Some(Failure::TypeMismatch(written_key::<R>(key), mismatch));
            }
        }
    }

    /// Reads a row, changes it, and keeps it if it was changed. This avoids a second pass over the page.
    pub(super) fn read_and_change(
        &mut self,
        values: &[ValueRef<'_>],
        change: &mut impl FnMut(&mut R) -> Result<()>,
    ) {
        self.read(values);
        if self.failure.is_some() {
            return;
        }
        let Some(row) = self.rows.last_mut() else {
            return;
        };
        match change(row) {
            Ok(()) if self.is_changed(self.rows.len() - 1) => {}
            Ok(()) => self.last = Last::Unchanged,
            Err(error) => self.failure = Some(Failure::Function(error)),
        }
    }

    /// Removes the last row, if only its key is stored.
    fn forget_unchanged(&mut self) {
        if self.last == Last::Unchanged {
            self.last = Last::Kept;
            self.rows.pop();
            self.before.forget(R::COLUMNS.len());
            self.keys.forget(self.key.len());
        }
    }

    /// Returns the reason why reading stopped.
    pub(super) fn failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }

    /// Returns the number of rows that were read, kept or not.
    pub(super) fn count(&self) -> usize {
        self.read
    }

    /// Returns the number of kept rows.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn row(&mut self, at: usize) -> &mut R {
        &mut self.rows[at]
    }

    /// Removes and returns the rows.
    pub(super) fn take_rows(&mut self) -> Vec<R> {
        std::mem::take(&mut self.rows)
    }

    /// Adds to `changed` the columns of a row whose value differs from the one that was read.
    pub(super) fn compare(&self, at: usize, changed: &mut Vec<usize>) {
        changed.clear();
        changed.extend((0..R::COLUMNS.len()).filter(|column| self.differs(at, *column)));
    }

    fn is_changed(&self, at: usize) -> bool {
        (0..R::COLUMNS.len()).any(|column| self.differs(at, column))
    }

    fn differs(&self, at: usize, column: usize) -> bool {
        let value_ref = self.rows[at].value_ref(column);
        !self.before.is(at * R::COLUMNS.len() + column, &value_ref)
    }

    /// Returns the key of the last row that was read, kept or not.
    pub(super) fn last_key(&self) -> Vec<Value> {
        let last = self.rows.len().checked_sub(1);
        last.map_or_else(Vec::new, |last| {
            self.key(last).map(ValueRef::into_value).collect()
        })
    }

    /// Returns the parameters that write the columns `changed` of a row: the columns, then the key.
    pub(super) fn parameters<'p>(
        &'p self,
        at: usize,
        changed: &[usize],
        mut parameters: Vec<ValueRef<'p>>,
    ) -> Vec<ValueRef<'p>> {
        let row = &self.rows[at];
        parameters.extend(changed.iter().map(|column| row.value_ref(*column)));
        parameters.extend(self.key(at));
        parameters
    }

    /// Returns the key of a row as the database returned it.
    pub(super) fn key(&self, at: usize) -> impl Iterator<Item = ValueRef<'_>> {
        let width = self.key.len();
        (at * width..(at + 1) * width).map(|at| self.keys.value_ref(at))
    }

    /// Returns the key of a row for an error.
    pub(super) fn written_key(&self, at: usize) -> String {
        written_key::<R>(self.key(at))
    }
}

/// Returns a key for an error: `id = 17`.
fn written_key<'c, R: Row>(values: impl Iterator<Item = ValueRef<'c>>) -> String {
    let parts: Vec<String> = R::KEY
        .iter()
        .zip(values)
        .map(|(column, value_ref)| format!("{column} = {value_ref}"))
        .collect();
    parts.join(", ")
}

/// Returns the allocation of a list of values, emptied for other values.
pub(crate) fn reuse<'new>(mut values: Vec<ValueRef<'_>>) -> Vec<ValueRef<'new>> {
    values.clear();
    values.into_iter().map(|_| ValueRef::Null).collect()
}
