//! The levels of findings: `data-loss=deny,a1b2:every-row=allow`.
//!
//! `cargo migrate` builds this text from Cargo.toml and from the comments of revision files. In production you can set
//! it without them.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::{Finding, Lint};

/// The level of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The finding is not reported.
    Allow,
    /// The finding is reported.
    Warn,
    /// The finding is reported, and the command fails.
    Deny,
}

impl Level {
    /// Returns the label of a finding.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Level::Allow => "note",
            Level::Warn => "warning",
            Level::Deny => "error",
        }
    }

    fn parse(word: &str) -> Option<Level> {
        Some(match word {
            "allow" => Level::Allow,
            "warn" => Level::Warn,
            "deny" => Level::Deny,
            _ => return None,
        })
    }
}

/// The levels other than [`Level::Warn`]: of lints, and of lints in one revision.
///
/// ```
/// use migrate_tools::lint::Levels;
///
/// assert!("data-loss=deny,a1b2:every-row=allow".parse::<Levels>().is_ok());
/// assert!("data-loss=never".parse::<Levels>().is_err());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Levels {
    of_lints: BTreeMap<Lint, Level>,
    of_revisions: BTreeMap<(String, Lint), Level>,
}

impl FromStr for Levels {
    type Err = String;

    fn from_str(text: &str) -> Result<Levels, String> {
        let mut levels = Levels::default();
        for entry in text.split(',').map(str::trim).filter(|it| !it.is_empty()) {
            let wrong =
                || format!("`{entry}` is not LINT=allow, LINT=warn, LINT=deny or REVISION:LINT=…");
            let (what, level) = entry.split_once('=').ok_or_else(wrong)?;
            let level = Level::parse(level.trim()).ok_or_else(wrong)?;
            let (revision, name) = match what.split_once(':') {
                Some((revision, name)) => (Some(revision.trim()), name),
                None => (None, what),
            };
            let lint = Lint::named(name.trim())
                .ok_or_else(|| format!("unknown lint `{}`", name.trim()))?;
            match revision {
                Some(revision) => {
                    let key = (revision.to_owned(), lint);
                    levels.of_revisions.insert(key, level);
                }
                None => {
                    levels.of_lints.insert(lint, level);
                }
            }
        }
        Ok(levels)
    }
}

impl Levels {
    /// Returns the level of a finding.
    #[must_use]
    pub fn of(&self, finding: &Finding) -> Level {
        let here = (finding.revision.clone(), finding.lint);
        let level = self.of_revisions.get(&here);
        let level = level.or_else(|| self.of_lints.get(&finding.lint));
        level.copied().unwrap_or(Level::Warn)
    }

    /// Returns whether any finding could make a command fail.
    #[must_use]
    pub fn deny_any(&self) -> bool {
        let mut all = self.of_lints.values().chain(self.of_revisions.values());
        all.any(|level| *level == Level::Deny)
    }

    /// Returns the reported findings, each with its level.
    pub fn apply(&self, findings: Vec<Finding>) -> Vec<(Level, Finding)> {
        let leveled = findings.into_iter().map(|one| (self.of(&one), one));
        leveled
            .filter(|(level, _)| *level != Level::Allow)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(revision: &str, lint: Lint) -> Finding {
        Finding {
            lint,
            revision: revision.to_owned(),
            file: String::new(),
            line: None,
            table: None,
            message: String::new(),
            help: String::new(),
        }
    }

    #[test]
    fn a_level_in_a_revision_takes_precedence() {
        let levels: Levels = "data-loss=deny, r1:data-loss=allow,every-row=allow"
            .parse()
            .unwrap();
        assert_eq!(levels.of(&finding("r1", Lint::DataLoss)), Level::Allow);
        assert_eq!(levels.of(&finding("r2", Lint::DataLoss)), Level::Deny);
        assert_eq!(levels.of(&finding("r2", Lint::EveryRow)), Level::Allow);
        assert_eq!(levels.of(&finding("r2", Lint::TableLock)), Level::Warn);
    }

    #[test]
    fn an_unknown_level_is_refused() {
        for text in [
            "data-loss",
            "data-loss=",
            "lost=deny",
            "r1:lost=deny",
            "=deny",
        ] {
            assert!(text.parse::<Levels>().is_err(), "{text}");
        }
        assert_eq!(" ".parse(), Ok(Levels::default()));
    }
}
