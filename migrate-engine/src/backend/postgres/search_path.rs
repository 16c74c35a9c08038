//! The schema of unqualified names: the first one in the search path, or a schema to switch to.

use postgres::{Client, SimpleQueryRow, Transaction};

use crate::backend::SearchPath;
use crate::error::{DatabaseError, DatabaseErrorKind, OpError};
use migrate_schema::ddl::Dialect as _;

use super::PostgresDialect;
use super::error::from_driver;
use super::session::first_row;

/// The entry of a search path for the schema that has the name of the role.
const USER: &str = "$user";

/// The schema of unqualified names in a session: the first existing schema of its search path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Home {
    /// The value of `search_path`.
    pub(super) path: String,
    role: String,
    /// The result of `current_schema()`.
    current: Option<String>,
    reference: SchemaReference,
}

/// How the search path refers to the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
enum SchemaReference {
    /// By its name.
    Named,
    /// By `$user`. The schema may have been created later than the following ones in the search path.
    OfRole,
    /// The first schema that the search path names does not exist.
    Missing(String),
    /// The search path names no schema.
    Nowhere,
}

impl Home {
    /// The columns of one row: search path, first existing schema, role.
    pub(super) const COLUMNS: &'static str =
        "current_setting('search_path'), current_schema()::text, current_user::text";

    /// Reads it from a row, beginning at the column `first`.
    pub(super) fn from_row(row: Option<&SimpleQueryRow>, first: usize) -> Home {
        let text = |at: usize| row.and_then(|row| row.try_get(first + at).ok().flatten());
        Home::new(
            text(0).unwrap_or_default(),
            text(1),
            text(2).unwrap_or_default(),
        )
    }

    fn new(path: &str, current: Option<&str>, role: &str) -> Home {
        let named = entries(path).into_iter();
        let first = named
            .filter(|name| !name.starts_with("pg_temp"))
            .find(|name| name != USER || current == Some(role));
        let reference = match first {
            None => SchemaReference::Nowhere,
            Some(name) if name == USER => SchemaReference::OfRole,
            Some(name) if current == Some(&name) => SchemaReference::Named,
            Some(name) => SchemaReference::Missing(name),
        };
        Home {
            path: path.to_owned(),
            role: role.to_owned(),
            current: current.map(str::to_owned),
            reference,
        }
    }

    /// Reads it over a connection.
    pub(super) fn ask(client: &mut Client) -> Result<Home, postgres::Error> {
        let answers = client.simple_query(&format!("SELECT {}", Home::COLUMNS))?;
        Ok(Home::from_row(first_row(&answers), 0))
    }

    /// Assumes that a missing schema exists: in a scratch database, a run creates it.
    pub(super) fn assumed(mut self) -> Home {
        if let SchemaReference::Missing(name) = self.reference {
            self.current = Some(name);
            self.reference = SchemaReference::Named;
        }
        self
    }

    /// Returns the name of the schema.
    pub(super) fn schema(&self) -> Result<&str, DatabaseError> {
        let path = &self.path;
        let (reason, help) = match (&self.reference, &self.current) {
            (SchemaReference::Named | SchemaReference::OfRole, Some(schema)) => return Ok(schema),
            (SchemaReference::Missing(name), _) => {
                let id = PostgresDialect.identifier(name);
                (
                    format!(
                        "the search path `{path}` begins with the schema `{name}`, which does not exist for the role \
                         `{}`; a later schema is not used in its place",
                        self.role
                    ),
                    format!(
                        "create it (`CREATE SCHEMA {id}`), grant its USAGE to the role, or remove it from the search \
                         path; if all schemas share one history, name its place in `migrations!`: `version_table = \
                         \"public.migrate_revisions\"`"
                    ),
                )
            }
            _ => (
                format!("the search path `{path}` names no existing schema"),
                "set one: `?options=-csearch_path%3DSCHEMA` in the URL, or ALTER ROLE … SET search_path"
                    .to_owned(),
            ),
        };
        Err(DatabaseError::new(DatabaseErrorKind::Other, reason).with_help(help))
    }

    /// Returns an error if a later schema of the search path has the version table and this schema may have been
    /// created after it.
    pub(super) fn refuse_other(
        &self,
        transaction: &mut Transaction<'_>,
        table: &str,
    ) -> Result<(), DatabaseError> {
        let Some(schema) = self
            .current
            .as_ref()
            .filter(|_| self.reference == SchemaReference::OfRole)
        else {
            return Ok(());
        };
        let behind = "SELECT s::text FROM unnest(current_schemas(false)) WITH ORDINALITY AS p (s, at) \
                      WHERE s <> $1 AND EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
                      WHERE n.nspname = s AND c.relname = $2) ORDER BY at LIMIT 1";
        let found = transaction.query_opt(behind, &[schema, &table]);
        let found = found.and_then(|row| row.map(|row| row.try_get::<_, String>(0)).transpose());
        let Some(other) = found.map_err(|error| from_driver(&error))? else {
            return Ok(());
        };
        let reason = format!(
            "the first schema of the search path is `{schema}`, because it has the name of the role, and it has no \
             history; the later schema `{other}` has a history, which is not moved"
        );
        let help = format!(
            "to continue the history of `{other}`, name its place in `migrations!`: `version_table = \
             \"{other}.{table}\"`, or set the search path: `?options=-csearch_path%3D{other}`; to start a new history \
             in `{schema}`: `?options=-csearch_path%3D{schema},{other}`"
        );
        Err(DatabaseError::new(DatabaseErrorKind::Other, reason).with_help(help))
    }

    /// Returns the search path that gives a new database the same schema for names, or `None` if its default does.
    pub(super) fn spelled_out(&self) -> Option<String> {
        if self.reference == SchemaReference::Nowhere
            || self.path == "\"$user\", public" && self.reference != SchemaReference::OfRole
        {
            return None;
        }
        let names = entries(&self.path).into_iter().map(|name| match &*name {
            USER if self.reference == SchemaReference::OfRole => self.role.clone(),
            _ => name,
        });
        let names: Vec<String> = names.map(|name| quoted(&name)).collect();
        Some(names.join(", "))
    }

    /// Returns the statements that create the schemas of the search path.
    pub(super) fn create_schemas(&self) -> String {
        let names = entries(&self.path).into_iter();
        let own = names.filter(|name| name != USER && !name.starts_with("pg_"));
        own.map(|name| format!("CREATE SCHEMA IF NOT EXISTS {};", quoted(&name)))
            .collect()
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns the names in a search path as the server reads them: unquoted names in lower case.
fn entries(path: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut characters = path.chars().peekable();
    loop {
        while characters
            .next_if(|c| c.is_whitespace() || *c == ',')
            .is_some()
        {}
        let mut name = String::new();
        match characters.peek() {
            None => return names,
            Some('"') => {
                characters.next();
                while let Some(character) = characters.next() {
                    match character {
                        '"' if characters.next_if_eq(&'"').is_none() => break,
                        _ => name.push(character),
                    }
                }
            }
            Some(_) => {
                while let Some(character) = characters.next_if(|c| !c.is_whitespace() && *c != ',')
                {
                    name.extend(character.to_lowercase());
                }
            }
        }
        if !name.is_empty() {
            names.push(name);
        }
    }
}

/// Returns the statements that switch to the schema `name` and back. Inside, the previous search path follows it.
pub(super) fn to(transaction: &mut Transaction<'_>, name: &str) -> Result<SearchPath, OpError> {
    let row = transaction
        .query_one(
            "SELECT current_setting('search_path'), EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)",
            &[&name],
        )
        .and_then(|row| Ok((row.try_get::<_, String>(0)?, row.try_get::<_, bool>(1)?)));
    let (before, there) = row.map_err(|error| OpError::Inspection(from_driver(&error)))?;
    let schema = PostgresDialect.identifier(name);
    if !there {
        return Err(OpError::Invalid {
            operation: format!("switch to the schema `{name}`"),
            reason: "there is no such schema".to_owned(),
            help: format!("create it first: `op.create_schema(\"{name}\")`"),
        });
    }
    let behind = if before.is_empty() {
        String::new()
    } else {
        format!(", {before}")
    };
    Ok(SearchPath {
        enter: format!("SET search_path TO {schema}{behind}"),
        leave: format!(
            "SET search_path TO {}",
            if before.is_empty() { "''" } else { &before }
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(path: &str, current: Option<&str>, role: &str) -> Result<String, String> {
        let home = Home::new(path, current, role);
        home.schema()
            .map(str::to_owned)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_search_path_is_read_as_the_server_reads_it() {
        assert_eq!(entries("\"$user\", public"), ["$user", "public"]);
        assert_eq!(
            entries("Acme,\"A \"\"b, c\" , public"),
            ["acme", "A \"b, c", "public"]
        );
        assert_eq!(entries(""), [] as [&str; 0]);
        assert_eq!(entries("\"\""), [] as [&str; 0]);
    }

    #[test]
    fn names_belong_to_the_first_schema_that_is_named_and_to_no_other() {
        assert_eq!(schema("acme, public", Some("acme"), "app").unwrap(), "acme");
        assert_eq!(
            schema("\"$user\", public", Some("public"), "app").unwrap(),
            "public"
        );
        assert_eq!(
            schema("\"$user\", public", Some("app"), "app").unwrap(),
            "app"
        );
        let missing = schema("acme, public", Some("public"), "app").unwrap_err();
        assert!(
            missing
                .contains("begins with the schema `acme`, which does not exist for the role `app`"),
            "{missing}"
        );
        assert!(schema("\"$user\", acme, public", Some("public"), "app").is_err());
        for nowhere in ["", "\"$user\""] {
            let nowhere = schema(nowhere, None, "app").unwrap_err();
            assert!(nowhere.contains("names no existing schema"), "{nowhere}");
        }
    }

    #[test]
    fn a_search_path_is_made_explicit_for_another_database() {
        let explicit = |path: &str, current, role| Home::new(path, current, role).spelled_out();
        assert_eq!(explicit("\"$user\", public", Some("public"), "app"), None);
        assert_eq!(
            explicit("\"$user\", public", Some("app"), "app").as_deref(),
            Some("\"app\", \"public\"")
        );
        assert_eq!(
            explicit("Mine", Some("mine"), "app").as_deref(),
            Some("\"mine\"")
        );
        assert_eq!(explicit("mine", None, "app").as_deref(), Some("\"mine\""));
        assert_eq!(explicit("", None, "app"), None);
    }
}
