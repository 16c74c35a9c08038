//! Runs a blocking call on a thread of its own, and wakes the future that waits for it.

use std::future::Future;
use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use crate::error::{DatabaseError, DatabaseErrorKind, Error};

type Call<T> = Box<dyn FnOnce(Arc<AtomicBool>) -> Result<T, Error> + Send>;

/// A call that blocks a thread of its own; as a future, it waits for the result.
///
/// The first poll starts the thread. If the future is dropped before its end, the call stops at the next opportunity, and
/// the thread ends by itself.
#[must_use = "nothing runs until the future is awaited"]
pub struct BackgroundCall<T> {
    state: CallState<T>,
    abandoned: Arc<AtomicBool>,
}

enum CallState<T> {
    Waiting(Call<T>),
    Started(Arc<Mutex<Handover<T>>>),
    Finished,
}

/// What the thread and the future exchange.
struct Handover<T> {
    result: Option<thread::Result<Result<T, Error>>>,
    waker: Waker,
}

impl<T: Send + 'static> BackgroundCall<T> {
    /// Returns a future of `call`, which receives a flag that is set once the future is dropped.
    #[doc(hidden)]
    pub fn new(
        call: impl FnOnce(Arc<AtomicBool>) -> Result<T, Error> + Send + 'static,
    ) -> BackgroundCall<T> {
        BackgroundCall {
            state: CallState::Waiting(Box::new(call)),
            abandoned: Arc::default(),
        }
    }

    fn start(&mut self, call: Call<T>, waker: &Waker) -> Result<(), Error> {
        let handover = Arc::new(Mutex::new(Handover {
            result: None,
            waker: waker.clone(),
        }));
        let (shared, abandoned) = (Arc::clone(&handover), Arc::clone(&self.abandoned));
        let started = thread::Builder::new()
            .name("cargo-migrate".to_owned())
            .spawn(move || {
                // `poll` resumes the panic in the task that awaits. Nothing of the call is used after it.
                let result = panic::catch_unwind(AssertUnwindSafe(|| call(abandoned)));
                let mut handover = shared.lock().unwrap_or_else(PoisonError::into_inner);
                handover.result = Some(result);
                let waker = handover.waker.clone();
                drop(handover);
                waker.wake();
            });
        started.map_err(|error| {
            let source = DatabaseError::new(DatabaseErrorKind::Io, error.to_string());
            Error::database("can't start a thread for the run", source)
        })?;
        self.state = CallState::Started(handover);
        Ok(())
    }
}

impl<T: Send + 'static> Future for BackgroundCall<T> {
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T, Error>> {
        let this = self.get_mut();
        let handover = match std::mem::replace(&mut this.state, CallState::Finished) {
            CallState::Waiting(call) => {
                return match this.start(call, context.waker()) {
                    Ok(()) => Poll::Pending,
                    Err(error) => Poll::Ready(Err(error)),
                };
            }
            CallState::Started(handover) => handover,
            CallState::Finished => {
                let misuse = "a future was polled after its result was returned";
                return Poll::Ready(Err(Error::Bug(misuse.to_owned())));
            }
        };
        let mut shared = handover.lock().unwrap_or_else(PoisonError::into_inner);
        match shared.result.take() {
            Some(Ok(result)) => Poll::Ready(result),
            Some(Err(panic)) => {
                drop(shared);
                panic::resume_unwind(panic)
            }
            None => {
                shared.waker.clone_from(context.waker());
                drop(shared);
                this.state = CallState::Started(handover);
                Poll::Pending
            }
        }
    }
}

impl<T> Drop for BackgroundCall<T> {
    fn drop(&mut self) {
        self.abandoned.store(true, Ordering::Relaxed);
    }
}
