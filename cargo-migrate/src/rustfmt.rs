//! Formats generated code with rustfmt and the package's settings.
//!
//! It must not fail if rustfmt is not installed.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Returns `text` formatted by rustfmt with the settings of `directory`, or unchanged if rustfmt is missing or fails.
pub(crate) fn formatted(text: String, directory: &Path) -> String {
    run(&text, directory).unwrap_or(text)
}

fn run(text: &str, directory: &Path) -> Option<String> {
    let program = std::env::var_os("RUSTFMT").unwrap_or_else(|| "rustfmt".into());
    let mut child = Command::new(program)
        .args(["--edition", "2024", "--emit", "stdout", "--quiet"])
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut input = child.stdin.take()?;
    let source = text.to_owned();
    // Both pipes are used at the same time, so that neither can fill up and block the other.
    let writer = std::thread::spawn(move || input.write_all(source.as_bytes()));
    let output = child.wait_with_output().ok()?;
    let written = writer.join().ok()?.is_ok();
    let formatted = String::from_utf8(output.stdout).ok()?;
    (written && output.status.success() && !formatted.is_empty()).then_some(formatted)
}
