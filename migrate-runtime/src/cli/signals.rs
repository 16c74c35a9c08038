//! SIGINT and SIGTERM: the first one ends the run after the revision that is running, the second one ends the process.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once, OnceLock};

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
