//! The session of an `Op`: a transaction, or the same type outside a transaction.

use std::collections::HashMap;
use std::mem::ManuallyDrop;
use std::sync::Arc;

use postgres::error::SqlState;
use postgres::types::{ToSql, Type};
use postgres::{Statement, Transaction};

use crate::backend::ScriptError;
use crate::error::{DatabaseError, DatabaseErrorKind};
use migrate_schema::value::Value;

use super::error::{from_driver, is};
use super::pg_dump::{self, DumpStatement};
use super::search_path::Home;
use super::sql;
use super::value::{DecodedValue, Parameter};

/// Whether a session is in a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TransactionState {
    /// In the revision's transaction.
    Inside,
    /// Outside a transaction.
    Outside,
}

/// A transaction, with the state that its unit needs afterwards.
pub struct PgSession<'t> {
    /// Never dropped: the unit that created it ends the transaction.
    pub(super) transaction: ManuallyDrop<Transaction<'t>>,
    pub(super) transaction_state: TransactionState,
    /// The schema of unqualified names at the start.
    pub(super) home: Arc<Home>,
    /// The URL of the database without its secrets, if it is known.
    pub(super) url: Option<Arc<str>>,
    /// The other clients of the session, if they can join it.
    #[cfg(feature = "shared-session")]
    pub(super) guests: Option<crate::backend::proxy::Guests>,
    /// The statement that would have ended the transaction, or the name of one that did.
    pub(super) left: Option<String>,
    /// The statement that resets the session's settings and returns the transaction's ID.
    pub(super) reset_sql: String,
    /// The transaction's ID.
    pub(super) xid: Option<String>,
    /// Whether the transaction was still the same at the end of the work.
    pub(super) same_transaction: bool,
    /// Whether rows changed since the last check of deferred constraints: a table with pending trigger events can't
    /// be altered.
    pub(super) rows_changed: bool,
    prepared: HashMap<String, Prepared>,
}

/// A prepared statement, and for each of its parameters the index of the caller's parameter.
#[derive(Clone)]
struct Prepared {
    statement: Statement,
    indexes: Vec<usize>,
}

impl<'t> PgSession<'t> {
    pub(super) fn new(
        transaction: Transaction<'t>,
        transaction_state: TransactionState,
        home: Arc<Home>,
    ) -> PgSession<'t> {
        PgSession {
            transaction: ManuallyDrop::new(transaction),
            transaction_state,
            home,
            url: None,
            #[cfg(feature = "shared-session")]
            guests: None,
            left: None,
            reset_sql: String::new(),
            xid: None,
            same_transaction: false,
            rows_changed: false,
            prepared: HashMap::new(),
        }
    }

    /// Returns the transaction, which rolls back if it is dropped.
    pub(super) fn into_transaction(self) -> Transaction<'t> {
        ManuallyDrop::into_inner(self.transaction)
    }

    /// Rejects a statement that would end the transaction, before it is sent.
    fn reject_transaction_end(&mut self, sql: &str) -> Result<(), DatabaseError> {
        if self.transaction_state == TransactionState::Outside {
            return Ok(());
        }
        let Some(what) = sql::leaves(sql) else {
            return Ok(());
        };
        self.left.get_or_insert_with(|| what.to_owned());
        Err(DatabaseError::new(
            DatabaseErrorKind::Other,
            format!("{what} would end the revision's transaction"),
        ))
    }

    fn prepare(&mut self, sql: &str) -> Result<Prepared, DatabaseError> {
        if let Some(prepared) = self.prepared.get(sql) {
            return Ok(prepared.clone());
        }
        let prepared = match sql::separate(sql) {
            Some((separate, indexes)) => self.prepare_either(sql, &separate, indexes),
            None => self.prepare_plain(sql),
        }
        .map_err(|error| from_driver(&error))?;
        // A revision may build a new text for each statement.
        if self.prepared.len() >= 64 {
            self.prepared.clear();
        }
        self.prepared.insert(sql.to_owned(), prepared.clone());
        Ok(prepared)
    }

    fn prepare_plain(&mut self, sql: &str) -> Result<Prepared, postgres::Error> {
        let statement = self.transaction.prepare(&sql::placeholders(sql))?;
        Ok(Prepared {
            indexes: (0..statement.params().len()).collect(),
            statement,
        })
    }

    /// Prepares a statement in which the same parameter may need two types.
    ///
    /// For the server, a parameter has one type everywhere. If a parameter is used as a number and as text, it is
    /// sent as two parameters. That could hide an error, so the original statement is tried first.
    fn prepare_either(
        &mut self,
        sql: &str,
        separate: &str,
        indexes: Vec<usize>,
    ) -> Result<Prepared, postgres::Error> {
        const MARK: &str = "cargo_migrate_parameters";
        let inside = self.transaction_state == TransactionState::Inside;
        let step = |session: &mut Self, words: &str| match inside {
            true => session.transaction.batch_execute(words),
            false => Ok(()),
        };
        step(self, &format!("SAVEPOINT {MARK}"))?;
        match self.prepare_plain(sql) {
            Ok(prepared) => {
                step(self, &format!("RELEASE {MARK}"))?;
                Ok(prepared)
            }
            Err(error) if is(&error, &SqlState::AMBIGUOUS_PARAMETER) => {
                step(self, &format!("ROLLBACK TO {MARK}; RELEASE {MARK}"))?;
                match self.transaction.prepare(separate) {
                    Ok(statement) => Ok(Prepared { statement, indexes }),
                    // The error about the original text is more useful.
                    Err(_) => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    fn bound<R>(
        &mut self,
        sql: &str,
        params: &[Value],
        run: impl FnOnce(
            &mut Transaction<'t>,
            &Statement,
            &[&(dyn ToSql + Sync)],
        ) -> Result<R, postgres::Error>,
    ) -> Result<R, DatabaseError> {
        self.reject_transaction_end(sql)?;
        let Prepared { statement, indexes } = self.prepare(sql)?;
        let count = indexes.iter().map(|index| index + 1).max().unwrap_or(0);
        if count != params.len() {
            return Err(DatabaseError::new(
                DatabaseErrorKind::Other,
                format!(
                    "{} parameters were given, and the statement has {}",
                    params.len(),
                    count
                ),
            )
            .with_help("write the parameters as ?1, ?2 and so on"));
        }
        let params: Vec<Parameter<'_>> = indexes
            .iter()
            .map(|index| Parameter(&params[*index]))
            .collect();
        let params: Vec<&(dyn ToSql + Sync)> = params
            .iter()
            .map(|param| param as &(dyn ToSql + Sync))
            .collect();
        run(&mut self.transaction, &statement, &params).map_err(|error| from_driver(&error))
    }

    pub(super) fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, DatabaseError> {
        self.rows_changed = true;
        self.bound(sql, params, |transaction, statement, params| {
            transaction.execute(statement, params)
        })
    }

    /// Runs a statement of this crate with explicit parameter types, which saves a round trip.
    pub(super) fn execute_internal(
        &mut self,
        sql: &str,
        params: &[Value],
    ) -> Result<u64, DatabaseError> {
        let values: Vec<Parameter<'_>> = params.iter().map(Parameter).collect();
        let typed: Vec<(&(dyn ToSql + Sync), Type)> = values
            .iter()
            .map(|value| (value as &(dyn ToSql + Sync), parameter_type(value.0)))
            .collect();
        let done = self.transaction.execute_typed(sql, &typed);
        done.map_err(|error| from_driver(&error))
    }

    pub(super) fn query(
        &mut self,
        sql: &str,
        params: &[Value],
        each: &mut dyn FnMut(Vec<Value>),
    ) -> Result<(), DatabaseError> {
        // `RETURNING` returns rows of a write, and a function in a SELECT can write too.
        self.rows_changed = true;
        let rows = self.bound(sql, params, |transaction, statement, params| {
            transaction.query(statement, params)
        })?;
        for row in rows {
            let mut values = Vec::with_capacity(row.len());
            for at in 0..row.len() {
                let decoded: DecodedValue = row.try_get(at).map_err(|error| from_driver(&error))?;
                values.push(decoded.0);
            }
            each(values);
        }
        Ok(())
    }

    pub(super) fn execute_batch(&mut self, script: &str) -> Result<u32, ScriptError> {
        // The script may change objects that prepared statements use.
        self.prepared.clear();
        let mut before = 0;
        let dump = pg_dump::is_dump(script);
        let back = match dump {
            true => pg_dump::back(&mut self.transaction).map_err(|error| from_driver(&error))?,
            false => String::new(),
        };
        for sql in sql::statements(script) {
            let sql = match self
                .of_dump(dump, sql)
                .map_err(|error| from_driver(&error))?
            {
                Some(sql) => sql,
                None => continue,
            };
            let done = self.reject_transaction_end(sql).and_then(|()| {
                if sql::copies_in(sql) {
                    return Err(DatabaseError::new(
                        DatabaseErrorKind::Other,
                        "COPY FROM STDIN has no data to read here",
                    )
                    .with_help(
                        "use `op.connection().copy_in(…)` for the data; `pg_dump --schema-only` writes a file without data",
                    ));
                }
                if alters(sql) {
                    self.fire_deferred()?;
                } else {
                    self.rows_changed = true;
                }
                self.transaction
                    .batch_execute(sql)
                    .map_err(|error| from_driver(&error))
            });
            done.map_err(|source| ScriptError {
                before,
                sql: sql.to_owned(),
                source,
            })?;
            before += 1;
        }
        if dump {
            self.transaction
                .batch_execute(&back)
                .map_err(|error| from_driver(&error))?;
        }
        Ok(before)
    }

    /// Checks deferred constraints now, and defers them again: the server does not alter a table with pending checks
    /// ("it has pending trigger events").
    fn fire_deferred(&mut self) -> Result<(), DatabaseError> {
        const DEFERRED: &str = "SELECT count(*) > 0, string_agg(format('%I.%I', nspname, conname), ', ') FILTER (WHERE condeferred), \
             coalesce(bool_or(condeferred AND EXISTS (SELECT FROM pg_constraint AS twin WHERE twin.conname = one.conname \
             AND twin.connamespace = one.connamespace AND NOT twin.condeferrable)), false) \
             FROM pg_constraint AS one JOIN pg_namespace ON pg_namespace.oid = connamespace WHERE condeferrable";
        if self.transaction_state == TransactionState::Outside
            || !std::mem::take(&mut self.rows_changed)
        {
            return Ok(());
        }
        let row = self.transaction.query_one(DEFERRED, &[]);
        let row = row.map_err(|error| from_driver(&error))?;
        let read = || -> Result<(bool, Option<String>, bool), postgres::Error> {
            Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
        };
        let (any, initially, has_namesakes) = read().map_err(|error| from_driver(&error))?;
        let mut run = |sql: &str| {
            let done = self.transaction.batch_execute(sql);
            done.map_err(|error| from_driver(&error))
        };
        if any {
            run("SET CONSTRAINTS ALL IMMEDIATE")?;
        }
        match initially {
            // A constraint of another table has the same name and is not deferrable, so the server rejects that name.
            Some(_) if has_namesakes => run("SET CONSTRAINTS ALL DEFERRED"),
            Some(names) => run(&format!("SET CONSTRAINTS {names} DEFERRED")),
            None => Ok(()),
        }
    }

    /// Returns the part of a script's statement to run, if any.
    fn of_dump<'s>(
        &mut self,
        dump: bool,
        sql: &'s str,
    ) -> Result<Option<&'s str>, postgres::Error> {
        if !dump {
            return Ok(Some(sql));
        }
        Ok(match pg_dump::classify(sql) {
            DumpStatement::Runs(sql) => Some(sql),
            DumpStatement::Nothing => None,
            DumpStatement::IfThere(role) => {
                let known = "SELECT FROM pg_roles WHERE rolname = $1";
                self.transaction.query_opt(known, &[&role])?.map(|_| sql)
            }
        })
    }

    /// Resets the session's settings that a revision changed, and checks that its transaction is still the same.
    pub(super) fn reset_session(&mut self) -> Result<(), DatabaseError> {
        if self.transaction_state == TransactionState::Outside || self.reset_sql.is_empty() {
            return Ok(());
        }
        let answers = self
            .transaction
            .simple_query(&self.reset_sql)
            .map_err(|error| from_driver(&error))?;
        if first_text(&answers) != self.xid {
            self.left
                .get_or_insert_with(|| "COMMIT or ROLLBACK".to_owned());
            return Err(DatabaseError::new(
                DatabaseErrorKind::Other,
                "the revision's transaction was ended",
            ));
        }
        self.same_transaction = true;
        Ok(())
    }
}

/// Returns whether a statement changes definitions of objects, not rows.
fn alters(sql: &str) -> bool {
    let first = sql::Tokens::new(sql).find_map(|(start, end, token)| {
        matches!(token, sql::Token::Word).then(|| &sql[start..end])
    });
    first.is_some_and(|word| {
        [
            "ALTER", "DROP", "CREATE", "TRUNCATE", "COMMENT", "REINDEX", "CLUSTER",
        ]
        .iter()
        .any(|alters| word.eq_ignore_ascii_case(alters))
    })
}

/// Returns the parameter type for a value.
fn parameter_type(value: &Value) -> Type {
    match value {
        Value::Null | Value::Text(_) => Type::TEXT,
        Value::Integer(_) => Type::INT8,
        Value::Real(_) => Type::FLOAT8,
        Value::Boolean(_) => Type::BOOL,
        Value::Blob(_) => Type::BYTEA,
    }
}

/// Returns the first row.
pub(super) fn first_row(
    answers: &[postgres::SimpleQueryMessage],
) -> Option<&postgres::SimpleQueryRow> {
    answers.iter().find_map(|answer| match answer {
        postgres::SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    })
}

/// Returns the first column of the first row.
pub(super) fn first_text(answers: &[postgres::SimpleQueryMessage]) -> Option<String> {
    answers.iter().find_map(|answer| match answer {
        postgres::SimpleQueryMessage::Row(row) => row.try_get(0).ok().flatten().map(str::to_owned),
        _ => None,
    })
}
