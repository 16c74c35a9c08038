//! Handles SIGINT and SIGTERM. Before a run begins, the first signal ends the process. Later it ends the run after the
//! current revision, and a second signal ends the process.

use std::io;
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Once, OnceLock, PoisonError};
use std::time::Duration;

use migrate_engine::error::Error;

use super::ui::Ui;

/// The interval at which the flag is checked.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The state of the run. A thread that ends the process keeps the lock, so that no run can begin any more.
static RUN: Mutex<RunState> = Mutex::new(RunState::Waiting);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RunState {
    /// No revision has begun.
    Waiting,
    /// A revision runs, or the next one will.
    Running,
    /// No revision runs any more.
    Ended,
}

/// The line that the first signal prints during a run.
const RUN_STOPS: &str = "interrupted: the run ends after this revision; press Ctrl-C again to end it now, which rolls back \
                         what is not committed";

/// The line that the first signal prints during a deployment.
const DEPLOYMENT_STOPS: &str = "interrupted: the deployment ends after this step, and recovers; press Ctrl-C again to end it \
                                now, which leaves the application as it is";

/// Returns the flag that the first signal sets, once signals are caught.
pub(super) fn flag() -> Arc<AtomicBool> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    Arc::clone(FLAG.get_or_init(|| Arc::new(AtomicBool::new(false))))
}

/// From now on, the first signal sets the flag. Each later signal has its default effect.
///
/// If signals can't be caught, each of them has its default effect.
pub(super) fn listen() {
    static LISTENS: Once = Once::new();
    LISTENS.call_once(|| {
        let flag = flag();
        for signal in signal_hook::consts::TERM_SIGNALS {
            // The order matters: the second signal must see the flag that the first one set.
            let second =
                signal_hook::flag::register_conditional_default(*signal, Arc::clone(&flag));
            if second.is_ok() {
                let _ = signal_hook::flag::register(*signal, Arc::clone(&flag));
            }
        }
    });
}

/// From now on, no signal ends this process, so that it can drop what it created. The first one sets the flag.
///
/// A terminal sends Ctrl-C also to the commands that this process starts. [`wait`] passes the other signals on.
pub(super) fn hold() {
    for signal in signal_hook::consts::TERM_SIGNALS {
        let _ = signal_hook::flag::register(*signal, flag());
    }
    let ends = [
        signal_hook::consts::SIGTERM,
        #[cfg(unix)]
        signal_hook::consts::SIGHUP,
    ];
    for signal in ends {
        let _ = signal_hook::flag::register(signal, end_flag());
        let _ = signal_hook::flag::register(signal, flag());
    }
}

/// Returns the flag that SIGTERM and SIGHUP set, once signals are held.
fn end_flag() -> Arc<AtomicBool> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    Arc::clone(FLAG.get_or_init(|| Arc::new(AtomicBool::new(false))))
}

/// Returns whether a signal was received.
pub(super) fn is_interrupted() -> bool {
    flag().load(Ordering::Relaxed)
}

/// Waits for a command, and passes SIGTERM and SIGHUP on to it, as SIGTERM.
pub(super) fn wait(mut child: Child) -> io::Result<ExitStatus> {
    let ended = Arc::new(AtomicBool::new(false));
    let (pid, seen) = (child.id(), Arc::clone(&ended));
    let watcher = std::thread::spawn(move || {
        while !seen.load(Ordering::Relaxed) {
            if end_flag().swap(false, Ordering::Relaxed) {
                terminate(pid);
            }
            std::thread::park_timeout(POLL_INTERVAL);
        }
    });
    let status = child.wait();
    ended.store(true, Ordering::Relaxed);
    watcher.thread().unpark();
    let _ = watcher.join();
    status
}

/// Sends SIGTERM to a process. Its exit status has not been read, so no other process has its id.
fn terminate(pid: u32) {
    let _ = Command::new("kill")
        .args(["-TERM", &pid.to_string()])
        .status();
}

/// Catches signals as [`listen`] does, and ends the process at a signal before [`run_started`], for example while it waits for
/// a lock. Later, the first signal prints what it does.
pub(super) fn listen_until_started(ui: &Ui) {
    listen_and_report(ui, RUN_STOPS);
}

/// Catches signals as [`listen`] does during a deployment, which begins now.
pub(super) fn listen_to_deployment(ui: &Ui) {
    run_started();
    listen_and_report(ui, DEPLOYMENT_STOPS);
}

fn listen_and_report(ui: &Ui, line: &'static str) {
    listen();
    let ui = *ui;
    std::thread::spawn(move || {
        let flag = flag();
        while !flag.load(Ordering::Relaxed) {
            std::thread::sleep(POLL_INTERVAL);
        }
        let run = RUN.lock().unwrap_or_else(PoisonError::into_inner);
        match *run {
            RunState::Waiting => {
                let exit = ui.failure(&Error::Interrupted { done: Vec::new() });
                std::process::exit(exit.code().into());
            }
            RunState::Running => ui.note(line),
            RunState::Ended => {}
        }
    });
}

/// Marks the beginning of a run: a signal no longer ends the process.
pub(super) fn run_started() {
    set_run(RunState::Running);
}

/// Marks the end of everything that could begin.
pub(super) fn run_ended() {
    set_run(RunState::Ended);
}

fn set_run(state: RunState) {
    *RUN.lock().unwrap_or_else(PoisonError::into_inner) = state;
}
