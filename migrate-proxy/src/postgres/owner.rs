//! The owner of the session: its messages pass as they are.

use std::rc::Rc;

use crate::link::{Link, exchange};
use crate::race::{First, race};
use crate::sharing::Sharing;

use super::message::{Failure, header};
use super::session::{Decision, Session};
use super::settings::Settings;
use super::tracker::Tracker;

/// The owner's connection.
pub(super) struct Owner {
    pub(super) link: Link,
    tracker: Tracker,
    settings: Settings,
    /// The rest of a message that is forwarded in parts.
    rest: usize,
}

impl Owner {
    pub(super) fn new(link: Link) -> Owner {
        Owner {
            link,
            tracker: Tracker::default(),
            settings: Settings::default(),
            rest: 0,
        }
    }

    /// Passes the authentication through. Returns whether the session was opened.
    pub(super) async fn log_in(&mut self, session: &mut Session, startup: &[u8]) -> bool {
        session.link.output.push(startup);
        // ReadyForQuery ends the login as it ends a query.
        self.tracker.sent(b'Q');
        let result = self.relay(session).await;
        self.settings.keep(session);
        result.is_ok() && self.tracker.is_idle() && self.link.ended.is_none()
    }

    /// Returns the settings at the end of the last turn.
    pub(super) fn settings(&self) -> Settings {
        self.settings.clone()
    }

    /// Serves the owner until it has gone or the session has ended. Returns the reason.
    pub(super) async fn serve(&mut self, sharing: &Rc<Sharing<Session>>) -> String {
        loop {
            if self.link.input.is_empty()
                && let First::Right(()) = race(self.link.receive(), sharing.closed()).await
            {
                return sharing.end_reason().unwrap_or_default();
            }
            if self.link.input.is_empty() && self.link.ended.is_some() {
                return "the engine has closed it".to_owned();
            }
            let mut session = match sharing.turn(None).await {
                Ok(turn) => turn,
                Err(reason) => return reason.to_string(),
            };
            self.settings.restore(&mut session, &mut self.tracker);
            let result = self.relay(&mut session).await;
            session.owner_status = session.status;
            self.settings.keep(&session);
            if let Err(reason) = result {
                // The last message of the server explains it.
                self.link.send().await;
                return reason;
            }
        }
    }

    /// Answers the owner's message, or its next one, with the reason why the session has ended.
    pub(super) async fn explain(&mut self, reason: &str) {
        while self.tracker.is_idle() && self.link.input.is_empty() && self.link.ended.is_none() {
            self.link.receive().await;
        }
        let message = format!("the database session has ended: {reason}");
        Failure::new("57P01", message).push(&mut self.link.output, "FATAL");
        self.link.send().await;
    }

    /// Forwards in both directions until everything is answered.
    ///
    /// # Errors
    ///
    /// Why the session has ended.
    async fn relay(&mut self, session: &mut Session) -> Result<(), String> {
        loop {
            self.take_requests(session)?;
            let tracker = &mut self.tracker;
            session.take_answers(&mut self.link.output, |_, _, kind, _| {
                match tracker.received(kind).is_hidden {
                    // A changed setting is reported to those who change it.
                    true if kind != b'S' => Decision::Hide,
                    _ => Decision::Forward,
                }
            })?;
            if let Some(reason) = &session.link.ended {
                return Err(reason.clone());
            }
            if let (Some(reason), true) = (&self.link.ended, self.link.input.is_empty()) {
                session.link.send().await;
                return Err(format!("the engine has closed it: {reason}"));
            }
            if self.tracker.is_idle() && self.rest == 0 {
                session.link.send().await;
                self.link.send().await;
                if self.link.input.is_empty() {
                    return Ok(());
                }
            }
            exchange(&mut self.link, &mut session.link, |_| false).await;
        }
    }

    fn take_requests(&mut self, session: &mut Session) -> Result<(), String> {
        loop {
            if self.rest > 0 {
                let count = self.rest.min(self.link.input.len());
                self.link.input.move_to(&mut session.link.output, count);
                self.rest -= count;
                if self.rest > 0 {
                    return Ok(());
                }
            }
            let Some(header) = header(self.link.input.filled())? else {
                return Ok(());
            };
            self.tracker.sent(header.kind);
            self.rest = header.size;
        }
    }
}
