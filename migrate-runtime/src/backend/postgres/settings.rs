//! The settings of a session that a run relies on: noted, set, and put back.

use std::time::Duration;

use postgres::{Client, Error};

use super::literal;

/// What a run sets, whatever the server, the role or the database say, because its outcome must not depend on them; empty
/// where it keeps what it finds.
///
/// What does not stand in a transaction of ours may only read: a revision that ends its transaction and goes on writes
/// nothing.
const OURS: [(&str, &str); 11] = [
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

/// The longest wait for a lock of one statement. Others queue behind a statement that waits for a table, so it gives up,
/// and the revision is tried again.
const PATIENCE: Duration = Duration::from_secs(3);

/// The settings of a session: as they were, and as a run has them.
pub(super) struct Settings {
    was: Vec<(&'static str, String)>,
    ours: Vec<(&'static str, String)>,
    wait: Duration,
}

impl Settings {
    /// Notes the settings of a session.
    pub(super) fn note(client: &mut Client, wait: Duration) -> Result<Settings, Error> {
        let mut was = Vec::new();
        let mut ours = Vec::new();
        for (name, wanted) in OURS {
            let value: String = client
                .query_one("SELECT current_setting($1)", &[&name])?
                .try_get(0)?;
            let kept = if wanted.is_empty() { &value } else { wanted };
            ours.push((name, kept.to_owned()));
            was.push((name, value));
        }
        // One that the connection itself asked for is kept.
        let row = client.query_one(
            "SELECT current_setting(name), source = 'client' FROM pg_settings WHERE name = 'lock_timeout'",
            &[],
        )?;
        let value: String = row.try_get(0)?;
        let asked_for: bool = row.try_get(1)?;
        let patience = if asked_for {
            value.clone()
        } else {
            millis(wait.min(PATIENCE))
        };
        ours.push(("lock_timeout", patience));
        was.push(("lock_timeout", value));
        Ok(Settings { was, ours, wait })
    }

    /// Returns what a setting was.
    pub(super) fn was(&self, name: &str) -> &str {
        let found = self.was.iter().find(|(setting, _)| *setting == name);
        found.map_or("", |(_, value)| value)
    }

    /// Returns the statement that sets what a run needs.
    pub(super) fn ours(&self) -> String {
        set(&self.ours)
    }

    /// Returns the statement that puts everything back.
    pub(super) fn back(&self) -> String {
        set(&self.was)
    }

    /// Returns the statement for code that runs outside of any transaction: it may write, is told what the server says,
    /// and waits for locks as long as the run does, because what it did can't be taken back and tried again.
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

/// Zero would mean for ever.
fn millis(time: Duration) -> String {
    time.as_millis().clamp(1, 2_000_000_000).to_string()
}
