//! The statements of a guest that would change more than its own part of the session, and what the server gets instead.

use std::collections::VecDeque;

use crate::sharing::GuestId;
use crate::sql::{Dialect, Statement, statements};

use super::packet::Failure;

/// How a guest's view of its transaction changes when a statement has succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    None,
    Begin,
    End,
}

/// A statement of a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Command {
    Other,
    Begin,
    Commit {
        chain: bool,
    },
    Rollback {
        chain: bool,
    },
    Savepoint,
    /// It has no effect.
    Nothing,
    Refused(String),
}

impl Command {
    fn of(statement: &Statement) -> Command {
        let words: Vec<&str> = statement.words.iter().map(String::as_str).collect();
        let chain = words.windows(2).any(|pair| pair == ["AND", "CHAIN"]);
        let refused = |what: &str| {
            Command::Refused(format!(
                "`{what}` is not possible in a shared session: the revision runs in one session with the application's \
                 code, so use a connection of its own for this"
            ))
        };
        match words[..] {
            ["BEGIN", "NOT", ..] => refused("BEGIN NOT ATOMIC"),
            ["BEGIN", ..] | ["START", "TRANSACTION", ..] => Command::Begin,
            ["COMMIT" | "ROLLBACK", .., "RELEASE"] if words[words.len() - 2] != "NO" => {
                refused("RELEASE")
            }
            ["COMMIT", ..] => Command::Commit { chain },
            ["ROLLBACK", "TO", ..] | ["ROLLBACK", "WORK", "TO", ..] => Command::Savepoint,
            ["SAVEPOINT", ..] | ["RELEASE", "SAVEPOINT", ..] => Command::Savepoint,
            ["ROLLBACK", ..] => Command::Rollback { chain },
            ["SET", "TRANSACTION", ..] | ["SET", "SESSION" | "LOCAL", "TRANSACTION", ..] => {
                Command::Nothing
            }
            ["XA", ..] => refused("XA"),
            _ if words.contains(&"RELEASE_ALL_LOCKS") => refused("RELEASE_ALL_LOCKS"),
            ["LOCK", ..] => refused("LOCK TABLES"),
            ["SET", ..] if words.contains(&"AUTOCOMMIT") => match words.last() {
                Some(&("1" | "ON" | "TRUE")) if !statement.is_longer && !words.contains(&",") => {
                    Command::Nothing
                }
                _ => refused("SET autocommit"),
            },
            _ => Command::Other,
        }
    }
}

/// What a guest believes about its transaction, and what the session is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct View {
    pub(super) guest: GuestId,
    /// The owner has a transaction open, so that the guest's is a savepoint in it.
    pub(super) is_inside: bool,
    /// The guest has begun a transaction.
    pub(super) has_begun: bool,
}

/// A text of a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Translation {
    /// The text for the server, `None` if it is the guest's.
    pub(super) text: Option<Vec<u8>>,
    /// The effects of the statements.
    pub(super) effects: VecDeque<Effect>,
    /// A statement may change settings.
    pub(super) may_set: bool,
}

impl View {
    pub(super) fn savepoint(&self) -> String {
        format!("migrate_guest_{}", self.guest)
    }

    /// Returns what the server gets for a text. Each statement has exactly one in its place.
    ///
    /// # Errors
    ///
    /// Why it is refused.
    pub(super) fn translate(
        mut self,
        text: &[u8],
        backslash: bool,
    ) -> Result<Translation, Failure> {
        let mut translation = Translation {
            text: None,
            effects: VecDeque::new(),
            may_set: false,
        };
        let mut changed = Vec::new();
        let all = statements(text, Dialect::Mysql, backslash);
        let count = all.len();
        let mut calls = false;
        for statement in all {
            let first = statement.words.first().map(String::as_str);
            translation.may_set |= may_set(&statement);
            calls |= matches!(first, Some("CALL" | "EXECUTE"));
            let (sql, effect) = self.translate_one(&Command::of(&statement))?;
            if !changed.is_empty() {
                changed.push(b';');
            }
            match sql {
                Some(sql) => {
                    translation.text = Some(Vec::new());
                    changed.extend_from_slice(sql.as_bytes());
                }
                None => {
                    let sql = &text[statement.range];
                    match without_socket(sql) {
                        Some(sql) => {
                            translation.text = Some(Vec::new());
                            changed.extend_from_slice(&sql);
                        }
                        None => changed.extend_from_slice(sql),
                    }
                }
            }
            translation.effects.push_back(effect);
        }
        if translation.text.is_some() {
            // A procedure has any number of results, so the ends of statements could not be told apart.
            if calls && count > 1 {
                let message = "a text with a transaction and `CALL` is not possible in a shared session: send its \
                               statements one by one";
                return Err(Failure::new(1235, "42000", message));
            }
            translation.text = Some(changed);
        }
        Ok(translation)
    }

    fn translate_one(&mut self, command: &Command) -> Result<(Option<String>, Effect), Failure> {
        let name = self.savepoint();
        let nothing = || (Some("DO 0".to_owned()), Effect::None);
        if let Command::Refused(reason) = command {
            return Err(Failure::new(1235, "42000", reason.clone()));
        }
        if !self.is_inside {
            return Ok((None, Effect::None));
        }
        let end = |chain: bool, view: &mut View| {
            view.has_begun = chain;
            if chain { Effect::None } else { Effect::End }
        };
        Ok(match *command {
            Command::Other | Command::Refused(_) => (None, Effect::None),
            Command::Nothing => nothing(),
            // A savepoint of this name is replaced. The previous transaction is so committed, as the server does.
            Command::Begin => {
                self.has_begun = true;
                (Some(format!("SAVEPOINT {name}")), Effect::Begin)
            }
            Command::Commit { .. } | Command::Rollback { .. } if !self.has_begun => nothing(),
            // Without a transaction the server ignores a savepoint.
            Command::Savepoint if !self.has_begun => nothing(),
            Command::Savepoint => (None, Effect::None),
            Command::Commit { chain: true } => (Some(format!("SAVEPOINT {name}")), Effect::None),
            Command::Commit { chain } => {
                (Some(format!("RELEASE SAVEPOINT {name}")), end(chain, self))
            }
            Command::Rollback { chain } => (
                Some(format!("ROLLBACK TO SAVEPOINT {name}")),
                end(chain, self),
            ),
        })
    }

    /// Returns what the server prepares in place of a text.
    ///
    /// # Errors
    ///
    /// Why it is refused. The server does not prepare a savepoint.
    pub(super) fn translate_prepared(
        mut self,
        text: &[u8],
        backslash: bool,
    ) -> Result<Translation, Failure> {
        let mut translation = Translation {
            text: None,
            effects: VecDeque::new(),
            may_set: false,
        };
        for statement in statements(text, Dialect::Mysql, backslash) {
            translation.may_set |= may_set(&statement);
            let command = Command::of(&statement);
            let (sql, _) = self.translate_one(&command)?;
            match (command, sql) {
                (_, None) => {}
                (Command::Nothing, Some(sql)) => translation.text = Some(sql.into_bytes()),
                _ => {
                    let message = "a transaction can't be begun or ended by a prepared statement in a shared session: \
                                   use the library's transactions, or a statement that is not prepared";
                    return Err(Failure::new(1295, "HY000", message));
                }
            }
        }
        Ok(translation)
    }
}

/// Returns whether a statement may change settings.
fn may_set(statement: &Statement) -> bool {
    let first = statement.words.first().map(String::as_str);
    matches!(first, Some("SET" | "USE" | "CALL" | "EXECUTE"))
}

/// Returns a query with an empty text in place of the path of the server's Unix socket; `None` if it is not in it.
///
/// Drivers read the path to connect a second time, to the server itself. They would leave the session.
fn without_socket(sql: &[u8]) -> Option<Vec<u8>> {
    const SOCKET: &[u8] = b"@@socket";
    if !sql.get(..6)?.eq_ignore_ascii_case(b"SELECT") {
        return None;
    }
    let is_socket = |window: &[u8]| window.eq_ignore_ascii_case(SOCKET);
    let place = sql.windows(SOCKET.len()).position(is_socket)?;
    Some([&sql[..place], b"''", &sql[place + SOCKET.len()..]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTSIDE: View = View {
        guest: 7,
        is_inside: true,
        has_begun: false,
    };

    fn text(view: View, text: &str) -> String {
        match view.translate(text.as_bytes(), true) {
            Ok(Translation { text: None, .. }) => "unchanged".to_owned(),
            Ok(translation) => String::from_utf8(translation.text.unwrap()).unwrap(),
            Err(failure) => failure.message,
        }
    }

    #[test]
    fn a_transaction_becomes_a_savepoint() {
        let begun = View {
            has_begun: true,
            ..OUTSIDE
        };
        let save = "SAVEPOINT migrate_guest_7";
        let release = "RELEASE SAVEPOINT migrate_guest_7";
        let back = "ROLLBACK TO SAVEPOINT migrate_guest_7";
        for begin in [
            "BEGIN",
            "begin work;",
            "START TRANSACTION READ ONLY",
            "/*!50000 BEGIN */",
        ] {
            assert_eq!(text(OUTSIDE, begin), save, "{begin}");
        }
        assert_eq!(text(begun, "COMMIT"), release);
        assert_eq!(text(begun, "commit and chain"), save);
        assert_eq!(text(begun, "ROLLBACK"), back);
        assert_eq!(text(OUTSIDE, "ROLLBACK"), "DO 0");
        assert_eq!(text(OUTSIDE, "SELECT @@Socket, 1"), "SELECT '', 1");
        assert_eq!(
            text(
                OUTSIDE,
                "BEGIN; INSERT INTO t VALUES (';'); COMMIT; COMMIT;"
            ),
            format!("{save};INSERT INTO t VALUES (';');{release};DO 0")
        );
    }

    #[test]
    fn other_statements_pass_and_dangerous_ones_do_not() {
        let begun = View {
            has_begun: true,
            ..OUTSIDE
        };
        let alone = View {
            is_inside: false,
            ..OUTSIDE
        };
        for (view, sql) in [
            (OUTSIDE, "SELECT 'COMMIT'; SELECT 2"),
            (OUTSIDE, "SET time_zone = '+00:00', NAMES utf8mb4"),
            (begun, "SAVEPOINT a; ROLLBACK TO a; RELEASE SAVEPOINT a"),
            (alone, "BEGIN; COMMIT"),
            (OUTSIDE, ""),
        ] {
            assert_eq!(text(view, sql), "unchanged", "{sql}");
        }
        for sql in [
            "SET autocommit = 1",
            "SET @@session.autocommit=ON",
            "SET TRANSACTION READ ONLY",
        ] {
            assert_eq!(text(OUTSIDE, sql), "DO 0", "{sql}");
        }
        for (sql, what) in [
            ("XA START 'a'", "`XA` is not possible"),
            ("SET autocommit = 0", "`SET autocommit` is not possible"),
            (
                "SET sql_mode = '', autocommit = 1",
                "`SET autocommit` is not possible",
            ),
            ("LOCK TABLES a READ", "`LOCK TABLES` is not possible"),
            (
                "BEGIN NOT ATOMIC COMMIT; END",
                "`BEGIN NOT ATOMIC` is not possible",
            ),
            ("COMMIT RELEASE", "`RELEASE` is not possible"),
            ("BEGIN; CALL p(); COMMIT", "one by one"),
        ] {
            assert!(text(OUTSIDE, sql).contains(what), "{sql}");
        }
        let prepared = |text: &str| {
            let translated = OUTSIDE.translate_prepared(text.as_bytes(), true);
            translated.map(|translation| translation.text)
        };
        assert!(prepared("COMMIT").is_err());
        assert_eq!(prepared("SELECT 1"), Ok(None));
        assert_eq!(
            prepared("SET TRANSACTION READ ONLY"),
            Ok(Some(b"DO 0".to_vec()))
        );
    }
}
