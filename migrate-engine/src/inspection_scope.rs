//! The part of a database that the revisions manage: without their version table, and without ignored objects.

use crate::error::{DatabaseError, DatabaseErrorKind};
use migrate_schema::diff::{leave_out, leave_out_names, matches, own};
use migrate_schema::schema::Schema;

/// The part of a database that is inspected.
#[derive(Debug, Clone, Copy, Default)]
pub struct InspectionScope {
    /// The version table; empty if there is none.
    pub version_table: &'static str,
    /// The ignored names: `*` matches any characters, and `?` matches one.
    pub(crate) ignore: &'static [&'static str],
    /// The schema of the connection, followed by further schemas. Empty if only the schema of the connection is
    /// inspected.
    pub schemas: &'static [&'static str],
    /// The names of the objects that other histories created; with the schema, in a further schema.
    pub(crate) foreign: &'static [String],
}

impl InspectionScope {
    /// Everything.
    pub(crate) const ALL: InspectionScope = InspectionScope {
        version_table: "",
        ignore: &[],
        schemas: &[],
        foreign: &[],
    };

    /// Returns the further schemas.
    pub fn further(self) -> &'static [&'static str] {
        self.schemas.get(1..).unwrap_or_default()
    }

    /// Returns the schema that the connection must have, if one is required.
    pub fn home(self) -> Option<&'static str> {
        self.schemas.first().copied()
    }

    /// Returns an error if the schema of the connection is not the first inspected one, or if the database has no
    /// schemas.
    pub fn refuse_elsewhere(self, home: Option<&str>) -> Result<(), DatabaseError> {
        let Some(first) = self.home().filter(|first| home != Some(first)) else {
            return Ok(());
        };
        let (reason, help) = match home {
            Some(home) => (
                format!(
                    "`schemas` in `[package.metadata.migrate]` begins with `{first}`, and this connection is in the \
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
        Err(DatabaseError::new(DatabaseErrorKind::Other, reason).with_help(help))
    }

    /// Returns the same schemas with all their objects.
    pub fn whole(self) -> InspectionScope {
        InspectionScope {
            schemas: self.schemas,
            ..InspectionScope::ALL
        }
    }

    /// Returns the same schemas with all objects but the version table.
    pub fn without_history(self) -> InspectionScope {
        InspectionScope {
            ignore: &[],
            ..self
        }
    }

    /// Returns a schema without ignored objects, and without those of other histories. `home` is the schema of the
    /// connection: a pattern may name it.
    pub fn of(self, mut schema: Schema, home: Option<&str>) -> Schema {
        leave_out(&mut schema, self.ignore);
        let ignore = self.ignore.iter();
        let here: Vec<&str> = ignore.filter_map(|pattern| own(pattern, home?)).collect();
        let others = std::mem::take(&mut schema.others);
        leave_out(&mut schema, &here);
        schema.others = others;
        leave_out_names(&mut schema, self.foreign);
        schema
    }

    /// Returns the pattern that ignores a name of the schema of the connection, if there is one.
    pub fn ignored_by(self, name: &str, home: Option<&str>) -> Option<&'static str> {
        let mut ignore = self.ignore.iter().copied();
        ignore.find(|pattern| InspectionScope::matches(pattern, name, home))
    }

    /// Returns whether a pattern, which may be prefixed with the schema `place`, matches a name of that schema.
    pub fn matches(pattern: &str, name: &str, place: Option<&str>) -> bool {
        let within = place.and_then(|place| own(pattern, place));
        matches(pattern, name) || within.is_some_and(|pattern| matches(pattern, name))
    }

    /// Returns whether another history created an object with this name.
    pub fn is_foreign(self, name: &str) -> bool {
        self.foreign.iter().any(|other| other == name)
    }

    /// Returns the ignored names.
    pub fn ignored(self) -> &'static [&'static str] {
        self.ignore
    }
}

/// Everything but a version table.
impl From<&'static str> for InspectionScope {
    fn from(version_table: &'static str) -> InspectionScope {
        InspectionScope {
            version_table,
            ..InspectionScope::ALL
        }
    }
}
