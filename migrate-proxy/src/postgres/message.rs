//! Messages of the protocol: a kind, a length, a body.

use crate::buffer::Buffer;

/// The largest message that the server accepts.
const LARGEST: usize = 0x3fff_ffff;

/// The kind and the size of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: u8,
    /// With the header.
    pub(super) size: usize,
}

/// Returns the first header, `None` if it is incomplete.
///
/// # Errors
///
/// If the length is impossible.
pub(super) fn header(bytes: &[u8]) -> Result<Option<Header>, String> {
    let &[kind, a, b, c, d, ..] = bytes else {
        return Ok(None);
    };
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    if !(4..=LARGEST).contains(&length) {
        return Err(format!("a message has the impossible length {length}"));
    }
    Ok(Some(Header {
        kind,
        size: length + 1,
    }))
}

/// Appends a message.
pub(super) fn push(to: &mut Buffer, kind: u8, parts: &[&[u8]]) {
    let length = 4 + parts.iter().map(|part| part.len()).sum::<usize>();
    to.push(&[kind]);
    to.push(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    for part in parts {
        to.push(part);
    }
}

/// Appends a query.
pub(super) fn push_query(to: &mut Buffer, text: &str) {
    push(to, b'Q', &[text.as_bytes(), b"\0"]);
}

/// An error for a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) hint: &'static str,
}

impl Failure {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Failure {
        Failure {
            code,
            message: message.into(),
            hint: "",
        }
    }

    pub(super) fn with_hint(self, hint: &'static str) -> Failure {
        Failure { hint, ..self }
    }

    /// Appends the error. After a `FATAL` one the connection is closed.
    pub(super) fn push(&self, to: &mut Buffer, severity: &str) {
        let mut body = Vec::new();
        let fields = [
            (b'S', severity),
            (b'V', severity),
            (b'C', self.code),
            (b'M', &self.message),
            (b'H', self.hint),
        ];
        for (field, text) in fields {
            if !text.is_empty() {
                body.push(field);
                body.extend(text.bytes().filter(|&byte| byte != 0));
                body.push(0);
            }
        }
        push(to, b'E', &[&body, b"\0"]);
    }
}

/// Splits a text that ends with a zero from the rest.
pub(super) fn text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|&byte| byte == 0)?;
    Some((&bytes[..end], &bytes[end + 1..]))
}

/// Returns pairs of texts up to an empty name.
pub(super) fn pairs(mut bytes: &[u8]) -> Option<Vec<(String, String)>> {
    let string = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut pairs = Vec::new();
    loop {
        let (name, rest) = text(bytes)?;
        if name.is_empty() {
            return Some(pairs);
        }
        let (value, rest) = text(rest)?;
        pairs.push((string(name), string(value)));
        bytes = rest;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let mut buffer = Buffer::default();
        push_query(&mut buffer, "SELECT 1");
        let size = buffer.len();
        assert_eq!(
            header(buffer.filled()),
            Ok(Some(Header { kind: b'Q', size }))
        );
        assert_eq!(header(&buffer.filled()[..4]), Ok(None));
        assert_eq!(
            text(&buffer.filled()[5..]),
            Some((&b"SELECT 1"[..], &b""[..]))
        );
        assert!(header(b"Q\0\0\0\x03").is_err());
        assert!(header(b"Q\xff\xff\xff\xff").is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = (header(&bytes), text(&bytes), pairs(&bytes));
        }
    }
}
