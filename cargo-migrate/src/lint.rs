//! Findings about revisions -> warnings and errors: levels from Cargo.toml and the command line, and what a file allows.
//!
//! `// lint: allow(data-loss): the column was never filled` in a revision file silences a lint there. A comment is no part of a
//! checksum, so a revision that is applied already can have one.

use std::collections::BTreeMap;
use std::path::Path;

use migrate_graph::files::Directory;
use serde_json::{Value, json};

use crate::report::line_of;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// It is not told.
    Allow,
    /// It is told.
    Warn,
    /// It is told, and the command fails.
    Deny,
}

impl Level {
    /// Reads a level as Cargo.toml has it.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "allow" => Self::Allow,
            "warn" => Self::Warn,
            "deny" => Self::Deny,
            _ => return None,
        })
    }

    /// Returns a level as Cargo.toml and the runner have it.
    fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }

    /// Returns the word in front of a finding.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Allow => "note",
            Self::Warn => "warning",
            Self::Deny => "error",
        }
    }
}

/// The lint that this command finds itself, in the text of a file.
const UNREASONED: &str = "allow-without-reason";

/// The names of all lints, and what each is about.
pub(crate) const LINTS: [(&str, &str); 6] = [
    ("data-loss", "values that are there are lost"),
    ("table-lock", "other connections wait"),
    ("table-rebuild", "a table is copied as a whole"),
    ("no-downgrade", "nothing takes the revision back"),
    ("every-row", "a statement changes every row of a table"),
    (UNREASONED, "a lint is allowed without a reason"),
];

/// The levels that are not `warn`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Levels(pub(crate) BTreeMap<String, Level>);

impl Levels {
    /// Returns the level of a lint.
    pub(crate) fn of(&self, lint: &str) -> Level {
        self.0.get(lint).copied().unwrap_or(Level::Warn)
    }

    /// Denies a lint, or with `warnings` every one that is not allowed.
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

/// A finding at its place.
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

/// What a revision file allows.
struct Allowed<'t> {
    lint: &'t str,
    reason: &'t str,
    line: usize,
}

/// The variable that tells the runner how much findings matter.
pub(crate) const VARIABLE: &str = "MIGRATE_LINT";

/// Returns the levels as the runner takes them: those that are set, and what files allow with a reason.
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
        let known = reasoned.filter(|it| !it.reason.is_empty() && is_lint(it.lint));
        let id = &header.revision.value;
        entries.extend(known.map(|allow| format!("{id}:{}=allow", allow.lint)));
    }
    entries.join(",")
}

fn is_lint(name: &str) -> bool {
    name != UNREASONED && LINTS.iter().any(|(lint, _)| *lint == name)
}

/// Puts the runner's findings at their lines, and adds what is allowed without a reason.
pub(crate) fn judged(document: &Value, levels: &Levels, root: &Path) -> Vec<Finding> {
    let list = document["findings"].as_array().cloned().unwrap_or_default();
    let word = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let mut findings = Vec::new();
    let mut unreasoned = BTreeMap::new();
    for one in &list {
        let (lint, file) = (word(one, "lint"), word(one, "file"));
        // The compiler names a file from the package or from the workspace.
        let text = read(root, &file).unwrap_or_default();
        for allow in allows(&text).iter().filter(|it| it.reason.is_empty()) {
            unreasoned.insert(
                (file.clone(), allow.line),
                (word(one, "revision"), allow.lint.to_owned()),
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
                    help: format!("write `// lint: allow({lint}): why`"),
                }),
        );
    }
    findings
}

fn read(root: &Path, file: &str) -> Option<String> {
    let mut directories = root.ancestors();
    directories.find_map(|directory| std::fs::read_to_string(directory.join(file)).ok())
}

fn allows(text: &str) -> Vec<Allowed<'_>> {
    let lines = text.lines().enumerate();
    lines
        .filter_map(|(at, line)| {
            let rest = line.trim().strip_prefix("// lint: allow(")?;
            let (lint, reason) = rest.split_once(')')?;
            Some(Allowed {
                lint: lint.trim(),
                reason: reason.trim().trim_start_matches(':').trim(),
                line: at + 1,
            })
        })
        .collect()
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

/// Returns findings as GitHub reads them from a log, a line each
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
    fn a_comment_allows_with_a_reason() {
        let text = "// lint: allow(data-loss): it was empty\n    // lint: allow(table-lock)\n";
        let all = allows(text);
        assert_eq!(
            (all[0].lint, all[0].reason, all[0].line),
            ("data-loss", "it was empty", 1)
        );
        assert_eq!(
            (all[1].lint, all[1].reason, all[1].line),
            ("table-lock", "", 2)
        );
    }

    #[test]
    fn levels_are_warnings_unless_said_otherwise() {
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
    fn a_finding_can_not_leave_its_line_of_a_log() {
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
