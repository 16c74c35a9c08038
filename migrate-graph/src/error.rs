//! Everything that can be wrong with a target, an applied set or a revision directory.

use std::fmt;
use std::path::PathBuf;

use crate::{Mistake, RevisionId};

/// Why a question to the graph has no answer. Every id in an error exists, or is what the user typed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each variant names its fields")]
pub enum Error {
    /// A revision id or branch label has characters or a length that names can't have.
    #[error("`{name}` can't name a revision or a branch: {reason}")]
    InvalidName { name: String, reason: &'static str },

    /// A target does not follow the grammar.
    #[error("`{target}` is not a target: {reason}")]
    InvalidTarget {
        target: String,
        reason: &'static str,
    },

    /// A well-formed target that this question can't take.
    #[error("`{target}` can't be used here: {reason}")]
    UnfitTarget {
        target: String,
        reason: &'static str,
    },

    /// No revision has this id or prefix, and no branch this label.
    #[error("there is no revision or branch label `{name}`")]
    UnknownRevision {
        name: String,
        near: Option<RevisionId>,
    },

    /// A prefix that is too short to be looked up.
    #[error("`{name}` is too short: a prefix of a revision id needs 4 characters")]
    PrefixTooShort { name: String, candidates: Ids },

    /// A prefix of several revision ids.
    #[error("`{name}` is the beginning of several revision ids: {candidates}")]
    AmbiguousRevision { name: String, candidates: Ids },

    /// A revision that does not belong to the line it was asked on.
    #[error("revision `{revision}` is not on the line of `{branch}`")]
    NotOnBranch {
        revision: RevisionId,
        branch: String,
    },

    /// `head` where there are several.
    #[error("`{target}` has {} heads to choose from: {heads}", heads.0.len())]
    MultipleHeads { target: String, heads: Ids },

    /// A target that names several revisions where one is needed.
    #[error("`{target}` names several revisions, and one is needed: {candidates}")]
    NotOneRevision { target: String, candidates: Ids },

    /// A target that names no revision where one is needed.
    #[error("`{target}` names no revision: nothing is there")]
    NoRevision { target: String },

    /// A walk that could go on in several ways.
    #[error("`{target}` is ambiguous: the way {way} from `{at}` splits into {candidates}")]
    AmbiguousWalk {
        target: String,
        at: String,
        way: &'static str,
        candidates: Ids,
    },

    /// A relative target from a state with several heads.
    #[error("`{target}` is ambiguous: {candidates} are applied, and each is a place to start from")]
    AmbiguousStart { target: String, candidates: Ids },

    /// A walk that ended before its number of revisions.
    #[error("`{target}` goes too far: there are {found} of {wanted} revisions that way")]
    WalkedTooFar {
        target: String,
        found: u64,
        wanted: u64,
    },

    /// A downgrade target that is not below what is applied.
    #[error("`{target}` is not below what is applied, so there is no way down to it")]
    NotBelowApplied { target: String, applied: Ids },

    /// A range whose ends are not on one line.
    #[error("`{lower}` is not an ancestor of `{upper}`")]
    NotAnAncestor { lower: String, upper: String },

    /// Revisions that a database has and the files have not.
    #[error("the database has revisions that no file defines: {revisions}")]
    UnknownApplied { revisions: Ids },

    /// A revision inside a range that another stands for.
    #[error("revision `{revision}` is one of those that `{by}` replaces")]
    Replaced {
        revision: RevisionId,
        by: RevisionId,
    },

    /// A database that has some of a range whose files are gone.
    #[error("the database has {there} of what `{by}` replaces, and not {missing}")]
    PartlyReplaced {
        by: RevisionId,
        there: Ids,
        missing: Ids,
    },

    /// An applied revision without one that it follows or depends on.
    #[error("revision `{revision}` is applied, but `{missing}`, which it needs, is not")]
    NotClosed {
        revision: RevisionId,
        missing: RevisionId,
    },

    /// Mistakes in the revision files.
    #[error("{}", Mistake::summary(mistakes))]
    Mistakes { mistakes: Vec<Mistake> },

    /// A file or directory that could not be read.
    #[error("can't read {}: {reason}", path.display())]
    Unreadable { path: PathBuf, reason: String },
}

impl Error {
    /// Returns the stable code that `--json` prints.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidName { .. } | Self::InvalidTarget { .. } | Self::UnfitTarget { .. } => {
                "invalid_target"
            }
            Self::UnknownRevision { .. } | Self::PrefixTooShort { .. } | Self::Replaced { .. } => {
                "unknown_revision"
            }
            Self::AmbiguousRevision { .. }
            | Self::AmbiguousWalk { .. }
            | Self::AmbiguousStart { .. }
            | Self::NotOneRevision { .. } => "ambiguous_revision",
            Self::MultipleHeads { .. } => "multiple_heads",
            Self::NotOnBranch { .. } | Self::NotAnAncestor { .. } => "not_an_ancestor",
            Self::WalkedTooFar { .. } | Self::NotBelowApplied { .. } | Self::NoRevision { .. } => {
                "not_reachable"
            }
            Self::UnknownApplied { .. } | Self::NotClosed { .. } | Self::PartlyReplaced { .. } => {
                "out_of_sync"
            }
            Self::Mistakes { mistakes } => mistakes
                .first()
                .map_or("invalid_revision_file", Mistake::code),
            Self::Unreadable { .. } => "invalid_revision_file",
        }
    }

    /// Returns what to do next, where there is something to say.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::InvalidName { .. } => "use 1 to 64 characters of A-Z, a-z, 0-9 and _".to_owned(),
            Self::InvalidTarget { .. } => {
                "targets are head, heads, base, an id or 4 and more of its first characters, +N, -N, ID+N, ID-N, \
                 LABEL@head, LABEL@base, LABEL@+N and LABEL@ID"
                    .to_owned()
            }
            Self::UnfitTarget { .. } => return None,
            Self::UnknownRevision { near: Some(near), .. } => format!("did you mean `{near}`?"),
            Self::UnknownRevision { near: None, .. } => "run `cargo migrate history` for the revisions there are".to_owned(),
            Self::PrefixTooShort { candidates, .. } if candidates.0.is_empty() => {
                "run `cargo migrate history` for the revisions there are".to_owned()
            }
            Self::PrefixTooShort { candidates, .. } => format!("these begin so: {candidates}"),
            Self::AmbiguousRevision { .. } => "add characters until one is left".to_owned(),
            Self::NotOnBranch { branch, .. } => {
                format!("leave out `{branch}@`, or run `cargo migrate history -r {branch}@base:{branch}@heads`")
            }
            Self::MultipleHeads { target, heads } => multiple_heads_help(target, heads),
            Self::NotOneRevision { .. } => "name one of them".to_owned(),
            Self::NoRevision { .. } => "run `cargo migrate history` for the revisions there are".to_owned(),
            Self::AmbiguousWalk { candidates, .. } | Self::AmbiguousStart { candidates, .. } => {
                format!("name the line, as in `{}@{}`", candidates.first(), self.offset_of_target())
            }
            Self::WalkedTooFar { .. } => "run `cargo migrate history --indicate-current`".to_owned(),
            Self::NotBelowApplied { applied, .. } if applied.0.is_empty() => "nothing is applied".to_owned(),
            Self::NotBelowApplied { applied, .. } => {
                format!("applied heads are {applied}; name a revision below one of them")
            }
            Self::NotAnAncestor { lower, .. } => {
                format!("run `cargo migrate history -r {lower}:` for what follows `{lower}`")
            }
            Self::UnknownApplied { .. } => {
                "newer or other code applied them: get its revision files, or use that code here".to_owned()
            }
            Self::Replaced { by, .. } => {
                format!("a database that has none or all of them goes by `{by}`: name it, or what it follows")
            }
            Self::PartlyReplaced { .. } => {
                "upgrade it with a program from before their files were taken away, and then with this one".to_owned()
            }
            Self::NotClosed { missing, .. } => {
                format!("a link was changed after it was applied; `cargo migrate upgrade {missing}` applies what is missing")
            }
            Self::Mistakes { mistakes } => return mistakes.first().and_then(Mistake::help),
            Self::Unreadable { .. } => "check the path and its permissions".to_owned(),
        })
    }

    /// Returns the revision that the error is about, where there is exactly one.
    pub fn revision(&self) -> Option<&RevisionId> {
        match self {
            Self::NotOnBranch { revision, .. }
            | Self::NotClosed { revision, .. }
            | Self::Replaced { revision, .. }
            | Self::PartlyReplaced { by: revision, .. } => Some(revision),
            Self::Mistakes { mistakes } => mistakes
                .first()
                .and_then(|mistake| mistake.revision.as_ref()),
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
        "join them with `cargo migrate merge {merge}`, name one of them, or use `{all}` for all"
    )
}

/// Revision ids in a message: `` `a`, `b` and `c` ``, cut after ten.
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
    fn ids_read_as_a_list_and_are_cut_after_ten() {
        assert_eq!(ids(1).to_string(), "`r1`");
        assert_eq!(ids(2).to_string(), "`r1` and `r2`");
        assert_eq!(ids(3).to_string(), "`r1`, `r2` and `r3`");
        assert!(ids(12).to_string().ends_with("`r10` and 2 more"));
    }

    #[test]
    fn several_heads_name_the_ways_out() {
        let error = Error::MultipleHeads {
            target: "head".into(),
            heads: ids(2),
        };
        assert_eq!(
            error.to_string(),
            "`head` has 2 heads to choose from: `r1` and `r2`"
        );
        assert!(error.help().unwrap().contains("cargo migrate merge r1 r2"));
    }
}
