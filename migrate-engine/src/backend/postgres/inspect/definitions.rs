//! Builds statements for tables that no operation can create: tables with a constraint that needs a separate
//! statement, and tables that inherit.

use postgres::Row;

use super::{Result, nextval};
use crate::backend::postgres::PostgresDialect;
use migrate_schema::ddl::{self, Dialect as _};
use migrate_schema::operation::{AlterColumn, CreateTable, Operation};
use migrate_schema::schema::{
    DefaultValue, Definition, INHERITS, NativeObject, Object, Property, Schema, Table, Type,
};

const CONSTRAINTS: &str = include_str!("sql/constraints.sql");
/// The name of the property of a primary key or a unique constraint that its model does not fully contain.
const KEY: &str = "key definition";
const HEIRS: &str = include_str!("sql/heirs.sql");

/// Adds the statements for such tables to a schema that already has its properties.
pub(super) fn read(
    schema: &mut Schema,
    rows: &mut dyn FnMut(&str) -> Result<Vec<Row>>,
) -> Result<()> {
    let mut separate = Vec::new();
    for row in rows(CONSTRAINTS)? {
        separate.extend(constraint(schema, &row)?);
    }
    let heirs = match schema.properties.iter().any(|it| it.parent().is_some()) {
        true => rows(HEIRS)?
            .iter()
            .map(Heir::read)
            .collect::<Result<Vec<_>>>()?,
        false => Vec::new(),
    };
    for table in &schema.tables {
        let own: Vec<&SeparateConstraint> = separate
            .iter()
            .filter(|it| it.table == table.name)
            .collect();
        let heir = heirs.iter().find(|heir| heir.table == table.name);
        if own.is_empty() && heir.is_none() {
            continue;
        }
        let mut table = table.clone();
        table.foreign_keys.clear();
        let add = take_constraints(&mut table, &own);
        numbered(&mut table, schema);
        let mut definition = match heir {
            Some(heir) => heir.definition(table),
            None => plain(table),
        };
        definition.create.extend(add);
        definition = definition.giving(KEY);
        schema.definitions.push(definition);
    }
    Ok(())
}

fn plain(table: Table) -> Definition {
    let mut definition = Definition::new(&table.name, "").without_keys();
    let create = Operation::CreateTable(CreateTable::new(table));
    definition.create = ddl::statements(&PostgresDialect, &create);
    definition
}

/// The inheritance of a table.
struct Heir {
    table: String,
    /// The parents, as SQL names.
    parents: Vec<String>,
    /// The columns and checks that only the parents declare.
    columns: Vec<String>,
    checks: Vec<String>,
    /// The statements that change inherited columns.
    changes: Vec<String>,
    /// The table's own columns that have no default although a parent's column has one.
    without_default: Vec<String>,
}

impl Heir {
    fn read(row: &Row) -> Result<Heir> {
        Ok(Heir {
            table: row.try_get(0)?,
            parents: row.try_get(1)?,
            columns: row.try_get(2)?,
            checks: row.try_get(3)?,
            changes: row.try_get(4)?,
            without_default: row.try_get(5)?,
        })
    }

    /// Returns the statements that create the table, without the columns and constraints that come only from other
    /// tables.
    fn definition(&self, mut table: Table) -> Definition {
        let is_inherited = |column: &str| self.columns.iter().any(|name| name == column);
        let comments: Vec<Operation> = table
            .columns
            .extract_if(.., |column| is_inherited(&column.name))
            .filter(|column| column.comment.is_some())
            .map(|column| {
                let mut change = AlterColumn::new(&self.table, &column.name);
                change.comment = Some(column.comment);
                Operation::AlterColumn(change)
            })
            .collect();
        for column in &mut table.columns {
            if self.without_default.contains(&column.name) {
                column.default = Some(DefaultValue::Null);
            }
        }
        table.checks.retain(|check| {
            let name = check.name.as_ref();
            name.is_none_or(|name| !self.checks.contains(name))
        });
        let inherits = format!("INHERITS ({})", self.parents.join(", "));
        table.options = Some(match table.options.take() {
            Some(options) => format!("{inherits} {options}"),
            None => inherits,
        });
        let mut definition = plain(table);
        definition.create.extend(self.changes.iter().cloned());
        let comments = comments.iter();
        definition
            .create
            .extend(comments.flat_map(|change| ddl::statements(&PostgresDialect, change)));
        definition.inherited = self.inherited();
        definition.giving(INHERITS)
    }
    /// Returns the objects that come only from its parents.
    fn inherited(&self) -> Vec<Object> {
        let of = |kind: &'static str, names: &[String]| -> Vec<Object> {
            let names = names.iter();
            names
                .map(|name| Object::of_table(kind, &self.table, name))
                .collect()
        };
        let mut all = of("column", &self.columns);
        all.extend(of("constraint", &self.checks));
        all
    }
}

/// A constraint that needs a separate statement, after its table is created and before any object refers to it.
struct SeparateConstraint {
    table: String,
    name: String,
    text: String,
}

/// Records the definition of a constraint that its model does not fully contain. If a statement can set the
/// definition later, the property has that statement; otherwise the constraint needs a separate statement.
fn constraint(schema: &mut Schema, row: &Row) -> Result<Option<SeparateConstraint>> {
    let (table, name): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    let (text, late): (String, bool) = (row.try_get(2)?, row.try_get(3)?);
    let free: bool = row.try_get(4)?;
    let object = Object::of_table("constraint", &table, &name);
    // A table's own statements set those of its keys.
    let property = Property::new(object, if late { "definition" } else { KEY }, &text);
    let Some(found) = schema.table(&table) else {
        return Ok(None);
    };
    let own = PostgresDialect;
    let plain = ddl::constraints(found)
        .into_iter()
        .find(|it| it.name() == Some(&name));
    let Some(plain) = plain.filter(|_| late || free) else {
        schema.properties.push(property);
        return Ok(Some(SeparateConstraint { table, name, text }));
    };
    let quoted = own.identifier(&name);
    let drop = format!(
        "ALTER TABLE {} DROP CONSTRAINT {quoted}",
        own.identifier(&table)
    );
    let set = format!("{drop}, ADD CONSTRAINT {quoted} {text}");
    let reset = format!("{drop}, ADD {}", ddl::constraint(&own, &plain));
    let mut property = property.set_by(set, reset);
    let comment: Option<String> = row.try_get(5)?;
    if let Some(comment) = comment {
        let (of, comment) = (own.identifier(&table), own.string_literal(&comment));
        let set_comment = format!("COMMENT ON CONSTRAINT {quoted} ON {of} IS {comment}");
        property.set.push(set_comment.clone());
        property.reset.push(set_comment);
    }
    schema.properties.push(property);
    Ok((!late).then_some(SeparateConstraint { table, name, text }))
}

/// Removes these constraints from a table, and returns the statements that add them.
fn take_constraints(table: &mut Table, constraints: &[&SeparateConstraint]) -> Vec<String> {
    let quoted = PostgresDialect.identifier(&table.name);
    let mut add = Vec::new();
    for SeparateConstraint { name, text, .. } in constraints {
        let is_it = |other: &Option<String>| other.as_ref() == Some(name);
        table.primary_key = table.primary_key.take().filter(|key| !is_it(&key.name));
        table.uniques.retain(|unique| !is_it(&unique.name));
        let constraint = PostgresDialect.identifier(name);
        add.push(format!(
            "ALTER TABLE {quoted} ADD CONSTRAINT {constraint} {text}"
        ));
    }
    add
}

/// Replaces the type of columns with their own sequence by `serial`, which creates the sequence.
pub(in crate::backend::postgres) fn numbered(table: &mut Table, schema: &Schema) {
    let name = table.name.clone();
    for column in &mut table.columns {
        let serial = match &column.data_type {
            Type::SmallInt => "smallserial",
            Type::Integer => "serial",
            Type::BigInt => "bigserial",
            _ => continue,
        };
        let own = nextval(&name, &column.name);
        let is_free = |native: &NativeObject| {
            native.object.kind == "sequence" && own.contains(&format!("'{}'", native.object.name))
        };
        let uses_sequence =
            matches!(&column.default, Some(DefaultValue::Expression(sql)) if *sql == own);
        if uses_sequence && !schema.natives.iter().any(is_free) {
            column.data_type = Type::custom(serial);
            column.default = None;
        }
    }
}
