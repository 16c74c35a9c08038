//! Implements `cargo migrate freeze`: records the checksums of released revisions in `frozen.lock`.

use std::path::{Path, PathBuf};

use migrate_graph::files::Directory;
use migrate_graph::frozen::{Frozen, Unfrozen};
use migrate_graph::{Applied, Links, Mistake, MistakeKind, RevisionGraph, RevisionId};
use serde_json::{Value, json};

use crate::answer::{Answer, listed};
use crate::cli::Global;
use crate::report::Report;
use crate::source::{self, Source};
use crate::ui::style::DONE;
use crate::write;

/// Freeze released revisions, so that an edited one does not compile
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
    source: Source,
}

impl Freeze {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn Answer>, Report> {
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
        let wanted = self.wanted(&graph)?;
        let new: Vec<RevisionId> = wanted
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
                frozen.freeze(id.clone(), checksum);
            }
        }
        if !new.is_empty() {
            save(&directory, &frozen)?;
        }
        Ok(Box::new(Done {
            what: What::Froze,
            revisions: new,
            frozen: frozen.entries().len(),
            file: directory.frozen_path(),
        }))
    }

    /// Returns the revisions to freeze, each after its dependencies.
    fn wanted(&self, graph: &RevisionGraph) -> Result<Vec<RevisionId>, Report> {
        let Some(text) = &self.revision else {
            return Ok(graph.iter().map(|revision| revision.id.clone()).collect());
        };
        source::applied_or_ask(graph, text, None)?;
        let ids = source::resolve(graph, text, &Applied::none(graph))?;
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
    ) -> Result<Box<dyn Answer>, Report> {
        let text = self.revision.as_deref().unwrap_or_default();
        let id = source::resolve_one(graph, text, &Applied::none(graph))?;
        let checked = directory.check();
        let mut sums = directory.checksums(&checked.inspections);
        let now = sums.find(|(other, ..)| **other == id);
        let (Some(before), Some((_, now, _))) = (frozen.entry(&id).cloned(), now) else {
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
        Ok(Box::new(Done {
            what: What::Accepted,
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
    ) -> Result<Box<dyn Answer>, Report> {
        let mut taken = Vec::new();
        for text in &self.unfreeze {
            // The file of a frozen revision may no longer exist.
            let id = match frozen
                .entries()
                .iter()
                .find(|entry| entry.revision.as_str() == text)
            {
                Some(entry) => entry.revision.clone(),
                None => source::resolve_one(graph, text, &Applied::none(graph))?,
            };
            if frozen.unfreeze(&id) == Unfrozen::NotThere && !taken.contains(&id) {
                return Err(Report::new(
                    "invalid_target",
                    format!("revision `{id}` is not frozen"),
                )
                .revision(&id)
                .help("there is nothing to do"));
            }
            taken.push(id);
        }
        save(directory, &frozen)?;
        Ok(Box::new(Done {
            what: What::Unfroze,
            revisions: taken,
            frozen: frozen.entries().len(),
            file: directory.frozen_path(),
        }))
    }
}

/// Reads `frozen.lock`.
fn read(directory: &Directory) -> Result<Frozen, Report> {
    let (frozen, mistakes) = Frozen::parse(directory.frozen.as_deref().unwrap_or_default());
    let path = directory.frozen_path();
    match mistakes.first() {
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
        Some(_) => write::replace(&path, &text),
        None => write::create(&path, &text),
    }
}

/// Rejects edited revisions: to freeze one again, the user must unfreeze it first.
fn refuse(changed: &[Mistake]) -> Result<(), Report> {
    match changed.first() {
        Some(mistake) => Err(told(mistake)),
        None => Ok(()),
    }
}

fn told(mistake: &Mistake) -> Report {
    let report = Report::new("checksum_mismatch", mistake.kind.to_string()).at(&mistake.file);
    let report = match &mistake.revision {
        Some(revision) => report.revision(revision),
        None => report,
    };
    match mistake.help() {
        Some(help) => report.help(help),
        None => report,
    }
}

fn check(
    directory: &Directory,
    changed: &[Mistake],
    new: &[RevisionId],
    frozen: &Frozen,
) -> Result<Box<dyn Answer>, Report> {
    if let Some(mistake) = changed.first() {
        let others = changed
            .iter()
            .skip(1)
            .filter_map(|other| match &other.kind {
                MistakeKind::FrozenEdited { revision }
                | MistakeKind::FrozenMissing { revision } => {
                    Some(format!("`{revision}` was edited or removed too"))
                }
                _ => None,
            });
        return Err(others.fold(told(mistake), Report::why).found());
    }
    if !new.is_empty() {
        let quoted: Vec<String> = new.iter().map(|id| format!("`{id}`")).collect();
        let (noun, verb) = if new.len() == 1 {
            ("revision", "is")
        } else {
            ("revisions", "are")
        };
        return Err(Report::new(
            "out_of_sync",
            format!("{noun} {} {verb} not frozen", listed(&quoted)),
        )
        .help("run `cargo migrate freeze` to freeze released revisions")
        .found());
    }
    Ok(Box::new(Done {
        what: What::Checked,
        revisions: Vec::new(),
        frozen: frozen.entries().len(),
        file: directory.frozen_path(),
    }))
}

/// The completed action.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Froze,
    Accepted,
    Unfroze,
    Checked,
}

struct Done {
    what: What,
    revisions: Vec<RevisionId>,
    frozen: usize,
    file: PathBuf,
}

impl Done {
    fn place(&self) -> std::path::Display<'_> {
        Path::display(&self.file)
    }
}

impl Answer for Done {
    fn text(&self) -> String {
        let (ids, place) = (listed(&self.revisions), self.place());
        match (self.what, &self.revisions[..]) {
            (What::Froze, []) => {
                format!("nothing to do: {} already frozen\n", counted(self.frozen))
            }
            (What::Froze, _) => format!("{DONE}froze{DONE:#} {ids} in {place}\n"),
            (What::Accepted, []) => "nothing to do: the revision was not edited\n".to_owned(),
            (What::Accepted, _) => {
                format!("{DONE}recorded{DONE:#} the edit of {ids} in {place}\n")
            }
            (What::Unfroze, _) => format!("{DONE}unfroze{DONE:#} {ids} in {place}\n"),
            (What::Checked, _) => format!("{} frozen, none edited\n", counted(self.frozen)),
        }
    }

    fn json(&self) -> Value {
        let ids: Vec<&str> = self.revisions.iter().map(RevisionId::as_str).collect();
        let file = self.place().to_string();
        match self.what {
            What::Froze => json!({ "frozen": ids, "total": self.frozen, "file": file }),
            What::Accepted => json!({ "edited": ids, "total": self.frozen, "file": file }),
            What::Unfroze => json!({ "unfrozen": ids, "total": self.frozen, "file": file }),
            What::Checked => json!({ "total": self.frozen, "file": file }),
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
