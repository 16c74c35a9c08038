//! Reads and checks the directory of revision files of a [`RevisionDir`]: `--dir` or the package.
//!
//! It must not build anything.

use std::path::PathBuf;

use migrate_graph::files::Directory;
use migrate_graph::{Anchor, Applied, Error, Ids, Resolved, RevisionGraph, RevisionId, Target};

use crate::atomic_file::{self, DirectoryLock};
use crate::global::Global;
use crate::output::display_path;
use crate::project::Project;
use crate::report::Report;

/// The source of the revision files.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct RevisionDir {
    /// Directory of the revision files, without a Cargo package
    #[arg(long, value_name = "PATH", conflicts_with_all = ["package", "manifest_path"], help_heading = "Project")]
    dir: Option<PathBuf>,
}

impl RevisionDir {
    /// Returns whether a directory was given, so that there is no package.
    pub(crate) fn is_directory(&self) -> bool {
        self.dir.is_some()
    }

    /// Reads the directory.
    ///
    /// # Errors
    ///
    /// A report if it does not exist or can't be read.
    pub(crate) fn directory(&self, global: &Global) -> Result<Directory, Report> {
        Ok(Directory::read(&self.path(global)?)?)
    }

    /// Reads the directory for a change: until the lock is dropped, no other command changes it.
    ///
    /// # Errors
    ///
    /// As [`RevisionDir::directory`].
    pub(crate) fn directory_to_change(
        &self,
        global: &Global,
    ) -> Result<(Directory, DirectoryLock), Report> {
        let path = self.path(global)?;
        let lock = atomic_file::lock(&path);
        Ok((Directory::read(&path)?, lock))
    }

    fn path(&self, global: &Global) -> Result<PathBuf, Report> {
        match &self.dir {
            Some(path) if !path.is_dir() => {
                let problem = if path.exists() {
                    "is not a directory"
                } else {
                    "does not exist"
                };
                Err(Report::usage(format!("`{}` {problem}", path.display()))
                    .at(path)
                    .help("pass the directory of the revision files, for example `--dir src/migrations`"))
            }
            Some(path) => Ok(path.clone()),
            None => path_of(&Project::find(global)?),
        }
    }

    /// Returns the graph of the directory's revisions.
    ///
    /// # Errors
    ///
    /// As [`RevisionDir::directory`], and every error that prevents a valid graph.
    pub(crate) fn graph(&self, global: &Global) -> Result<RevisionGraph, Report> {
        Ok(self.directory(global)?.graph()?)
    }
}

/// Reads the directory of a package's revisions.
///
/// # Errors
///
/// A report if it does not exist or can't be read.
pub(crate) fn directory_of(project: &Project) -> Result<Directory, Report> {
    Ok(Directory::read(&path_of(project)?)?)
}

fn path_of(project: &Project) -> Result<PathBuf, Report> {
    let path = display_path(&project.migrations());
    if path.is_dir() {
        return Ok(path);
    }
    Err(Report::usage(format!(
        "package `{}` has no revisions: {} does not exist",
        project.name,
        path.display()
    ))
    .help(format!(
        "create it with `cargo migrate init -p {}`",
        project.name
    )))
}

/// Returns the applied revisions of a database with the heads `ids`: those and all their dependencies.
///
/// Each id is a target, so `heads`, a label or a prefix is also valid; `base` is none. The graph is the effective graph
/// of such a database, for a target if there is one.
///
/// # Errors
///
/// Every error of a target.
pub(crate) fn applied(
    graph: &RevisionGraph,
    ids: &[String],
    target: Option<&Target>,
) -> Result<(RevisionGraph, Applied), Report> {
    let mut heads = Vec::new();
    for id in ids {
        let named = Target::parse(id)?;
        if named.anchor.is_none() || named.anchor == Some(Anchor::Current) {
            let reason =
                "`--current` sets the applied revisions, so its value can't be relative to them";
            return Err(Report::from(Error::TargetNotAllowed {
                target: id.clone(),
                reason,
            })
            .help("pass revisions, `heads`, or `base` if none is applied"));
        }
        match graph.resolve(&named, &Applied::none(graph)) {
            Ok(Resolved::Base) => {}
            Ok(Resolved::Revisions(ids)) => heads.extend(ids),
            // A database may be inside a replaced range.
            Err(Error::Replaced { revision, .. }) => heads.push(revision),
            Err(error) => return Err(Report::of_graph(error, graph)),
        }
    }
    effective_graph(graph, &heads, target)
}

/// Returns the effective graph of a database that has applied these revisions and all their dependencies, and the
/// applied revisions in it.
///
/// # Errors
///
/// As [`RevisionGraph::effective_closure`].
pub(crate) fn effective_graph(
    graph: &RevisionGraph,
    heads: &[impl AsRef<str>],
    target: Option<&Target>,
) -> Result<(RevisionGraph, Applied), Report> {
    let effective = graph.effective_closure(heads, target)?;
    let applied = Applied::unordered(&effective.graph, &effective.revisions)?;
    Ok((effective.graph.into_owned(), applied))
}

/// Returns the revisions that `text` names; empty for the base.
///
/// # Errors
///
/// Every error of a target.
pub(crate) fn resolve(
    graph: &RevisionGraph,
    text: &str,
    applied: &Applied,
) -> Result<Vec<RevisionId>, Report> {
    let target = Target::parse(text)?;
    match graph
        .resolve(&target, applied)
        .map_err(|error| Report::of_graph(error, graph))?
    {
        Resolved::Base => Ok(Vec::new()),
        Resolved::Revisions(ids) => Ok(ids),
    }
}

/// Returns the only revision that `text` names.
///
/// # Errors
///
/// Every error of a target, and an error if it names none or several.
pub(crate) fn resolve_one(
    graph: &RevisionGraph,
    text: &str,
    applied: &Applied,
) -> Result<RevisionId, Report> {
    let target = text.to_owned();
    let ids = resolve(graph, text, applied)?;
    match &ids[..] {
        [id] => Ok(id.clone()),
        [] => Err(Error::NoRevision { target }.into()),
        _ => Err(Report::of_graph(
            Error::NotOneRevision {
                target,
                candidates: Ids(ids),
            },
            graph,
        )),
    }
}

/// Returns the applied revisions from `--current`, for a target that may be relative to them.
///
/// # Errors
///
/// A usage report if the target needs `--current` and it was not given; every error of a target.
pub(crate) fn applied_or_ask(
    graph: &RevisionGraph,
    text: &str,
    current: Option<&[String]>,
) -> Result<(RevisionGraph, Applied), Report> {
    let target = Target::parse(text)?;
    match current {
        Some(ids) => applied(graph, ids, Some(&target)),
        None if target.anchor.is_none() || target.anchor == Some(Anchor::Current) => {
            Err(Report::new(
                "invalid_target",
                format!(
                    "`{text}` is relative to the applied revisions, which the files do not show"
                ),
            )
            .help("pass `--current ID[,ID]`, or name a revision"))
        }
        None => {
            let graph = graph.with_revision(text).into_owned();
            let none = Applied::none(&graph);
            Ok((graph, none))
        }
    }
}
