//! Bytes on their way.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The smallest buffer, and the least space that a read gets.
const LEAST: usize = 16 << 10;
/// An empty buffer that is larger than this is freed.
const KEPT: usize = 1 << 20;

/// Bytes that were received and not processed, or that are to be sent.
#[derive(Default)]
pub(crate) struct Buffer {
    /// Initialized throughout; only `start..end` counts.
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Buffer {
    pub(crate) fn filled(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Removes the first `count` bytes, or all.
    pub(crate) fn consume(&mut self, count: usize) {
        self.start = self.end.min(self.start.saturating_add(count));
        if self.is_empty() {
            self.clear();
        }
    }

    pub(crate) fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
        if self.bytes.len() > KEPT {
            self.bytes = Vec::new();
        }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        self.bytes[self.end..self.end + bytes.len()].copy_from_slice(bytes);
        self.end += bytes.len();
    }

    /// Moves the first `count` bytes to the end of another buffer.
    pub(crate) fn move_to(&mut self, other: &mut Buffer, count: usize) {
        let count = count.min(self.len());
        if count == self.len() && other.is_empty() && count >= LEAST {
            std::mem::swap(self, other);
            return;
        }
        other.push(&self.bytes[self.start..self.start + count]);
        self.consume(count);
    }

    /// Makes space for `count` more bytes.
    fn reserve(&mut self, count: usize) {
        if self.bytes.len() - self.end >= count {
            return;
        }
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        let needed = self.end + count;
        if self.bytes.len() < needed {
            self.bytes
                .resize(needed.max(self.bytes.len() * 2).max(LEAST), 0);
        }
    }

    /// Reads once. Returns the number of bytes, 0 at the end of the stream.
    pub(crate) fn poll_fill(
        &mut self,
        from: &mut (impl AsyncRead + Unpin + ?Sized),
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if self.bytes.len() - self.end < LEAST / 2 {
            self.reserve(LEAST);
        }
        let mut space = ReadBuf::new(&mut self.bytes[self.end..]);
        ready!(Pin::new(from).poll_read(context, &mut space))?;
        let count = space.filled().len();
        self.end += count;
        Poll::Ready(Ok(count))
    }

    /// Writes until nothing is left.
    pub(crate) fn poll_drain(
        &mut self,
        to: &mut (impl AsyncWrite + Unpin + ?Sized),
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while !self.is_empty() {
            let count = ready!(Pin::new(&mut *to).poll_write(context, self.filled()))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.consume(count);
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_leave_in_the_order_in_which_they_came() {
        let mut buffer = Buffer::default();
        let mut expected = Vec::new();
        for round in 0..200_u8 {
            let part = vec![round; usize::from(round) * 97];
            buffer.push(&part);
            expected.extend_from_slice(&part);
            let half = buffer.len() / 2;
            assert_eq!(&buffer.filled()[..half], &expected[..half]);
            buffer.consume(half);
            expected.drain(..half);
        }
        let mut other = Buffer::default();
        let count = buffer.len();
        buffer.move_to(&mut other, usize::MAX);
        assert!(buffer.is_empty());
        assert_eq!((other.len(), other.filled()), (count, &expected[..]));
        other.consume(usize::MAX);
        assert!(other.is_empty());
    }
}
