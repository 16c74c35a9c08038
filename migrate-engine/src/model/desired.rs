//! The schema that all models of an application describe together.

use std::collections::BTreeSet;

use crate::error::Error;
use migrate_schema::diff::{ConstraintNameScope, DiffRules, Hints, NameCase, Renamed, cycle};
use migrate_schema::schema::{ForeignKey, IndexKey, NamingConvention, Schema, Table, dotted};

use super::ModelTable;
use super::spec::SchemaSpec;

/// The desired schema of the models.
#[derive(Debug, Clone, PartialEq)]
pub struct DesiredSchema {
    /// The schema, with a name for each constraint and index.
    pub schema: Schema,
    /// The previous names that the models list.
    pub hints: Hints,
}

/// Returns the schema that models describe, named by the [`NamingConvention`]. A model without a schema belongs to
/// `public`.
///
/// # Errors
///
/// [`Error::InvalidModel`] if two models describe one table or one index name, if two types have the same name and
/// different values, if a previous name is the table of another model, if previous names form a cycle, or if a foreign
/// key references columns that do not exist or are not unique.
pub fn desired_schema(models: &[ModelTable]) -> Result<DesiredSchema, Error> {
    let named: BTreeSet<&str> = models
        .iter()
        .filter_map(|it| it.schema.as_deref())
        .collect();
    let schemas: Vec<&str> = match named.is_empty() {
        true => Vec::new(),
        false => std::iter::once("public").chain(named).collect(),
    };
    desired_schema_with(models, &DiffRules::new(), &schemas)
}

/// Like [`desired_schema`], with the database's `rules` for names, and the `schemas` that models may use. Models
/// without a schema belong to the first one.
pub fn desired_schema_with(
    models: &[ModelTable],
    rules: &DiffRules,
    schemas: &[&str],
) -> Result<DesiredSchema, Error> {
    let placed: Vec<ModelTable> = models
        .iter()
        .map(|model| without_implied_schema(model, schemas))
        .collect::<Result<_, _>>()?;
    for model in &placed {
        for key in &model.table.foreign_keys {
            check_target(model, key, &placed, schemas.first().copied())?;
        }
    }
    let mut schema = Schema::default();
    let groups: BTreeSet<Option<&String>> =
        placed.iter().map(|model| model.schema.as_ref()).collect();
    for group in groups {
        let models = placed.iter();
        let models: Vec<&ModelTable> = models
            .filter(|model| model.schema.as_ref() == group)
            .collect();
        let one = one_schema(&models, rules)?;
        match group {
            None => schema = one,
            Some(name) => {
                schema.others.insert(name.clone(), one);
            }
        }
    }
    Ok(DesiredSchema {
        schema,
        hints: hints(&placed),
    })
}

/// Returns a model that names a schema only if it is not the implied one.
fn without_implied_schema(model: &ModelTable, schemas: &[&str]) -> Result<ModelTable, Error> {
    let mut model = model.clone();
    let home = schemas.first().copied();
    if let Some(schema) = model.schema.as_deref().filter(|it| !schemas.contains(it)) {
        return Err(invalid_model(
            &[&model],
            format!(
                "the model of table `{}` is in the schema `{schema}`, which is not in `schemas`",
                model.table.name
            ),
            "name all schemas in Cargo.toml: `[package.metadata.migrate] schemas = [\"public\", \"billing\"]`; models \
             without a schema belong to the first",
        ));
    }
    let own = model.schema.take();
    let own = own.as_deref().or(home);
    for key in &mut model.table.foreign_keys {
        let there = key.schema.take();
        let there = match there.as_deref() {
            Some(SchemaSpec::OF_THE_CONNECTION) => home,
            there => there,
        };
        key.schema = there.filter(|it| Some(*it) != own).map(str::to_owned);
    }
    model.schema = own.filter(|it| Some(*it) != home).map(str::to_owned);
    Ok(model)
}

/// Returns the schema that the models of one schema describe.
fn one_schema(models: &[&ModelTable], rules: &DiffRules) -> Result<Schema, Error> {
    for (at, model) in models.iter().enumerate() {
        check_table(model, &models[..at])?;
        check_names(model, rules)?;
        if rules.constraint_name_scope == ConstraintNameScope::PerSchema {
            check_indexes(model, &models[..at], rules)?;
        }
        check_previous_name(model, models)?;
        check_column_rename_cycle(model)?;
    }
    check_table_rename_cycle(models)?;
    let mut schema = Schema::default();
    for model in models {
        schema.tables.push(model.table.clone());
        schema.indexes.extend(model.indexes.iter().cloned());
    }
    add_enums(&mut schema, models)?;
    // The order is fixed, so that the names of the convention do not depend on the order of the files.
    schema.tables.sort_by(|a, b| a.name.cmp(&b.name));
    schema.indexes.sort_by(|a, b| a.table.cmp(&b.table));
    NamingConvention::default().name_all(&mut schema);
    schema.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    schema.enums.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(schema)
}

/// Returns the previous names that models list; for a further schema with its name.
fn hints(models: &[ModelTable]) -> Hints {
    let mut hints = Hints::default();
    for model in models {
        let table = model.qualified_name();
        let renamed = model.renamed_from.iter();
        let renamed =
            renamed.map(|old_name| Renamed::new(dotted(model.schema.as_deref(), old_name), &table));
        hints.tables.extend(renamed);
        let columns = model
            .renamed_columns
            .iter()
            .map(|(column, old_name)| (table.clone(), Renamed::new(old_name, column)));
        hints.columns.extend(columns);
    }
    hints.tables.sort_by(|a, b| a.to.cmp(&b.to));
    hints
        .columns
        .sort_by(|(a, x), (b, y)| (a, &x.to).cmp(&(b, &y.to)));
    hints
}

fn invalid_model(models: &[&ModelTable], problem: String, help: &'static str) -> Error {
    Error::InvalidModel {
        problem,
        places: models.iter().map(|model| model.location.clone()).collect(),
        help,
    }
}

fn check_table(model: &ModelTable, before: &[&ModelTable]) -> Result<(), Error> {
    let name = &model.table.name;
    let same = |other: &&&ModelTable| other.table.name.eq_ignore_ascii_case(name);
    match before.iter().find(same) {
        Some(first) => Err(invalid_model(
            &[first, model],
            format!("two models describe table `{name}`"),
            "change the table of one of them, or add `#[model(managed = false)]` to a model that only reads and writes rows",
        )),
        None => Ok(()),
    }
}

/// Refuses names of a table's indexes and constraints that differ only in case, if the database treats them as the
/// same.
fn check_names(model: &ModelTable, rules: &DiffRules) -> Result<(), Error> {
    let table = &model.table;
    let indexes = model.indexes.iter().map(|index| &index.name);
    let keys = table.primary_key.iter().map(|key| &key.name);
    let named = keys
        .chain(table.uniques.iter().map(|unique| &unique.name))
        .chain(table.checks.iter().map(|check| &check.name))
        .chain(table.foreign_keys.iter().map(|key| &key.name));
    let names: Vec<&String> = named.flatten().chain(indexes).collect();
    for (at, name) in names
        .iter()
        .enumerate()
        .filter(|(_, name)| !name.is_empty())
    {
        let mut before = names[..at].iter();
        if let Some(other) = before.find(|other| is_same_name(other, name, rules)) {
            return Err(invalid_model(
                &[model],
                format!("`{other}` and `{name}` are the same name to the database"),
                "rename one of them",
            ));
        }
    }
    Ok(())
}

/// Returns whether two names of indexes or constraints are the same. A server with per-table names ignores case.
fn is_same_name(one: &str, other: &str, rules: &DiffRules) -> bool {
    match (rules.name_case, rules.constraint_name_scope) {
        (NameCase::Sensitive, ConstraintNameScope::PerSchema) => one == other,
        _ => one.eq_ignore_ascii_case(other),
    }
}

fn check_indexes(
    model: &ModelTable,
    before: &[&ModelTable],
    rules: &DiffRules,
) -> Result<(), Error> {
    for index in model.indexes.iter().filter(|index| !index.name.is_empty()) {
        let name = &index.name;
        let has_it = |other: &&&ModelTable| {
            let mut indexes = other.indexes.iter();
            indexes.any(|index| is_same_name(&index.name, name, rules))
        };
        if let Some(first) = before.iter().find(has_it) {
            return Err(invalid_model(
                &[first, model],
                format!("two models have an index `{name}`"),
                "rename one of them",
            ));
        }
    }
    Ok(())
}

fn check_previous_name(model: &ModelTable, models: &[&ModelTable]) -> Result<(), Error> {
    let Some(old_name) = &model.renamed_from else {
        return Ok(());
    };
    let name = &model.table.name;
    for other in models.iter().filter(|other| other.table.name != *name) {
        if other.renamed_from.as_ref() == Some(old_name) {
            return Err(invalid_model(
                &[model, other],
                format!(
                    "`{old_name}` is the previous name of two tables: `{name}` and `{}`",
                    other.table.name
                ),
                "remove one `renamed_from`",
            ));
        }
        if other.table.name == *old_name && other.renamed_from.is_none() {
            return Err(invalid_model(
                &[model, other],
                format!(
                    "table `{name}` was called `{old_name}`, and another model describes table `{old_name}`"
                ),
                "remove `renamed_from`, or change the table of the other model",
            ));
        }
    }
    Ok(())
}

fn check_table_rename_cycle(models: &[&ModelTable]) -> Result<(), Error> {
    let renamed = models
        .iter()
        .filter_map(|model| Some((model.table.name.as_str(), model.renamed_from.as_deref()?)));
    let Some(names) = cycle(&renamed.collect::<Vec<_>>()) else {
        return Ok(());
    };
    let in_it = |model: &&&ModelTable| names.contains(&model.table.name.as_str());
    Err(invalid_model(
        &models.iter().filter(in_it).copied().collect::<Vec<_>>(),
        format!("tables change names in a cycle: `{}`", names.join("`, `")),
        "the database does not show whether this was done: write each `op.rename_table` yourself, with a temporary name, and remove `renamed_from`",
    ))
}

fn check_column_rename_cycle(model: &ModelTable) -> Result<(), Error> {
    let renamed = model.renamed_columns.iter();
    let renamed = renamed.map(|(new, old)| (new.as_str(), old.as_str()));
    match cycle(&renamed.collect::<Vec<_>>()) {
        None => Ok(()),
        Some(names) => Err(invalid_model(
            &[model],
            format!(
                "columns of `{}` change names in a cycle: `{}`",
                model.table.name,
                names.join("`, `")
            ),
            "the database does not show whether this was done: write each `op.rename_column` yourself, with a temporary name, and remove `renamed_from`",
        )),
    }
}

fn check_target(
    model: &ModelTable,
    key: &ForeignKey,
    models: &[ModelTable],
    home: Option<&str>,
) -> Result<(), Error> {
    let table = &model.table.name;
    let there = key.schema.as_ref().or(model.schema.as_ref());
    let there = there.map(String::as_str).filter(|it| Some(*it) != home);
    let is_target =
        |other: &&ModelTable| other.table.name == key.table && other.schema.as_deref() == there;
    let Some(target) = models.iter().find(is_target) else {
        // A table without a model. The database checks the reference.
        return Ok(());
    };
    let from = format!("a foreign key of `{table}` references `{}`", key.table);
    let missing = key
        .references
        .iter()
        .find(|name| target.table.find_column(name).is_none());
    if let Some(missing) = missing {
        return Err(invalid_model(
            &[model, target],
            format!("{from}, which has no column `{missing}`"),
            "name a column of that table",
        ));
    }
    if is_unique_key(target, &key.references) {
        return Ok(());
    }
    Err(invalid_model(
        &[model, target],
        format!(
            "{from} by `{}`, which is not unique there",
            key.references.join("`, `")
        ),
        "reference the primary key, or make these columns unique",
    ))
}

fn is_unique_key(target: &ModelTable, columns: &[String]) -> bool {
    let same = |other: &[String]| {
        other.len() == columns.len() && columns.iter().all(|column| other.contains(column))
    };
    let Table {
        primary_key,
        uniques,
        ..
    } = &target.table;
    primary_key.as_ref().is_some_and(|key| same(&key.columns))
        || uniques.iter().any(|unique| same(&unique.columns))
        || target.indexes.iter().any(|index| {
            let parts: Option<Vec<String>> = index
                .parts
                .iter()
                .map(|part| match &part.key {
                    IndexKey::Column(name) => Some(name.clone()),
                    IndexKey::Expression(_) => None,
                })
                .collect();
            index.unique && index.predicate.is_none() && parts.is_some_and(|parts| same(&parts))
        })
}

fn add_enums(schema: &mut Schema, models: &[&ModelTable]) -> Result<(), Error> {
    for model in models {
        for desired in &model.enums {
            match schema.enums.iter().find(|other| other.name == desired.name) {
                None => schema.enums.push(desired.clone()),
                Some(other) if other == desired => {}
                Some(_) => {
                    let has_it = |other: &&&ModelTable| {
                        other.enums.iter().any(|other| other.name == desired.name)
                    };
                    let first = models.iter().find(has_it).unwrap_or(model);
                    return Err(invalid_model(
                        &[first, model],
                        format!(
                            "two types are called `{}` and have different values",
                            desired.name
                        ),
                        "rename one of them: `#[column_type(enum = \"…\")]`",
                    ));
                }
            }
        }
    }
    Ok(())
}
