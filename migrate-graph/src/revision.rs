//! One node of the graph, as plain data.

use std::borrow::Borrow;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::{Created, Error};

/// Words of the target language, which no revision and no branch may be called.
pub const RESERVED_WORDS: [&str; 4] = ["head", "heads", "base", "current"];

/// The longest revision id and branch label, in characters.
pub const MAX_NAME_LENGTH: usize = 64;

/// Returns why `name` can't be a revision id or a branch label, or `None` if it can.
///
/// Names have 1 to 64 characters of `A-Z a-z 0-9 _` and are not words of the target language.
pub fn refuse_name(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("it is empty")
    } else if name.len() > MAX_NAME_LENGTH {
        Some("it is longer than 64 characters")
    } else if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        Some("only A-Z, a-z, 0-9 and _ are allowed")
    } else if RESERVED_WORDS.contains(&name) {
        Some("it is a word of the target language")
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
            /// Returns `name` as a checked value.
            ///
            /// # Errors
            ///
            /// [`Error::InvalidName`] if it is empty, longer than 64 characters, holds anything but `A-Z a-z 0-9 _`,
            /// or is one of `head`, `heads`, `base` and `current`.
            pub fn new(name: &str) -> Result<Self, Error> {
                match refuse_name(name) {
                    None => Ok(Self(name.into())),
                    Some(reason) => Err(Error::InvalidName { name: name.to_owned(), reason }),
                }
            }

            /// Returns the name as text.
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
    /// The short id of a revision: the literal in its header, never its file's name.
    RevisionId
}

name_type! {
    /// A name for a line of revisions, as in `billing@head`.
    BranchLabel
}

/// One revision: its id, its links and what people read about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// The id that other revisions and the version table name.
    pub id: RevisionId,
    /// The revisions this one follows: none for a base, several for a merge.
    pub down_revisions: Vec<RevisionId>,
    /// Revisions of other lines that must be applied first.
    pub depends_on: Vec<RevisionId>,
    /// The revisions this one stands for, oldest first; the last is the one that all others lead to.
    pub replaces: Vec<RevisionId>,
    /// Names for the line that starts here.
    pub branch_labels: Vec<BranchLabel>,
    /// When the file was made; orders revisions that no link orders.
    pub created: Created,
    /// The first line of the file's doc comment.
    pub message: String,
    /// Whether the revision runs inside a transaction.
    pub transaction: bool,
    /// The file it was read from.
    pub file: PathBuf,
}

impl Revision {
    /// Returns whether the revision joins two or more lines.
    pub fn is_merge(&self) -> bool {
        self.down_revisions.len() > 1
    }
}
