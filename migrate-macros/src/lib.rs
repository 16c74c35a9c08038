//! The macros of `cargo migrate`: revision files checked while the application compiles.
//!
//! ```text
//! revision! { … }   tokens ──► header ─┐
//!                                      ├─► mistakes of this file, each at its token ──► one constant
//! its directory     read once a build ─┘
//! migrations!(…)    tokens ──► settings, the directory's modules ──► fn migrations(), tests
//! ```
//!
//! Each macro is parse, check, expand: the check collects every mistake, and expanding can't fail. A wrong revision
//! still expands to its constant, so that the compiler adds no errors of its own to ours. The grammar and the checks
//! are those of `migrate-graph`, which the command and the run time use too.

use proc_macro::TokenStream;

mod directory;
mod header_tokens;
mod list;
mod migrations;
mod report;
mod revision;

/// The header of a revision file: the revision's id, what it follows, and when it was made.
#[proc_macro]
pub fn revision(input: TokenStream) -> TokenStream {
    report::guard("revision!", || revision::expand(input.into()).into())
}

/// The chain of an application: its database and its revisions.
#[proc_macro]
pub fn migrations(input: TokenStream) -> TokenStream {
    report::guard("migrations!", || migrations::expand(input.into()).into())
}
