//! Catches panics of application code and returns them as errors.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};

/// The message of a panic, and its place if it was recorded.
#[derive(Debug)]
pub(super) struct Panic {
    pub(super) message: String,
    pub(super) place: Option<String>,
}

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `work`, and turns a panic into an error.
pub(super) fn catch<R>(work: impl FnOnce() -> R) -> Result<R, Panic> {
    let catching = Catching::begin();
    // The closure borrows only a handle whose transaction is rolled back, so no partial change is visible.
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    drop(catching);
    result.map_err(|payload| Panic {
        message: message(&*payload),
        place: PLACE.take(),
    })
}

/// Makes this process record the place of a caught panic instead of printing it. This is for a program of this crate,
/// which prints the error itself. In an application, the panic hook belongs to the application.
pub fn record_places() {
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if CATCHING.get() {
            PLACE.set(info.location().map(|location| {
                format!(
                    "{}:{}:{}",
                    location.file(),
                    location.line(),
                    location.column()
                )
            }));
        } else {
            previous(info);
        }
    }));
}

struct Catching(bool);

impl Catching {
    fn begin() -> Catching {
        PLACE.set(None);
        Catching(CATCHING.replace(true))
    }
}

impl Drop for Catching {
    fn drop(&mut self) {
        CATCHING.set(self.0);
    }
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "it has no message".to_owned())
}
