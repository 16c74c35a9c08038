//! The connection to the server, and what its messages show about it.

use std::collections::BTreeMap;

use crate::buffer::Buffer;
use crate::link::Link;

use super::message::{header, text};

/// The session that is shared.
pub(super) struct Session {
    pub(super) link: Link,
    /// The settings that the server reports.
    pub(super) parameters: BTreeMap<String, String>,
    /// Counts the changes of `parameters`.
    pub(super) changes: u64,
    /// The last reported state: `I` idle, `T` in a transaction, `E` in a failed one.
    pub(super) status: u8,
    /// The state at the end of the owner's last turn.
    pub(super) owner_status: u8,
    /// The process and the secret of a cancel request.
    pub(super) key: Option<Vec<u8>>,
    /// The rest of a message that is forwarded in parts.
    rest: usize,
    is_rest_hidden: bool,
}

/// What becomes of a message.
pub(super) enum Decision {
    Forward,
    Hide,
    /// The decision has written something else to the client.
    Replaced,
}

impl Session {
    pub(super) fn new(link: Link) -> Session {
        Session {
            link,
            parameters: BTreeMap::new(),
            changes: 0,
            status: b'I',
            owner_status: b'I',
            key: None,
            rest: 0,
            is_rest_hidden: false,
        }
    }

    /// Returns whether the owner has a transaction open.
    pub(super) fn is_in_transaction_of_owner(&self) -> bool {
        self.owner_status != b'I'
    }

    /// Processes what was received: `decide` is called with the kind and the body of each message, and rows are
    /// forwarded in parts. Rows have no body here.
    ///
    /// # Errors
    ///
    /// If the server sent an impossible message.
    pub(super) fn take_answers(
        &mut self,
        to: &mut Buffer,
        mut decide: impl FnMut(&mut Session, &mut Buffer, u8, &[u8]) -> Decision,
    ) -> Result<(), String> {
        // The buffer is taken out, so that `decide` can use the session.
        let mut input = std::mem::take(&mut self.link.input);
        let result = self.take_from(&mut input, to, &mut decide);
        self.link.input = input;
        result
    }

    fn take_from(
        &mut self,
        input: &mut Buffer,
        to: &mut Buffer,
        decide: &mut impl FnMut(&mut Session, &mut Buffer, u8, &[u8]) -> Decision,
    ) -> Result<(), String> {
        self.link.wanted = 0;
        loop {
            if self.rest > 0 {
                let count = self.rest.min(input.len());
                self.rest -= count;
                match self.is_rest_hidden {
                    true => input.consume(count),
                    false => input.move_to(to, count),
                }
                if self.rest > 0 {
                    return Ok(());
                }
            }
            let Some(header) = header(input.filled())? else {
                return Ok(());
            };
            if matches!(header.kind, b'D' | b'd' | b'V') {
                let decision = decide(self, to, header.kind, &[]);
                self.is_rest_hidden = !matches!(decision, Decision::Forward);
                self.rest = header.size;
                continue;
            }
            let Some(message) = input.filled().get(..header.size) else {
                self.link.wanted = header.size;
                return Ok(());
            };
            self.note(header.kind, &message[5..]);
            match decide(self, to, header.kind, &message[5..]) {
                Decision::Forward => input.move_to(to, header.size),
                Decision::Hide | Decision::Replaced => input.consume(header.size),
            }
        }
    }

    fn note(&mut self, kind: u8, body: &[u8]) {
        match (kind, body) {
            (b'Z', &[status]) => self.status = status,
            (b'K', _) => self.key = Some(body.to_vec()),
            (b'S', _) => {
                let string = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let pair = text(body).and_then(|(name, rest)| Some((name, text(rest)?.0)));
                if let Some((name, value)) = pair {
                    self.parameters.insert(string(name), string(value));
                    self.changes += 1;
                }
            }
            _ => {}
        }
    }
}
