//! The owner of the session: its commands pass as they are.

use std::rc::Rc;

use crate::link::{Link, exchange};
use crate::race::{First, race};
use crate::sharing::Sharing;

use super::answer::{Answer, Role};
use super::packet::{Failure, HEADER, LARGEST, command, header, packet, push, push_error};
use super::session::{Client, Decision, Session};
use super::settings;

/// The owner's connection.
pub(super) struct Owner {
    link: Link,
    /// The owner's user name begins with it.
    token: String,
    answer: Answer,
    /// The owner sends a file.
    sends_file: bool,
    /// The rest of a packet that is forwarded in parts.
    rest: usize,
    /// The next packet continues the payload of this one.
    is_continued: bool,
}

impl Owner {
    pub(super) fn new(link: Link, token: String) -> Owner {
        Owner {
            link,
            token,
            answer: Answer::Done,
            sends_file: false,
            rest: 0,
            is_continued: false,
        }
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
            let result = self.use_turn(&mut session).await;
            session.note_owner();
            if let Err(reason) = result {
                // The last message of the server explains it.
                self.link.send().await;
                return reason;
            }
        }
    }

    /// Answers the owner's next command with the reason why the session has ended.
    pub(super) async fn explain(&mut self, reason: &str) {
        if self.answer != Answer::Done {
            // The number of the packet that the owner expects is not known.
            return;
        }
        while self.link.input.is_empty() && self.link.ended.is_none() {
            self.link.receive().await;
        }
        let message = format!("the database session has ended: {reason}");
        push_error(
            &mut self.link.output,
            1,
            &Failure::new(1053, "08S01", message),
        );
        self.link.send().await;
    }

    async fn use_turn(&mut self, session: &mut Session) -> Result<(), String> {
        if session.settings_of != Client::Owner
            && let Some(values) = session.owner_settings.take()
        {
            settings::change(session, Client::Owner, &values).await?;
        }
        self.relay(session).await
    }

    /// Forwards in both directions until everything is answered.
    async fn relay(&mut self, session: &mut Session) -> Result<(), String> {
        loop {
            self.take_commands(session);
            let sends_file = &mut self.sends_file;
            session.take_answers(&mut self.link.output, &mut self.answer, |_, role, _| {
                *sends_file |= role == Role::File;
                Decision::Forward
            });
            if let Some(reason) = &session.link.ended {
                return Err(reason.clone());
            }
            if let (Some(reason), true) = (&self.link.ended, self.link.input.is_empty()) {
                session.link.send().await;
                return Err(format!("the engine has closed it: {reason}"));
            }
            let is_between = self.rest == 0 && !self.is_continued;
            if self.answer == Answer::Done && is_between {
                session.link.send().await;
                self.link.send().await;
                if self.link.input.is_empty() {
                    return Ok(());
                }
                // It has sent the next command already.
                if self.take_commands(session) {
                    continue;
                }
            }
            exchange(&mut self.link, &mut session.link, |_| false).await;
        }
    }

    /// Forwards commands until an answer is needed. Returns whether it forwarded something.
    fn take_commands(&mut self, session: &mut Session) -> bool {
        let before = self.link.input.len();
        while self.take_packet(session) {}
        self.link.input.len() < before
    }

    /// Forwards one packet or a part of it. Returns false if something must come first.
    fn take_packet(&mut self, session: &mut Session) -> bool {
        if self.rest > 0 {
            let count = self.rest.min(self.link.input.len());
            self.link.input.move_to(&mut session.link.output, count);
            self.rest -= count;
            return self.rest == 0;
        }
        let filled = self.link.input.filled();
        let Some(header) = header(filled) else {
            return false;
        };
        if self.sends_file {
            // An empty packet ends it.
            self.sends_file = header.size > 0;
        } else if !self.is_continued && self.answer != Answer::Login {
            let first = if header.size == 0 {
                Some(&0)
            } else {
                filled.get(HEADER)
            };
            match first {
                Some(&command::CHANGE_USER) if self.answer == Answer::Done => {
                    return self.change_user(session);
                }
                Some(&first) if self.answer == Answer::Done => self.answer = Answer::to(first),
                _ => return false,
            }
        }
        self.is_continued = header.size == LARGEST;
        self.rest = HEADER + header.size;
        true
    }

    /// Forwards COM_CHANGE_USER without the token. Returns false if it must be received first.
    fn change_user(&mut self, session: &mut Session) -> bool {
        let Some((header, payload)) = packet(self.link.input.filled()) else {
            return false;
        };
        let user = payload.get(1..).unwrap_or_default();
        let user = user.strip_prefix(self.token.as_bytes()).unwrap_or(user);
        push(
            &mut session.link.output,
            header.sequence,
            &[&[command::CHANGE_USER], user].concat(),
        );
        self.link.input.consume(HEADER + header.size);
        self.answer = Answer::to(command::CHANGE_USER);
        true
    }
}
