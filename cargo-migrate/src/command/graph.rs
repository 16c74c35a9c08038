//! `cargo migrate graph`: a picture of the revisions.

use migrate_graph::RevisionGraph;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::cli::Global;
use crate::picture;
use crate::report::Report;
use crate::source::Source;

/// Laying out an SVG takes more than linear time; beyond this many revisions nobody waits for it or reads it.
const MAX_SVG: usize = 2_000;

/// Print a picture of the revisions
#[derive(Debug, clap::Args)]
pub(crate) struct Graph {
    /// Language of the picture
    #[arg(long, value_name = "FORMAT", default_value = "svg")]
    format: Format,

    #[command(flatten)]
    source: Source,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Graphviz
    Dot,
    /// Mermaid, which many sites draw in Markdown
    Mermaid,
    /// A finished picture
    Svg,
}

impl Graph {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn Answer>, Report> {
        let graph = self.source.graph(global)?;
        if self.format == Format::Svg && graph.len() > MAX_SVG {
            return Err(Report::usage(format!(
                "an SVG of {} revisions is too large to lay out and to read",
                graph.len()
            ))
            .why(format!("the limit is {MAX_SVG}"))
            .help("take `--format dot` and a program of your choice, or `history --graph`"));
        }
        Ok(Box::new(Picture {
            graph,
            format: self.format,
        }))
    }
}

struct Picture {
    graph: RevisionGraph,
    format: Format,
}

impl Answer for Picture {
    fn text(&self) -> String {
        match self.format {
            Format::Dot => picture::dot(&self.graph),
            Format::Mermaid => picture::mermaid(&self.graph),
            Format::Svg => picture::svg(&self.graph),
        }
    }

    fn json(&self) -> Value {
        let format = match self.format {
            Format::Dot => "dot",
            Format::Mermaid => "mermaid",
            Format::Svg => "svg",
        };
        json!({ "format": format, "picture": self.text() })
    }
}
