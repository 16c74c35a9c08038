//! The settings that each client has for itself. The server does not report them, so they are read.

use super::session::{Client, Session};

/// The settings. What is set first may set others, which are then set right.
const NAMES: [&str; 8] = [
    "sql_mode",
    "time_zone",
    "character_set_client",
    "character_set_results",
    "character_set_connection",
    "collation_connection",
    "foreign_key_checks",
    "unique_checks",
];

/// The values of [`NAMES`], and the database.
pub(super) type Values = Vec<Option<Vec<u8>>>;

/// Returns the query for the values of the session.
fn query() -> String {
    let names: Vec<String> = NAMES.iter().map(|name| format!("@@{name}")).collect();
    format!("SELECT {}, DATABASE()", names.join(", "))
}

/// Returns the query for the values of a new connection with this collation.
fn query_new(collation: u16) -> String {
    format!(
        "SELECT @@global.sql_mode, @@global.time_zone, c.n, c.n, c.n, c.c, @@global.foreign_key_checks, \
         @@global.unique_checks, DATABASE() FROM (SELECT COALESCE(MAX(character_set_name), 'utf8mb4') AS n, \
         COALESCE(MAX(collation_name), 'utf8mb4_general_ci') AS c FROM information_schema.collations \
         WHERE id = {collation}) AS c"
    )
}

/// Reads the values of the session.
///
/// # Errors
///
/// If the session has ended or the server does not return them.
pub(super) async fn read(session: &mut Session) -> Result<Values, String> {
    read_by(session, &query()).await
}

/// Reads the values of a new connection.
///
/// # Errors
///
/// If the session has ended or the server does not return them.
pub(super) async fn read_new(session: &mut Session, collation: u16) -> Result<Values, String> {
    read_by(session, &query_new(collation)).await
}

async fn read_by(session: &mut Session, sql: &str) -> Result<Values, String> {
    match session.query(sql).await? {
        Ok(Some(row)) if row.len() == NAMES.len() + 1 => Ok(row),
        Ok(_) => Err("the server did not return its settings".to_owned()),
        Err(failure) => Err(format!(
            "the server did not return its settings: {}",
            failure.message
        )),
    }
}

/// Gives the session the settings of a client.
///
/// # Errors
///
/// If the session has ended or the server refuses them.
pub(super) async fn change(
    session: &mut Session,
    client: Client,
    values: &Values,
) -> Result<(), String> {
    session.settings_of = client;
    let current = session.settings.take().unwrap_or_default();
    if current == *values {
        session.settings = Some(current);
        return Ok(());
    }
    let settings: Vec<String> = NAMES
        .iter()
        .zip(values)
        .map(|(name, value)| format!("{name} = {}", literal(value.as_deref())))
        .collect();
    let refused =
        |message: &str| format!("the settings of the session can't be restored: {message}");
    let sql = format!("SET {}", settings.join(", "));
    if let Err(failure) = session.query(&sql).await? {
        return Err(refused(&failure.message));
    }
    let database = NAMES.len();
    if let Some(Some(name)) = values.get(database)
        && current.get(database).and_then(Option::as_deref) != Some(name)
        && let Err(failure) = session.use_database(name).await?
    {
        return Err(refused(&failure.message));
    }
    session.settings = Some(values.clone());
    Ok(())
}

/// Returns a value as SQL. Numbers are words too.
fn literal(value: Option<&[u8]>) -> String {
    match value {
        None => "NULL".to_owned(),
        Some(text) if !text.is_empty() && text.iter().all(u8::is_ascii_digit) => {
            String::from_utf8_lossy(text).into_owned()
        }
        Some(text) => {
            let text = String::from_utf8_lossy(text)
                .replace('\'', "''")
                .replace('\\', "");
            format!("'{text}'")
        }
    }
}
