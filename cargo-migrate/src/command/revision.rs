//! `cargo migrate revision`: a new revision file and its `mod` line.

use migrate_graph::{Anchor, Applied, RevisionGraph, RevisionId, Target};

use crate::answer::{Answer, names};
use crate::cli::Global;
use crate::new_revision::{Description, NewRevision};
use crate::report::Report;
use crate::source::{self, Source};

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

    /// Write what the models need
    #[arg(long)]
    autogenerate: bool,

    #[command(flatten)]
    source: Source,
}

impl Revision {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn Answer>, Report> {
        if self.autogenerate {
            return Err(Report::usage("`--autogenerate` is not available yet")
                .why("this version compares no models with the schema")
                .help("leave it out, and write the operations into the new file"));
        }
        let (directory, _lock) = self.source.directory_to_change(global)?;
        let graph = directory.clone().graph()?;
        let follows = self.follows(&graph)?;
        let depends_on = self.dependencies(&graph)?;
        let revision = NewRevision::new(&graph, &self.description, follows, "empty message")?;
        Ok(Box::new(
            revision.depends_on(depends_on).write_to(directory)?,
        ))
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
