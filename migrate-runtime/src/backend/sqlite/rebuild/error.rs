//! Why a table was not altered: what, where, and the way round. Nothing is changed when one of these is returned.

use std::path::PathBuf;

use super::foreign_keys::Violation;

/// Why a table was not altered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AlterError {
    /// There is no such table.
    #[error("there is no table `{table}`")]
    NoTable { table: String },

    /// It is not an ordinary table.
    #[error("`{table}` is {kind}, and only an ordinary table can be altered")]
    NotOrdinary { table: String, kind: &'static str },

    /// The stored statement can't be read to the last word.
    #[error("the CREATE TABLE statement of `{table}` can't be parsed: {reason}")]
    Unreadable { table: String, reason: String },

    /// A definition that was given can't be read.
    #[error("`{text}` can't be parsed: {reason}")]
    BadDefinition { text: String, reason: String },

    /// There is no such column.
    #[error("`{table}` has no column `{column}`; it has {}", quoted(columns))]
    NoColumn {
        table: String,
        column: String,
        columns: Vec<String>,
    },

    /// There is such a column already.
    #[error("`{table}` already has a column `{column}`")]
    ColumnExists { table: String, column: String },

    /// Something else needs the column.
    #[error("column `{column}` is used by {}", uses.join(", "))]
    InUse { column: String, uses: Vec<String> },

    /// It is the last column that can be written.
    #[error("`{column}` is the table's only writable column")]
    OnlyColumn { column: String },

    /// There is no such constraint.
    #[error("`{table}` has no {what}")]
    NoConstraint { table: String, what: String },

    /// Several constraints are meant.
    #[error("{what} matches {count} constraints of `{table}`")]
    Ambiguous {
        table: String,
        what: String,
        count: usize,
    },

    /// There is a primary key already, or there must be one.
    #[error("{0}")]
    Key(&'static str),

    /// A column's type is none that a STRICT table takes.
    #[error("a STRICT table can't have column `{column}` of type `{kind}`")]
    StrictType { column: String, kind: String },

    /// Rows hold NULL where it would be refused.
    #[error("column `{column}` would be NOT NULL, but {rows} rows contain NULL: {}", first.join(", "))]
    Nulls {
        column: String,
        rows: i64,
        first: Vec<String>,
    },

    /// Rows are there, and the new column has no value for them.
    #[error("column `{column}` is NOT NULL without a default, and the table has rows")]
    NoValue { column: String },

    /// Values would not be the same afterwards.
    #[error("{rows} values of column `{column}` would change or would not fit the type `{kind}`: {}", first.join(", "))]
    Values {
        column: String,
        kind: String,
        rows: i64,
        first: Vec<String>,
    },

    /// Rows break a constraint.
    #[error(
        "the rows violate the constraints of the new table: {message}{}",
        listed(first)
    )]
    Constraint { message: String, first: Vec<String> },

    /// Rows would lead nowhere.
    #[error("{count} foreign keys would reference missing rows: {}", first.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    ForeignKeys { count: usize, first: Vec<Violation> },

    /// Views and triggers would no longer work.
    #[error("{} would no longer work", broken.join("; "))]
    Broken { broken: Vec<String> },

    /// A full-text table reads it.
    #[error("the full-text table `{reader}` reads `{reads}`")]
    Content { reader: String, reads: String },

    /// The disk, or the database's own limit, has no room for a second copy.
    #[error("rebuilding `{table}` needs about {} of free space at `{}`, but only {} is available", bytes(*needed), place.display(), bytes(*free))]
    NoRoom {
        table: String,
        needed: u64,
        free: u64,
        place: PathBuf,
    },

    /// A setting of the connection did not take.
    #[error("SQLite did not accept the setting `{setting}`")]
    Switch { setting: &'static str },

    /// The copy is not what it should be.
    #[error("the rebuilt table is not as requested: {reason}")]
    Mismatch { reason: String },

    /// SQLite refused a statement.
    #[error("{source}")]
    Statement {
        sql: String,
        source: rusqlite::Error,
    },
}

impl AlterError {
    /// Returns the way round.
    pub(crate) fn help(&self) -> String {
        match self {
            AlterError::NoTable { .. } | AlterError::NoColumn { .. } => "check the spelling".to_owned(),
            AlterError::NotOrdinary { .. } => "create a new one, copy the rows with `op.execute`, and drop the old one".to_owned(),
            AlterError::Unreadable { .. } => {
                "create a table with the new definition under another name, copy the rows with `op.execute`, drop the old table and \
                 rename the new one"
                    .to_owned()
            }
            AlterError::BadDefinition { .. } => "write it as in CREATE TABLE (…)".to_owned(),
            AlterError::ColumnExists { .. } => "choose another name, or drop that column in the same `op.alter_table`".to_owned(),
            AlterError::InUse { .. } => "drop the objects that use it first, or in the same `op.alter_table`, and recreate them afterwards".to_owned(),
            AlterError::OnlyColumn { .. } => "drop the table".to_owned(),
            AlterError::NoConstraint { .. } => "check the table's statement in sqlite_schema; a constraint without a name is identified by its columns".to_owned(),
            AlterError::Ambiguous { .. } => "SQLite lets several constraints share a name; drop them one by one by their columns".to_owned(),
            AlterError::Key(_) => "drop and create the key in the same `op.alter_table`".to_owned(),
            AlterError::StrictType { column, .. } => {
                format!("change the type of `{column}` in the same `op.alter_table` to INTEGER, REAL, TEXT, BLOB or ANY")
            }
            AlterError::Nulls { .. } => "specify a value to use instead of NULL, or update the rows first with `op.execute`".to_owned(),
            AlterError::NoValue { .. } => "give it a default, or an expression that fills it".to_owned(),
            AlterError::Values { .. } => "specify with `using(…)` how to convert them, or update the rows first with `op.execute`".to_owned(),
            AlterError::Constraint { .. } => "update or delete those rows first with `op.execute`".to_owned(),
            AlterError::ForeignKeys { .. } => "update or delete those rows first with `op.execute`, or create the rows that they reference".to_owned(),
            AlterError::Broken { .. } => {
                "drop them first with `op.execute`, and recreate them in their new form afterwards".to_owned()
            }
            AlterError::Content { reader, .. } => format!(
                "drop it first with `op.execute(\"DROP TABLE {reader}\")`, and afterwards recreate it and fill it: \
                 `INSERT INTO {reader}({reader}) VALUES ('rebuild')`"
            ),
            AlterError::NoRoom { .. } => "make room on the disk, and run the command again; nothing was changed".to_owned(),
            AlterError::Switch { .. } => "open the connection without that restriction".to_owned(),
            AlterError::Mismatch { .. } => "nothing was changed; please report it with the table's statement".to_owned(),
            AlterError::Statement { .. } => "nothing was changed".to_owned(),
        }
    }
}

/// Adds the statement to rusqlite's errors.
pub(super) trait Told<T> {
    fn told(self, sql: &str) -> Result<T, AlterError>;
}

impl<T> Told<T> for rusqlite::Result<T> {
    fn told(self, sql: &str) -> Result<T, AlterError> {
        self.map_err(|source| AlterError::Statement {
            sql: sql.to_owned(),
            source,
        })
    }
}

fn quoted(names: &[String]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn listed(first: &[String]) -> String {
    if first.is_empty() {
        String::new()
    } else {
        format!(": {}", first.join(", "))
    }
}

fn bytes(count: u64) -> String {
    match count {
        0..1_048_576 => format!("{} KiB", count.div_ceil(1024)),
        _ => format!("{} MiB", count.div_ceil(1_048_576)),
    }
}
