//! Reads the revision files of a migrations [`Directory`].
//!
//! No other module of this crate may access the disk.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::{fs, io, panic, thread};

use crate::check::{self, Diagnostic, DiagnosticKind, HeaderField, HeadsAllowed};
use crate::frozen::{self, Frozen};
use crate::functions::{self, Functions};
use crate::header::{self, Header, HeaderToken, Parsed, Spanned};
use crate::modules::{ModuleLine, module_lines};
use crate::settings::{self, ParsedSettings, Settings};
use crate::tokens::{Kind, Token, lex, meaningful};
use crate::{Checksum, Error, FileChecksum, Revision, RevisionGraph, RevisionId};

/// A range of bytes in a file's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextSpan {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// One file with a `revision!` header.
#[derive(Clone, Debug)]
pub struct RevisionFile {
    /// The path: the directory as given, plus the file's name.
    pub path: PathBuf,
    /// The file's text.
    pub text: String,
    /// The range of the `revision!` invocation.
    pub invocation: TextSpan,
    /// The header and its errors.
    pub parsed: Parsed<TextSpan>,
}

impl RevisionFile {
    /// Returns the file with this text, or `None` if it has no `revision!` header.
    pub fn parse(path: PathBuf, text: String) -> Option<Self> {
        let found = find_invocation(&text, "revision")?;
        let tokens = header_tokens(&text[found.body.start..found.body.end], found.body.start);
        let parsed = header::parse(&tokens, found.invocation);
        Some(Self {
            path,
            invocation: found.invocation,
            parsed,
            text,
        })
    }

    /// Returns the first line of the file's doc comment, or nothing.
    pub fn message(&self) -> &str {
        let first = lex(&self.text)
            .next()
            .filter(|token| token.kind == Kind::InnerDoc);
        first.map_or("", |token| token.text[3..].trim())
    }

    /// Checks the rest of the file, for the names of the backends in `migrations!`.
    pub fn inspect(&self, backends: &[&str]) -> Inspection {
        let tokens = meaningful(&self.text);
        let TextSpan { start, end } = self.invocation;
        // The word is rare in the rest, and searching the tokens for it is not cheap.
        let may_repeat =
            self.text[..start].contains("revision") || self.text[end..].contains("revision");
        Inspection {
            functions: functions::check(&tokens, backends),
            second_header: if may_repeat {
                functions::second_header(&tokens)
            } else {
                None
            },
            checksum: self.checksum(&tokens),
        }
    }

    /// Returns the checksums of the file, with those that it includes.
    fn checksum(&self, tokens: &[Token<'_>]) -> FileChecksum {
        let of_tokens = Checksum::of_tokens(tokens);
        // Most files include none, and the text is searched faster than the tokens.
        let included = match self.text.contains("include_") {
            true => included_files(tokens, &self.path),
            false => Vec::new(),
        };
        FileChecksum {
            own: of_tokens.with_included(&included),
            of_tokens,
        }
    }

    fn text_diagnostics(&self, inspection: &Inspection) -> Vec<Diagnostic> {
        let header = self.parsed.header.as_ref();
        let diagnostic = |start, kind| Diagnostic {
            revision: header.map(|header| header.revision.value.clone()),
            file: self.path.clone(),
            field: HeaderField::Header,
            position: Some(position(&self.text, start)),
            kind,
        };
        let functions = inspection.functions.diagnostics.iter().map(|function| {
            let start = function.start.unwrap_or(self.invocation.start);
            diagnostic(start, DiagnosticKind::Function(function.clone()))
        });
        let second = inspection
            .second_header
            .map(|start| diagnostic(start, DiagnosticKind::SecondHeader));
        functions.chain(second).collect()
    }

    /// Returns the module's name: the file's name without `.rs`.
    pub fn module(&self) -> &str {
        self.path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default()
    }

    fn to_revision(&self) -> Option<Revision> {
        let header = self.parsed.header.as_ref()?;
        let ids = |list: &[Spanned<_, _>]| {
            list.iter()
                .map(|id: &Spanned<crate::RevisionId, TextSpan>| id.value.clone())
                .collect()
        };
        Some(Revision {
            id: header.revision.value.clone(),
            down_revisions: ids(&header.down_revisions),
            depends_on: ids(&header.depends_on),
            replaces: ids(&header.replaces),
            branch_labels: header
                .branch_labels
                .iter()
                .map(|label| label.value.clone())
                .collect(),
            created: header.created.value.clone(),
            message: self.message().to_owned(),
            transaction: header.transaction,
            file: self.path.clone(),
        })
    }

    fn span_of(&self, place: HeaderField) -> TextSpan {
        self.parsed
            .header
            .as_ref()
            .and_then(|header| place.span_in(header))
            .unwrap_or(self.invocation)
    }
}

/// Reads the files that `include_str!` and `include_bytes!` name with one literal, in their order.
///
/// A path that is not a literal is not known here. A file that can't be read does not compile.
fn included_files(tokens: &[Token<'_>], file: &Path) -> Vec<Vec<u8>> {
    let directory = file.parent().unwrap_or(Path::new("."));
    let paths = tokens.windows(4).filter_map(included_path);
    paths
        .filter_map(|path| fs::read(directory.join(path)).ok())
        .collect()
}

/// Returns the path in `include_str!("path` or `include_bytes!("path`.
fn included_path<'t>(tokens: &[Token<'t>]) -> Option<&'t str> {
    let [name, mark, open, literal] = tokens else {
        return None;
    };
    let includes = ["include_str", "include_bytes"].contains(&name.text);
    if !includes || !mark.is("!") || open.kind != Kind::Open || literal.kind != Kind::Str {
        return None;
    }
    let text = literal.text.trim_start_matches('r').trim_matches('#');
    text.strip_prefix('"')?.strip_suffix('"')
}

/// The data from the text of a revision file besides its header.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The hash of its tokens and of the files that it includes.
    pub checksum: FileChecksum,
    /// The result of checking `up` and `down`.
    pub functions: Functions,
    /// The offset of a second `revision!`.
    pub second_header: Option<usize>,
}

/// The result of checking a directory.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The settings in `migrations!`.
    pub settings: Settings<TextSpan>,
    /// The data from the text of each file of the directory.
    pub inspections: Vec<Inspection>,
    /// All errors: in headers, between headers, in functions, and between files and `mod` lines.
    pub diagnostics: Vec<Diagnostic>,
}

/// The contents of a migrations directory.
#[derive(Clone, Debug)]
pub struct Directory {
    /// The path of the directory.
    pub path: PathBuf,
    /// All files with a `revision!` header, sorted by name.
    pub files: Vec<RevisionFile>,
    /// The path of the file with the `mod` lines: mod.rs, or the file next to the directory that has its name.
    pub mod_path: PathBuf,
    /// The text of that file, if it exists.
    pub mod_rs: Option<String>,
    /// The text of `frozen.lock`, if it exists.
    pub frozen: Option<String>,
}

impl Directory {
    /// Reads the `.rs` files of a directory; skips files without a `revision!` header.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] for a directory or file that can't be read or is not UTF-8.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let (mod_path, mod_rs) = read_module_file(path)?;
        let mut paths = rust_files(path)?;
        paths.retain(|file| *file != mod_path);
        let read = |file: &PathBuf| Ok(RevisionFile::parse(file.clone(), read_text(file)?));
        let mut files = Vec::with_capacity(paths.len());
        for file in in_parallel(&paths, read) {
            files.extend(file?);
        }
        Ok(Self {
            path: path.to_owned(),
            files,
            mod_path,
            mod_rs,
            frozen: read_if_exists(&path.join(frozen::FILE))?,
        })
    }

    /// Returns the settings of the directory's `migrations!`, if there is one.
    pub fn settings(&self) -> Option<ParsedSettings<TextSpan>> {
        self.mod_rs.as_deref().and_then(settings::read)
    }

    /// Returns the graph of the revisions.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidRevisions`] with every error in a header or between headers. Several heads and several bases are
    /// not a error here; [`Directory::diagnostics`] reports them too.
    pub fn graph(self) -> Result<RevisionGraph, Error> {
        let diagnostics = self.header_diagnostics();
        if !diagnostics.is_empty() {
            return Err(Error::InvalidRevisions { diagnostics });
        }
        RevisionGraph::new(self.revisions()).map_err(|mut diagnostics| {
            self.locate(&mut diagnostics);
            Error::InvalidRevisions { diagnostics }
        })
    }

    /// Returns every error of the directory: in headers, between headers, and between files and `mod` lines.
    pub fn diagnostics(&self, heads: HeadsAllowed) -> Vec<Diagnostic> {
        let mut diagnostics = self.header_diagnostics();
        let complete = diagnostics.is_empty();
        let mut between = check::all(&self.revisions(), if complete { Some(heads) } else { None });
        self.locate(&mut between);
        diagnostics.extend(between);
        diagnostics.extend(self.module_diagnostics());
        diagnostics
    }

    /// Returns all errors that prevent the directory from compiling, and the data read to find them.
    pub fn check(&self) -> Checked {
        let settings = self
            .settings()
            .map(|parsed| parsed.settings)
            .unwrap_or_default();
        let backends: Vec<&str> = settings
            .backends
            .iter()
            .map(|backend| backend.value.name())
            .collect();
        let inspections = in_parallel(&self.files, |file| file.inspect(&backends));
        let mut diagnostics = self.diagnostics(settings.heads);
        for (file, inspection) in self.files.iter().zip(&inspections) {
            diagnostics.extend(file.text_diagnostics(inspection));
        }
        diagnostics.extend(self.frozen_diagnostics(&inspections));
        Checked {
            settings,
            inspections,
            diagnostics,
        }
    }

    /// Returns the path of `frozen.lock`, which may not exist.
    pub fn frozen_path(&self) -> PathBuf {
        self.path.join(frozen::FILE)
    }

    /// Returns the revisions whose headers could be read, with the checksums of their files.
    pub fn checksums<'d>(
        &'d self,
        inspections: &'d [Inspection],
    ) -> impl Iterator<Item = (&'d RevisionId, FileChecksum, &'d Path)> {
        let known = self.files.iter().zip(inspections);
        known.filter_map(|(file, inspection)| {
            let header = file.parsed.header.as_ref()?;
            Some((&header.revision.value, inspection.checksum, &*file.path))
        })
    }

    fn frozen_diagnostics(&self, inspections: &[Inspection]) -> Vec<Diagnostic> {
        let Some(text) = &self.frozen else {
            return Vec::new();
        };
        let (frozen, lines) = Frozen::parse(text);
        let mut diagnostics = frozen::line_diagnostics(lines, &self.frozen_path(), &self.mod_path);
        let replaced: HashSet<&RevisionId> = self.replaced().collect();
        let may_be_missing = |diagnostic: &Diagnostic| match &diagnostic.kind {
            DiagnosticKind::FrozenMissing { revision } => replaced.contains(revision),
            _ => false,
        };
        let found = frozen.check(self.checksums(inspections), &self.mod_path);
        diagnostics.extend(
            found
                .into_iter()
                .filter(|diagnostic| !may_be_missing(diagnostic)),
        );
        self.locate(&mut diagnostics);
        diagnostics
    }

    /// Returns the ids of the replaced revisions.
    fn replaced(&self) -> impl Iterator<Item = &RevisionId> {
        let headers = self
            .files
            .iter()
            .filter_map(|file| file.parsed.header.as_ref());
        headers.flat_map(|header| header.replaces.iter().map(|id| &id.value))
    }

    /// Returns the revisions whose headers could be read, in the order of files.
    pub fn revisions(&self) -> Vec<Revision> {
        self.files
            .iter()
            .filter_map(RevisionFile::to_revision)
            .collect()
    }

    /// Returns the file at `path`, compared as written.
    pub fn file(&self, path: &Path) -> Option<&RevisionFile> {
        self.files.iter().find(|file| file.path == path)
    }

    fn header_diagnostics(&self) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        for file in &self.files {
            for diagnostic in &file.parsed.diagnostics {
                let (line, column) = position(&file.text, diagnostic.span.start);
                diagnostics.push(Diagnostic {
                    revision: file
                        .parsed
                        .header
                        .as_ref()
                        .map(|header| header.revision.value.clone()),
                    file: file.path.clone(),
                    field: HeaderField::Header,
                    position: Some((line, column)),
                    kind: DiagnosticKind::Header(diagnostic.value.clone()),
                });
            }
        }
        diagnostics
    }

    /// Adds lines and columns to the errors found in the graph.
    fn locate(&self, diagnostics: &mut [Diagnostic]) {
        if diagnostics.is_empty() {
            return;
        }
        let files: HashMap<&Path, &RevisionFile> =
            self.files.iter().map(|file| (&*file.path, file)).collect();
        for diagnostic in diagnostics {
            if let Some(file) = files.get(&*diagnostic.file) {
                diagnostic.position =
                    Some(position(&file.text, file.span_of(diagnostic.field).start));
            }
        }
    }

    fn module_diagnostics(&self) -> Vec<Diagnostic> {
        let Some(text) = &self.mod_rs else {
            return Vec::new();
        };
        let lines = module_lines(text);
        // A line in the right place takes precedence over a misplaced one.
        let (misplaced, usable): (Vec<_>, Vec<_>) =
            lines.iter().partition(|line| line.misplaced.is_some());
        let by_name: HashMap<&str, &ModuleLine<'_>> = misplaced
            .into_iter()
            .chain(usable)
            .map(|line| (line.name, line))
            .collect();
        let mut diagnostics = Vec::new();
        for file in &self.files {
            let line = by_name.get(file.module()).copied();
            let Some(kind) = module_diagnostic(file, line) else {
                continue;
            };
            diagnostics.push(Diagnostic {
                revision: file
                    .parsed
                    .header
                    .as_ref()
                    .map(|header| header.revision.value.clone()),
                file: self.mod_path.clone(),
                field: HeaderField::Migrations,
                position: line.map(|line| position(text, line.start)),
                kind,
            });
        }
        diagnostics
    }
}

fn module_diagnostic(file: &RevisionFile, line: Option<&ModuleLine<'_>>) -> Option<DiagnosticKind> {
    let (module, file) = (file.module().to_owned(), file.path.clone());
    match line {
        None => Some(DiagnosticKind::UnlistedFile { file, module }),
        Some(line) => line
            .misplaced
            .map(|reason| DiagnosticKind::MisplacedModule { module, reason }),
    }
}

/// Returns the line and column of a byte, both from 1, with the column in characters.
pub fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (
        before.matches('\n').count() + 1,
        before[line_start..].chars().count() + 1,
    )
}

/// A macro invocation in a file's text.
pub(crate) struct Found {
    /// The range from the macro's name to the closing bracket.
    pub(crate) invocation: TextSpan,
    /// The range between the brackets.
    pub(crate) body: TextSpan,
}

/// Finds `name! { … }` outside of all brackets.
pub(crate) fn find_invocation(text: &str, name: &str) -> Option<Found> {
    if !text.contains(name) {
        return None;
    }
    let mut depth = 0usize;
    let mut last: [Option<Token<'_>>; 2] = [None, None];
    let mut body: Option<(Token<'_>, Token<'_>)> = None;
    for token in lex(text) {
        match token.kind {
            Kind::Open => {
                if let (0, [Some(word), Some(bang)]) = (depth, last)
                    && word.is(name)
                    && bang.is("!")
                {
                    body = Some((word, token));
                }
                depth += 1;
            }
            Kind::Close => {
                depth = depth.saturating_sub(1);
                if let (0, Some((name, open))) = (depth, body) {
                    let invocation = TextSpan {
                        start: name.start,
                        end: token.end(),
                    };
                    return Some(Found {
                        invocation,
                        body: TextSpan {
                            start: open.end(),
                            end: token.start,
                        },
                    });
                }
            }
            _ => {}
        }
        last = [last[1], Some(token)];
    }
    let (name, open) = body?;
    Some(Found {
        invocation: TextSpan {
            start: name.start,
            end: text.len(),
        },
        body: TextSpan {
            start: open.end(),
            end: text.len(),
        },
    })
}

/// Returns the tokens of a header's text that begins at `offset` of its file.
pub(crate) fn header_tokens(text: &str, offset: usize) -> Vec<Spanned<HeaderToken, TextSpan>> {
    let to_header_token = |token: Token<'_>| Spanned {
        value: match token.kind {
            Kind::Ident => HeaderToken::Word(token.text.to_owned()),
            Kind::Str => HeaderToken::Str(token.text.to_owned()),
            _ => HeaderToken::Other(token.text.to_owned()),
        },
        span: TextSpan {
            start: offset + token.start,
            end: offset + token.end(),
        },
    };
    lex(text).map(to_header_token).collect()
}

/// Returns the module file of a directory: mod.rs, `migrations.rs` next to `migrations`, or a crate root that contains
/// `migrations!`. If there is none, returns the path of mod.rs.
fn read_module_file(path: &Path) -> Result<(PathBuf, Option<String>), Error> {
    let mod_path = path.join("mod.rs");
    let beside = path
        .file_name()
        .and_then(|name| name.to_str())
        .map(|name| path.with_file_name(format!("{name}.rs")));
    for candidate in std::iter::once(mod_path.clone()).chain(beside) {
        if candidate.is_file() {
            let text = read_text(&candidate)?;
            return Ok((candidate, Some(text)));
        }
    }
    for root in ["lib.rs", "main.rs"].map(|name| path.join(name)) {
        if root.is_file() {
            let text = read_text(&root)?;
            if find_invocation(&text, "migrations").is_some() {
                return Ok((root, Some(text)));
            }
        }
    }
    Ok((mod_path, None))
}

/// Returns the results of `work` for all items, in order, computed by as many threads as are useful.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    /// The minimum number of items that makes a thread worthwhile.
    const PER_THREAD: usize = 64;
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.min(items.len().div_ceil(PER_THREAD)).min(8);
    if threads <= 1 {
        return items.iter().map(work).collect();
    }
    let work = &work;
    let (first, rest) = items.split_at(items.len().div_ceil(threads));
    thread::scope(|scope| {
        let parts: Vec<_> = rest
            .chunks(first.len())
            .map(|part| scope.spawn(move || part.iter().map(work).collect::<Vec<R>>()))
            .collect();
        let mut results: Vec<R> = first.iter().map(work).collect();
        for part in parts {
            match part.join() {
                Ok(part) => results.extend(part),
                Err(panic) => panic::resume_unwind(panic),
            }
        }
        results
    })
}

fn rust_files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let unreadable = |error: io::Error| Error::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        let is_rust = name
            .to_str()
            .is_some_and(|name| name.ends_with(".rs") && !name.starts_with('.'));
        if is_rust && entry.file_type().map_err(unreadable)?.is_file() {
            files.push(entry.path());
        }
    }
    // All are in one directory, so comparing bytes is enough; comparing paths part by part is slow in an unoptimized
    // macro.
    files.sort_unstable_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
    Ok(files)
}

fn read_if_exists(path: &Path) -> Result<Option<String>, Error> {
    match path.try_exists() {
        Ok(false) => Ok(None),
        _ => read_text(path).map(Some),
    }
}

fn read_text(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|error| Error::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

/// The conversion of a place in the graph to a span in a header.
impl HeaderField {
    /// Returns the span of this place in `header`, or `None` for the header as a whole.
    pub fn span_in<S: Copy>(self, header: &Header<S>) -> Option<S> {
        match self {
            Self::Header | Self::Migrations => None,
            Self::Revision => Some(header.revision.span),
            Self::DownRevision(i) => header.down_revisions.get(i).map(|id| id.span),
            Self::DependsOn(i) => header.depends_on.get(i).map(|id| id.span),
            Self::Replaces(i) => header.replaces.get(i).map(|id| id.span),
            Self::BranchLabel(i) => header.branch_labels.get(i).map(|label| label.span),
        }
    }
}

#[cfg(test)]
mod tests;
