//! The session settings that a run relies on: saves, sets and restores them.

use std::time::Duration;

use postgres::{Client, Error};

use super::literal;

/// The settings of a run. They override those of the server, the role and the database, because a run must not depend
/// on those. An empty value keeps the current setting.
///
/// Outside of our transactions a session is read-only: a revision that ends its transaction can't write afterwards.
const SESSION_SETTINGS: [(&str, &str); 11] = [
    ("role", ""),
    ("search_path", ""),
    ("check_function_bodies", ""),
    ("client_min_messages", "error"),
    ("default_transaction_read_only", "on"),
    ("default_transaction_isolation", "read committed"),
    ("idle_in_transaction_session_timeout", "0"),
    ("TimeZone", "UTC"),
    ("DateStyle", "ISO, MDY"),
    ("IntervalStyle", "postgres"),
    ("standard_conforming_strings", "on"),
];

/// The longest wait of one statement for a lock. Other statements queue behind a statement that waits for a table, so
/// it gives up, and the revision is retried.
const STATEMENT_LOCK_TIMEOUT: Duration = Duration::from_secs(3);

/// The settings of a session: the previous ones, and those of a run.
pub(super) struct Settings {
    previous: Vec<(&'static str, String)>,
    ours: Vec<(&'static str, String)>,
    wait: Duration,
}

impl Settings {
    /// Reads the current settings of a session.
    pub(super) fn note(client: &mut Client, wait: Duration) -> Result<Settings, Error> {
        let mut previous = Vec::new();
        let mut ours = Vec::new();
        for (name, setting) in SESSION_SETTINGS {
            let value: String = client
                .query_one("SELECT current_setting($1)", &[&name])?
                .try_get(0)?;
            let run_value = if setting.is_empty() { &value } else { setting };
            ours.push((name, run_value.to_owned()));
            previous.push((name, value));
        }
        // Keeps a `lock_timeout` that the connection itself set.
        let row = client.query_one(
            "SELECT current_setting(name), source = 'client' FROM pg_settings WHERE name = 'lock_timeout'",
            &[],
        )?;
        let value: String = row.try_get(0)?;
        let set_by_client: bool = row.try_get(1)?;
        let lock_timeout = if set_by_client {
            value.clone()
        } else {
            millis(wait.min(STATEMENT_LOCK_TIMEOUT))
        };
        ours.push(("lock_timeout", lock_timeout));
        previous.push(("lock_timeout", value));
        Ok(Settings {
            previous,
            ours,
            wait,
        })
    }

    /// Returns the previous value of a setting.
    pub(super) fn was(&self, name: &str) -> &str {
        let found = self.previous.iter().find(|(setting, _)| *setting == name);
        found.map_or("", |(_, value)| value)
    }

    /// Returns the statement that sets the settings of a run.
    pub(super) fn run_settings(&self) -> String {
        set(&self.ours)
    }

    /// Returns the statement that restores all settings.
    pub(super) fn back(&self) -> String {
        set(&self.previous)
    }

    /// Returns the statement for code outside a transaction. It may write, receives the server's messages, and waits
    /// for locks as long as the run does, because its work can't be rolled back and retried.
    pub(super) fn outside(&self) -> String {
        set(&[
            (
                "client_min_messages",
                self.was("client_min_messages").to_owned(),
            ),
            (
                "default_transaction_read_only",
                self.was("default_transaction_read_only").to_owned(),
            ),
            ("lock_timeout", millis(self.wait)),
        ])
    }
}

fn set(values: &[(&str, String)]) -> String {
    let calls: Vec<String> = values
        .iter()
        .map(|(name, value)| format!("set_config('{name}', {}, false)", literal(value)))
        .collect();
    format!("SELECT {}", calls.join(", "))
}

/// Zero would mean no limit.
fn millis(time: Duration) -> String {
    time.as_millis().clamp(1, 2_000_000_000).to_string()
}
