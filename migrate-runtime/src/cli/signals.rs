//! SIGINT and SIGTERM: as long as nothing has begun the first one ends the process; later it ends the run after the revision
//! that is running, and the second one ends the process.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Once, OnceLock, PoisonError};
use std::time::Duration;

use crate::error::Error;

use super::ui::Ui;

/// How often somebody looks whether a signal came.
const PAUSE: Duration = Duration::from_millis(50);

/// Whether something has begun. Who ends the process keeps it, so that nothing can begin any more.
static BEGUN: Mutex<bool> = Mutex::new(false);

/// Returns the flag that the first signal raises, once they are listened to.
pub(super) fn flag() -> Arc<AtomicBool> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    Arc::clone(FLAG.get_or_init(|| Arc::new(AtomicBool::new(false))))
}

/// Lets the first signal raise the flag, from now on; each one after it does what it always does.
///
/// Where no signal can be caught, each of them does what it always does.
pub(super) fn listen() {
    static LISTENS: Once = Once::new();
    LISTENS.call_once(|| {
        let flag = flag();
        for signal in signal_hook::consts::TERM_SIGNALS {
            // In this order: the second signal finds the flag that the first one raised.
            let second =
                signal_hook::flag::register_conditional_default(*signal, Arc::clone(&flag));
            if second.is_ok() {
                let _ = signal_hook::flag::register(*signal, Arc::clone(&flag));
            }
        }
    });
}

/// Does the same, and ends the process at a signal that comes before [`begun`]: while it waits for others, say.
pub(super) fn listen_until_begun(ui: &Ui) {
    listen();
    let ui = *ui;
    std::thread::spawn(move || {
        let flag = flag();
        while !flag.load(Ordering::Relaxed) {
            std::thread::sleep(PAUSE);
        }
        let begun = BEGUN.lock().unwrap_or_else(PoisonError::into_inner);
        if !*begun {
            let exit = ui.failure(&Error::Interrupted { done: Vec::new() });
            std::process::exit(exit.code().into());
        }
    });
}

/// Says that something begins, or that all that could has ended: a signal no longer ends the process.
pub(super) fn begun() {
    *BEGUN.lock().unwrap_or_else(PoisonError::into_inner) = true;
}
