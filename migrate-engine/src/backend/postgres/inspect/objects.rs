//! Reads comments and options of tables, views, triggers and types.

use postgres::Transaction;

use super::branches::without_idle_names;
use super::{HERE, OWN, Result, find};
use migrate_schema::schema::{EnumType, Schema, Trigger, View};

/// Reads comments and options of the tables with these names, or of all tables, into `schema`.
pub(super) fn about_tables(
    transaction: &mut Transaction<'_>,
    schema: &mut Schema,
    only: Option<&[String]>,
) -> Result<()> {
    let sql = format!(
        "SELECT c.relname::text, array_to_string(c.reloptions, ', '), pg_get_partkeydef(c.oid), \
                obj_description(c.oid, 'pg_class') FROM pg_class AS c \
         WHERE c.relkind IN ('r', 'p') AND {HERE} AND ($1::text[] IS NULL OR c.relname = ANY ($1))"
    );
    for row in transaction.query(&sql, &[&only])? {
        let table: String = row.try_get(0)?;
        let Some(table) = find(schema, &table) else {
            continue;
        };
        let settings: Option<String> = row.try_get(1)?;
        let key: Option<String> = row.try_get(2)?;
        let words = [
            key.map(|key| format!("PARTITION BY {key}")),
            settings.map(|settings| format!("WITH ({settings})")),
        ];
        let words = words.into_iter().flatten().collect::<Vec<_>>().join(" ");
        table.options = Some(words).filter(|words| !words.is_empty());
        table.comment = row.try_get(3)?;
    }
    Ok(())
}

/// Reads the views with these names, or all views, sorted by name.
pub(super) fn views(
    transaction: &mut Transaction<'_>,
    only: Option<&[String]>,
) -> Result<Vec<View>> {
    let sql = format!(
        "SELECT c.relname::text, c.relkind::text, pg_get_viewdef(c.oid, true) FROM pg_class AS c \
         WHERE c.relkind IN ('v', 'm') AND {HERE} AND {OWN} AND ($1::text[] IS NULL OR c.relname = ANY ($1)) \
         ORDER BY c.relname::text COLLATE \"C\""
    );
    let mut views = Vec::new();
    for row in transaction.query(&sql, &[&only])? {
        let (name, kind): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let query: String = row.try_get(2)?;
        // The server always prints the same text, and a string in it may contain significant white space.
        let query = without_idle_names(query.trim().trim_end_matches(';'));
        let view = View::new(name, query);
        views.push(match kind.as_str() {
            "m" => view.materialized(),
            _ => view,
        });
    }
    Ok(views)
}

/// Reads the triggers with these names, the triggers of the tables with these names, or all triggers, sorted by name.
pub(super) fn triggers(
    transaction: &mut Transaction<'_>,
    only: Option<&[String]>,
) -> Result<Vec<Trigger>> {
    let sql = format!(
        "SELECT g.tgname::text, c.relname::text, pg_get_triggerdef(g.oid, true) FROM pg_trigger AS g \
         JOIN pg_class AS c ON c.oid = g.tgrelid \
         WHERE NOT g.tgisinternal AND NOT c.relispartition AND {HERE} AND {OWN} \
         AND ($1::text[] IS NULL OR c.relname = ANY ($1) OR g.tgname = ANY ($1)) ORDER BY g.tgname::text COLLATE \"C\", c.relname"
    );
    transaction
        .query(&sql, &[&only])?
        .iter()
        .map(|row| {
            Ok(Trigger::new(
                row.try_get::<_, String>(0)?,
                row.try_get::<_, String>(1)?,
                row.try_get::<_, String>(2)?,
            ))
        })
        .collect()
}

const ENUMS_HERE: &str = "t.typtype = 'e' \
     AND t.typnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) \
     AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = t.oid AND d.classid = 'pg_type'::regclass AND d.deptype = 'e')";

/// Reads the enum types, sorted by name.
pub(super) fn enums(transaction: &mut Transaction<'_>) -> Result<Vec<EnumType>> {
    let sql = format!(
        "SELECT t.typname::text, ARRAY(SELECT e.enumlabel::text FROM pg_enum AS e WHERE e.enumtypid = t.oid \
                                      ORDER BY e.enumsortorder) \
         FROM pg_type AS t WHERE {ENUMS_HERE} ORDER BY t.typname::text COLLATE \"C\""
    );
    transaction
        .query(&sql, &[])?
        .iter()
        .map(|row| {
            let (name, values): (String, Vec<String>) = (row.try_get(0)?, row.try_get(1)?);
            Ok(EnumType::new(name, values))
        })
        .collect()
}

/// Returns whether an enum type exists and, with `value`, whether it has that value.
pub(in crate::backend::postgres) fn has_enum_value(
    transaction: &mut Transaction<'_>,
    name: &str,
    value: Option<&str>,
) -> Result<bool> {
    let sql = format!(
        "SELECT FROM pg_type AS t WHERE {ENUMS_HERE} AND t.typname = $1 AND ($2::text IS NULL OR EXISTS \
                (SELECT FROM pg_enum AS e WHERE e.enumtypid = t.oid AND e.enumlabel = $2))"
    );
    Ok(transaction.query_opt(&sql, &[&name, &value])?.is_some())
}
