//! Writes a [`NewRevision`]: its file and its `mod` line.
//!
//! It must not write anything before all checks have passed.

use std::collections::hash_map::RandomState;
use std::fmt::Write;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use migrate_graph::files::{Directory, RevisionFile};
use migrate_graph::functions::KNOWN_BACKENDS;
use migrate_graph::{BranchLabel, HeadsAllowed, RevisionGraph, RevisionId};
use serde_json::{Value, json};

use crate::generated::Generated;
use crate::output::{CommandOutput, listed, names};
use crate::report::Report;
use crate::slug::{doc_line, slug};
use crate::style::{DONE, HELP};
use crate::{atomic_file, mod_rs, rustfmt};

/// The options that describe a new revision.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Description {
    /// Description of the revision, used as the first line of the file and in its name
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) message: Option<String>,

    /// Revision id [default: random]
    #[arg(long, value_name = "ID")]
    pub(crate) rev_id: Option<String>,

    /// Label of the branch that starts with this revision
    #[arg(long, value_name = "LABEL")]
    pub(crate) branch_label: Vec<String>,
}

/// A revision to write.
#[derive(Clone, Debug)]
pub(crate) struct NewRevision {
    id: RevisionId,
    down_revisions: Vec<RevisionId>,
    depends_on: Vec<RevisionId>,
    replaces: Vec<RevisionId>,
    branch_labels: Vec<BranchLabel>,
    message: String,
    created: Timestamp,
    generated: Option<Generated>,
}

/// The given parts of a revision that is the migration of another tool.
#[derive(Clone, Debug)]
pub(crate) struct ImportedRevision {
    /// The id: the other tool's version.
    pub(crate) id: RevisionId,
    /// The revisions it follows.
    pub(crate) down_revisions: Vec<RevisionId>,
    /// The revisions of other branches that must be applied first.
    pub(crate) depends_on: Vec<RevisionId>,
    /// The labels of the branch that starts with it.
    pub(crate) branch_labels: Vec<BranchLabel>,
    /// The description, in any form.
    pub(crate) message: String,
    /// The date of the migration.
    pub(crate) created: Timestamp,
    /// The bodies of `up` and `down`.
    pub(crate) generated: Generated,
}

/// A written revision.
#[derive(Clone, Debug)]
pub(crate) struct WrittenRevision {
    revision: NewRevision,
    file: PathBuf,
    /// The file with its `mod` line, if there is one.
    module_file: Option<PathBuf>,
    /// The previous text of that file.
    module_before: Option<String>,
    module: String,
    /// The new heads, if there are more than allowed.
    heads: Vec<RevisionId>,
}

impl NewRevision {
    /// Creates a revision that follows `down_revisions`, with the current date.
    ///
    /// # Errors
    ///
    /// An id or label that is invalid or already in use.
    pub(crate) fn new(
        graph: &RevisionGraph,
        description: &Description,
        down_revisions: Vec<RevisionId>,
        default_message: &str,
    ) -> Result<Self, Report> {
        let id = match &description.rev_id {
            Some(id) => unused(graph, RevisionId::new(id)?)?,
            None => random_id(graph)?,
        };
        let branch_labels = description
            .branch_label
            .iter()
            .map(|label| free_label(graph, &id, label));
        let branch_labels = branch_labels.collect::<Result<_, Report>>()?;
        Ok(Self {
            id,
            down_revisions,
            depends_on: Vec::new(),
            replaces: Vec::new(),
            branch_labels,
            message: match description.message.as_deref().map(doc_line) {
                Some(message) if !message.is_empty() => message,
                _ => default_message.to_owned(),
            },
            created: Timestamp::now(),
            generated: None,
        })
    }

    /// Creates a revision from the migration of another tool.
    pub(crate) fn imported(given: ImportedRevision) -> Self {
        let message = doc_line(&given.message);
        Self {
            message: match message.is_empty() {
                true => given.id.to_string(),
                false => message,
            },
            id: given.id,
            down_revisions: given.down_revisions,
            depends_on: given.depends_on,
            replaces: Vec::new(),
            branch_labels: given.branch_labels,
            created: given.created,
            generated: Some(given.generated),
        }
    }

    /// Adds revisions of other branches that must be applied first.
    pub(crate) fn depends_on(mut self, ids: Vec<RevisionId>) -> Self {
        self.depends_on = ids;
        self
    }

    /// Makes it replace other revisions, oldest first, and gives it their labels.
    pub(crate) fn replaces(mut self, ids: Vec<RevisionId>, labels: Vec<BranchLabel>) -> Self {
        self.replaces = ids;
        self.branch_labels.extend(labels);
        self
    }

    /// Sets the generated `up` and `down`.
    pub(crate) fn generated(mut self, generated: Generated) -> Self {
        self.generated = Some(generated);
        self
    }

    /// Checks the revision like [`write_to`](Self::write_to), without writing it.
    ///
    /// # Errors
    ///
    /// Every error that the directory would have with the revision.
    pub(crate) fn check(&self, directory: Directory) -> Result<(), Report> {
        let place = self.free_place(&directory);
        let text = self.text(&operation_type(&directory));
        with_files(directory, RevisionFile::parse(place.path, text)).map(|_| ())
    }

    /// Writes the revision's file, then its `mod` line. If the second fails, removes the file.
    ///
    /// # Errors
    ///
    /// Every error that the directory would have with the revision, and every write error. The directory is then
    /// unchanged.
    pub(crate) fn write_to(self, directory: Directory) -> Result<WrittenRevision, Report> {
        let place = self.free_place(&directory);
        let text = self.text(&operation_type(&directory));
        let text = match self.generated {
            Some(_) => rustfmt::formatted(text, &directory.path),
            None => text,
        };
        let new = NewFile {
            revision: self,
            place,
            text,
        };
        let mut written = write_files(vec![new], directory)?;
        Ok(written.remove(0))
    }

    /// Writes the files of several revisions, oldest first, then their `mod` lines. If one fails, removes all files.
    ///
    /// The texts are written as they are, without rustfmt.
    ///
    /// # Errors
    ///
    /// As [`write_to`](Self::write_to).
    pub(crate) fn write_all(
        revisions: Vec<Self>,
        directory: Directory,
    ) -> Result<Vec<WrittenRevision>, Report> {
        let operations = operation_type(&directory);
        let mut listed = directory.clone();
        let mut new = Vec::with_capacity(revisions.len());
        for revision in revisions {
            let place = revision.free_place(&listed);
            let text = revision.text(&operations);
            let file = RevisionFile::parse(place.path.clone(), text.clone());
            listed.files.extend(file);
            new.push(NewFile {
                revision,
                place,
                text,
            });
        }
        write_files(new, directory)
    }

    /// Returns an unused path and module name.
    fn free_place(&self, directory: &Directory) -> Place {
        let slug = Some(slug(&self.message))
            .filter(|slug| !slug.is_empty())
            .unwrap_or_else(|| self.id.as_str().to_lowercase());
        let stem = format!("m{}_{slug}", self.created.strftime("%Y%m%d_%H%M%S"));
        let listed = directory
            .mod_rs
            .as_deref()
            .map(migrate_graph::modules::module_lines)
            .unwrap_or_default();
        let is_free = |path: &Path, module: &str| {
            // A dangling link counts as an existing file.
            path.symlink_metadata().is_err()
                && directory.file(path).is_none()
                && !listed.iter().any(|line| line.name == module)
        };
        let mut module = stem.clone();
        for number in 2.. {
            let path = directory.path.join(format!("{module}.rs"));
            if is_free(&path, &module) {
                return Place { path, module };
            }
            module = format!("{stem}_{number}");
        }
        unreachable!("some number is free")
    }

    /// Returns the text of the file: the message as its doc comment, the header, and the two functions.
    fn text(&self, operations: &str) -> String {
        let mut text = format!(
            "//! {}\n\nuse migrate_runtime::v1::*;\n\nrevision! {{\n",
            self.message
        );
        let mut key = |name: &str, value: String| {
            // Writing to a `String` can't fail.
            let _ = writeln!(text, "    {name}: {value},");
        };
        key("revision", quoted(&self.id));
        key(
            "down_revision",
            match &self.down_revisions[..] {
                [] => "None".to_owned(),
                [one] => quoted(one),
                several => list(several),
            },
        );
        if !self.branch_labels.is_empty() {
            key("branch_labels", list(&self.branch_labels));
        }
        if !self.depends_on.is_empty() {
            key("depends_on", list(&self.depends_on));
        }
        if !self.replaces.is_empty() {
            key("replaces", list(&self.replaces));
        }
        let generated = self.generated.as_ref();
        if generated.is_some_and(|generated| !generated.transaction) {
            key("transaction", "false".to_owned());
        }
        key(
            "created",
            quoted(self.created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        );
        text.push_str("}\n");
        let bodies = match &self.generated {
            Some(generated) => [generated.up.as_str(), &generated.down],
            None => ["    Ok(())\n"; 2],
        };
        for (function, body) in ["up", "down"].into_iter().zip(bodies) {
            let op = if body.contains("op.") { "op" } else { "_op" };
            let _ = write!(
                text,
                "\npub fn {function}({op}: &mut Op<{operations}>) -> Result<()> {{\n{body}}}\n"
            );
        }
        text
    }
}

impl WrittenRevision {
    /// Removes the revision, and adds the outcome to a report.
    pub(crate) fn remove_files(&self, report: Report) -> Report {
        if let (Some(file), Some(text)) = (&self.module_file, &self.module_before)
            && atomic_file::replace(file, text).is_err()
        {
            let (file, line) = (self.file.display(), file.display());
            return report.note(format!(
                "{file} and its `mod` line in {line} could not be removed"
            ));
        }
        taken_away(&self.file, report)
    }

    /// Returns the path of the file.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Returns the path of the file with its `mod` line, if there is one.
    pub(crate) fn module_file(&self) -> Option<&Path> {
        self.module_file.as_deref()
    }

    /// Returns the new heads, if there are more than allowed.
    pub(crate) fn heads(&self) -> &[RevisionId] {
        &self.heads
    }

    /// Returns the revision's id.
    pub(crate) fn id(&self) -> &RevisionId {
        &self.revision.id
    }

    /// Returns the ids that it replaces.
    pub(crate) fn replaced(&self) -> &[RevisionId] {
        &self.revision.replaces
    }

    /// Returns the ids that the revision follows.
    pub(crate) fn follows(&self) -> &[RevisionId] {
        &self.revision.down_revisions
    }

    /// Returns the messages about the written files and the generated operations.
    pub(crate) fn summary(&self) -> String {
        let revision = &self.revision;
        let follows = match &revision.down_revisions[..] {
            [] => "a base".to_owned(),
            down => format!("follows {}", listed(down)),
        };
        let mut text = format!(
            "{DONE}created{DONE:#} {} (revision {}, {follows})\n",
            self.file.display(),
            revision.id
        );
        match &self.module_file {
            Some(file) => text.push_str(&format!("{DONE}changed{DONE:#} {}\n", file.display())),
            None => text.push_str(&format!(
                "   {HELP}note:{HELP:#} no mod.rs was found; write `mod {};` in the module that contains the revisions\n",
                self.module
            )),
        }
        text.extend(revision.generated.iter().map(story));
        text
    }
}

fn taken_away(path: &Path, report: Report) -> Report {
    report.note(match fs::remove_file(path) {
        Ok(()) => format!("{} was removed", path.display()),
        Err(error) => format!("{} could not be removed: {error}", path.display()),
    })
}

/// Returns the graph of the directory with more files.
fn with_files(
    mut directory: Directory,
    files: impl IntoIterator<Item = RevisionFile>,
) -> Result<RevisionGraph, Report> {
    directory.files.extend(files);
    directory.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(directory.graph()?)
}

/// The unused name of a new file.
#[derive(Clone, Debug)]
struct Place {
    path: PathBuf,
    module: String,
}

/// A file to write.
struct NewFile {
    revision: NewRevision,
    place: Place,
    text: String,
}

/// Writes files, then their `mod` lines; on an error, removes the files.
fn write_files(new: Vec<NewFile>, directory: Directory) -> Result<Vec<WrittenRevision>, Report> {
    let heads_allowed = directory
        .settings()
        .map_or(HeadsAllowed::Many, |parsed| parsed.settings.heads);
    let module_before = directory.mod_rs.clone();
    let module_text = module_before.clone().map(|text| {
        new.iter().fold(text, |text, NewFile { place, .. }| {
            mod_rs::with_module(&text, &place.module, &format!("mod {};", place.module))
        })
    });
    let module_file = module_text.is_some().then(|| directory.mod_path.clone());
    let parsed: Vec<RevisionFile> = new
        .iter()
        .filter_map(|new| RevisionFile::parse(new.place.path.clone(), new.text.clone()))
        .collect();
    let graph = with_files(directory, parsed)?;

    for (at, file) in new.iter().enumerate() {
        if let Err(report) = atomic_file::create(&file.place.path, &file.text) {
            return Err(all_taken_away(&new[..at], report));
        }
    }
    if let (Some(file), Some(text)) = (&module_file, &module_text)
        && let Err(report) = atomic_file::replace(file, text)
    {
        return Err(all_taken_away(&new, report));
    }
    let heads: Vec<RevisionId> = graph.heads().map(|revision| revision.id.clone()).collect();
    let too_many = heads_allowed == HeadsAllowed::One && heads.len() > 1;
    let written = new.into_iter().map(|new| WrittenRevision {
        revision: new.revision,
        file: new.place.path,
        module_file: module_file.clone(),
        module_before: module_before.clone(),
        module: new.place.module,
        heads: if too_many { heads.clone() } else { Vec::new() },
    });
    Ok(written.collect())
}

fn all_taken_away(new: &[NewFile], report: Report) -> Report {
    let paths = new.iter().map(|new| &new.place.path);
    paths.fold(report, |report, path| taken_away(path, report))
}

/// Returns the type for `Op<…>`: the backend, or `impl Backend` for several.
fn operation_type(directory: &Directory) -> String {
    let backends = directory
        .settings()
        .map(|parsed| parsed.settings.backends)
        .unwrap_or_default();
    match &backends[..] {
        [] => "Sqlite".to_owned(),
        [one] => type_path(
            &one.value.path,
            directory.mod_rs.as_deref().unwrap_or_default(),
        ),
        _ => "impl Backend".to_owned(),
    }
}

/// Returns the path of a backend in a revision file: the name for a type in `v1`, the path of a type in another crate,
/// or `super::…` for an item of mod.rs, which has the text `mod_rs`.
fn type_path(path: &str, mod_rs: &str) -> String {
    let is_absolute = ["::", "crate::"]
        .iter()
        .any(|start| path.starts_with(start));
    let is_vocabulary = KNOWN_BACKENDS.contains(&path);
    let is_of_crate = path
        .split_once("::")
        .is_some_and(|(first, _)| !first.is_empty() && !declares(mod_rs, first));
    if is_vocabulary || is_absolute || is_of_crate {
        path.to_owned()
    } else {
        format!("super::{path}")
    }
}

/// Returns whether a `mod` or `use` line of a file has this name.
fn declares(text: &str, name: &str) -> bool {
    let is_declaration = |line: &&str| {
        let mut words = line.split_whitespace();
        let first = words.find(|word| !word.starts_with("pub"));
        matches!(first, Some("mod" | "use"))
    };
    text.lines().filter(is_declaration).any(|line| {
        line.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
            .any(|word| word == name)
    })
}

fn unused(graph: &RevisionGraph, id: RevisionId) -> Result<RevisionId, Report> {
    let (what, revision) = match (graph.get(id.as_str()), labelled(graph, id.as_str())) {
        (Some(revision), _) => ("in use", revision),
        (None, Some(revision)) => ("a branch label", revision),
        (None, None) => return Ok(id),
    };
    Err(Report::new(
        "duplicate_revision",
        format!("revision id `{id}` is {what}"),
    )
    .at(&revision.file)
    .revision(id)
    .help("remove `--rev-id` to get a random id"))
}

/// Returns a label that no revision has as a label or as its id.
fn free_label(graph: &RevisionGraph, id: &RevisionId, label: &str) -> Result<BranchLabel, Report> {
    let name = BranchLabel::new(label)?;
    let already_used = |why: String| {
        Report::usage(format!("branch label `{label}` is in use"))
            .note(why)
            .help("choose another label; ids and labels must be distinct")
    };
    if label == id.as_str() || graph.get(label).is_some() {
        return Err(already_used("it is the id of a revision".to_owned()));
    }
    match labelled(graph, label) {
        Some(revision) => Err(already_used(format!(
            "it names the branch that starts with `{}`",
            revision.id
        ))
        .at(&revision.file)),
        None => Ok(name),
    }
}

fn labelled<'g>(graph: &'g RevisionGraph, label: &str) -> Option<&'g migrate_graph::Revision> {
    graph.iter().find(|revision| {
        revision
            .branch_labels
            .iter()
            .any(|known| known.as_str() == label)
    })
}

/// Returns 12 hex digits that no revision has.
fn random_id(graph: &RevisionGraph) -> Result<RevisionId, Report> {
    loop {
        // The keys of a new hasher are random numbers from the system.
        let random = RandomState::new().build_hasher().finish();
        let id = RevisionId::new(&format!("{:012x}", random >> 16))?;
        if graph.get(id.as_str()).is_none() {
            return Ok(id);
        }
    }
}

fn quoted(name: impl AsRef<str>) -> String {
    format!("\"{}\"", name.as_ref())
}

fn list<T: AsRef<str>>(names: &[T]) -> String {
    format!(
        "[{}]",
        names.iter().map(quoted).collect::<Vec<_>>().join(", ")
    )
}

impl CommandOutput for WrittenRevision {
    fn text(&self) -> String {
        let mut text = self.summary();
        text.extend(self.revision.generated.iter().map(next));
        if !self.heads.is_empty() {
            text.push_str(&format!(
                "   {HELP}note:{HELP:#} there are {} heads now; run `cargo migrate merge {}`, otherwise the package does not compile\n",
                self.heads.len(),
                names(&self.heads).join(" "),
            ));
        }
        text
    }

    fn quiet_text(&self) -> String {
        String::new()
    }

    fn json(&self) -> Value {
        let revision = &self.revision;
        let mut document = json!({
            "revision": revision.id.as_str(),
            "down_revisions": names(&revision.down_revisions),
            "depends_on": names(&revision.depends_on),
            "branch_labels": names(&revision.branch_labels),
            "created": revision.created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "message": revision.message,
            "file": self.file.display().to_string(),
            "module_file": self.module_file.as_ref().map(|file| file.display().to_string()),
        });
        if let Some(generated) = &revision.generated
            && let (Some(all), Value::Object(more)) = (document.as_object_mut(), generated.json())
        {
            all.extend(more);
        }
        document
    }
}

/// Returns the messages about the generated operations.
fn story(generated: &Generated) -> String {
    let operations = generated.operations.iter();
    let operations = operations.map(|operation| format!("{:>7} {operation}\n", ""));
    let remarks = generated.remarks().into_iter();
    let remarks = remarks.map(|remark| format!("{:>7} {remark}\n", "note:"));
    let warnings = generated.warnings();
    let warnings =
        warnings.map(|(level, warning)| format!("{:>7} {warning}\n", format!("{level}:")));
    operations.chain(warnings).chain(remarks).collect()
}

/// Returns the message about the next step.
fn next(generated: &Generated) -> String {
    let then = generated.next.as_deref();
    let what = match generated.places() {
        0 => format!(
            "review it, then run {}",
            then.unwrap_or("`cargo migrate upgrade`")
        ),
        1 => "complete the `compile_error!` line: its message describes what to write".to_owned(),
        count => {
            format!(
                "complete the {count} `compile_error!` lines: their messages describe what to write"
            )
        }
    };
    format!("{:>7} {what}\n", "next")
}

#[cfg(test)]
mod tests {
    use super::*;
    use migrate_graph::testing::graph;

    fn revision(message: &str) -> NewRevision {
        NewRevision {
            id: RevisionId::new("a1b2c3d4e5f6").unwrap(),
            down_revisions: vec![RevisionId::new("9f8e7d6c5b4a").unwrap()],
            depends_on: Vec::new(),
            replaces: Vec::new(),
            branch_labels: Vec::new(),
            message: doc_line(message),
            created: "2026-11-23T09:15:00.5Z".parse().unwrap(),
            generated: None,
        }
    }

    #[test]
    fn a_new_file_has_the_message_the_header_and_two_functions() {
        assert_eq!(
            revision("Add avatar_url to users.").text("Sqlite"),
            "//! Add avatar_url to users.\n\nuse migrate_runtime::v1::*;\n\nrevision! {\n    revision: \"a1b2c3d4e5f6\",\n    \
             down_revision: \"9f8e7d6c5b4a\",\n    created: \"2026-11-23T09:15:00Z\",\n}\n\n\
             pub fn up(_op: &mut Op<Sqlite>) -> Result<()> {\n    Ok(())\n}\n\n\
             pub fn down(_op: &mut Op<Sqlite>) -> Result<()> {\n    Ok(())\n}\n"
        );
    }

    #[test]
    fn a_file_with_any_message_is_read_back_unchanged() {
        for message in [
            "two\nlines",
            "*/ /* \"{}\" \\",
            "\0\u{202e}",
            "x",
            "🦀",
            "```",
            &"long ".repeat(2000),
            "#![no_std]",
            "/// //!",
        ] {
            let file =
                RevisionFile::parse("m.rs".into(), revision(message).text("Sqlite")).unwrap();
            assert!(file.parsed.diagnostics.is_empty(), "{message}");
            assert_eq!(file.message(), doc_line(message));
            assert_eq!(
                file.parsed.header.unwrap().revision.value.as_str(),
                "a1b2c3d4e5f6"
            );
        }
    }

    #[test]
    fn random_ids_are_twelve_hex_digits_and_differ() {
        let graph = graph("a");
        let (one, two) = (random_id(&graph).unwrap(), random_id(&graph).unwrap());
        assert_ne!(one, two);
        assert!(one.as_str().len() == 12 && one.as_str().bytes().all(|b| b.is_ascii_hexdigit()));
    }

    #[test]
    fn a_backend_is_named_as_the_revision_file_sees_it() {
        let mod_rs = "pub(crate) mod a;\nuse other::{b, Mine};\nmigrations!(backend = migrate_sqlx::Sqlite);";
        for (path, expected) in [
            ("Sqlite", "Sqlite"),
            ("Mine", "super::Mine"),
            ("crate::Mine", "crate::Mine"),
            ("a::B", "super::a::B"),
            ("b::C", "super::b::C"),
            ("migrate_sqlx::Sqlite", "migrate_sqlx::Sqlite"),
        ] {
            assert_eq!(type_path(path, mod_rs), expected);
        }
    }
}
