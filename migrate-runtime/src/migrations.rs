//! The revisions of an application, and what it can do with them.

use std::sync::OnceLock;

use migrate_graph::RevisionGraph;

use crate::backend::Backend;
use crate::private::{Options, Revision};

/// The revisions of an application, for one backend.
///
/// `migrations!` makes one; an application gets it from the function of that name.
pub struct Migrations<B: Backend> {
    pub(crate) revisions: &'static [Revision<B>],
    pub(crate) options: Options,
    graph: OnceLock<Result<RevisionGraph, migrate_graph::Error>>,
}

impl<B: Backend> Migrations<B> {
    /// Returns the migrations of these revisions; only the macros call it.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(revisions: &'static [Revision<B>], options: Options) -> Migrations<B> {
        Migrations {
            revisions,
            options,
            graph: OnceLock::new(),
        }
    }
}
