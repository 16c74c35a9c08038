//! The commands of a guest that would change more than its own part of the session, and what the server gets instead.

use std::collections::VecDeque;

use crate::sharing::GuestId;
use crate::sql::{Dialect, Statement, statements};

use super::message::Failure;
use super::tracker::{Effect, Fate};

/// A statement of a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// It passes as it is.
    Other,
    Begin,
    Commit {
        chain: bool,
    },
    Rollback {
        chain: bool,
    },
    /// A savepoint of the guest itself.
    Savepoint,
    /// It passes without effect, with this tag.
    Nothing(&'static str),
    /// The reason why it is refused.
    Refused(String),
}

const OWN_CONNECTION: &str = "the revision runs in one session with the application's code: use a connection of its own for this";

impl Command {
    fn of(statement: &Statement) -> Command {
        let words: Vec<&str> = statement.words.iter().map(String::as_str).collect();
        let chain = words.windows(2).any(|pair| pair == ["AND", "CHAIN"]);
        let refused =
            |what: &str| Command::Refused(format!("`{what}` is not possible in a shared session"));
        match words[..] {
            ["BEGIN", ..] | ["START", "TRANSACTION", ..] => Command::Begin,
            ["COMMIT" | "ROLLBACK", "PREPARED", ..] => refused("COMMIT PREPARED"),
            ["COMMIT" | "END", ..] => Command::Commit { chain },
            ["ROLLBACK", "TO", ..]
            | ["ROLLBACK", "WORK" | "TRANSACTION", "TO", ..]
            | ["ABORT", "TO", ..]
            | ["SAVEPOINT" | "RELEASE", ..] => Command::Savepoint,
            ["ROLLBACK" | "ABORT", ..] => Command::Rollback { chain },
            ["PREPARE", "TRANSACTION", ..] => refused("PREPARE TRANSACTION"),
            ["SET", "TRANSACTION", ..] | ["SET", "LOCAL" | "SESSION", "TRANSACTION", ..] => {
                Command::Nothing("SET")
            }
            ["SET", "SESSION", "CHARACTERISTICS", ..] => refused("SET SESSION CHARACTERISTICS"),
            ["DISCARD", ..] => refused("DISCARD"),
            ["DEALLOCATE", "ALL"] | ["DEALLOCATE", "PREPARE", "ALL"] => refused("DEALLOCATE ALL"),
            ["RESET", "ALL"] => refused("RESET ALL"),
            _ if words.contains(&"PG_ADVISORY_UNLOCK_ALL") => refused("pg_advisory_unlock_all"),
            _ => Command::Other,
        }
    }

    /// Returns the commands of a text, with their statements.
    pub(super) fn all(text: &[u8], standard_strings: bool) -> Vec<(Statement, Command)> {
        statements(text, Dialect::Postgres, !standard_strings)
            .into_iter()
            .map(|statement| {
                let command = Command::of(&statement);
                (statement, command)
            })
            .collect()
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
    /// The transaction has failed.
    pub(super) has_failed: bool,
}

/// A text for the server in place of a guest's.
#[derive(Debug)]
pub(super) struct Rewritten {
    pub(super) text: Vec<u8>,
    /// The fates of its answers.
    pub(super) fates: VecDeque<Fate>,
}

/// SQL for the server, with the fates of its answers.
pub(super) type Translation = Vec<(String, Fate)>;

impl View {
    pub(super) fn savepoint(&self) -> String {
        format!("migrate_guest_{}", self.guest)
    }

    /// Returns what the server gets for a command; `None` if it gets the command itself.
    ///
    /// # Errors
    ///
    /// Why it is refused.
    pub(super) fn translate(&mut self, command: &Command) -> Result<Option<Translation>, Failure> {
        let name = self.savepoint();
        let release = || format!("RELEASE SAVEPOINT {name}");
        let save = || format!("SAVEPOINT {name}");
        // A command without effect. It fails in a failed transaction, as the real one would.
        let nothing = |tag| {
            vec![(
                "UNLISTEN migrate_guest".to_owned(),
                Fate::Tag(tag, Effect::None),
            )]
        };
        if let Command::Refused(reason) = command {
            return Err(Failure::new("0A000", reason.clone()).with_hint(OWN_CONNECTION));
        }
        if !self.is_inside {
            return Ok(None);
        }
        let roll_back = |tag, chain: bool| {
            let effect = if chain { Effect::None } else { Effect::End };
            let mut all = vec![(
                format!("ROLLBACK TO SAVEPOINT {name}"),
                Fate::Tag(tag, effect),
            )];
            if !chain {
                all.push((release(), Fate::Hide(Effect::None)));
            }
            all
        };
        Ok(match *command {
            Command::Other | Command::Refused(_) => None,
            Command::Begin if self.has_begun => Some(nothing("BEGIN")),
            Command::Begin => {
                self.has_begun = true;
                Some(vec![(save(), Fate::Tag("BEGIN", Effect::Begin))])
            }
            Command::Savepoint if !self.has_begun => {
                return Err(Failure::new(
                    "25P01",
                    "savepoints can only be used in transaction blocks",
                ));
            }
            Command::Savepoint => None,
            Command::Nothing(tag) => Some(nothing(tag)),
            // The server only warns if there is no transaction.
            Command::Commit { .. } if !self.has_begun => Some(nothing("COMMIT")),
            Command::Rollback { .. } if !self.has_begun => Some(nothing("ROLLBACK")),
            Command::Commit { chain } if !self.has_failed => {
                self.has_begun = chain;
                let effect = if chain { Effect::None } else { Effect::End };
                let mut all = vec![(release(), Fate::Tag("COMMIT", effect))];
                if chain {
                    all.push((save(), Fate::Hide(Effect::None)));
                }
                Some(all)
            }
            // The COMMIT of a failed transaction is a ROLLBACK.
            Command::Commit { chain } | Command::Rollback { chain } => {
                (self.has_begun, self.has_failed) = (chain, false);
                Some(roll_back("ROLLBACK", chain))
            }
        })
    }

    /// Returns the text of a query for the server and the fates of its answers; `None` if it passes as it is.
    ///
    /// # Errors
    ///
    /// Why it is refused.
    pub(super) fn translate_text(
        &mut self,
        text: &[u8],
        standard_strings: bool,
    ) -> Result<Option<Rewritten>, Failure> {
        let mut translated = Vec::new();
        let mut fates = VecDeque::new();
        let mut is_changed = false;
        for (statement, command) in Command::all(text, standard_strings) {
            match self.translate(&command)? {
                None => {
                    translated.extend_from_slice(&text[statement.range]);
                    translated.push(b';');
                    fates.push_back(Fate::Forward);
                }
                Some(all) => {
                    is_changed = true;
                    for (sql, fate) in all {
                        translated.extend_from_slice(sql.as_bytes());
                        translated.push(b';');
                        fates.push_back(fate);
                    }
                }
            }
        }
        Ok(is_changed.then_some(Rewritten {
            text: translated,
            fates,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTSIDE: View = View {
        guest: 7,
        is_inside: true,
        has_begun: false,
        has_failed: false,
    };

    fn text(mut view: View, text: &str) -> String {
        match view.translate_text(text.as_bytes(), true) {
            Ok(None) => "unchanged".to_owned(),
            Ok(Some(rewritten)) => String::from_utf8(rewritten.text).unwrap(),
            Err(failure) => failure.message,
        }
    }

    #[test]
    fn a_transaction_becomes_a_savepoint() {
        let begun = View {
            has_begun: true,
            ..OUTSIDE
        };
        let failed = View {
            has_failed: true,
            ..begun
        };
        let save = "SAVEPOINT migrate_guest_7;";
        let release = "RELEASE SAVEPOINT migrate_guest_7;";
        let back = "ROLLBACK TO SAVEPOINT migrate_guest_7;RELEASE SAVEPOINT migrate_guest_7;";
        for begin in [
            "BEGIN",
            "begin work",
            "/* a */ START TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        ] {
            assert_eq!(text(OUTSIDE, begin), save);
        }
        for commit in ["COMMIT", "end transaction;", "COMMIT WORK"] {
            assert_eq!(text(begun, commit), release);
            assert_eq!(text(failed, commit), back);
        }
        for rollback in ["ROLLBACK", "abort", "ROLLBACK TRANSACTION AND NO CHAIN"] {
            assert_eq!(text(begun, rollback), back);
        }
        assert_eq!(text(begun, "COMMIT AND CHAIN"), format!("{release}{save}"));
        assert_eq!(
            text(begun, "ROLLBACK AND CHAIN"),
            "ROLLBACK TO SAVEPOINT migrate_guest_7;"
        );
        assert_eq!(
            text(OUTSIDE, "BEGIN; INSERT INTO t VALUES (';'); COMMIT"),
            format!("{save}INSERT INTO t VALUES (';');{release}")
        );
    }

    #[test]
    fn other_statements_pass_and_dangerous_ones_do_not() {
        let begun = View {
            has_begun: true,
            ..OUTSIDE
        };
        for (view, sql) in [
            (OUTSIDE, "SELECT 'COMMIT'; SELECT 2"),
            (begun, "SAVEPOINT a; ROLLBACK TO a; RELEASE a"),
            (begun, "ROLLBACK TO SAVEPOINT a"),
            (
                View {
                    is_inside: false,
                    ..OUTSIDE
                },
                "BEGIN; COMMIT",
            ),
            (OUTSIDE, ""),
        ] {
            assert_eq!(text(view, sql), "unchanged", "{sql}");
        }
        for (sql, what) in [
            (
                "PREPARE TRANSACTION 'a'",
                "`PREPARE TRANSACTION` is not possible",
            ),
            ("DISCARD ALL", "`DISCARD` is not possible"),
            (
                "SELECT 1; DEALLOCATE ALL",
                "`DEALLOCATE ALL` is not possible",
            ),
            ("RELEASE a", "savepoints can only be used"),
        ] {
            assert!(text(OUTSIDE, sql).contains(what), "{sql}");
        }
    }
}
