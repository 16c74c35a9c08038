//! Reads indexes that no constraint created.

use postgres::{Row, Transaction};

use super::{HERE, OWN, Result};
use crate::backend::postgres::expression::normalize;
use crate::backend::postgres::sql::{Token, Tokens};
use migrate_schema::schema::{Index, IndexPart, NullsDistinct};

/// Reads the indexes with these names, the indexes of the tables with these names, or all indexes, sorted by name.
pub(super) fn all(
    transaction: &mut Transaction<'_>,
    only: Option<&[String]>,
) -> Result<Vec<Index>> {
    let sql = format!(
        "SELECT c.relname::text, t.relname::text, i.indisunique, pg_get_expr(i.indpred, i.indrelid), \
                ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, true) FROM generate_series(1, i.indnkeyatts) AS n ORDER BY n), \
                ARRAY(SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY AS u(n, o) \
                      LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = u.n AND u.n > 0 ORDER BY u.o), \
                ARRAY(SELECT o::int4 FROM unnest(i.indoption) WITH ORDINALITY AS u(o, p) ORDER BY p), \
                pg_get_indexdef(i.indexrelid, 0, true), m.amname::text, coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false), \
                nullif(concat_ws(' ', 'WITH (' || array_to_string(c.reloptions, ', ') || ')', \
                                 'TABLESPACE ' || quote_ident(s.spcname)), '') \
         FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_class AS t ON t.oid = i.indrelid \
         JOIN pg_am AS m ON m.oid = c.relam LEFT JOIN pg_tablespace AS s ON s.oid = c.reltablespace \
         WHERE NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')) \
         AND {HERE} AND {OWN} AND NOT t.relispartition AND t.relkind IN ('r', 'p', 'm') \
         AND ($1::text[] IS NULL OR t.relname = ANY ($1) OR c.relname = ANY ($1)) ORDER BY c.relname::text COLLATE \"C\""
    );
    let rows = transaction.query(&sql, &[&only])?;
    rows.iter().map(index).collect()
}

/// Reads the names of the indexes that an interrupted statement left behind, sorted.
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

/// The option bits of an index column.
const DESCENDING: i32 = 1;
const NULLS_FIRST: i32 = 2;

fn index(row: &Row) -> Result<Index> {
    let definitions: Vec<String> = row.try_get(4)?;
    let names: Vec<Option<String>> = row.try_get(5)?;
    let options: Vec<i32> = row.try_get(6)?;
    let whole: String = row.try_get(7)?;
    let mut parts_read = collations_and_classes(&whole, &definitions).into_iter();
    let mut parts = Vec::new();
    for (at, definition) in definitions.iter().enumerate() {
        let mut part = match names.get(at).cloned().flatten() {
            Some(name) => IndexPart::column(name),
            None => IndexPart::expression(normalize(definition)),
        };
        // NULLs come last in ascending order and first in descending order.
        let option = options.get(at).copied().unwrap_or(0);
        part = match option & (DESCENDING | NULLS_FIRST) {
            0 => part,
            NULLS_FIRST => part.nulls_first(),
            DESCENDING => part.desc().nulls_last(),
            _ => part.desc(),
        };
        (part.collation, part.opclass) = parts_read.next().unwrap_or_default();
        parts.push(part);
    }
    let include = names.into_iter().skip(definitions.len()).flatten();
    let filter: Option<String> = row.try_get(3)?;
    let method: String = row.try_get(8)?;
    Ok(Index {
        unique: row.try_get(2)?,
        predicate: filter.map(|filter| normalize(&filter)),
        method: Some(method).filter(|method| method != "btree"),
        include: include.collect(),
        nulls: match row.try_get(9)? {
            true => NullsDistinct::NotDistinct,
            false => NullsDistinct::Distinct,
        },
        options: row.try_get(10)?,
        ..Index::new(
            row.try_get::<_, String>(0)?,
            row.try_get::<_, String>(1)?,
            parts,
        )
    })
}

/// Reads the collation and the operator class of each part from the statement that creates the index. `parts` has the
/// text of each part.
fn collations_and_classes(
    statement: &str,
    parts: &[String],
) -> Vec<(Option<String>, Option<String>)> {
    let mut found = Vec::new();
    let Some(mut rest) = after_opening(statement) else {
        return found;
    };
    for part in parts {
        let Some(after) = rest.trim_start().strip_prefix(part.as_str()) else {
            return found;
        };
        let end = end_of_part(after);
        found.push(collation_and_class(&after[..end]));
        rest = after[end..].trim_start_matches(',');
    }
    found
}

/// Returns the text after the opening parenthesis of the parts, which is the first one after the method.
fn after_opening(statement: &str) -> Option<&str> {
    let mut after_using = false;
    for (start, end, token) in Tokens::new(statement) {
        match (token, &statement[start..end]) {
            (Token::Word, "USING") => after_using = true,
            (Token::Sign(b'('), _) if after_using => return Some(&statement[end..]),
            _ => {}
        }
    }
    None
}

/// Returns the end of a part: the position of the comma or the parenthesis after it.
fn end_of_part(text: &str) -> usize {
    let mut depth = 0_u32;
    for (start, _, token) in Tokens::new(text) {
        match token {
            Token::Sign(b'(') => depth += 1,
            Token::Sign(b')' | b',') if depth == 0 => return start,
            Token::Sign(b')') => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// Reads `COLLATE "C" text_pattern_ops (siglen='32') DESC NULLS LAST`.
fn collation_and_class(text: &str) -> (Option<String>, Option<String>) {
    let (mut collation, mut class) = (String::new(), String::new());
    let (mut depth, mut in_collation) = (0_u32, false);
    for (start, end, token) in Tokens::new(text) {
        let word = &text[start..end];
        match (token, word) {
            (Token::Space, _) => in_collation &= collation.is_empty(),
            (Token::Word, "DESC" | "ASC" | "NULLS") if depth == 0 => break,
            (Token::Word, "COLLATE") if depth == 0 => in_collation = true,
            _ if in_collation => collation.push_str(word),
            (Token::Sign(b'('), _) => {
                depth += 1;
                class.push('(');
            }
            (Token::Sign(b')'), _) => {
                depth = depth.saturating_sub(1);
                class.push(')');
            }
            (Token::Sign(b','), _) => class.push_str(", "),
            _ => class.push_str(word),
        }
    }
    let name = |text: String| match text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
    {
        Some(inside) if !inside.contains('"') => inside.to_owned(),
        _ => text,
    };
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    (some(collation).map(name), some(class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_an_index_part_are_read_from_the_statement() {
        let part = |text: &str| text.to_owned();
        assert_eq!(
            collations_and_classes(
                "CREATE INDEX \"USING (\" ON t USING gist (lower(title) COLLATE \"C\" DESC, (a || ','), \
                 b gist_trgm_ops (siglen='32', x='1,(') NULLS FIRST, c COLLATE other.\"D\" ops) WHERE a IS NULL",
                &["lower(title)", "(a || ',')", "b", "c"].map(part)
            ),
            [
                (Some(part("C")), None),
                (None, None),
                (None, Some(part("gist_trgm_ops(siglen='32', x='1,(')"))),
                (Some(part("other.\"D\"")), Some(part("ops"))),
            ]
        );
    }
}
