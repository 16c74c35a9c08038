//! Applies lint [`Levels`], from Cargo.toml, the command line and revision files, to findings about revisions.
//!
//! The comment `// lint: allow(data-loss): the column was never filled` in a revision file allows a lint there.
//! Comments must not be part of a checksum, so you can add one to an applied revision.

use std::collections::BTreeMap;
use std::path::Path;

use migrate_graph::allow::{Allowance, allowances};
use migrate_graph::files::Directory;
use serde_json::{Value, json};

use crate::report::line_of;

/// The level of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// The finding is not reported.
    Allow,
    /// The finding is reported.
    Warn,
    /// The finding is reported, and the command fails.
    Deny,
}

impl Level {
    /// Parses a level from Cargo.toml.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "allow" => Self::Allow,
            "warn" => Self::Warn,
            "deny" => Self::Deny,
            _ => return None,
        })
    }

    /// Returns the name of a level in Cargo.toml and for the runner.
    fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }

    /// Returns the label of a finding.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Allow => "note",
            Self::Warn => "warning",
            Self::Deny => "error",
        }
    }
}

/// The lint that this command checks itself, in the text of a file.
const UNREASONED: &str = "allow-without-reason";

/// The names and descriptions of all lints.
pub(crate) const LINTS: [(&str, &str); 6] = [
    ("data-loss", "existing data is lost"),
    ("table-lock", "other connections are blocked"),
    ("table-rebuild", "a table is rewritten"),
    ("no-downgrade", "the revision has no downgrade"),
    ("every-row", "a statement changes every row of a table"),
    (UNREASONED, "a lint is allowed without a reason"),
];

/// The levels other than `warn`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Levels(pub(crate) BTreeMap<String, Level>);

impl Levels {
    /// Returns the level of a lint.
    pub(crate) fn of(&self, lint: &str) -> Level {
        self.0.get(lint).copied().unwrap_or(Level::Warn)
    }

    /// Denies a lint, or with `warnings` every lint that is not allowed.
    pub(crate) fn deny(&mut self, lint: &str) {
        if lint == "warnings" {
            for (name, _) in LINTS {
                let level = self.0.entry(name.to_owned()).or_insert(Level::Deny);
                *level = (*level).max(if *level == Level::Allow {
                    Level::Allow
                } else {
                    Level::Deny
                });
            }
        } else {
            self.0.insert(lint.to_owned(), Level::Deny);
        }
    }
}

/// A finding with its position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) lint: String,
    pub(crate) level: Level,
    pub(crate) revision: String,
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) message: String,
    pub(crate) help: String,
}

/// The environment variable with the levels for the runner.
pub(crate) const VARIABLE: &str = "MIGRATE_LINT";

/// Returns the levels for the runner: those that are set, and the lints that files allow with a reason.
pub(crate) fn for_runner(levels: &Levels, directory: &Directory) -> String {
    let set = levels.0.iter().filter(|(lint, _)| *lint != UNREASONED);
    let mut entries: Vec<String> = set
        .map(|(lint, level)| format!("{lint}={}", level.word()))
        .collect();
    for file in &directory.files {
        let Some(header) = &file.parsed.header else {
            continue;
        };
        let reasoned = allows(&file.text).into_iter();
        let known = reasoned.filter(|it| !it.reason.is_empty() && is_lint(it.name));
        let id = &header.revision.value;
        entries.extend(known.map(|allow| format!("{id}:{}=allow", allow.name)));
    }
    entries.join(",")
}

/// The environment variable with the allowed findings for the runner's `verify`.
pub(crate) const LOSSES: &str = "MIGRATE_VERIFY";

/// Returns the findings of `verify` that comments in revision files allow, as lines `REVISION:NAME=REASON`. The runner
/// reports invalid names.
pub(crate) fn allowed_to_lose(directory: &Directory) -> String {
    let mut lines = Vec::new();
    for file in &directory.files {
        let Some(header) = &file.parsed.header else {
            continue;
        };
        let id = &header.revision.value;
        let allowed = allowances(&file.text, "verify").into_iter();
        lines.extend(allowed.map(|one| format!("{id}:{}={}", one.name, one.reason)));
    }
    lines.join("\n")
}

fn is_lint(name: &str) -> bool {
    name != UNREASONED && LINTS.iter().any(|(lint, _)| *lint == name)
}

/// Adds positions to the runner's findings, and adds findings about lints that are allowed without a reason.
pub(crate) fn locate_findings(document: &Value, levels: &Levels, root: &Path) -> Vec<Finding> {
    let list = document["findings"].as_array().cloned().unwrap_or_default();
    let word = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let mut findings = Vec::new();
    let mut unreasoned = BTreeMap::new();
    for one in &list {
        let (lint, file) = (word(one, "lint"), word(one, "file"));
        // The compiler's path of a file is relative to the package or to the workspace.
        let text = read(root, &file).unwrap_or_default();
        for allow in allows(&text).iter().filter(|it| it.reason.is_empty()) {
            unreasoned.insert(
                (file.clone(), allow.line),
                (word(one, "revision"), allow.name.to_owned()),
            );
        }
        let function = match lint == "no-downgrade" {
            true => "fn down",
            false => "fn up",
        };
        findings.push(Finding {
            level: match one["level"].as_str() {
                Some("error") => Level::Deny,
                _ => Level::Warn,
            },
            line: line_of(one).unwrap_or_else(|| line_with(&text, function)),
            lint,
            revision: word(one, "revision"),
            file,
            message: word(one, "message"),
            help: word(one, "help"),
        });
    }
    let level = levels.of(UNREASONED);
    if level != Level::Allow {
        findings.extend(
            unreasoned
                .into_iter()
                .map(|((file, line), (revision, lint))| Finding {
                    lint: UNREASONED.to_owned(),
                    level,
                    revision,
                    file,
                    line,
                    message: format!("`{lint}` is allowed without a reason"),
                    help: format!("write the reason: `// lint: allow({lint}): …`"),
                }),
        );
    }
    findings
}

fn read(root: &Path, file: &str) -> Option<String> {
    let mut directories = root.ancestors();
    directories.find_map(|directory| std::fs::read_to_string(directory.join(file)).ok())
}

fn allows(text: &str) -> Vec<Allowance<'_>> {
    allowances(text, "lint")
}

fn line_with(text: &str, beginning: &str) -> usize {
    let found = text.lines().position(|line| {
        let line = line.trim_start();
        line.strip_prefix("pub ")
            .unwrap_or(line)
            .starts_with(beginning)
    });
    found.map_or(1, |at| at + 1)
}

/// Returns findings as GitHub Actions annotations, one line each
/// (<https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>).
pub(crate) fn github(findings: &[Finding]) -> String {
    let escape = |text: &str| {
        text.replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A")
    };
    let property = |text: &str| escape(text).replace(':', "%3A").replace(',', "%2C");
    let lines = findings.iter().map(|one| {
        format!(
            "::{} file={},line={},title={}::{}; {}\n",
            one.level.title(),
            property(&one.file),
            one.line,
            property(&one.lint),
            escape(&one.message),
            escape(&one.help)
        )
    });
    lines.collect()
}

/// Returns findings in SARIF 2.1.0 (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>).
pub(crate) fn sarif(findings: &[Finding]) -> Value {
    let rules = LINTS
        .iter()
        .map(|(name, about)| json!({ "id": name, "shortDescription": { "text": about } }));
    let results = findings.iter().map(|one| {
        json!({
            "ruleId": one.lint,
            "level": one.level.title(),
            "message": { "text": format!("{}; {}", one.message, one.help) },
            "locations": [{ "physicalLocation": {
                "artifactLocation": { "uri": one.file },
                "region": { "startLine": one.line },
            }}],
        })
    });
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "cargo migrate",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.collect::<Vec<_>>(),
            }},
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_warnings_by_default() {
        let mut levels = Levels::default();
        assert_eq!(levels.of("data-loss"), Level::Warn);
        levels.0.insert("table-lock".to_owned(), Level::Allow);
        levels.deny("warnings");
        assert_eq!(levels.of("data-loss"), Level::Deny);
        assert_eq!(levels.of("table-lock"), Level::Allow);
        levels.deny("table-lock");
        assert_eq!(levels.of("table-lock"), Level::Deny);
    }

    #[test]
    fn a_finding_can_not_break_its_log_line() {
        let finding = Finding {
            lint: "data-loss".to_owned(),
            level: Level::Warn,
            revision: "a".to_owned(),
            file: "a,b:c.rs".to_owned(),
            line: 3,
            message: "x\n::error::y".to_owned(),
            help: "h%".to_owned(),
        };
        assert_eq!(
            github(&[finding]),
            "::warning file=a%2Cb%3Ac.rs,line=3,title=data-loss::x%0A::error::y; h%25\n"
        );
    }
}
