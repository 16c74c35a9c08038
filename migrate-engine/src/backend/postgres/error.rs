//! Converts the driver's errors to [`DatabaseError`].

use std::error::Error as _;
use std::fmt::Write as _;

use postgres::Error;
use postgres::error::{DbError, ErrorPosition, SqlState};

use crate::backend::tls::unreached;
use crate::error::{DatabaseError, DatabaseErrorKind};

/// Returns the server's error: its message, SQLSTATE, detail, hint and position in the statement.
pub(super) fn from_driver(error: &Error) -> DatabaseError {
    match error.as_db_error() {
        Some(error) => from_server(error),
        None => from_client(error),
    }
}

fn from_server(error: &DbError) -> DatabaseError {
    let code = error.code();
    let mut message = format!("{} (SQLSTATE {}", error.message(), code.code());
    if let Some(ErrorPosition::Original(position)) = error.position() {
        let _ = write!(message, ", at character {position}");
    }
    message.push(')');
    for (word, text) in [("detail", error.detail()), ("hint", error.hint())] {
        if let Some(text) = text {
            let _ = write!(message, "; {word}: {text}");
        }
    }
    let (kind, known_help) = of_message(error.message()).unwrap_or((kind(code), None));
    let database_error = DatabaseError::new(kind, message);
    match known_help.or_else(|| help(code)) {
        Some(help) => database_error.with_help(help),
        None => database_error,
    }
}

fn from_client(error: &Error) -> DatabaseError {
    if error.is_closed() {
        return DatabaseError::new(
            DatabaseErrorKind::Io,
            "the connection to the server was lost",
        )
        .with_help("check the server's log, then run `current` to see what is recorded");
    }
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let text = next.to_string();
        if !message.contains(&text) {
            let _ = write!(message, ": {text}");
        }
        cause = next.source();
    }
    let connecting = message.starts_with("error connecting") || message.starts_with("timeout");
    if connecting {
        return unreached(message, "`sslmode` and `sslrootcert`");
    }
    if message.contains("does not support TLS") {
        return DatabaseError::new(DatabaseErrorKind::CannotOpen, message).with_help(
            "enable TLS on the server; if the network is trusted, write `sslmode=disable`",
        );
    }
    if message.contains("password missing") {
        return DatabaseError::new(
            DatabaseErrorKind::CannotOpen,
            "the server requires a password, and none was given",
        )
        .with_help("set PGPASSWORD in the environment, or write the password into the URL");
    }
    DatabaseError::new(DatabaseErrorKind::Other, message)
}

const ONLY_READ: &str = "connect to the primary server, as a role that may write; a revision that ended its own \
                         transaction can't write afterwards either";

/// Returns the kind and the help of an error whose code is not specific enough.
fn of_message(message: &str) -> Option<(DatabaseErrorKind, Option<&'static str>)> {
    if message.contains("during recovery") {
        return Some((DatabaseErrorKind::ReadOnly, Some(ONLY_READ)));
    }
    // The guard belongs to another session than the one that the pooler chose now.
    if message.contains("cargo_migrate_guard") && message.contains("does not exist") {
        return Some((DatabaseErrorKind::Other, Some(super::pooler::HELP)));
    }
    if message.contains("pg_hba.conf") && message.contains("no encryption") {
        let help = "write `sslmode=require`, and enable the feature `tls` of `migrate-runtime`; or ask the server's \
                    administrator for an entry in pg_hba.conf";
        return Some((DatabaseErrorKind::CannotOpen, Some(help)));
    }
    if message.starts_with("cannot alter type of a column used") {
        let help = match message.contains("generated column") {
            true => "drop the generated column first, and add it again afterwards",
            false => {
                "use `op.alter_column`, which recreates the views, triggers and policies that use the column; or drop them \
                 first, and recreate them afterwards"
            }
        };
        return Some((DatabaseErrorKind::Other, Some(help)));
    }
    if message.contains("query_wait_timeout") {
        let help = "the pooler has no free connection, and a run needs two: use the URL of the server itself";
        return Some((DatabaseErrorKind::CannotOpen, Some(help)));
    }
    if message.contains("statement pooling mode") {
        return Some((
            DatabaseErrorKind::CannotOpen,
            Some(super::pooler::STATEMENT),
        ));
    }
    if message.contains("unsupported startup parameter") {
        let help = "the pooler does not forward `options`: use the URL of the server itself, or leave `options` out";
        return Some((DatabaseErrorKind::CannotOpen, Some(help)));
    }
    None
}

fn kind(code: &SqlState) -> DatabaseErrorKind {
    match *code {
        SqlState::LOCK_NOT_AVAILABLE
        | SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::T_R_SERIALIZATION_FAILURE => DatabaseErrorKind::Busy,
        SqlState::READ_ONLY_SQL_TRANSACTION => DatabaseErrorKind::ReadOnly,
        SqlState::ACTIVE_SQL_TRANSACTION | SqlState::INVALID_TRANSACTION_TERMINATION => {
            DatabaseErrorKind::NeedsNoTransaction
        }
        SqlState::DISK_FULL => DatabaseErrorKind::StorageFull,
        SqlState::INVALID_CATALOG_NAME
        | SqlState::INVALID_PASSWORD
        | SqlState::INVALID_AUTHORIZATION_SPECIFICATION
        | SqlState::TOO_MANY_CONNECTIONS
        | SqlState::CANNOT_CONNECT_NOW => DatabaseErrorKind::CannotOpen,
        SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN => DatabaseErrorKind::Io,
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => DatabaseErrorKind::Corrupt,
        SqlState::DUPLICATE_TABLE
        | SqlState::DUPLICATE_COLUMN
        | SqlState::DUPLICATE_OBJECT
        | SqlState::DUPLICATE_FUNCTION
        | SqlState::DUPLICATE_SCHEMA => DatabaseErrorKind::AlreadyExists,
        _ if code.code().starts_with("23") => DatabaseErrorKind::ConstraintViolation,
        _ => DatabaseErrorKind::Other,
    }
}

fn help(code: &SqlState) -> Option<&'static str> {
    Some(match *code {
        SqlState::READ_ONLY_SQL_TRANSACTION => ONLY_READ,
        SqlState::DUPLICATE_PSTATEMENT | SqlState::INVALID_SQL_STATEMENT_NAME => {
            super::pooler::HELP
        }
        SqlState::INVALID_CATALOG_NAME => {
            "create the database with `cargo migrate upgrade --create`, or with `createdb`"
        }
        SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            "check the user and the password; escape special characters in a URL's password: write %40 for `@`"
        }
        SqlState::TOO_MANY_CONNECTIONS => {
            "a run needs two connections, one of them for its lock: raise max_connections or the role's limit"
        }
        SqlState::CANNOT_CONNECT_NOW => "the server is starting or stopping: try again",
        SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN => {
            "when the server is back, run the command again"
        }
        SqlState::QUERY_CANCELED => {
            "if statement_timeout is too short, set another one in the URL: `?options=-c%20statement_timeout%3D0`"
        }
        SqlState::INSUFFICIENT_PRIVILEGE => {
            "grant the privilege to this role, or connect as the owner"
        }
        SqlState::IN_FAILED_SQL_TRANSACTION => {
            "an earlier statement failed, and the revision continued: return its error with `?`, or run it in a savepoint"
        }
        SqlState::ACTIVE_SQL_TRANSACTION => {
            "give the statement a revision of its own, with `transaction: false` in its header"
        }
        SqlState::UNSAFE_NEW_ENUM_VALUE_USAGE => {
            "add the value in a revision of its own: it can be used once that revision is committed"
        }
        SqlState::AMBIGUOUS_PARAMETER | SqlState::INDETERMINATE_DATATYPE => {
            "write the type after the parameter: `?1::integer`"
        }
        SqlState::DEPENDENT_OBJECTS_STILL_EXIST => {
            "drop the objects that depend on it first; only named objects are dropped"
        }
        SqlState::INVALID_SCHEMA_NAME => {
            "create the schema; or, if it belongs to the package, name it in `schemas = [\"public\", \"…\"]` of `[package.metadata.migrate]`; \
             or set the role's search_path to an existing one"
        }
        _ => return None,
    })
}

/// Returns whether the server returned this error code.
pub(super) fn is(error: &Error, code: &SqlState) -> bool {
    error.code() == Some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_change_beneath_a_view_has_a_workaround() {
        let help = |message: &str| of_message(message).and_then(|(_, help)| help).unwrap();
        for used in [
            "by a view or rule",
            "in a policy definition",
            "in a trigger definition",
        ] {
            let help = help(&format!("cannot alter type of a column used {used}"));
            assert!(help.starts_with("use `op.alter_column`"), "{help}");
        }
        let generated = help("cannot alter type of a column used by a generated column");
        assert!(
            generated.starts_with("drop the generated column"),
            "{generated}"
        );
    }
}
