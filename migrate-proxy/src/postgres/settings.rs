//! The settings that the server reports, which each client has for itself.

use std::collections::{BTreeMap, VecDeque};

use super::message::push_query;
use super::session::Session;
use super::tracker::Tracker;

/// The reported settings that a client may set.
const OWN: [&str; 7] = [
    "DateStyle",
    "IntervalStyle",
    "TimeZone",
    "application_name",
    "client_encoding",
    "search_path",
    "standard_conforming_strings",
];

/// The settings of one client.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    values: BTreeMap<&'static str, String>,
    /// The session's counter of changes when they were the session's.
    seen: Option<u64>,
}

impl Settings {
    /// Returns these settings with those that a client requests in its startup message.
    pub(super) fn with_requested(&self, parameters: &[(String, String)]) -> Settings {
        let mut settings = Settings {
            values: self.values.clone(),
            seen: None,
        };
        for (name, value) in parameters {
            if let Some(name) = OWN.iter().find(|own| own.eq_ignore_ascii_case(name)) {
                settings.values.insert(name, value.clone());
            }
        }
        settings
    }

    /// Remembers the session's settings as those of the client.
    pub(super) fn keep(&mut self, session: &Session) {
        if self.seen == Some(session.changes) {
            return;
        }
        self.seen = Some(session.changes);
        for name in OWN {
            if let Some(value) = session.parameters.get(name) {
                self.values.insert(name, value.clone());
            }
        }
    }

    /// Returns the statements that give the session the settings of the client.
    pub(super) fn statements(&self, session: &Session) -> String {
        if self.seen == Some(session.changes) {
            return String::new();
        }
        let differs = |(name, value): &(&&'static str, &String)| {
            session
                .parameters
                .get(**name)
                .is_some_and(|current| current != *value)
        };
        let statements = self.values.iter().filter(differs).map(|(name, value)| {
            format!(
                "SELECT pg_catalog.set_config('{name}', {}, false);",
                literal(value)
            )
        });
        statements.collect()
    }

    /// Gives the session the settings of the client. The client does not see it.
    pub(super) fn restore(&self, session: &mut Session, tracker: &mut Tracker) {
        let statements = self.statements(session);
        // A failed transaction runs nothing. What was set in it is reset with it.
        if !statements.is_empty() && session.status != b'E' {
            push_query(&mut session.link.output, &statements);
            tracker.sent_with(b'Q', VecDeque::new(), true);
        }
    }
}

/// Quotes a text, whatever `standard_conforming_strings` is.
fn literal(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('\'', "''");
    format!("E'{text}'")
}
