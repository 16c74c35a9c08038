//! The name of a backup, made of the database, the time and the heads: `app-20261122T103000.123Z-a1b2c3d4e5f6.db`

use std::ffi::{OsStr, OsString};

use migrate_engine::backup_driver::BackupLocation;

/// The text in place of the heads of a corrupt database that was kept.
pub(super) const CORRUPT: &str = "corrupt";
/// The text in place of heads that are not known.
const UNKNOWN: &str = "unknown";
/// The text if nothing is applied.
const BASE: &str = "base";
/// The suffix after the heads of a database that a restore replaced.
const REPLACED: &str = ".replaced";
/// The most heads, and the longest text of heads, that a name contains.
const MAX_HEADS: (usize, usize) = (4, 100);

/// The parts of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// The time, as [`clock::stamp`](migrate_engine::clock::stamp) writes it.
    pub(super) stamp: String,
    /// The heads, if the name contains them.
    pub(super) heads: Option<Vec<String>>,
    /// The number among several backups of the same moment and heads, from 1.
    pub(super) number: u32,
    /// The reason why it was made.
    pub(super) reason: BackupReason,
}

/// The reason why a backup was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupReason {
    /// A user or a command requested it.
    Manual,
    /// A restore was about to replace the database.
    BeforeRestore,
}

impl Name {
    /// Returns the file name.
    pub(super) fn written(&self, location: &BackupLocation) -> OsString {
        let mut name = location.stem.clone();
        name.push(format!(
            "-{}-{}",
            self.stamp,
            heads_text(self.heads.as_deref())
        ));
        if self.number > 1 {
            name.push(format!(".{}", self.number));
        }
        if self.reason == BackupReason::BeforeRestore {
            name.push(REPLACED);
        }
        if let Some(extension) = &location.extension {
            name.push(".");
            name.push(extension);
        }
        name
    }

    /// Parses a file name; returns `None` if it is not the name of a backup of this database.
    pub(super) fn read(location: &BackupLocation, name: &OsStr) -> Option<Name> {
        let rest = name.as_encoded_bytes();
        let rest = rest.strip_prefix(location.stem.as_encoded_bytes())?;
        let rest = match &location.extension {
            Some(extension) => rest
                .strip_suffix(extension.as_encoded_bytes())?
                .strip_suffix(b".")?,
            None => rest,
        };
        let rest = std::str::from_utf8(rest).ok()?.strip_prefix('-')?;
        let (stamp, rest) = rest.split_once('-')?;
        let (rest, reason) = match rest.strip_suffix(REPLACED) {
            Some(rest) => (rest, BackupReason::BeforeRestore),
            None => (rest, BackupReason::Manual),
        };
        let (heads, number) = match rest.split_once('.') {
            Some((heads, number)) => (heads, number.parse().ok().filter(|number| *number > 1)?),
            None => (rest, 1),
        };
        if !is_stamp(stamp) {
            return None;
        }
        let heads = match heads {
            BASE => Some(Vec::new()),
            UNKNOWN => None,
            text => heads_in(text)?,
        };
        let name = Name {
            stamp: stamp.to_owned(),
            heads,
            number,
            reason,
        };
        Some(name)
    }
}

fn heads_text(heads: Option<&[String]>) -> String {
    match heads {
        None => UNKNOWN.to_owned(),
        Some([]) => BASE.to_owned(),
        // An id from a database is not trusted to be a file name.
        Some(heads) if !heads.iter().all(|head| is_id(head)) => UNKNOWN.to_owned(),
        Some(heads) => {
            let text = heads.join("+");
            if heads.len() > MAX_HEADS.0 || text.len() > MAX_HEADS.1 {
                return format!("{}-heads", heads.len());
            }
            text
        }
    }
}

/// Parses heads that [`heads_text`] wrote; returns `Some(None)` if it wrote only their number.
fn heads_in(text: &str) -> Option<Option<Vec<String>>> {
    if let Some(count) = text.strip_suffix("-heads") {
        return count.parse::<usize>().ok().map(|_| None);
    }
    let heads: Vec<String> = text.split('+').map(str::to_owned).collect();
    heads.iter().all(|head| is_id(head)).then_some(Some(heads))
}

fn is_id(text: &str) -> bool {
    migrate_graph::RevisionId::new(text).is_ok()
}

fn is_stamp(text: &str) -> bool {
    let form = "00000000T000000.000Z";
    text.len() == form.len()
        && text.bytes().zip(form.bytes()).all(|(byte, form)| {
            if form == b'0' {
                byte.is_ascii_digit()
            } else {
                byte == form
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn location() -> BackupLocation {
        BackupLocation::new("/backups", "app", Some("db".into()))
    }

    fn name(heads: Option<Vec<&str>>, number: u32) -> Name {
        Name {
            stamp: "20261122T103000.123Z".to_owned(),
            heads: heads.map(|heads| heads.into_iter().map(str::to_owned).collect()),
            number,
            reason: BackupReason::Manual,
        }
    }

    #[test]
    fn a_name_contains_database_time_and_heads() {
        for (heads, number, expected) in [
            (Some(vec!["a1b2"]), 1, "app-20261122T103000.123Z-a1b2.db"),
            (
                Some(vec!["a1", "b2"]),
                3,
                "app-20261122T103000.123Z-a1+b2.3.db",
            ),
            (Some(vec![]), 1, "app-20261122T103000.123Z-base.db"),
            (None, 2, "app-20261122T103000.123Z-unknown.2.db"),
        ] {
            let name = name(heads, number);
            assert_eq!(name.written(&location()), OsStr::new(expected));
            assert_eq!(Name::read(&location(), OsStr::new(expected)), Some(name));
        }
    }

    #[test]
    fn a_replaced_database_is_distinguished() {
        let mut name = name(Some(vec!["a1"]), 2);
        name.reason = BackupReason::BeforeRestore;
        let written = name.written(&location());
        assert_eq!(written, "app-20261122T103000.123Z-a1.2.replaced.db");
        assert_eq!(Name::read(&location(), &written), Some(name));
    }

    #[test]
    fn text_from_a_database_does_not_become_a_path() {
        let written = name(Some(vec!["../../etc/passwd"]), 1).written(&location());
        assert_eq!(written, "app-20261122T103000.123Z-unknown.db");
        let many = name(Some(vec!["a"; 9]), 1).written(&location());
        assert_eq!(many, "app-20261122T103000.123Z-9-heads.db");
        assert_eq!(
            Name::read(&location(), &many).map(|name| name.heads),
            Some(None)
        );
    }

    #[test]
    fn other_files_are_not_backups_of_this_database() {
        for other in [
            "app.db",
            "app-20261122T103000.123Z-a1b2.sqlite",
            "app2-20261122T103000.123Z-a1b2.db",
            "app-20261122T103000Z-a1b2.db",
            "app-20261122T103000.123Z-a1b2.db-wal",
            "app-20261122T103000.123Z-a b.db",
            "app-20261122T103000.123Z-a1b2.1.db",
            "app-20261122T103000.123Z.db",
            ".app-20261122T103000.123Z.77.part",
        ] {
            assert_eq!(Name::read(&location(), OsStr::new(other)), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_written_name_is_read_back(
            stem in "[a-zA-Z0-9 ._?#%é-]{1,20}",
            extension in proptest::option::of("[a-z0-9]{1,5}"),
            heads in proptest::collection::vec("[A-Za-z0-9_]{1,20}", 1..=4),
            number in 1_u32..50,
        ) {
            prop_assume!(heads.iter().all(|head| is_id(head) && head != UNKNOWN));
            let location = BackupLocation::new("/b", stem, extension.map(OsString::from));
            let name = Name { stamp: "20261122T103000.123Z".to_owned(), heads: Some(heads), number, reason: BackupReason::Manual };
            prop_assert_eq!(Name::read(&location, &name.written(&location)), Some(name));
        }

        #[test]
        fn no_file_name_causes_a_panic(text in ".{0,60}") {
            Name::read(&location(), OsStr::new(&text));
        }
    }
}
