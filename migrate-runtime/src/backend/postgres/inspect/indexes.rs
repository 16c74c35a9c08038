//! Indexes that no constraint made.

use postgres::{Row, Transaction};

use super::{HERE, OWN, Result};
use crate::backend::postgres::expression::normal;
use crate::schema::{Index, IndexKey, IndexPart, NullsDistinct};

/// Reads all of them, sorted by name.
pub(super) fn all(transaction: &mut Transaction<'_>) -> Result<Vec<Index>> {
    let sql = format!(
        "SELECT c.relname::text, t.relname::text, i.indisunique, pg_get_expr(i.indpred, i.indrelid), \
                ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, true) FROM generate_series(1, i.indnkeyatts) AS n ORDER BY n), \
                ARRAY(SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY AS u(n, o) \
                      LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = u.n AND u.n > 0 ORDER BY u.o), \
                ARRAY(SELECT o::int4 FROM unnest(i.indoption) WITH ORDINALITY AS u(o, p) ORDER BY p), \
                ARRAY(SELECT l.collname::text FROM unnest(i.indcollation) WITH ORDINALITY AS u(o, p) \
                      LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[u.p - 1] \
                      LEFT JOIN pg_collation AS l ON l.oid = u.o AND l.collname <> 'default' \
                           AND u.o <> coalesce(a.attcollation, 0) ORDER BY p), \
                ARRAY(SELECT o.opcname::text FROM unnest(i.indclass) WITH ORDINALITY AS u(o, p) \
                      LEFT JOIN pg_opclass AS o ON o.oid = u.o AND NOT o.opcdefault ORDER BY p), \
                m.amname::text, coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false), \
                nullif(concat_ws(' ', 'WITH (' || array_to_string(c.reloptions, ', ') || ')', \
                                 'TABLESPACE ' || quote_ident(s.spcname)), '') \
         FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_class AS t ON t.oid = i.indrelid \
         JOIN pg_am AS m ON m.oid = c.relam LEFT JOIN pg_tablespace AS s ON s.oid = c.reltablespace \
         WHERE NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')) \
         AND {HERE} AND {OWN} AND t.relkind IN ('r', 'p', 'm') ORDER BY c.relname::text COLLATE \"C\""
    );
    transaction.query(&sql, &[])?.iter().map(index).collect()
}

/// Reads the names of the indexes that a statement cut short left behind, sorted.
pub(in crate::backend::postgres) fn invalid_indexes(
    transaction: &mut Transaction<'_>,
) -> Result<Vec<String>> {
    let sql = format!(
        "SELECT c.relname::text FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid \
         WHERE NOT i.indisvalid AND {HERE} ORDER BY c.relname::text COLLATE \"C\""
    );
    transaction
        .query(&sql, &[])?
        .iter()
        .map(|row| row.try_get(0))
        .collect()
}

/// What a part of an index says in its options.
const DESCENDING: i32 = 1;
const NULLS_FIRST: i32 = 2;

fn index(row: &Row) -> Result<Index> {
    let definitions: Vec<String> = row.try_get(4)?;
    let names: Vec<Option<String>> = row.try_get(5)?;
    let options: Vec<i32> = row.try_get(6)?;
    let collations: Vec<Option<String>> = row.try_get(7)?;
    let classes: Vec<Option<String>> = row.try_get(8)?;
    let mut parts = Vec::new();
    for (at, definition) in definitions.iter().enumerate() {
        let mut part = match names.get(at).cloned().flatten() {
            Some(name) => IndexPart::column(name),
            None => IndexPart::expression(normal(definition)),
        };
        // NULL comes last, and the other way round first.
        let option = options.get(at).copied().unwrap_or(0);
        part = match option & (DESCENDING | NULLS_FIRST) {
            0 => part,
            NULLS_FIRST => part.nulls_first(),
            DESCENDING => part.desc().nulls_last(),
            _ => part.desc(),
        };
        // An expression's own collation is that of what it reads.
        if matches!(part.key, IndexKey::Column(_)) {
            part.collation = collations.get(at).cloned().flatten();
        }
        part.opclass = classes.get(at).cloned().flatten();
        parts.push(part);
    }
    let include = names.into_iter().skip(definitions.len()).flatten();
    let filter: Option<String> = row.try_get(3)?;
    let method: String = row.try_get(9)?;
    Ok(Index {
        unique: row.try_get(2)?,
        filter: filter.map(|filter| normal(&filter)),
        method: Some(method).filter(|method| method != "btree"),
        include: include.collect(),
        nulls: match row.try_get(10)? {
            true => NullsDistinct::NotDistinct,
            false => NullsDistinct::Distinct,
        },
        options: row.try_get(11)?,
        ..Index::new(
            row.try_get::<_, String>(0)?,
            row.try_get::<_, String>(1)?,
            parts,
        )
    })
}
