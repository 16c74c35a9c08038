//! Removes the name of the database from qualified names: it is the location of an object, not part of its
//! definition.

use super::sql::{Placed, Token, significant, text_at};

/// Returns the text without the name of the database before tables and functions.
///
/// A table can have the same name as the database. Then a name with two parts is a column of that table, except where
/// only a table or a function can be. Strings and comments are not changed.
pub(super) fn without_database(sql: &str, database: &str) -> String {
    let tokens = significant(sql);
    let word = |at: usize| text_at(sql, &tokens, at);
    let mut text = String::with_capacity(sql.len());
    let mut copied = 0;
    let mut at = 0;
    while at < tokens.len() {
        let length = qualified_length(&tokens, &word, at);
        if length > 1 && name_of(word(at)).as_deref() == Some(database) {
            let called = word(at + 2 * length - 1) == "(";
            if length > 2 || called || is_table_position(&word, at) {
                text.push_str(&sql[copied..tokens[at].0]);
                copied = tokens[at + 2].0;
            }
        }
        at += 2 * length.max(1) - 1;
    }
    text.push_str(&sql[copied..]);
    text
}

/// Returns the number of names at `at` that are joined by dots, or 0.
fn qualified_length<'s>(tokens: &[Placed], word: &impl Fn(usize) -> &'s str, at: usize) -> usize {
    let is_name = |at: usize| match tokens.get(at).map(|(_, _, token)| *token) {
        Some(Token::Word) => true,
        Some(Token::Quoted) => word(at).starts_with('`'),
        _ => false,
    };
    let mut length = usize::from(is_name(at));
    while length > 0 && word(at + 2 * length - 1) == "." && is_name(at + 2 * length) {
        length += 1;
    }
    length
}

/// Returns the name in a token, without its quotes.
pub(super) fn name_of(word: &str) -> Option<String> {
    match word.strip_prefix('`') {
        Some(inside) => Some(inside.strip_suffix('`')?.replace("``", "`")),
        None => Some(word.to_owned()),
    }
}

/// Returns whether the name at `at` is a table: after FROM or JOIN, or in a call that takes a sequence.
fn is_table_position<'s>(word: &impl Fn(usize) -> &'s str, at: usize) -> bool {
    let mut before = at;
    while before > 0 && word(before - 1) == "(" {
        before -= 1;
    }
    let last = word(before.wrapping_sub(1)).to_ascii_lowercase();
    let sequences = ["nextval", "lastval", "setval"].contains(&last.as_str()) && before + 1 == at;
    sequences || ["from", "join", "straight_join", "references"].contains(&last.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_qualifier_is_removed() {
        for (printed, expected) in [
            (
                "select `d`.`t`.`id` AS `id` from `d`.`t`",
                "select `t`.`id` AS `id` from `t`",
            ),
            (
                "select `d`.`d`.`id` from (`d`.`d` join `d`.`tree` on(`d`.`tree`.`d_id` = `d`.`d`.`id`)) where `d`.`d`.`town` <> 'a `d`.b'",
                "select `d`.`id` from (`d` join `tree` on(`tree`.`d_id` = `d`.`id`)) where `d`.`town` <> 'a `d`.b'",
            ),
            // An alias with the name of the database.
            (
                "select `d`.`id` from `d`.`tree` `d` where (`d`.`id` > 1)",
                "select `d`.`id` from `tree` `d` where (`d`.`id` > 1)",
            ),
            ("select `d`.`f`(`d`.`x`)", "select `f`(`d`.`x`)"),
            ("nextval(`d`.`s`)", "nextval(`s`)"),
            (
                "select `e`.`t`.`id` from `e`.`t`",
                "select `e`.`t`.`id` from `e`.`t`",
            ),
            ("", ""),
        ] {
            assert_eq!(without_database(printed, "d"), expected);
        }
    }
}
