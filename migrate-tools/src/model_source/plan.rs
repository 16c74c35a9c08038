//! The tables that get a model, and the Rust names of everything.

use std::collections::BTreeSet;

use migrate_schema::schema::{Column, EnumType, ForeignKey, Index, Schema, Table, Type};

use super::limits::{unsupported_foreign_key, unsupported_reason};
use super::names;

/// The models to write.
pub(super) struct Plan<'s> {
    /// The name of the schema, if it is not the connection's own.
    pub(super) name: Option<&'s str>,
    /// The schema.
    pub(super) schema: &'s Schema,
    /// The tables that get a model.
    pub(super) tables: Vec<Named<'s>>,
    /// The enum types of columns that become Rust enums, with their names.
    pub(super) enums: Vec<(&'s EnumType, String)>,
    /// The objects without a model, with the reasons.
    pub(super) left_out: Vec<String>,
}

/// A table with the Rust names of its struct and fields.
pub(super) struct Named<'s> {
    /// The table.
    pub(super) table: &'s Table,
    /// The struct.
    pub(super) name: String,
    /// The fields, one for each column.
    pub(super) fields: Vec<String>,
}

impl<'s> Plan<'s> {
    /// Plans the models of a schema; `taken` are the names of other types.
    pub(super) fn new(
        name: Option<&'s str>,
        schema: &'s Schema,
        taken: &mut BTreeSet<String>,
    ) -> Plan<'s> {
        let mut plan = Plan {
            name,
            schema,
            tables: Vec::new(),
            enums: Vec::new(),
            left_out: Vec::new(),
        };
        let mut tables: Vec<&Table> = Vec::new();
        for table in &schema.tables {
            match unsupported_reason(table, schema, &tables) {
                None => tables.push(table),
                Some(reason) => plan.leave_out(table, &reason),
            }
        }
        // Foreign keys are checked last, because only now is it known which referenced tables have models.
        let (told, unfit): (Vec<&Table>, Vec<&Table>) = tables
            .iter()
            .partition(|table| unsupported_foreign_key(table, &tables, schema).is_none());
        for table in unfit {
            let reason = unsupported_foreign_key(table, &tables, schema).unwrap_or_default();
            plan.leave_out(table, &reason);
        }
        for table in &told {
            let name = names::of_type(name, &table.name, taken);
            let fields = names::fields(table);
            plan.tables.push(Named {
                table,
                name,
                fields,
            });
        }
        for kind in &schema.enums {
            let mut columns = told.iter().flat_map(|table| &table.columns);
            if columns.any(|column| enum_of(column) == Some(&kind.name)) {
                let name = names::of_type(name, &kind.name, taken);
                plan.enums.push((kind, name));
            }
        }
        plan.left_out.sort();
        plan.left_out.extend(other_objects(schema));
        plan
    }

    /// Returns the objects without a model, with the schema if it is not the connection's own.
    pub(super) fn left_out_reasons(&self) -> impl Iterator<Item = String> {
        self.left_out.iter().map(|reason| match self.name {
            Some(schema) => format!("in schema `{schema}`: {reason}"),
            None => reason.clone(),
        })
    }

    fn leave_out(&mut self, table: &Table, reason: &str) {
        let line = format!("table `{}` has no model: {reason}", table.name);
        self.left_out.push(line);
    }

    /// Returns the model of a table.
    pub(super) fn model_of(&self, table: &str) -> Option<&Named<'s>> {
        self.tables.iter().find(|named| named.table.name == table)
    }

    /// Returns the indexes of a table.
    pub(super) fn indexes_of(&self, table: &str) -> impl Iterator<Item = &'s Index> {
        let indexes = self.schema.indexes.iter();
        indexes.filter(move |index| index.table == table)
    }
}

impl Named<'_> {
    /// Returns the field of a column.
    pub(super) fn field(&self, column: &str) -> &str {
        let columns = self.table.columns.iter();
        let found = columns
            .zip(&self.fields)
            .find(|(other, _)| other.name == column);
        found.map_or("", |(_, field)| field)
    }

    /// Returns the fields of columns, separated by commas.
    pub(super) fn listed(&self, columns: &[String]) -> String {
        let fields: Vec<&str> = columns.iter().map(|column| self.field(column)).collect();
        fields.join(", ")
    }
}

/// Returns the name of a column's enum type, if it is a separate type.
fn enum_of(column: &Column) -> Option<&String> {
    match &column.data_type {
        Type::Enum(kind) => Some(&kind.name),
        _ => None,
    }
}

/// Returns the views and triggers, which no model describes.
fn other_objects(schema: &Schema) -> Vec<String> {
    let views = schema.views.iter();
    let views = views.map(|view| {
        format!(
            "view `{}` has no model: only revisions describe it",
            view.name
        )
    });
    let triggers = schema.triggers.iter();
    let triggers = triggers.map(|trigger| {
        format!(
            "trigger `{}` of table `{}` has no model: only revisions describe it",
            trigger.name, trigger.table
        )
    });
    views.chain(triggers).collect()
}

/// Returns the columns that a foreign key references, also if it only names a table.
pub(super) fn references(key: &ForeignKey, schema: &Schema) -> Vec<String> {
    let primary = schema
        .target(key)
        .and_then(|table| table.primary_key.as_ref());
    match primary {
        Some(primary) if key.references.is_empty() => primary.columns.clone(),
        _ => key.references.clone(),
    }
}
