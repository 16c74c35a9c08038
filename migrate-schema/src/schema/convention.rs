//! Names for unnamed constraints and indexes, so that they can be dropped by name later.
//!
//! The same schema always gets the same names. All names are different, and none is longer than any supported database
//! allows.

use std::collections::BTreeSet;

use super::{Index, IndexKey, Schema, Table};

/// The longest name that no database truncates.
const LONGEST: usize = 63;

/// Templates for the names of unnamed objects. `{table}`, `{columns}`, `{referred}` and `{name}` are replaced by the
/// object's own.
///
/// ```
/// use migrate_schema::schema::{NamingConvention, Schema, Table};
///
/// let mut table = Table::new("users");
/// table.unique("email");
/// let mut schema = Schema::default();
/// schema.tables.push(table);
/// NamingConvention::default().name_all(&mut schema);
/// assert_eq!(schema.tables[0].uniques[0].name.as_deref(), Some("uq_users_email"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamingConvention {
    /// The template for an index.
    pub index: String,
    /// The template for a unique constraint.
    pub unique: String,
    /// The template for a foreign key.
    pub foreign_key: String,
    /// The template for a check. `{name}` is the column that it reads, or a short number derived from its condition.
    pub check: String,
    /// The template for a primary key.
    pub primary_key: String,
    /// The template for an exclusion constraint.
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
    /// Names every unnamed constraint and index. Constraints defined on a column are first moved to the table.
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
        table.hoist_column_constraints();
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

/// Returns the names that are already used.
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

/// Replaces the placeholders of a template, each once. Replaced text is not searched again.
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

/// Returns the name, truncated to the length that every database accepts. It differs from all taken names, ignoring
/// case.
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

/// Truncates a name that is too long, and appends a number derived from the whole name.
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

/// Returns eight digits derived from a string: FNV-1a, folded to 32 bits.
fn short(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{:08x}", (hash ^ (hash >> 32)) & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::schema::{Check, Column, Exclude, ForeignKey, IndexPart, Type, Unique};

    fn named(build: impl FnOnce(&mut Table)) -> Table {
        let mut table = Table::new("users");
        build(&mut table);
        let mut schema = Schema::default();
        schema.tables.push(table);
        NamingConvention::default().name_all(&mut schema);
        schema.tables.remove(0)
    }

    #[test]
    fn names_tell_the_table_and_the_columns() {
        let table = named(|t| {
            t.column(Column::new("id", Type::Integer).primary_key());
            t.column(
                Column::new("email", Type::Text)
                    .unique()
                    .check("email <> ''"),
            );
            t.column(Column::new("boss", Type::Integer).references(ForeignKey::to("users", "id")));
            t.unique(Unique::new("boss").named("mine"));
            t.unique(["email", "boss"]);
        });
        let names: Vec<&str> = table.constraint_names().collect();
        assert_eq!(
            names,
            [
                "pk_users",
                "mine",
                "uq_users_email_boss",
                "uq_users_email",
                "fk_users_boss_users",
                "ck_users_email",
            ]
        );
    }

    #[test]
    fn a_fact_that_looks_like_a_place_is_left_as_it_is() {
        let facts = [("table", "{columns}"), ("columns", "a")];
        assert_eq!(fill("{x}_{table}_{columns}_{", &facts), "{x}_{columns}_a_{");
    }

    #[test]
    fn long_names_that_differ_at_their_end_stay_different() {
        let long = "c".repeat(70);
        let (one, other) = (cut(&format!("{long}1")), cut(&format!("{long}2")));
        assert_ne!(one, other);
        assert_eq!((one.len(), other.len()), (LONGEST, LONGEST));
    }

    fn schemas() -> impl Strategy<Value = Schema> {
        // A small alphabet makes names collide; long names with multi-byte characters are truncated.
        let name = prop_oneof!["[ab]{1,2}", "[aB_]{1,3}", "[a\u{e4}\u{1F600}]{20,40}"];
        let names = prop::collection::vec(name, 1..4);
        let table = (
            names.clone(),
            prop::collection::vec(names, 0..5),
            any::<bool>(),
        );
        prop::collection::vec(table, 1..5).prop_map(|tables| {
            let mut schema = Schema::default();
            for (name, over, inline) in tables {
                let mut table = Table::new(name.concat());
                if inline {
                    table.column(
                        Column::new(name[0].clone(), Type::Text)
                            .unique()
                            .check("x > 1"),
                    );
                }
                for (at, columns) in over.into_iter().enumerate() {
                    match at {
                        0 => table.primary_key(columns),
                        1 => table.unique(columns),
                        2 => table.foreign_key(columns, ForeignKey::to(name[0].as_str(), "id")),
                        3 => table.checks.push(Check::new(columns.concat())),
                        _ => table.excludes.push(Exclude::new(columns.concat())),
                    }
                }
                let parts = [
                    IndexPart::column(&name[0]),
                    IndexPart::expression("lower(a)"),
                ];
                schema.indexes.push(Index::new("", &table.name, parts));
                schema.tables.push(table);
            }
            schema
        })
    }

    proptest! {
        #[test]
        fn every_name_is_given_different_short_and_the_same_each_time(schema in schemas()) {
            let (mut once, mut again) = (schema.clone(), schema.clone());
            NamingConvention::default().name_all(&mut once);
            NamingConvention::default().name_all(&mut again);
            prop_assert_eq!(&once, &again);
            let constraints = once.tables.iter().map(|table| {
                usize::from(table.primary_key.is_some())
                    + table.uniques.len() + table.foreign_keys.len() + table.checks.len() + table.excludes.len()
            });
            let count = constraints.sum::<usize>() + once.indexes.len();
            let names: Vec<String> = once
                .tables
                .iter()
                .flat_map(Table::constraint_names)
                .chain(once.indexes.iter().map(|index| index.name.as_str()))
                .map(str::to_lowercase)
                .collect();
            prop_assert_eq!(names.len(), count);
            prop_assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), count);
            for table in &once.tables {
                for name in table.constraint_names() {
                    prop_assert!(name.len() <= LONGEST && !name.is_empty());
                }
            }
            // A second pass finds nothing without a name.
            let before = once.clone();
            NamingConvention::default().name_all(&mut once);
            prop_assert_eq!(before, once);
        }
    }
}
