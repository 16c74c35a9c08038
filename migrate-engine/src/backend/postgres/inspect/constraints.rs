//! Reads constraints.

use postgres::{Row, Transaction};

use super::{HERE, Result, find};
use crate::backend::postgres::expression::normalize;
use migrate_schema::schema::{
    Check, Deferrable, Exclude, ForeignKey, NullsDistinct, PrimaryKey, ReferentialAction, Schema,
    Table, Unique, Validity,
};

/// Reads the constraints of the tables with these names, or of all tables, into `schema`.
pub(super) fn read(
    transaction: &mut Transaction<'_>,
    schema: &mut Schema,
    only: Option<&[String]>,
) -> Result<()> {
    // Through jsonb, a column that an older server does not have is NULL.
    let sql = format!(
        "SELECT c.relname::text, k.conname::text, k.contype::text, \
                ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u(n, o) \
                      JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.o), \
                f.relname::text, \
                ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u(n, o) \
                      JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.o), \
                k.confdeltype::text, k.confupdtype::text, pg_get_expr(k.conbin, k.conrelid), \
                CASE WHEN NOT k.condeferrable THEN 'no' WHEN k.condeferred THEN 'deferred' ELSE 'immediate' END, \
                k.convalidated, coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false), \
                CASE WHEN k.contype = 'x' THEN pg_get_constraintdef(k.oid, true) END, \
                CASE WHEN f.relnamespace <> c.relnamespace THEN n.nspname::text END \
         FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid \
         LEFT JOIN pg_class AS f ON f.oid = k.confrelid LEFT JOIN pg_namespace AS n ON n.oid = f.relnamespace \
         LEFT JOIN pg_index AS i ON i.indexrelid = k.conindid AND k.contype = 'u' \
         WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND (k.contype <> 'f' OR k.conparentid = 0) AND {HERE} AND ($1::text[] IS NULL OR c.relname = ANY ($1)) \
         ORDER BY c.relname, k.conname::text COLLATE \"C\""
    );
    for row in transaction.query(&sql, &[&only])? {
        let table: String = row.try_get(0)?;
        if let Some(table) = find(schema, &table) {
            constraint(table, &row)?;
        }
    }
    Ok(())
}

fn constraint(table: &mut Table, row: &Row) -> Result<()> {
    let name: Option<String> = Some(row.try_get(1)?);
    let columns: Vec<String> = row.try_get(3)?;
    match row.try_get::<_, String>(2)?.as_str() {
        "p" => table.primary_key = Some(PrimaryKey { name, columns }),
        "u" => table.uniques.push(Unique {
            name,
            columns,
            deferrable: deferrable(row)?,
            nulls: match row.try_get(11)? {
                true => NullsDistinct::NotDistinct,
                false => NullsDistinct::Distinct,
            },
        }),
        "c" => {
            let condition: Option<String> = row.try_get(8)?;
            table.checks.push(Check {
                name,
                condition: normalize(&condition.unwrap_or_default()),
                validity: validity(row)?,
            });
        }
        "x" => {
            let definition: Option<String> = row.try_get(12)?;
            table.excludes.push(Exclude {
                name,
                definition: definition.unwrap_or_default(),
            });
        }
        _ => {
            let (to, keys): (String, Vec<String>) = (row.try_get(4)?, row.try_get(5)?);
            table.foreign_keys.push(ForeignKey {
                name,
                columns,
                schema: row.try_get(13)?,
                on_delete: action(&row.try_get::<_, String>(6)?),
                on_update: action(&row.try_get::<_, String>(7)?),
                deferrable: deferrable(row)?,
                validity: validity(row)?,
                ..ForeignKey::to(to, keys)
            });
        }
    }
    Ok(())
}

fn deferrable(row: &Row) -> Result<Deferrable> {
    Ok(match row.try_get::<_, String>(9)?.as_str() {
        "deferred" => Deferrable::Deferred,
        "immediate" => Deferrable::Immediate,
        _ => Deferrable::No,
    })
}

fn validity(row: &Row) -> Result<Validity> {
    Ok(match row.try_get(10)? {
        true => Validity::Checked,
        false => Validity::NotValid,
    })
}

/// The default is NO ACTION.
fn action(code: &str) -> Option<ReferentialAction> {
    match code {
        "c" => Some(ReferentialAction::Cascade),
        "n" => Some(ReferentialAction::SetNull),
        "d" => Some(ReferentialAction::SetDefault),
        "r" => Some(ReferentialAction::Restrict),
        _ => None,
    }
}
