//! Defines a [`Revision`], a node of the graph, as plain data.
//!
//! It must not read files or other revisions.

use std::borrow::Borrow;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::{Created, Error};

/// The keywords of targets, which are not valid as revision ids or branch labels.
pub const RESERVED_WORDS: [&str; 4] = ["head", "heads", "base", "current"];

/// The maximum length of a revision id or branch label, in characters.
pub const MAX_NAME_LENGTH: usize = 64;

/// Returns why `name` is not a valid revision id or branch label, or `None` if it is valid.
///
/// A name has 1 to 64 characters of `A-Z a-z 0-9 _` and is not a keyword of targets.
pub fn refuse_name(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("it is empty")
    } else if name.len() > MAX_NAME_LENGTH {
        Some("it is longer than 64 characters")
    } else if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        Some("only A-Z, a-z, 0-9 and _ are allowed")
    } else if RESERVED_WORDS.contains(&name) {
        Some("it is reserved in targets")
    } else {
        None
    }
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Returns `name` as a valid name.
            ///
            /// # Errors
            ///
            /// [`Error::InvalidName`] if it is empty or longer than 64 characters, contains anything but `A-Z a-z 0-9
            /// _`, or is one of `head`, `heads`, `base` and `current`.
            pub fn new(name: &str) -> Result<Self, Error> {
                match refuse_name(name) {
                    None => Ok(Self(name.into())),
                    Some(reason) => Err(Error::InvalidName { name: name.to_owned(), reason }),
                }
            }

            /// Returns the name as a string slice.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

name_type! {
    /// The id of a revision: the literal in its header, never the file's name.
    RevisionId
}

name_type! {
    /// The name of a branch, as in `billing@head`.
    BranchLabel
}

/// A revision: its id, its links and its description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// The id that other revisions and the version table refer to.
    pub id: RevisionId,
    /// The revisions this one follows: none for a base, several for a merge.
    pub down_revisions: Vec<RevisionId>,
    /// The revisions of other branches that must be applied first.
    pub depends_on: Vec<RevisionId>,
    /// The revisions this one replaces, oldest first; the last one has all others as ancestors.
    pub replaces: Vec<RevisionId>,
    /// The labels of the branch that starts here.
    pub branch_labels: Vec<BranchLabel>,
    /// The creation date of the file; it orders revisions that no link orders.
    pub created: Created,
    /// The first line of the file's doc comment.
    pub message: String,
    /// Whether the revision runs inside a transaction.
    pub transaction: bool,
    /// The file it was read from.
    pub file: PathBuf,
}

impl Revision {
    /// Returns whether the revision merges two or more branches.
    pub fn is_merge(&self) -> bool {
        self.down_revisions.len() > 1
    }
}
