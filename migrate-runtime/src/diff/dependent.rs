//! Unchanged objects that depend on a recreated object: functions over a view, and triggers that fire one after
//! another, if the database keeps the order in which they were created.

use crate::op::{CreateTrigger, DropTrigger, Native, Operation};
use crate::schema::{Need, Object, Schema};

use super::Sides;
use super::order::{Phase, Steps};

/// The kinds without rows and without counters.
const KINDS: [&str; 6] = [
    "function",
    "procedure",
    "aggregate",
    "policy",
    "rule",
    "trigger",
];

/// Recreates objects that need a recreated object, and the triggers that fire after a new, dropped or changed one, so
/// that their order is kept in both directions. `before` is the previous schema with its own names.
pub(super) fn make_again(before: &Schema, sides: &Sides<'_>, steps: &mut Steps) {
    let mut tried: Vec<Object> = Vec::new();
    loop {
        let (gone, made) = (steps.dropped(), steps.made());
        let in_the_way = |need: &&Need| match is_firing(need) {
            true => gone.contains(&need.needs) || made.contains(&need.needs),
            false => gone.contains(&need.needs) && made.contains(&need.needs),
        };
        let stays = |object: &Object| {
            KINDS.contains(&&*object.kind)
                && ![&gone, &made, &tried]
                    .iter()
                    .any(|all| all.contains(object))
        };
        let needs = sides.from.needs.iter().chain(&sides.to.needs);
        let found = needs.filter(in_the_way).find(|need| stays(&need.object));
        let Some(next) = found.map(|need| need.object.clone()) else {
            return;
        };
        let mut operations = plain(&next, before, sides);
        operations.extend(native(&next, sides));
        for (phase, operation) in operations {
            steps.push(phase, next.table.as_deref().unwrap_or_default(), operation);
        }
        tried.push(next);
    }
}

fn is_firing(need: &Need) -> bool {
    need.object.kind == "trigger" && need.needs.kind == "trigger"
}

fn plain(object: &Object, before: &Schema, sides: &Sides<'_>) -> Vec<(Phase, Operation)> {
    let pairs = before.triggers.iter().zip(&sides.from.triggers);
    let mut pairs = pairs.filter(|(_, renamed)| {
        renamed.name == object.name && Some(&renamed.table) == object.table.as_ref()
    });
    let Some((was, now)) = pairs.next() else {
        return Vec::new();
    };
    let mut drop = DropTrigger::new(&was.table, &was.name);
    drop.trigger = Some(was.clone());
    let create = CreateTrigger::new(now.clone());
    vec![
        (Phase::DropTrigger, Operation::DropTrigger(drop)),
        (Phase::CreateTrigger, Operation::CreateTrigger(create)),
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
    use crate::diff::{Hints, Options, diff};
    use crate::schema::{Column, NativeObject, Need, Object, Schema, Stage, Table, Trigger, Type};

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
    fn what_fires_after_a_trigger_that_changes_is_made_again_behind_it() {
        let told = |from: &Schema, to: &Schema| {
            diff(from, to, &Hints::default(), &Options::default()).describe()
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
