//! Implements `cargo migrate rebase`: moves an unapplied revision onto another head, as an alternative to a merge.

use std::path::{Path, PathBuf};

use migrate_graph::files::{Directory, RevisionFile, TextSpan};
use migrate_graph::tokens::{Kind, Token, lex};
use migrate_graph::{Applied, Links, RevisionGraph, RevisionId};
use serde_json::{Value, json};

use super::revision::not_a_head_report;
use crate::atomic_file;
use crate::global::Global;
use crate::output::{CommandOutput, listed};
use crate::report::Report;
use crate::revision_dir::{self, RevisionDir};
use crate::style::DONE;

/// Move an unapplied revision onto another head
///
/// Rewrites the revision's `down_revision`. The revisions that follow it move with it. Databases that already applied
/// the revision would have a history that no longer exists. The files do not show this, so confirm with
/// `--assume-unapplied` that no database has it.
#[derive(Debug, clap::Args)]
pub(crate) struct Rebase {
    /// First revision of the branch to move
    #[arg(value_name = "REV")]
    revision: String,

    /// New parent, a head
    #[arg(long, value_name = "HEAD")]
    onto: String,

    /// Confirm that no database you keep has applied the revision
    #[arg(long)]
    assume_unapplied: bool,

    #[command(flatten)]
    source: RevisionDir,
}

impl Rebase {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        let (directory, _lock) = self.source.directory_to_change(global)?;
        let graph = directory.clone().graph()?;
        let revision = self.resolve(&graph, &self.revision)?;
        let onto = self.resolve(&graph, &self.onto)?;
        let from = self.check(&graph, &revision, &onto)?;
        if from.as_ref() == Some(&onto) {
            return Ok(Box::new(RebaseOutput {
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
        atomic_file::replace(&file, &text)?;
        Ok(Box::new(RebaseOutput {
            revision,
            onto,
            file: Some(file),
        }))
    }

    fn resolve(&self, graph: &RevisionGraph, text: &str) -> Result<RevisionId, Report> {
        revision_dir::applied_or_ask(graph, text, None)?;
        revision_dir::resolve_one(graph, text, &Applied::none(graph))
    }

    /// Rejects an invalid rebase, and returns the current parents of the revision.
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
            .help("rebase the first revision of one of its branches"));
        }
        let moving = graph.descendants([id], Links::All);
        if moving.iter().any(|moving| moving.id == *onto) {
            return Err(refuse(format!(
                "revision `{id}` can't follow `{onto}`, which follows it"
            ))
            .help("choose a head of another branch: `cargo migrate heads`"));
        }
        let from = revision.down_revisions.first().cloned();
        if from.as_ref() == Some(onto) {
            return Ok(from);
        }
        if graph.children(onto).next().is_some() {
            return Err(not_a_head_report(graph, onto)
                .help("name a head after `--onto`: `cargo migrate heads`"));
        }
        if !self.assume_unapplied {
            let moving = moving
                .iter()
                .map(|moving| moving.id.as_str())
                .collect::<Vec<_>>()
                .join(", ");
            return Err(Report::usage("the files do not show whether a database has applied the revision")
                .at(&revision.file)
                .revision(id)
                .note(format!("databases that already applied {moving} would have a history that no longer exists"))
                .help("pass `--assume-unapplied` if no database you keep has it; otherwise merge the branches with `cargo migrate merge`"));
        }
        Ok(from)
    }
}

/// Returns the file's text with another `down_revision`.
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

/// Returns the range of a key's value in a header: from after the colon to the comma or the closing brace.
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

struct RebaseOutput {
    revision: RevisionId,
    onto: RevisionId,
    /// The changed file, if a change was needed.
    file: Option<PathBuf>,
}

impl CommandOutput for RebaseOutput {
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
            None => format!("nothing to do: revision {revision} already follows {onto}\n"),
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
