//! The models of a program -> the schema that they ask for together.

use crate::diff::{Hints, Renamed};
use crate::error::Error;
use crate::schema::{ForeignKey, IndexKey, NamingConvention, Schema, Table};

use super::ModelTable;

/// What the models ask for.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Wanted {
    /// The schema, with a name for each constraint and index.
    pub schema: Schema,
    /// The older names that the models tell.
    pub hints: Hints,
}

/// Returns the schema that models ask for, named by the [`NamingConvention`].
///
/// # Errors
///
/// [`Error::Model`] if two models ask for one table or one index name, if types of one name differ, if an older name is
/// that of a table that another model has, or if a foreign key leads to columns that are not there or tell no row.
pub fn wanted(models: &[ModelTable]) -> Result<Wanted, Error> {
    for (at, model) in models.iter().enumerate() {
        check_table(model, &models[..at])?;
        check_indexes(model, &models[..at])?;
        check_older_name(model, models)?;
        for key in &model.table.foreign_keys {
            check_target(model, key, models)?;
        }
    }
    let mut schema = Schema::default();
    for model in models {
        schema.tables.push(model.table.clone());
        schema.indexes.extend(model.indexes.iter().cloned());
    }
    add_enums(&mut schema, models)?;
    // In this order, so that what the convention numbers does not hang on the order of the files.
    schema.tables.sort_by(|a, b| a.name.cmp(&b.name));
    schema.indexes.sort_by(|a, b| a.table.cmp(&b.table));
    NamingConvention::default().name_all(&mut schema);
    schema.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    schema.enums.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Wanted {
        schema,
        hints: hints(models),
    })
}

fn hints(models: &[ModelTable]) -> Hints {
    let mut hints = Hints::default();
    for model in models {
        let table = &model.table.name;
        let was = model.was.iter().map(|was| Renamed::new(was, table));
        hints.tables.extend(was);
        let columns = model
            .columns_was
            .iter()
            .map(|(column, was)| (table.clone(), Renamed::new(was, column)));
        hints.columns.extend(columns);
    }
    hints.tables.sort_by(|a, b| a.to.cmp(&b.to));
    hints
        .columns
        .sort_by(|(a, x), (b, y)| (a, &x.to).cmp(&(b, &y.to)));
    hints
}

fn mistake(models: &[&ModelTable], problem: String, help: &'static str) -> Error {
    Error::Model {
        problem,
        places: models.iter().map(|model| model.place.clone()).collect(),
        help,
    }
}

fn check_table(model: &ModelTable, before: &[ModelTable]) -> Result<(), Error> {
    let name = &model.table.name;
    let same = |other: &&ModelTable| other.table.name.eq_ignore_ascii_case(name);
    match before.iter().find(same) {
        Some(first) => Err(mistake(
            &[first, model],
            format!("two models ask for table `{name}`"),
            "give one another table, or say of it `#[model(managed = false)]`: then it only reads and writes rows",
        )),
        None => Ok(()),
    }
}

fn check_indexes(model: &ModelTable, before: &[ModelTable]) -> Result<(), Error> {
    for index in model.indexes.iter().filter(|index| !index.name.is_empty()) {
        let name = &index.name;
        let has_it = |other: &&ModelTable| other.indexes.iter().any(|index| index.name == *name);
        if let Some(first) = before.iter().find(has_it) {
            return Err(mistake(
                &[first, model],
                format!("two models ask for an index `{name}`"),
                "give one another name",
            ));
        }
    }
    Ok(())
}

fn check_older_name(model: &ModelTable, models: &[ModelTable]) -> Result<(), Error> {
    let Some(was) = &model.was else {
        return Ok(());
    };
    let name = &model.table.name;
    for other in models.iter().filter(|other| other.table.name != *name) {
        if other.was.as_ref() == Some(was) {
            return Err(mistake(
                &[model, other],
                format!(
                    "table `{was}` is to become two: `{name}` and `{}`",
                    other.table.name
                ),
                "leave one `was` out",
            ));
        }
        if other.table.name == *was && other.was.is_none() {
            return Err(mistake(
                &[model, other],
                format!("table `{name}` was called `{was}`, and a model asks for `{was}` too"),
                "leave `was` out, or give the other model another table",
            ));
        }
    }
    Ok(())
}

fn check_target(model: &ModelTable, key: &ForeignKey, models: &[ModelTable]) -> Result<(), Error> {
    let table = &model.table.name;
    let Some(target) = models.iter().find(|other| other.table.name == key.table) else {
        // A table without a model: the database knows it.
        return Ok(());
    };
    let from = format!("a foreign key of `{table}` leads to `{}`", key.table);
    let missing = key
        .references
        .iter()
        .find(|name| target.table.find_column(name).is_none());
    if let Some(missing) = missing {
        return Err(mistake(
            &[model, target],
            format!("{from}, which has no column `{missing}`"),
            "name a column of that table",
        ));
    }
    if tells_a_row(target, &key.references) {
        return Ok(());
    }
    Err(mistake(
        &[model, target],
        format!(
            "{from} by `{}`, which may stand in several rows there",
            key.references.join("`, `")
        ),
        "let it lead to the primary key, or make those columns unique",
    ))
}

fn tells_a_row(target: &ModelTable, columns: &[String]) -> bool {
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
            index.unique && index.filter.is_none() && parts.is_some_and(|parts| same(&parts))
        })
}

fn add_enums(schema: &mut Schema, models: &[ModelTable]) -> Result<(), Error> {
    for model in models {
        for wanted in &model.enums {
            match schema.enums.iter().find(|other| other.name == wanted.name) {
                None => schema.enums.push(wanted.clone()),
                Some(other) if other == wanted => {}
                Some(_) => {
                    let has_it = |other: &&ModelTable| {
                        other.enums.iter().any(|other| other.name == wanted.name)
                    };
                    let first = models.iter().find(has_it).unwrap_or(model);
                    return Err(mistake(
                        &[first, model],
                        format!(
                            "two types are called `{}` and have other words",
                            wanted.name
                        ),
                        "give one another name: `#[column_type(enum = \"…\")]`",
                    ));
                }
            }
        }
    }
    Ok(())
}
