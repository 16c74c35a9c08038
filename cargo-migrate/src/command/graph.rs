//! Implements `cargo migrate graph`: prints a diagram of the revisions, or of the tables they create.

use serde_json::{Value, json};

use crate::diagram::Diagram;
use crate::global::Global;
use crate::output::CommandOutput;
use crate::report::Report;
use crate::revision_dir::RevisionDir;
use crate::runner::{Runner, RunnerOptions};

/// The maximum number of nodes of an SVG. The layout takes more than linear time, and a larger image is not readable.
const MAX_SVG: usize = 2_000;

/// Print a diagram of the revisions, or of the tables they create
#[derive(Debug, clap::Args)]
pub(crate) struct Graph {
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "svg")]
    format: Format,

    /// Draw the tables that the revisions create, instead of the revisions
    #[arg(long, conflicts_with = "dir")]
    schema: bool,

    #[command(flatten)]
    source: RevisionDir,

    #[command(flatten)]
    runner: RunnerOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Graphviz source
    Dot,
    /// Mermaid source, which many sites render in Markdown
    Mermaid,
    /// SVG image
    Svg,
}

impl Graph {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        let diagram = if self.schema {
            let runner = Runner::build(&self.runner, global)?;
            Diagram::of_schema(&runner.run_json("dump", &["--replay".into()])?)
        } else {
            Diagram::of_revisions(&self.source.graph(global)?)
        };
        if self.format == Format::Svg && diagram.len() > MAX_SVG {
            return Err(Report::usage(format!(
                "an SVG of {} nodes is too large to lay out and to read",
                diagram.len()
            ))
            .note(format!("the limit is {MAX_SVG}"))
            .help("use `--format dot` with another layout program, or `history --graph`"));
        }
        Ok(Box::new(GraphOutput {
            diagram,
            format: self.format,
        }))
    }
}

struct GraphOutput {
    diagram: Diagram,
    format: Format,
}

impl CommandOutput for GraphOutput {
    fn text(&self) -> String {
        match self.format {
            Format::Dot => self.diagram.dot(),
            Format::Mermaid => self.diagram.mermaid(),
            Format::Svg => self.diagram.svg(),
        }
    }

    fn json(&self) -> Value {
        let format = match self.format {
            Format::Dot => "dot",
            Format::Mermaid => "mermaid",
            Format::Svg => "svg",
        };
        json!({ "format": format, "diagram": self.text() })
    }
}
