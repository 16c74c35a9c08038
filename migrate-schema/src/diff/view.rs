//! Compares views and triggers. Only those that the desired schema declares are compared.

use crate::operation::{
    CreateIndex, CreateTrigger, CreateView, DropIndex, DropTrigger, DropView, Operation,
};
use crate::schema::{Schema, Trigger, View};

use super::order::{Phase, Steps};
use super::rename::words;
use super::{Sides, ViewsOnRetype, native};

/// Adds the operations that turn the existing views and triggers into those of `to`. `before` is the schema with its
/// old names, because views are dropped before anything else. `steps` already contains all other operations.
pub(super) fn compare(before: &Schema, sides: &Sides<'_>, dropped: &[String], steps: &mut Steps) {
    let recreated = recreated_views(before, sides, steps);
    let kept = before.views.iter().filter(|view| {
        recreated.contains(&view.name) && !sides.to.views.iter().any(|to| to.name == view.name)
    });
    let desired: Vec<View> = sides.to.views.iter().chain(kept).cloned().collect();
    for view in in_order(&before.views).into_iter().rev() {
        let desired = desired.iter().find(|other| other.name == view.name);
        if desired.is_some_and(|desired| desired != view || recreated.contains(&view.name)) {
            let mut operation = DropView::new(&view.name);
            operation.kind = view.kind;
            operation.view = Some(view.clone());
            steps.push(Phase::DropView, "", Operation::DropView(operation));
        }
    }
    for view in in_order(&desired) {
        if !before.views.contains(view) || recreated.contains(&view.name) {
            let operation = Operation::CreateView(CreateView::new(view.clone()));
            steps.push(Phase::CreateView, "", operation);
        }
    }
    recreate_attached(before, sides, &recreated, steps);
    triggers(before, sides, dropped, &recreated, steps);
}

/// Drops and restores what belongs to recreated views: indexes of materialized views, properties.
fn recreate_attached(before: &Schema, sides: &Sides<'_>, recreated: &[String], steps: &mut Steps) {
    for index in before
        .indexes
        .iter()
        .filter(|it| recreated.contains(&it.table))
    {
        let mut drop = DropIndex::new(&index.table, &index.name);
        drop.index = Some(index.clone());
        steps.push(Phase::DropTrigger, "", Operation::DropIndex(drop));
        let create = Operation::CreateIndex(CreateIndex::new(index.clone()));
        steps.push(Phase::CreateTrigger, "", create);
    }
    // If properties are compared, the desired ones are set again, else the previous ones.
    let properties = match sides.options.natives {
        true => &sides.to.properties,
        false => &before.properties,
    };
    let belongs_to_recreated = |name: Option<&str>| recreated.iter().any(|view| name == Some(view));
    for property in properties
        .iter()
        .filter(|it| belongs_to_recreated(it.object.relation()))
    {
        if before.properties.contains(property) {
            native::given_back(property, property, steps);
        }
    }
    let grants = before.grants.iter();
    for grant in grants.filter(|it| belongs_to_recreated(it.object.relation())) {
        native::given_back(grant, grant, steps);
    }
}

/// Adds the operations that turn the existing triggers into those of `to`.
fn triggers(
    before: &Schema,
    sides: &Sides<'_>,
    dropped: &[String],
    recreated_views: &[String],
    steps: &mut Steps,
) {
    let altered = match sides.options.rules.views_on_retype {
        ViewsOnRetype::Recreate => steps.retyped(),
        ViewsOnRetype::Keep => Vec::new(),
    };
    let is_recreated = |trigger: &Trigger, table: &str| {
        recreated_views.iter().any(|view| view == table)
            || mentions(&altered, table, &trigger.definition)
    };
    // The tables of the previous triggers may have been renamed.
    let renamed = sides.from.triggers.iter().map(|trigger| &*trigger.table);
    let before: Vec<(&Trigger, &str)> = before.triggers.iter().zip(renamed).collect();
    let kept = before.iter().filter(|(trigger, table)| {
        !sides.options.natives
            && !dropped.contains(&trigger.table)
            && is_recreated(trigger, table)
            && !sides
                .to
                .triggers
                .iter()
                .any(|to| is_same(trigger, table, to))
    });
    let kept: Vec<&Trigger> = kept.map(|(trigger, _)| *trigger).collect();
    let desired: Vec<&Trigger> = sides.to.triggers.iter().chain(kept).collect();
    let form = sides.options.rules.trigger_form;
    let can_keep = |old: &Trigger, table: &str, new: &Trigger| {
        form.of(&old.definition) == form.of(&new.definition) && !is_recreated(old, table)
    };
    for (trigger, table) in &before {
        let changes =
            |new: &&Trigger| is_same(trigger, table, new) && !can_keep(trigger, table, new);
        if dropped.contains(&trigger.table) || desired.iter().any(changes) {
            let mut operation = DropTrigger::new(&trigger.table, &trigger.name);
            operation.trigger = Some((*trigger).clone());
            steps.push(Phase::DropTrigger, "", Operation::DropTrigger(operation));
        }
    }
    for trigger in desired {
        let is_unchanged = |(old, table): &(&Trigger, &str)| {
            is_same(old, table, trigger) && can_keep(old, table, trigger)
        };
        if !before.iter().any(is_unchanged) {
            let operation = Operation::CreateTrigger(CreateTrigger::new(trigger.clone()));
            steps.push(Phase::CreateTrigger, "", operation);
        }
    }
}

/// Returns whether a statement names a column of this table whose type changes.
pub(super) fn mentions(columns: &[(String, String)], table: &str, sql: &str) -> bool {
    let mut own = columns.iter().filter(|(of, _)| of == table).peekable();
    if own.peek().is_none() {
        return false;
    }
    let read = words(sql);
    own.any(|(_, column)| read.contains(column) || read.contains(&column.to_lowercase()))
}

/// Returns whether a previous trigger, whose table is now called `table`, equals the new one.
fn is_same(old: &Trigger, table: &str, new: &Trigger) -> bool {
    old.name == new.name && table == new.table
}

/// Returns the views that read a changed object or a view that is recreated. Views that models do not declare are kept.
fn recreated_views(before: &Schema, sides: &Sides<'_>, steps: &Steps) -> Vec<String> {
    let (mut recreated, mut touched) = (Vec::new(), Vec::new());
    if sides.options.rules.views_on_retype == ViewsOnRetype::Recreate {
        touched = steps.touched();
        touched.extend(native::recreated_tables(sides));
        touched.extend(exchanged(before, sides));
    }
    for view in in_order(&before.views) {
        let desired = sides.to.views.iter().find(|other| other.name == view.name);
        let desired = match sides.options.natives {
            false => desired.or(Some(view)),
            true => desired,
        };
        let Some(desired) = desired else {
            continue;
        };
        let read = words(&view.query);
        if desired != view || touched.iter().any(|name| read.contains(name)) {
            touched.push(view.name.clone());
            recreated.push(view.name.clone());
        }
    }
    recreated
}

/// Returns the names of tables that become views, and of views that become tables.
fn exchanged(before: &Schema, sides: &Sides<'_>) -> Vec<String> {
    let is_view = |name: &String, schema: &Schema| schema.views.iter().any(|it| it.name == *name);
    let tables = before.tables.iter().map(|table| &table.name);
    let tables = tables.filter(|name| is_view(name, sides.to));
    let views = sides.to.tables.iter().map(|table| &table.name);
    let views = views.filter(|name| is_view(name, before));
    tables.chain(views).cloned().collect()
}

/// Returns the views so that each follows those that it reads.
fn in_order(views: &[View]) -> Vec<&View> {
    let mut open: Vec<(&View, Vec<String>)> = views
        .iter()
        .map(|view| (view, words(&view.query)))
        .collect();
    let mut sorted = Vec::with_capacity(open.len());
    while !open.is_empty() {
        let free = |(view, read): &(&View, Vec<String>)| {
            !open
                .iter()
                .any(|(other, _)| other.name != view.name && read.contains(&other.name))
        };
        let at = open.iter().position(free).unwrap_or(0);
        sorted.push(open.remove(at).0);
    }
    sorted
}
