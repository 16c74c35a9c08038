//! The residue: facts of a stored statement that the schema's values do not contain.
//!
//! For the statement of a table or index and its inspected value, this module returns a property for each fact that
//! differs from the statement that our own operations would write. Two statements with the same meaning give the same
//! facts, whatever their spelling.

use migrate_schema::ddl;
use migrate_schema::operation::{CreateIndex, CreateTable, Operation};
use migrate_schema::schema::{Index, Object, Property, Table};

use super::table::{Clause, ClauseKind, Column, ConstraintKind, Definition};
use crate::backend::sqlite::SqliteDialect;
use crate::backend::sqlite::expression::{
    Names, Spelling, bare, identifier, joined, normalize, spelling,
};

/// Returns the facts of a table's statement that its value does not contain.
pub(in crate::backend::sqlite) fn of_table(sql: &str, table: &Table) -> Vec<Property> {
    let operation = Operation::CreateTable(CreateTable::new(table.clone()));
    let own = ddl::statements(&SqliteDialect, &operation).join(";");
    let (Some(theirs), Some(ours)) = (facts(sql, &table.name), facts(&own, &table.name)) else {
        let object = Object::new("table", &table.name);
        return vec![Property::new(
            object,
            "statement",
            normalize(sql, &Names::all()),
        )];
    };
    let mut properties: Vec<Property> = Vec::new();
    let only = |facts: &[Fact], others: &[Fact]| -> Vec<Fact> {
        let only = facts.iter().filter(|fact| !others.contains(fact));
        only.cloned().collect()
    };
    let more = only(&theirs, &ours);
    // A fact in a different form also lacks the usual form, which is not reported again.
    let less = only(&ours, &theirs).into_iter().filter(|fact| {
        !more
            .iter()
            .any(|other| other.object == fact.object && other.what == fact.what)
    });
    let less: Vec<Fact> = less
        .map(|fact| Fact {
            text: format!("no {}", fact.text),
            ..fact
        })
        .collect();
    for fact in more.into_iter().chain(less) {
        let known = properties
            .iter_mut()
            .find(|known| known.object == fact.object && known.name == fact.what);
        match known {
            Some(known) => known.value = format!("{}; {}", known.value, fact.text),
            None => properties.push(Property::new(fact.object, fact.what, fact.text)),
        }
    }
    properties
}

/// Returns the facts of an index's statement that its value does not contain.
pub(in crate::backend::sqlite) fn of_index(
    sql: &str,
    index: &Index,
    table: &Table,
) -> Option<Property> {
    let operation = Operation::CreateIndex(CreateIndex::new(index.clone()));
    let own = ddl::statements(&SqliteDialect, &operation).join(";");
    let names = Names::of_table(table);
    let [theirs, ours] = [sql, &own].map(|sql| index_text(sql, &names));
    if theirs == ours {
        return None;
    }
    let object = Object::of_table("index", &index.table, &index.name);
    let mut property = Property::new(object, "statement", theirs);
    let drop = format!("DROP INDEX {}", identifier(&index.name));
    property.set = vec![drop.clone(), sql.to_owned()];
    property.reset = vec![drop, own];
    Some(property)
}

/// Returns the text after the table's name, without redundant brackets.
fn index_text(sql: &str, names: &Names) -> String {
    let tokens = spelling(sql, names).unwrap_or_default();
    let open = tokens.iter().position(|token| token.text == "(");
    let inside = tokens.get(open.unwrap_or(0) + 1..).unwrap_or_default();
    let (mut parts, mut depth, mut start, mut close) = (Vec::new(), 0_usize, 0, inside.len());
    for (at, token) in inside.iter().enumerate() {
        match token.text.as_str() {
            "(" => depth += 1,
            ")" if depth == 0 => {
                parts.push(index_part(&inside[start..at]));
                close = at;
                break;
            }
            ")" => depth -= 1,
            "," if depth == 0 => {
                parts.push(index_part(&inside[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    let rest = inside.get(close + 1..).unwrap_or_default();
    let condition = match rest.split_first() {
        Some((word, condition)) => {
            format!(" {} {}", word.text, joined(without_brackets(condition)))
        }
        None => String::new(),
    };
    format!("({}){condition}", parts.join(", "))
}

fn index_part(mut tokens: &[Spelling]) -> String {
    let mut end = String::new();
    loop {
        match tokens {
            [rest @ .., last] if last.text == "ASC" => tokens = rest,
            [rest @ .., last] if last.text == "DESC" => {
                end.push_str(" DESC");
                tokens = rest;
            }
            [rest @ .., word, name] if word.text == "COLLATE" => {
                let name = unquoted(&name.text).to_ascii_uppercase();
                end.insert_str(0, &format!(" COLLATE {name}"));
                tokens = rest;
            }
            _ => break,
        }
    }
    format!("{}{end}", joined(without_brackets(tokens)))
}

fn without_brackets(tokens: &[Spelling]) -> &[Spelling] {
    let [first, inside @ .., last] = tokens else {
        return tokens;
    };
    let mut depth = 0_usize;
    let closes_before = inside.iter().any(|token| match token.text.as_str() {
        "(" => {
            depth += 1;
            false
        }
        ")" if depth == 0 => true,
        ")" => {
            depth -= 1;
            false
        }
        _ => false,
    });
    match first.text == "(" && last.text == ")" && !closes_before {
        true => without_brackets(inside),
        false => tokens,
    }
}

/// One fact of a statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Fact {
    object: Object,
    what: &'static str,
    text: String,
}

/// Returns all facts of a statement, sorted; `None` if it can't be parsed.
fn facts(sql: &str, table: &str) -> Option<Vec<Fact>> {
    let definition = Definition::read(sql).ok()?;
    let reader = Reader {
        sql,
        table,
        names: Names::of(table, definition.columns.iter().map(|column| &*column.name)),
        definition: &definition,
    };
    let mut facts = Vec::new();
    for column in &definition.columns {
        reader.column(column, &mut facts);
    }
    for constraint in &definition.constraints {
        let words = reader.words(&sql[constraint.span.clone()]);
        let name = constraint.name.as_deref();
        match &constraint.kind {
            ConstraintKind::PrimaryKey { autoincrement, .. } => {
                facts.push(reader.key(name, &words));
                facts.extend(autoincrement.then(|| reader.numbered()));
            }
            ConstraintKind::Unique(_) => facts.push(reader.unique(name, &words)),
            ConstraintKind::Check(condition) => {
                facts.push(reader.check(name, &sql[condition.clone()]));
            }
            ConstraintKind::ForeignKey { columns, .. } => {
                facts.push(reader.foreign_key(name, columns, &words));
            }
            ConstraintKind::Nothing => {}
        }
    }
    for option in &definition.options {
        facts.push(reader.of_table("options", option.kind.sql().to_owned()));
    }
    without_duplicate_uniques(&mut facts);
    facts.sort();
    facts.dedup();
    Some(facts)
}

/// Omits unique constraints that SQLite omits: over the columns of another one, or of a primary key that is not the
/// rowid.
fn without_duplicate_uniques(facts: &mut Vec<Fact>) {
    let over = |fact: &Fact| fact.text.find('(').map(|at| fact.text[at..].to_owned());
    let key = facts.iter().find(|fact| fact.what == PRIMARY_KEY);
    let mut seen: Vec<Option<String>> = key
        .filter(|key| !key.text.ends_with(ROW_NUMBER))
        .map(&over)
        .into_iter()
        .collect();
    facts.retain(|fact| {
        if fact.what != UNIQUE {
            return true;
        }
        let new = !seen.contains(&over(fact));
        seen.push(over(fact));
        new
    });
}

const PRIMARY_KEY: &str = "primary key";
const UNIQUE: &str = "unique constraint";
const ROW_NUMBER: &str = " as row number";

struct Reader<'s> {
    sql: &'s str,
    table: &'s str,
    names: Names,
    definition: &'s Definition,
}

impl Reader<'_> {
    fn of_table(&self, what: &'static str, text: String) -> Fact {
        Fact {
            object: Object::new("table", self.table),
            what,
            text,
        }
    }

    fn of_column(&self, column: &Column, what: &'static str, text: String) -> Fact {
        Fact {
            object: Object::of_table("column", self.table, &column.name),
            what,
            text,
        }
    }

    /// Returns the words of a clause without its name.
    fn words(&self, text: &str) -> Vec<String> {
        let tokens = spelling(text, &self.names).unwrap_or_default();
        let named = tokens
            .first()
            .is_some_and(|first| first.text == "CONSTRAINT");
        let tokens: Vec<Spelling> = tokens.into_iter().skip(if named { 2 } else { 0 }).collect();
        tokens.into_iter().map(|token| token.text).collect()
    }

    fn column(&self, column: &Column, facts: &mut Vec<Fact>) {
        if let Some(span) = &column.type_span {
            facts.push(self.of_column(column, "type", self.data_type(&self.sql[span.clone()])));
        }
        let mut collation = None;
        for clause in &column.clauses {
            match &clause.kind {
                ClauseKind::Collate(name) => {
                    let known = ["NOCASE", "RTRIM", "BINARY"];
                    let known = known.iter().find(|it| it.eq_ignore_ascii_case(name));
                    let name = known.map_or(name.as_str(), |known| known);
                    let text = named(clause.name.as_deref(), &format!("COLLATE {name}"));
                    collation = (text != "COLLATE BINARY").then_some(text);
                }
                _ => facts.extend(self.clause(column, clause)),
            }
            if matches!(
                clause.kind,
                ClauseKind::PrimaryKey {
                    autoincrement: true
                }
            ) {
                facts.push(self.numbered());
            }
        }
        facts.extend(collation.map(|text| self.of_column(column, "collation", text)));
    }

    fn clause(&self, column: &Column, clause: &Clause) -> Option<Fact> {
        let name = clause.name.as_deref();
        let words = self.words(&self.sql[clause.span.clone()]);
        let own = |mut words: Vec<String>, head: &[&str]| {
            // The form of a table constraint.
            let list = ["(".to_owned(), identifier(&column.name), ")".to_owned()];
            words.splice(head.len()..head.len(), list);
            words
        };
        Some(match &clause.kind {
            ClauseKind::NotNull => {
                if self.is_implicitly_not_null(column) {
                    return None;
                }
                let text = format!("NOT NULL{}", conflict(&words));
                self.of_column(column, "NOT NULL", named(name, &text))
            }
            ClauseKind::Default(span) => {
                let value = default(&self.sql[span.clone()])?;
                self.of_column(column, "default", named(name, &format!("DEFAULT {value}")))
            }
            ClauseKind::PrimaryKey { .. } => self.key_of(column, name, &words),
            ClauseKind::Unique => self.unique(name, &own(words, &["UNIQUE"])),
            ClauseKind::Check(condition) => self.check(name, &self.sql[condition.clone()]),
            ClauseKind::References(_) => {
                self.foreign_key(name, std::slice::from_ref(&column.name), &words)
            }
            ClauseKind::Generated { expression, stored } => {
                let kind = if *stored { "STORED" } else { "VIRTUAL" };
                let expression = normalize(&self.sql[expression.clone()], &self.names);
                let text = named(name, &format!("AS ({expression}) {kind}"));
                self.of_column(column, "generated", text)
            }
            ClauseKind::Null | ClauseKind::Nothing | ClauseKind::Collate(_) => return None,
        })
    }

    /// Returns the words of a type, ignoring quotes and case.
    fn data_type(&self, text: &str) -> String {
        let tokens = super::token::tokens(text).unwrap_or_default();
        let words: Vec<String> = tokens.iter().map(|token| token.name(text)).collect();
        let text = words.join(" ").to_ascii_uppercase();
        text.replace(" (", "(")
            .replace("( ", "(")
            .replace(" )", ")")
            .replace(" ,", ",")
            .replace(", ", ",")
    }

    fn without_rowid(&self) -> bool {
        self.definition
            .has_option(super::table::OptionKind::WithoutRowid)
    }

    fn is_key(&self, column: &Column) -> bool {
        let key = self.definition.primary_key();
        key.iter()
            .any(|name| name.eq_ignore_ascii_case(&column.name))
    }

    fn is_row_number(&self, column: &Column) -> bool {
        self.definition.is_row_number(self.sql, column)
    }

    fn is_implicitly_not_null(&self, column: &Column) -> bool {
        self.is_row_number(column) || (self.without_rowid() && self.is_key(column))
    }

    fn numbered(&self) -> Fact {
        self.of_table("AUTOINCREMENT", "AUTOINCREMENT".to_owned())
    }

    /// Returns the fact of a primary key that is a column constraint.
    fn key_of(&self, column: &Column, name: Option<&str>, words: &[String]) -> Fact {
        let descends = words.iter().any(|word| word == "DESC");
        let part = match descends {
            true => format!("{} DESC", lower(&column.name)),
            false => lower(&column.name),
        };
        self.key_over(name, &[part], self.is_row_number(column), &conflict(words))
    }

    fn key(&self, name: Option<&str>, words: &[String]) -> Fact {
        let row_number = self.definition.columns.iter();
        let row_number = row_number
            .filter(|column| self.is_row_number(column))
            .count()
            == 1;
        let mut parts = self.parts(words);
        if row_number {
            // The order and collation of a rowid have no effect.
            parts = self
                .definition
                .primary_key()
                .iter()
                .map(|it| lower(it))
                .collect();
        }
        self.key_over(name, &parts, row_number, &conflict(words))
    }

    fn key_over(
        &self,
        name: Option<&str>,
        parts: &[String],
        row_number: bool,
        conflict: &str,
    ) -> Fact {
        let end = if row_number { ROW_NUMBER } else { "" };
        let text = format!("PRIMARY KEY ({}){conflict}{end}", parts.join(", "));
        self.of_table(PRIMARY_KEY, named(name, &text))
    }

    fn unique(&self, name: Option<&str>, words: &[String]) -> Fact {
        let parts = self.parts(words).join(", ");
        let text = format!("UNIQUE ({parts}){}", conflict(words));
        self.of_table(UNIQUE, named(name, &text))
    }

    fn check(&self, name: Option<&str>, condition: &str) -> Fact {
        let condition = normalize(condition, &self.names);
        self.of_table("check", named(name, &format!("CHECK ({condition})")))
    }

    /// Returns the columns of a key, each with its collation and order if they differ from the default.
    fn parts(&self, words: &[String]) -> Vec<String> {
        let open = words.iter().position(|word| word == "(");
        let inside = open.map_or(&[] as &[String], |open| &words[open + 1..]);
        let close = inside.iter().position(|word| word == ")");
        let inside = &inside[..close.unwrap_or(inside.len())];
        inside
            .split(|word| word == ",")
            .map(|part| {
                let name = part.first().map(|name| unquoted(name)).unwrap_or_default();
                let mut text = lower(&name);
                let collate = part.iter().position(|word| word == "COLLATE");
                if let Some(collation) = collate.and_then(|at| part.get(at + 1)) {
                    let collation = unquoted(collation).to_ascii_uppercase();
                    if collation != self.collation(&name) {
                        text.push_str(&format!(" COLLATE {collation}"));
                    }
                }
                if part.iter().any(|word| word == "DESC") {
                    text.push_str(" DESC");
                }
                text
            })
            .collect()
    }

    fn collation(&self, column: &str) -> String {
        let column = self.definition.find(column);
        let clauses = column.map(|at| &self.definition.columns[at].clauses);
        let found = clauses.into_iter().flatten().rev();
        let found = found.filter_map(|clause| match &clause.kind {
            ClauseKind::Collate(name) => Some(name.to_ascii_uppercase()),
            _ => None,
        });
        found
            .into_iter()
            .next()
            .unwrap_or_else(|| "BINARY".to_owned())
    }

    fn foreign_key(&self, name: Option<&str>, columns: &[String], words: &[String]) -> Fact {
        let at = words.iter().position(|word| word == "REFERENCES");
        let rest = at.map_or(&[] as &[String], |at| &words[at + 1..]);
        let (table, rest) = match rest.split_first() {
            Some((table, rest)) => (lower(&unquoted(table)), rest),
            None => (String::new(), rest),
        };
        let (references, rest) = match rest.first().is_some_and(|word| word == "(") {
            true => {
                let close = rest.iter().position(|word| word == ")").unwrap_or(0);
                let names = rest[1..close.max(1)].iter().filter(|word| *word != ",");
                let names: Vec<String> = names.map(|name| lower(&unquoted(name))).collect();
                (format!(" ({})", names.join(", ")), &rest[close + 1..])
            }
            false => (String::new(), rest),
        };
        let columns: Vec<String> = columns.iter().map(|name| lower(name)).collect();
        let text = format!(
            "FOREIGN KEY ({}) REFERENCES {table}{references}{}",
            columns.join(", "),
            actions(rest)
        );
        self.of_table("foreign key", named(name, &text))
    }
}

/// Returns the actions of a foreign key in a fixed order, without default ones.
fn actions(words: &[String]) -> String {
    let mut clauses = Vec::new();
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let mut at = 0;
    while at < words.len() {
        match word(at) {
            "ON" => {
                let two = matches!(word(at + 2), "SET" | "NO");
                let action = match two {
                    true => format!("{} {}", word(at + 2), word(at + 3)),
                    false => word(at + 2).to_owned(),
                };
                if action != "NO ACTION" {
                    clauses.push(format!(" ON {} {action}", word(at + 1)));
                }
                at += if two { 4 } else { 3 };
            }
            "MATCH" => {
                if !word(at + 1).eq_ignore_ascii_case("SIMPLE") {
                    clauses.push(format!(" MATCH {}", word(at + 1).to_ascii_uppercase()));
                }
                at += 2;
            }
            // NOT DEFERRABLE is the default, regardless of what follows.
            "NOT" => break,
            "DEFERRABLE" => {
                if word(at + 1) == "INITIALLY" && word(at + 2) == "DEFERRED" {
                    clauses.push(" deferred".to_owned());
                }
                break;
            }
            _ => at += 1,
        }
    }
    clauses.sort();
    clauses.concat()
}

/// Returns the conflict action, if it differs from the default.
fn conflict(words: &[String]) -> String {
    let mut pairs = words.windows(3);
    let found = pairs.find(|three| three[0] == "ON" && three[1] == "CONFLICT");
    match found.map(|three| three[2].to_ascii_uppercase()) {
        Some(action) if action != "ABORT" => format!(" ON CONFLICT {action}"),
        _ => String::new(),
    }
}

/// Returns a default in normalized spelling; `None` for NULL.
fn default(text: &str) -> Option<String> {
    let inside = bare(text);
    let tokens = super::token::tokens(inside).unwrap_or_default();
    let normal = normalize(inside, &Names::none());
    let value = match &tokens[..] {
        [only] if inside == text.trim() && only.can_name() => {
            let constant = [
                "TRUE",
                "FALSE",
                "CURRENT_TIMESTAMP",
                "CURRENT_DATE",
                "CURRENT_TIME",
            ];
            let upper = only.raw(inside).to_ascii_uppercase();
            match constant.contains(&upper.as_str()) || upper == "NULL" {
                true => upper,
                // An unquoted word is a string there.
                false => format!("'{}'", only.name(inside).replace('\'', "''")),
            }
        }
        _ => match inside.parse::<i64>() {
            Ok(number) => number.to_string(),
            Err(_) => normal,
        },
    };
    (value != "NULL").then_some(value)
}

fn named(name: Option<&str>, text: &str) -> String {
    match name {
        Some(name) => format!("CONSTRAINT {} {text}", identifier(name)),
        None => text.to_owned(),
    }
}

/// Returns the name of a word in normalized spelling.
fn unquoted(word: &str) -> String {
    let tokens = super::token::tokens(word).unwrap_or_default();
    tokens
        .first()
        .map_or_else(String::new, |token| token.name(word))
}

fn lower(name: &str) -> String {
    identifier(&name.to_ascii_lowercase())
}
