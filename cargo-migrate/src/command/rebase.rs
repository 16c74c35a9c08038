//! `cargo migrate rebase`: a revision that is applied nowhere follows another head, as the alternative to a merge.

use std::path::{Path, PathBuf};

use migrate_graph::files::{Directory, RevisionFile, TextSpan};
use migrate_graph::tokens::{Kind, Token, lex};
use migrate_graph::{Applied, Links, RevisionGraph, RevisionId};
use serde_json::{Value, json};

use super::revision::not_a_head_report;
use crate::answer::{Answer, listed};
use crate::cli::Global;
use crate::report::Report;
use crate::source::{self, Source};
use crate::ui::style::DONE;
use crate::write;

/// Let a revision that is applied nowhere follow another head
///
/// Its `down_revision` is rewritten; what follows it moves with it. A database that has the revision already would stand
/// on a history that is no longer there, and files alone don't tell: say it with `--not-applied`.
#[derive(Debug, clap::Args)]
pub(crate) struct Rebase {
    /// The revision: the first one of the line to move
    #[arg(value_name = "REV")]
    revision: String,

    /// The head to follow
    #[arg(long, value_name = "HEAD")]
    onto: String,

    /// No database that you keep has the revision
    #[arg(long)]
    not_applied: bool,

    #[command(flatten)]
    source: Source,
}

impl Rebase {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn Answer>, Report> {
        let (directory, _lock) = self.source.directory_to_change(global)?;
        let graph = directory.clone().graph()?;
        let revision = self.resolve(&graph, &self.revision)?;
        let onto = self.resolve(&graph, &self.onto)?;
        let from = self.check(&graph, &revision, &onto)?;
        if from.as_ref() == Some(&onto) {
            return Ok(Box::new(Rebased {
                revision,
                onto,
                file: None,
            }));
        }
        let file = graph
            .get(revision.as_str())
            .map(|revision| revision.file.clone())
            .unwrap_or_default();
        let text = rewritten(&directory, &file, &onto)?;
        let mut changed = directory;
        changed.files.retain(|other| other.path != file);
        changed
            .files
            .extend(RevisionFile::parse(file.clone(), text.clone()));
        changed.graph()?;
        write::replace(&file, &text)?;
        Ok(Box::new(Rebased {
            revision,
            onto,
            file: Some(file),
        }))
    }

    fn resolve(&self, graph: &RevisionGraph, text: &str) -> Result<RevisionId, Report> {
        source::applied_or_ask(graph, text, None)?;
        source::resolve_one(graph, text, &Applied::none(graph))
    }

    /// Refuses what would not be a rebase, and returns what the revision follows now.
    fn check(
        &self,
        graph: &RevisionGraph,
        id: &RevisionId,
        onto: &RevisionId,
    ) -> Result<Option<RevisionId>, Report> {
        let Some(revision) = graph.get(id.as_str()) else {
            return Ok(None);
        };
        let refuse = |message: String| {
            Report::new("invalid_target", message)
                .at(&revision.file)
                .revision(id)
        };
        if revision.is_merge() {
            return Err(refuse(format!(
                "revision `{id}` is a merge of {}",
                listed(&revision.down_revisions)
            ))
            .help("rebase the first revision of one of its lines"));
        }
        let moving = graph.descendants([id], Links::All);
        if moving.iter().any(|moving| moving.id == *onto) {
            return Err(refuse(format!(
                "revision `{id}` can't follow `{onto}`, which follows it"
            ))
            .help("choose a head of another line: `cargo migrate heads`"));
        }
        let from = revision.down_revisions.first().cloned();
        if from.as_ref() == Some(onto) {
            return Ok(from);
        }
        if graph.children(onto).next().is_some() {
            return Err(not_a_head_report(graph, onto)
                .help("name a head after `--onto`: `cargo migrate heads`"));
        }
        if !self.not_applied {
            let moving = moving
                .iter()
                .map(|moving| moving.id.as_str())
                .collect::<Vec<_>>()
                .join(", ");
            return Err(Report::usage("files alone don't tell whether the revision is applied anywhere")
                .at(&revision.file)
                .revision(id)
                .why(format!("a database that has {moving} would stand on a history that is no longer there"))
                .help("say `--not-applied` if no database that you keep has it; else join the lines with `cargo migrate merge`"));
        }
        Ok(from)
    }
}

/// The file's text with another `down_revision`.
fn rewritten(directory: &Directory, path: &Path, onto: &RevisionId) -> Result<String, Report> {
    let found = directory
        .file(path)
        .and_then(|file| Some((file, value_span(file, "down_revision")?)));
    let Some((file, span)) = found else {
        return Err(Report::new(
            "invalid_revision_file",
            "the header has no `down_revision` to rewrite",
        )
        .at(path));
    };
    Ok(format!(
        "{}\"{onto}\"{}",
        &file.text[..span.start],
        &file.text[span.end..]
    ))
}

/// The place of a key's value in a header: from the colon's right to the comma or the closing brace.
fn value_span(file: &RevisionFile, key: &str) -> Option<TextSpan> {
    let offset = file.invocation.start;
    let tokens: Vec<Token<'_>> = lex(&file.text[offset..file.invocation.end]).collect();
    let colon = tokens
        .windows(2)
        .position(|pair| pair[0].is(key) && pair[1].is(":"))?
        + 1;
    let mut depth = 0usize;
    let mut end = None;
    for token in &tokens[colon + 1..] {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close if depth == 0 => break,
            Kind::Close => depth -= 1,
            _ if depth == 0 && token.is(",") => break,
            _ => {}
        }
        end = Some(token.end());
    }
    Some(TextSpan {
        start: offset + tokens.get(colon + 1)?.start,
        end: offset + end?,
    })
}

struct Rebased {
    revision: RevisionId,
    onto: RevisionId,
    /// The file that was changed, if one had to be.
    file: Option<PathBuf>,
}

impl Answer for Rebased {
    fn text(&self) -> String {
        let Self {
            revision,
            onto,
            file,
        } = self;
        match file {
            Some(file) => format!(
                "{DONE}changed{DONE:#} {} (revision {revision} follows {onto})\n",
                file.display()
            ),
            None => format!("revision {revision} follows {onto} already\n"),
        }
    }

    fn quiet_text(&self) -> String {
        String::new()
    }

    fn json(&self) -> Value {
        json!({
            "revision": self.revision.as_str(),
            "onto": self.onto.as_str(),
            "changed": self.file.as_ref().map(|file| file.display().to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_value_of_down_revision_is_found() {
        for (value, after) in [
            ("None", ","),
            ("\"a1\"", ",\n"),
            ("[\"a1\" , /* x */ \"b2\"]", " ,"),
            ("\"a,b\"", "\n"),
        ] {
            let text = format!(
                "//! M.\nrevision! {{ revision: \"x\", down_revision: {value}{after} }}\nfn up() {{}}\n"
            );
            let file = RevisionFile::parse("m.rs".into(), text.clone()).unwrap();
            let span = value_span(&file, "down_revision").unwrap();
            assert_eq!(&text[span.start..span.end], value);
        }
    }
}
