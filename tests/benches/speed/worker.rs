//! This binary again, as one side of a row, in a process of its own.

use std::process::{Command, Stdio};

/// Returns the command that runs this binary as a side of the row `name`.
pub(crate) fn command(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command
        .arg(marked(name))
        .args(arguments)
        .stdout(Stdio::null());
    command
}

/// Returns what the side of the row `name` was given, if this process is one.
pub(crate) fn words(name: &str) -> Option<Vec<String>> {
    let mut arguments = std::env::args().skip(1);
    (arguments.next()? == marked(name)).then(|| arguments.collect())
}

/// Runs a side that ends with [`print_peak`] and returns what it printed.
pub(crate) fn peak(mut command: Command) -> String {
    let output = command.stdout(Stdio::piped()).output().expect("a worker");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Prints the most memory that this process took.
pub(crate) fn print_peak() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    println!("{}", peak.unwrap_or("unknown").trim());
}

fn marked(name: &str) -> String {
    format!("{name}-worker")
}
