//! `cargo migrate graph`: a picture of the revisions, or of the tables that they build.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::cli::Global;
use crate::picture::Picture;
use crate::report::Report;
use crate::runner::{Runner, RunnerOptions};
use crate::source::Source;

/// Laying out an SVG takes more than linear time; beyond this many boxes nobody waits for it or reads it.
const MAX_SVG: usize = 2_000;

/// Print a picture of the revisions, or of the tables that they build
#[derive(Debug, clap::Args)]
pub(crate) struct Graph {
    /// Language of the picture
    #[arg(long, value_name = "FORMAT", default_value = "svg")]
    format: Format,

    /// Draw the tables that the revisions build, not the revisions
    #[arg(long, conflicts_with = "dir")]
    schema: bool,

    #[command(flatten)]
    source: Source,

    #[command(flatten)]
    runner: RunnerOptions,
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
        let picture = if self.schema {
            let runner = Runner::build(&self.runner, global)?;
            Picture::of_schema(&runner.ask("dump", &["--replay".into()])?)
        } else {
            Picture::of_revisions(&self.source.graph(global)?)
        };
        if self.format == Format::Svg && picture.len() > MAX_SVG {
            return Err(Report::usage(format!(
                "an SVG of {} boxes is too large to lay out and to read",
                picture.len()
            ))
            .why(format!("the limit is {MAX_SVG}"))
            .help("take `--format dot` and a program of your choice, or `history --graph`"));
        }
        Ok(Box::new(Drawn {
            picture,
            format: self.format,
        }))
    }
}

struct Drawn {
    picture: Picture,
    format: Format,
}

impl Answer for Drawn {
    fn text(&self) -> String {
        match self.format {
            Format::Dot => self.picture.dot(),
            Format::Mermaid => self.picture.mermaid(),
            Format::Svg => self.picture.svg(),
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
