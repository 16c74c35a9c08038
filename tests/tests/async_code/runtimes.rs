//! The runtimes that the tests run under.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use tokio::runtime::Builder;

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

type Start = fn(Job);

/// Each runtime with its name.
pub(crate) const ALL: [(&str, Start); 3] = [
    ("multi-thread tokio", multi_thread),
    ("current-thread tokio", current_thread),
    ("no runtime", block_on::<Job>),
];

/// The runtimes of tokio.
pub(crate) const TOKIO: [(&str, Start); 2] = [ALL[0], ALL[1]];

/// Runs the future as a task on a thread of the runtime.
fn multi_thread(job: Job) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async move { tokio::spawn(job).await.unwrap() });
}

fn current_thread(job: Job) {
    let runtime = Builder::new_current_thread().enable_time().build();
    runtime.unwrap().block_on(job);
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Unpark>) {
        self.0.unpark();
    }
}

/// Runs a future on this thread, without a runtime.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
