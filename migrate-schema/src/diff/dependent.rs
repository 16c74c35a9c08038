//! Unchanged objects that depend on a recreated object: functions over a view, indexes and checks that call a function, and
//! triggers that fire one after another, if the database keeps the order in which they were created.

use std::collections::BTreeMap;

use crate::operation::{
    AddConstraint, AlterColumn, Constraint, CreateIndex, CreateTrigger, DropConstraint, DropIndex,
    DropTrigger, Native, Operation,
};
use crate::schema::{DefaultValue, Index, Need, Object, Schema, Table};

use super::Sides;
use super::order::{Phase, Steps};
use super::rename::words;

/// The kinds without rows and without counters.
const KINDS: [&str; 7] = [
    "function",
    "procedure",
    "aggregate",
    "index",
    "policy",
    "rule",
    "trigger",
];

/// Recreates objects that need a recreated object, and the triggers that fire after a new, dropped or changed one, so
/// that their order is kept in both directions. `before` is the previous schema with its own names.
pub(super) fn recreate_dependents(before: &Schema, sides: &Sides<'_>, steps: &mut Steps) {
    let mut tried: Vec<Object> = Vec::new();
    loop {
        let (dropped, created) = (steps.dropped(), steps.created());
        let must_recreate = |need: &&Need| match is_firing(need) {
            true => dropped.contains(&need.needs) || created.contains(&need.needs),
            false => dropped.contains(&need.needs) && created.contains(&need.needs),
        };
        let needs_recreation = |object: &Object| {
            KINDS.contains(&&*object.kind)
                && ![&dropped, &created, &tried]
                    .iter()
                    .any(|all| all.contains(object))
        };
        let needs = sides.from.needs.iter().chain(&sides.to.needs);
        let found = needs
            .filter(must_recreate)
            .find(|need| needs_recreation(&need.object));
        let Some(next) = found.map(|need| need.object.clone()) else {
            break;
        };
        let mut operations = plain(&next, before, sides);
        operations.extend(native(&next, sides));
        for (phase, operation) in operations {
            steps.push(phase, next.table.as_deref().unwrap_or_default(), operation);
        }
        tried.push(next);
    }
    callers(sides, steps);
}

/// Drops the checks and defaults that call a recreated function, and adds them again afterwards.
fn callers(sides: &Sides<'_>, steps: &mut Steps) {
    let again = steps.recreated();
    let dropped = steps.dropped();
    let mut called: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for Need { object, needs } in &sides.from.needs {
        if object.kind == "table" && needs.kind == "function" && again.contains(needs) {
            let names = called.entry(&object.name).or_default();
            names.push(needs.bare_name());
        }
    }
    for (table, names) in called {
        let tables = [sides.from, sides.to].map(|schema| schema.table(table));
        let [Some(before), Some(after)] = tables else {
            continue;
        };
        let calls = |sql: &str| words(sql).iter().any(|word| names.contains(&&**word));
        for constraint in constraints(before, calls) {
            let own = constraint.name();
            let own = own.map(|own| Object::of_table("constraint", &before.name, own));
            let is_kept = constraints(after, calls).any(|it| it == constraint);
            if !is_kept || own.is_some_and(|own| dropped.contains(&own)) {
                continue;
            }
            let mut drop = DropConstraint::of(&before.name, constraint.reference());
            drop.constraint = Some(constraint.clone());
            let add = AddConstraint::new(&before.name, constraint);
            steps.push(
                Phase::DropConstraint,
                &before.name,
                Operation::DropConstraint(drop),
            );
            steps.push(Phase::CreateTrigger, "", Operation::AddConstraint(add));
        }
        for column in &before.columns {
            let is_call =
                matches!(&column.default, Some(DefaultValue::Expression(sql)) if calls(sql));
            let same = after.find_column(&column.name);
            if !is_call || same.is_none_or(|same| same.default != column.default) {
                continue;
            }
            let mut without = column.clone();
            without.default = None;
            let mut drop_default = AlterColumn::new(&before.name, &column.name);
            drop_default.default = Some(None);
            drop_default.from = Some(Box::new(column.clone()));
            let mut add_default = AlterColumn::new(&before.name, &column.name);
            add_default.default = Some(column.default.clone());
            add_default.from = Some(Box::new(without));
            steps.push(
                Phase::AlterColumn,
                &before.name,
                Operation::AlterColumn(drop_default),
            );
            steps.push(
                Phase::CreateTrigger,
                "",
                Operation::AlterColumn(add_default),
            );
        }
    }
}

/// Returns the constraints of a table whose expression `calls` something.
fn constraints(table: &Table, calls: impl Fn(&str) -> bool) -> impl Iterator<Item = Constraint> {
    let checks = table.checks.iter().cloned().map(Constraint::Check);
    let excludes = table.excludes.iter().cloned().map(Constraint::Exclude);
    let all: Vec<Constraint> = checks
        .chain(excludes)
        .filter(|constraint| match constraint {
            Constraint::Check(check) => calls(&check.condition),
            Constraint::Exclude(exclude) => calls(&exclude.definition),
            _ => false,
        })
        .collect();
    all.into_iter()
}

fn is_firing(need: &Need) -> bool {
    need.object.kind == "trigger" && need.needs.kind == "trigger"
}

fn plain(object: &Object, before: &Schema, sides: &Sides<'_>) -> Vec<(Phase, Operation)> {
    if object.kind == "index" {
        return index(object, sides);
    }
    let pairs = before.triggers.iter().zip(&sides.from.triggers);
    let mut pairs = pairs.filter(|(_, renamed)| {
        renamed.name == object.name && Some(&renamed.table) == object.table.as_ref()
    });
    let Some((old, new)) = pairs.next() else {
        return Vec::new();
    };
    // A trigger that is no longer desired is dropped and not recreated.
    let mut desired = sides.to.triggers.iter();
    let is_desired = desired.any(|it| it.name == new.name && it.table == new.table);
    if sides.options.natives && !is_desired {
        return Vec::new();
    }
    let mut drop = DropTrigger::new(&old.table, &old.name);
    drop.trigger = Some(old.clone());
    let create = CreateTrigger::new(new.clone());
    vec![
        (Phase::DropTrigger, Operation::DropTrigger(drop)),
        (Phase::CreateTrigger, Operation::CreateTrigger(create)),
    ]
}

fn index(object: &Object, sides: &Sides<'_>) -> Vec<(Phase, Operation)> {
    let mut indexes = sides.from.indexes.iter();
    let is_it = |it: &&Index| it.name == object.name && Some(&it.table) == object.table.as_ref();
    let Some(index) = indexes.find(is_it) else {
        return Vec::new();
    };
    let mut drop = DropIndex::new(&index.table, &index.name);
    drop.index = Some(index.clone());
    let create = CreateIndex::new(index.clone());
    vec![
        (Phase::DropIndex, Operation::DropIndex(drop)),
        (Phase::CreateTrigger, Operation::CreateIndex(create)),
    ]
}

fn native(object: &Object, sides: &Sides<'_>) -> Vec<(Phase, Operation)> {
    let mut natives = sides.from.natives.iter();
    let Some(native) = natives.find(|native| native.object == *object) else {
        return Vec::new();
    };
    let operations = [
        // After its properties were reset.
        (Phase::DropTrigger, Native::drop(native)),
        (Phase::CreateLast, Native::create(native)),
    ];
    operations
        .map(|(phase, native)| (phase, Operation::Native(native)))
        .to_vec()
}

#[cfg(test)]
mod tests {
    use crate::diff::{Hints, Options, compute};
    use crate::schema::{
        Check, Column, DefaultValue, Index, IndexPart, NativeObject, Need, Object, Schema, Stage,
        Table, Trigger, Type, View,
    };

    fn firing(bodies: [&str; 2]) -> Schema {
        let mut table = Table::new("t");
        table.column(Column::new("id", Type::Integer));
        let mut schema = Schema::default();
        schema.tables.push(table);
        let objects = ["a", "b", "c"].map(|name| Object::of_table("trigger", "t", name));
        for (name, body) in ["a", "b"].into_iter().zip(bodies) {
            schema.triggers.push(Trigger::new(name, "t", body));
        }
        let last = NativeObject::new(objects[2].clone(), "c", "CREATE c", "DROP c");
        schema.natives.push(last.stage(Stage::Last));
        for pair in objects.windows(2) {
            let need = Need::new(pair[1].clone(), pair[0].clone());
            schema.needs.push(need);
        }
        schema
    }

    #[test]
    fn callers_of_a_recreated_function_are_recreated() {
        let function = Object::new("function", "f(integer)");
        let schema = |result: &str| {
            let mut column = Column::new("n", Type::Integer);
            column.default = Some(DefaultValue::Expression("f(1)".to_owned()));
            let mut table = Table::new("t");
            table.column(column);
            table.column(Column::new("id", Type::Integer));
            table.checks.push(Check::new("f(id) > 0").named("calls"));
            table.checks.push(Check::new("id > 0").named("plain"));
            let mut schema = Schema::default();
            schema.tables.push(table);
            let part = IndexPart::expression("f(id)");
            schema.indexes.push(Index::new("ix", "t", [part]));
            let native = NativeObject::new(function.clone(), result, result, "DROP f");
            schema.natives.push(native.stage(Stage::AfterTables));
            for object in [
                Object::new("table", "t"),
                Object::of_table("index", "t", "ix"),
            ] {
                schema.needs.push(Need::new(object, function.clone()));
            }
            schema
        };
        let told = |from: &Schema, to: &Schema| {
            compute(from, to, &Hints::default(), &Options::default()).describe()
        };
        assert_eq!(
            told(&schema("integer"), &schema("bigint")),
            [
                "drop index `ix`",
                "drop constraint `calls` of `t`",
                "alter column `t.n`",
                "drop function `f(integer)`",
                "create function `f(integer)`",
                "create index `ix`",
                "add check `calls` to `t`",
                "alter column `t.n`",
            ]
        );
    }

    #[test]
    fn a_removed_trigger_is_not_recreated_with_its_view() {
        let schema = |query: &str| {
            let mut schema = Schema::default();
            schema.views.push(View::new("v", query));
            schema
        };
        let mut from = schema("SELECT 1");
        from.triggers
            .push(Trigger::new("g", "v", "CREATE TRIGGER g"));
        let trigger = Object::of_table("trigger", "v", "g");
        from.needs
            .push(Need::new(trigger, Object::new("view", "v")));
        let to = schema("SELECT 2");
        assert_eq!(
            compute(&from, &to, &Hints::default(), &Options::default()).describe(),
            ["drop view `v`", "create view `v`"]
        );
    }

    #[test]
    fn triggers_that_fire_after_a_changed_trigger_are_recreated_after_it() {
        let told = |from: &Schema, to: &Schema| {
            compute(from, to, &Hints::default(), &Options::default()).describe()
        };
        let from = firing(["one", "two"]);
        assert_eq!(told(&from, &from), [] as [&str; 0]);
        assert_eq!(
            told(&from, &firing(["other", "two"])),
            [
                "drop trigger `c` of `t`",
                "drop trigger `b`",
                "drop trigger `a`",
                "create trigger `a`",
                "create trigger `b`",
                "create trigger `c` of `t`",
            ]
        );
        let mut without = firing(["one", "two"]);
        without.triggers.retain(|trigger| trigger.name != "a");
        without.needs.remove(0);
        assert_eq!(
            told(&without, &from),
            [
                "drop trigger `c` of `t`",
                "drop trigger `b`",
                "create trigger `a`",
                "create trigger `b`",
                "create trigger `c` of `t`",
            ]
        );
        assert_eq!(
            told(&from, &firing(["one", "other"])),
            [
                "drop trigger `c` of `t`",
                "drop trigger `b`",
                "create trigger `b`",
                "create trigger `c` of `t`",
            ]
        );
    }
}
