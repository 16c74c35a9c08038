//! `cargo migrate revision`: a new revision file and its `mod` line.

mod generate;

use migrate_graph::{Anchor, Applied, RevisionGraph, RevisionId, Target};

use serde_json::Value;

use crate::answer::{Answer, names};
use crate::cli::Global;
use crate::new_revision::{Description, NewRevision};
use crate::report::Report;
use crate::source::{self, Source};
use crate::ui::style::{DONE, HELP};

pub(crate) use generate::Generated;

/// Add a revision file
#[derive(Debug, clap::Args)]
pub(crate) struct Revision {
    #[command(flatten)]
    description: Description,

    /// What it follows: a head, `heads` for a merge, or `base` for a new line
    #[arg(long, value_name = "REV")]
    head: Option<String>,

    /// Let it follow a revision that is not a head, which makes a branch
    #[arg(long)]
    splice: bool,

    /// Revision of another line that must be applied first; may be repeated
    #[arg(long, value_name = "REV")]
    depends_on: Vec<String>,

    #[command(flatten)]
    generate: generate::Generate,

    #[command(flatten)]
    source: Source,
}

impl Revision {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn Answer>, Report> {
        self.generate.check(self.source.is_directory())?;
        let generated = self.generated(global)?;
        if let Some(generated) = &generated
            && generated.operations.is_empty()
        {
            return Ok(Box::new(NothingToDo(generated.clone())));
        }
        let (directory, _lock) = self.source.directory_to_change(global)?;
        let graph = directory.clone().graph()?;
        let follows = self.follows(&graph)?;
        let depends_on = self.dependencies(&graph)?;
        let message = generated
            .as_ref()
            .map_or_else(|| "empty message".to_owned(), Generated::message);
        let revision = NewRevision::new(&graph, &self.description, follows, &message)?;
        let revision = revision.depends_on(depends_on);
        let revision = match generated {
            Some(generated) => revision.generated(still_true(generated, &graph)?),
            None => revision,
        };
        Ok(Box::new(revision.write_to(directory)?))
    }

    /// Compares, if that is asked for. What can't be written afterwards is not compared: building takes a while.
    fn generated(&self, global: &Global) -> Result<Option<Generated>, Report> {
        if !self.generate.is_wanted() {
            return Ok(None);
        }
        let graph = self.source.graph(global)?;
        self.dependencies(&graph)?;
        NewRevision::new(&graph, &self.description, self.follows(&graph)?, "")?;
        self.generate.run(global).map(Some)
    }

    /// The revisions that the new one follows; none for a base.
    fn follows(&self, graph: &RevisionGraph) -> Result<Vec<RevisionId>, Report> {
        let Some(head) = &self.head else {
            return self.only_head(graph);
        };
        if Target::parse(head)?.anchor == Some(Anchor::Base) {
            return self.new_base(graph);
        }
        source::applied_or_ask(graph, head, None)?;
        let follows = source::resolve(graph, head, &Applied::none(graph))?;
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
            "join them with `cargo migrate merge {merge}`, or choose one, as in `--head {first}`"
        )))
    }

    fn new_base(&self, graph: &RevisionGraph) -> Result<Vec<RevisionId>, Report> {
        let Some(first) = graph.bases().next() else {
            return Ok(Vec::new());
        };
        if self.description.branch_label.is_empty() {
            return Err(Report::usage("a second base needs a branch label")
                .at(&first.file)
                .why(format!(
                    "`{}` is a base already, and only a name tells the lines apart",
                    first.id
                ))
                .help("name the new line, as in `--branch-label billing`; or follow a head"));
        }
        Ok(Vec::new())
    }

    fn dependencies(&self, graph: &RevisionGraph) -> Result<Vec<RevisionId>, Report> {
        let mut ids = Vec::new();
        for name in &self.depends_on {
            source::applied_or_ask(graph, name, None)?;
            let id = source::resolve_one(graph, name, &Applied::none(graph))?;
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(ids)
    }
}

/// Refuses what was compared with other revisions than those that are there now.
fn still_true(generated: Generated, graph: &RevisionGraph) -> Result<Generated, Report> {
    let heads = graph.heads().map(|head| head.id.as_str());
    if generated.heads.iter().map(String::as_str).eq(heads) {
        return Ok(generated);
    }
    Err(Report::new(
        "out_of_sync",
        "the revisions changed while the new one was generated",
    )
    .why("nothing was written")
    .help("run the command again"))
}

/// Nothing is different, so nothing was written.
struct NothingToDo(Generated);

impl Answer for NothingToDo {
    fn text(&self) -> String {
        let mut text = format!(
            "{DONE}nothing to do{DONE:#}: no difference was found, and nothing was written\n"
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

/// A revision was to follow one that others follow already.
pub(super) fn not_a_head_report(graph: &RevisionGraph, id: &RevisionId) -> Report {
    let children: Vec<&str> = graph.children(id).map(|child| child.id.as_str()).collect();
    let report = Report::new("invalid_target", format!("revision `{id}` is not a head"))
        .why(format!("`{}` follows it already", children.join("`, `")))
        .help("follow a head, or make a branch here with `--splice`")
        .revision(id);
    match graph.get(id.as_str()) {
        Some(revision) => report.at(&revision.file),
        None => report,
    }
}
