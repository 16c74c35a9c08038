//! The connection to the server.

use crate::buffer::Buffer;
use crate::link::Link;

use super::answer::{Answer, Role};
use super::packet::{
    Failure, HEADER, LARGEST, Reader, command, header, push, status, status_of, status_place,
};
use super::settings::Values;

/// A packet of this size or less is complete when it is processed; of a larger one only the start is.
const COMPLETE: usize = 16 << 10;

/// Who set the settings of the session last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    Owner,
    Guest(u32),
}

/// The session that is shared.
pub(super) struct Session {
    pub(super) link: Link,
    /// The last reported status.
    pub(super) status: u16,
    /// The owner has a transaction open.
    pub(super) is_in_transaction_of_owner: bool,
    pub(super) settings_of: Client,
    /// The owner's settings while a guest has the session.
    pub(super) owner_settings: Option<Values>,
    /// The settings of the session, if they are known.
    pub(super) settings: Option<Values>,
    /// The rest of a packet that is forwarded in parts.
    rest: usize,
    is_rest_hidden: bool,
    /// The next packet continues the payload of this one.
    is_continued: bool,
}

/// What becomes of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Forward,
    Hide,
    /// The packet has this status instead.
    Status(u16),
}

impl Session {
    pub(super) fn new(link: Link) -> Session {
        Session {
            link,
            status: status::AUTOCOMMIT,
            is_in_transaction_of_owner: false,
            settings_of: Client::Owner,
            owner_settings: None,
            settings: None,
            rest: 0,
            is_rest_hidden: false,
            is_continued: false,
        }
    }

    pub(super) fn is_in_transaction(&self) -> bool {
        self.status & status::IN_TRANSACTION != 0
    }

    /// Records the state at the end of the owner's turn.
    pub(super) fn note_owner(&mut self) {
        self.is_in_transaction_of_owner =
            self.is_in_transaction() || self.status & status::AUTOCOMMIT == 0;
        self.settings = None;
    }

    /// Processes what was received for this answer, with the role and the start of each payload.
    pub(super) fn take_answers(
        &mut self,
        to: &mut Buffer,
        answer: &mut Answer,
        mut decide: impl FnMut(&mut Session, Role, &[u8]) -> Decision,
    ) {
        let mut input = std::mem::take(&mut self.link.input);
        while *answer != Answer::Done || self.rest > 0 || self.is_continued {
            if !self.take_packet(&mut input, to, answer, &mut decide) {
                break;
            }
        }
        self.link.input = input;
    }

    /// Runs a statement that no client knows, and returns the first row.
    ///
    /// # Errors
    ///
    /// Outer: the session has ended. Inner: the error of the server.
    pub(super) async fn query(
        &mut self,
        sql: &str,
    ) -> Result<Result<Option<Row>, Failure>, String> {
        self.run(command::QUERY, sql.as_bytes()).await
    }

    /// Changes the database.
    ///
    /// # Errors
    ///
    /// As [`Session::query`].
    pub(super) async fn use_database(
        &mut self,
        name: &[u8],
    ) -> Result<Result<Option<Row>, Failure>, String> {
        self.run(command::INIT_DB, name).await
    }

    /// Runs a command that no client knows, and returns the first row.
    pub(super) async fn run(
        &mut self,
        command: u8,
        body: &[u8],
    ) -> Result<Result<Option<Row>, Failure>, String> {
        push(&mut self.link.output, 0, &[&[command], body].concat());
        let mut answer = Answer::to(command);
        let mut result = Ok(None);
        let mut nothing = Buffer::default();
        loop {
            let mut is_row = answer == Answer::Rows;
            let result = &mut result;
            self.take_answers(&mut nothing, &mut answer, |_, role, payload| {
                match role {
                    Role::Error => *result = Err(Failure::read(payload)),
                    Role::Eof => is_row = true,
                    Role::Other if is_row && matches!(result, Ok(None)) => {
                        *result = Ok(row(payload))
                    }
                    _ => {}
                }
                Decision::Hide
            });
            if let Some(reason) = &self.link.ended {
                return Err(reason.clone());
            }
            if answer == Answer::Done {
                break;
            }
            self.link.receive().await;
        }
        Ok(result)
    }

    /// Processes one packet or a part of it. Returns false if more must be received first.
    fn take_packet(
        &mut self,
        input: &mut Buffer,
        to: &mut Buffer,
        answer: &mut Answer,
        decide: &mut impl FnMut(&mut Session, Role, &[u8]) -> Decision,
    ) -> bool {
        if self.rest > 0 {
            let count = self.rest.min(input.len());
            self.rest -= count;
            match self.is_rest_hidden {
                true => input.consume(count),
                false => input.move_to(to, count),
            }
            return self.rest == 0;
        }
        let Some(header) = header(input.filled()) else {
            return false;
        };
        let needed = HEADER
            + if header.size <= COMPLETE {
                header.size
            } else {
                COMPLETE
            };
        let Some(payload) = input.filled().get(HEADER..needed) else {
            self.link.wanted = needed;
            return false;
        };
        let was_continued = std::mem::replace(&mut self.is_continued, header.size == LARGEST);
        if !was_continued {
            let role = answer.received(payload, header.size);
            if matches!(role, Role::Ok | Role::Eof | Role::End) {
                self.status = status_of(payload);
            }
            let decision = decide(self, role, payload);
            self.is_rest_hidden = decision == Decision::Hide;
            if let Decision::Status(status) = decision
                && let Some(place) = status_place(payload)
            {
                let place = HEADER + place;
                to.push(&input.filled()[..place]);
                to.push(&status.to_le_bytes());
                input.consume(place + 2);
                self.rest = HEADER + header.size - place - 2;
                return true;
            }
        }
        self.rest = HEADER + header.size;
        true
    }
}

/// The values of a row.
pub(super) type Row = Vec<Option<Vec<u8>>>;

/// Reads a row of texts.
fn row(payload: &[u8]) -> Option<Row> {
    let mut reader = Reader(payload);
    let mut row = Vec::new();
    while let Some(&first) = reader.0.first() {
        if first == 0xfb {
            reader.bytes(1)?;
            row.push(None);
        } else {
            row.push(Some(reader.text_with_length()?.to_vec()));
        }
    }
    Some(row)
}
