//! Runs a future to its end on a thread that may block.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use tokio::runtime::{Builder, Runtime};

/// Runs a future to its end.
///
/// Timers and sockets of tokio are driven by a thread of this crate, and this thread only waits. So it works on every
/// thread that may block, also inside `spawn_blocking` and under another runtime. tokio's own `block_on` would panic on
/// a thread that runs async tasks.
///
/// # Errors
///
/// The system's error if it can't start the thread.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> io::Result<T> {
    let _entered = runtime()?.enter();
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return Ok(value),
            Poll::Pending => thread::park(),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn runtime() -> io::Result<&'static Runtime> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let new = Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("migrate-sqlx")
        .enable_all()
        .build()?;
    Ok(RUNTIME.get_or_init(|| new))
}
