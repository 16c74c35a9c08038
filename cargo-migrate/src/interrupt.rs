//! Ctrl-C while a new file waits for its proof: the programs that were started end, and this one takes the file away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::report::Report;

/// Runs `work`, which starts programs of the same terminal, and outlives the signal that ends them. A second one ends this
/// process as always.
///
/// # Errors
///
/// What `work` says; a report of the interruption, if a signal came meanwhile.
pub(crate) fn outlive<T>(work: impl FnOnce() -> Result<T, Report>) -> Result<T, Report> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // In this order: the second signal finds the flag that the first one raised.
        let second = signal_hook::flag::register_conditional_default(signal, Arc::clone(&flag));
        if second.is_ok() {
            // Where no signal can be caught, it ends this process as always.
            let _ = signal_hook::flag::register(signal, Arc::clone(&flag));
        }
    }
    let done = work();
    match flag.load(Ordering::Relaxed) {
        false => done,
        true => Err(Report::interrupted("a signal came before the proof ended")
            .help("run the command again")),
    }
}
