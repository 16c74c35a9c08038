//! Removes column names from the branches of a `UNION` inside a query. The columns of the second and later branches
//! have no names of their own, but the server sometimes prints the name that the expression implies, depending on how
//! it parsed the query.

use crate::backend::postgres::sql::{Token, Tokens};

/// The tokens between a pair of parentheses.
#[derive(Default)]
struct Level {
    /// Whether this is the second or a later branch.
    is_later: bool,
    /// Whether the current tokens list the columns of a branch.
    is_listing: bool,
}

/// Returns the query without column names in the later branches of its subqueries.
pub(super) fn without_idle_names(query: &str) -> String {
    let mut text = String::with_capacity(query.len());
    let mut levels = vec![Level::default()];
    let (mut copied, mut end_before, mut is_name) = (0, 0, false);
    for (start, end, token) in Tokens::new(query) {
        if token == Token::Space {
            continue;
        }
        if std::mem::take(&mut is_name) {
            copied = end;
        } else if is_idle(&query[start..end], token, &mut levels) {
            text.push_str(&query[copied..end_before]);
            is_name = true;
        }
        end_before = end;
    }
    text.push_str(&query[copied..]);
    text
}

/// Reads the next token, and returns whether it is the `AS` of such a name.
fn is_idle(word: &str, token: Token, levels: &mut Vec<Level>) -> bool {
    match token {
        Token::Sign(b'(') => levels.push(Level::default()),
        Token::Sign(b')') if levels.len() > 1 => levels.truncate(levels.len() - 1),
        _ => {}
    }
    let is_within = levels.len() > 1;
    let Some(level) = levels.last_mut().filter(|_| token == Token::Word) else {
        return false;
    };
    match word.to_ascii_uppercase().as_str() {
        "UNION" | "INTERSECT" | "EXCEPT" => (level.is_later, level.is_listing) = (true, false),
        "SELECT" => level.is_listing = true,
        "FROM" | "WHERE" | "GROUP" | "HAVING" | "WINDOW" | "ORDER" | "LIMIT" | "OFFSET"
        | "FETCH" => level.is_listing = false,
        "AS" => return is_within && level.is_later && level.is_listing,
        _ => {}
    }
    false
}

#[cfg(test)]
mod tests {
    use super::without_idle_names;

    #[test]
    fn later_branches_within_a_query_lose_their_names() {
        for (query, without) in [
            (
                "SELECT q.a FROM ( SELECT 1 AS a, NULL::integer AS k UNION ALL SELECT 2, NULL::integer AS int4) q",
                "SELECT q.a FROM ( SELECT 1 AS a, NULL::integer AS k UNION ALL SELECT 2, NULL::integer) q",
            ),
            (
                "( SELECT 1 AS a UNION SELECT ( SELECT 2 AS b) AS \"a b\", ' AS x' AS text FROM t(1) f(x))",
                "( SELECT 1 AS a UNION SELECT ( SELECT 2 AS b), ' AS x' FROM t(1) f(x))",
            ),
        ] {
            assert_eq!(without_idle_names(query), without);
        }
    }

    #[test]
    fn other_names_stay() {
        for query in [
            "SELECT 1 AS a UNION SELECT 2 AS a",
            "WITH q AS (SELECT 1 AS a) SELECT q.a AS b FROM q",
            "SELECT x FROM ( SELECT 1 AS x UNION SELECT y FROM f() AS (y int)) q",
            ") AS a",
        ] {
            assert_eq!(without_idle_names(query), query);
        }
    }
}
