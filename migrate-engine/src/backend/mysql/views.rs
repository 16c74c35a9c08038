//! Reads the views of a live database.

use mysql::prelude::Queryable as _;
use mysql::{Conn, Error, Row};

use migrate_schema::schema::{Object, Property, View};

use super::account::Account;
use super::identifier;
use super::inspect::{text, which};
use super::qualifier::without_database;
use super::sql::{Token, Tokens, around_brackets, between_commas, significant, text_at, words};

type Result<T> = std::result::Result<T, Error>;

/// Reads one view or all views, sorted, each with its properties other than the query.
pub(super) fn views(conn: &mut Conn, only: Option<&str>) -> Result<(Vec<View>, Vec<Property>)> {
    let sql = format!(
        "SELECT TABLE_NAME, VIEW_DEFINITION, TABLE_SCHEMA, CHECK_OPTION, DEFINER, SECURITY_TYPE, CURRENT_USER() \
         FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE() {} ORDER BY TABLE_NAME",
        which("TABLE_NAME", only)
    );
    let rows: Vec<Row> = conn.exec(sql, (only,))?;
    let (mut views, mut properties) = (Vec::new(), Vec::new());
    for row in rows {
        let (name, database) = (text(&row, 0)?, text(&row, 2)?);
        // SHOW CREATE omits the database's own name where it can. It fails if an object that the view reads does not
        // exist.
        let shown: Option<Row> = conn
            .query_first(format!("SHOW CREATE VIEW {}", identifier(&name)))
            .unwrap_or_default();
        let shown = shown.map(|row| text(&row, 1)).transpose()?;
        let (head, query) = match shown.as_deref().and_then(split_at_as) {
            Some((head, query)) => (head.to_owned(), query.to_owned()),
            None => (String::new(), text(&row, 1)?),
        };
        let checked = text(&row, 3)?;
        let query = without_check_option(query.trim(), &checked);
        let query = without_database(query, &database);
        let columns = columns(&head);
        let mut view_properties = ViewProperties::default();
        let query = match columns.is_empty() {
            true => query,
            false => with_columns(&query, &columns).unwrap_or_else(|| {
                view_properties.columns = format!(" ({})", columns.join(","));
                view_properties
                    .value
                    .push(format!("COLUMNS{}", view_properties.columns));
                query
            }),
        };
        let view = View::new(&name, query);
        let algorithm = algorithm(&head);
        if algorithm != "UNDEFINED" {
            view_properties.value.push(format!("ALGORITHM={algorithm}"));
        }
        view_properties.algorithm = algorithm;
        view_properties.definer = Account::named(text(&row, 6)?).other(&text(&row, 4)?);
        if let Some(definer) = &view_properties.definer {
            view_properties.value.push(format!("DEFINER={definer}"));
        }
        view_properties.security = text(&row, 5)?;
        if view_properties.security != "DEFINER" {
            view_properties
                .value
                .push(format!("SQL SECURITY {}", view_properties.security));
        }
        if checked != "NONE" && !checked.is_empty() {
            view_properties.check = format!(" WITH {checked} CHECK OPTION");
            view_properties
                .value
                .push(view_properties.check.trim().to_owned());
        }
        properties.extend(view_properties.property(&view));
        views.push(view);
    }
    views.sort_by(|a, b| a.name.cmp(&b.name));
    properties.sort_by(|a, b| a.object.cmp(&b.object));
    Ok((views, properties))
}

/// The properties of a view other than its query.
#[derive(Default)]
struct ViewProperties {
    value: Vec<String>,
    columns: String,
    algorithm: String,
    definer: Option<String>,
    security: String,
    check: String,
}

impl ViewProperties {
    fn property(&self, view: &View) -> Option<Property> {
        if self.value.is_empty() {
            return None;
        }
        let definer = self.definer.as_ref();
        let definer = definer.map_or_else(String::new, |definer| format!(" DEFINER={definer}"));
        let (name, query) = (identifier(&view.name), &view.query);
        let set = format!(
            "CREATE OR REPLACE ALGORITHM={}{definer} SQL SECURITY {} VIEW {name}{} AS {query}{}",
            self.algorithm, self.security, self.columns, self.check
        );
        let reset = format!(
            "CREATE OR REPLACE ALGORITHM=UNDEFINED SQL SECURITY DEFINER VIEW {name} AS {query}"
        );
        let object = Object::new("view", &view.name);
        Some(Property::new(object, "options", self.value.join(" ")).set_by(set, reset))
    }
}

/// Splits a CREATE VIEW before and after its AS.
fn split_at_as(shown: &str) -> Option<(&str, &str)> {
    let mut tokens = Tokens::new(shown);
    let (start, end, _) = tokens.find(|(start, end, token)| {
        *token == Token::Word && shown[*start..*end].eq_ignore_ascii_case("AS")
    })?;
    Some((&shown[..start], &shown[end..]))
}

/// Returns the names of columns that MySQL shows in front of the query, each between backticks.
fn columns(head: &str) -> Vec<String> {
    let inside = around_brackets(head).map(|(_, inside, _)| between_commas(inside));
    let names = inside.unwrap_or_default().into_iter();
    names.map(|name| name.trim().to_owned()).collect()
}

/// Returns a query with these names of its columns instead of its own, as MariaDB shows it. `None` if it does not name
/// each of them.
fn with_columns(query: &str, names: &[String]) -> Option<String> {
    let tokens = significant(query);
    let word = |at: usize| text_at(query, &tokens, at).to_ascii_lowercase();
    let mut depth = 0_u32;
    let outside: Vec<usize> = (0..tokens.len())
        .filter(|at| match tokens[*at].2 {
            Token::Sign(b'(') => {
                depth += 1;
                false
            }
            Token::Sign(b')') => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0,
        })
        .collect();
    let after = outside
        .iter()
        .copied()
        .skip_while(|at| word(*at) != "select")
        .skip(1);
    // The token of each column's name.
    let mut positions = Vec::new();
    let mut last = None;
    for at in after {
        let ends = [
            "from",
            "union",
            "except",
            "intersect",
            "where",
            "order",
            "limit",
        ];
        let ended = ends.contains(&word(at).as_str());
        if ended || word(at) == "," {
            positions.push(last?);
        }
        if ended {
            last = None;
            break;
        }
        last = Some(at);
    }
    positions.extend(last);
    let is_name = |at: usize| at > 0 && word(at - 1) == "as" && word(at).starts_with('`');
    if positions.len() != names.len() || !positions.iter().all(|at| is_name(*at)) {
        return None;
    }
    // A clause that groups the rows of a later query uses the names of that query.
    let is_several = outside
        .iter()
        .any(|at| ["union", "except", "intersect"].contains(&word(*at).as_str()));
    let clauses: &[&str] = match is_several {
        true => &["order"],
        false => &["order", "having", "group"],
    };
    let mut renamed: Vec<(usize, &str)> = Vec::new();
    for (at, name) in positions.iter().zip(names) {
        renamed.push((*at, name));
        // An order may go by the name.
        let own = text_at(query, &tokens, *at);
        let sorted = outside
            .iter()
            .copied()
            .skip_while(|other| other <= at)
            .skip_while(|other| !clauses.contains(&word(*other).as_str()));
        let bare = |other: &usize| {
            text_at(query, &tokens, *other) == own
                && word(*other - 1) != "."
                && word(*other + 1) != "."
        };
        renamed.extend(sorted.filter(bare).map(|other| (other, name.as_str())));
    }
    renamed.sort_unstable();
    let (mut text, mut copied) = (String::new(), 0);
    for (at, name) in renamed {
        let (start, end, _) = tokens[at];
        text.push_str(&query[copied..start]);
        text.push_str(name);
        copied = end;
    }
    text.push_str(&query[copied..]);
    Some(text)
}

fn algorithm(head: &str) -> String {
    let mut words = words(head).skip_while(|word| word != "ALGORITHM").skip(2);
    words.next().unwrap_or_else(|| "UNDEFINED".to_owned())
}

fn without_check_option<'q>(query: &'q str, checked: &str) -> &'q str {
    let end = format!("WITH {checked} CHECK OPTION");
    let at = query.len().saturating_sub(end.len());
    match query.get(at..) {
        Some(found) if found.eq_ignore_ascii_case(&end) => query[..at].trim(),
        _ => query,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_in_front_of_a_query_become_those_of_its_columns() {
        let named = |query: &str, head: &str| with_columns(query, &columns(head));
        let head =
            "CREATE ALGORITHM=UNDEFINED DEFINER=`a`@`b` SQL SECURITY DEFINER VIEW `v` (`a,b`,`c`) ";
        for (query, expected) in [
            (
                "select count(0) AS `count(0)`,max(`t`.`n`) AS `max(n)` from `t` order by `max(n)`,`t`.`max(n)`",
                Some(
                    "select count(0) AS `a,b`,max(`t`.`n`) AS `c` from `t` order by `c`,`t`.`max(n)`",
                ),
            ),
            (
                "with `q` as (select 1 AS `x`) select distinct `q`.`x` AS `x`,(select 2 AS `z` from `t`) AS `y` from `q` union select 1 AS `x`,2 AS `y`",
                Some(
                    "with `q` as (select 1 AS `x`) select distinct `q`.`x` AS `a,b`,(select 2 AS `z` from `t`) AS `c` from `q` union select 1 AS `x`,2 AS `y`",
                ),
            ),
            (
                "select 1 AS `1`,2 AS `2`",
                Some("select 1 AS `a,b`,2 AS `c`"),
            ),
            ("select 1 AS `1`,2 AS `2`,3 AS `3`", None),
            ("values row(1,2)", None),
        ] {
            assert_eq!(named(query, head).as_deref(), expected, "{query}");
        }
        assert_eq!(columns("CREATE DEFINER=`a(b`@`c` VIEW `v(d)` "), [""; 0]);
    }
}
