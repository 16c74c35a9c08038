//! Reads the triggers of a live database, with their original text.

use mysql::prelude::Queryable as _;
use mysql::{Conn, Error, Row};

use migrate_schema::schema::{NativeObject, Need, Object, Stage, Trigger};

use super::account::{self, Account};
use super::identifier;
use super::inspect::text;
use super::normalize::trigger_as_told;
use super::sql::uniform;

type Result<T> = std::result::Result<T, Error>;

/// The triggers of some tables.
#[derive(Debug, Default)]
pub(super) struct Triggers {
    pub(super) triggers: Vec<Trigger>,
    /// The triggers with another account, another SQL mode, or a different order.
    pub(super) natives: Vec<NativeObject>,
    /// The order of creation: a trigger that fires after another one for the same event is created after it.
    pub(super) needs: Vec<Need>,
}

/// Reads the triggers that match a condition about `name`.
pub(super) fn triggers(conn: &mut Conn, condition: &str, name: &str) -> Result<Triggers> {
    // Sorted by table and event, in the order in which they fire.
    let sql = format!(
        "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, DEFINER, SQL_MODE, ACTION_STATEMENT, \
                CURRENT_USER() \
         FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() AND {condition} \
         ORDER BY EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER"
    );
    let rows: Vec<Row> = conn.exec(sql, (name,))?;
    let mut found = Triggers::default();
    let mut before: Option<Before> = None;
    for row in rows {
        let read = Read::of(conn, &row)?;
        let group = [&read.trigger.table, &text(&row, 2)?, &text(&row, 3)?].map(String::clone);
        let same = before.take().filter(|it| it.group == group);
        // Operations create them in the order of their names.
        if let Some(other) = &same {
            let object = |name: &str| Object::of_table("trigger", &read.trigger.table, name);
            let [after, first] = [&read.trigger.name, &other.name].map(|name| object(name));
            found.needs.push(Need::new(after, first));
        }
        let follows = same.as_ref().filter(|it| read.trigger.name < it.greatest);
        let follows = follows.map(|it| it.name.clone());
        let last = same.map(|it| it.greatest).unwrap_or_default();
        before = Some(Before {
            greatest: last.max(read.trigger.name.clone()),
            group,
            name: read.trigger.name.clone(),
        });
        read.into(&mut found, &Account::named(text(&row, 7)?), follows);
    }
    found
        .triggers
        .sort_by(|a, b| (&a.name, &a.table).cmp(&(&b.name, &b.table)));
    found.natives.sort_by(|a, b| a.object.cmp(&b.object));
    Ok(found)
}

/// The previous trigger for the same event.
struct Before {
    group: [String; 3],
    name: String,
    /// The greatest name of all previous triggers.
    greatest: String,
}

struct Read {
    trigger: Trigger,
    definer: String,
    mode: String,
}

impl Read {
    fn of(conn: &mut Conn, row: &Row) -> Result<Read> {
        let (name, table) = (text(row, 0)?, text(row, 1)?);
        // The list contains the parsed text, without its backslashes.
        let shown: Option<Row> =
            conn.query_first(format!("SHOW CREATE TRIGGER {}", identifier(&name)))?;
        let mut definition = shown
            .map(|row| text(&row, 2))
            .transpose()?
            .unwrap_or_default();
        if definition.is_empty() {
            // Without the privilege to read the statement, only the list is available.
            let (timing, event, body) = (text(row, 2)?, text(row, 3)?, text(row, 6)?);
            let (id, on) = (identifier(&name), identifier(&table));
            definition =
                format!("CREATE TRIGGER {id} {timing} {event} ON {on} FOR EACH ROW {body}");
        }
        let mut trigger = Trigger::new(name, table, definition);
        trigger.definition = trigger_as_told(&trigger);
        Ok(Read {
            trigger,
            definer: text(row, 4)?,
            mode: text(row, 5)?,
        })
    }

    fn into(self, found: &mut Triggers, account: &Account, follows: Option<String>) {
        let definer = account.other(&self.definer);
        let mode = account::other_mode(&self.mode);
        if definer.is_none() && mode.is_none() && follows.is_none() {
            found.triggers.push(self.trigger);
            return;
        }
        let Trigger {
            name,
            table,
            definition,
            ..
        } = self.trigger;
        let object = Object::of_table("trigger", &table, &name);
        let mut sql = account::with_definer(&definition, definer.as_deref());
        let mut normalized = uniform(&sql);
        if let Some(follows) = &follows {
            let row = "FOR EACH ROW ";
            let clause = format!("{row}FOLLOWS {} ", identifier(follows));
            sql = sql.replacen(row, &clause, 1);
            normalized = normalized.replacen(row, &clause, 1);
        }
        if let Some(mode) = &mode {
            normalized.push_str(&format!(" /* sql_mode: {mode} */"));
        }
        let drop = format!("DROP TRIGGER {}", identifier(&name));
        let mut native = NativeObject::new(object, normalized, "", drop).stage(Stage::Last);
        native.create = account::under_mode(sql, &self.mode);
        found.natives.push(native);
    }
}
