//! The directory for files of scratch databases: the database files of SQLite, and templates.
//!
//! It is in Cargo's target directory if the program is there, as every test program is.

#[cfg(feature = "sqlite")]
use std::path::Path;
use std::path::PathBuf;

#[cfg(any(feature = "sqlite", feature = "mysql"))]
mod files;

#[cfg(feature = "sqlite")]
pub(crate) use files::ScratchFiles;
#[cfg(any(feature = "sqlite", feature = "mysql"))]
pub(crate) use files::template_file;

/// The file that Cargo writes in each target directory.
const TARGET_MARK: &str = "CACHEDIR.TAG";

/// The prefix of the name of every scratch database. The process ID and the creation time follow.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub(crate) const PREFIX: &str = "cargo_migrate_scratch_";

/// The prefix of the name of a scratch database that is kept after its use.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
const KEPT_PREFIX: &str = "cargo_migrate_kept_";

/// Returns a name for a scratch database that no other process uses, nor another thread of this one.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub(crate) fn unique_name(keep: bool) -> String {
    let prefix = if keep { KEPT_PREFIX } else { PREFIX };
    format!("{prefix}{}_{}", std::process::id(), unique_nanos())
}

/// Returns the time since 1970 in nanoseconds; each call in a process returns a larger number.
#[cfg(any(test, feature = "sqlite", feature = "postgres", feature = "mysql"))]
fn unique_nanos() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::{SystemTime, UNIX_EPOCH};

    static LAST: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |now| now.as_nanos());
    let now = u64::try_from(now).unwrap_or(u64::MAX / 2);
    let before = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
        Some(now.max(last + 1))
    });
    now.max(before.unwrap_or_default() + 1)
}

/// Returns the directory, which may not exist yet.
#[must_use]
pub fn path() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let mut above = program.ancestors().skip(1);
    match above.find(|directory| directory.join(TARGET_MARK).is_file()) {
        Some(target) => target.join("cargo-migrate"),
        None => std::env::temp_dir().join("cargo-migrate"),
    }
}

/// Returns whether a file is the database of a scratch directory.
#[cfg(feature = "sqlite")]
pub(crate) fn holds(file: &Path) -> bool {
    let directory = file.parent().and_then(Path::file_name);
    directory.is_some_and(|name| name.to_string_lossy().starts_with(PREFIX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_names_are_equal() {
        let names =
            |_| std::thread::spawn(|| (0..1000).map(|_| unique_nanos()).collect::<Vec<_>>());
        let threads: Vec<_> = (0..4).map(names).collect();
        let all = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap());
        let mut all: Vec<u64> = all.collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 4000);
    }

    #[test]
    fn a_test_program_uses_the_target_directory() {
        let path = path();
        assert!(path.ends_with("cargo-migrate"));
        assert!(
            path.with_file_name(TARGET_MARK).is_file(),
            "{}",
            path.display()
        );
    }
}
