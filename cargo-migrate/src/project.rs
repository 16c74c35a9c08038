//! Finds the package to use, a [`Project`], with `cargo metadata`, and reads its settings.
//!
//! It must not read revision files.

use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand, Package, TargetKind};

use crate::environment::{self, Environment};
use crate::global::Global;
use crate::lint::{LINTS, Level, Levels};
use crate::output::display_path;
use crate::report::Report;

/// The default directory of the revisions.
pub(crate) const DEFAULT_DIR: &str = "src/migrations";

/// A package and its settings.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    /// The package's name.
    pub(crate) name: String,
    /// Its directory.
    pub(crate) root: PathBuf,
    /// Its Cargo.toml.
    pub(crate) manifest: PathBuf,
    /// The directory of its workspace.
    pub(crate) workspace_root: PathBuf,
    /// Its library, if it has one.
    pub(crate) library: Option<Library>,
    /// The names of its binaries.
    pub(crate) programs: Vec<String>,
    /// The features that its runner requires.
    pub(crate) runner_features: Vec<String>,
    /// The `default-run` of its Cargo.toml, if it is set.
    pub(crate) default_run: Option<String>,
    /// The settings in `[package.metadata.migrate]`.
    pub(crate) settings: Settings,
}

/// The workspace of the current directory, or a package that could become one.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    /// Its directory.
    pub(crate) root: PathBuf,
    /// The names of its packages.
    pub(crate) packages: Vec<String>,
    /// The package of `--package` or of the current directory, if it has revisions.
    pub(crate) with_revisions: Option<String>,
    /// The edition of that package, or of another one.
    pub(crate) edition: String,
}

impl Workspace {
    /// Finds the workspace.
    ///
    /// # Errors
    ///
    /// A usage report if there is no package.
    pub(crate) fn find(global: &Global) -> Result<Self, Report> {
        let metadata = read(global)?;
        let named = named(&metadata, global)?;
        let of_edition = named.or(metadata.packages.first());
        Ok(Self {
            root: metadata.workspace_root.clone().into_std_path_buf(),
            packages: metadata
                .packages
                .iter()
                .map(|package| package.name.to_string())
                .collect(),
            with_revisions: named
                .filter(|package| has_revisions(package))
                .map(|package| package.name.to_string()),
            edition: of_edition
                .map_or("2024", |package| package.edition.as_str())
                .to_owned(),
        })
    }
}

/// The library of a package.
#[derive(Clone, Debug)]
pub(crate) struct Library {
    /// The name of the crate in code.
    pub(crate) name: String,
    /// Its root file.
    pub(crate) file: PathBuf,
    /// Whether it is a procedural macro, which can't export modules.
    pub(crate) is_macro: bool,
}

/// The keys of `[package.metadata.migrate]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The database URL; a relative path is relative to the package's directory.
    pub(crate) database_url: Option<String>,
    /// The SQL file of the desired schema, relative to the package's directory.
    pub(crate) schema: Option<PathBuf>,
    /// The directory of the revisions, relative to the package's.
    pub(crate) dir: Option<PathBuf>,
    /// The levels of lints.
    pub(crate) lints: Levels,
    /// The environment variables for the runner, unless they are already set.
    pub(crate) environment: Environment,
}

impl Project {
    /// Finds the package: that of `--package`, otherwise that of the current directory if it has revisions, otherwise the
    /// only package of the workspace with revisions.
    ///
    /// # Errors
    ///
    /// A usage report with a list of the packages.
    pub(crate) fn find(global: &Global) -> Result<Self, Report> {
        let metadata = read(global)?;
        let package = choose(&metadata, global)?;
        Self::new(&metadata, package)
    }

    /// Finds the package for `init`: that of `--package`, otherwise that of the current directory, otherwise the only
    /// one.
    ///
    /// # Errors
    ///
    /// A usage report with a list of the packages.
    pub(crate) fn find_for_init(global: &Global) -> Result<Self, Report> {
        let metadata = read(global)?;
        let package = match (named(&metadata, global)?, &metadata.packages[..]) {
            (Some(package), _) => package,
            (None, [package]) => package,
            (None, _) => {
                return Err(Report::usage(format!(
                    "which package? {}",
                    members(metadata.packages.iter())
                ))
                .help("pass `-p NAME`, or run the command in the package's directory"));
            }
        };
        Self::new(&metadata, package)
    }

    fn new(metadata: &Metadata, package: &Package) -> Result<Self, Report> {
        let manifest = package.manifest_path.clone().into_std_path_buf();
        let root = manifest.parent().map(Path::to_owned).unwrap_or_default();
        let library = package
            .targets
            .iter()
            .find(|target| is_library(&target.kind))
            .map(|target| Library {
                name: target.name.replace('-', "_"),
                file: target.src_path.clone().into_std_path_buf(),
                is_macro: target.kind.contains(&TargetKind::ProcMacro),
            });
        Ok(Self {
            name: package.name.to_string(),
            settings: settings(package, &root)?,
            root,
            manifest,
            workspace_root: metadata.workspace_root.clone().into_std_path_buf(),
            library,
            programs: programs(package).map(str::to_owned).collect(),
            runner_features: runner_features(package),
            default_run: package.default_run.clone(),
        })
    }

    /// Returns the directory of the revisions.
    pub(crate) fn migrations(&self) -> PathBuf {
        self.root.join(
            self.settings
                .dir
                .as_deref()
                .unwrap_or(Path::new(DEFAULT_DIR)),
        )
    }

    /// Returns the name of the runner. It contains the package's name, because two binaries with the same name in a
    /// workspace overwrite each other.
    pub(crate) fn runner(&self) -> String {
        runner_name(&self.name)
    }

    /// Returns whether the package has a runner.
    pub(crate) fn has_runner(&self) -> bool {
        self.programs.contains(&self.runner())
    }
}

fn runner_name(package: &str) -> String {
    format!("{package}-migrate")
}

fn read(global: &Global) -> Result<Metadata, Report> {
    let mut command = MetadataCommand::new();
    // Without dependencies Cargo resolves and fetches nothing, which takes a few milliseconds.
    command.no_deps();
    if let Some(path) = &global.manifest_path {
        command.manifest_path(path);
    }
    command.exec().map_err(|error| refused(&error, global))
}

fn refused(error: &cargo_metadata::Error, global: &Global) -> Report {
    let cargo_metadata::Error::CargoMetadata { stderr } = error else {
        return Report::usage(format!("can't run `cargo metadata`: {error}"))
            .help("check that `cargo metadata` works in this directory");
    };
    let words = stderr
        .trim()
        .trim_start_matches("error: ")
        .split("\n\n")
        .next()
        .unwrap_or_default();
    let mut lines = words.lines().map(str::trim);
    let message = lines.next().unwrap_or_default();
    // Cargo shows the source line below the position of an error; the position is enough here.
    if let Some(place) = lines.clone().find_map(|line| line.strip_prefix("--> ")) {
        return Report::usage(message)
            .at(place)
            .help("correct it; run `cargo check` for details");
    }
    let why = lines.filter(|line| !line.is_empty() && *line != "Caused by:");
    let report = why.fold(Report::usage(message), Report::note);
    match &global.manifest_path {
        Some(path) => report.at(path).help("pass the path of a package's Cargo.toml"),
        None => report.help("run the command in a Cargo package or pass `--manifest-path PATH`; `--dir PATH` needs no package"),
    }
}

fn choose<'m>(metadata: &'m Metadata, global: &Global) -> Result<&'m Package, Report> {
    let named = named(metadata, global)?;
    if let Some(package) = named
        && (global.package.is_some() || has_revisions(package))
    {
        return Ok(package);
    }
    let candidates: Vec<&Package> = metadata
        .packages
        .iter()
        .filter(|package| has_revisions(package))
        .collect();
    match (&candidates[..], named) {
        ([package], _) => Ok(package),
        ([], Some(package)) => Ok(package),
        ([], None) => Err(Report::usage(format!(
            "no package of the workspace has revisions: {}",
            members(metadata.packages.iter())
        ))
        .help("prepare one with `cargo migrate init -p NAME`")),
        _ => Err(Report::usage(format!(
            "which package? {} have revisions",
            members(candidates.iter().copied())
        ))
        .help("pass `-p NAME`, or run the command in the package's directory")),
    }
}

/// Returns the package of `--package`, `--manifest-path` or the current directory.
fn named<'m>(metadata: &'m Metadata, global: &Global) -> Result<Option<&'m Package>, Report> {
    if let Some(name) = &global.package {
        let package = metadata
            .packages
            .iter()
            .find(|package| package.name == *name);
        return package.map(Some).ok_or_else(|| {
            Report::usage(format!("the workspace has no package `{name}`")).help(format!(
                "its packages are {}",
                members(metadata.packages.iter())
            ))
        });
    }
    let place = match &global.manifest_path {
        Some(path) => path
            .canonicalize()
            .ok()
            .and_then(|path| path.parent().map(Path::to_owned)),
        None => std::env::current_dir()
            .ok()
            .and_then(|path| path.canonicalize().ok()),
    };
    let Some(place) = place else { return Ok(None) };
    let holds = |package: &&Package| {
        root(package)
            .canonicalize()
            .is_ok_and(|root| place.starts_with(root))
    };
    // A member's directory is often inside the root package's directory.
    Ok(metadata
        .packages
        .iter()
        .filter(holds)
        .max_by_key(|package| root(package).components().count()))
}

fn root(package: &Package) -> &Path {
    let manifest = package.manifest_path.as_std_path();
    manifest.parent().unwrap_or(manifest)
}

fn has_revisions(package: &Package) -> bool {
    let runner = runner_name(&package.name);
    let directory = package.metadata.pointer("/migrate/dir");
    let directory = directory.and_then(|directory| directory.as_str());
    let directory = root(package).join(directory.unwrap_or(DEFAULT_DIR));
    programs(package).any(|name| name == runner) || directory.is_dir()
}

fn programs(package: &Package) -> impl Iterator<Item = &str> {
    package
        .targets
        .iter()
        .filter(|target| target.is_bin())
        .map(|target| target.name.as_str())
}

/// Returns the `required-features` of the runner: without them, Cargo does not build it.
fn runner_features(package: &Package) -> Vec<String> {
    let runner = runner_name(&package.name);
    let mut targets = package.targets.iter();
    let target = targets.find(|target| target.is_bin() && target.name == runner);
    target.map_or_else(Vec::new, |target| target.required_features.clone())
}

fn is_library(kinds: &[TargetKind]) -> bool {
    kinds.iter().any(|kind| {
        matches!(
            kind,
            TargetKind::Lib
                | TargetKind::RLib
                | TargetKind::DyLib
                | TargetKind::CDyLib
                | TargetKind::StaticLib
                | TargetKind::ProcMacro
        )
    })
}

fn members<'p>(packages: impl Iterator<Item = &'p Package>) -> String {
    let mut names: Vec<String> = packages
        .map(|package| format!("`{}`", package.name))
        .collect();
    names.sort();
    match names.pop() {
        None => "it has no members".to_owned(),
        Some(last) if names.is_empty() => last,
        Some(last) => format!("{} and {last}", names.join(", ")),
    }
}

fn settings(package: &Package, root: &Path) -> Result<Settings, Report> {
    let mut settings = Settings::default();
    let Some(table) = package.metadata.get("migrate") else {
        return Ok(settings);
    };
    let refuse = |message: String| {
        Report::usage(message)
            .at(display_path(package.manifest_path.as_std_path()))
            .help(
                "the keys of `[package.metadata.migrate]` are `database-url = \"…\"`, `dir = \"src/migrations\"`, \
                 `schema = \"schema.sql\"`, `backup-dir = \"…\"`, `ignore = [\"job_*\"]`, \
                 `scratch-setup = \"others.sql\"`, \
                 `schemas = [\"public\", \"billing\"]` and the tables `deploy` and `lint`",
            )
    };
    let Some(table) = table.as_object() else {
        return Err(refuse(
            "`package.metadata.migrate` is not a table".to_owned(),
        ));
    };
    for (key, value) in table {
        if let ("deploy", Some(table)) = (key.as_str(), value.as_object()) {
            settings
                .environment
                .extend(environment::deploy(table).map_err(refuse)?);
            continue;
        }
        if let ("lint", Some(table)) = (key.as_str(), value.as_object()) {
            settings.lints = lints(table).map_err(refuse)?;
            continue;
        }
        if let "ignore" | "schemas" = key.as_str() {
            // `migrations!` reads it, so it also applies to the generated tests and the application.
            names(key, value).map_err(refuse)?;
            continue;
        }
        let Some(value) = value.as_str() else {
            return Err(refuse(format!(
                "`{key}` of `[package.metadata.migrate]` is not a string"
            )));
        };
        match key.as_str() {
            "database-url" => settings.database_url = Some(value.to_owned()),
            "backup-dir" => settings
                .environment
                .push(environment::backup_dir(value, root)),
            "schema" => settings.schema = Some(value.into()),
            // `migrations!` reads it.
            "scratch-setup" => {}
            "dir" if stays_inside(Path::new(value)) => settings.dir = Some(value.into()),
            "dir" => {
                return Err(refuse(format!(
                    "`dir = \"{value}\"` is outside of the package's directory"
                )));
            }
            _ => {
                return Err(refuse(format!(
                    "`[package.metadata.migrate]` has no key `{key}`"
                )));
            }
        }
    }
    Ok(settings)
}

/// Rejects a value that is not a list of names.
fn names(key: &str, value: &serde_json::Value) -> Result<(), String> {
    let list = format!("`{key}` of `[package.metadata.migrate]`");
    let names: Option<Vec<&str>> = value
        .as_array()
        .and_then(|names| names.iter().map(serde_json::Value::as_str).collect());
    let names = names.ok_or_else(|| format!("{list} is not a list of names"))?;
    let problem = match key {
        "schemas" => migrate_graph::manifest::error_in_schemas(&names),
        _ => None,
    };
    if let Some(problem) = problem {
        return Err(format!("{list}: {problem}"));
    }
    match names.contains(&"") {
        true => Err(format!("{list} is not a list of names")),
        false => Ok(()),
    }
}

/// Reads `[package.metadata.migrate.lint]`.
fn lints(table: &serde_json::Map<String, serde_json::Value>) -> Result<Levels, String> {
    let mut levels = Levels::default();
    for (name, level) in table {
        if !LINTS.iter().any(|(lint, _)| lint == name) {
            return Err(format!("unknown lint `{name}`"));
        }
        let level = level.as_str().and_then(Level::parse);
        let level = level.ok_or_else(|| {
            format!("the level of lint `{name}` must be \"allow\", \"warn\" or \"deny\"")
        })?;
        levels.0.insert(name.clone(), level);
    }
    Ok(levels)
}

fn stays_inside(path: &Path) -> bool {
    use std::path::Component;
    path.components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}
