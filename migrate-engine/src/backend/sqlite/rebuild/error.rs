//! The reasons why a table was not altered, each with a workaround. If one is returned, nothing has changed.

use std::path::PathBuf;

use super::foreign_keys::Violation;

/// The reason why a table was not altered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AlterError {
    /// The table does not exist.
    #[error("there is no table `{table}`")]
    NoTable { table: String },

    /// The object is not an ordinary table.
    #[error("`{table}` is {kind}, and only an ordinary table can be altered")]
    NotOrdinary { table: String, kind: &'static str },

    /// The stored statement can't be parsed completely.
    #[error("the CREATE TABLE statement of `{table}` can't be parsed: {reason}")]
    Unreadable { table: String, reason: String },

    /// A given definition can't be parsed.
    #[error("`{text}` can't be parsed: {reason}")]
    BadDefinition { text: String, reason: String },

    /// The column does not exist.
    #[error("`{table}` has no column `{column}`; it has {}", quoted(columns))]
    NoColumn {
        table: String,
        column: String,
        columns: Vec<String>,
    },

    /// The column already exists.
    #[error("`{table}` already has a column `{column}`")]
    ColumnExists { table: String, column: String },

    /// Another object needs the column.
    #[error("column `{column}` is used by {}", uses.join(", "))]
    InUse { column: String, uses: Vec<String> },

    /// It is the last writable column.
    #[error("`{column}` is the table's only writable column")]
    OnlyColumn { column: String },

    /// The constraint does not exist.
    #[error("`{table}` has no {what}")]
    NoConstraint { table: String, what: String },

    /// Several constraints match.
    #[error("{what} matches {count} constraints of `{table}`")]
    Ambiguous {
        table: String,
        what: String,
        count: usize,
    },

    /// A primary key already exists, or one is required.
    #[error("{0}")]
    Key(&'static str),

    /// A STRICT table does not allow the column's type.
    #[error("a STRICT table can't have column `{column}` of type `{data_type}`")]
    StrictType { column: String, data_type: String },

    /// Rows contain NULL in a column that would be NOT NULL.
    #[error("column `{column}` would be NOT NULL, but {rows} rows contain NULL: {}", first.join(", "))]
    Nulls {
        column: String,
        rows: i64,
        first: Vec<String>,
    },

    /// The table has rows, and the new column has no value for them.
    #[error("column `{column}` is NOT NULL without a default, and the table has rows")]
    NoValue { column: String },

    /// Values would change.
    #[error("{rows} values of column `{column}` would change or would not fit the type `{data_type}`: {}", first.join(", "))]
    Values {
        column: String,
        data_type: String,
        rows: i64,
        first: Vec<String>,
    },

    /// Rows violate a constraint.
    #[error(
        "the rows violate the constraints of the new table: {message}{}",
        listed(first)
    )]
    Constraint { message: String, first: Vec<String> },

    /// Rows would reference missing rows.
    #[error("{count} foreign keys would reference missing rows: {}", first.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    ForeignKeys { count: usize, first: Vec<Violation> },

    /// Views and triggers would no longer work.
    #[error("{} would no longer work", broken.join("; "))]
    Broken { broken: Vec<String> },

    /// A full-text table reads the table or column.
    #[error("the full-text table `{reader}` reads `{reads}`")]
    Content { reader: String, reads: String },

    /// The disk, or the database's own limit, does not have enough room for a second copy.
    #[error("rebuilding `{table}` needs about {} of free space at `{}`, but only {} is available", bytes(*needed), place.display(), bytes(*free))]
    NoRoom {
        table: String,
        needed: u64,
        free: u64,
        place: PathBuf,
    },

    /// SQLite did not accept a setting of the connection.
    #[error("SQLite did not accept the setting `{setting}`")]
    Switch { setting: &'static str },

    /// The copy is not as expected.
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
    /// Returns the workaround.
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
            AlterError::NoRoom { .. } => "free some space on the disk, and run the command again; nothing was changed".to_owned(),
            AlterError::Switch { .. } => "open the connection without that restriction".to_owned(),
            AlterError::Mismatch { .. } => "nothing was changed; please report it with the table's statement".to_owned(),
            AlterError::Statement { .. } => "nothing was changed".to_owned(),
        }
    }
}

/// Adds the statement to rusqlite's errors.
pub(super) trait WithStatement<T> {
    fn with_statement(self, sql: &str) -> Result<T, AlterError>;
}

impl<T> WithStatement<T> for rusqlite::Result<T> {
    fn with_statement(self, sql: &str) -> Result<T, AlterError> {
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
