//! Implements `cargo migrate squash`: replaces a range of revisions with one equivalent revision.

use std::ffi::OsString;

use migrate_graph::files::Directory;
use migrate_graph::{Applied, Links, Range, Revision, RevisionGraph, RevisionId};
use serde_json::{Value, json};

use crate::generated::Generated;
use crate::global::Global;
use crate::interrupt;
use crate::new_revision::{Description, NewRevision, WrittenRevision};
use crate::output::{CommandOutput, names};
use crate::report::{Report, line_of};
use crate::revision_dir::RevisionDir;
use crate::runner::{Runner, RunnerOptions};
use crate::style::{DONE, HELP};

/// Replace a range of revisions with one equivalent revision
///
/// The files of the range are kept. A database with some of the revisions continues with the rest of the range. A
/// database with all of them counts as having the new revision. A database with none applies only the new revision.
/// When no database is inside the range, you can delete the old files. The command runs both versions up and down on
/// scratch databases and removes the new file if the results differ.
#[derive(Debug, clap::Args)]
pub(crate) struct Squash {
    /// Range to replace, both ends included, as in `history -r`: `base:a1b2`, `a1b2:c3d4`
    #[arg(value_name = "FROM:TO", allow_hyphen_values = true)]
    range: String,

    #[command(flatten)]
    description: Description,

    #[command(flatten)]
    runner: RunnerOptions,
}

impl Squash {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        let range = Range::parse(&self.range)?;
        let (directory, _lock) = RevisionDir::default().directory_to_change(global)?;
        let backends = backends(&directory);
        let graph = directory.clone().graph()?;
        let members = members(&graph, &range)?;
        let revision = self.replacement(&graph, &members)?;
        revision.check(directory.clone())?;
        let generated = self.combined_operations(global, &members, &backends)?;
        let written = revision.generated(generated).write_to(directory)?;
        match interrupt::with_deferred_interrupt(|| self.check_equivalence(global, &written)) {
            Ok(()) => Ok(Box::new(SquashReport {
                written,
                count: members.len(),
                backends,
            })),
            Err(report) => Err(written.remove_files(report)),
        }
    }

    /// Returns the new revision without its operations: it has the parents and the labels of the range.
    fn replacement(
        &self,
        graph: &RevisionGraph,
        members: &[&Revision],
    ) -> Result<NewRevision, Report> {
        let ids: Vec<RevisionId> = members.iter().map(|member| member.id.clone()).collect();
        let outside = |links: fn(&Revision) -> &Vec<RevisionId>| {
            let all = members.iter().flat_map(|member| links(member));
            let mut outside: Vec<RevisionId> =
                all.filter(|id| !ids.contains(id)).cloned().collect();
            outside.sort();
            outside.dedup();
            outside
        };
        let follows = not_covered(graph, outside(|revision| &revision.down_revisions));
        let labels = members.iter().flat_map(|member| &member.branch_labels);
        let labels = labels.cloned().collect();
        let message = match &ids[..] {
            [first, .., last] => format!("squash {first} to {last}"),
            _ => String::new(),
        };
        let revision = NewRevision::new(graph, &self.description, follows, &message)?;
        let depends_on = outside(|revision| &revision.depends_on);
        Ok(revision.depends_on(depends_on).replaces(ids, labels))
    }

    /// Returns the combined operations of the range, from the runner.
    fn combined_operations(
        &self,
        global: &Global,
        members: &[&Revision],
        backends: &[String],
    ) -> Result<Generated, Report> {
        let ids = members.iter().map(|member| member.id.as_str().into());
        let mut arguments: Vec<OsString> = ids.collect();
        if backends.len() > 1 {
            // Folded tables have the types of the runner's database.
            arguments.push("--as-written".into());
        }
        let answer = Runner::build(&self.runner, global)?.run_json("squash", &arguments)?;
        let refused: Vec<&Value> = answer["unsupported"]
            .as_array()
            .into_iter()
            .flatten()
            .collect();
        match refused[..] {
            [] => Ok(Generated::read(&answer)),
            _ => Err(refusal(&refused, members)),
        }
    }

    /// Builds the runner with the new revision, and checks that both versions are equivalent.
    fn check_equivalence(&self, global: &Global, written: &WrittenRevision) -> Result<(), Report> {
        let arguments = ["--prove".into(), written.id().as_str().into()];
        let answer = Runner::build(&self.runner, global)?.run_json("squash", &arguments)?;
        let problems: Vec<&str> = strings(&answer["problems"]).collect();
        if problems.is_empty() {
            return Ok(());
        }
        let report = Report::new(
            "squash_not_equivalent",
            "the new revision is not equivalent to the range",
        );
        Err(problems.into_iter().fold(report, Report::note).help(
            "squash a smaller range; run `cargo migrate verify` to find revisions that do not round-trip",
        ))
    }
}

/// Returns the backends of the revisions.
fn backends(directory: &Directory) -> Vec<String> {
    let settings = directory.settings().map(|parsed| parsed.settings);
    let backends = settings.into_iter().flat_map(|settings| settings.backends);
    backends
        .map(|backend| backend.value.name().to_owned())
        .collect()
}

/// Returns the revisions of a range, oldest first.
fn members<'g>(graph: &'g RevisionGraph, range: &Range) -> Result<Vec<&'g Revision>, Report> {
    let ids = migrate_graph::range(graph, range, &Applied::none(graph))
        .map_err(|error| Report::of_graph(error, graph))?;
    let members: Vec<&Revision> = ids.iter().filter_map(|id| graph.get(id.as_str())).collect();
    if let [] | [_] = members[..] {
        return Err(Report::usage("a squash needs at least two revisions")
            .note(format!("`{range}` has {}", members.len()))
            .help(
                "run `cargo migrate history -r FROM:TO` to list a range; it includes both ends",
            ));
    }
    match members.iter().find(|member| !member.replaces.is_empty()) {
        None => Ok(members),
        Some(member) => Err(Report::usage(format!(
            "revision `{}` already replaces other revisions, so it can't be squashed again",
            member.id
        ))
        .at(&member.file)
        .revision(&member.id)
        .help("start the range after it: its `replaces` identifies the databases that applied the revisions it replaces")),
    }
}

/// Returns the ids that no other of them follows.
fn not_covered(graph: &RevisionGraph, ids: Vec<RevisionId>) -> Vec<RevisionId> {
    let is_covered = |id: &RevisionId| {
        let above = graph.ancestors(ids.iter().filter(|other| *other != id), Links::Down);
        above.iter().any(|revision| revision.id == *id)
    };
    ids.iter().filter(|id| !is_covered(id)).cloned().collect()
}

/// Returns the report about the statements of the range that can't be carried over.
fn refusal(refused: &[&Value], members: &[&Revision]) -> Report {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let report = Report::new(
        "squash_unsupported",
        "the range contains statements that can't be carried over into another revision",
    );
    let mut places: Vec<_> = refused
        .iter()
        .map(|one| (text(&one["file"]), line_of(one)))
        .collect();
    places.dedup();
    let at = |report: Report, (file, line)| report.at_line(file, line);
    let report = places.into_iter().fold(report, at);
    let report = refused.iter().fold(report, |report, one| {
        let (revision, what) = (text(&one["revision"]), text(&one["operation"]));
        report.note(format!("`{revision}` runs {what}"))
    });
    let is_refused = |member: &&Revision| {
        let mut named = refused.iter().map(|one| one["revision"].as_str());
        named.any(|named| named == Some(member.id.as_str()))
    };
    let ranges = members
        .split(is_refused)
        .filter_map(|stretch| match stretch {
            [first, .., last] => Some(format!("`cargo migrate squash {}:{}`", first.id, last.id)),
            _ => None,
        });
    let ranges: Vec<String> = ranges.collect();
    report.help(match &ranges[..] {
        [] => "only typed operations can be carried over, and no two consecutive revisions consist only of them".to_owned(),
        ranges => format!("only typed operations can be carried over; try {}", ranges.join(" or ")),
    })
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

struct SquashReport {
    written: WrittenRevision,
    count: usize,
    /// The backends of the revisions.
    backends: Vec<String>,
}

impl CommandOutput for SquashReport {
    fn text(&self) -> String {
        let mut text = format!(
            "{}{DONE}checked{DONE:#} on scratch databases: equivalent to the {} revisions, up and down\n",
            self.written.text(),
            self.count
        );
        if self.backends.len() > 1 {
            text.push_str(&format!(
                "   {HELP}note:{HELP:#} the revisions are for {}; the check ran only on the runner's database\n",
                self.backends.join(" and ")
            ));
        }
        text
    }

    fn quiet_text(&self) -> String {
        self.written.quiet_text()
    }

    fn json(&self) -> Value {
        let mut document = self.written.json();
        document["replaces"] = json!(names(self.written.replaced()));
        document["equivalent"] = true.into();
        document
    }
}
