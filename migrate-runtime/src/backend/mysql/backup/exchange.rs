//! A backup in the place of the database.

use std::path::Path;

use mysql::Conn;
use mysql::prelude::Queryable as _;

use crate::backup::{Keep, Program};
use crate::error::{DatabaseError, Error, Trouble};

use super::super::identifier;
use super::super::lock::Lock;
use super::super::restoring::{self, Restoring, TABLE};
use super::super::scratch::{self, Scratch};
use super::super::url;
use super::dump::{self, locked_or, set_patience};
use super::load::{Extent, load};
use super::{CLIENT, DUMP, MysqlCopier, asked};

/// Puts a backup in the place of the database.
pub(super) fn put_back(
    copier: &MysqlCopier,
    from: &Path,
    keep: Option<Keep<'_>>,
) -> Result<(), Error> {
    let mut client = copier.connect_anyway()?;
    let program = copier.program(&mut client, CLIENT)?;
    let dumper = keep
        .as_ref()
        .map(|_| copier.program(&mut client, DUMP))
        .transpose()?;
    let mut run = copier.locked(&mut client)?;
    let conn = run.conn();
    // The client of a process that was killed may still write.
    let loading = Lock::of_load(&copier.origin.database);
    loading.take(conn, copier.wait)?;
    loading.release(conn);
    let before = restoring::noted(conn).map_err(asked)?;
    let earlier = before.as_ref().and_then(|note| note.kept.clone());
    prove(copier, &program, from, keep.is_some() || earlier.is_some())?;
    let kept = match (keep, dumper) {
        (Some(keep), Some(dumper)) => {
            dump::write(copier, conn, &dumper, keep.to)?;
            Some((keep.done)()?)
        }
        _ => earlier,
    };
    // Whoever reads it may stand in another directory.
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let note = Restoring {
        backup: whole(from),
        kept: kept.as_deref().map(whole),
    };
    replace(copier, conn, &program, &note, before)
}

/// Loads a backup into an empty database. Where the user may make none, what is kept has to do.
fn prove(copier: &MysqlCopier, program: &Program, from: &Path, keeps: bool) -> Result<(), Error> {
    let url = scratch::url(Some(&copier.url))?;
    let scratch = match Scratch::create(url::origin(&url, copier.wait)?) {
        Err(Error::Database { source, .. }) if source.kind == Trouble::CannotOpen && keeps => {
            return Ok(());
        }
        Err(Error::Database { action, source }) if source.kind == Trouble::CannotOpen => {
            let help = "leave `--no-keep` out, or set MIGRATE_SCRATCH_URL_MYSQL to a server where the user may create databases: \
                        a backup is tried there first";
            return Err(Error::database(action, source.with_help(help)));
        }
        scratch => scratch?,
    };
    load(copier, program, &scratch.origin(), from, Extent::Trial)
}

/// Replaces everything in the database. If that fails on the way, what was kept is put back.
fn replace(
    copier: &MysqlCopier,
    conn: &mut Conn,
    program: &Program,
    note: &Restoring,
    before: Option<Restoring>,
) -> Result<(), Error> {
    note.note(conn).map_err(asked)?;
    if let Err(error) = lock_all(copier, conn) {
        // Nothing is dropped yet.
        match before {
            None => Restoring::done(conn),
            Some(before) => before.note(conn),
        }
        .map_err(asked)?;
        return Err(error);
    }
    let Err(cause) = filled(copier, conn, program, &note.backup) else {
        return Ok(());
    };
    let again = match &note.kept {
        Some(kept) => lock_all(copier, conn).and_then(|()| filled(copier, conn, program, kept)),
        None => return Err(note.clone().cut_short(&copier.origin.shown, Some(cause))),
    };
    if again.is_err() {
        return Err(note.clone().cut_short(&copier.origin.shown, Some(cause)));
    }
    let told = DatabaseError::new(Trouble::Other, cause.to_string())
        .with_help("the database is as it was: what was kept of it was put back");
    Err(Error::database(
        format!("can't restore `{}`", copier.origin.shown),
        told,
    ))
}

/// Empties the database, whose tables are locked, fills it, and takes the note away.
fn filled(
    copier: &MysqlCopier,
    conn: &mut Conn,
    program: &Program,
    from: &Path,
) -> Result<(), Error> {
    empty(conn).map_err(|error| locked_or(copier, error))?;
    load(copier, program, &copier.origin, from, Extent::Whole)?;
    Restoring::done(conn).map_err(asked)
}

/// Waits until all tables are this connection's alone.
fn lock_all(copier: &MysqlCopier, conn: &mut Conn) -> Result<(), Error> {
    set_patience(copier, conn)?;
    let tables = tables(conn).map_err(asked)?;
    let locks: Vec<String> = tables
        .iter()
        .map(|table| format!("{} WRITE", identifier(table)))
        .collect();
    conn.query_drop(format!("LOCK TABLES {}", locks.join(", ")))
        .map_err(|error| locked_or(copier, error))
}

/// Returns all tables and sequences, the note's own among them.
fn tables(conn: &mut Conn) -> Result<Vec<String>, mysql::Error> {
    conn.query(
        "SELECT TABLE_NAME FROM information_schema.TABLES \
         WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE NOT LIKE '%VIEW'",
    )
}

/// Drops everything but the note.
fn empty(conn: &mut Conn) -> Result<(), mysql::Error> {
    conn.query_drop("SET SESSION foreign_key_checks = 0")?;
    for table in tables(conn)? {
        if table != TABLE {
            conn.query_drop(format!("DROP TABLE {}", identifier(&table)))?;
        }
    }
    conn.query_drop("UNLOCK TABLES")?;
    let others: Vec<(String, String)> = conn.query(
        "SELECT 'VIEW', TABLE_NAME FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE() \
         UNION ALL SELECT ROUTINE_TYPE, ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() \
         UNION ALL SELECT 'EVENT', EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()",
    )?;
    for (kind, name) in others {
        // A package takes its body with it.
        conn.query_drop(format!("DROP {kind} IF EXISTS {}", identifier(&name)))?;
    }
    Ok(())
}
