//! Packets of the protocol, and what their bytes mean.

use crate::buffer::Buffer;

/// The largest payload of one packet. The next packet continues a payload of this size.
pub(super) const LARGEST: usize = 0xff_ffff;

pub(super) mod capability {
    pub(crate) const CONNECT_WITH_DB: u32 = 1 << 3;
    pub(crate) const COMPRESS: u32 = 1 << 5;
    pub(crate) const LOCAL_FILES: u32 = 1 << 7;
    pub(crate) const PROTOCOL_41: u32 = 1 << 9;
    pub(crate) const SSL: u32 = 1 << 11;
    pub(crate) const SECURE_CONNECTION: u32 = 1 << 15;
    pub(crate) const PLUGIN_AUTH: u32 = 1 << 19;
    pub(crate) const PLUGIN_AUTH_LENENC: u32 = 1 << 21;
    pub(crate) const SESSION_TRACK: u32 = 1 << 23;
    pub(crate) const DEPRECATE_EOF: u32 = 1 << 24;
    pub(crate) const OPTIONAL_METADATA: u32 = 1 << 25;
    pub(crate) const ZSTD: u32 = 1 << 26;
    pub(crate) const QUERY_ATTRIBUTES: u32 = 1 << 27;
    pub(crate) const MULTI_FACTOR: u32 = 1 << 28;
    pub(crate) const EXTENSION: u32 = 1 << 29;
    pub(crate) const VERIFY_CERTIFICATE: u32 = 1 << 30;
    pub(crate) const REMEMBER_OPTIONS: u32 = 1 << 31;

    /// What a shared session does not use: a client that has it and one that has it not would read it differently.
    pub(crate) const HIDDEN: u32 = COMPRESS
        | SSL
        | SESSION_TRACK
        | DEPRECATE_EOF
        | OPTIONAL_METADATA
        | ZSTD
        | QUERY_ATTRIBUTES
        | MULTI_FACTOR
        | EXTENSION
        | VERIFY_CERTIFICATE
        | REMEMBER_OPTIONS;
}

pub(super) mod status {
    pub(crate) const IN_TRANSACTION: u16 = 1;
    pub(crate) const AUTOCOMMIT: u16 = 1 << 1;
    pub(crate) const MORE_RESULTS: u16 = 1 << 3;
    pub(crate) const CURSOR_EXISTS: u16 = 1 << 6;
    pub(crate) const NO_BACKSLASH_ESCAPES: u16 = 1 << 9;
    pub(crate) const IN_READ_ONLY: u16 = 1 << 13;
}

pub(super) mod command {
    pub(crate) const QUIT: u8 = 0x01;
    pub(crate) const INIT_DB: u8 = 0x02;
    pub(crate) const QUERY: u8 = 0x03;
    pub(crate) const FIELD_LIST: u8 = 0x04;
    pub(crate) const STATISTICS: u8 = 0x09;
    pub(crate) const PING: u8 = 0x0e;
    pub(crate) const CHANGE_USER: u8 = 0x11;
    pub(crate) const STMT_PREPARE: u8 = 0x16;
    pub(crate) const STMT_EXECUTE: u8 = 0x17;
    pub(crate) const STMT_SEND_LONG_DATA: u8 = 0x18;
    pub(crate) const STMT_CLOSE: u8 = 0x19;
    pub(crate) const STMT_RESET: u8 = 0x1a;
    pub(crate) const SET_OPTION: u8 = 0x1b;
    pub(crate) const STMT_FETCH: u8 = 0x1c;
    pub(crate) const RESET_CONNECTION: u8 = 0x1f;
}

/// The size of a packet's payload, and its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) size: usize,
    pub(super) sequence: u8,
}

/// The size of a header.
pub(super) const HEADER: usize = 4;

/// Returns the first header, `None` if it is incomplete.
pub(super) fn header(bytes: &[u8]) -> Option<Header> {
    let &[a, b, c, sequence, ..] = bytes else {
        return None;
    };
    Some(Header {
        size: u32::from_le_bytes([a, b, c, 0]) as usize,
        sequence,
    })
}

/// Returns the first complete packet.
pub(super) fn packet(bytes: &[u8]) -> Option<(Header, &[u8])> {
    let header = header(bytes)?;
    Some((header, bytes.get(HEADER..HEADER + header.size)?))
}

/// Returns the size of the packets of the first payload, or the size that is needed to find out.
pub(super) fn payload_size(bytes: &[u8]) -> Result<usize, usize> {
    let mut at = 0;
    loop {
        let Some(header) = header(bytes.get(at..).unwrap_or_default()) else {
            return Err(at + HEADER);
        };
        at += HEADER + header.size;
        if header.size < LARGEST {
            return if bytes.len() >= at { Ok(at) } else { Err(at) };
        }
    }
}

/// Appends a payload, in as many packets as it needs.
pub(super) fn push(to: &mut Buffer, mut sequence: u8, payload: &[u8]) {
    let mut rest = payload;
    loop {
        let (part, after) = rest.split_at(rest.len().min(LARGEST));
        let size = u32::try_from(part.len()).unwrap_or(0).to_le_bytes();
        to.push(&[size[0], size[1], size[2], sequence]);
        to.push(part);
        sequence = sequence.wrapping_add(1);
        rest = after;
        if part.len() < LARGEST {
            return;
        }
    }
}

/// Appends an error.
pub(super) fn push_error(to: &mut Buffer, sequence: u8, failure: &Failure) {
    let mut payload = vec![0xff];
    payload.extend_from_slice(&failure.code.to_le_bytes());
    payload.push(b'#');
    payload.extend_from_slice(failure.state.as_bytes());
    payload.extend_from_slice(failure.message.as_bytes());
    push(to, sequence, &payload);
}

/// Appends an OK without affected rows.
pub(super) fn push_ok(to: &mut Buffer, sequence: u8, status: u16) {
    let [low, high] = status.to_le_bytes();
    push(to, sequence, &[0, 0, 0, low, high, 0, 0]);
}

/// Appends an EOF.
pub(super) fn push_eof(to: &mut Buffer, sequence: u8, status: u16) {
    let [low, high] = status.to_le_bytes();
    push(to, sequence, &[0xfe, 0, 0, low, high]);
}

/// An error for a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: u16,
    pub(super) state: &'static str,
    pub(super) message: String,
}

impl Failure {
    pub(super) fn new(code: u16, state: &'static str, message: impl Into<String>) -> Failure {
        Failure {
            code,
            state,
            message: message.into(),
        }
    }

    /// Reads an error of the server.
    pub(super) fn read(payload: &[u8]) -> Failure {
        let code = payload.get(1..3).map_or(0, u16_at_start);
        let message = payload.get(3..).unwrap_or_default();
        let message = match message {
            [b'#', _, _, _, _, _, message @ ..] => message,
            message => message,
        };
        Failure::new(code, "HY000", String::from_utf8_lossy(message))
    }
}

fn u16_at_start(bytes: &[u8]) -> u16 {
    match *bytes {
        [a, b, ..] => u16::from_le_bytes([a, b]),
        _ => 0,
    }
}

/// Reads what a packet contains; `None` if it is too short.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.bytes(1).map(|bytes| bytes[0])
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.bytes(2).map(u16_at_start)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        match *self.bytes(4)? {
            [a, b, c, d] => Some(u32::from_le_bytes([a, b, c, d])),
            _ => None,
        }
    }

    /// Reads a number of variable length; `None` for NULL too.
    pub(super) fn number(&mut self) -> Option<u64> {
        let size = match self.u8()? {
            small @ 0..=0xfa => return Some(u64::from(small)),
            0xfc => 2,
            0xfd => 3,
            0xfe => 8,
            _ => return None,
        };
        let bytes = self.bytes(size)?;
        let number = bytes
            .iter()
            .rev()
            .fold(0, |number, &byte| number << 8 | u64::from(byte));
        Some(number)
    }

    pub(super) fn text_with_length(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.bytes(usize::try_from(length).ok()?)
    }

    /// Reads up to a zero, or up to the end.
    pub(super) fn text(&mut self) -> &'a [u8] {
        let end = self.0.iter().position(|&byte| byte == 0);
        let (text, rest) = match end {
            Some(end) => (&self.0[..end], &self.0[end + 1..]),
            None => (self.0, &[][..]),
        };
        self.0 = rest;
        text
    }
}

/// Returns the place of the status in an OK or an EOF.
pub(super) fn status_place(payload: &[u8]) -> Option<usize> {
    let place = match payload.first()? {
        0xfe => 3,
        _ => {
            let mut reader = Reader(payload.get(1..)?);
            reader.number()?;
            reader.number()?;
            payload.len() - reader.0.len()
        }
    };
    (payload.len() >= place + 2).then_some(place)
}

/// Returns the status of an OK or an EOF.
pub(super) fn status_of(payload: &[u8]) -> u16 {
    status_place(payload)
        .and_then(|place| payload.get(place..))
        .map_or(0, u16_at_start)
}
