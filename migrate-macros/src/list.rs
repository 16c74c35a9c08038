//! The directory -> the list of its revisions, as `migrations!` expands to it.
//!
//! Written as text and read by the compiler's own lexer: in a debug build, where macros are not optimised, that is
//! several times faster than to put thousands of tokens together one by one.

use std::fmt::Write as _;

use migrate_graph::files::RevisionFile;
use migrate_graph::files::TextSpan;
use migrate_graph::functions::FUNCTIONS;
use migrate_graph::header::Header;
use proc_macro2::TokenStream;

use crate::directory::{Handover, Reading};
use crate::revision::constant_name;

/// Returns the revisions for a backend, separated by commas. Those that have mistakes may be left out.
pub(crate) fn revisions(reading: &Reading, backend: usize) -> TokenStream {
    let mut text = String::with_capacity(400 * reading.listed.len());
    for &file in &reading.listed {
        push_revision(&mut text, reading, file, backend);
    }
    text.parse().unwrap_or_default()
}

fn push_revision(text: &mut String, reading: &Reading, index: usize, backend: usize) {
    let file = &reading.directory.files[index];
    let (Some(header), Some(module)) = (&file.parsed.header, module_path(file.module())) else {
        return;
    };
    let functions = match reading.handover(index) {
        Handover::Withheld => return,
        Handover::Direct => FUNCTIONS.map(str::to_owned),
        Handover::Constant => {
            FUNCTIONS.map(|function| constant_name(function, backend).to_string())
        }
    };
    push_header(text, reading, file, index, header);
    for (field, function) in FUNCTIONS.into_iter().zip(functions) {
        for part in [field, ":", &module, "::", &function, ","] {
            text.push_str(part);
        }
    }
    text.push_str("},");
}

fn push_header(
    text: &mut String,
    reading: &Reading,
    file: &RevisionFile,
    index: usize,
    header: &Header<TextSpan>,
) {
    text.push_str("MigrateRevision{header:MigrateHeader{id:");
    // Names are letters, digits and underscores, and so need no escape.
    push_name(text, header.revision.value.as_str());
    push_names(
        text,
        "down_revisions",
        header.down_revisions.iter().map(|id| id.value.as_str()),
    );
    push_names(
        text,
        "depends_on",
        header.depends_on.iter().map(|id| id.value.as_str()),
    );
    push_names(
        text,
        "branch_labels",
        header
            .branch_labels
            .iter()
            .map(|label| label.value.as_str()),
    );
    text.push_str(",created:");
    push_name(text, header.created.value.as_str());
    let (message, checksum, path) = (
        file.message(),
        reading.checked.inspections[index].checksum,
        reading.path_in_package(file),
    );
    let transaction = header.transaction;
    // Writing to a string can't fail.
    let _ = write!(
        text,
        ",message:{message:?},transaction:{transaction},checksum:\"{checksum}\",file:{path:?}}},"
    );
}

fn push_names<'a>(text: &mut String, field: &str, names: impl Iterator<Item = &'a str>) {
    for part in [",", field, ":&["] {
        text.push_str(part);
    }
    for name in names {
        push_name(text, name);
        text.push(',');
    }
    text.push(']');
}

fn push_name(text: &mut String, name: &str) {
    text.push('"');
    text.push_str(name);
    text.push('"');
}

/// A file may be called by a keyword, as in `mod r#type;`. Words that no module can have are left to the compiler.
fn module_path(name: &str) -> Option<String> {
    const NEVER_RAW: [&str; 5] = ["crate", "self", "super", "Self", "_"];
    (!NEVER_RAW.contains(&name)).then(|| format!("r#{name}"))
}
