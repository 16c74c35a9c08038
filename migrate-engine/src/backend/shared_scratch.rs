//! Scratch databases that other programs open too, by a URL, and the templates that they are copied from.

use std::any::Any;
use std::ffi::{OsStr, OsString};

use crate::error::Error;

use super::Backend;

/// A scratch database with a URL. It is dropped with this value, unless it is kept.
pub struct SharedScratch<B: Backend> {
    /// A connection to it. Without one, a server's database could be taken for one that a killed process left behind.
    pub client: B::Client,
    /// The URL, with the password.
    pub url: String,
    /// The URL for a message, without secrets.
    pub shown: String,
    /// The environment variables with which the database's own programs find it.
    pub variables: Vec<(&'static str, OsString)>,
    /// The files that are deleted after the connection is closed.
    files: Option<Box<dyn Any + Send>>,
}

impl<B: Backend> SharedScratch<B> {
    /// Returns a scratch database that ends with its client.
    #[must_use]
    pub fn new(client: B::Client, url: String, shown: String) -> SharedScratch<B> {
        SharedScratch {
            client,
            url,
            shown,
            variables: Vec::new(),
            files: None,
        }
    }

    /// Sets the environment variables for the database's own programs.
    #[must_use]
    pub fn with_variables(mut self, variables: Vec<(&'static str, OsString)>) -> SharedScratch<B> {
        self.variables = variables;
        self
    }

    /// Sets the owner of the database's files. It is dropped after the client.
    #[must_use]
    pub fn with_files(mut self, files: impl Any + Send) -> SharedScratch<B> {
        self.files = Some(Box::new(files));
        self
    }
}

/// The properties of a scratch database that is created.
pub struct ScratchRequest<'a, B: Backend> {
    /// The database whose server is used, as in [`Backend::scratch`].
    pub scratch_server: Option<&'a OsStr>,
    /// Whether the database is kept after its use.
    pub keep: bool,
    /// What it contains; an empty database without one.
    pub template: Option<&'a Template<'a, B>>,
}

impl<B: Backend> ScratchRequest<'_, B> {
    /// Returns a request for an empty database.
    #[must_use]
    pub fn empty() -> ScratchRequest<'static, B> {
        ScratchRequest {
            scratch_server: None,
            keep: false,
            template: None,
        }
    }
}

/// The contents of scratch databases, which are built once and then copied.
///
/// A template is published under its name only when it is complete, so a killed process leaves none that is incomplete.
/// Its name has both hashes. When a template is built, the other templates of the same history are removed. A process
/// that still needs one of them builds it again.
pub struct Template<'a, B: Backend> {
    /// The hash of the history: the project, and the first revision.
    pub history: u64,
    /// The hash of everything that decides about the contents.
    pub contents: u64,
    /// The directory of the project and the first revision, for people who look at a server's databases.
    pub label: &'a str,
    /// Whether an existing template is replaced.
    pub rebuild: bool,
    /// Fills an empty database.
    pub fill: &'a dyn Fn(&mut B::Client) -> Result<(), Error>,
}

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
impl<B: Backend> Template<'_, B> {
    /// Returns the part of a template's name that all templates of the history share.
    pub(crate) fn stem(&self) -> String {
        format!("{:016x}_", self.history)
    }

    /// Returns the name of the template.
    #[cfg(any(feature = "sqlite", feature = "mysql"))]
    pub(crate) fn name(&self) -> String {
        format!("{}{:016x}", self.stem(), self.contents)
    }
}

/// How often a copy is tried again, if another process removes the template at that moment.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) const COPY_ATTEMPTS: u32 = 5;
