//! The session settings that a run relies on: saves, sets and restores them.

use std::time::Duration;

use mysql::prelude::Queryable as _;
use mysql::{Conn, Error};

use super::server::Server;
use super::{identifier, literal};

/// The SQL mode of a run.
pub(super) const SQL_MODE: &str =
    "'STRICT_TRANS_TABLES,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'";

/// The settings of a run. They override those of the server and the application, because a run must not depend on
/// those.
///
/// Without `autocommit`, the work after a statement that commits is in a transaction again, which is committed
/// together with the revision's row.
const SESSION_SETTINGS: [(&str, &str); 13] = [
    ("sql_mode", SQL_MODE),
    ("time_zone", "'+00:00'"),
    ("character_set_client", "'utf8mb4'"),
    ("character_set_results", "'utf8mb4'"),
    ("character_set_connection", "'utf8mb4'"),
    ("autocommit", "0"),
    ("completion_type", "'NO_CHAIN'"),
    ("default_storage_engine", "'InnoDB'"),
    ("foreign_key_checks", "1"),
    ("unique_checks", "1"),
    ("sql_auto_is_null", "0"),
    ("sql_safe_updates", "0"),
    // A connection is idle while a revision computes something, without a limit.
    ("wait_timeout", "2000000"),
];

/// The longest wait of one statement for a lock. Other statements queue behind a statement that waits for a table, so
/// it gives up, and is retried.
const STATEMENT_LOCK_TIMEOUT: Duration = Duration::from_secs(3);

/// The settings of a session: the previous ones, and those of a run.
pub(super) struct Settings {
    previous: Vec<(String, String)>,
    ours: Vec<(String, String)>,
    /// The database of unqualified names.
    pub(super) database: String,
    /// Whether a lock timeout rolls back the whole transaction.
    pub(super) timeout_rolls_back: bool,
}

impl Settings {
    /// Reads the current settings of a session.
    pub(super) fn note(
        conn: &mut Conn,
        server: Server,
        database: String,
        wait: Duration,
    ) -> Result<Settings, Error> {
        let lock_timeout = wait
            .min(STATEMENT_LOCK_TIMEOUT)
            .as_secs()
            .max(1)
            .to_string();
        let mut ours: Vec<(String, String)> = SESSION_SETTINGS
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let (isolation, limit) = match server.is_mariadb() {
            true => ("tx_isolation", "max_statement_time"),
            false => ("transaction_isolation", "max_execution_time"),
        };
        // With statement-based logging, the server rejects writes under READ COMMITTED.
        ours.push((isolation.to_owned(), "'REPEATABLE-READ'".to_owned()));
        // A limit for the application's queries would end a long ALTER TABLE.
        ours.push((limit.to_owned(), "0".to_owned()));
        for name in ["lock_wait_timeout", "innodb_lock_wait_timeout"] {
            ours.push((name.to_owned(), lock_timeout.clone()));
        }
        // The character set determines it, but it is restored separately.
        let names = ours
            .iter()
            .map(|(name, _)| name.as_str())
            .chain(["collation_connection"]);
        let names: Vec<String> = names.map(str::to_owned).collect();
        let columns: Vec<String> = names
            .iter()
            .map(|name| format!("CAST(@@session.{name} AS CHAR)"))
            .collect();
        let sql = format!(
            "SELECT {}, @@global.innodb_rollback_on_timeout",
            columns.join(", ")
        );
        let row: Option<mysql::Row> = conn.query_first(sql)?;
        let mut values = row.map(mysql::Row::unwrap).unwrap_or_default().into_iter();
        let mut previous = Vec::new();
        for name in names {
            let value: Option<String> = values
                .next()
                .and_then(|value| mysql::from_value_opt(value).ok());
            let value = match value {
                None => "NULL".to_owned(),
                Some(number) if is_number(&number) => number,
                Some(text) => literal(&text),
            };
            previous.push((name, value));
        }
        let rolls_back = values
            .next()
            .and_then(|value| mysql::from_value_opt(value).ok());
        Ok(Settings {
            previous,
            ours,
            database,
            timeout_rolls_back: rolls_back.unwrap_or(0_u8) == 1,
        })
    }

    /// Returns the statements that set the settings of a run.
    pub(super) fn run_settings(&self) -> String {
        format!("{}; {}", set(&self.ours), self.back_to_database())
    }

    /// Returns the statements that restore all settings.
    pub(super) fn back(&self) -> String {
        format!("{}; {}", set(&self.previous), self.back_to_database())
    }

    /// Returns the statements for code outside our transactions. They do not end a transaction that the code began.
    pub(super) fn outside(&self) -> String {
        let others = self.ours.iter().filter(|(name, _)| name != "autocommit");
        let mut ours: Vec<(String, String)> = others.cloned().collect();
        ours.push(("autocommit".to_owned(), "1".to_owned()));
        format!("{}; {}", set(&ours), self.back_to_database())
    }

    fn back_to_database(&self) -> String {
        format!("USE {}", identifier(&self.database))
    }
}

fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok() && text.starts_with(|c: char| c.is_ascii_digit())
}

fn set(values: &[(String, String)]) -> String {
    let parts: Vec<String> = values
        .iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    format!("SET SESSION {}", parts.join(", "))
}
