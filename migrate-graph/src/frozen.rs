//! Parses and updates `frozen.lock`, the list of [`Frozen`] revisions, and finds edited ones.
//!
//! Each line contains a revision id, its checksum and, after `was`, its checksums before accepted edits. A line that
//! starts with `#` is a comment. This module must not access the disk.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::check::{Diagnostic, DiagnosticKind, HeaderField};
use crate::{Checksum, FileChecksum, RevisionId};

/// The file's name, in the migrations directory.
pub const FILE: &str = "frozen.lock";

/// The first line of the file.
const HEAD: &str = "# Released revisions: editing one does not compile. `cargo migrate freeze` writes this file.\n";

/// The released revisions, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frozen {
    entries: Vec<Entry>,
}

/// A released revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The revision.
    pub revision: RevisionId,
    /// The expected checksum.
    pub checksum: Checksum,
    /// The checksums before accepted edits, which databases may have recorded.
    pub was: Vec<Checksum>,
}

/// An error in a line of `frozen.lock`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockfileError {
    /// The line number, from 1.
    pub line: usize,
    /// The description of the error.
    pub reason: String,
}

impl Frozen {
    /// Parses the text of the file, and returns its entries and every invalid line.
    ///
    /// ```
    /// use migrate_graph::frozen::Frozen;
    ///
    /// let text = "# Released.\na1b2 v1:000102030405060708090a0b0c0d0e0f\n<<<<<<< HEAD\n";
    /// let (frozen, diagnostics) = Frozen::parse(text);
    /// assert_eq!(frozen.entries()[0].revision.as_str(), "a1b2");
    /// assert_eq!(diagnostics[0].line, 3);
    /// ```
    pub fn parse(text: &str) -> (Frozen, Vec<LockfileError>) {
        let (mut frozen, mut diagnostics) = (Frozen::default(), Vec::new());
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let added = parse_line(line).and_then(|entry| frozen.add(entry));
            if let Err(reason) = added {
                diagnostics.push(LockfileError {
                    line: at + 1,
                    reason,
                });
            }
        }
        (frozen, diagnostics)
    }

    /// Adds an entry. A repeated line is not an error, because a git merge can produce it.
    fn add(&mut self, entry: Entry) -> Result<(), String> {
        match self.entry(&entry.revision) {
            None => self.entries.push(entry),
            Some(other) if *other == entry => {}
            Some(_) => {
                return Err(format!(
                    "revision `{}` has two different checksums",
                    entry.revision
                ));
            }
        }
        Ok(())
    }

    /// Returns the released revisions, in the order of the file.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the entry of a revision, if it is frozen.
    pub fn entry(&self, revision: &RevisionId) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.revision == *revision)
    }

    /// Adds a revision at the end, or replaces the checksum of an existing entry and removes its previous checksums.
    pub fn freeze(&mut self, revision: RevisionId, checksum: Checksum) {
        match self.place(&revision) {
            Some(entry) if entry.checksum == checksum => {}
            Some(entry) => {
                entry.checksum = checksum;
                entry.was.clear();
            }
            None => self.entries.push(Entry {
                revision,
                checksum,
                was: Vec::new(),
            }),
        }
    }

    /// Records an accepted edit: the new checksum of the revision, and its previous one.
    pub fn accept(&mut self, revision: RevisionId, now: Checksum, before: Checksum) {
        let earlier = self.entry(&revision).map(|entry| entry.was.clone());
        let mut earlier = earlier.unwrap_or_default();
        earlier.retain(|known| *known != now && *known != before);
        if before != now {
            earlier.push(before);
        }
        self.freeze(revision.clone(), now);
        if let Some(entry) = self.place(&revision) {
            entry.was = earlier;
        }
    }

    /// Removes a revision, and returns whether it was frozen.
    pub fn unfreeze(&mut self, revision: &RevisionId) -> Unfreeze {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.revision != *revision);
        if self.entries.len() < before {
            Unfreeze::Removed
        } else {
            Unfreeze::NotFrozen
        }
    }

    fn place(&mut self, revision: &RevisionId) -> Option<&mut Entry> {
        self.entries
            .iter_mut()
            .find(|entry| entry.revision == *revision)
    }

    /// Returns every frozen revision that was edited or whose file is missing.
    ///
    /// `revisions` are those of the directory; `module_file` is the reported file if a revision is missing.
    pub fn check<'r>(
        &self,
        revisions: impl Iterator<Item = (&'r RevisionId, FileChecksum, &'r Path)>,
        module_file: &Path,
    ) -> Vec<Diagnostic> {
        if self.entries.is_empty() {
            return Vec::new();
        }
        let there: HashMap<&RevisionId, (FileChecksum, &Path)> = revisions
            .map(|(id, checksum, file)| (id, (checksum, file)))
            .collect();
        let diagnostic = |entry: &Entry| {
            let revision = entry.revision.clone();
            let (file, place, kind) = match there.get(&entry.revision) {
                Some((checksum, _)) if checksum.matches(entry.checksum) => return None,
                Some((_, file)) => (
                    file.to_path_buf(),
                    HeaderField::Header,
                    DiagnosticKind::FrozenEdited { revision },
                ),
                None => (
                    module_file.to_owned(),
                    HeaderField::Migrations,
                    DiagnosticKind::FrozenMissing { revision },
                ),
            };
            Some(Diagnostic {
                revision: Some(entry.revision.clone()),
                file,
                field: place,
                position: None,
                kind,
            })
        };
        self.entries.iter().filter_map(diagnostic).collect()
    }
}

/// The result of [`Frozen::unfreeze`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfreeze {
    /// The revision was frozen and was removed.
    Removed,
    /// The revision was not frozen.
    NotFrozen,
}

/// Returns the errors in the lines of `file`, reported at the module file.
pub(crate) fn line_diagnostics(
    lines: Vec<LockfileError>,
    file: &Path,
    module_file: &Path,
) -> Vec<Diagnostic> {
    let diagnostic = |LockfileError { line, reason }| Diagnostic {
        revision: None,
        file: module_file.to_owned(),
        field: HeaderField::Migrations,
        position: None,
        kind: DiagnosticKind::FrozenLine {
            file: PathBuf::from(file),
            line,
            reason,
        },
    };
    lines.into_iter().map(diagnostic).collect()
}

fn parse_line(line: &str) -> Result<Entry, String> {
    let mut words = line.split_whitespace();
    let mut next = || words.next().unwrap_or_default();
    let (id, checksum) = (next(), next());
    if checksum.is_empty() {
        return Err("a line must consist of a revision id and a checksum".to_owned());
    }
    let revision =
        RevisionId::new(id).map_err(|_| format!("`{}` is not a valid revision id", shown(id)))?;
    let checksum = parse_checksum(checksum)?;
    let earlier = match next() {
        "" => Vec::new(),
        "was" => words.map(parse_checksum).collect::<Result<Vec<_>, _>>()?,
        other => return Err(format!("unexpected `{}`", shown(other))),
    };
    Ok(Entry {
        revision,
        checksum,
        was: earlier,
    })
}

fn parse_checksum(word: &str) -> Result<Checksum, String> {
    word.parse().map_err(|_| {
        format!(
            "`{}` is not a checksum of a known version (`v1:` or `v2:`, and 32 hex digits)",
            shown(word)
        )
    })
}

/// Returns a part of the file for a message; the file may contain anything.
fn shown(word: &str) -> String {
    word.chars().take(40).flat_map(char::escape_debug).collect()
}

/// Formats the text of the file.
impl fmt::Display for Frozen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        for entry in &self.entries {
            write!(f, "{} {}", entry.revision, entry.checksum)?;
            if !entry.was.is_empty() {
                f.write_str(" was")?;
            }
            for earlier in &entry.was {
                write!(f, " {earlier}")?;
            }
            f.write_str("\n")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(text: &str) -> RevisionId {
        RevisionId::new(text).unwrap()
    }

    fn checksum(text: &str) -> Checksum {
        Checksum::of(text)
    }

    #[test]
    fn every_invalid_line_is_reported() {
        let sum = checksum("a");
        let lines = [
            "a1".to_owned(),
            format!("head {sum}"),
            "a1 v9:00".to_owned(),
            format!("a1 {sum} is {sum}"),
            format!("a1 {sum} was v1:1"),
            ">>>>>>> theirs".to_owned(),
        ];
        let (frozen, diagnostics) = Frozen::parse(&lines.join("\n"));
        assert_eq!(frozen, Frozen::default());
        let lines: Vec<usize> = diagnostics
            .iter()
            .map(|diagnostic| diagnostic.line)
            .collect();
        assert_eq!(lines, [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn a_duplicate_line_is_left_by_a_merge_and_another_checksum_is_an_error() {
        let (a, b) = (checksum("a"), checksum("b"));
        let (frozen, diagnostics) = Frozen::parse(&format!("a1 {a}\r\nb2 {b}\r\na1 {a}\r\n"));
        assert_eq!((frozen.entries().len(), diagnostics.len()), (2, 0));
        let (_, diagnostics) = Frozen::parse(&format!("a1 {a}\na1 {b}\n"));
        assert_eq!(
            diagnostics[0].reason,
            "revision `a1` has two different checksums"
        );
    }

    #[test]
    fn an_edited_and_a_missing_revision_are_reported_and_a_new_one_is_not() {
        let mut frozen = Frozen::default();
        for name in ["a1", "b2", "c3"] {
            frozen.freeze(id(name), checksum(name));
        }
        let ids = ["a1", "b2", "d4"].map(id);
        let files = ["a.rs", "b.rs", "d.rs"].map(Path::new);
        let sums = [checksum("a1"), checksum("edited"), checksum("d4")];
        let there = (0..3).map(|at| (&ids[at], sums[at].into(), files[at]));
        let diagnostics = frozen.check(there, Path::new("mod.rs"));
        let reported: Vec<(String, &Path)> = diagnostics
            .iter()
            .map(|diagnostic| (diagnostic.kind.to_string(), diagnostic.file.as_path()))
            .collect();
        assert_eq!(
            reported,
            [
                (
                    "revision `b2` is frozen, but its file was edited".to_owned(),
                    Path::new("b.rs")
                ),
                (
                    "revision `c3` is frozen, but its file does not exist".to_owned(),
                    Path::new("mod.rs")
                ),
            ]
        );
    }

    #[test]
    fn an_accepted_edit_keeps_the_earlier_checksums() {
        let mut frozen = Frozen::default();
        let sum = |text| checksum(text);
        frozen.accept(id("a1"), sum("two"), sum("one"));
        frozen.accept(id("a1"), sum("three"), sum("two"));
        assert_eq!(frozen.entries()[0].was, [sum("one"), sum("two")]);
        frozen.accept(id("a1"), sum("one"), sum("three"));
        assert_eq!(frozen.entries()[0].was, [sum("two"), sum("three")]);
        assert_eq!(frozen.unfreeze(&id("a1")), Unfreeze::Removed);
        assert_eq!(frozen.unfreeze(&id("a1")), Unfreeze::NotFrozen);
    }

    proptest! {
        /// What is written is read again as it was, and no text makes the reader stumble.
        #[test]
        fn the_lockfile_round_trips(
            names in prop::collection::btree_set("[a-z0-9]{2,8}x", 0..6),
            accepts in 0_usize..3,
            noise in any::<String>(),
        ) {
            let mut frozen = Frozen::default();
            for name in &names {
                for step in 0..=accepts {
                    let before = checksum(&format!("{name} {step}"));
                    frozen.accept(id(name), checksum(&format!("{name} {}", step + 1)), before);
                }
            }
            let (read, diagnostics) = Frozen::parse(&frozen.to_string());
            prop_assert_eq!(&read, &frozen);
            prop_assert!(diagnostics.is_empty());
            Frozen::parse(&noise);
        }
    }
}
