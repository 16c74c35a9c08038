//! Where the answer to a command ends.

use super::packet::{Reader, command, status, status_of};

/// The part of an answer that is still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Nothing: the answer is complete.
    Done,
    /// The start of a result.
    First,
    /// The columns of a result, and then their end.
    Columns(u64),
    Rows,
    /// The start of the answer to COM_STMT_PREPARE.
    Prepared,
    /// The parameters and the columns of a prepared statement.
    Definitions {
        now: u16,
        next: u16,
    },
    /// One packet, whatever it is.
    One,
    /// Packets of an authentication.
    Login,
}

/// What a packet of the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It ends a result. It has a status.
    Ok,
    /// It ends columns or definitions. It has a status.
    Eof,
    /// It ends the rows of a result. It has a status.
    End,
    Error,
    /// It requests a file of the client.
    File,
    Other,
}

impl Answer {
    /// Returns the answer to a command.
    pub(super) fn to(command: u8) -> Answer {
        match command {
            command::STMT_SEND_LONG_DATA | command::STMT_CLOSE => Answer::Done,
            command::STMT_PREPARE => Answer::Prepared,
            command::FIELD_LIST | command::STMT_FETCH => Answer::Rows,
            command::STATISTICS => Answer::One,
            command::CHANGE_USER => Answer::Login,
            _ => Answer::First,
        }
    }

    /// Takes the start of a payload and its size, and returns its role.
    pub(super) fn received(&mut self, payload: &[u8], size: usize) -> Role {
        let first = payload.first().copied().unwrap_or(0xff);
        let is_eof = first == 0xfe && size < 9;
        let (next, role) = match *self {
            _ if first == 0xff && *self != Answer::One => (Answer::Done, Role::Error),
            Answer::First if first == 0 => (self.after(payload), Role::Ok),
            Answer::First if first == 0xfb => (Answer::First, Role::File),
            // COM_SET_OPTION is answered by it.
            Answer::First if is_eof => (Answer::Done, Role::Eof),
            Answer::First => match Reader(payload).number() {
                Some(count @ 1..) => (Answer::Columns(count), Role::Other),
                _ => (Answer::Done, Role::Other),
            },
            Answer::Columns(0) => match status_of(payload) & status::CURSOR_EXISTS {
                0 => (Answer::Rows, Role::Eof),
                // The rows are fetched by another command.
                _ => (Answer::Done, Role::Eof),
            },
            Answer::Columns(count) => (Answer::Columns(count - 1), Role::Other),
            Answer::Rows if is_eof => (self.after(payload), Role::End),
            Answer::Rows => (Answer::Rows, Role::Other),
            Answer::Prepared => {
                let mut reader = Reader(payload.get(5..).unwrap_or_default());
                let (columns, parameters) = (reader.u16(), reader.u16());
                let next = Answer::Definitions {
                    now: parameters.unwrap_or(0),
                    next: columns.unwrap_or(0),
                };
                (next.skip_empty(), Role::Other)
            }
            Answer::Definitions { now: 0, next } => {
                let rest = Answer::Definitions { now: next, next: 0 };
                (rest.skip_empty(), Role::Eof)
            }
            Answer::Definitions { now, next } => {
                let rest = Answer::Definitions { now: now - 1, next };
                (rest, Role::Other)
            }
            Answer::One => (Answer::Done, Role::Other),
            Answer::Login if first == 0 => (Answer::Done, Role::Ok),
            Answer::Login => (Answer::Login, Role::Other),
            Answer::Done => (Answer::Done, Role::Other),
        };
        *self = next;
        role
    }

    /// Returns what comes after the end of a result.
    fn after(self, payload: &[u8]) -> Answer {
        match status_of(payload) & status::MORE_RESULTS {
            0 => Answer::Done,
            _ => Answer::First,
        }
    }

    /// Leaves out definitions that do not come.
    fn skip_empty(self) -> Answer {
        match self {
            Answer::Definitions { now: 0, next: 0 } => Answer::Done,
            Answer::Definitions { now: 0, next } => Answer::Definitions { now: next, next: 0 },
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns how many of these packets belong to the answer.
    fn length(command: u8, packets: &[&[u8]]) -> usize {
        let mut answer = Answer::to(command);
        let mut count = 0;
        for packet in packets {
            if answer == Answer::Done {
                break;
            }
            answer.received(packet, packet.len());
            count += 1;
        }
        assert_eq!(answer, Answer::Done, "{packets:?}");
        count
    }

    const OK: &[u8] = &[0, 1, 0, 2, 0, 0, 0];
    const OK_AND_MORE: &[u8] = &[0, 1, 0, 10, 0, 0, 0];
    const EOF: &[u8] = &[0xfe, 0, 0, 2, 0];
    const EOF_AND_MORE: &[u8] = &[0xfe, 0, 0, 10, 0];
    const EOF_OF_CURSOR: &[u8] = &[0xfe, 0, 0, 66, 0];
    const ERROR: &[u8] = &[0xff, 1, 2];
    const DEFINITION: &[u8] = b"\x03def";
    const ROW: &[u8] = b"\x01a";

    #[test]
    fn answers_end_where_the_protocol_says() {
        use command::*;
        assert_eq!(length(QUERY, &[OK]), 1);
        assert_eq!(length(QUERY, &[ERROR]), 1);
        let result: &[&[u8]] = &[&[2], DEFINITION, DEFINITION, EOF, ROW, ROW, EOF];
        assert_eq!(length(QUERY, result), 7);
        assert_eq!(length(QUERY, &[&[1], DEFINITION, EOF, ROW, ERROR]), 5);
        let several: &[&[u8]] = &[
            OK_AND_MORE,
            &[1],
            DEFINITION,
            EOF_AND_MORE,
            EOF_AND_MORE,
            OK,
        ];
        assert_eq!(length(QUERY, several), 6);
        assert_eq!(length(STMT_EXECUTE, &[&[1], DEFINITION, EOF_OF_CURSOR]), 3);
        assert_eq!(length(STMT_FETCH, &[ROW, EOF]), 2);
        assert_eq!(length(STMT_CLOSE, &[OK]), 0);
        let prepared: &[u8] = &[0, 1, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0];
        let definitions: &[&[u8]] = &[prepared, DEFINITION, DEFINITION, EOF, DEFINITION, EOF];
        assert_eq!(length(STMT_PREPARE, definitions), 6);
        let prepared: &[u8] = &[0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(length(STMT_PREPARE, &[prepared]), 1);
        assert_eq!(length(STATISTICS, &[b"Uptime"]), 1);
        assert_eq!(length(SET_OPTION, &[EOF]), 1);
    }

    proptest! {
        #[test]
        fn no_packet_panics(command in any::<u8>(), packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..20)) {
            let mut answer = Answer::to(command);
            for packet in &packets {
                answer.received(packet, packet.len());
                let _ = (status_of(packet), super::super::packet::Failure::read(packet));
            }
        }
    }
}
