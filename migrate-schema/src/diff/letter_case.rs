//! Names that differ only in case, on databases that ignore case.

use crate::schema::Schema;

use super::rename::{rename_column, rename_table};
use super::{DiffRules, Hints, IdentifierQuote, Renamed};

/// Gives objects of `to` the names that `from` uses for them. Requested renames are unchanged.
pub(super) fn with_same_case(from: &Schema, to: &mut Schema, hints: &Hints, rules: DiffRules) {
    for table in &from.tables {
        let other = same(&table.name, to.tables.iter().map(|table| &*table.name));
        if let Some(other) = other
            && !asked(hints.tables.iter(), &table.name, &other)
        {
            rename_table(to, &other, &table.name, rules);
        }
        // It may be the new name of a requested rename.
        let mut renames = hints.tables.iter();
        let renamed = renames.find(|it| it.from == table.name && to.table(&it.to).is_some());
        let name = renamed.map_or(&table.name, |renamed| &renamed.to);
        let Some(there) = to.table(name) else {
            continue;
        };
        let others = table.columns.iter().filter_map(|column| {
            let names = there.columns.iter().map(|column| &*column.name);
            Some((same(&column.name, names)?, column.name.clone()))
        });
        let others: Vec<(String, String)> = others.collect();
        for (theirs, ours) in others {
            let own = hints
                .columns
                .iter()
                .filter(|(of, _)| of == name || *of == table.name);
            if !asked(own.map(|(_, renamed)| renamed), &ours, &theirs) {
                rename_column(to, name, (&theirs, &ours), IdentifierQuote::None);
            }
        }
    }
    let names = |name: &mut String, known: &mut dyn Iterator<Item = &str>| {
        if let Some(ours) = same(name, known) {
            *name = ours;
        }
    };
    for index in &mut to.indexes {
        names(
            &mut index.name,
            &mut from.indexes.iter().map(|it| &*it.name),
        );
    }
    for view in &mut to.views {
        names(&mut view.name, &mut from.views.iter().map(|it| &*it.name));
    }
    for trigger in &mut to.triggers {
        names(
            &mut trigger.name,
            &mut from.triggers.iter().map(|it| &*it.name),
        );
    }
    for native in &mut to.natives {
        let known = from.natives.iter().map(|it| &*it.object.name);
        names(&mut native.object.name, &mut { known });
    }
}

fn asked<'h>(mut renames: impl Iterator<Item = &'h Renamed>, one: &str, other: &str) -> bool {
    renames.any(|renamed| renamed.from == one && renamed.to == other)
}

/// Returns the name that differs from `name` only in case, unless `name` itself exists.
fn same<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let mut found = None;
    for other in names {
        if other == name {
            return None;
        }
        if other.eq_ignore_ascii_case(name) {
            found = Some(other.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::{Options, compute};
    use crate::schema::{Column, ForeignKey, Index, Table, Type};

    fn schema(guest: &str, mail: &str) -> Schema {
        let mut table = Table::new(guest);
        table.column(Column::new("id", Type::Integer).primary_key());
        table.column(Column::new(mail, Type::Text));
        table.check(format!("{mail} <> ''"));
        let mut stay = Table::new("stay");
        stay.column(Column::new("guest", Type::Integer).references(ForeignKey::to(guest, "id")));
        let mut schema = Schema {
            tables: vec![table, stay],
            ..Schema::default()
        };
        schema.indexes.push(Index::new("ix", guest, mail));
        schema
    }

    fn titles(from: &Schema, to: &Schema, hints: &Hints) -> Vec<String> {
        let options = Options {
            rules: DiffRules::new().with_case_insensitive_names(),
            ..Options::default()
        };
        compute(from, to, hints, &options).describe()
    }

    #[test]
    fn names_that_differ_in_case_are_equal_unless_a_hint_renames() {
        let (from, to) = (schema("Guest", "Mail"), schema("guest", "mail"));
        assert_eq!(titles(&from, &to, &Hints::default()), [] as [&str; 0]);
        let mut hints = Hints::default();
        hints.tables.push(Renamed::new("Guest", "guest"));
        assert_eq!(
            titles(&from, &to, &hints),
            ["rename table `Guest` to `guest`"]
        );
        let told = compute(&from, &to, &Hints::default(), &Options::default()).describe();
        assert!(!told.is_empty());
    }
}
