//! SQL expressions and statements in a normalized form for comparison, because SQLite stores them as they were written.
//!
//! The normalized form has the same meaning as the accepted input. It ignores the case of keywords and names, quotes,
//! comments, white space and outer brackets. It is never written if the original text is known.

use std::collections::HashMap;

use super::keywords;
use super::rebuild::token::{Kind, Token, tokens};
use migrate_schema::schema::{Schema, Table};

/// The names that an expression can refer to. `"x"` is a name if it is one of these, otherwise a string.
pub(super) struct Names {
    known: Known,
    quoted: Option<HashMap<String, String>>,
}

/// The spelling of names in normalized text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// Names are spelled as they were declared.
    AsDeclared,
    /// Names are in lower case, because nothing is written from them.
    Lower,
}

impl Names {
    /// Returns the names for a text with an unknown context: everything in double quotes is a name.
    pub(super) fn all() -> Names {
        Names {
            known: Known::AsDeclared,
            quoted: None,
        }
    }

    /// Returns the names for a text without names: everything in double quotes is a string.
    pub(super) fn none() -> Names {
        Names {
            known: Known::AsDeclared,
            quoted: Some(HashMap::new()),
        }
    }

    /// Returns the names that a check, a generated column or an index of a table can refer to.
    pub(super) fn of_table(table: &Table) -> Names {
        let columns = table.columns.iter().map(|column| column.name.as_str());
        Names::of(&table.name, columns)
    }

    /// Returns the names that a check, a generated column or an index of a table with these columns can refer to.
    pub(super) fn of<'n>(table: &'n str, columns: impl Iterator<Item = &'n str>) -> Names {
        let names = columns.chain([table]).chain(ROW_NUMBERS);
        let names = names.map(|name| (name.to_ascii_lowercase(), name.to_owned()));
        // A column takes precedence over a table with the same name.
        let mut quoted = HashMap::new();
        for (lower, name) in names {
            quoted.entry(lower).or_insert(name);
        }
        Names {
            known: Known::AsDeclared,
            quoted: Some(quoted),
        }
    }

    /// Returns the names that a view or a trigger can refer to: the tables and views that it mentions, their columns,
    /// and the names that it defines itself.
    fn of_statement(sql: &str, lexemes: &[Lexeme<'_>], schema: &Schema) -> Names {
        let mentioned = words(lexemes);
        let is_mentioned = |name: &str| mentioned.contains(&name.to_ascii_lowercase());
        let mut names: Vec<String> = ["new", "old", "excluded"].map(str::to_owned).into();
        names.extend(ROW_NUMBERS.map(str::to_owned));
        for table in schema.tables.iter().filter(|it| is_mentioned(&it.name)) {
            names.push(table.name.clone());
            names.extend(table.columns.iter().map(|column| column.name.clone()));
        }
        for view in schema.views.iter().filter(|it| is_mentioned(&it.name)) {
            names.push(view.name.clone());
            names.extend(view.columns.iter().cloned());
            if view.query != sql {
                names.extend(self::lexemes(&view.query).iter().flat_map(|it| words(it)));
            }
        }
        for native in &schema.natives {
            if is_mentioned(&native.object.name) {
                names.push(native.object.name.clone());
                let create = native.create.iter().filter_map(|sql| self::lexemes(sql));
                names.extend(create.flat_map(|it| words(&it)));
            }
        }
        for (at, lexeme) in lexemes.iter().enumerate() {
            if lexeme.can_name() && names_itself(lexemes, at) {
                names.push(lexeme.name());
            }
        }
        let quoted = names.into_iter().map(|name| {
            let lower = name.to_ascii_lowercase();
            (lower.clone(), lower)
        });
        Names {
            known: Known::Lower,
            quoted: Some(quoted.collect()),
        }
    }

    fn find(&self, name: &str) -> Option<&String> {
        self.quoted.as_ref()?.get(&name.to_ascii_lowercase())
    }
}

const ROW_NUMBERS: [&str; 3] = ["rowid", "oid", "_rowid_"];

/// Returns the words and quoted names of a text, in lower case.
fn words(lexemes: &[Lexeme<'_>]) -> Vec<String> {
    let names = lexemes.iter().filter(|lexeme| lexeme.can_name());
    names
        .filter(|lexeme| lexeme.kind != Kind::Word || !keywords::is_keyword(lexeme.raw))
        .map(|lexeme| lexeme.name().to_ascii_lowercase())
        .collect()
}

/// Returns whether only a name can be at this place of a statement: after AS, FROM and similar keywords, and beside a
/// dot.
fn names_itself(lexemes: &[Lexeme<'_>], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| lexemes.get(at));
    let after = lexemes.get(at + 1);
    let behind = ["AS", "FROM", "JOIN", "INTO", "UPDATE", "ON", "TABLE"];
    after.is_some_and(|next| next.raw == ".")
        || before.is_some_and(|before| {
            before.raw == "."
                || (before.kind == Kind::Word
                    && behind
                        .iter()
                        .any(|word| before.raw.eq_ignore_ascii_case(word)))
        })
}

/// A token; an operator of several characters is one token.
#[derive(Debug, Clone, Copy)]
struct Lexeme<'a> {
    kind: Kind,
    raw: &'a str,
}

impl Lexeme<'_> {
    fn can_name(&self) -> bool {
        matches!(self.kind, Kind::Word | Kind::Quoted)
    }

    fn name(&self) -> String {
        let token = Token {
            kind: self.kind,
            span: 0..self.raw.len(),
        };
        token.name(self.raw)
    }
}

const SIGNS: [&str; 10] = ["->>", "||", "<>", "<=", ">=", "==", "!=", "<<", ">>", "->"];

fn lexemes(sql: &str) -> Option<Vec<Lexeme<'_>>> {
    let tokens = tokens(sql).ok()?;
    let mut lexemes = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let start = token.span.start;
        let sign = (token.kind == Kind::Mark)
            .then(|| SIGNS.iter().find(|sign| sql[start..].starts_with(**sign)))
            .flatten();
        let (raw, count) = match sign {
            Some(sign) => (&sql[start..start + sign.len()], sign.len()),
            None => (token.raw(sql), 1),
        };
        let kind = token.kind;
        lexemes.push(Lexeme { kind, raw });
        at += count;
    }
    Some(lexemes)
}

/// A token in its normalized spelling.
#[derive(Debug, Clone)]
pub(super) struct Spelling {
    pub(super) text: String,
    role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Name,
    Keyword,
    Value,
    Operator,
    Mark,
}

/// Returns the tokens of a text in normalized spelling; `None` if the text can't be tokenized.
pub(super) fn spelling(sql: &str, names: &Names) -> Option<Vec<Spelling>> {
    let lexemes = lexemes(sql)?;
    Some(
        (0..lexemes.len())
            .map(|at| spell(&lexemes, at, names))
            .collect(),
    )
}

fn spell(lexemes: &[Lexeme<'_>], at: usize, names: &Names) -> Spelling {
    let lexeme = lexemes[at];
    let raw = lexeme.raw;
    let of = |text: String, role| Spelling { text, role };
    let calls = lexemes.get(at + 1).is_some_and(|next| next.raw == "(");
    match lexeme.kind {
        Kind::Word if is_function(raw, calls) => of(raw.to_ascii_lowercase(), Role::Name),
        Kind::Word if names.known == Known::Lower => lower_word(lexemes, at, names),
        Kind::Word if keywords::is_keyword(raw) || is_value(raw) => {
            of(raw.to_ascii_uppercase(), Role::Keyword)
        }
        Kind::Word => {
            let declared = names.find(raw).map_or(raw, String::as_str);
            of(declared.to_owned(), Role::Name)
        }
        Kind::Quoted => quoted(lexemes, at, names),
        Kind::Text if names.known == Known::Lower && names_itself(lexemes, at) => {
            of(identifier(&lexeme.name().to_ascii_lowercase()), Role::Name)
        }
        Kind::Text => of(raw.to_owned(), Role::Value),
        Kind::Literal => of(raw.to_ascii_lowercase(), Role::Value),
        Kind::Mark => match raw {
            "==" => of("=".to_owned(), Role::Operator),
            "!=" => of("<>".to_owned(), Role::Operator),
            "(" | ")" | "," | "." | ";" => of(raw.to_owned(), Role::Mark),
            _ => of(raw.to_owned(), Role::Operator),
        },
    }
}

/// Returns a word of a view or trigger. A keyword that can be a name is a name if it is known as one.
fn lower_word(lexemes: &[Lexeme<'_>], at: usize, names: &Names) -> Spelling {
    let raw = lexemes[at].raw;
    let keyword = keywords::is_keyword(raw);
    let is_name = match names.find(raw) {
        Some(_) => !keyword || names_itself(lexemes, at),
        None => false,
    };
    let (text, role) = match is_name {
        true => (identifier(&raw.to_ascii_lowercase()), Role::Name),
        false if keyword || is_value(raw) => (raw.to_ascii_uppercase(), Role::Keyword),
        false => (raw.to_owned(), Role::Name),
    };
    Spelling { text, role }
}

fn quoted(lexemes: &[Lexeme<'_>], at: usize, names: &Names) -> Spelling {
    let lexeme = lexemes[at];
    let name = lexeme.name();
    let declared = match names.find(&name) {
        Some(declared) => Some(declared.clone()),
        None if names.quoted.is_none() || !lexeme.raw.starts_with('"') => Some(name.clone()),
        None if names.known == Known::Lower && names_itself(lexemes, at) => {
            Some(name.to_ascii_lowercase())
        }
        None => None,
    };
    match declared {
        // Without quotes, it would be a name too.
        Some(name)
            if names.known == Known::Lower && !names_itself(lexemes, at) && is_fallback(&name) =>
        {
            Spelling {
                text: name.to_ascii_uppercase(),
                role: Role::Keyword,
            }
        }
        Some(name) => Spelling {
            text: identifier(&name),
            role: Role::Name,
        },
        // SQLite reads an unknown double-quoted name as a string.
        None => Spelling {
            text: format!("'{}'", name.replace('\'', "''")),
            role: Role::Value,
        },
    }
}

/// Returns whether a word is a keyword that can be an unquoted name.
fn is_fallback(word: &str) -> bool {
    const RESERVED: [&str; 62] = [
        "ADD",
        "ALL",
        "ALTER",
        "AND",
        "AS",
        "AUTOINCREMENT",
        "BETWEEN",
        "CASE",
        "CHECK",
        "COLLATE",
        "COMMIT",
        "CONSTRAINT",
        "CREATE",
        "DEFAULT",
        "DEFERRABLE",
        "DELETE",
        "DISTINCT",
        "DROP",
        "ELSE",
        "ESCAPE",
        "EXISTS",
        "FOREIGN",
        "FROM",
        "GROUP",
        "HAVING",
        "IN",
        "INDEX",
        "INSERT",
        "INTO",
        "IS",
        "ISNULL",
        "JOIN",
        "LIMIT",
        "NOT",
        "NOTHING",
        "NOTNULL",
        "NULL",
        "ON",
        "OR",
        "ORDER",
        "PRIMARY",
        "REFERENCES",
        "RETURNING",
        "SELECT",
        "SET",
        "TABLE",
        "THEN",
        "TO",
        "TRANSACTION",
        "UNIQUE",
        "UPDATE",
        "USING",
        "VALUES",
        "WHEN",
        "WHERE",
        "LEFT",
        "RIGHT",
        "INNER",
        "OUTER",
        "CROSS",
        "NATURAL",
        "FULL",
    ];
    keywords::is_keyword(word)
        && !RESERVED
            .iter()
            .any(|reserved| reserved.eq_ignore_ascii_case(word))
}

/// Returns a name without quotes if possible.
pub(super) fn identifier(name: &str) -> String {
    match keywords::is_plain(name) {
        true => name.to_owned(),
        false => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

fn is_function(word: &str, calls: bool) -> bool {
    let also = ["REPLACE", "IF"];
    calls
        && (!keywords::is_keyword(word) || also.iter().any(|name| word.eq_ignore_ascii_case(name)))
}

fn is_value(word: &str) -> bool {
    word.eq_ignore_ascii_case("TRUE") || word.eq_ignore_ascii_case("FALSE")
}

/// Joins tokens.
pub(super) fn joined(tokens: &[Spelling]) -> String {
    let mut text = String::new();
    for (at, token) in tokens.iter().enumerate() {
        if at > 0 && is_apart(tokens, at) {
            text.push(' ');
        }
        text.push_str(&token.text);
    }
    text
}

fn is_apart(tokens: &[Spelling], at: usize) -> bool {
    let (before, token) = (&tokens[at - 1], &tokens[at]);
    if matches!(before.text.as_str(), "(" | ".") && before.role == Role::Mark {
        return false;
    }
    if token.role == Role::Mark {
        let call = before.role == Role::Name || matches!(before.text.as_str(), "CAST" | "RAISE");
        return token.text == "(" && !call;
    }
    !is_unary(tokens, at - 1)
}

/// Returns whether an operator applies only to the token after it.
fn is_unary(tokens: &[Spelling], at: usize) -> bool {
    if tokens[at].role != Role::Operator || !matches!(tokens[at].text.as_str(), "+" | "-" | "~") {
        return false;
    }
    let Some(before) = at.checked_sub(1).and_then(|at| tokens.get(at)) else {
        return true;
    };
    match before.role {
        Role::Operator => true,
        Role::Keyword => !matches!(before.text.as_str(), "END" | "NULL" | "TRUE" | "FALSE"),
        Role::Mark => matches!(before.text.as_str(), "(" | ","),
        Role::Name | Role::Value => false,
    }
}

/// Returns an expression in its normalized form, with the same meaning.
pub(super) fn normalize(sql: &str, names: &Names) -> String {
    let sql = bare(sql);
    match spelling(sql, names) {
        Some(tokens) => joined(&tokens),
        None => sql.to_owned(),
    }
}

/// Returns the query of a view in its normalized form.
pub(super) fn query(sql: &str, schema: &Schema) -> String {
    statement(sql, schema).unwrap_or_else(|| sql.trim().to_owned())
}

/// Returns a whole CREATE TRIGGER statement in its normalized form.
pub(super) fn trigger(name: &str, sql: &str, schema: &Schema) -> String {
    let text = sql.trim();
    let Some(body) = statement(text, schema) else {
        return text.to_owned();
    };
    let rest = after_name(&body, "TRIGGER");
    let rest = rest.replacen(" FOR EACH ROW ", " ", 1);
    let first = rest.split(' ').next().unwrap_or_default();
    let before = match first {
        "BEFORE" | "AFTER" | "INSTEAD" => "",
        _ => "BEFORE ",
    };
    let name = identifier(&name.to_ascii_lowercase());
    format!("CREATE TRIGGER {name} {before}{rest}")
}

/// Returns the text after the name of the object that a statement creates.
fn after_name<'s>(body: &'s str, kind: &str) -> &'s str {
    let Ok(tokens) = tokens(body) else {
        return body;
    };
    let Some(at) = tokens.iter().position(|token| token.is_word(body, kind)) else {
        return body;
    };
    let mut rest = tokens.get(at + 1..).unwrap_or_default();
    if rest.first().is_some_and(|token| token.is_word(body, "IF")) {
        rest = rest.get(3..).unwrap_or_default();
    }
    if rest.get(1).is_some_and(|token| token.is_mark(body, ".")) {
        rest = rest.get(2..).unwrap_or_default();
    }
    rest.get(1).map_or("", |token| &body[token.span.start..])
}

fn statement(sql: &str, schema: &Schema) -> Option<String> {
    let lexemes = lexemes(sql)?;
    let names = Names::of_statement(sql, &lexemes, schema);
    let mut tokens = spelling(sql, &names)?;
    while tokens.last().is_some_and(|last| last.text == ";") {
        tokens.pop();
    }
    Some(joined(&tokens))
}

/// Removes brackets around the whole text.
pub(super) fn bare(sql: &str) -> &str {
    let mut text = sql.trim();
    while let Some(inside) = inside(text) {
        text = inside;
    }
    text
}

fn inside(text: &str) -> Option<&str> {
    let tokens = tokens(text).ok()?;
    let (first, last) = (tokens.first()?, tokens.last()?);
    if !first.is_mark(text, "(") || !last.is_mark(text, ")") {
        return None;
    }
    let mut depth = 0_usize;
    for token in &tokens[..tokens.len() - 1] {
        if token.is_mark(text, "(") {
            depth += 1;
        } else if token.is_mark(text, ")") {
            depth = depth.checked_sub(1)?;
        }
        if depth == 0 {
            return None;
        }
    }
    Some(text[first.span.end..last.span.start].trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use migrate_schema::schema::{Column, Type, View};

    fn normalized(sql: &str) -> String {
        super::normalize(sql, &Names::all())
    }

    #[test]
    fn spelling_does_not_count() {
        for (written, other) in [
            ("price>0", "price  >  0"),
            ("(price > 0)", "\"price\" > 0"),
            ("a is not null and [b]<>''", "a IS NOT NULL AND b != ''"),
            ("lower( name )", "LOWER (name)"),
            ("a*2+b", "a * 2 + b"),
            ("a IN(1,2)", "a IN (1, 2)"),
            ("x||'-'||y", "x || '-' || y"),
            ("a /* why */ = -1", "a == -1"),
            ("b = X'00FF'", "b = x'00ff'"),
            ("t.a > 1E-5", "t.\"a\" > 1e-5"),
        ] {
            assert_eq!(normalized(written), normalized(other), "{written}");
        }
    }

    #[test]
    fn meaning_counts() {
        for sql in [
            "a = -1",
            "a - 1",
            "a >= 1e-5",
            "b = x'00ff'",
            "\"a b\" > 1",
            "(a OR b) AND c",
            "json ->> '$.a' = 'x'",
            "count(*)",
            "a = 'it''s ( not'",
            "a <> ~b",
            "CASE WHEN a THEN 1 ELSE -1 END",
            "(a) + (b)",
            "t.a || '-' || b",
            "replace(a, 'x', 'y') <> ''",
        ] {
            assert_eq!(normalized(sql), sql);
            assert_eq!(normalized(&normalized(sql)), normalized(sql));
        }
    }

    #[test]
    fn a_double_quoted_token_is_a_string_unless_it_names_something() {
        let mut table = Table::new("t");
        table.column(Column::new("Kind", Type::Text));
        let names = Names::of_table(&table);
        let normal = |sql| super::normalize(sql, &names);
        assert_eq!(
            normal("\"kind\" IN (\"new\", 'old')"),
            "Kind IN ('new', 'old')"
        );
        assert_eq!(normal("kind = `new`"), "Kind = new");
        assert_eq!(super::normalize("\"it's\"", &Names::none()), "'it''s'");
    }

    #[test]
    fn a_view_is_the_same_in_another_spelling() {
        let mut table = Table::new("Person");
        for name in ["first", "Last", "order"] {
            table.column(Column::new(name, Type::Text));
        }
        let mut schema = Schema::default();
        schema.tables.push(table);
        schema
            .views
            .push(View::new("v", "SELECT first AS f FROM person"));
        let form = |sql| query(sql, &schema);
        for (one, other) in [
            (
                "SELECT first||last FROM person",
                "select [first] || \"LAST\" from \"person\";",
            ),
            (
                "SELECT p.first FROM person p",
                "SELECT p.\"first\" -- why\nFROM Person p",
            ),
            (
                "SELECT p.\"order\" AS \"x y\" FROM person AS p",
                "SELECT p.[order] AS 'x y' FROM person AS p",
            ),
            ("SELECT f FROM v", "SELECT \"f\" FROM \"v\""),
        ] {
            assert_eq!(form(one), form(other));
        }
        for (one, other) in [
            (
                "SELECT first FROM person WHERE last = \"open\"",
                "SELECT first FROM person WHERE last = open",
            ),
            ("SELECT x'41' FROM person", "SELECT x '41' FROM person"),
            ("SELECT 'first' FROM person", "SELECT first FROM person"),
        ] {
            assert_ne!(form(one), form(other));
        }
    }

    #[test]
    fn a_trigger_is_the_same_in_another_spelling() {
        let mut table = Table::new("t");
        table.column(Column::new("a", Type::Text));
        let mut schema = Schema::default();
        schema.tables.push(table);
        let form = |sql| trigger("tr", sql, &schema);
        assert_eq!(
            form("CREATE TRIGGER tr before insert on \"t\" for each row begin select NEW.a; end"),
            "CREATE TRIGGER tr BEFORE INSERT ON t BEGIN SELECT new.a; END"
        );
        assert_eq!(
            form("CREATE TRIGGER tr INSERT ON t BEGIN SELECT new.\"a\"; END"),
            form("CREATE TRIGGER \"tr\" BEFORE INSERT ON t BEGIN SELECT new.a; END;")
        );
    }
}
