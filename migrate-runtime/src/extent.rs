//! What of a database is the revisions' business: not their version table, and not what the project leaves to others.

use crate::diff::leave_out;
use crate::error::{DatabaseError, Trouble};
use crate::schema::Schema;

/// What of a database is looked at.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Extent {
    /// The version table; empty where there is none.
    pub(crate) version_table: &'static str,
    /// The names that are somebody else's: `*` stands for any letters and `?` for one.
    pub(crate) ignore: &'static [&'static str],
    /// The schemas: that of the connection, and further ones. None where only that of the connection is looked at.
    pub(crate) schemas: &'static [&'static str],
}

impl Extent {
    /// Everything.
    pub(crate) const ALL: Extent = Extent {
        version_table: "",
        ignore: &[],
        schemas: &[],
    };

    /// Returns the further schemas.
    pub(crate) fn further(self) -> &'static [&'static str] {
        self.schemas.get(1..).unwrap_or_default()
    }

    /// Returns the schema of the connection, where it has to be a certain one.
    pub(crate) fn home(self) -> Option<&'static str> {
        self.schemas.first().copied()
    }

    /// Refuses a connection whose names belong to another schema than the first of those that are looked at, and a database
    /// that has no schemas.
    pub(crate) fn refuse_elsewhere(self, home: Option<&str>) -> Result<(), DatabaseError> {
        let Some(first) = self.home().filter(|first| home != Some(first)) else {
            return Ok(());
        };
        let (reason, help) = match home {
            Some(home) => (
                format!(
                    "`schemas` in `[package.metadata.migrate]` begins with `{first}`, and names of this connection belong to the \
                     schema `{home}`"
                ),
                format!(
                    "put `{home}` first, or set the search path to `{first}`: `?options=-csearch_path%3D{first}` in the URL"
                ),
            ),
            None => (
                "`schemas` in `[package.metadata.migrate]` is set, and this database has no further schemas".to_owned(),
                "remove `schemas`: only PostgreSQL has several".to_owned(),
            ),
        };
        Err(DatabaseError::new(Trouble::Other, reason).with_help(help))
    }

    /// Returns the same schemas with all that is in them.
    pub(crate) fn whole(self) -> Extent {
        Extent {
            schemas: self.schemas,
            ..Extent::ALL
        }
    }

    /// Returns the same schemas with all but the version table.
    pub(crate) fn without_history(self) -> Extent {
        Extent {
            ignore: &[],
            ..self
        }
    }

    /// Returns a schema without what is somebody else's.
    pub(crate) fn of(self, mut schema: Schema) -> Schema {
        leave_out(&mut schema, self.ignore);
        schema
    }
}

/// All but a version table.
impl From<&'static str> for Extent {
    fn from(version_table: &'static str) -> Extent {
        Extent {
            version_table,
            ..Extent::ALL
        }
    }
}
