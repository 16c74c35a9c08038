//! Views that need themselves, through a function that takes or returns their rows. Such a view is first created with
//! its columns and no rows, and gets its query after the function is created.

use std::collections::{BTreeMap, HashMap, HashSet};

use postgres::Transaction;

use super::Result;
use crate::backend::postgres::PostgresDialect;
use migrate_schema::ddl::Dialect as _;
use migrate_schema::schema::{Need, Object, Property, Schema, ViewKind};

/// A view, what its options are, and each of its columns as a NULL.
const COLUMNS: &str = "SELECT c.relname::text, array_to_string(c.reloptions, ', '), \
     (SELECT string_agg(concat_ws(' ', 'NULL::' || format_type(a.atttypid, a.atttypmod), \
             'COLLATE ' || CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END, \
             'AS', quote_ident(a.attname)), ', ' ORDER BY a.attnum) \
      FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid WHERE a.attrelid = c.oid AND a.attnum > 0) \
     FROM pg_class AS c WHERE c.relkind = 'v' AND c.relname = ANY ($1) \
     AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())";

/// Makes the query of each such view a property of it.
pub(super) fn break_cycles(transaction: &mut Transaction<'_>, schema: &mut Schema) -> Result<()> {
    let cycles_by_view = cycles(schema);
    if cycles_by_view.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = cycles_by_view
        .keys()
        .map(|view| view.name.as_str())
        .collect();
    for row in transaction.query(COLUMNS, &[&names])? {
        let (name, columns): (String, Option<String>) = (row.try_get(0)?, row.try_get(2)?);
        let options: Option<String> = row.try_get(1)?;
        let mut views = schema.views.iter_mut();
        let Some(view) = views.find(|view| view.name == name) else {
            continue;
        };
        let empty = format!("SELECT {} LIMIT 0", columns.unwrap_or_default());
        let query = std::mem::replace(&mut view.query, empty.clone());
        let with = options.map_or_else(String::new, |options| format!(" WITH ({options})"));
        let name = PostgresDialect.identifier(&name);
        let [set, reset] =
            [&query, &empty].map(|query| format!("CREATE OR REPLACE VIEW {name}{with} AS {query}"));
        let object = Object::new("view", view.name.clone());
        let property = Property::new(object, "query", query).set_by(set, reset);
        // The options are set after it.
        schema.properties.insert(0, property);
    }
    schema.needs.retain(|need| {
        let dependents = cycles_by_view.get(&need.object);
        dependents.is_none_or(|dependents| !dependents.contains(&need.needs))
    });
    Ok(())
}

/// Returns the views that need themselves, each with those of its needs that depend on it.
fn cycles(schema: &Schema) -> BTreeMap<Object, HashSet<Object>> {
    let mut needs: HashMap<&Object, Vec<&Object>> = HashMap::new();
    for Need {
        object,
        needs: needed,
    } in &schema.needs
    {
        needs.entry(object).or_default().push(needed);
    }
    let depends_on = |start: &Object, view: &Object| {
        let (mut open, mut seen) = (vec![start], HashSet::from([start]));
        while let Some(next) = open.pop() {
            if next == view {
                return true;
            }
            let further = needs.get(next).into_iter().flatten();
            open.extend(further.filter(|it| seen.insert(**it)));
        }
        false
    };
    let plain = schema.views.iter();
    let plain = plain.filter(|view| view.kind != ViewKind::Materialized);
    let found = plain.filter_map(|view| {
        let view = Object::new("view", view.name.clone());
        let own = needs.get(&view).into_iter().flatten();
        let dependents = own.filter(|it| depends_on(it, &view));
        let dependents: HashSet<Object> = dependents.map(|it| (*it).clone()).collect();
        (!dependents.is_empty()).then_some((view, dependents))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use migrate_schema::schema::View;

    #[test]
    fn a_view_in_a_cycle_with_a_function_is_found() {
        let mut schema = Schema::default();
        let [a, b, c] = ["a", "b", "c"].map(|name| Object::new("view", name));
        for view in [&a, &b, &c] {
            schema.views.push(View::new(&view.name, "SELECT 1"));
        }
        let f = Object::new("function", "f(a)");
        let pairs = [(&a, &b), (&b, &f), (&f, &a), (&c, &a), (&c, &f)];
        schema.needs = pairs
            .map(|(one, other)| Need::new(one.clone(), other.clone()))
            .to_vec();
        let found = cycles(&schema);
        let expected = [
            (a.clone(), HashSet::from([b.clone()])),
            (b, HashSet::from([f])),
        ];
        assert_eq!(found, BTreeMap::from(expected));
    }
}
