//! Settings of the connection during a rebuild, and the savepoint around it. Both are reset on drop: after success, an
//! error or a panic.
//!
//! `PRAGMA foreign_keys` has no effect inside a transaction, but `sqlite3_db_config` does
//! (<https://www.sqlite.org/c3ref/c_dbconfig_defensive.html>).

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::error::{AlterError, WithStatement};

/// Temporarily changed settings.
pub(super) struct Pragmas<'c> {
    connection: &'c Connection,
    before: Vec<(DbConfig, bool)>,
}

impl<'c> Pragmas<'c> {
    /// Sets what a rebuild needs: foreign keys off, so that dropping the old table affects no child table; renames that
    /// change only the table itself; and double-quoted strings allowed when a stored statement is loaded.
    pub(super) fn for_rebuild(connection: &'c Connection) -> Result<Pragmas<'c>, AlterError> {
        let mut pragmas = Pragmas {
            connection,
            before: Vec::new(),
        };
        pragmas.set(
            DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY,
            false,
            "foreign keys off",
        )?;
        pragmas.set(
            DbConfig::SQLITE_DBCONFIG_LEGACY_ALTER_TABLE,
            true,
            "legacy ALTER TABLE",
        )?;
        pragmas.set(
            DbConfig::SQLITE_DBCONFIG_DQS_DDL,
            true,
            "double-quoted strings in definitions",
        )?;
        Ok(pragmas)
    }

    /// Sets that a token in `"` is always a name.
    pub(super) fn strict_quotes(connection: &'c Connection) -> Result<Pragmas<'c>, AlterError> {
        let mut pragmas = Pragmas {
            connection,
            before: Vec::new(),
        };
        pragmas.set(
            DbConfig::SQLITE_DBCONFIG_DQS_DML,
            false,
            "double-quoted strings off",
        )?;
        Ok(pragmas)
    }

    /// Sets that a rename leaves a view or trigger unchanged if SQLite can't parse it.
    pub(super) fn broken_objects_stay(
        connection: &'c Connection,
    ) -> Result<Pragmas<'c>, AlterError> {
        let mut pragmas = Pragmas {
            connection,
            before: Vec::new(),
        };
        pragmas.set(
            DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA,
            true,
            "writable schema",
        )?;
        Ok(pragmas)
    }

    fn set(
        &mut self,
        config: DbConfig,
        value: bool,
        setting: &'static str,
    ) -> Result<(), AlterError> {
        let before = self.connection.db_config(config).with_statement(setting)?;
        if before == value {
            return Ok(());
        }
        self.before.push((config, before));
        self.connection
            .set_db_config(config, value)
            .with_statement(setting)?;
        // The setting is read back, because it may be compiled out.
        match self.connection.db_config(config).with_statement(setting)? {
            actual if actual == value => Ok(()),
            _ => Err(AlterError::Switch { setting }),
        }
    }
}

impl Drop for Pragmas<'_> {
    fn drop(&mut self) {
        for &(config, before) in self.before.iter().rev() {
            // A setting that could be set can be reset, and drop can't report an error.
            let _ = self.connection.set_db_config(config, before);
        }
    }
}

/// A savepoint that is rolled back unless it is released.
pub(super) struct Savepoint<'c> {
    connection: &'c Connection,
    name: &'static str,
    open: bool,
}

impl<'c> Savepoint<'c> {
    pub(super) fn begin(
        connection: &'c Connection,
        name: &'static str,
    ) -> Result<Savepoint<'c>, AlterError> {
        let sql = format!("SAVEPOINT {name}");
        connection.execute_batch(&sql).with_statement(&sql)?;
        Ok(Savepoint {
            connection,
            name,
            open: true,
        })
    }

    pub(super) fn release(mut self) -> Result<(), AlterError> {
        let sql = format!("RELEASE {}", self.name);
        self.connection.execute_batch(&sql).with_statement(&sql)?;
        self.open = false;
        Ok(())
    }
}

impl Drop for Savepoint<'_> {
    fn drop(&mut self) {
        // After an error that ended the whole transaction, there is nothing to roll back.
        if self.open && !self.connection.is_autocommit() {
            let name = self.name;
            let _ = self
                .connection
                .execute_batch(&format!("ROLLBACK TO {name}; RELEASE {name}"));
        }
    }
}
