//! Compares objects that no operation creates and properties that no operation sets, by their own statements.

use std::collections::{BTreeMap, HashMap};

use crate::operation::{Native, Operation};
use crate::schema::{Column, DefaultValue, NativeObject, Object, Property, Schema, Stage, Table};

use super::order::{Phase, Steps};
use super::{Ownership, Sides, UnresolvedDifference, ViewsOnRetype, dependent, view};

/// Adds the operations that turn the objects and properties of `from` into those of `to`; returns the differences that
/// no statement can remove.
///
/// An object of a dropped table is dropped before it, so that the reverse recreates it.
pub(super) fn compare(
    before: &Schema,
    sides: &Sides<'_>,
    dropped: &[String],
    steps: &mut Steps,
) -> Vec<UnresolvedDifference> {
    let is_dropped = |object: &Object| object.relation().is_some_and(|name| is_in(dropped, name));
    let job_objects = JobObjects::find(sides);
    objects(sides, &is_dropped, &job_objects, steps);
    dependent::recreate_dependents(before, sides, steps);
    let recreated = steps.recreated();
    let unresolved = properties(sides, &is_dropped, &job_objects, &recreated, steps);
    restore_attached(sides, &recreated, steps);
    unresolved
}

/// Returns whether an object belongs to a recreated object, and is dropped with it.
fn belongs_to_any(object: &Object, recreated: &[Object]) -> bool {
    recreated.iter().any(|other| is_on(object, other))
}

/// Restores the unchanged objects and properties of recreated objects, such as a view over a changed table.
fn restore_attached(sides: &Sides<'_>, recreated: &[Object], steps: &mut Steps) {
    let dropped = steps.dropped();
    let is_left = |object: &Object| belongs_to_any(object, recreated) && !dropped.contains(object);
    for before in sides.from.natives.iter().filter(|it| is_left(&it.object)) {
        if sides.to.natives.contains(before) || !sides.options.natives {
            push(Phase::DropTrigger, Native::drop(before), steps);
            push(created(before.stage), Native::create(before), steps);
        }
    }
    // Those of views are handled with the views.
    let is_of_view = |object: &Object| {
        let views = recreated.iter().filter(|view| view.kind == "view");
        views
            .into_iter()
            .any(|view| object.relation() == Some(&view.name))
    };
    let is_kept =
        |before: &&Property| !sides.options.natives || sides.to.properties.contains(before);
    let properties = sides.from.properties.iter().filter(is_kept);
    let properties = properties.chain(&sides.from.grants);
    for before in
        properties.filter(|it| belongs_to_any(&it.object, recreated) && !is_of_view(&it.object))
    {
        // Other statements may set it now, because they contain the object's name.
        let after = sides.to.properties.iter().find(|it| *it == before);
        given_back(before, after.unwrap_or(before), steps);
    }
}

/// Resets a property of a recreated object, and sets it by the statements of `after`.
pub(super) fn given_back(before: &Property, after: &Property, steps: &mut Steps) {
    let changes = [(Some(before), None), (None, Some(after))];
    let [reset, set] = changes.map(|(from, to)| Native::set(from, to));
    if let (Some(reset), Some(set)) = (reset, set) {
        push(Phase::DropLast, reset, steps);
        push(Phase::SetProperty, set, steps);
    }
}

/// Returns the names of objects that are dropped and recreated because no statement replaces their definition.
/// Functions are named without their argument types.
pub(super) fn recreated_tables(sides: &Sides<'_>) -> Vec<String> {
    if !sides.options.natives {
        return Vec::new();
    }
    let after: HashMap<&Object, &NativeObject> = sides
        .to
        .natives
        .iter()
        .map(|native| (&native.object, native))
        .collect();
    let needs_recreation = |before: &&NativeObject| {
        after
            .get(&before.object)
            .is_some_and(|after| before != after && !before.can_become(after))
    };
    let standalone = sides
        .from
        .natives
        .iter()
        .filter(|it| it.object.table.is_none());
    let recreated = standalone.filter(needs_recreation);
    recreated
        .map(|native| native.object.bare_name().to_owned())
        .collect()
}

fn partitions(schema: &Schema) -> Partitions<'_> {
    let natives = schema.natives.iter().map(|native| &native.object);
    let partitions = natives.filter(|object| object.kind == "partition");
    partitions.map(|it| (it.name.as_str(), it)).collect()
}

/// Returns the table that a partition belongs to, skipping partitions that exist only on this side.
fn parent_table<'p>(
    partition: &'p Object,
    own_side: &Partitions<'p>,
    other_side: &Partitions<'_>,
) -> &'p str {
    let mut table = partition.table.as_deref().unwrap_or_default();
    while let Some(parent) = own_side
        .get(table)
        .filter(|_| !other_side.contains_key(table))
    {
        table = parent.table.as_deref().unwrap_or_default();
    }
    table
}

/// Returns whether an object is the other one, or belongs to it as to a table.
fn is_on(object: &Object, other: &Object) -> bool {
    const LIKE_TABLES: [&str; 4] = ["view", "partition", "foreign table", "type"];
    let is_relation = LIKE_TABLES.contains(&other.kind.as_str());
    object == other || (is_relation && object.table.as_ref() == Some(&other.name))
}

/// The partitions that exist only on one side, of tables that exist on both: jobs create and drop these regularly.
struct JobObjects<'s>(Vec<&'s Object>);

/// The partitions of a schema, by their names.
type Partitions<'s> = BTreeMap<&'s str, &'s Object>;

impl<'s> JobObjects<'s> {
    fn find(sides: &Sides<'s>) -> JobObjects<'s> {
        let both = [sides.from, sides.to];
        let partitions = both.map(partitions);
        let is_known = |name: &str| {
            let mut sides = both.iter().zip(&partitions);
            sides.all(|(schema, own)| schema.table(name).is_some() || own.contains_key(name))
        };
        let [before, after] = &partitions;
        let found =
            [(before, after), (after, before)]
                .into_iter()
                .flat_map(|(own_side, other_side)| {
                    let unmatched = own_side
                        .values()
                        .filter(|it| other_side.get(&*it.name) != Some(it));
                    unmatched
                        .filter(|it| is_known(parent_table(it, own_side, other_side)))
                        .copied()
                });
        JobObjects(found.collect())
    }

    /// Returns whether it is such a partition, or belongs to one.
    fn contains(&self, object: &Object) -> bool {
        self.0.iter().any(|partition| is_on(object, partition))
    }
}

fn is_in(names: &[String], name: &str) -> bool {
    names.iter().any(|one| one == name)
}

fn objects(
    sides: &Sides<'_>,
    is_dropped: &dyn Fn(&Object) -> bool,
    job_objects: &JobObjects<'_>,
    steps: &mut Steps,
) {
    let find = |all: &'_ [NativeObject], object: &Object| {
        all.iter().find(|it| it.object == *object).cloned()
    };
    let compared = sides.options.natives;
    let retyped = match sides.options.rules.views_on_retype {
        ViewsOnRetype::Recreate => steps.retyped(),
        ViewsOnRetype::Keep => Vec::new(),
    };
    // The server refuses to change the type of a column that a policy or a rule reads.
    let blocks_retype = |object: &NativeObject| {
        let table = object.object.table.as_deref();
        table.is_some_and(|table| view::mentions(&retyped, table, &object.create.join(" ")))
    };
    for before in &sides.from.natives {
        let after = find(&sides.to.natives, &before.object);
        match after {
            Some(after) if blocks_retype(before) && compared => {
                push(drop_phase(Stage::Last), Native::drop(before), steps);
                push(Phase::CreateLast, Native::create(&after), steps);
            }
            None if blocks_retype(before) && !compared && !is_dropped(&before.object) => {
                push(drop_phase(Stage::Last), Native::drop(before), steps);
                push(Phase::CreateLast, Native::create(before), steps);
            }
            Some(after) if after == *before => {}
            Some(_) if !compared => {}
            Some(after) if before.can_become(&after) => {
                let change = Native::replace(before, &after);
                push(created(after.stage), change, steps);
            }
            Some(after) => {
                let phase = created(after.stage);
                push(phase, Native::drop(before), steps);
                push(phase, Native::create(&after), steps);
            }
            None if job_objects.contains(&before.object) && !is_dropped(&before.object) => {}
            None if compared && let Some([own, free]) = attach_to_column(before, sides) => {
                let down = std::iter::once(free).chain(before.replace.iter().cloned());
                let change = change_owner(before, vec![own], down.collect());
                push(drop_phase(before.stage), change, steps);
            }
            None if compared || is_dropped(&before.object) => {
                push(drop_phase(before.stage), Native::drop(before), steps);
            }
            None => {}
        }
    }
    for after in sides.to.natives.iter().filter(|_| compared) {
        if find(&sides.from.natives, &after.object).is_some() || job_objects.contains(&after.object)
        {
            continue;
        }
        let change = match ownership_statements(after, sides.from, sides) {
            Some([own, free]) => {
                let up = std::iter::once(free).chain(after.replace.iter().cloned());
                change_owner(after, up.collect(), vec![own])
            }
            None => Native::create(after),
        };
        push(created(after.stage), change, steps);
    }
}

/// Returns the statements that make a sequence of this name the own one of a column, and free it, if a schema has a
/// column with such a sequence.
fn ownership_statements(
    sequence: &NativeObject,
    schema: &Schema,
    sides: &Sides<'_>,
) -> Option<[String; 2]> {
    let Ownership::By(statements) = sides.options.rules.ownership else {
        return None;
    };
    let sequence_default = sides.options.rules.sequence_default;
    let name = &sequence.object.name;
    let is_other = |native: &NativeObject| native.object == sequence.object;
    if sequence.object.kind != "sequence" || schema.natives.iter().any(is_other) {
        return None;
    }
    schema.tables.iter().find_map(|table| {
        let owns_sequence = |column: &&Column| {
            let own = sequence_default.default_of(&table.name, &column.name);
            let Some(DefaultValue::Expression(sql)) = &column.default else {
                return false;
            };
            own.as_ref() == Some(sql)
                && (sql.contains(&format!("'{name}'")) || sql.contains(&format!("'\"{name}\"'")))
        };
        let column = table.columns.iter().find(owns_sequence)?;
        Some(statements(&table.name, column))
    })
}

/// Returns the statements for a sequence that becomes the own one of a column that exists before.
fn attach_to_column(sequence: &NativeObject, sides: &Sides<'_>) -> Option<[String; 2]> {
    let kept = Schema {
        tables: sides
            .to
            .tables
            .iter()
            .filter_map(|table| {
                let before = sides.from.table(&table.name)?;
                let mut table = table.clone();
                table
                    .columns
                    .retain(|column| before.find_column(&column.name).is_some());
                Some(table)
            })
            .collect(),
        natives: sides.to.natives.clone(),
        ..Schema::default()
    };
    ownership_statements(sequence, &kept, sides)
}

/// Returns the change of a sequence that keeps its name and its value, and gets another owner.
fn change_owner(sequence: &NativeObject, up: Vec<String>, down: Vec<String>) -> Native {
    let mut change = Native::replace(sequence, sequence);
    change.up = up;
    change.down = Some(down);
    change
}

fn properties(
    sides: &Sides<'_>,
    is_dropped: &dyn Fn(&Object) -> bool,
    job_objects: &JobObjects<'_>,
    recreated: &[Object],
    steps: &mut Steps,
) -> Vec<UnresolvedDifference> {
    let (from, to) = (&sides.from.properties, &sides.to.properties);
    let dropped = steps.dropped();
    // Objects that models do not describe are kept.
    let is_compared = |object: &Object| match sides.options.natives {
        true => true,
        false => object.kind == "column" || dropped.contains(object),
    };
    let removed = dropped.iter().filter(|object| !recreated.contains(object));
    let is_dropped = |object: &Object| {
        is_dropped(object)
            || removed.clone().any(|it| is_on(object, it))
            || (is_compared(object) && owner_is_dropped(object, sides))
            || becomes_owned(object, sides)
    };
    let mut unresolved = Vec::new();
    // A constraint whose definition changes is added again with its previous comment, which may change afterwards.
    let is_definition = |property: &&Property| property.name.ends_with("definition");
    let definitions = from.iter().filter(is_definition);
    let others = from.iter().filter(|it| !is_definition(it));
    for before in definitions.chain(others) {
        match find(to, before) {
            Some(after) if after == before => {}
            None if job_objects.contains(&before.object) => {}
            // The table's own statement restores it.
            None if is_dropped(&before.object) && is_set_by_table(before, sides.from) => {}
            None if is_dropped(&before.object) => {
                if let Some(change) = Native::set(Some(before), None) {
                    push(Phase::DropLast, change, steps);
                }
            }
            Some(after) if sides.options.natives && belongs_to_any(&before.object, recreated) => {
                if let Some(reset) = Native::set(Some(before), None) {
                    push(Phase::DropLast, reset, steps);
                }
                set(None, Some(after), sides, steps, &mut unresolved);
            }
            after if sides.options.natives => {
                set(Some(before), after, sides, steps, &mut unresolved);
            }
            _ => {}
        }
    }
    let is_new =
        |after: &&Property| find(from, after).is_none() && !job_objects.contains(&after.object);
    if sides.options.natives {
        for after in to.iter().filter(is_new) {
            set(None, Some(after), sides, steps, &mut unresolved);
        }
    }
    unresolved
}

/// Returns whether a sequence becomes the own one of a column, so that what is set of it is reset before.
fn becomes_owned(object: &Object, sides: &Sides<'_>) -> bool {
    let mut natives = sides.from.natives.iter();
    let sequence = natives.find(|native| native.object == *object && object.kind == "sequence");
    sequence.is_some_and(|sequence| {
        let mut after = sides.to.natives.iter();
        !after.any(|native| native.object == *object) && attach_to_column(sequence, sides).is_some()
    })
}

/// Returns whether the owner of an object is dropped, so that the object is dropped with it.
fn owner_is_dropped(object: &Object, sides: &Sides<'_>) -> bool {
    let to = sides.to;
    let Some(table) = object.table.as_deref() else {
        return false;
    };
    let name = &object.name;
    match object.kind.as_str() {
        "column" => to
            .table(table)
            .is_some_and(|table| table.find_column(name).is_none()),
        "index" => !to
            .indexes
            .iter()
            .any(|index| index.name == *name && index.table == table),
        "constraint" => {
            let has = |table: &Table| table.constraint_names().any(|it| it == name);
            sides.from.table(table).is_some_and(has) && to.table(table).is_some_and(|it| !has(it))
        }
        "trigger" => !to
            .triggers
            .iter()
            .any(|trigger| trigger.name == *name && trigger.table == table),
        _ => false,
    }
}

fn find<'p>(all: &'p [Property], one: &Property) -> Option<&'p Property> {
    let same = |it: &&Property| it.object == one.object && it.name == one.name;
    all.iter().find(same)
}

fn set(
    from: Option<&Property>,
    to: Option<&Property>,
    sides: &Sides<'_>,
    steps: &mut Steps,
    unresolved: &mut Vec<UnresolvedDifference>,
) {
    let Some(known) = to.or(from) else { return };
    let table = known.object.relation().unwrap_or_default();
    if sides.from.table(table).is_none() && is_set_by_table(known, sides.to) {
        return;
    }
    match Native::set(from, to) {
        Some(change) => push(Phase::SetProperty, change, steps),
        None => unresolved.push(UnresolvedDifference::Property {
            object: known.object.clone(),
            property: known.name.clone(),
            from: from.map(|property| property.value.clone()),
            to: to.map(|property| property.value.clone()),
        }),
    }
}

/// Returns whether the table's own statement sets a property.
fn is_set_by_table(property: &Property, schema: &Schema) -> bool {
    let table = property.object.relation();
    let definition = table.and_then(|table| schema.definition(table));
    definition.is_some_and(|definition| definition.makes(property))
}

fn push(phase: Phase, change: Native, steps: &mut Steps) {
    let table = change.object.relation().unwrap_or_default().to_owned();
    steps.push(phase, &table, Operation::Native(change));
}

fn created(stage: Stage) -> Phase {
    match stage {
        Stage::BeforeTables => Phase::CreateNative,
        Stage::AfterTables => Phase::CreateTableDependents,
        Stage::Last => Phase::CreateLast,
    }
}

fn drop_phase(stage: Stage) -> Phase {
    match stage {
        Stage::BeforeTables => Phase::DropNative,
        Stage::AfterTables => Phase::DropTableDependents,
        // After its properties are reset.
        Stage::Last => Phase::DropTrigger,
    }
}

#[cfg(test)]
mod tests {
    use crate::diff::{Hints, Options, compute};
    use crate::operation::Operation;
    use crate::schema::{
        Check, Column, Definition, Index, IndexPart, NativeObject, Need, Object, Property, Schema,
        Stage, Table, Type, View,
    };

    fn function(body: &str) -> NativeObject {
        NativeObject::new(
            Object::new("function", "f()"),
            body,
            format!("CREATE FUNCTION f() … {body}"),
            "DROP FUNCTION f()",
        )
        .stage(Stage::BeforeTables)
    }

    fn with_table(name: &str) -> Schema {
        let mut table = Table::new(name);
        table.column(Column::new("id", Type::Integer));
        let mut schema = Schema::default();
        schema.tables.push(table);
        schema
    }

    fn titles(from: &Schema, to: &Schema) -> Vec<String> {
        let mut hints = Hints::default();
        hints.drop_tables.push("t".to_owned());
        compute(from, to, &hints, &Options::default()).describe()
    }

    #[test]
    fn an_object_is_created_before_the_tables_or_where_the_database_requires() {
        let mut to = with_table("t");
        to.natives.push(function("1"));
        assert_eq!(
            titles(&Schema::default(), &to),
            ["create function `f()`", "create table `t`"]
        );
        let [f, t] = [Object::new("function", "f()"), Object::new("table", "t")];
        to.needs.push(Need::new(f, t));
        assert_eq!(
            titles(&Schema::default(), &to),
            ["create table `t`", "create function `f()`"]
        );
    }

    #[test]
    fn a_view_is_created_after_the_view_it_reads_whatever_their_names() {
        let mut to = Schema::default();
        to.views.push(View::new("a", "SELECT f()"));
        to.views.push(View::new("b", "SELECT 1"));
        let [a, b] = ["a", "b"].map(|name| Object::new("view", name));
        to.needs.push(Need::new(a, b));
        assert_eq!(
            titles(&Schema::default(), &to),
            ["create view `b`", "create view `a`"]
        );
        assert_eq!(
            compute(
                &Schema::default(),
                &to,
                &Hints::default(),
                &Options::default()
            )
            .operations
            .len(),
            2
        );
    }

    #[test]
    fn an_object_of_another_definition_is_replaced_where_it_can_be() {
        let [mut from, mut to] = [Schema::default(), Schema::default()];
        from.natives.push(function("1"));
        to.natives.push(function("2"));
        assert_eq!(
            titles(&from, &to),
            ["drop function `f()`", "create function `f()`"]
        );
        for (schema, body) in [(&mut from, "1"), (&mut to, "2")] {
            schema.natives =
                vec![function(body).replaced_by(format!("CREATE OR REPLACE … {body}"))];
        }
        let difference = compute(&from, &to, &Hints::default(), &Options::default());
        let [Operation::Native(change)] = &difference.operations[..] else {
            panic!("{difference:?}");
        };
        assert_eq!(change.title(), "change function `f()`");
        assert_eq!(change.up, ["CREATE OR REPLACE … 2"]);
        assert_eq!(
            change.down.as_deref(),
            Some(&["CREATE OR REPLACE … 1".to_owned()][..])
        );
    }

    #[test]
    fn a_property_is_set_and_reset_and_one_without_a_statement_is_reported() {
        let (from, mut to) = (with_table("t"), with_table("t"));
        let table = Object::new("table", "t");
        to.properties
            .push(Property::new(table.clone(), "row security", "on").set_by("ENABLE", "DISABLE"));
        assert_eq!(titles(&from, &to), ["set row security of table `t`"]);
        let difference = compute(&to, &from, &Hints::default(), &Options::default());
        let [Operation::Native(change)] = &difference.operations[..] else {
            panic!("{difference:?}");
        };
        assert_eq!(change.up, ["DISABLE"]);
        to.properties = vec![Property::new(table, "conflict clause", "IGNORE")];
        assert_eq!(
            titles(&from, &to),
            ["conflict clause of table `t`: not set became `IGNORE`"]
        );
        let options = Options {
            natives: false,
            ..Options::default()
        };
        assert!(compute(&from, &to, &Hints::default(), &options).is_empty());
    }

    #[test]
    fn properties_of_a_replaced_constraint_are_reset_before_it_and_set_after_it() {
        let with_check = |condition: &str| {
            let mut schema = with_table("t");
            schema.tables[0]
                .checks
                .push(Check::new(condition).named("c"));
            let place = Property::new(Object::of_table("constraint", "t", "c"), "place", "here");
            schema
                .properties
                .push(place.set_by(format!("SET {condition}"), format!("RESET {condition}")));
            schema
        };
        let statements = |from: &Schema, to: &Schema| {
            let operations = compute(from, to, &Hints::default(), &Options::default())
                .operations
                .into_iter();
            let told = operations.map(|operation| match operation {
                Operation::Native(change) => change.up.join("; "),
                other => other.title(),
            });
            told.collect::<Vec<_>>()
        };
        let [one, other] = ["id > 1", "id > 2"].map(with_check);
        assert_eq!(
            statements(&one, &other),
            [
                "RESET id > 1",
                "drop constraint `c` of `t`",
                "add check `c` to `t`",
                "SET id > 2"
            ]
        );
        assert_eq!(
            statements(&one, &with_table("t")),
            ["RESET id > 1", "drop constraint `c` of `t`"]
        );
    }

    #[test]
    fn properties_of_an_index_are_kept_if_models_do_not_drop_it() {
        let mut from = with_table("modelled");
        from.indexes
            .push(Index::new("ix", "modelled", vec![IndexPart::column("id")]));
        from.tables.push(Table::new("t"));
        from.indexes
            .push(Index::new("it", "t", vec![IndexPart::column("id")]));
        for (table, index) in [("modelled", "ix"), ("t", "it")] {
            let object = Object::of_table("index", table, index);
            from.properties
                .push(Property::new(object, "comment", "x").set_by("SET", "RESET"));
        }
        let options = Options {
            natives: false,
            ..Options::default()
        };
        let told = |to: &Schema| compute(&from, to, &Hints::default(), &options).describe();
        let mut to = with_table("modelled");
        assert_eq!(
            told(&to),
            [
                "set comment of index `ix` of `modelled`",
                "drop index `ix`",
                "table `t` is kept, because it is not in `drop_tables`"
            ]
        );
        to.indexes.push(from.indexes[0].clone());
        assert_eq!(
            told(&to),
            ["table `t` is kept, because it is not in `drop_tables`"]
        );
    }

    #[test]
    fn a_table_without_an_operation_is_created_by_its_own_statement_in_both_directions() {
        let mut to = with_table("t");
        let table = Object::new("table", "t");
        to.properties
            .push(Property::new(table, "conflict clause", "IGNORE"));
        to.definitions
            .push(Definition::new("t", "CREATE TABLE t (…)"));
        let from = Schema::default();
        assert_eq!(titles(&from, &to), ["create table `t`"]);
        let mut hints = Hints::default();
        hints.drop_tables.push("t".to_owned());
        let made = compute(&from, &to, &hints, &Options::default()).operations;
        let gone = compute(&to, &from, &hints, &Options::default()).operations;
        let [Operation::CreateTable(made)] = &made[..] else {
            panic!("{made:?}");
        };
        assert_eq!(made.native, ["CREATE TABLE t (…)"]);
        let [Operation::DropTable(gone)] = &gone[..] else {
            panic!("{gone:?}");
        };
        assert_eq!(gone.native, ["CREATE TABLE t (…)"]);
    }
}
