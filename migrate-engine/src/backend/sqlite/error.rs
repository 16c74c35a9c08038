//! Conversion of rusqlite's errors to the error type of all backends.

use rusqlite::{Connection, Error, ErrorCode};

use crate::error::{DatabaseError, DatabaseErrorKind};

use super::unregistered::Unregistered;

/// SQLite's message if it can't read a table in any order: the key has a collation that the connection does not know,
/// and the table has no rowids.
const NO_QUERY_SOLUTION: &str = "no query solution";

/// Returns the database's error without the text that the driver adds.
pub(super) fn from_driver(error: &Error) -> DatabaseError {
    let message = match error {
        Error::SqliteFailure(_, Some(message)) => message.clone(),
        Error::SqlInputError { msg, .. } => msg.clone(),
        Error::MultipleStatement => {
            "the SQL contains more than one statement, but only one is allowed here".to_owned()
        }
        Error::InvalidParameterCount(given, expected) => {
            format!("{given} parameters were given, and the statement has {expected}")
        }
        other => other.to_string(),
    };
    with_help_for_dependent(super::unregistered::explained(DatabaseError::new(
        kind(error),
        message,
    )))
}

/// Adds a workaround if SQLite can't change a view, a trigger or an index together with what it uses:
/// `error in view v after rename: no such column: a`.
fn with_help_for_dependent(error: DatabaseError) -> DatabaseError {
    let object = error.message.strip_prefix("error in ");
    let object = object.and_then(|rest| rest.split_once(' ')).map(|it| it.0);
    let help = match object {
        Some(kind @ ("view" | "trigger" | "index"))
            if Unregistered::parse(&error.message).is_none() =>
        {
            // `error in view v after rename: …`, and `error in view v: …` if it did not work before.
            let why = match error.message.contains(" after ") {
                true => format!("SQLite can't change that {kind} along"),
                false => format!("that {kind} does not work already"),
            };
            format!("{why}: drop it before, and create it afterwards as it should be")
        }
        _ => return error,
    };
    error.with_help(help)
}

/// Returns the error conversion for statements on a connection, which is queried for details that SQLite omits.
pub(super) fn with_connection(connection: &Connection) -> impl Fn(Error) -> DatabaseError + Copy {
    move |error| {
        let database_error = from_driver(&error);
        if database_error.message != NO_QUERY_SOLUTION {
            return database_error;
        }
        match Unregistered::key_collation(connection) {
            Some(unknown) => {
                let message = format!(
                    "{}: the {} is not registered on this connection",
                    database_error.message,
                    unknown.title()
                );
                DatabaseError::new(database_error.kind, message).with_help(unknown.help())
            }
            None => database_error,
        }
    }
}

/// Returns the error of a revision's code if a lock stopped it. While a revision runs, its own transaction has the lock,
/// so the code used another connection.
pub(super) fn locked_by_the_revision(
    error: &(dyn std::error::Error + 'static),
) -> Option<DatabaseError> {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    let is_locked = causes.any(|cause| match cause.downcast_ref::<Error>() {
        Some(error) => is_busy(error),
        // Another driver's error.
        None => LOCKED.iter().any(|text| cause.to_string().contains(text)),
    });
    is_locked.then(|| {
        DatabaseError::new(DatabaseErrorKind::Other, error.to_string()).with_help(
            "the revision itself holds the lock, so its code probably opened another connection to the database: use \
             `op.connection()`, and open no other connection in a revision",
        )
    })
}

/// SQLite's messages if a lock of another connection is the cause.
const LOCKED: [&str; 2] = ["database is locked", "database table is locked"];

/// Returns the statement text of an error.
pub(super) fn input(error: &Error) -> Option<&str> {
    match error {
        Error::SqlInputError { sql, .. } => Some(sql),
        _ => None,
    }
}

/// Returns whether a lock of another connection is the cause.
pub(super) fn is_busy(error: &Error) -> bool {
    kind(error) == DatabaseErrorKind::Busy
}

fn kind(error: &Error) -> DatabaseErrorKind {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => DatabaseErrorKind::Busy,
        Some(ErrorCode::ReadOnly) => DatabaseErrorKind::ReadOnly,
        Some(ErrorCode::DiskFull) => DatabaseErrorKind::StorageFull,
        Some(ErrorCode::NotADatabase) => DatabaseErrorKind::NotADatabase,
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => DatabaseErrorKind::CannotOpen,
        Some(ErrorCode::DatabaseCorrupt) => DatabaseErrorKind::Corrupt,
        Some(ErrorCode::SystemIoFailure) => DatabaseErrorKind::Io,
        Some(ErrorCode::ConstraintViolation) => DatabaseErrorKind::ConstraintViolation,
        _ if exists(error) => DatabaseErrorKind::AlreadyExists,
        _ => DatabaseErrorKind::Other,
    }
}

/// Returns whether the object to create already exists, for which SQLite has no error code.
fn exists(error: &Error) -> bool {
    let (Error::SqliteFailure(_, Some(words)) | Error::SqlInputError { msg: words, .. }) = error
    else {
        return false;
    };
    words.ends_with(" already exists")
        || words.starts_with("there is already ")
        || words.starts_with("duplicate column name: ")
}
