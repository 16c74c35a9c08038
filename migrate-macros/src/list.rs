//! Generates the [`List`] of the revisions of a directory, for the expansion of `migrations!`.
//!
//! It must build the code as text and parse it with the compiler's lexer: in a debug build, where macros are not
//! optimized, that is several times faster than creating thousands of tokens one by one.

use std::fmt::Write as _;

use migrate_graph::files::TextSpan;
use migrate_graph::functions::FUNCTIONS;
use migrate_graph::header::Header;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::directory::{CheckedDirectory, FunctionAccess};
use crate::report;
use crate::revision::constant_name;

/// The number of revisions in one module. After an edit, the compiler checks all revisions of the module again.
const PART: usize = 32;

/// The approximate size of one revision, in bytes.
const BYTES_EACH: usize = 300;

/// The list of revisions for one backend.
#[derive(Default)]
pub(crate) struct List {
    /// The modules, each with some of the revisions in a static.
    pub(crate) modules: TokenStream,
    /// The statics, in the order of the `mod` lines.
    pub(crate) parts: Vec<TokenStream>,
}

/// Returns the revisions of a directory for a backend. It may omit revisions with errors.
pub(crate) fn revisions(reading: &CheckedDirectory, backend: usize) -> List {
    let mut text = String::with_capacity(BYTES_EACH * reading.listed.len());
    let mut parts = Vec::new();
    for (i, listed) in reading.listed.chunks(PART).enumerate() {
        let name = format!("migrate_part_{backend}_{i}");
        push_module(&mut text, reading, listed, &name, backend);
        let name = Ident::new(&name, Span::call_site());
        parts.push(quote!(&#name::PART));
    }
    // The compiler's own parser, because that of `proc_macro2` reads the text a second time to check it.
    let modules = match text.parse::<proc_macro::TokenStream>() {
        Ok(modules) => modules.into(),
        Err(error) => report::bug("migrations!", &error.to_string()),
    };
    List { modules, parts }
}

fn push_module(
    text: &mut String,
    reading: &CheckedDirectory,
    listed: &[usize],
    name: &str,
    backend: usize,
) {
    let mut items = String::with_capacity(BYTES_EACH * listed.len());
    let mut length = 0;
    for &file in listed {
        length += usize::from(push_revision(&mut items, reading, file, backend));
    }
    // Writing to a string can't fail.
    let _ = write!(
        text,
        "mod {name}{{pub(super) static PART:[::migrate_runtime::__private::PackedRevision<super::MigrateBackend{backend}>;\
         {length}]=[{items}];}}"
    );
}

/// Writes a revision if it is valid, and returns whether it did.
fn push_revision(
    text: &mut String,
    reading: &CheckedDirectory,
    index: usize,
    backend: usize,
) -> bool {
    let file = &reading.directory.files[index];
    let (Some(header), Some(module)) = (&file.parsed.header, module_path(file.module())) else {
        return false;
    };
    let functions = match reading.function_access(index) {
        FunctionAccess::Skip => return false,
        FunctionAccess::Direct => FUNCTIONS.map(str::to_owned),
        FunctionAccess::ViaConst => {
            FUNCTIONS.map(|function| constant_name(function, backend).to_string())
        }
    };
    let packed = packed(reading, index, header);
    // Writing to a string can't fail.
    let _ = write!(text, "({packed:?}");
    for function in functions {
        for part in [",super::", &module, "::", &function] {
            text.push_str(part);
        }
    }
    text.push_str("),");
    true
}

/// Returns a header as ten lines, as the runtime reads it: one literal costs the compiler less than its parts.
fn packed(reading: &CheckedDirectory, index: usize, header: &Header<TextSpan>) -> String {
    let file = &reading.directory.files[index];
    let mut text = String::with_capacity(BYTES_EACH);
    text.push_str(header.revision.value.as_str());
    push_names(
        &mut text,
        header.down_revisions.iter().map(|id| id.value.as_str()),
    );
    push_names(
        &mut text,
        header.depends_on.iter().map(|id| id.value.as_str()),
    );
    push_names(
        &mut text,
        header.replaces.iter().map(|id| id.value.as_str()),
    );
    push_names(
        &mut text,
        header
            .branch_labels
            .iter()
            .map(|label| label.value.as_str()),
    );
    let checksum = reading.checksums(index, &header.revision.value);
    let transaction = if header.transaction { "true" } else { "false" };
    let path = reading.path_in_package(file);
    for line in [
        header.created.value.as_str(),
        &checksum,
        transaction,
        file.message(),
        &path,
    ] {
        text.push('\n');
        text.push_str(line);
    }
    text
}

fn push_names<'a>(text: &mut String, names: impl Iterator<Item = &'a str>) {
    let mut separator = '\n';
    for name in names {
        text.push(separator);
        text.push_str(name);
        separator = ' ';
    }
    if separator == '\n' {
        text.push('\n');
    }
}

/// Returns a module name as a raw identifier, because it may be a keyword, as in `mod r#type;`. Returns `None` for
/// names that no module can have; the compiler rejects them.
fn module_path(name: &str) -> Option<String> {
    const NEVER_RAW: [&str; 5] = ["crate", "self", "super", "Self", "_"];
    (!NEVER_RAW.contains(&name)).then(|| format!("r#{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_in_one_line() {
        for (names, line) in [
            (&[][..], "\n"),
            (&["a1"], "\na1"),
            (&["a1", "b2"], "\na1 b2"),
        ] {
            let mut text = String::new();
            push_names(&mut text, names.iter().copied());
            assert_eq!(text, line);
        }
    }

    #[test]
    fn a_module_may_have_the_name_of_a_keyword() {
        assert_eq!(module_path("type").as_deref(), Some("r#type"));
        assert_eq!(module_path("m1").as_deref(), Some("r#m1"));
        assert_eq!(module_path("self"), None);
    }
}
