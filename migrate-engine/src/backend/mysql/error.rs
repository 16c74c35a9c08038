//! Converts the driver's errors to [`DatabaseError`].

use mysql::{DriverError, Error};

use crate::backend::tls;
use crate::error::{DatabaseError, DatabaseErrorKind};

use super::key_names;

/// Returns the server's error: its message and its number.
pub(super) fn from_driver(error: &Error) -> DatabaseError {
    match error {
        Error::MySqlError(error) => {
            let message = format!(
                "{} (error {}, SQLSTATE {})",
                error.message, error.code, error.state
            );
            let name_in_use = is_name_in_use(error.code, &error.message);
            // Another foreign key has the name, so the new object does not exist.
            let kind = match name_in_use {
                true => DatabaseErrorKind::Other,
                false => kind(error.code),
            };
            let database_error = DatabaseError::new(kind, message);
            match help(error.code).or_else(|| of_engine(error.code, &error.message)) {
                Some(help) => database_error.with_help(help),
                None => database_error,
            }
        }
        Error::DriverError(error) => from_driver_error(error),
        _ if is_lost(error) => lost(),
        Error::IoError(error) => DatabaseError::new(DatabaseErrorKind::Io, error.to_string()),
        // The driver would print a value of the application.
        other => DatabaseError::new(DatabaseErrorKind::Other, other.to_string()),
    }
}

/// Returns why a connection failed: an error of the server, the network or the certificates.
pub(super) fn unreached(error: &Error) -> DatabaseError {
    match error {
        Error::IoError(error) => not_connected(&error.to_string()),
        Error::CodecError(error) => not_connected(&error.to_string()),
        other => from_driver(other),
    }
}

fn not_connected(why: &str) -> DatabaseError {
    let message = format!("error connecting to the server: {why}");
    tls::unreached(message, "`ssl-mode` and `ssl-ca`")
}

/// Returns the error of a lost connection.
pub(super) fn lost() -> DatabaseError {
    DatabaseError::new(
        DatabaseErrorKind::Io,
        "the connection to the server was lost",
    )
    .with_help("check the server's log, then run `current` to see what is recorded")
}

fn from_driver_error(error: &DriverError) -> DatabaseError {
    match error {
        DriverError::CouldNotConnect(_) | DriverError::ConnectTimeout | DriverError::Timeout => {
            let why = match error {
                DriverError::CouldNotConnect(Some((_, why, _))) => why.as_str(),
                _ => "the server did not respond in time",
            };
            not_connected(why)
        }
        DriverError::TlsNotSupported => {
            DatabaseError::new(DatabaseErrorKind::CannotOpen, error.to_string()).with_help(
                "enable TLS on the server; if the network is trusted, write `ssl-mode=DISABLED`",
            )
        }
        DriverError::MismatchedStmtParams(expected, given) => DatabaseError::new(
            DatabaseErrorKind::Other,
            format!("{given} parameters were given, and the statement has {expected}"),
        )
        .with_help("write the parameters as ?1, ?2 and so on"),
        other => DatabaseError::new(DatabaseErrorKind::Other, other.to_string()),
    }
}

fn kind(code: u16) -> DatabaseErrorKind {
    match code {
        1205 | 1213 | 3572 | 1969 => DatabaseErrorKind::Busy,
        1036 | 1290 | 1792 | 1836 => DatabaseErrorKind::ReadOnly,
        1021 | 1114 | 1041 => DatabaseErrorKind::StorageFull,
        1040 | 1044 | 1045 | 1049 | 1203 | 1226 | 1251 | 1698 | 2059 => {
            DatabaseErrorKind::CannotOpen
        }
        1053 | 1158..=1161 | 1927 | 1317 | 3024 => DatabaseErrorKind::Io,
        1034 | 1194 | 1195 | 1712 => DatabaseErrorKind::Corrupt,
        1048 | 1062 | 1169 | 1216 | 1217 | 1451 | 1452 | 1557 | 1586 | 1761 | 1762 | 3819
        | 4025 => DatabaseErrorKind::ConstraintViolation,
        1050 | 1060 | 1061 | 1304 | 1359 | 1826 => DatabaseErrorKind::AlreadyExists,
        _ => DatabaseErrorKind::Other,
    }
}

fn help(code: u16) -> Option<&'static str> {
    Some(match code {
        1205 => "wait longer with `--lock-timeout SECONDS`, or end the process that holds the lock",
        1213 => {
            "run the command again: the server rolled this transaction back to resolve a deadlock"
        }
        1036 | 1290 | 1792 | 1836 => {
            "connect to the primary server, as a user that may write; `--read-only` is an option of the server"
        }
        1049 => {
            "create the database with `cargo migrate upgrade --create`, or with `CREATE DATABASE …`"
        }
        1044 => {
            "grant this user the privileges on the database; revisions are tried on a scratch database, so a user who \
             may create databases is needed: set MIGRATE_SCRATCH_URL_MYSQL"
        }
        1045 | 1698 => {
            "check the user and the password; escape special characters in a URL's password: write %40 for `@`; a \
             user who must encrypt needs `ssl-mode=REQUIRED` and the feature `tls`"
        }
        1142 | 1143 | 1227 | 1370 => "grant the privilege to this user, or connect as another user",
        1040 | 1203 | 1226 => "raise the connection limit of the server or of the user",
        1053 | 1927 => "when the server is back, run the command again",
        1317 => "another connection ended the statement; run the command again",
        1969 | 3024 => "raise the server's time limit for statements, or remove it for this user",
        1118 => {
            "use `Text` or `Blob` for the longest columns: the server stores their values outside of the row"
        }
        1071 | 1170 => "use `Varchar` with a shorter length, or index only a prefix of the column",
        1553 => "drop the foreign key first",
        1451 => "drop the objects that depend on it first; only named objects are dropped",
        1452 => "delete or correct the rows that reference no row of the other table",
        1419 => "ask the server's administrator to set `log_bin_trust_function_creators`",
        _ => return None,
    })
}

/// Returns the help for an error of the storage engine, whose number is in the message.
fn of_engine(code: u16, message: &str) -> Option<&'static str> {
    if is_name_in_use(code, message) {
        return Some(key_names::TAKEN);
    }
    // MySQL has its own error codes for this.
    (is_errno(code, message, 150) || matches!(code, 1822 | 3780)).then_some(
        "give the columns at both ends of the foreign key the same type, and make the referenced columns a primary \
         key or a unique constraint",
    )
}

/// Returns whether a foreign key can't be created because another one has its name. MariaDB uses MySQL's code for
/// checks.
fn is_name_in_use(code: u16, message: &str) -> bool {
    is_errno(code, message, 121) || code == 1826 && message.contains("foreign key")
}

fn is_errno(code: u16, message: &str, number: u16) -> bool {
    code == 1005 && message.contains(&format!("errno: {number} "))
}

/// Returns whether the server returned this error code.
pub(super) fn is(error: &Error, code: u16) -> bool {
    matches!(error, Error::MySqlError(error) if error.code == code)
}

/// Returns whether the connection is lost.
pub(super) fn is_lost(error: &Error) -> bool {
    match error {
        Error::IoError(_) | Error::CodecError(_) => true,
        // The server ended this connection.
        Error::MySqlError(error) => matches!(error.code, 1053 | 1927 | 2006 | 2013),
        Error::DriverError(error) => matches!(
            error,
            DriverError::PacketOutOfSync | DriverError::UnexpectedPacket
        ),
        _ => false,
    }
}
