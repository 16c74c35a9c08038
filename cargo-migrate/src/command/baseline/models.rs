//! Writes a [`ModelFile`] to a file of the package, and its `mod` line to the library.
//!
//! It must not overwrite an existing file.

use std::fs;
use std::path::{Path, PathBuf};

use migrate_graph::modules::module_lines;

use crate::output::display_path;
use crate::project::Project;
use crate::report::Report;
use crate::{atomic_file, mod_rs, rustfmt};

/// The file for models.
pub(super) struct ModelFile {
    path: PathBuf,
    module: String,
    library: PathBuf,
    /// The previous text of the library's root file.
    before: String,
}

impl ModelFile {
    /// Checks whether a file of models can be created, without writing it.
    ///
    /// # Errors
    ///
    /// A report if it already exists, or if the library can't have a module there.
    pub(super) fn new(path: &Path, project: &Project) -> Result<Self, Report> {
        let library = project.library.as_ref().ok_or_else(|| {
            Report::usage(format!("package `{}` has no library", project.name))
                .help("run `cargo migrate init` to create one")
        })?;
        let path = project.root.join(path);
        let module = module_of(&path).filter(|_| path.parent() == library.file.parent());
        let module = module.ok_or_else(|| {
            let beside = display_path(library.file.parent().unwrap_or(&project.root));
            Report::usage(format!(
                "the file for models must be a module next to the library's root file, and {} is not",
                path.display()
            ))
            .help(format!(
                "pass `--models={}`",
                beside.join("models.rs").display()
            ))
        })?;
        let before = fs::read_to_string(&library.file)
            .map_err(|error| Report::file("read", &library.file, &error))?;
        let is_there = path.symlink_metadata().is_ok()
            || path.with_extension("").is_dir()
            || module_lines(&before).iter().any(|line| line.name == module);
        if is_there {
            return Err(Report::usage(format!("module `{module}` already exists"))
                .at(display_path(&path))
                .help("choose another file for the models: `--models=src/tables.rs`"));
        }
        Ok(Self {
            path,
            module,
            library: library.file.clone(),
            before,
        })
    }

    /// Returns the path of the file, for output.
    pub(super) fn shown(&self) -> PathBuf {
        display_path(&self.path)
    }

    /// Writes the file, then its `mod` line. If the second fails, removes the file.
    ///
    /// # Errors
    ///
    /// Every write error.
    pub(super) fn write(&self, text: &str) -> Result<(), Report> {
        let directory = self.path.parent().unwrap_or(Path::new("."));
        let text = rustfmt::formatted(text.to_owned(), directory);
        atomic_file::create(&self.path, &text)?;
        let line = format!("pub mod {};", self.module);
        let library = mod_rs::with_module(&self.before, &self.module, &line);
        atomic_file::replace(&self.library, &library).map_err(|report| self.remove_files(report))
    }

    /// Removes the file and its `mod` line, and adds the outcome to a report.
    pub(super) fn remove_files(&self, report: Report) -> Report {
        let path = self.shown();
        let library = atomic_file::replace(&self.library, &self.before);
        match (library, fs::remove_file(&self.path)) {
            (Ok(()), Ok(())) => report.note(format!("{} was removed", path.display())),
            _ => report.note(format!("{} could not be removed", path.display())),
        }
    }
}

/// Returns the module name of a file, if its name is a valid one.
fn module_of(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_str()?;
    let is_name = stem.starts_with(|first: char| first.is_ascii_lowercase())
        && stem
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !["lib", "main", "mod"].contains(&stem);
    (is_name && path.extension()? == "rs").then(|| stem.to_owned())
}
