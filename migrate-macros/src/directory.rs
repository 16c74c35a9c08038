//! Reads and checks the migrations directory once for all macro calls of a compiler process, as a [`CheckedDirectory`].
//!
//! The compiler passes a macro the path of its file, but an editor may not. Then the directory that `cargo migrate
//! init` creates is used, and if it does not exist, this module must not report anything.

use std::collections::HashMap;
use std::env;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use migrate_graph::files::{Checked, Directory, RevisionFile, position};
use migrate_graph::frozen::Frozen;
use migrate_graph::functions::TypeCheck;
use migrate_graph::modules::module_lines;
use migrate_graph::{Diagnostic, DiagnosticKind, Error, FileChecksum, RevisionId};

/// The time until files are read again. A compiler exits earlier; an editor's macro server does not.
const FRESH: Duration = Duration::from_secs(2);

/// A migrations directory and all its errors.
pub(crate) struct CheckedDirectory {
    /// The files.
    pub(crate) directory: Directory,
    /// The data from the files.
    pub(crate) checked: Checked,
    /// Whether the module file has a `migrations!`.
    pub(crate) has_migrations: bool,
    /// The revision files with a `mod` line, in the order of the lines.
    pub(crate) listed: Vec<usize>,
    /// The released revisions.
    frozen: Frozen,
    /// The directory relative to the package: `src/migrations`.
    name: String,
    files: HashMap<String, usize>,
    diagnostics: HashMap<PathBuf, Vec<Diagnostic>>,
}

impl CheckedDirectory {
    fn new(path: &Path) -> Result<Self, Error> {
        let directory = Directory::read(path)?;
        let mut checked = directory.check();
        let mut diagnostics: HashMap<PathBuf, Vec<Diagnostic>> = HashMap::new();
        for diagnostic in std::mem::take(&mut checked.diagnostics) {
            diagnostics
                .entry(diagnostic.file.clone())
                .or_default()
                .push(diagnostic);
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
            has_migrations: directory.settings().is_some(),
            frozen: Frozen::parse(directory.frozen.as_deref().unwrap_or_default()).0,
            directory,
            checked,
            listed,
            files,
            diagnostics,
        })
    }

    /// Returns a revision's checksum, followed by those before accepted edits.
    pub(crate) fn checksums(&self, file: usize, revision: &RevisionId) -> String {
        let FileChecksum { own, of_tokens } = self.checked.inspections[file].checksum;
        let mut text = own.to_string();
        let before = self.frozen.entry(revision).into_iter();
        let before = before.flat_map(|entry| &entry.was).copied();
        for checksum in (own != of_tokens)
            .then_some(of_tokens)
            .into_iter()
            .chain(before)
        {
            text.push(' ');
            text.push_str(&checksum.to_string());
        }
        text
    }

    /// Returns the path of `frozen.lock` relative to the module file's directory, if it exists, so that the compiler
    /// checks again when it changes.
    pub(crate) fn frozen_path(&self) -> Option<String> {
        self.directory.frozen.as_ref()?;
        let (path, folder) = (
            self.directory.frozen_path(),
            self.directory.mod_path.parent()?,
        );
        let path = path.strip_prefix(folder).unwrap_or(&path);
        Some(path.to_str()?.replace('\\', "/"))
    }

    /// Returns the position of a module among the files.
    pub(crate) fn find(&self, module: &str) -> Option<usize> {
        self.files.get(module).copied()
    }

    /// Returns the errors in this file.
    pub(crate) fn diagnostics(&self, file: &Path) -> &[Diagnostic] {
        self.diagnostics.get(file).map_or(&[], Vec::as_slice)
    }

    /// Returns whether the directory has no errors.
    pub(crate) fn has_no_errors(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// Returns whether a file is a module.
    pub(crate) fn is_listed(&self, file: usize) -> bool {
        self.listed.contains(&file)
    }

    /// Returns the positions of the other revisions that an error names.
    pub(crate) fn related(&self, diagnostic: &Diagnostic) -> Vec<String> {
        const MAX_RELATED: usize = 5;
        let others: Vec<&RevisionId> = match &diagnostic.kind {
            DiagnosticKind::DuplicateRevision { revision, .. } => vec![revision],
            DiagnosticKind::DuplicateLabel { first, .. }
            | DiagnosticKind::UnlabelledBase { first, .. } => vec![first],
            DiagnosticKind::RedundantParent { through, .. } => vec![through],
            DiagnosticKind::Cycle { cycle } => cycle.iter().collect(),
            DiagnosticKind::MultipleHeads { heads } => heads.iter().collect(),
            _ => Vec::new(),
        };
        let others = others
            .into_iter()
            .filter_map(|id| self.place_of(id, &diagnostic.file))
            .take(MAX_RELATED);
        others.collect()
    }

    /// Returns the position of a revision other than `except`.
    fn place_of(&self, id: &RevisionId, except: &Path) -> Option<String> {
        let files = self
            .directory
            .files
            .iter()
            .filter(|file| file.path != except);
        let found = files.filter_map(|file| Some((file, file.parsed.header.as_ref()?)));
        let (file, header) = found
            .into_iter()
            .find(|(_, header)| header.revision.value == *id)?;
        let at = position(&file.text, header.revision.span.start);
        Some(format!("`{id}` is defined at {}", place(&file.path, at)))
    }

    /// Returns how `migrations!` accesses the functions of a file.
    pub(crate) fn function_access(&self, file: usize) -> FunctionAccess {
        let functions = &self.checked.inspections[file].functions;
        match functions.type_check {
            _ if !functions.diagnostics.is_empty() || !self.has_migrations => FunctionAccess::Skip,
            TypeCheck::NotNeeded => FunctionAccess::Direct,
            TypeCheck::Needed => FunctionAccess::ViaConst,
        }
    }

    /// Returns the path of a revision file inside the package.
    pub(crate) fn path_in_package(&self, file: &RevisionFile) -> String {
        format!("{}/{}.rs", self.name, file.module())
    }
}

/// The access of `migrations!` to the functions of a revision file. Each variant takes the compiler longer than the
/// previous.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum FunctionAccess {
    /// No access: an error in them is already reported, and the compiler must not report it again.
    Skip,
    /// By name: their tokens match the expected signature.
    Direct,
    /// By constants of the expected type in the file, so that the compiler reports errors there.
    ViaConst,
}

/// Returns the file of the current macro call, if the compiler provides it.
pub(crate) fn own_file() -> Option<PathBuf> {
    proc_macro::Span::call_site().local_file()
}

/// Returns the name of the package that is compiled.
pub(crate) fn own_package() -> String {
    env::var("CARGO_PKG_NAME").unwrap_or_default()
}

/// Returns the directory of a module file's child modules.
pub(crate) fn of_module_file(file: &Path) -> Option<PathBuf> {
    let stem = file.file_stem()?;
    let parent = in_place(file.parent()?);
    if ["mod", "lib", "main"].iter().any(|root| stem == *root) {
        Some(parent)
    } else {
        Some(parent.join(stem))
    }
}

/// Returns the directory of a revision file.
pub(crate) fn of_revision_file(file: &Path) -> Option<PathBuf> {
    file.parent().map(in_place)
}

/// Returns the default directory of a package's revisions.
pub(crate) fn of_package() -> Option<PathBuf> {
    let package = env::var_os("CARGO_MANIFEST_DIR")?;
    Some(PathBuf::from(package).join("src").join("migrations"))
}

/// Reads and checks a directory, or returns the result of an earlier macro call of this process.
///
/// # Errors
///
/// [`Error::Unreadable`] for a directory or file that can't be read.
pub(crate) fn read(path: &Path) -> Result<Arc<CheckedDirectory>, Error> {
    static DIRECTORIES: Mutex<Vec<(PathBuf, Instant, Arc<CheckedDirectory>)>> =
        Mutex::new(Vec::new());
    let mut readings = DIRECTORIES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, at, reading)) = readings.iter().find(|(known, ..)| known == path)
        && at.elapsed() < FRESH
    {
        return Ok(Arc::clone(reading));
    }
    let reading = Arc::new(CheckedDirectory::new(path)?);
    readings.retain(|(known, ..)| known != path);
    readings.push((path.to_owned(), Instant::now(), Arc::clone(&reading)));
    Ok(reading)
}

/// Replaces the empty path by `.`, because the former can't be listed.
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

/// Returns the note with the position of an error.
pub(crate) fn own_place(diagnostic: &Diagnostic) -> Option<String> {
    let at = diagnostic.position?;
    Some(format!("it is defined at {}", place(&diagnostic.file, at)))
}

/// Returns the line of the current macro call, from 1.
pub(crate) fn own_line() -> usize {
    proc_macro::Span::call_site().line()
}

/// Returns a position in a file, in the format of compilers.
fn place(file: &Path, (line, column): (usize, usize)) -> String {
    format!("{}:{line}:{column}", file.display())
}
