//! The migrations directory, read and checked once for all macro calls of a compiler process.
//!
//! A macro knows its own file where the compiler tells it. An editor may not: then the directory is looked for where
//! `cargo migrate init` puts it, and where it is not found nothing is said about it.

use std::collections::HashMap;
use std::env;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use migrate_graph::files::{Directory, RevisionFile, TextSpan};
use migrate_graph::modules::module_lines;
use migrate_graph::settings::ParsedSettings;
use migrate_graph::{Error, HeadsAllowed, Mistake};

/// A compiler ends sooner than files change, an editor's macro server does not.
const FRESH: Duration = Duration::from_secs(2);

/// A migrations directory and everything that is wrong in it.
pub(crate) struct Reading {
    /// The files.
    pub(crate) directory: Directory,
    /// What `migrations!` sets.
    pub(crate) settings: Option<ParsedSettings<TextSpan>>,
    /// The revision files that the module file makes modules of, in the order of their lines.
    pub(crate) listed: Vec<usize>,
    /// The directory in the words of the package: `src/migrations`.
    name: String,
    files: HashMap<String, usize>,
    mistakes: HashMap<PathBuf, Vec<Mistake>>,
}

impl Reading {
    fn new(path: &Path) -> Result<Self, Error> {
        let directory = Directory::read(path)?;
        let settings = directory.settings();
        let heads = settings
            .as_ref()
            .map_or(HeadsAllowed::One, |parsed| parsed.settings.heads);
        let mut mistakes: HashMap<PathBuf, Vec<Mistake>> = HashMap::new();
        for mistake in directory.mistakes(heads) {
            mistakes
                .entry(mistake.file.clone())
                .or_default()
                .push(mistake);
        }
        let files: HashMap<String, usize> = directory
            .files
            .iter()
            .enumerate()
            .map(|(i, file)| (file.module().to_owned(), i))
            .collect();
        let listed = module_lines(directory.mod_rs.as_deref().unwrap_or_default())
            .iter()
            .filter(|line| line.misplaced.is_none())
            .filter_map(|line| files.get(line.name).copied())
            .collect();
        Ok(Self {
            name: name_in_package(path),
            directory,
            settings,
            listed,
            files,
            mistakes,
        })
    }

    /// Returns the revision file of a module.
    pub(crate) fn file(&self, module: &str) -> Option<&RevisionFile> {
        self.files.get(module).map(|&i| &self.directory.files[i])
    }

    /// Returns the mistakes whose guilty file this is.
    pub(crate) fn mistakes(&self, file: &Path) -> &[Mistake] {
        self.mistakes.get(file).map_or(&[], Vec::as_slice)
    }

    /// Returns the path of a revision file inside the package.
    pub(crate) fn path_in_package(&self, module: &str) -> String {
        format!("{}/{module}.rs", self.name)
    }
}

/// Returns the file of the macro call that is running, where the compiler tells it.
pub(crate) fn own_file() -> Option<PathBuf> {
    proc_macro::Span::call_site().local_file()
}

/// Returns the directory in which the children of a module file stand.
pub(crate) fn of_module_file(file: &Path) -> Option<PathBuf> {
    let stem = file.file_stem()?;
    let parent = in_place(file.parent()?);
    if ["mod", "lib", "main"].iter().any(|root| stem == *root) {
        Some(parent)
    } else {
        Some(parent.join(stem))
    }
}

/// Returns the directory in which a revision file stands.
pub(crate) fn of_revision_file(file: &Path) -> Option<PathBuf> {
    file.parent().map(in_place)
}

/// Returns the directory of a package's revisions by convention.
pub(crate) fn of_package() -> Option<PathBuf> {
    let package = env::var_os("CARGO_MANIFEST_DIR")?;
    Some(PathBuf::from(package).join("src").join("migrations"))
}

/// Reads and checks a directory, or returns what another macro call of this process read.
///
/// # Errors
///
/// [`Error::Unreadable`] for a directory or file that can't be read.
pub(crate) fn read(path: &Path) -> Result<Arc<Reading>, Error> {
    static READINGS: Mutex<Vec<(PathBuf, Instant, Arc<Reading>)>> = Mutex::new(Vec::new());
    let mut readings = READINGS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, at, reading)) = readings.iter().find(|(known, ..)| known == path)
        && at.elapsed() < FRESH
    {
        return Ok(Arc::clone(reading));
    }
    let reading = Arc::new(Reading::new(path)?);
    readings.retain(|(known, ..)| known != path);
    readings.push((path.to_owned(), Instant::now(), Arc::clone(&reading)));
    Ok(reading)
}

/// The empty path is the current directory, and can't be listed under that name.
fn in_place(path: &Path) -> PathBuf {
    if path.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        path.to_owned()
    }
}

fn name_in_package(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let inside = package
        .and_then(|package| absolute.strip_prefix(package).ok())
        .unwrap_or(path);
    inside.display().to_string().replace('\\', "/")
}
