//! Reads objects other than tables, views and triggers: sequences, procedures, functions, packages and events.

use mysql::prelude::Queryable as _;
use mysql::{Conn, Error, Row};

use migrate_schema::schema::{NativeObject, Object, Stage};

use super::account::{self, Account};
use super::identifier;
use super::inspect::text;
use super::server::Server;
use super::sql::uniform;

type Result<T> = std::result::Result<T, Error>;

/// The texts of SHOW CREATE for an enabled and for a disabled event.
pub(super) const PRESERVES_AND_RUNS: &str = " PRESERVE ENABLE";
pub(super) const PRESERVES_AND_STANDS: &str = " PRESERVE DISABLE";

/// The text before the start time of an event.
const STARTS: &str = " STARTS '";

/// Removes from events whether they are enabled, and their start time: in a copy, each event has another start time.
pub(super) fn all_stand(natives: &mut [NativeObject]) {
    let events = natives.iter_mut().filter(|it| it.object.kind == "event");
    for event in events {
        event.definition = event
            .definition
            .replacen(PRESERVES_AND_RUNS, PRESERVES_AND_STANDS, 1);
        if let Some(anytime) = without_event_start(&event.definition) {
            event.definition = anytime;
        }
        for sql in &mut event.create {
            *sql = sql.replacen(PRESERVES_AND_RUNS, PRESERVES_AND_STANDS, 1);
        }
    }
}

/// Returns whether `event` differs from `other` only in its start time, which `other` does not have.
pub(super) fn is_same_event_ignoring_start(event: &NativeObject, other: &NativeObject) -> bool {
    event.object.kind == "event"
        && without_event_start(&event.definition).as_ref() == Some(&other.definition)
}

/// Returns an event's definition without its start time, if it has one.
fn without_event_start(definition: &str) -> Option<String> {
    let (before, rest) = definition.split_once(STARTS)?;
    let (_, after) = rest.split_once('\'')?;
    Some(format!("{before}{after}"))
}

/// Reads all these objects, sorted.
pub(super) fn natives(conn: &mut Conn, server: Server) -> Result<Vec<NativeObject>> {
    let account = &Account::ask(conn)?;
    let mut found = Vec::new();
    if server.is_mariadb() {
        sequences(conn, &mut found)?;
    }
    routines(conn, server, account, &mut found)?;
    events(conn, account, &mut found)?;
    found.sort_by(|a, b| a.object.cmp(&b.object));
    Ok(found)
}

fn sequences(conn: &mut Conn, found: &mut Vec<NativeObject>) -> Result<()> {
    let names: Vec<String> = conn.query(
        "SELECT TABLE_NAME FROM information_schema.TABLES \
         WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'SEQUENCE' ORDER BY 1",
    )?;
    for name in names {
        let id = identifier(&name);
        let shown: Option<Row> = conn.query_first(format!("SHOW CREATE SEQUENCE {id}"))?;
        let create = shown
            .map(|row| text(&row, 1))
            .transpose()?
            .unwrap_or_default();
        let object = Object::new("sequence", &name);
        let mut native = NativeObject::new(object, &create, &create, format!("DROP SEQUENCE {id}"))
            .stage(Stage::BeforeTables);
        // Its next value is kept.
        let changes = create.strip_prefix("CREATE ");
        if let Some((changes, _)) = changes.and_then(|text| text.rsplit_once(" ENGINE=")) {
            native = native.replaced_by(format!("ALTER {changes}"));
        }
        found.push(native);
    }
    Ok(())
}

/// The columns of SHOW CREATE for a routine: its SQL mode and its statement.
const MODE: usize = 1;
const SHOWN: usize = 2;

fn routines(
    conn: &mut Conn,
    server: Server,
    account: &Account,
    found: &mut Vec<NativeObject>,
) -> Result<()> {
    let routines: Vec<(String, String, String)> = conn.query(
        "SELECT ROUTINE_NAME, ROUTINE_TYPE, DEFINER FROM information_schema.ROUTINES \
         WHERE ROUTINE_SCHEMA = DATABASE() ORDER BY 1, 2",
    )?;
    for (name, kind, definer) in routines {
        let shown: Option<Row> =
            conn.query_first(format!("SHOW CREATE {kind} {}", identifier(&name)))?;
        // The list of routines prints some modes in a form that a session does not accept.
        let (mode, sql) = match shown {
            Some(row) => (text(&row, MODE)?, text(&row, SHOWN)?),
            None => Default::default(),
        };
        let routine = StoredObject {
            name,
            kind,
            definer,
            mode,
            sql,
            hidden: "",
        };
        let mut native = routine.native(account).stage(Stage::BeforeTables);
        if server.is_mariadb() {
            let replace = |sql: &String| match sql.strip_prefix("CREATE ") {
                Some(rest) => format!("CREATE OR REPLACE {rest}"),
                None => sql.clone(),
            };
            native.replace = native.create.iter().map(replace).collect();
        }
        found.push(native);
    }
    Ok(())
}

fn events(conn: &mut Conn, account: &Account, found: &mut Vec<NativeObject>) -> Result<()> {
    // A recurring event without an explicit start begins when it is created. Both times are printed, possibly in
    // different time zones.
    let events: Vec<(String, String, String, Option<String>)> = conn.query(
        "SELECT EVENT_NAME, DEFINER, SQL_MODE, \
                IF(EVENT_TYPE = 'RECURRING' AND ABS(TIMESTAMPDIFF(SECOND, CREATED, STARTS)) <= 54000 \
                   AND MOD(TIMESTAMPDIFF(SECOND, CREATED, STARTS), 900) = 0, CAST(STARTS AS CHAR), NULL) \
         FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE() ORDER BY 1",
    )?;
    for (name, definer, mode, starts) in events {
        let shown: Option<Row> =
            conn.query_first(format!("SHOW CREATE EVENT {}", identifier(&name)))?;
        let Some(row) = shown else { continue };
        let zone = text(&row, 2)?;
        let mut sql = text(&row, 3)?;
        if let Some(starts) = starts {
            sql = sql.replacen(&format!("{STARTS}{starts}'"), "", 1);
        }
        let hidden = if ["SYSTEM", "+00:00", "UTC"].contains(&zone.as_str()) {
            ""
        } else {
            zone.as_str()
        };
        let kind = "EVENT".to_owned();
        let event = StoredObject {
            name,
            kind,
            definer,
            mode,
            sql,
            hidden,
        };
        let mut native = event.native(account).stage(Stage::Last);
        if !hidden.is_empty() {
            let zone = |zone: &str| format!("SET SESSION time_zone = {}", super::literal(zone));
            native.create.insert(0, zone(hidden));
            native.create.push(zone("+00:00"));
        }
        found.push(native);
    }
    Ok(())
}

/// An object whose CREATE statement the server stores.
struct StoredObject<'z> {
    name: String,
    kind: String,
    definer: String,
    mode: String,
    sql: String,
    /// The time zone in which it was created, if that is not the zone of a run.
    hidden: &'z str,
}

impl StoredObject<'_> {
    fn native(self, account: &Account) -> NativeObject {
        let object = Object::new(self.kind.to_ascii_lowercase(), &self.name);
        let drop = format!("DROP {} {}", self.kind, identifier(&self.name));
        if self.sql.is_empty() {
            // No statement can create the object, and a replay reports this.
            let definition = "this account may not read its text";
            let sql = format!(
                "SELECT 'the text of {} `{}` can''t be read by this account'",
                self.kind, self.name
            );
            return NativeObject::new(object, definition, sql, drop);
        }
        let definer = account.other(&self.definer);
        // MySQL keeps the delimiter of the statement if another statement followed.
        let sql = self.sql.trim_end().trim_end_matches(';');
        let sql = account::with_definer(sql, definer.as_deref());
        let mut definition = uniform(&sql);
        if let Some(mode) = account::other_mode(&self.mode) {
            definition.push_str(&format!(" /* sql_mode: {mode} */"));
        }
        if !self.hidden.is_empty() {
            definition.push_str(&format!(" /* time_zone: {} */", self.hidden));
        }
        let mut native = NativeObject::new(object, definition, "", drop);
        native.create = account::under_mode(sql, &self.mode);
        native
    }
}
