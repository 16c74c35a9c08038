//! Reads the properties of a table that only SHOW CREATE TABLE has and a [`Table`] can't represent, into a
//! [`Residue`].
//!
//! Each part of the server's statement that the table's own fields do not account for becomes a property, even if
//! this module does not know it. So two tables that the server prints alike have the same properties, however they
//! were created.
//!
//! It must not include values that are not part of a definition: the next AUTO_INCREMENT value, which is data; the
//! display width of integers; the method of a key, which `Index` has; the start of the partitions of a table's
//! history, which the server fills in.

use migrate_schema::schema::{
    Column, Definition as Statement, Index, NativeObject, Object, Property, Table, Type,
};

use super::definition::{self, Definition, Late, Property as Part};
use super::identifier;
use super::inspect::in_memory;
use super::sql::{Token, Tokens, around_brackets, significant, text_at, uniform};

/// The parts of a table that operations can't express.
#[derive(Debug, Default)]
pub(super) struct Residue {
    pub(super) properties: Vec<Property>,
    /// The foreign keys to other databases.
    pub(super) natives: Vec<NativeObject>,
    /// The table's CREATE TABLE statement, if a property can't be set afterwards.
    pub(super) statement: Option<Statement>,
}

/// The order in which properties are set: periods before keys that use them, and the history of rows after all other
/// changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Period,
    Column,
    Key,
    Option,
    Versioning,
    Partitions,
}

/// Returns the parts of the statement `shown` that `table` and those of `indexes` that belong to it do not contain.
pub(super) fn residue(table: &Table, indexes: &[Index], shown: &str) -> Residue {
    let (items, tail) = definition::parts_of(shown);
    let mut reader = Reader {
        table,
        alter: format!("ALTER TABLE {}", identifier(&table.name)),
        found: Vec::new(),
        natives: Vec::new(),
    };
    for item in &items {
        match definition::item_name(item) {
            Some((name, text)) => reader.column(&name, text),
            None => reader.table_item(item),
        }
    }
    let options = options(tail);
    options.iter().for_each(|option| reader.option(option));
    reader.found.sort_by(|(a, one), (b, other)| {
        (a, &one.object, &one.name).cmp(&(b, &other.object, &other.name))
    });
    let mut properties: Vec<Property> = reader.found.into_iter().map(|(_, it)| it).collect();
    let own = |name: &str| {
        indexes
            .iter()
            .any(|index| index.table == table.name && index.name == name)
    };
    let statement = properties.iter().any(|it| it.set.is_empty()).then(|| {
        for property in &mut properties {
            let late = property.object.kind == "index" || numbers_late(table, &property.object);
            if !late {
                property.set.clear();
                property.reset.clear();
            }
        }
        statement(table, &items, &options, own)
    });
    Residue {
        properties,
        natives: reader.natives,
        statement,
    }
}

/// Returns whether a column can become auto-increment only after an index over it exists.
pub(super) fn numbers_after_index(table: &Table, column: &str) -> bool {
    let is_first = |columns: &[String]| columns.first().is_some_and(|first| first == column);
    let holds = |columns: &[String]| columns.iter().any(|name| name == column);
    // Only transactional engines require it to be the first column of a key.
    let engine = table.options.as_deref().unwrap_or_default();
    let any = ["ENGINE=MyISAM", "ENGINE=Aria", "ENGINE=MEMORY"]
        .iter()
        .any(|it| {
            engine
                .to_ascii_lowercase()
                .contains(&it.to_ascii_lowercase())
        });
    let mut keys = table
        .primary_key
        .iter()
        .map(|key| &key.columns)
        .chain(table.uniques.iter().map(|unique| &unique.columns));
    !keys.any(|columns| is_first(columns) || any && holds(columns))
}

/// Returns whether a column is auto-increment.
pub(super) fn is_auto_increment(column: &Column) -> bool {
    column.autoincrement || column.identity.is_some()
}

fn numbers_late(table: &Table, object: &Object) -> bool {
    let found = table.columns.iter().find(|it| it.name == object.name);
    object.kind == "column"
        && found.is_some_and(|it| is_auto_increment(it) && numbers_after_index(table, &it.name))
}

struct Reader<'t> {
    table: &'t Table,
    alter: String,
    found: Vec<(Rank, Property)>,
    natives: Vec<NativeObject>,
}

impl Reader<'_> {
    fn add(
        &mut self,
        rank: Rank,
        object: Object,
        name: &str,
        value: String,
        both: Option<[String; 2]>,
    ) {
        let property = Property::new(object, name, value);
        let property = match both {
            Some([set, reset]) => property.set_by(
                format!("{} {set}", self.alter),
                format!("{} {reset}", self.alter),
            ),
            None => property,
        };
        self.found.push((rank, property));
    }

    fn of(&self, kind: &str, name: &str) -> Object {
        Object::of_table(kind, &self.table.name, name)
    }

    fn own(&self) -> Object {
        Object::new("table", &self.table.name)
    }

    fn column(&mut self, name: &str, text: &str) {
        let definition = Definition::parse(text);
        let model = self.table.columns.iter().find(|it| it.name == name);
        let mut residue = definition.residue(model);
        let numbers = model.is_some_and(is_auto_increment) && numbers_after_index(self.table, name);
        if numbers {
            residue.push("AUTO_INCREMENT".to_owned());
        } else if self.check_in_column(name, &definition, &residue) {
            return;
        }
        if residue.is_empty() {
            return;
        }
        let value = residue.join(" ");
        let late = if numbers {
            Late::Numbers
        } else {
            Late::Nothing
        };
        let settable = !value.contains("SYSTEM VERSIONING") && !value.contains("AS ROW");
        let id = identifier(name);
        let both = settable.then(|| {
            [
                format!("MODIFY COLUMN {id} {}", definition.beside_checks().text()),
                format!("MODIFY COLUMN {id} {}", definition.plain(late).text()),
            ]
        });
        let object = self.of("column", name);
        self.add(Rank::Column, object, "options", value, both);
    }

    /// Reads a check inside a column definition. Its name is the name of the column, it is dropped with the column,
    /// and no statement drops it alone. Returns whether there is one.
    fn check_in_column(&mut self, name: &str, definition: &Definition, residue: &[String]) -> bool {
        let model = self.table.columns.iter().find(|it| it.name == name);
        let is_json = model.is_some_and(|it| it.data_type == Type::Json);
        let Some(check) = definition.get(Part::Check).filter(|_| !is_json) else {
            return false;
        };
        let check = up_to_brackets(check);
        let mut plain = definition.plain(Late::Nothing);
        plain.set(Part::Check, None);
        let id = identifier(name);
        let drop = format!("DROP CONSTRAINT IF EXISTS {id}");
        let both = [
            format!("{drop}, MODIFY COLUMN {id} {}", definition.text()),
            format!(
                "{drop}, MODIFY COLUMN {id} {}, ADD CONSTRAINT {id} {check}",
                plain.text()
            ),
        ];
        let value = format!("in the column {}", residue.join(" "));
        let object = self.of("constraint", name);
        self.add(
            Rank::Column,
            object,
            "place",
            value.trim().to_owned(),
            Some(both),
        );
        true
    }

    /// Reads an item after the columns: a key, a constraint or a period.
    fn table_item(&mut self, item: &str) {
        let words: Vec<String> = super::sql::words(item).take(3).collect();
        let word = |at: usize| words.get(at).map_or("", String::as_str);
        match (word(0), word(1), word(2)) {
            ("PERIOD", "FOR", "SYSTEM_TIME") => {
                let object = self.own();
                self.add(
                    Rank::Period,
                    object,
                    "period of system time",
                    uniform(item),
                    None,
                );
            }
            ("PERIOD", "FOR", _) => {
                let name = first_name(item).unwrap_or_default();
                let drop = format!("DROP PERIOD FOR {}", identifier(&name));
                let object = self.own();
                let both = Some([format!("ADD {item}"), drop]);
                self.add(
                    Rank::Period,
                    object,
                    &format!("period `{name}`"),
                    uniform(item),
                    both,
                );
            }
            ("PRIMARY", ..) => self.key("constraint", "PRIMARY", "DROP PRIMARY KEY", item),
            ("UNIQUE" | "KEY" | "INDEX" | "FULLTEXT" | "SPATIAL" | "VECTOR", ..) => {
                let name = first_name(item).unwrap_or_default();
                let is_constraint = self
                    .table
                    .uniques
                    .iter()
                    .any(|it| it.name.as_ref() == Some(&name));
                let kind = if is_constraint { "constraint" } else { "index" };
                let drop = format!("DROP INDEX {}", identifier(&name));
                self.key(kind, &name, &drop, item);
            }
            ("CONSTRAINT", _, "FOREIGN") => self.foreign_key(item),
            ("CONSTRAINT", _, "CHECK") => {
                let name = first_name(item).unwrap_or_default();
                let rest = behind_brackets(item);
                if !rest.is_empty() {
                    let object = self.of("constraint", &name);
                    let id = identifier(&name);
                    let both = Some([
                        format!("DROP CONSTRAINT {id}, ADD {item}"),
                        format!("DROP CONSTRAINT {id}, ADD {}", up_to_brackets(item)),
                    ]);
                    self.add(Rank::Key, object, "options", rest, both);
                }
            }
            _ => {
                let object = self.own();
                self.add(Rank::Key, object, "definition", uniform(item), None);
            }
        }
    }

    fn key(&mut self, kind: &str, name: &str, drop: &str, item: &str) {
        let (_, inside, behind) = around_brackets(item).unwrap_or((item, "", ""));
        let overlaps = uniform(inside)
            .to_ascii_uppercase()
            .contains("WITHOUT OVERLAPS");
        let mut rest = without_method(behind);
        // InnoDB has one block size for a whole table. If the size changes, it prints the previous one at the keys.
        if !has_engine(self.table) {
            rest = without_size(&rest);
        }
        let mut plain = up_to_brackets(item).to_owned();
        // In a schema, an index has a method and a constraint does not.
        if kind == "constraint"
            && in_memory(self.table)
            && behind.to_ascii_uppercase().contains("BTREE")
        {
            rest = uniform(behind).trim().to_owned();
        }
        if overlaps {
            rest = format!("{} {rest}", uniform(inside)).trim().to_owned();
            let key = self
                .table
                .primary_key
                .iter()
                .map(|key| (Some("PRIMARY"), &key.columns));
            let uniques = self.table.uniques.iter();
            let mut all = key.chain(uniques.map(|it| (it.name.as_deref(), &it.columns)));
            let columns = all.find(|(known, _)| *known == Some(name));
            let columns: Vec<String> = columns
                .map(|(_, columns)| columns.iter().map(|it| identifier(it)).collect())
                .unwrap_or_default();
            let head = item.split('(').next().unwrap_or_default();
            plain = format!("{head}({})", columns.join(", "));
        }
        let object = self.of(kind, name);
        // No operation sets prefix lengths in a primary key, and some columns are too long to be included whole.
        let whole =
            !inside.contains('(') && !uniform(inside).to_ascii_uppercase().contains(" DESC");
        if name == "PRIMARY" && !whole {
            let value = format!("{} {rest}", uniform(inside)).trim().to_owned();
            self.add(Rank::Key, object, "options", value, None);
            return;
        }
        if rest.is_empty() {
            return;
        }
        if overlaps {
            // In one statement the server would treat the new key as unchanged.
            let alter = &self.alter;
            let both = [item, plain.as_str()]
                .map(|new| vec![format!("{alter} {drop}"), format!("{alter} ADD {new}")]);
            let mut property = Property::new(object, "options", rest);
            [property.set, property.reset] = both;
            self.found.push((Rank::Key, property));
            return;
        }
        let both = Some([
            format!("{drop}, ADD {item}"),
            format!("{drop}, ADD {plain}"),
        ]);
        let ignored = rest.split(' ').any(|word| word == "IGNORED");
        self.add(Rank::Key, object, "options", rest, both);
        if let (true, Some((_, property))) = (ignored, self.found.last_mut()) {
            // The server treats a key as unchanged if nothing else differs.
            let alter = format!("{} ALTER INDEX {}", self.alter, identifier(name));
            property.set.push(format!("{alter} IGNORED"));
            property.reset.insert(0, format!("{alter} NOT IGNORED"));
        }
    }

    /// An operation can't name a table of another database.
    fn foreign_key(&mut self, item: &str) {
        let upper = item.to_ascii_uppercase();
        let Some(at) = upper.find(" REFERENCES ") else {
            return;
        };
        let mut tokens = Tokens::new(&item[at + " REFERENCES ".len()..]);
        let qualified = tokens
            .nth(1)
            .is_some_and(|(_, _, token)| token == Token::Sign(b'.'));
        if qualified {
            let name = first_name(item).unwrap_or_default();
            let object = self.of("constraint", &name);
            let drop = format!("{} DROP FOREIGN KEY {}", self.alter, identifier(&name));
            let create = format!("{} ADD {item}", self.alter);
            self.natives
                .push(NativeObject::new(object, uniform(item), create, drop));
        }
    }

    fn option(&mut self, option: &str) {
        let name = option_name(option);
        let object = self.own();
        match name.as_str() {
            "ENGINE" | "AUTO_INCREMENT" | "DEFAULT CHARSET" | "CHARSET" | "COLLATE" | "COMMENT"
            | "DEFAULT COLLATE" => {}
            "WITH SYSTEM VERSIONING" => {
                let both = ["ADD SYSTEM VERSIONING", "DROP SYSTEM VERSIONING"].map(str::to_owned);
                self.add(
                    Rank::Versioning,
                    object,
                    "system versioning",
                    "on".to_owned(),
                    Some(both),
                );
            }
            "PARTITION BY" => {
                let both = Some([option.to_owned(), "REMOVE PARTITIONING".to_owned()]);
                self.add(
                    Rank::Partitions,
                    object,
                    "partitions",
                    without_starts(option),
                    both,
                );
            }
            // This is an option of Aria. Other engines drop it at the next change of the table.
            "PAGE_CHECKSUM" if !has_engine(self.table) => {}
            // The locations of files.
            "DATA DIRECTORY" | "INDEX DIRECTORY" | "CONNECTION" => {
                self.add(Rank::Option, object, &name, value_of(option), None);
            }
            _ => {
                let reset = format!("{}{}", name, reset_value(&name));
                let both = Some([option.to_owned(), reset]);
                self.add(Rank::Option, object, &name, value_of(option), both);
            }
        }
    }
}

/// Returns the value that resets an option.
fn reset_value(name: &str) -> &'static str {
    match name {
        "KEY_BLOCK_SIZE" | "CHECKSUM" | "DELAY_KEY_WRITE" | "MAX_ROWS" | "MIN_ROWS"
        | "AVG_ROW_LENGTH" => "=0",
        "INSERT_METHOD" => "=NO",
        "UNION" => "=()",
        "PASSWORD" => "=''",
        _ => "=DEFAULT",
    }
}

/// Returns the options after the parentheses of a CREATE TABLE, each with its value.
fn options(tail: &str) -> Vec<String> {
    let tokens = significant(tail);
    let word = |at: usize| text_at(tail, &tokens, at);
    let upper = |at: usize| word(at).to_ascii_uppercase();
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let begin = at;
        if upper(at) == "PARTITION" && upper(at + 1) == "BY" {
            // MySQL prints them in a comment that it executes.
            let text = tail[tokens[at].0..].trim().trim_end_matches("*/").trim();
            found.push(text.to_owned());
            break;
        }
        if upper(at) == "WITH" && upper(at + 1) == "SYSTEM" {
            at += 3;
        } else {
            while at < tokens.len() && word(at) != "=" {
                at += 1;
            }
            at += 1;
            if word(at) == "(" {
                while at < tokens.len() && word(at) != ")" {
                    at += 1;
                }
            }
            at += 1;
        }
        let end = tokens
            .get(at.min(tokens.len()) - 1)
            .map_or(tail.len(), |(_, end, _)| *end);
        found.push(tail[tokens[begin].0..end].to_owned());
    }
    found
}

/// Returns the name of an option, in upper case and without quotes.
fn option_name(option: &str) -> String {
    let words: Vec<String> = super::sql::words(option).take(2).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["PARTITION", "BY"] => return "PARTITION BY".to_owned(),
        ["WITH", "SYSTEM"] => return "WITH SYSTEM VERSIONING".to_owned(),
        _ => {}
    }
    let name = option.split('=').next().unwrap_or_default();
    uniform(name).replace('`', "").trim().to_ascii_uppercase()
}

fn value_of(option: &str) -> String {
    let value = option.split_once('=').map_or(option, |(_, value)| value);
    uniform(value).trim().to_owned()
}

/// Removes the start of the partitions of a table's history: the default is the day on which they were created.
fn without_starts(partitions: &str) -> String {
    let text = uniform(partitions);
    match text.split_once(" STARTS TIMESTAMP'") {
        Some((before, rest)) if text.contains("SYSTEM_TIME") => {
            let after = rest.split_once('\'').map_or("", |(_, after)| after);
            format!("{before}{after}")
        }
        _ => text,
    }
}

/// Returns the first name in backticks.
fn first_name(item: &str) -> Option<String> {
    let mut tokens = Tokens::new(item);
    tokens.find_map(|(start, end, _)| definition::quoted_name(&item[start..end]))
}

fn behind_brackets(item: &str) -> String {
    let rest = around_brackets(item).map_or("", |(_, _, rest)| rest);
    uniform(rest).trim().to_owned()
}

fn up_to_brackets(item: &str) -> &str {
    let rest = around_brackets(item).map_or("", |(_, _, rest)| rest);
    item[..item.len() - rest.len()].trim()
}

/// Returns whether the engine of a table is not the default.
fn has_engine(table: &Table) -> bool {
    let options = table.options.as_deref().unwrap_or_default();
    options.to_ascii_uppercase().contains("ENGINE")
}

fn without_size(rest: &str) -> String {
    let words = rest
        .split(' ')
        .filter(|word| !word.starts_with("KEY_BLOCK_SIZE="));
    words.collect::<Vec<_>>().join(" ")
}

/// Removes the method of a key, because `Index` has it.
fn without_method(behind: &str) -> String {
    let text = uniform(behind);
    let mut words: Vec<&str> = text.trim().split(' ').collect();
    if words
        .first()
        .is_some_and(|word| word.eq_ignore_ascii_case("USING"))
    {
        words.drain(..2.min(words.len()));
    }
    words.join(" ")
}

/// Returns the CREATE TABLE statement without foreign keys, and without the indexes that operations add afterwards.
fn statement(
    table: &Table,
    items: &[&str],
    options: &[String],
    is_index: impl Fn(&str) -> bool,
) -> Statement {
    let kept_items = items.iter().filter_map(|item| {
        let first = super::sql::words(item).next().unwrap_or_default();
        let name = first_name(item).unwrap_or_default();
        let (column, text) = match definition::item_name(item) {
            Some(found) => found,
            None => {
                let foreign = first == "CONSTRAINT"
                    && super::sql::words(item).nth(2).as_deref() == Some("FOREIGN");
                let key = ["UNIQUE", "KEY", "INDEX", "FULLTEXT", "SPATIAL", "VECTOR"]
                    .contains(&first.as_str());
                return (!(foreign || key && is_index(&name))).then(|| (*item).to_owned());
            }
        };
        let mut definition = Definition::parse(text);
        if numbers_late(table, &Object::of_table("column", &table.name, &column)) {
            definition.set(Part::AutoIncrement, None);
        }
        Some(format!("{} {}", identifier(&column), definition.text()))
    });
    let kept_items: Vec<String> = kept_items.collect();
    let own = options
        .iter()
        .filter(|option| option_name(option) != "AUTO_INCREMENT");
    let own: Vec<&str> = own.map(String::as_str).collect();
    Statement::new(
        &table.name,
        format!(
            "CREATE TABLE {} (\n    {}\n) {}",
            identifier(&table.name),
            kept_items.join(",\n    "),
            own.join(" ")
        ),
    )
    .without_keys()
}
