//! Implements `cargo migrate import`: writes a revision for each migration of another tool.

use std::path::PathBuf;

use migrate_graph::files::Directory;
use serde_json::{Value, json};

use crate::global::Global;
use crate::import::{Imported, Strings, Tool};
use crate::interrupt;
use crate::new_revision::{NewRevision, WrittenRevision};
use crate::output::{CommandOutput, display_path, names};
use crate::report::Report;
use crate::revision_dir::RevisionDir;
use crate::style::{DONE, HELP};

/// The number of ids that one line of the output lists.
const SHOWN: usize = 5;

/// The number of revisions with marked places that the output lists.
const MARKED_SHOWN: usize = 10;

/// Write a revision for each migration of another tool
///
/// SQL is kept as it is, with its order, versions, names and dates. A migration that is code gets a marked place, which
/// does not compile until you complete it. Alembic renders its own SQL if it is installed; this runs the project's
/// `env.py`, without a database. All files are written or none. Then run `cargo migrate baseline` once for each existing
/// database.
#[derive(Debug, clap::Args)]
pub(crate) struct Import {
    /// The tool that the migrations are written for
    #[arg(long, value_name = "TOOL")]
    from: Tool,

    /// Directory of the migrations
    #[arg(value_name = "PATH")]
    path: PathBuf,

    #[command(flatten)]
    source: RevisionDir,
}

impl Import {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        let (directory, _lock) = self.source.directory_to_change(global)?;
        without_revisions(&directory)?;
        let mut history = self.from.read(&self.path)?;
        let notes = std::mem::take(&mut history.notes);
        let imported = history.into_revisions(strings(&directory));
        let revisions: Vec<NewRevision> = imported.iter().map(|one| one.revision.clone()).collect();
        let written =
            interrupt::with_deferred_interrupt(|| NewRevision::write_all(revisions, directory))?;
        Ok(Box::new(ImportOutput {
            tool: self.from,
            imported,
            written,
            notes,
        }))
    }
}

/// Rejects a directory with revisions, because imported ones would be a second base.
fn without_revisions(directory: &Directory) -> Result<(), Report> {
    let Some(first) = directory.files.first() else {
        return Ok(());
    };
    Err(Report::usage("the package already has revisions")
        .at(&first.path)
        .note("nothing was written; an imported history starts with the first revision")
        .help(
            "import into a package without revisions, or into another directory with `--dir PATH`",
        ))
}

/// Returns how strings are written on the databases of the directory.
fn strings(directory: &Directory) -> Strings {
    let settings = directory.settings().map(|parsed| parsed.settings);
    let mut backends = settings.into_iter().flat_map(|settings| settings.backends);
    match backends.any(|backend| backend.value.name() == "Mysql") {
        true => Strings::Backslash,
        false => Strings::Standard,
    }
}

struct ImportOutput {
    tool: Tool,
    imported: Vec<Imported>,
    written: Vec<WrittenRevision>,
    notes: Vec<String>,
}

impl ImportOutput {
    /// Returns the revisions with places to complete, and their files.
    fn marked(&self) -> impl Iterator<Item = (&Imported, &WrittenRevision)> {
        let all = self.imported.iter().zip(&self.written);
        all.filter(|(imported, _)| !imported.to_write.is_empty())
    }

    /// Returns a line for each revision with places to complete.
    fn marked_lines(&self) -> String {
        let line = |(imported, written): (&Imported, &WrittenRevision)| {
            let file = written.file().display();
            let what = imported.to_write.join("; ");
            format!(" {HELP}marked{HELP:#} {file}: {what}\n")
        };
        let mut text: String = self.marked().take(MARKED_SHOWN).map(line).collect();
        let more = self.marked().count().saturating_sub(MARKED_SHOWN);
        if more > 0 {
            text.push_str(&format!(
                " {HELP}marked{HELP:#} {more} more: the compiler names each one\n"
            ));
        }
        text
    }

    /// Returns the number of places to complete.
    fn places(&self) -> usize {
        self.imported.iter().map(|one| one.to_write.len()).sum()
    }

    /// Returns the notes, one sentence each.
    fn all_notes(&self) -> Vec<String> {
        let ids = |is: fn(&Imported) -> bool| {
            let ids = self.imported.iter().filter(|one| is(one));
            ids.map(|one| one.id.as_str()).collect::<Vec<_>>()
        };
        let mut notes = self.notes.clone();
        let mut add = |ids: &[&str], words: &str| {
            if !ids.is_empty() {
                notes.push(format!("{} {words}: {}", counted(ids.len()), shown(ids)));
            }
        };
        add(
            &ids(|one| one.unframed),
            "had `BEGIN` and `COMMIT` around its SQL, which were left out because a revision is a transaction",
        );
        add(
            &ids(|one| one.is_outside),
            "got `transaction: false`, because its SQL does not run in one transaction",
        );
        add(
            &ids(|one| one.uses_history),
            &format!(
                "may not run, because the SQL uses `{}`, which only {} writes; remove these statements",
                self.tool.table(),
                self.tool.name()
            ),
        );
        add(
            &ids(|one| one.irreversible),
            "can't be downgraded, because there is no down script; to allow it, write `down`",
        );
        notes
    }
}

fn counted(count: usize) -> String {
    match count {
        1 => "1 revision".to_owned(),
        count => format!("{count} revisions"),
    }
}

/// Returns the first ids of a list.
fn shown(ids: &[&str]) -> String {
    let first = ids.iter().take(SHOWN).map(|id| format!("`{id}`"));
    let mut words: Vec<String> = first.collect();
    if ids.len() > SHOWN {
        words.push(format!("{} more", ids.len() - SHOWN));
    }
    words.join(", ")
}

impl CommandOutput for ImportOutput {
    fn text(&self) -> String {
        let mut text = String::new();
        if let (Some(first), Some(last)) = (self.written.first(), self.written.last()) {
            let files = match first.file() == last.file() {
                true => first.file().display().to_string(),
                false => format!("{} to {}", first.file().display(), last.file().display()),
            };
            text.push_str(&format!(
                "{DONE}created{DONE:#} {} from {}: {files}\n",
                counted(self.written.len()),
                self.tool.name()
            ));
            if let Some(file) = first.module_file() {
                text.push_str(&format!("{DONE}changed{DONE:#} {}\n", file.display()));
            }
        }
        for note in self.all_notes() {
            text.push_str(&format!("   {HELP}note:{HELP:#} {note}\n"));
        }
        text.push_str(&self.marked_lines());
        let heads = self.written.first().map_or(&[][..], WrittenRevision::heads);
        if !heads.is_empty() {
            text.push_str(&format!(
                "   {HELP}note:{HELP:#} there are {} heads; run `cargo migrate merge {}`, or set `heads = many` in `migrations!`\n",
                heads.len(),
                names(heads).join(" ")
            ));
        }
        text.push_str(&format!("{:>7} {}\n", "next", self.next()));
        text
    }

    fn quiet_text(&self) -> String {
        String::new()
    }

    fn json(&self) -> Value {
        let revisions = self.imported.iter().zip(&self.written);
        let revisions: Vec<Value> = revisions
            .map(|(imported, written)| {
                let mut document = written.json();
                document["source"] = display_path(&imported.source).display().to_string().into();
                document["to_write"] = json!(imported.to_write);
                document["irreversible"] = imported.irreversible.into();
                document
            })
            .collect();
        json!({
            "tool": self.tool.name(),
            "revisions": revisions,
            "todo_count": self.places(),
            "notes": self.all_notes(),
        })
    }
}

impl ImportOutput {
    fn next(&self) -> String {
        let record = "run `cargo migrate baseline` once for each existing database: it replays the revisions on a scratch \
                      database, compares the schemas, and records what the database has";
        match self.places() {
            0 => record.to_owned(),
            1 => format!("complete the `compile_error!` line, then {record}"),
            count => format!("complete the {count} `compile_error!` lines, then {record}"),
        }
    }
}
