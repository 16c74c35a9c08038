//! Replaces the expressions of one schema by equivalent expressions of another.
//!
//! PostgreSQL prints `status IN ('a', 'b')` of a model as `status = ANY (ARRAY['a', 'b'])`. Both are known to be
//! equivalent because of their position: one is in the desired schema, and the other is at the same place of the schema
//! built from it. A revision then contains the model's expression, which its author recognizes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::schema::{Column, DefaultValue, Generated, Index, IndexKey, Schema, Table};

use super::{DiffRules, ExpressionForm};

/// Returns a schema with the expressions of another, if they are equivalent.
pub(super) fn with_equivalent_expressions<'s>(
    schema: Cow<'s, Schema>,
    written: &Schema,
    rules: DiffRules,
) -> Cow<'s, Schema> {
    match rules.expression_form {
        ExpressionForm::AsIs => schema,
        form @ ExpressionForm::Normalized(_) => {
            let expressions = ExpressionMap::from_pair(written, written, form);
            Cow::Owned(expressions.apply(schema.into_owned()))
        }
    }
}

/// Returns a schema with the view queries of another, if they are equivalent.
pub(super) fn with_equivalent_views<'s>(
    schema: Cow<'s, Schema>,
    written: &Schema,
    rules: DiffRules,
) -> Cow<'s, Schema> {
    if rules.query_form == ExpressionForm::AsIs {
        return schema;
    }
    let mut schema = schema;
    for other in &written.views {
        let found = schema.views.iter().position(|view| view.name == other.name);
        let Some(at) = found else { continue };
        let query = &schema.views[at].query;
        if *query != other.query && rules.query_form.of(query) == rules.query_form.of(&other.query)
        {
            schema.to_mut().views[at].query.clone_from(&other.query);
        }
    }
    schema
}

/// The printed forms of expressions, with the original text of the same place, else of any place.
pub struct ExpressionMap {
    form: ExpressionForm,
    locations: BTreeMap<ExpressionLocation, (String, String)>,
    anywhere: BTreeMap<String, String>,
}

impl ExpressionMap {
    /// Learns the original texts from a schema as the database prints it and as it was written.
    pub fn from_pair(printed: &Schema, written: &Schema, form: ExpressionForm) -> ExpressionMap {
        let mut texts: BTreeMap<ExpressionLocation, String> = BTreeMap::new();
        each(&mut written.clone(), &mut |location, sql| {
            texts.insert(location, sql.clone());
        });
        let mut expressions = ExpressionMap {
            form,
            locations: BTreeMap::new(),
            anywhere: BTreeMap::new(),
        };
        each(&mut printed.clone(), &mut |location, sql| {
            if let Some(written) = texts.remove(&location) {
                let form = form.of(sql);
                let anywhere = expressions.anywhere.entry(form.clone());
                anywhere.or_insert_with(|| written.clone());
                expressions.locations.insert(location, (form, written));
            }
        });
        expressions
    }

    /// Returns a schema with the original texts. Its meaning is unchanged.
    pub fn apply(&self, mut schema: Schema) -> Schema {
        each(&mut schema, &mut |location, sql| {
            let form = self.form.of(sql);
            let at_location = self
                .locations
                .get(&location)
                .filter(|(at_location, _)| *at_location == form);
            let written = at_location.map(|(_, written)| written);
            if let Some(written) = written.or_else(|| self.anywhere.get(&form)) {
                sql.clone_from(written);
            }
        });
        schema
    }
}

/// The position of an expression.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ExpressionLocation {
    schema: Option<String>,
    table: String,
    holder: Holder,
    name: String,
}

/// The object that contains an expression.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Holder {
    Default,
    Generated,
    Check,
    Exclude,
    Part(usize),
    Filter,
}

fn each(schema: &mut Schema, visit: &mut impl FnMut(ExpressionLocation, &mut String)) {
    inside(schema, None, visit);
    for (name, other) in &mut schema.others {
        inside(other, Some(name), visit);
    }
}

/// Visits the expressions of one schema; `None` is the connection's own.
fn inside(
    schema: &mut Schema,
    name: Option<&str>,
    visit: &mut impl FnMut(ExpressionLocation, &mut String),
) {
    let mut visit = |location: ExpressionLocation, sql: &mut String| {
        let schema = name.map(str::to_owned);
        visit(ExpressionLocation { schema, ..location }, sql);
    };
    for table in &mut schema.tables {
        let name = table.name.clone();
        for column in &mut table.columns {
            of_column(&name, column, &mut visit);
        }
        of_constraints(&name, table, &mut visit);
    }
    for index in &mut schema.indexes {
        of_index(index, &mut visit);
    }
}

fn of_column(
    table: &str,
    column: &mut Column,
    visit: &mut impl FnMut(ExpressionLocation, &mut String),
) {
    let location = |holder| ExpressionLocation {
        schema: None,
        table: table.to_owned(),
        holder,
        name: column.name.clone(),
    };
    if let Some(DefaultValue::Expression(sql)) = &mut column.default {
        visit(location(Holder::Default), sql);
    }
    if let Some(Generated::Virtual(sql) | Generated::Stored(sql)) = &mut column.generated {
        visit(location(Holder::Generated), sql);
    }
}

fn of_constraints(
    name: &str,
    table: &mut Table,
    visit: &mut impl FnMut(ExpressionLocation, &mut String),
) {
    // An unnamed constraint is identified by its expression.
    let location = |holder, constraint: &Option<String>, sql: &str| ExpressionLocation {
        schema: None,
        table: name.to_owned(),
        holder,
        name: constraint.clone().unwrap_or_else(|| sql.to_owned()),
    };
    for check in &mut table.checks {
        let location = location(Holder::Check, &check.name, &check.condition);
        visit(location, &mut check.condition);
    }
    for exclude in &mut table.excludes {
        let location = location(Holder::Exclude, &exclude.name, &exclude.definition);
        visit(location, &mut exclude.definition);
    }
}

fn of_index(index: &mut Index, visit: &mut impl FnMut(ExpressionLocation, &mut String)) {
    let location = |holder| ExpressionLocation {
        schema: None,
        table: index.table.clone(),
        holder,
        name: index.name.clone(),
    };
    for (at, part) in index.parts.iter_mut().enumerate() {
        if let IndexKey::Expression(sql) = &mut part.key {
            visit(location(Holder::Part(at)), sql);
        }
    }
    if let Some(sql) = &mut index.predicate {
        visit(location(Holder::Filter), sql);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Check;

    fn schema(conditions: &[(&str, &str)]) -> Schema {
        let mut table = Table::new("orders");
        for (name, condition) in conditions {
            table.checks.push(Check::new(*condition).named(*name));
        }
        let mut schema = Schema::default();
        schema.tables.push(table);
        schema
    }

    fn conditions(schema: &Schema) -> Vec<&str> {
        let checks = schema.tables[0].checks.iter();
        checks.map(|check| check.condition.as_str()).collect()
    }

    #[test]
    fn an_equivalent_expression_gets_the_text_of_its_position_or_of_another() {
        let written = schema(&[("a", "x IN (1)"), ("b", "y > 0"), ("c", "x IN ( 1 )")]);
        let printed = schema(&[("a", "x = ANY (1)"), ("b", "y > 0"), ("c", "x = ANY (1)")]);
        let expressions = ExpressionMap::from_pair(&printed, &written, ExpressionForm::AsIs);
        assert_eq!(expressions.apply(printed), written);
        let before = schema(&[("old", "x = ANY (1)"), ("a", "x = ANY (2)"), ("c", "y > 0")]);
        assert_eq!(
            conditions(&expressions.apply(before)),
            ["x IN (1)", "x = ANY (2)", "y > 0"]
        );
    }

    #[test]
    fn unnamed_checks_are_distinguished() {
        let mut written = schema(&[("a", "x > 1"), ("b", "y > 1")]);
        for check in &mut written.tables[0].checks {
            check.name = None;
        }
        let expressions = ExpressionMap::from_pair(&written, &written, ExpressionForm::AsIs);
        assert_eq!(expressions.apply(written.clone()), written);
    }

    #[test]
    fn two_forms_of_one_expression_are_equal() {
        let expression_form = ExpressionForm::Normalized(|sql| sql.replace("::text", ""));
        let written = schema(&[("a", "x > 'b'")]);
        let before = schema(&[("a", "x > 'b'::text"), ("b", "x > 'c'::text")]);
        assert_eq!(
            conditions(&with_equivalent_expressions(
                Cow::Owned(before),
                &written,
                DiffRules {
                    expression_form,
                    ..DiffRules::new()
                }
            )),
            ["x > 'b'", "x > 'c'::text"]
        );
    }
}
