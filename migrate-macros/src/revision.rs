//! `revision! { … }` -> the constants that hold the revision, one for each backend, and every mistake of its file.

use std::path::PathBuf;
use std::sync::Arc;

use migrate_graph::header::{self, Header, Parsed};
use migrate_graph::{Checksum, MistakeKind};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};

use crate::directory::{self, Reading};
use crate::header_tokens::Flat;
use crate::report::{Errors, Extent};

/// Parses, checks and expands one `revision!`.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let flat = Flat::new(input);
    let whole = flat.extent();
    let parsed = header::parse(&flat.tokens, whole);
    let place = find_place(parsed.header.as_ref());
    let mut errors = Errors::default();
    check(&parsed, place.as_ref(), whole, &mut errors);
    let mut tokens = errors.into_tokens();
    tokens.extend(constants(parsed.header.as_ref(), place.as_ref(), whole));
    tokens
}

/// Where a `revision!` stands.
struct FilePlace {
    reading: Arc<Reading>,
    module: String,
    path: PathBuf,
}

fn find_place(header: Option<&Header<Extent>>) -> Option<FilePlace> {
    let Some(file) = directory::own_file() else {
        return find_by_id(header?);
    };
    let reading = directory::read(&directory::of_revision_file(&file)?).ok()?;
    let module = file.file_stem()?.to_str()?.to_owned();
    let path = reading.file(&module)?.path.clone();
    Some(FilePlace {
        reading,
        module,
        path,
    })
}

/// In an editor: the file of the package's own directory that has this id.
fn find_by_id(header: &Header<Extent>) -> Option<FilePlace> {
    let reading = directory::read(&directory::of_package()?).ok()?;
    let file = reading.directory.files.iter().find(|file| {
        let theirs = file.parsed.header.as_ref();
        theirs.is_some_and(|theirs| theirs.revision.value == header.revision.value)
    })?;
    let (module, path) = (file.module().to_owned(), file.path.clone());
    Some(FilePlace {
        reading,
        module,
        path,
    })
}

fn check(parsed: &Parsed<Extent>, place: Option<&FilePlace>, whole: Extent, errors: &mut Errors) {
    for mistake in &parsed.mistakes {
        let help = mistake.value.help();
        errors.add(mistake.span, &mistake.value.to_string(), &[], Some(&help));
    }
    let Some(place) = place else { return };
    for mistake in place.reading.mistakes(&place.path) {
        if matches!(mistake.kind, MistakeKind::Header(_)) {
            continue;
        }
        let at = parsed
            .header
            .as_ref()
            .and_then(|header| mistake.place.span_in(header))
            .unwrap_or(whole);
        errors.add(
            at,
            &mistake.kind.to_string(),
            &[],
            mistake.help().as_deref(),
        );
    }
}

/// One constant for each backend. A header without an id gives one too, so that `migrations!` finds what it names.
fn constants(
    header: Option<&Header<Extent>>,
    place: Option<&FilePlace>,
    whole: Extent,
) -> TokenStream {
    let backends = place
        .and_then(|place| place.reading.settings.as_ref())
        .map_or(1, |parsed| parsed.settings.backends.len().max(1));
    let header = header_value(header, place);
    let at_header = |name| proc_macro2::Ident::new(name, Span::call_site().located_at(whole.first));
    let (up, down) = (at_header("up"), at_header("down"));
    let constant = |i| {
        let name = format_ident!("REVISION_{i}");
        let backend = format_ident!("MigrateBackend{i}");
        quote! {
            #[doc(hidden)]
            pub(super) const #name: ::migrate_runtime::__private::Revision<super::#backend> =
                ::migrate_runtime::__private::Revision { header: #header, up: #up, down: #down };
        }
    };
    (0..backends).map(constant).collect()
}

fn header_value(header: Option<&Header<Extent>>, place: Option<&FilePlace>) -> TokenStream {
    let file = place.and_then(|place| place.reading.file(&place.module));
    let message = file.map_or("", |file| file.message());
    let checksum = file.map_or(String::new(), |file| Checksum::of(&file.text).to_string());
    let path = place.map_or(String::new(), |place| {
        place.reading.path_in_package(&place.module)
    });
    let id = header.map_or("", |header| header.revision.value.as_str());
    let created = header.map_or("", |header| header.created.value.as_str());
    let transaction = header.is_none_or(|header| header.transaction);
    let down_revisions = header.into_iter().flat_map(|header| &header.down_revisions);
    let down_revisions = down_revisions.map(|id| id.value.as_str());
    let depends_on = header.into_iter().flat_map(|header| &header.depends_on);
    let depends_on = depends_on.map(|id| id.value.as_str());
    let branch_labels = header.into_iter().flat_map(|header| &header.branch_labels);
    let branch_labels = branch_labels.map(|label| label.value.as_str());
    quote! {
        ::migrate_runtime::__private::Header {
            id: #id,
            down_revisions: &[#(#down_revisions),*],
            depends_on: &[#(#depends_on),*],
            branch_labels: &[#(#branch_labels),*],
            created: #created,
            message: #message,
            transaction: #transaction,
            checksum: #checksum,
            file: #path,
        }
    }
}
