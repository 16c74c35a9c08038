//! Implements `revision! { … }`: reports every error of its file. If only the compiler can check `up` and `down`, it
//! generates constants of the expected type.
//!
//! It must not generate the revision itself: one list in `migrations!` takes the compiler a fraction of the time.

use std::path::Path;
use std::sync::Arc;

use migrate_graph::functions::{FUNCTIONS, SignatureError};
use migrate_graph::header::{self, Header, Parsed};
use migrate_graph::{Diagnostic, DiagnosticKind};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use crate::directory::{self, CheckedDirectory, FunctionAccess};
use crate::header_tokens::Flat;
use crate::report::{Errors, SpanRange};

/// Parses, checks and expands one `revision!`.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let own = directory::own_file();
    let place = own.as_deref().and_then(find_file);
    if let Some(place) = &place
        && place.has_no_errors()
    {
        return TokenStream::new();
    }
    let flat = Flat::new(input);
    let whole = flat.span_range();
    let parsed = header::parse(&flat.tokens, whole);
    let place = place.or_else(|| find_by_id(own.as_deref(), parsed.header.as_ref()?));
    let mut errors = Errors::default();
    check_header(&parsed, &mut errors);
    match (&place, &own) {
        (Some(place), _) => check_place(place, &parsed, whole, &mut errors),
        (None, Some(own)) => emit_misplaced(own, whole, &mut errors),
        (None, None) => {}
    }
    let mut tokens = errors.into_tokens();
    tokens.extend(place.map(|place| constants(&place, whole)));
    tokens
}

/// A revision file of a directory.
struct FilePlace {
    reading: Arc<CheckedDirectory>,
    file: usize,
}

impl FilePlace {
    fn path(&self) -> &Path {
        &self.reading.directory.files[self.file].path
    }

    fn diagnostics(&self) -> &[Diagnostic] {
        self.reading.diagnostics(self.path())
    }

    /// Returns whether this file reports that there is no `migrations!`.
    fn reports_for_all(&self) -> bool {
        !self.reading.has_migrations
            && self.reading.listed.first().copied().unwrap_or(self.file) == self.file
    }

    /// Returns the error of this macro call, if it is not the first one in its file.
    fn own_second_header(&self) -> Option<&Diagnostic> {
        let mut diagnostics = self.diagnostics().iter();
        let second =
            diagnostics.find(|diagnostic| diagnostic.kind == DiagnosticKind::SecondHeader)?;
        let line = second.position.map(|(line, _)| line);
        (line == Some(directory::own_line())).then_some(second)
    }

    fn has_no_errors(&self) -> bool {
        self.diagnostics().is_empty()
            && !self.reports_for_all()
            && self.reading.function_access(self.file) == FunctionAccess::Direct
    }
}

fn find_file(own: &Path) -> Option<FilePlace> {
    let reading = directory::read(&directory::of_revision_file(own)?).ok()?;
    let file = reading.find(own.file_stem()?.to_str()?)?;
    Some(FilePlace { reading, file })
}

/// Returns the file with this id in the package's directory, for an editor.
fn find_by_id(own: Option<&Path>, header: &Header<SpanRange>) -> Option<FilePlace> {
    if own.is_some() {
        return None;
    }
    let reading = directory::read(&directory::of_package()?).ok()?;
    let id = &header.revision.value;
    let file = reading.directory.files.iter().position(|file| {
        let theirs = file.parsed.header.as_ref();
        theirs.is_some_and(|theirs| theirs.revision.value == *id)
    })?;
    Some(FilePlace { reading, file })
}

fn check_header(parsed: &Parsed<SpanRange>, errors: &mut Errors) {
    for diagnostic in &parsed.diagnostics {
        let help = diagnostic.value.help();
        errors.add(
            diagnostic.span,
            &diagnostic.value.to_string(),
            &[],
            Some(&help),
        );
    }
}

fn check_place(
    place: &FilePlace,
    parsed: &Parsed<SpanRange>,
    whole: SpanRange,
    errors: &mut Errors,
) {
    if let Some(diagnostic) = place.own_second_header() {
        let what = diagnostic.kind.to_string();
        return errors.add(whole, &what, &[], diagnostic.help().as_deref());
    }
    for diagnostic in place.diagnostics() {
        // The compiler's tokens have already reported the former, and the second header reports the latter.
        if matches!(
            diagnostic.kind,
            DiagnosticKind::Header(_) | DiagnosticKind::SecondHeader
        ) {
            continue;
        }
        let token = |header| diagnostic.field.span_in(header);
        let at = parsed.header.as_ref().and_then(token).unwrap_or(whole);
        let notes = match &diagnostic.kind {
            DiagnosticKind::Function(SignatureError { start: Some(_), .. }) => {
                directory::own_place(diagnostic).into_iter().collect()
            }
            _ => place.reading.related(diagnostic),
        };
        errors.add(
            at,
            &diagnostic.kind.to_string(),
            &notes,
            diagnostic.help().as_deref(),
        );
    }
    if place.reports_for_all() {
        let help = format!(
            "write `migrate_runtime::migrations!(backend = Sqlite);` below the `mod` lines of {}",
            place.reading.directory.mod_path.display()
        );
        errors.add(
            whole,
            "there is no `migrations!` for these revisions",
            &[],
            Some(&help),
        );
    }
}

/// Reports a misplaced `revision!`. `migrations!` reports a directory that can't be read.
fn emit_misplaced(own: &Path, whole: SpanRange, errors: &mut Errors) {
    let is_read =
        directory::of_revision_file(own).is_some_and(|path| directory::read(&path).is_ok());
    if is_read {
        errors.add(
            whole,
            &format!("`revision!` is in the wrong place in {}", own.display()),
            &[],
            Some("a revision must be a regular file in the migrations directory, with one `revision!` at its top level"),
        );
    }
}

/// Generates constants of the type that `migrations!` needs for the functions of a file, if it uses them.
///
/// The values have the spans of the header, so that the compiler reports type errors there.
fn constants(place: &FilePlace, whole: SpanRange) -> TokenStream {
    let is_first = place.own_second_header().is_none();
    if !is_first || place.reading.function_access(place.file) != FunctionAccess::ViaConst {
        return TokenStream::new();
    }
    let backends = place.reading.checked.settings.backends.len().max(1);
    let constant = |i: usize, function: &str| {
        let name = constant_name(function, i);
        let backend = format_ident!("MigrateBackend{i}");
        let value = Ident::new(function, whole.first);
        quote! {
            #[doc(hidden)]
            pub(super) const #name: fn(
                &mut ::migrate_runtime::v1::Op<'_, super::#backend>,
            ) -> ::migrate_runtime::v1::Result<()> = #value;
        }
    };
    (0..backends)
        .flat_map(|i| FUNCTIONS.map(|function| constant(i, function)))
        .collect()
}

/// Returns the name of the constant for a function and a backend.
pub(crate) fn constant_name(function: &str, backend: usize) -> Ident {
    let name = format!("{}_{backend}", function.to_uppercase());
    Ident::new(&name, Span::call_site())
}
