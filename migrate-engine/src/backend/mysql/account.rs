//! The account that created an object, and its SQL mode.
//!
//! If the account that reads a database created an object itself, the definition does not name it, because the
//! account that runs the revisions recreates the object. Another account is part of the definition: the object runs
//! with the privileges of that account.

use mysql::prelude::Queryable as _;
use mysql::{Conn, Error};

use super::sql::{significant, text_at, words};
use super::{identifier, literal, settings};

/// The account that reads a database.
#[derive(Debug, Clone)]
pub(super) struct Account(String);

impl Account {
    /// Returns the account for the result of `CURRENT_USER()`.
    pub(super) fn named(name: String) -> Account {
        Account(name)
    }

    pub(super) fn ask(conn: &mut Conn) -> Result<Account, Error> {
        let name: Option<String> = conn.query_first("SELECT CURRENT_USER()")?;
        Ok(Account(name.unwrap_or_default()))
    }

    /// Returns a definer as SQL, if it is another account.
    pub(super) fn other(&self, definer: &str) -> Option<String> {
        if definer == self.0 || definer.is_empty() {
            return None;
        }
        Some(match definer.rsplit_once('@') {
            Some((user, host)) => format!("{}@{}", identifier(user), identifier(host)),
            None => identifier(definer),
        })
    }
}

/// The parts of an SQL mode that do not affect the statements of a body.
const WITHOUT_EFFECT: [&str; 2] = ["NO_AUTO_CREATE_USER", "NO_ENGINE_SUBSTITUTION"];

/// Returns a mode in the form for comparison. Both strict modes have the same effect for transactional tables.
fn meaning(mode: &str) -> Vec<String> {
    let modes = mode
        .trim_matches('\'')
        .split(',')
        .filter(|name| !name.is_empty());
    let mut modes: Vec<String> = modes
        .filter(|name| !WITHOUT_EFFECT.contains(name))
        .map(|name| match name {
            "STRICT_TRANS_TABLES" | "STRICT_ALL_TABLES" => "STRICT".to_owned(),
            other => other.to_owned(),
        })
        .collect();
    modes.sort();
    modes.dedup();
    modes
}

/// Returns a mode if a body has a different meaning under it than under the mode of a run.
pub(super) fn other_mode(mode: &str) -> Option<String> {
    let modes = meaning(mode);
    (modes != meaning(settings::SQL_MODE)).then(|| modes.join(","))
}

/// Returns the statement, between statements that set and reset its mode if that is not the mode of a run.
pub(super) fn under_mode(statement: String, mode: &str) -> Vec<String> {
    match other_mode(mode) {
        None => vec![statement],
        Some(_) => vec![
            format!("{SET_MODE}{}", literal(mode)),
            statement,
            format!("{SET_MODE}{}", settings::SQL_MODE),
        ],
    }
}

const SET_MODE: &str = "SET SESSION sql_mode = ";

/// Returns the statements of a file. Before the first that has a body, the mode of a run is set: a body keeps the mode
/// of the session that creates it, and a client has its own.
pub(super) fn with_mode(mut statements: Vec<String>) -> Vec<String> {
    let first = statements
        .iter()
        .position(|it| has_body(it) || it.starts_with(SET_MODE));
    if let Some(first) = first.filter(|at| has_body(&statements[*at])) {
        statements.insert(first, format!("{SET_MODE}{}", settings::SQL_MODE));
    }
    statements
}

/// Returns whether a statement makes what runs statements of its own later.
fn has_body(sql: &str) -> bool {
    let mut words = words(sql).take(8);
    words.next().as_deref() == Some("CREATE")
        && words.any(|word| {
            ["TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "PACKAGE"].contains(&word.as_str())
        })
}

/// Returns a CREATE statement without its definer.
pub(super) fn without_definer(sql: &str) -> String {
    let tokens = significant(sql);
    let word = |at: usize| text_at(sql, &tokens, at);
    let Some(at) = (0..tokens.len().min(8)).find(|at| word(*at).eq_ignore_ascii_case("DEFINER"))
    else {
        return sql.to_owned();
    };
    // DEFINER = user [@ host]
    let mut end = at + 2;
    if word(end + 1) == "@" {
        end += 2;
    }
    let next = tokens.get(end + 1).map_or(sql.len(), |(start, ..)| *start);
    format!("{}{}", &sql[..tokens[at].0], &sql[next..])
}

/// Returns a CREATE statement with this definer, or without a definer if there is none.
pub(super) fn with_definer(sql: &str, definer: Option<&str>) -> String {
    let plain = without_definer(sql);
    let Some(definer) = definer else {
        return plain;
    };
    match plain.split_at_checked("CREATE".len()) {
        Some((create, rest)) => format!("{create} DEFINER={definer}{rest}"),
        None => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definer_is_removed_and_added() {
        let sql = "CREATE DEFINER=`a b`@`%` PROCEDURE `p`() SELECT 'DEFINER=x'";
        assert_eq!(
            without_definer(sql),
            "CREATE PROCEDURE `p`() SELECT 'DEFINER=x'"
        );
        assert_eq!(
            without_definer("CREATE definer = role TRIGGER t"),
            "CREATE TRIGGER t"
        );
        assert_eq!(
            with_definer(sql, Some("`x`@`%`")),
            "CREATE DEFINER=`x`@`%` PROCEDURE `p`() SELECT 'DEFINER=x'"
        );
        let account = Account("root@localhost".to_owned());
        assert_eq!(account.other("root@localhost"), None);
        assert_eq!(account.other("o@b@%").as_deref(), Some("`o@b`@`%`"));
    }

    #[test]
    fn a_mode_counts_if_it_changes_the_meaning_of_a_body() {
        assert_eq!(
            other_mode(
                "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION"
            ),
            None
        );
        assert_eq!(other_mode("ANSI_QUOTES").as_deref(), Some("ANSI_QUOTES"));
        assert_eq!(other_mode("").as_deref(), Some(""));
        assert_eq!(under_mode("X".to_owned(), "ANSI_QUOTES").len(), 3);
    }

    #[test]
    fn a_file_sets_the_mode_before_the_first_body_that_it_creates() {
        let written = |statements: &[&str]| {
            with_mode(statements.iter().map(|it| (*it).to_owned()).collect()).join("; ")
        };
        let ours = format!("{SET_MODE}{}", settings::SQL_MODE);
        let table = "CREATE TABLE `event` (a INT)";
        assert_eq!(written(&[table]), table);
        let trigger =
            "CREATE DEFINER=`a`@`%` TRIGGER t BEFORE INSERT ON `event` FOR EACH ROW SET @a = 1";
        assert_eq!(
            written(&[table, trigger, trigger]),
            format!("{table}; {ours}; {trigger}; {trigger}")
        );
        let other = format!("{SET_MODE}'ANSI_QUOTES'");
        assert_eq!(
            written(&[&other, trigger, &ours, trigger]),
            format!("{other}; {trigger}; {ours}; {trigger}")
        );
    }
}
