//! Implements `cargo migrate revision`: creates a revision file and its `mod` line.

mod generate;

use std::path::Path;

use migrate_graph::files::Directory;
use migrate_graph::{Anchor, Applied, RevisionGraph, RevisionId, Target};

use serde_json::Value;

use crate::generated::Generated;
use crate::global::Global;
use crate::new_revision::{Description, NewRevision, WrittenRevision};
use crate::output::{CommandOutput, names};
use crate::report::Report;
use crate::revision_dir::{self, RevisionDir};
use crate::style::{DONE, HELP};

/// Create a revision
#[derive(Debug, clap::Args)]
pub(crate) struct Revision {
    #[command(flatten)]
    description: Description,

    /// Parent: a head, `heads` for a merge, or `base` for a new branch
    #[arg(long, value_name = "REV")]
    head: Option<String>,

    /// Allow a parent that is not a head, which creates a branch
    #[arg(long)]
    splice: bool,

    /// Revision of another branch that must be applied first; repeatable
    #[arg(long, value_name = "REV")]
    depends_on: Vec<String>,

    #[command(flatten)]
    generate: generate::Generate,

    #[command(flatten)]
    source: RevisionDir,
}

impl Revision {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        self.generate.check(self.source.is_directory())?;
        let generated = self.generated(global)?;
        if let Some(generated) = &generated
            && generated.operations.is_empty()
        {
            return Ok(Box::new(NoChangesOutput(generated.clone())));
        }
        let (directory, _lock) = self.source.directory_to_change(global)?;
        let graph = directory.clone().graph()?;
        let follows = self.follows(&graph)?;
        let depends_on = self.dependencies(&graph)?;
        let Some(generated) = generated else {
            let message = "empty message";
            let revision = NewRevision::new(&graph, &self.description, follows, message)?;
            return Ok(Box::new(
                revision.depends_on(depends_on).write_to(directory)?,
            ));
        };
        let mut generated = still_true(generated, &graph)?;
        let Some(first) = generated.first.take() else {
            let message = generated.message();
            let revision = NewRevision::new(&graph, &self.description, follows, &message)?;
            let revision = revision.depends_on(depends_on).generated(generated);
            return Ok(Box::new(revision.write_to(directory)?));
        };
        // The branch label belongs to the first of the two revisions; the given id and message belong to the second.
        let description = Description {
            message: None,
            rev_id: None,
            branch_label: self.description.branch_label.clone(),
        };
        let first = NewRevision::new(&graph, &description, follows, &first.message())?
            .depends_on(depends_on)
            .generated(*first);
        let path = directory.path.clone();
        let first = first.write_to(directory)?;
        match self.follow(&first, generated, &path) {
            Ok(second) => Ok(Box::new(SplitRevisionOutput { first, second })),
            Err(report) => Err(first.remove_files(report)),
        }
    }

    /// Writes the generated operations as a revision that follows another one of this run.
    fn follow(
        &self,
        first: &WrittenRevision,
        generated: Generated,
        path: &Path,
    ) -> Result<WrittenRevision, Report> {
        let directory = Directory::read(path)?;
        let graph = directory.clone().graph()?;
        let description = Description {
            branch_label: Vec::new(),
            ..self.description.clone()
        };
        let (follows, message) = (vec![first.id().clone()], generated.message());
        NewRevision::new(&graph, &description, follows, &message)?
            .generated(generated)
            .write_to(directory)
    }

    /// Generates the operations, if requested. It first checks that they can be written, because building takes a
    /// while.
    fn generated(&self, global: &Global) -> Result<Option<Generated>, Report> {
        if !self.generate.is_wanted() {
            return Ok(None);
        }
        let graph = self.source.graph(global)?;
        self.dependencies(&graph)?;
        NewRevision::new(&graph, &self.description, self.follows(&graph)?, "")?;
        self.generate.run(global).map(Some)
    }

    /// Returns the parents of the new revision; empty for a base.
    fn follows(&self, graph: &RevisionGraph) -> Result<Vec<RevisionId>, Report> {
        let Some(head) = &self.head else {
            return self.only_head(graph);
        };
        if Target::parse(head)?.anchor == Some(Anchor::Base) {
            return self.new_base(graph);
        }
        revision_dir::applied_or_ask(graph, head, None)?;
        let follows = revision_dir::resolve(graph, head, &Applied::none(graph))?;
        let not_a_head = follows
            .iter()
            .find(|id| graph.children(id).next().is_some());
        match not_a_head {
            Some(id) if !self.splice => Err(not_a_head_report(graph, id)),
            _ => Ok(follows),
        }
    }

    fn only_head(&self, graph: &RevisionGraph) -> Result<Vec<RevisionId>, Report> {
        let heads: Vec<RevisionId> = graph.heads().map(|head| head.id.clone()).collect();
        if heads.len() < 2 {
            return Ok(heads);
        }
        let merge = names(&heads).join(" ");
        let heads = migrate_graph::Ids(heads);
        let first = heads.0.first().map(ToString::to_string).unwrap_or_default();
        let error = migrate_graph::Error::MultipleHeads {
            target: "head".to_owned(),
            heads,
        };
        Err(Report::of_graph(error, graph).help(format!(
            "merge them with `cargo migrate merge {merge}`, or choose one, for example `--head {first}`"
        )))
    }

    fn new_base(&self, graph: &RevisionGraph) -> Result<Vec<RevisionId>, Report> {
        let Some(first) = graph.bases().next() else {
            return Ok(Vec::new());
        };
        if self.description.branch_label.is_empty() {
            return Err(Report::usage("a second base needs a branch label")
                .at(&first.file)
                .note(format!(
                    "`{}` is already a base, so the new branch needs a name of its own",
                    first.id
                ))
                .help("pass a label such as `--branch-label billing`, or follow a head"));
        }
        Ok(Vec::new())
    }

    fn dependencies(&self, graph: &RevisionGraph) -> Result<Vec<RevisionId>, Report> {
        let mut ids = Vec::new();
        for name in &self.depends_on {
            revision_dir::applied_or_ask(graph, name, None)?;
            let id = revision_dir::resolve_one(graph, name, &Applied::none(graph))?;
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(ids)
    }
}

/// Rejects operations that were generated for other revisions than the present ones.
fn still_true(generated: Generated, graph: &RevisionGraph) -> Result<Generated, Report> {
    let heads = graph.heads().map(|head| head.id.as_str());
    if generated.heads.iter().map(String::as_str).eq(heads) {
        return Ok(generated);
    }
    Err(Report::new(
        "concurrent_change",
        "the revisions changed while the new revision was generated",
    )
    .note("nothing was written")
    .help("run the command again"))
}

/// Two new revisions, for operations that the database accepts only after a commit.
struct SplitRevisionOutput {
    first: WrittenRevision,
    second: WrittenRevision,
}

impl CommandOutput for SplitRevisionOutput {
    fn text(&self) -> String {
        let mut text = self.first.summary();
        text.push_str(&self.second.text());
        text
    }

    fn quiet_text(&self) -> String {
        String::new()
    }

    fn json(&self) -> Value {
        let mut document = self.second.json();
        document["first"] = self.first.json();
        document
    }
}

/// The result if there is no difference and nothing was written.
struct NoChangesOutput(Generated);

impl CommandOutput for NoChangesOutput {
    fn text(&self) -> String {
        let mut text = format!(
            "{DONE}nothing to do{DONE:#}: no difference was found, so no file was written\n"
        );
        for remark in self.0.remarks() {
            text.push_str(&format!("   {HELP}note:{HELP:#} {remark}\n"));
        }
        text
    }

    fn quiet_text(&self) -> String {
        String::new()
    }

    fn json(&self) -> Value {
        let mut document = self.0.json();
        document["revision"] = Value::Null;
        document
    }
}

/// Returns the report about a parent that is not a head.
pub(super) fn not_a_head_report(graph: &RevisionGraph, id: &RevisionId) -> Report {
    let children: Vec<&str> = graph.children(id).map(|child| child.id.as_str()).collect();
    let report = Report::new("invalid_target", format!("revision `{id}` is not a head"))
        .note(format!("`{}` already follows it", children.join("`, `")))
        .help("follow a head, or pass `--splice` to create a branch here")
        .revision(id);
    match graph.get(id.as_str()) {
        Some(revision) => report.at(&revision.file),
        None => report,
    }
}
