//! Implements `cargo migrate freeze`: records the checksums of released revisions in `frozen.lock`.

use std::path::{Path, PathBuf};

use migrate_graph::files::Directory;
use migrate_graph::frozen::{Frozen, Unfreeze};
use migrate_graph::{
    Applied, Checksum, Diagnostic, DiagnosticKind, FileChecksum, Links, RevisionGraph, RevisionId,
};
use serde_json::{Value, json};

use crate::atomic_file;
use crate::global::Global;
use crate::output::{CommandOutput, listed};
use crate::report::Report;
use crate::revision_dir::{self, RevisionDir};
use crate::style::DONE;

/// Freeze released revisions, so that an edit does not compile
///
/// Writes the ids and checksums to `frozen.lock` next to the revisions. Commit that file. Changes of formatting,
/// comments and the order of imports are still allowed.
#[derive(Debug, clap::Args)]
pub(crate) struct Freeze {
    /// Last revision to freeze [default: all]
    #[arg(value_name = "REV")]
    revision: Option<String>,

    /// Write nothing, and exit with 3 if a revision is not frozen or was edited
    #[arg(long)]
    check: bool,

    /// Accept the edit of this frozen revision: databases that applied the previous version get no warning
    #[arg(long, requires = "revision", conflicts_with = "check")]
    accept_edit: bool,

    /// Unfreeze a revision that no database you keep has applied
    #[arg(long, value_name = "REV", conflicts_with_all = ["revision", "check", "accept_edit"])]
    unfreeze: Vec<String>,

    #[command(flatten)]
    source: RevisionDir,
}

impl Freeze {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        let (directory, _lock) = self.source.directory_to_change(global)?;
        let graph = directory.clone().graph()?;
        let mut frozen = read(&directory)?;
        if !self.unfreeze.is_empty() {
            return self.unfreeze(&directory, &graph, frozen);
        }
        let checked = directory.check();
        if self.accept_edit {
            return self.accept(&directory, &graph, frozen);
        }
        let sums = || directory.checksums(&checked.inspections);
        let changed = frozen.check(sums(), &directory.mod_path);
        let to_freeze = self.to_freeze(&graph)?;
        let new: Vec<RevisionId> = to_freeze
            .into_iter()
            .filter(|id| frozen.entry(id).is_none())
            .collect();
        if self.check {
            return check(&directory, &changed, &new, &frozen);
        }
        refuse(&changed)?;
        for id in &new {
            let found = sums().find(|(other, ..)| *other == id);
            if let Some((_, checksum, _)) = found {
                frozen.freeze(id.clone(), checksum.own);
            }
        }
        let renewed = renewed(&frozen, sums());
        for (id, now, before) in &renewed {
            frozen.accept(id.clone(), *now, *before);
        }
        if !new.is_empty() || !renewed.is_empty() {
            save(&directory, &frozen)?;
        }
        Ok(Box::new(FreezeOutput {
            what: FreezeAction::Froze,
            revisions: new,
            frozen: frozen.entries().len(),
            file: directory.frozen_path(),
        }))
    }

    /// Returns the revisions to freeze, each after its dependencies.
    fn to_freeze(&self, graph: &RevisionGraph) -> Result<Vec<RevisionId>, Report> {
        let Some(text) = &self.revision else {
            return Ok(graph.iter().map(|revision| revision.id.clone()).collect());
        };
        revision_dir::applied_or_ask(graph, text, None)?;
        let ids = revision_dir::resolve(graph, text, &Applied::none(graph))?;
        let needed = graph.ancestors(&ids, Links::All);
        let is_wanted =
            |id: &RevisionId| ids.contains(id) || needed.iter().any(|ancestor| ancestor.id == *id);
        Ok(graph
            .iter()
            .map(|revision| revision.id.clone())
            .filter(is_wanted)
            .collect())
    }

    /// Records the accepted edit of a frozen revision, with the checksum that databases have.
    fn accept(
        &self,
        directory: &Directory,
        graph: &RevisionGraph,
        mut frozen: Frozen,
    ) -> Result<Box<dyn CommandOutput>, Report> {
        let text = self.revision.as_deref().unwrap_or_default();
        let id = revision_dir::resolve_one(graph, text, &Applied::none(graph))?;
        let checked = directory.check();
        let mut sums = directory.checksums(&checked.inspections);
        let now = sums.find(|(other, ..)| **other == id);
        let (Some(before), Some((_, FileChecksum { own: now, .. }, _))) =
            (frozen.entry(&id).cloned(), now)
        else {
            return Err(Report::new(
                "invalid_target",
                format!("revision `{id}` is not frozen, so its previous version is not known"),
            )
            .revision(&id)
            .help("restore the previous version of the file, freeze it, and then edit it"));
        };
        let is_new = before.checksum != now;
        if is_new {
            frozen.accept(id.clone(), now, before.checksum);
            save(directory, &frozen)?;
        }
        Ok(Box::new(FreezeOutput {
            what: FreezeAction::Accepted,
            revisions: is_new.then_some(id).into_iter().collect(),
            frozen: frozen.entries().len(),
            file: directory.frozen_path(),
        }))
    }

    fn unfreeze(
        &self,
        directory: &Directory,
        graph: &RevisionGraph,
        mut frozen: Frozen,
    ) -> Result<Box<dyn CommandOutput>, Report> {
        let mut removed = Vec::new();
        for text in &self.unfreeze {
            // The file of a frozen revision may no longer exist.
            let id = match frozen
                .entries()
                .iter()
                .find(|entry| entry.revision.as_str() == text)
            {
                Some(entry) => entry.revision.clone(),
                None => revision_dir::resolve_one(graph, text, &Applied::none(graph))?,
            };
            if frozen.unfreeze(&id) == Unfreeze::NotFrozen && !removed.contains(&id) {
                return Err(Report::new(
                    "invalid_target",
                    format!("revision `{id}` is not frozen"),
                )
                .revision(&id)
                .help("there is nothing to do"));
            }
            removed.push(id);
        }
        save(directory, &frozen)?;
        Ok(Box::new(FreezeOutput {
            what: FreezeAction::Unfroze,
            revisions: removed,
            frozen: frozen.entries().len(),
            file: directory.frozen_path(),
        }))
    }
}

/// The accepted edits of frozen revisions in `frozen.lock`.
pub(super) struct AcceptedEdits {
    /// The edited revisions.
    pub(super) revisions: Vec<RevisionId>,
    directory: Directory,
}

impl AcceptedEdits {
    /// Returns the path of `frozen.lock`.
    pub(super) fn file(&self) -> PathBuf {
        self.directory.frozen_path()
    }

    /// Restores the previous text of `frozen.lock`, and adds the outcome to a report.
    pub(super) fn restore(&self, report: Report) -> Report {
        let before = self.directory.frozen.as_deref().unwrap_or_default();
        if self.revisions.is_empty() {
            return report;
        }
        let file = self.file();
        report.note(match atomic_file::replace(&file, before) {
            Ok(()) => format!("{} was restored", file.display()),
            Err(_) => format!("{} could not be restored", file.display()),
        })
    }
}

/// Accepts the edits of frozen revisions: of those that `targets` name, or of all.
pub(super) fn accept_edits(targets: &[String], global: &Global) -> Result<AcceptedEdits, Report> {
    let (directory, _lock) = RevisionDir::default().directory_to_change(global)?;
    let graph = directory.clone().graph()?;
    let mut frozen = read(&directory)?;
    let mut named = Vec::new();
    for target in targets {
        revision_dir::applied_or_ask(&graph, target, None)?;
        named.extend(revision_dir::resolve(
            &graph,
            target,
            &Applied::none(&graph),
        )?);
    }
    let checked = directory.check();
    let mut revisions = Vec::new();
    for (id, now, _) in directory.checksums(&checked.inspections) {
        let entry = frozen.entry(id).map(|entry| entry.checksum);
        let before = entry.filter(|before| *before != now.own);
        if let Some(before) = before.filter(|_| named.is_empty() || named.contains(id)) {
            frozen.accept(id.clone(), now.own, before);
            revisions.push(id.clone());
        }
    }
    if !revisions.is_empty() {
        save(&directory, &frozen)?;
    }
    Ok(AcceptedEdits {
        revisions,
        directory,
    })
}

/// Returns the frozen revisions whose checksum does not cover the files that they include, with their checksum that
/// does, and the recorded one.
fn renewed<'d>(
    frozen: &Frozen,
    sums: impl Iterator<Item = (&'d RevisionId, FileChecksum, &'d Path)>,
) -> Vec<(RevisionId, Checksum, Checksum)> {
    let renewed = sums.filter_map(|(id, FileChecksum { own, of_tokens }, _)| {
        let before = frozen.entry(id)?.checksum;
        (before == of_tokens && own != of_tokens).then(|| (id.clone(), own, before))
    });
    renewed.collect()
}

/// Reads `frozen.lock`.
fn read(directory: &Directory) -> Result<Frozen, Report> {
    let (frozen, diagnostics) = Frozen::parse(directory.frozen.as_deref().unwrap_or_default());
    let path = directory.frozen_path();
    match diagnostics.first() {
        None => Ok(frozen),
        Some(first) => Err(Report::new(
            "invalid_revision_file",
            format!("{} is invalid: {}", path.display(), first.reason),
        )
        .at_position(path, (first.line, 1))
        .help("correct the line: after a merge, keep the lines of both sides")),
    }
}

fn save(directory: &Directory, frozen: &Frozen) -> Result<(), Report> {
    let (path, text) = (directory.frozen_path(), frozen.to_string());
    match directory.frozen {
        Some(_) => atomic_file::replace(&path, &text),
        None => atomic_file::create(&path, &text),
    }
}

/// Rejects edited revisions: to freeze one again, the user must unfreeze it first.
fn refuse(changed: &[Diagnostic]) -> Result<(), Report> {
    match changed.first() {
        Some(diagnostic) => Err(report_of(diagnostic)),
        None => Ok(()),
    }
}

fn report_of(diagnostic: &Diagnostic) -> Report {
    let report = Report::new("checksum_mismatch", diagnostic.kind.to_string()).at(&diagnostic.file);
    let report = match &diagnostic.revision {
        Some(revision) => report.revision(revision),
        None => report,
    };
    match diagnostic.help() {
        Some(help) => report.help(help),
        None => report,
    }
}

fn check(
    directory: &Directory,
    changed: &[Diagnostic],
    new: &[RevisionId],
    frozen: &Frozen,
) -> Result<Box<dyn CommandOutput>, Report> {
    if let Some(diagnostic) = changed.first() {
        let others = changed
            .iter()
            .skip(1)
            .filter_map(|other| match &other.kind {
                DiagnosticKind::FrozenEdited { revision }
                | DiagnosticKind::FrozenMissing { revision } => {
                    Some(format!("`{revision}` was edited or removed too"))
                }
                _ => None,
            });
        return Err(others.fold(report_of(diagnostic), Report::note).found());
    }
    if !new.is_empty() {
        let quoted: Vec<String> = new.iter().map(|id| format!("`{id}`")).collect();
        let (noun, verb) = if new.len() == 1 {
            ("revision", "is")
        } else {
            ("revisions", "are")
        };
        return Err(Report::new(
            "not_frozen",
            format!("{noun} {} {verb} not frozen", listed(&quoted)),
        )
        .help("run `cargo migrate freeze` to freeze released revisions")
        .found());
    }
    Ok(Box::new(FreezeOutput {
        what: FreezeAction::Checked,
        revisions: Vec::new(),
        frozen: frozen.entries().len(),
        file: directory.frozen_path(),
    }))
}

/// The completed action.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FreezeAction {
    Froze,
    Accepted,
    Unfroze,
    Checked,
}

struct FreezeOutput {
    what: FreezeAction,
    revisions: Vec<RevisionId>,
    frozen: usize,
    file: PathBuf,
}

impl FreezeOutput {
    fn place(&self) -> std::path::Display<'_> {
        Path::display(&self.file)
    }
}

impl CommandOutput for FreezeOutput {
    fn text(&self) -> String {
        let (ids, place) = (listed(&self.revisions), self.place());
        match (self.what, &self.revisions[..]) {
            (FreezeAction::Froze, []) => {
                format!("nothing to do: {} already frozen\n", counted(self.frozen))
            }
            (FreezeAction::Froze, _) => format!("{DONE}froze{DONE:#} {ids} in {place}\n"),
            (FreezeAction::Accepted, []) => {
                "nothing to do: the revision was not edited\n".to_owned()
            }
            (FreezeAction::Accepted, _) => {
                format!("{DONE}recorded{DONE:#} the edit of {ids} in {place}\n")
            }
            (FreezeAction::Unfroze, _) => format!("{DONE}unfroze{DONE:#} {ids} in {place}\n"),
            (FreezeAction::Checked, _) => format!("{} frozen, none edited\n", counted(self.frozen)),
        }
    }

    fn json(&self) -> Value {
        let ids: Vec<&str> = self.revisions.iter().map(RevisionId::as_str).collect();
        let file = self.place().to_string();
        match self.what {
            FreezeAction::Froze => {
                json!({ "frozen": ids, "frozen_count": self.frozen, "file": file })
            }
            FreezeAction::Accepted => {
                json!({ "edited": ids, "frozen_count": self.frozen, "file": file })
            }
            FreezeAction::Unfroze => {
                json!({ "unfrozen": ids, "frozen_count": self.frozen, "file": file })
            }
            FreezeAction::Checked => json!({ "frozen_count": self.frozen, "file": file }),
        }
    }

    fn quiet_text(&self) -> String {
        String::new()
    }
}

fn counted(count: usize) -> String {
    match count {
        1 => "1 revision is".to_owned(),
        _ => format!("{count} revisions are"),
    }
}
