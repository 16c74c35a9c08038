//! One connection: a stream and its two buffers.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite};

use crate::buffer::Buffer;

/// A stream of bytes in both directions.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

/// If more than this waits to be processed or to be sent, the other side is not read further.
const FULL: usize = 1 << 20;

/// A connection to a client or to the server.
pub(crate) struct Link {
    stream: Box<dyn Stream>,
    pub(crate) input: Buffer,
    pub(crate) output: Buffer,
    /// The size of the message that is read, if it must be complete before it is processed.
    pub(crate) wanted: usize,
    /// Why it is over.
    pub(crate) ended: Option<String>,
    /// Bytes were written and not flushed; TLS has a buffer of its own.
    unflushed: bool,
}

impl Link {
    pub(crate) fn new(stream: Box<dyn Stream>) -> Link {
        Link {
            stream,
            input: Buffer::default(),
            output: Buffer::default(),
            wanted: 0,
            ended: None,
            unflushed: false,
        }
    }

    fn is_full(&self) -> bool {
        self.input.len() >= FULL.max(self.wanted)
    }

    /// Takes the stream, to wrap it.
    #[cfg(feature = "tls")]
    pub(crate) fn into_stream(self) -> Box<dyn Stream> {
        self.stream
    }

    /// Reads once. Ready if bytes came or the connection has ended.
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.ended.is_some() {
            return Poll::Pending;
        }
        match self.input.poll_fill(&mut self.stream, context) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Ok(0)) => self.ended = Some("the connection was closed".to_owned()),
            Poll::Ready(Ok(_)) => {}
            Poll::Ready(Err(error)) => self.ended = Some(error.to_string()),
        }
        Poll::Ready(())
    }

    /// Sends what there is to send. Ready if something left.
    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.ended.is_some() {
            self.output.clear();
            return Poll::Pending;
        }
        let before = self.output.len();
        if before == 0 && !self.unflushed {
            return Poll::Pending;
        }
        self.unflushed = true;
        let drained = match self.output.poll_drain(&mut self.stream, context) {
            Poll::Ready(Ok(())) => Pin::new(&mut self.stream).poll_flush(context),
            other => other,
        };
        match drained {
            Poll::Ready(Ok(())) => self.unflushed = false,
            Poll::Ready(Err(error)) => {
                self.ended = Some(error.to_string());
                self.output.clear();
            }
            Poll::Pending => {}
        }
        match self.output.len() < before || self.ended.is_some() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }

    /// Returns whether everything was sent.
    fn is_sent(&self) -> bool {
        self.ended.is_some() || (self.output.is_empty() && !self.unflushed)
    }

    /// Waits until bytes came or the connection has ended; sends meanwhile.
    pub(crate) async fn receive(&mut self) {
        poll_fn(|context| {
            if self.ended.is_some() {
                return Poll::Ready(());
            }
            let _ = self.poll_send(context);
            self.poll_receive(context)
        })
        .await;
    }

    /// Sends everything. Returns at once if the connection has ended.
    pub(crate) async fn send(&mut self) {
        poll_fn(|context| {
            while self.poll_send(context).is_ready() {}
            match self.is_sent() {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }

    /// Runs a future, and sends meanwhile.
    pub(crate) async fn sending<T>(&mut self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        poll_fn(|context| {
            while self.poll_send(context).is_ready() && self.ended.is_none() {}
            future.as_mut().poll(context)
        })
        .await
    }
}

/// Waits until a message can be processed: sends to both sides, and receives from both.
///
/// The server is not read while the client has much to read, unless `hurry` returns true. `hurry` receives the context
/// to wake when its result changes.
pub(crate) async fn exchange(
    client: &mut Link,
    server: &mut Link,
    hurry: impl Fn(&Context<'_>) -> bool,
) {
    poll_fn(|context| {
        let mut progress = client.poll_send(context).is_ready();
        // A sent request needs no processing: what counts is its answer.
        let _ = server.poll_send(context);
        if !server.is_full() && (client.output.len() < FULL || hurry(context)) {
            progress |= server.poll_receive(context).is_ready();
        }
        if !client.is_full() {
            progress |= client.poll_receive(context).is_ready();
        }
        match progress || server.ended.is_some() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
}
