//! Handles Ctrl-C while a new file is being checked: child processes end, and this process can remove the file.
//!
//! It must not change how a second signal ends the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::report::Report;

/// Runs `work`, which starts child processes, and continues after the signal that ends them. A second signal ends this
/// process as usual.
///
/// # Errors
///
/// The error of `work`, or a report of the interruption if there was a signal.
pub(crate) fn with_deferred_interrupt<T>(
    work: impl FnOnce() -> Result<T, Report>,
) -> Result<T, Report> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // In this order, so that the second signal finds the flag set by the first one.
        let second = signal_hook::flag::register_conditional_default(signal, Arc::clone(&flag));
        if second.is_ok() {
            // If signals can't be caught, a signal ends this process as usual.
            let _ = signal_hook::flag::register(signal, Arc::clone(&flag));
        }
    }
    let done = work();
    match flag.load(Ordering::Relaxed) {
        false => done,
        true => Err(
            Report::interrupted("interrupted by a signal before the check finished")
                .help("run the command again"),
        ),
    }
}
