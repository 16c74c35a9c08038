//! Reads and writes the rows of applied revisions.
//!
//! There is one row for each applied revision, with its links, so that the state is known without the code. This module
//! works on a session of any backend. It does not know the graph, and decides nothing.

use std::collections::HashSet;
use std::sync::OnceLock;

use crate::backend::Backend;
use crate::error::{DatabaseError, DatabaseErrorKind, Error, printable};
use crate::failpoint::{self, FailurePoint};
use crate::macro_support::Header;
use migrate_schema::ddl;
use migrate_schema::ddl::filled_in;
use migrate_schema::operation::{CreateTable, Operation};
use migrate_schema::schema::{Column, Table, Type};
use migrate_schema::value::Value;

/// The columns, in order: the name, the type, and whether it is NOT NULL.
const COLUMNS: [(&str, Type, bool); 12] = [
    ("revision", Type::Varchar(64), true),
    ("down_revision", Type::Text, true),
    ("depends_on", Type::Text, true),
    ("message", Type::Text, true),
    ("checksum", Type::Text, true),
    ("status", Type::Varchar(16), true),
    ("compatibility", Type::Varchar(16), true),
    ("sequence", Type::Integer, true),
    ("applied_at", Type::Varchar(32), true),
    ("duration_ms", Type::Integer, true),
    ("tool_version", Type::Varchar(32), true),
    // The finished steps of a revision outside a transaction, until it is done.
    ("journal", Type::Text, false),
];

/// The number of columns that a new row has values for.
const RECORDED: usize = 11;

/// A revision that was applied.
pub(crate) const APPLIED: &str = "applied";
/// A revision that was started outside a transaction.
pub(crate) const UPGRADING: &str = "upgrading";
/// A revision whose downgrade was started outside a transaction.
pub(crate) const DOWNGRADING: &str = "downgrading";
/// A revision whose upgrade failed outside a transaction after some of its steps.
pub(crate) const UPGRADE_FAILED: &str = "upgrade_failed";
/// A revision whose downgrade failed outside a transaction after some of its steps.
pub(crate) const DOWNGRADE_FAILED: &str = "downgrade_failed";

/// One row, without the columns that are only for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The revision.
    pub revision: String,
    pub(crate) checksum: String,
    pub(crate) status: String,
    pub(crate) compatibility: String,
    pub(crate) sequence: i64,
    /// The finished steps, if the revision is not done.
    pub(crate) journal: String,
    pub(crate) applied_at: String,
    pub(crate) tool_version: String,
}

/// The columns for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Details {
    pub(crate) revision: String,
    pub(crate) message: String,
    pub(crate) applied_at: String,
    pub(crate) duration_ms: i64,
    pub(crate) tool_version: String,
}

/// The values of a revision's row.
pub(crate) struct Entry<'a> {
    pub(crate) header: &'a Header,
    pub(crate) status: &'a str,
    pub(crate) compatibility: &'a str,
    pub(crate) sequence: i64,
    pub(crate) applied_at: &'a str,
    pub(crate) duration_ms: i64,
}

impl Entry<'_> {
    /// Returns the links in its file.
    fn links(&self) -> [String; 2] {
        [self.header.down_revisions, self.header.depends_on].map(|ids| ids.join(","))
    }

    /// Returns the values of the row, with these links.
    fn values(&self, [down_revision, depends_on]: [String; 2]) -> [Value; RECORDED] {
        let header = self.header;
        migrate_schema::params![
            header.id,
            down_revision,
            depends_on,
            header.message,
            header.own_checksum(),
            self.status,
            self.compatibility,
            self.sequence,
            self.applied_at,
            self.duration_ms,
            env!("CARGO_PKG_VERSION"),
        ]
    }
}

/// The change of a revision's row in a script.
pub struct Recorded<'a> {
    /// The revision's header.
    pub header: &'a Header,
    /// The row after the run; `None` after a downgrade.
    pub row: Option<&'a Row>,
    /// The time, as in the table.
    pub applied_at: &'a str,
}

/// The version table of one application.
#[derive(Debug, Clone)]
pub struct VersionTable {
    /// The name in `migrations!`, which may have a schema and a dot before it.
    name: &'static str,
    /// The statements for a script.
    written: StatementTexts,
    /// The statements with the connection's own schema, once that is known: so neither changes of the session by a
    /// revision nor new schemas affect which table is used.
    here: OnceLock<StatementTexts>,
    /// The revisions that replace others, each with the last of them.
    replacements: Vec<(&'static str, &'static str)>,
}

/// The statements about one version table.
#[derive(Debug, Clone)]
struct StatementTexts {
    /// The name as an identifier.
    id: String,
    insert: String,
    begin: String,
    end: String,
    delete: String,
    note: String,
}

type Session<'s, 't, B> = &'s mut <B as Backend>::Session<'t>;

impl StatementTexts {
    fn new<B: Backend>(id: String) -> StatementTexts {
        let dialect = B::dialect();
        let insert = |columns: &[(&str, Type, bool)]| {
            let names: Vec<&str> = columns.iter().map(|(name, ..)| *name).collect();
            let marks: Vec<String> = (1..=columns.len())
                .map(|at| dialect.placeholder(at))
                .collect();
            let (names, marks) = (names.join(", "), marks.join(", "));
            format!("INSERT INTO {id} ({names}) VALUES ({marks})")
        };
        let sets: Vec<String> = COLUMNS[1..RECORDED]
            .iter()
            .zip(1..)
            .map(|((name, ..), at)| format!("{name} = {}", dialect.placeholder(at)))
            .collect();
        let end = format!(
            "UPDATE {id} SET {}, journal = NULL WHERE revision = {}",
            sets.join(", "),
            dialect.placeholder(RECORDED)
        );
        let (insert, begin) = (insert(&COLUMNS[..RECORDED]), insert(&COLUMNS));
        let delete = format!(
            "DELETE FROM {id} WHERE revision = {}",
            dialect.placeholder(1)
        );
        let note = format!(
            "UPDATE {id} SET journal = {} WHERE revision = {}",
            dialect.placeholder(1),
            dialect.placeholder(2)
        );
        StatementTexts {
            id,
            insert,
            begin,
            end,
            delete,
            note,
        }
    }
}

impl VersionTable {
    /// Creates the version table with this name, and its statements.
    pub fn new<B: Backend>(name: &'static str) -> VersionTable {
        let dialect = B::dialect();
        let id = match B::CAPABILITIES.schemas.then(|| name.split_once('.')) {
            Some(Some((schema, name))) => {
                format!(
                    "{}.{}",
                    dialect.identifier(schema),
                    dialect.identifier(name)
                )
            }
            _ => dialect.identifier(name),
        };
        VersionTable {
            name,
            written: StatementTexts::new::<B>(id),
            here: OnceLock::new(),
            replacements: Vec::new(),
        }
    }

    /// Returns the schema that `migrations!` names, and the table's name in it.
    fn parts(&self) -> (Option<&'static str>, &'static str) {
        match self.name.split_once('.') {
            Some((schema, name)) => (Some(schema), name),
            None => (None, self.name),
        }
    }

    /// Returns the statements for a session.
    ///
    /// # Errors
    ///
    /// The problem with the session's own schema.
    fn statements_for<B: Backend>(
        &self,
        session: &B::Session<'_>,
    ) -> Result<&StatementTexts, DatabaseError> {
        let (None, name) = self.parts() else {
            return Ok(&self.written);
        };
        let Some(schema) = B::home(session)? else {
            return Ok(&self.written);
        };
        let dialect = B::dialect();
        Ok(self.here.get_or_init(|| {
            let id = format!(
                "{}.{}",
                dialect.identifier(schema),
                dialect.identifier(name)
            );
            StatementTexts::new::<B>(id)
        }))
    }

    /// Returns the statements for a session, or the error of its schema.
    fn statements<B: Backend>(&self, session: &B::Session<'_>) -> Result<&StatementTexts, Error> {
        let statements = self.statements_for::<B>(session);
        statements.map_err(|error| self.failed("can't look for", error))
    }

    /// Sets the revisions that replace others, each with the last of them.
    pub(crate) fn with_replacements(self, replacements: Vec<(&'static str, &'static str)>) -> Self {
        VersionTable {
            replacements,
            ..self
        }
    }

    /// Returns the table's name.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Reads the rows in the order they were applied; `None` if there is no such table.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidVersionTable`] if something else has its name, [`Error::Database`] if reading fails.
    pub(crate) fn rows<B: Backend>(
        &self,
        session: Session<'_, '_, B>,
    ) -> Result<Option<Vec<Row>>, Error> {
        let sql = format!(
            "SELECT revision, checksum, status, compatibility, sequence, journal, applied_at, tool_version FROM {} \
             ORDER BY sequence, revision",
            self.statements::<B>(session)?.id
        );
        self.select::<B, _>(session, &sql, |row| Row {
            revision: text(&row, 0),
            checksum: text(&row, 1),
            status: text(&row, 2),
            compatibility: text(&row, 3),
            sequence: row.get(4).and_then(Value::as_i64).unwrap_or(0),
            journal: text(&row, 5),
            applied_at: text(&row, 6),
            tool_version: text(&row, 7),
        })
    }

    /// Passes the revision, checksum and status of each row to `row`, in the stored order: the cheapest check.
    ///
    /// # Errors
    ///
    /// The error of the database; also if there is no such table.
    pub(crate) fn glance<B: Backend>(
        &self,
        session: Session<'_, '_, B>,
        row: &mut dyn FnMut(&str, &str, &str),
    ) -> Result<(), DatabaseError> {
        let id = &self.statements_for::<B>(session)?.id;
        let sql = format!("SELECT revision, checksum, status FROM {id}");
        B::query_text(session, &sql, &mut |values| {
            if let [revision, checksum, status, ..] = values {
                row(revision, checksum, status);
            }
        })
    }

    /// Reads the columns for people, in the order of application.
    ///
    /// # Errors
    ///
    /// As [`rows`](VersionTable::rows).
    pub(crate) fn details<B: Backend>(
        &self,
        session: Session<'_, '_, B>,
    ) -> Result<Vec<Details>, Error> {
        let sql = format!(
            "SELECT revision, message, applied_at, duration_ms, tool_version FROM {} ORDER BY sequence, revision",
            self.statements::<B>(session)?.id
        );
        let rows = self.select::<B, _>(session, &sql, |row| Details {
            revision: text(&row, 0),
            message: text(&row, 1),
            applied_at: text(&row, 2),
            duration_ms: row.get(3).and_then(Value::as_i64).unwrap_or(0),
            tool_version: text(&row, 4),
        })?;
        Ok(rows.unwrap_or_default())
    }

    /// Reads the heads of the applied revisions, from the rows alone; returns `None` if there is no such table.
    ///
    /// # Errors
    ///
    /// As [`rows`](VersionTable::rows).
    #[cfg_attr(
        not(any(feature = "sqlite", feature = "postgres", feature = "mysql")),
        allow(dead_code, reason = "for backups only")
    )]
    pub(crate) fn heads<B: Backend>(
        &self,
        session: Session<'_, '_, B>,
    ) -> Result<Option<Vec<String>>, Error> {
        let sql = format!(
            "SELECT revision, down_revision, depends_on FROM {} ORDER BY sequence",
            self.statements::<B>(session)?.id
        );
        let rows = self.select::<B, _>(session, &sql, |row| {
            (text(&row, 0), [text(&row, 1), text(&row, 2)])
        })?;
        Ok(rows.map(|rows| heads_of(&rows)))
    }

    fn select<B: Backend, T>(
        &self,
        session: Session<'_, '_, B>,
        sql: &str,
        read: impl Fn(Vec<Value>) -> T,
    ) -> Result<Option<Vec<T>>, Error> {
        if B::CAPABILITIES.error_aborts_transaction {
            match self.shape::<B>(session)? {
                Shape::Missing => return Ok(None),
                Shape::Ours => {}
            }
        }
        let mut rows = Vec::new();
        match B::query(session, sql, &[], &mut |row| rows.push(read(row))) {
            Ok(()) => Ok(Some(rows)),
            // Find out whether the table is missing, belongs to another program, or the disk fails.
            Err(error) if B::CAPABILITIES.error_aborts_transaction => {
                Err(self.failed("can't read", error))
            }
            Err(error) => match self.shape::<B>(session)? {
                Shape::Missing => Ok(None),
                // Another process created it meanwhile.
                Shape::Ours => {
                    rows.clear();
                    B::query(session, sql, &[], &mut |row| rows.push(read(row)))
                        .map_err(|_| self.failed("can't read", error))?;
                    Ok(Some(rows))
                }
            },
        }
    }

    /// Rejects a table of another program, before anything is written to it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidVersionTable`] if something else has its name.
    pub(crate) fn check<B: Backend>(&self, session: Session<'_, '_, B>) -> Result<(), Error> {
        self.shape::<B>(session).map(|_| ())
    }

    /// Creates the table if it does not exist, and rejects a table of another program before anything is written to it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidVersionTable`] if something else has its name, [`Error::Database`] if it can't be created.
    pub(crate) fn ensure<B: Backend>(&self, session: Session<'_, '_, B>) -> Result<(), Error> {
        match self.shape::<B>(session)? {
            Shape::Ours => Ok(()),
            Shape::Missing => {
                let (schema, _) = self.parts();
                // The schema is assumed to exist for this table only, so the user need not create it.
                if let Some(schema) = schema
                    && B::search_path(session, schema).is_err()
                {
                    B::execute_batch(session, &create_schema::<B>(schema))
                        .map_err(|error| self.failed("can't create a schema for", error.source))?;
                }
                let id = self.statements::<B>(session)?.id.clone();
                for sql in self.create_as::<B>(&id) {
                    B::execute_batch(session, &sql)
                        .map_err(|error| self.failed("can't create", error.source))?;
                }
                Ok(())
            }
        }
    }

    fn definition<B: Backend>(&self) -> Table {
        let mut table = Table::new(self.parts().1);
        table.options = B::dialect().internal_table_options().map(str::to_owned);
        for (name, kind, not_null) in COLUMNS {
            let column = Column::new(name, kind);
            table.column(if not_null { column.not_null() } else { column });
        }
        table.primary_key("revision");
        table
    }

    /// Checks the object with the table's name, and rejects one of another program.
    fn shape<B: Backend>(&self, session: Session<'_, '_, B>) -> Result<Shape, Error> {
        let (schema, name) = self.parts();
        if let Some(schema) = schema
            && !B::CAPABILITIES.schemas
        {
            return Err(self.foreign(format!(
                "its name has the schema `{schema}`, and this database has no schemas: use a name without a schema"
            )));
        }
        let home = match schema {
            Some(schema) => Some(schema.to_owned()),
            None => {
                let home =
                    B::home(session).map_err(|error| self.failed("can't look for", error))?;
                home.map(str::to_owned)
            }
        };
        let found = B::describe_object(session, home.as_deref(), name)
            .map_err(|error| self.failed("can't look at", error))?;
        let Some(found) = found else {
            return Ok(Shape::Missing);
        };
        if found.kind != "table" {
            return Err(self.foreign(format!("it is a {}", found.kind)));
        }
        let missing = COLUMNS
            .iter()
            .find(|(name, ..)| !found.columns.iter().any(|(column, _)| column == name));
        if let Some((name, ..)) = missing {
            return Err(self.foreign(format!(
                "it has no column `{name}`, so another program created it"
            )));
        }
        let key: Vec<&str> = found
            .columns
            .iter()
            .filter(|(_, key)| *key)
            .map(|(name, _)| name.as_str())
            .collect();
        if key != ["revision"] {
            return Err(self.foreign("its primary key is not `revision`".to_owned()));
        }
        match found.triggers.first() {
            Some(trigger) => {
                Err(self.foreign(format!("it has the trigger `{}`", printable(trigger))))
            }
            None => Ok(Shape::Ours),
        }
    }

    fn foreign(&self, problem: String) -> Error {
        Error::InvalidVersionTable {
            table: self.name.to_owned(),
            problem,
        }
    }

    /// Returns the statements of a script that create the table.
    pub fn create<B: Backend>(&self) -> Vec<String> {
        let schema = self.parts().0.filter(|_| B::CAPABILITIES.schemas);
        let schema = schema.map(create_schema::<B>).into_iter();
        schema
            .chain(self.create_as::<B>(&self.written.id))
            .collect()
    }

    fn create_as<B: Backend>(&self, id: &str) -> Vec<String> {
        let operation = Operation::CreateTable(CreateTable::new(self.definition::<B>()));
        let name = B::dialect().identifier(self.parts().1);
        let (plain, whole) = (
            format!("CREATE TABLE {name} "),
            format!("CREATE TABLE {id} "),
        );
        let mut statements = ddl::statements(B::dialect(), &operation);
        if let Some(first) = statements.first_mut() {
            *first = first.replacen(&plain, &whole, 1);
        }
        statements
    }

    /// Returns the statement that records a revision, or those that delete its row and the rows of what it replaces,
    /// with literal values.
    pub fn recorded(&self, recorded: &Recorded<'_>) -> Vec<String> {
        match recorded.row {
            Some(row) => {
                let entry = Entry {
                    header: recorded.header,
                    status: APPLIED,
                    compatibility: &row.compatibility,
                    sequence: row.sequence,
                    applied_at: recorded.applied_at,
                    duration_ms: 0,
                };
                vec![filled_in(
                    &self.written.insert,
                    &entry.values(entry.links()),
                )]
            }
            None => {
                let header = recorded.header;
                let ids = std::iter::once(&header.id).chain(header.replaces);
                ids.map(|id| filled_in(&self.written.delete, &[(*id).into()]))
                    .collect()
            }
        }
    }

    /// Records a revision.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the database rejects the row.
    pub(crate) fn insert<B: Backend>(
        &self,
        session: Session<'_, '_, B>,
        entry: &Entry<'_>,
    ) -> Result<(), Error> {
        let to_error = |error| self.not_added(error);
        let values = entry.values(self.links::<B>(session, entry.header)?);
        let sql = self.statements::<B>(session)?;
        failpoint::hit(FailurePoint::Row, to_error, || {
            let added = B::execute_internal(session, &sql.insert, &values);
            added.map(|_| ()).map_err(to_error)
        })
    }

    /// Returns the links of a row. If a linked revision has no row, but its replacement or the last of the revisions it
    /// replaces has one, returns that one, because heads are computed from the rows alone.
    fn links<B: Backend>(
        &self,
        session: Session<'_, '_, B>,
        header: &Header,
    ) -> Result<[String; 2], Error> {
        let other = |id: &str| {
            let mut pairs = self.replacements.iter();
            pairs.find_map(|&(by, end)| match id {
                _ if id == end => Some(by),
                _ if id == by => Some(end),
                _ => None,
            })
        };
        let all = [header.down_revisions, header.depends_on];
        if all.iter().copied().flatten().all(|id| other(id).is_none()) {
            return Ok(all.map(|ids| ids.join(",")));
        }
        let rows = self.rows::<B>(session)?.unwrap_or_default();
        let has = |id: &str| rows.iter().any(|row| row.revision == id);
        Ok(all.map(|ids| {
            let there = ids.iter().map(|id| match other(id) {
                Some(other) if !has(id) && has(other) => other,
                _ => *id,
            });
            there.collect::<Vec<_>>().join(",")
        }))
    }

    /// Records that a revision is started outside a transaction, with its journal.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the database rejects the row.
    pub(crate) fn begin<B: Backend>(
        &self,
        session: Session<'_, '_, B>,
        entry: &Entry<'_>,
        journal: &str,
    ) -> Result<(), Error> {
        let to_error = |error| self.not_added(error);
        let links = self.links::<B>(session, entry.header)?;
        let mut values = entry.values(links).to_vec();
        values.push(journal.into());
        let sql = self.statements::<B>(session)?;
        failpoint::hit(FailurePoint::Row, to_error, || {
            let added = B::execute_internal(session, &sql.begin, &values);
            added.map(|_| ()).map_err(to_error)
        })
    }

    /// Records that a started revision is applied, and returns whether its journal still had this beginning.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the database rejects the change.
    pub(crate) fn end<B: Backend>(
        &self,
        session: Session<'_, '_, B>,
        entry: &Entry<'_>,
        front: &str,
    ) -> Result<bool, Error> {
        let to_error = |error| self.failed("can't write", error);
        let mut values = entry
            .values(self.links::<B>(session, entry.header)?)
            .to_vec();
        values.rotate_left(1);
        values.push(front.into());
        let sql = self.statements::<B>(session)?;
        let sql = format!(
            "{} AND {}",
            sql.end,
            journal_starts_with::<B>(front, values.len())
        );
        let done = failpoint::hit(FailurePoint::Row, to_error, || {
            B::execute_internal(session, &sql, &values).map_err(to_error)
        });
        Ok(done? == 1)
    }

    /// Deletes the row of a revision that was being downgraded, and returns whether its journal still had this
    /// beginning.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the database rejects the change.
    pub(crate) fn end_down<B: Backend>(
        &self,
        session: Session<'_, '_, B>,
        revision: &str,
        front: &str,
    ) -> Result<bool, Error> {
        let to_error = |error| self.failed("can't write", error);
        let sql = self.statements::<B>(session)?;
        let sql = format!("{} AND {}", sql.delete, journal_starts_with::<B>(front, 2));
        let gone = failpoint::hit(FailurePoint::Row, to_error, || {
            B::execute_internal(session, &sql, &[revision.into(), front.into()]).map_err(to_error)
        });
        Ok(gone? == 1)
    }

    /// Deletes a revision's row.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidVersionTable`] if there was not exactly one, [`Error::Database`] if the database rejects the
    /// change.
    pub(crate) fn delete<B: Backend>(
        &self,
        session: Session<'_, '_, B>,
        revision: &str,
    ) -> Result<(), Error> {
        let to_error = |error| self.failed("can't write", error);
        let sql = self.statements::<B>(session)?;
        let gone = failpoint::hit(FailurePoint::Row, to_error, || {
            B::execute_internal(session, &sql.delete, &[revision.into()]).map_err(to_error)
        });
        self.one(revision, gone?)
    }

    fn one(&self, revision: &str, count: u64) -> Result<(), Error> {
        match count {
            1 => Ok(()),
            count => Err(self.foreign(format!(
                "there were {count} rows for revision `{}` instead of one",
                printable(revision)
            ))),
        }
    }

    /// Sets the status in a revision's row.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the database rejects the change.
    pub(crate) fn set_status<B: Backend>(
        &self,
        session: Session<'_, '_, B>,
        revision: &str,
        status: &str,
    ) -> Result<(), Error> {
        let dialect = B::dialect();
        let (first, second) = (dialect.placeholder(1), dialect.placeholder(2));
        let sql = format!(
            "UPDATE {} SET status = {first} WHERE revision = {second}",
            self.statements::<B>(session)?.id
        );
        let to_error = |error| self.failed("can't write", error);
        failpoint::hit(FailurePoint::Row, to_error, || {
            let done = B::execute_internal(session, &sql, &[status.into(), revision.into()]);
            done.map(|_| ()).map_err(to_error)
        })
    }

    /// Sets the checksum in a revision's row.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the database rejects the change.
    pub(crate) fn set_checksum<B: Backend>(
        &self,
        session: Session<'_, '_, B>,
        revision: &str,
        checksum: &str,
    ) -> Result<(), Error> {
        let dialect = B::dialect();
        let (first, second) = (dialect.placeholder(1), dialect.placeholder(2));
        let sql = format!(
            "UPDATE {} SET checksum = {first} WHERE revision = {second}",
            self.statements::<B>(session)?.id
        );
        let done = B::execute_internal(session, &sql, &[checksum.into(), revision.into()]);
        done.map(|_| ())
            .map_err(|error| self.failed("can't write", error))
    }

    /// Writes a revision's journal.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the database rejects the change.
    pub(crate) fn set_journal<B: Backend>(
        &self,
        session: Session<'_, '_, B>,
        revision: &str,
        journal: &str,
    ) -> Result<(), Error> {
        let note = &self.statements::<B>(session)?.note;
        let done = B::execute_internal(session, note, &[journal.into(), revision.into()]);
        done.map(|_| ())
            .map_err(|error| self.failed("can't write", error))
    }

    /// Returns the statement that writes a revision's journal, with the parameters: the text, the revision, and the
    /// beginning that the stored journal must have.
    pub(crate) fn note<B: Backend>(&self, front: &str) -> String {
        let written = self.here.get().unwrap_or(&self.written);
        format!(
            "{} AND {}",
            written.note,
            journal_starts_with::<B>(front, 3)
        )
    }

    /// Reads a revision's status and journal; returns `None` if it has no row.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if reading fails.
    pub(crate) fn journal<B: Backend>(
        &self,
        session: Session<'_, '_, B>,
        revision: &str,
    ) -> Result<Option<(String, String)>, Error> {
        let place = B::dialect().placeholder(1);
        let id = &self.statements::<B>(session)?.id;
        let sql = format!("SELECT status, journal FROM {id} WHERE revision = {place}");
        let mut found = None;
        B::query(session, &sql, &[revision.into()], &mut |row| {
            found = Some((text(&row, 0), text(&row, 1)));
        })
        .map_err(|error| self.failed("can't read", error))?;
        Ok(found)
    }

    /// Returns the error of a row that could not be added: if it already exists, the lock was lost.
    fn not_added(&self, error: DatabaseError) -> Error {
        match error.kind {
            DatabaseErrorKind::ConstraintViolation => Error::ConcurrentChange,
            _ => self.failed("can't write", error),
        }
    }

    fn failed(&self, action: &str, error: DatabaseError) -> Error {
        Error::database(format!("{action} the version table `{}`", self.name), error)
    }
}

/// Returns the condition that a journal begins with `front`, the parameter with this number.
fn journal_starts_with<B: Backend>(front: &str, number: usize) -> String {
    let (length, place) = (front.chars().count(), B::dialect().placeholder(number));
    format!("substr(journal, 1, {length}) = {place}")
}

/// Returns the revisions that no other one follows or depends on, from `(revision, [down_revision, depends_on])`.
#[cfg_attr(
    not(any(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, reason = "for backups only")
)]
pub(crate) fn heads_of(rows: &[(String, [String; 2])]) -> Vec<String> {
    let needed: HashSet<&str> = rows
        .iter()
        .flat_map(|(_, links)| links)
        .flat_map(|ids| ids.split(','))
        .collect();
    rows.iter()
        .map(|(revision, _)| revision)
        .filter(|revision| !needed.contains(revision.as_str()))
        .cloned()
        .collect()
}

fn create_schema<B: Backend>(schema: &str) -> String {
    format!(
        "CREATE SCHEMA IF NOT EXISTS {}",
        B::dialect().identifier(schema)
    )
}

enum Shape {
    Missing,
    Ours,
}

fn text(row: &[Value], at: usize) -> String {
    match row.get(at) {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => format!("{other:?}"),
    }
}
