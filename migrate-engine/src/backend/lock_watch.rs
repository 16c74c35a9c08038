//! Finds the connections that wait for the locks of a run.

/// Looks for connections that wait for the locks of a run, over a connection of its own that is closed with this value.
pub trait LockWatch: Send {
    /// Returns the connections that wait now and may be connections of the revision's own code. Connects first if there
    /// is no connection. Returns none if anything fails, because a run must not fail for that.
    fn look(&mut self) -> Vec<WaitingConnection>;
}

/// A connection that waits for a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingConnection {
    /// The connection, as the server describes it: its number, application and user.
    pub title: String,
    /// The start of the statement that waits; empty if it is not known.
    pub statement: String,
    /// Whether this program opened it; `false` if that is not known.
    pub is_own: bool,
}

/// The number of characters of a statement that are shown.
#[cfg(any(feature = "mysql", feature = "postgres"))]
const SHOWN: usize = 120;

#[cfg(any(feature = "mysql", feature = "postgres"))]
impl WaitingConnection {
    /// Returns a connection that waits in `statement`; `port` is its port on the client's side.
    pub(super) fn new(title: String, statement: &str, port: Option<u16>) -> WaitingConnection {
        let words: Vec<&str> = statement.split_whitespace().collect();
        let mut shown: String = words.join(" ").chars().take(SHOWN).collect();
        if shown.len() < words.join(" ").len() {
            shown.push('…');
        }
        WaitingConnection {
            title,
            statement: crate::error::printable(&shown),
            is_own: port.is_some_and(super::own_ports::contain),
        }
    }
}
