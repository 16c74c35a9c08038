//! Reads the views of a live database.

use mysql::prelude::Queryable as _;
use mysql::{Conn, Error, Row};

use crate::schema::{Object, Property, View};

use super::account::Account;
use super::identifier;
use super::inspect::{text, which};
use super::qualifier::without_database;
use super::sql::{Token, Tokens, words};

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
        let (head, query) = match shown.as_deref().and_then(cut) {
            Some((head, query)) => (head.to_owned(), query.to_owned()),
            None => (String::new(), text(&row, 1)?),
        };
        let checked = text(&row, 3)?;
        let query = without_check_option(query.trim(), &checked);
        let view = View::new(&name, without_database(query, &database));
        let mut said = Said::default();
        let algorithm = algorithm(&head);
        if algorithm != "UNDEFINED" {
            said.value.push(format!("ALGORITHM={algorithm}"));
        }
        said.algorithm = algorithm;
        said.definer = Account::named(text(&row, 6)?).other(&text(&row, 4)?);
        if let Some(definer) = &said.definer {
            said.value.push(format!("DEFINER={definer}"));
        }
        said.security = text(&row, 5)?;
        if said.security != "DEFINER" {
            said.value.push(format!("SQL SECURITY {}", said.security));
        }
        if checked != "NONE" && !checked.is_empty() {
            said.check = format!(" WITH {checked} CHECK OPTION");
            said.value.push(said.check.trim().to_owned());
        }
        properties.extend(said.property(&view));
        views.push(view);
    }
    views.sort_by(|a, b| a.name.cmp(&b.name));
    properties.sort_by(|a, b| a.object.cmp(&b.object));
    Ok((views, properties))
}

/// The properties of a view other than its query.
#[derive(Default)]
struct Said {
    value: Vec<String>,
    algorithm: String,
    definer: Option<String>,
    security: String,
    check: String,
}

impl Said {
    fn property(&self, view: &View) -> Option<Property> {
        if self.value.is_empty() {
            return None;
        }
        let definer = self.definer.as_ref();
        let definer = definer.map_or_else(String::new, |definer| format!(" DEFINER={definer}"));
        let (name, query) = (identifier(&view.name), &view.query);
        let set = format!(
            "CREATE OR REPLACE ALGORITHM={}{definer} SQL SECURITY {} VIEW {name} AS {query}{}",
            self.algorithm, self.security, self.check
        );
        let reset = format!(
            "CREATE OR REPLACE ALGORITHM=UNDEFINED SQL SECURITY DEFINER VIEW {name} AS {query}"
        );
        let object = Object::new("view", &view.name);
        Some(Property::new(object, "options", self.value.join(" ")).set_by(set, reset))
    }
}

/// Splits a CREATE VIEW before and after its AS.
fn cut(shown: &str) -> Option<(&str, &str)> {
    let mut tokens = Tokens::new(shown);
    let (start, end, _) = tokens.find(|(start, end, token)| {
        *token == Token::Word && shown[*start..*end].eq_ignore_ascii_case("AS")
    })?;
    Some((&shown[..start], &shown[end..]))
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
