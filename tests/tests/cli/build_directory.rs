//! Where packages are built: one directory for each core, because a build waits for another in the same directory.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use migrate_tests::target_directory;

use crate::package::Package;

/// A directory and the number of packages that use it.
type Users = (PathBuf, usize);

/// The directory of one package.
pub(crate) struct BuildDirectory(usize);

impl BuildDirectory {
    /// Returns the directory that the fewest packages use.
    pub(crate) fn new() -> BuildDirectory {
        let mut all = all().lock().unwrap_or_else(PoisonError::into_inner);
        let (number, (_, users)) = all
            .iter_mut()
            .enumerate()
            .min_by_key(|(_, (_, users))| *users)
            .unwrap();
        *users += 1;
        BuildDirectory(number)
    }

    /// Returns its path.
    pub(crate) fn path(&self) -> PathBuf {
        let all = all().lock().unwrap_or_else(PoisonError::into_inner);
        all[self.0].0.clone()
    }
}

impl Drop for BuildDirectory {
    fn drop(&mut self) {
        let mut all = all().lock().unwrap_or_else(PoisonError::into_inner);
        all[self.0].1 -= 1;
    }
}

/// Returns all directories: the workspace's, which has most dependencies already, and copies of it. The dependencies
/// that are missing are built once, before the others are copied.
fn all() -> &'static Mutex<Vec<Users>> {
    static ALL: OnceLock<Mutex<Vec<Users>>> = OnceLock::new();
    ALL.get_or_init(|| {
        let first = target_directory();
        Package::build_dependencies(first);
        let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
        let others = (1..cores.min(4)).filter_map(|number| {
            let other = first.join(format!("packages/{number}"));
            // What an earlier run has built may be older than the workspace. If that run still builds, it stays.
            if other.exists() && fs::remove_dir_all(&other).is_err() {
                return None;
            }
            for part in [".fingerprint", "build", "deps"] {
                copy(
                    &first.join("debug").join(part),
                    &other.join("debug").join(part),
                );
            }
            Some(other)
        });
        let all = std::iter::once(first.to_owned()).chain(others);
        Mutex::new(all.map(|path| (path, 0)).collect())
    })
}

/// Copies a directory with its times, by which cargo knows what is fresh. Libraries are linked, because the compiler
/// replaces them and never writes into them. Test programs, which are large, are left out.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        let extension = path.extension().unwrap_or_default();
        if entry.file_type().unwrap().is_dir() {
            copy(&path, &to);
        } else if ["rlib", "rmeta", "so"]
            .iter()
            .any(|kind| extension == *kind)
        {
            fs::hard_link(&path, &to).unwrap();
        } else if extension == "d" || !from.ends_with("deps") {
            fs::copy(&path, &to).unwrap();
            let modified = entry.metadata().unwrap().modified().unwrap();
            let copy = File::options().write(true).open(&to).unwrap();
            copy.set_modified(modified).unwrap();
        }
    }
}
