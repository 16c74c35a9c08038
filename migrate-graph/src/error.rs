//! The [`Error`]s of targets, applied revisions and revision directories, with their messages and help texts.
//!
//! It must not print anything.

use std::fmt;
use std::path::PathBuf;

use crate::{Diagnostic, RevisionId};

/// An error of an operation on the graph. Every id in an error exists, or was typed by the user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each variant names its fields")]
pub enum Error {
    /// A revision id or branch label with invalid characters or an invalid length.
    #[error("`{name}` is not a valid revision id or branch label: {reason}")]
    InvalidName { name: String, reason: &'static str },

    /// A target that does not follow the grammar.
    #[error("`{target}` is not a valid target: {reason}")]
    InvalidTarget {
        target: String,
        reason: &'static str,
    },

    /// A well-formed target that this operation does not accept.
    #[error("`{target}` can't be used here: {reason}")]
    TargetNotAllowed {
        target: String,
        reason: &'static str,
    },

    /// A name that is not an id, a prefix of one, or a branch label.
    #[error("unknown revision or branch label `{name}`")]
    UnknownRevision {
        name: String,
        suggestion: Option<RevisionId>,
        /// The file of `near`, if its name is similar and its id is not.
        file: Option<PathBuf>,
    },

    /// A prefix that is too short.
    #[error("`{name}` is too short: a prefix of a revision id needs 4 characters")]
    PrefixTooShort { name: String, candidates: Ids },

    /// A prefix of several revision ids.
    #[error("`{name}` is a prefix of several revision ids: {candidates}")]
    AmbiguousRevision { name: String, candidates: Ids },

    /// A revision that is not on the given branch.
    #[error("revision `{revision}` is not on the branch `{branch}`")]
    NotOnBranch {
        revision: RevisionId,
        branch: String,
    },

    /// The target `head` if there are several heads.
    #[error("`{target}` is ambiguous: there are {} heads: {heads}", heads.0.len())]
    MultipleHeads { target: String, heads: Ids },

    /// A target that names several revisions, where only one is allowed.
    #[error("`{target}` names several revisions, but only one is allowed: {candidates}")]
    NotOneRevision { target: String, candidates: Ids },

    /// A target that names no revision, where one is needed.
    #[error("`{target}` does not name a revision")]
    NoRevision { target: String },

    /// An offset that can continue to several revisions.
    #[error("`{target}` is ambiguous: {way} from `{at}` there are several revisions: {candidates}")]
    AmbiguousWalk {
        target: String,
        at: String,
        way: &'static str,
        candidates: Ids,
    },

    /// A relative target from a state with several heads.
    #[error("`{target}` is ambiguous: it can start from any of the applied heads {candidates}")]
    AmbiguousStart { target: String, candidates: Ids },

    /// An offset that is larger than the number of revisions.
    #[error(
        "`{target}` is out of range: only {found} of {wanted} revisions exist in that direction"
    )]
    OffsetOutOfRange {
        target: String,
        found: u64,
        wanted: u64,
    },

    /// A downgrade target that is not below the applied revisions.
    #[error("`{target}` is not below the applied revisions, so a downgrade can't reach it")]
    NotBelowApplied { target: String, applied: Ids },

    /// A range whose ends are not on one branch.
    #[error("`{lower}` is not an ancestor of `{upper}`")]
    NotAnAncestor { lower: String, upper: String },

    /// Applied revisions that no file defines.
    #[error("the database has applied revisions that no file defines: {revisions}")]
    UnknownApplied { revisions: Ids },

    /// A revision inside a range that another revision replaces.
    #[error("revision `{revision}` is replaced by `{by}`")]
    Replaced {
        revision: RevisionId,
        by: RevisionId,
    },

    /// A database that has applied a part of a range whose files were removed.
    #[error(
        "the database has applied only a part of the revisions that `{by}` replaces: it has {there}, but not {missing}"
    )]
    PartlyReplaced {
        by: RevisionId,
        there: Ids,
        missing: Ids,
    },

    /// An applied revision with a dependency that is not applied.
    #[error("revision `{revision}` is applied, but its dependency `{missing}` is not")]
    MissingDependency {
        revision: RevisionId,
        missing: RevisionId,
    },

    /// Errors in the revision files.
    #[error("{}", Diagnostic::summary(diagnostics))]
    InvalidRevisions { diagnostics: Vec<Diagnostic> },

    /// A file or directory that could not be read.
    #[error("can't read {}: {reason}", path.display())]
    Unreadable { path: PathBuf, reason: String },
}

impl Error {
    /// Returns the stable code that `--json` prints.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidName { .. }
            | Self::InvalidTarget { .. }
            | Self::TargetNotAllowed { .. } => "invalid_target",
            Self::UnknownRevision { .. } | Self::PrefixTooShort { .. } => "unknown_revision",
            Self::Replaced { .. } => "replaced_revision",
            Self::AmbiguousRevision { .. }
            | Self::AmbiguousWalk { .. }
            | Self::AmbiguousStart { .. }
            | Self::NotOneRevision { .. } => "ambiguous_revision",
            Self::MultipleHeads { .. } => "multiple_heads",
            Self::NotOnBranch { .. } | Self::NotAnAncestor { .. } => "not_an_ancestor",
            Self::OffsetOutOfRange { .. }
            | Self::NotBelowApplied { .. }
            | Self::NoRevision { .. } => "target_out_of_range",
            Self::UnknownApplied { .. } => "unknown_applied_revision",
            Self::MissingDependency { .. } => "missing_dependency",
            Self::PartlyReplaced { .. } => "partly_replaced",
            Self::InvalidRevisions { diagnostics } => diagnostics
                .first()
                .map_or("invalid_revision_file", Diagnostic::code),
            Self::Unreadable { .. } => "io_error",
        }
    }

    /// Returns the help text: what to do next.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::InvalidName { .. } => "use 1 to 64 characters of A-Z, a-z, 0-9 and _".to_owned(),
            Self::InvalidTarget { .. } => {
                "targets are head, heads, base, an id or at least 4 of its first characters, +N, -N, ID+N, ID-N, \
                 LABEL@head, LABEL@base, LABEL@+N and LABEL@ID"
                    .to_owned()
            }
            Self::TargetNotAllowed { .. } => return None,
            Self::UnknownRevision { suggestion: Some(suggestion), file, .. } => {
                match file.as_ref().and_then(|file| file.file_name()) {
                    Some(file) => format!("did you mean `{suggestion}`, in {}?", file.display()),
                    None => format!("did you mean `{suggestion}`?"),
                }
            }
            Self::UnknownRevision { suggestion: None, .. } => "run `cargo migrate history` to list the revisions".to_owned(),
            Self::PrefixTooShort { candidates, .. } if candidates.0.is_empty() => {
                "run `cargo migrate history` to list the revisions".to_owned()
            }
            Self::PrefixTooShort { candidates, .. } => format!("matching ids: {candidates}"),
            Self::AmbiguousRevision { .. } => "add characters until only one id matches".to_owned(),
            Self::NotOnBranch { branch, .. } => {
                format!("remove `{branch}@`, or run `cargo migrate history -r {branch}@base:{branch}@heads` to list that branch")
            }
            Self::MultipleHeads { target, heads } => multiple_heads_help(target, heads),
            Self::NotOneRevision { .. } => "name one of them".to_owned(),
            Self::NoRevision { .. } => "run `cargo migrate history` to list the revisions".to_owned(),
            Self::AmbiguousWalk { candidates, .. } | Self::AmbiguousStart { candidates, .. } => {
                format!("name the branch, for example `{}@{}`", candidates.first(), self.offset_of_target())
            }
            Self::OffsetOutOfRange { .. } => "run `cargo migrate history --indicate-current` to see the applied revisions".to_owned(),
            Self::NotBelowApplied { applied, .. } if applied.0.is_empty() => "nothing is applied".to_owned(),
            Self::NotBelowApplied { applied, .. } => {
                format!("the applied heads are {applied}; name a revision below one of them")
            }
            Self::NotAnAncestor { lower, .. } => {
                format!("run `cargo migrate history -r {lower}:` to list the revisions that follow `{lower}`")
            }
            Self::UnknownApplied { .. } => {
                "a newer or different version of the application applied them: add its revision files, or use that version".to_owned()
            }
            Self::Replaced { by, .. } => {
                format!("name `{by}`, or a revision that it follows: databases with none or all of the replaced revisions use `{by}`")
            }
            Self::PartlyReplaced { .. } => {
                "upgrade it with a version of the application that still has the files, and then with this one".to_owned()
            }
            Self::MissingDependency { missing, .. } => {
                format!("a link was changed after the revision was applied; run `cargo migrate upgrade {missing}` to apply what is missing")
            }
            Self::InvalidRevisions { diagnostics } => return diagnostics.first().and_then(Diagnostic::help),
            Self::Unreadable { .. } => "check the path and its permissions".to_owned(),
        })
    }

    /// Returns the revision that the error is about, if there is exactly one.
    pub fn revision(&self) -> Option<&RevisionId> {
        match self {
            Self::NotOnBranch { revision, .. }
            | Self::MissingDependency { revision, .. }
            | Self::Replaced { revision, .. }
            | Self::PartlyReplaced { by: revision, .. } => Some(revision),
            Self::InvalidRevisions { diagnostics } => diagnostics
                .first()
                .and_then(|diagnostic| diagnostic.revision.as_ref()),
            _ => None,
        }
    }

    fn offset_of_target(&self) -> &str {
        match self {
            Self::AmbiguousWalk { target, .. } | Self::AmbiguousStart { target, .. } => {
                target.find(['+', '-']).map_or("", |at| &target[at..])
            }
            _ => "",
        }
    }
}

fn multiple_heads_help(target: &str, heads: &Ids) -> String {
    let all = if target.contains('@') {
        target.replace("@head", "@heads")
    } else {
        "heads".to_owned()
    };
    let merge = heads
        .0
        .iter()
        .map(RevisionId::as_str)
        .collect::<Vec<_>>()
        .join(" ");
    format!(
        "merge them with `cargo migrate merge {merge}`, name one of them, or use `{all}` for all"
    )
}

/// The revision ids in a message: `` `a`, `b` and `c` ``, at most ten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ids(pub Vec<RevisionId>);

impl Ids {
    fn first(&self) -> &str {
        self.0.first().map_or("", RevisionId::as_str)
    }
}

impl fmt::Display for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 10;
        let shown = &self.0[..self.0.len().min(SHOWN)];
        let hidden = self.0.len() - shown.len();
        for (i, id) in shown.iter().enumerate() {
            let separator = match i {
                0 => "",
                _ if hidden == 0 && i + 1 == shown.len() => " and ",
                _ => ", ",
            };
            write!(f, "{separator}`{id}`")?;
        }
        if hidden > 0 {
            write!(f, " and {hidden} more")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(count: usize) -> Ids {
        Ids((1..=count)
            .map(|n| RevisionId::new(&format!("r{n}")).unwrap())
            .collect())
    }

    #[test]
    fn ids_are_listed_and_truncated_after_ten() {
        assert_eq!(ids(1).to_string(), "`r1`");
        assert_eq!(ids(2).to_string(), "`r1` and `r2`");
        assert_eq!(ids(3).to_string(), "`r1`, `r2` and `r3`");
        assert!(ids(12).to_string().ends_with("`r10` and 2 more"));
    }

    #[test]
    fn several_heads_suggest_the_options() {
        let error = Error::MultipleHeads {
            target: "head".into(),
            heads: ids(2),
        };
        assert_eq!(
            error.to_string(),
            "`head` is ambiguous: there are 2 heads: `r1` and `r2`"
        );
        assert!(error.help().unwrap().contains("cargo migrate merge r1 r2"));
    }
}
