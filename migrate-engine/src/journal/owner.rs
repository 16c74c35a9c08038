//! Identifies the process that runs a revision, so that the next one can find out whether it has ended.
//!
//! Used only if a database's lock does not show this: a SQLite file is not locked between two steps outside a
//! transaction. If nothing is known, a process counts as running.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::hash::fnv;

/// Returns a text that identifies this process on this machine; empty if a process can't be distinguished from a later
/// one.
pub(crate) fn this_process() -> String {
    let pid = std::process::id();
    match (machine(), started(pid)) {
        (Some(machine), Some(started)) => format!("{machine} {pid} {started}"),
        _ => String::new(),
    }
}

/// Returns a text that identifies this run of a revision, also among the runs of this process.
pub(super) fn this_run() -> String {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let parts = [
        now.unwrap_or_default().as_nanos().to_string(),
        std::process::id().to_string(),
        RUNS.fetch_add(1, Ordering::Relaxed).to_string(),
        machine().unwrap_or_default(),
    ];
    format!("{:016x}", fnv(parts))
}

/// Returns whether the process that `owner` identifies is known to have ended.
pub(crate) fn is_gone(owner: &str) -> bool {
    let mut parts = owner.rsplitn(3, ' ');
    let (since, pid, where_it_ran) = (parts.next(), parts.next(), parts.next());
    let pid: Option<u32> = pid.and_then(|pid| pid.parse().ok());
    match (pid, where_it_ran, machine()) {
        (Some(pid), Some(there), Some(here)) if there == here => started(pid).as_deref() != since,
        _ => false,
    }
}

/// The identifier of this boot of the machine, and the namespace of its processes.
fn machine() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let processes = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {}", boot.trim(), processes.display()))
}

/// The start time of the process, in ticks since the boot, because process ids are reused.
fn started(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The program's name is in parentheses and may contain any character.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    // A process that has ended and whose parent has not waited for it.
    if fields.next()? == "Z" {
        return None;
    }
    fields.nth(18).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_is_gone_only_after_it_has_exited() {
        let own = this_process();
        assert!(!own.is_empty() && !is_gone(&own));
        let (front, since) = own.rsplit_once(' ').unwrap();
        assert!(
            is_gone(&format!("{front} {since}0")),
            "its number is another's now"
        );
        assert!(
            !is_gone("elsewhere 1 2"),
            "nothing is known of another machine"
        );
        assert!(!is_gone(""));
    }
}
