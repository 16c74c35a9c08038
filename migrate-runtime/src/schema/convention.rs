//! Names for what was given none, so that it can be dropped by name later.
//!
//! The same schema gets the same names each time, no two things the same one, and none is longer than any of the
//! databases takes.

use std::collections::BTreeSet;

use super::{Index, IndexKey, Schema, Table};

/// The longest name that every database keeps whole.
const LONGEST: usize = 63;

/// How things without a name are named: `{table}`, `{columns}`, `{referred}` and `{name}` stand for what they belong to.
///
/// ```
/// use migrate_runtime::schema::{NamingConvention, Schema, Table};
///
/// let mut table = Table::new("users");
/// table.unique("email");
/// let mut schema = Schema::default();
/// schema.tables.push(table);
/// NamingConvention::default().name_all(&mut schema);
/// assert_eq!(schema.tables[0].uniques[0].name.as_deref(), Some("uq_users_email"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NamingConvention {
    /// For an index.
    pub index: String,
    /// For a unique constraint.
    pub unique: String,
    /// For a foreign key.
    pub foreign_key: String,
    /// For a check; `{name}` is the column it reads, or a short number made of its condition.
    pub check: String,
    /// For a primary key.
    pub primary_key: String,
    /// For an exclusion constraint.
    pub exclude: String,
}

impl Default for NamingConvention {
    fn default() -> NamingConvention {
        NamingConvention {
            index: "ix_{table}_{columns}".to_owned(),
            unique: "uq_{table}_{columns}".to_owned(),
            foreign_key: "fk_{table}_{columns}_{referred}".to_owned(),
            check: "ck_{table}_{name}".to_owned(),
            primary_key: "pk_{table}".to_owned(),
            exclude: "ex_{table}_{name}".to_owned(),
        }
    }
}

impl NamingConvention {
    /// Names every constraint and index that has no name. What stands beside a column moves beside its table first.
    pub fn name_all(&self, schema: &mut Schema) {
        let mut taken = given(schema);
        for table in &mut schema.tables {
            self.name_table(table, &mut taken);
        }
        for index in &mut schema.indexes {
            if index.name.is_empty() {
                let columns = index_columns(index);
                let facts = [("table", index.table.as_str()), ("columns", &columns)];
                index.name = free(&fill(&self.index, &facts), &mut taken);
            }
        }
    }

    fn name_table(&self, table: &mut Table, taken: &mut BTreeSet<String>) {
        let checked: Vec<(String, String)> = table
            .columns
            .iter()
            .filter_map(|column| Some((column.check.clone()?, column.name.clone())))
            .collect();
        table.gather();
        let own = table.name.clone();
        let mut name = |to: &mut Option<String>, template: &str, facts: &[(&str, &str)]| {
            if to.is_none() {
                let facts = [facts, &[("table", own.as_str())]].concat();
                *to = Some(free(&fill(template, &facts), taken));
            }
        };
        if let Some(key) = &mut table.primary_key {
            let columns = key.columns.join("_");
            name(&mut key.name, &self.primary_key, &[("columns", &columns)]);
        }
        for unique in &mut table.uniques {
            let columns = unique.columns.join("_");
            name(&mut unique.name, &self.unique, &[("columns", &columns)]);
        }
        for key in &mut table.foreign_keys {
            let columns = key.columns.join("_");
            let facts = [("columns", columns.as_str()), ("referred", &key.table)];
            name(&mut key.name, &self.foreign_key, &facts);
        }
        for check in &mut table.checks {
            let column = checked
                .iter()
                .find(|(condition, _)| *condition == check.condition);
            let called =
                column.map_or_else(|| short(&check.condition), |(_, column)| column.clone());
            name(&mut check.name, &self.check, &[("name", &called)]);
        }
        for exclude in &mut table.excludes {
            let called = short(&exclude.definition);
            name(&mut exclude.name, &self.exclude, &[("name", &called)]);
        }
    }
}

/// The names that are given already.
fn given(schema: &Schema) -> BTreeSet<String> {
    let tables = schema.tables.iter().map(|table| table.name.as_str());
    let indexes = schema.indexes.iter().map(|index| index.name.as_str());
    let views = schema.views.iter().map(|view| view.name.as_str());
    let constraints = schema.tables.iter().flat_map(Table::constraint_names);
    constraints
        .chain(tables)
        .chain(indexes)
        .chain(views)
        .map(str::to_lowercase)
        .collect()
}

fn index_columns(index: &Index) -> String {
    let parts = index.parts.iter().map(|part| match &part.key {
        IndexKey::Column(name) => name.clone(),
        IndexKey::Expression(sql) => short(sql),
    });
    parts.collect::<Vec<_>>().join("_")
}

/// Puts facts into a template, each once: what a fact holds is not looked at again.
fn fill(template: &str, facts: &[(&str, &str)]) -> String {
    let (mut name, mut rest) = (String::new(), template);
    while let Some(at) = rest.find('{') {
        name.push_str(&rest[..at]);
        let inside = &rest[at..];
        let known = facts.iter().find_map(|(word, fact)| {
            let after = inside[1..].strip_prefix(word)?.strip_prefix('}')?;
            Some((fact, after))
        });
        match known {
            Some((fact, after)) => {
                name.push_str(fact);
                rest = after;
            }
            None => {
                name.push('{');
                rest = &inside[1..];
            }
        }
    }
    name.push_str(rest);
    name
}

/// Returns the name, cut to what every database keeps, and different from those that are taken whatever the case of
/// their letters.
fn free(wanted: &str, taken: &mut BTreeSet<String>) -> String {
    let mut number = 1;
    loop {
        let name = match number {
            1 => cut(wanted),
            _ => cut(&format!("{wanted}_{number}")),
        };
        if taken.insert(name.to_lowercase()) {
            return name;
        }
        number += 1;
    }
}

/// Cuts a name that is too long, and ends it in a number made of the whole of it.
fn cut(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.to_owned();
    }
    let ending = short(name);
    let mut end = LONGEST - ending.len() - 1;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}_{ending}", &name[..end])
}

/// Returns eight digits made of a text: FNV-1a, folded to 32 bits.
fn short(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{:08x}", (hash ^ (hash >> 32)) & 0xffff_ffff)
}
