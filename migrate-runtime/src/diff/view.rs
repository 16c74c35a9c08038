//! Views and triggers before and after. Only those that the wanted side declares are looked at: the others are somebody's.

use crate::op::{CreateTrigger, CreateView, DropTrigger, DropView, Operation};
use crate::schema::{Schema, Trigger, View};

use super::order::{Phase, Steps};
use super::rename::words;
use super::{Sides, Views};

/// Adds what makes the views and triggers of `to` out of those that were there. `before` is the schema under its old
/// names: a view is dropped before anything else happens. `steps` knows everything else already.
pub(super) fn compare(before: &Schema, sides: &Sides<'_>, dropped: &[String], steps: &mut Steps) {
    let again = views_made_again(before, sides, steps);
    for view in in_order(&before.views).into_iter().rev() {
        let wanted = sides.to.views.iter().find(|other| other.name == view.name);
        if wanted.is_some_and(|wanted| wanted != view || again.contains(&view.name)) {
            let mut operation = DropView::new(&view.name);
            operation.kind = view.kind;
            operation.view = Some(view.clone());
            steps.push(Phase::DropView, "", Operation::DropView(operation));
        }
    }
    for view in in_order(&sides.to.views) {
        if !before.views.contains(view) || again.contains(&view.name) {
            let operation = Operation::CreateView(CreateView::new(view.clone()));
            steps.push(Phase::CreateView, "", operation);
        }
    }
    for trigger in &before.triggers {
        let goes = dropped.contains(&trigger.table)
            || sides
                .to
                .triggers
                .iter()
                .any(|other| is_same(trigger, other, sides) && !stays(trigger, other, &again));
        if goes {
            let mut operation = DropTrigger::new(&trigger.table, &trigger.name);
            operation.trigger = Some(trigger.clone());
            steps.push(Phase::DropTrigger, "", Operation::DropTrigger(operation));
        }
    }
    for trigger in &sides.to.triggers {
        let there = |old: &Trigger| is_same(old, trigger, sides) && stays(old, trigger, &again);
        if !before.triggers.iter().any(there) {
            let operation = Operation::CreateTrigger(CreateTrigger::new(trigger.clone()));
            steps.push(Phase::CreateTrigger, "", operation);
        }
    }
}

/// Returns whether a trigger before is the one afterwards: its table may have another name by then.
fn is_same(old: &Trigger, new: &Trigger, sides: &Sides<'_>) -> bool {
    let moved = || {
        sides
            .from
            .triggers
            .iter()
            .any(|other| other.name == old.name && other.table == new.table)
    };
    old.name == new.name && (old.table == new.table || moved())
}

fn stays(old: &Trigger, new: &Trigger, views_again: &[String]) -> bool {
    old == new && !views_again.contains(&new.table)
}

/// Returns the views that read what changes beneath them, or that read such a view.
fn views_made_again(before: &Schema, sides: &Sides<'_>, steps: &Steps) -> Vec<String> {
    let (mut again, mut touched) = (Vec::new(), Vec::new());
    if sides.options.rules.views == Views::MadeAgain {
        touched = steps.touched();
    }
    for view in in_order(&before.views) {
        let Some(wanted) = sides.to.views.iter().find(|other| other.name == view.name) else {
            continue;
        };
        let read = words(&view.query);
        if wanted != view || touched.iter().any(|name| read.contains(name)) {
            touched.push(view.name.clone());
            again.push(view.name.clone());
        }
    }
    again
}

/// Returns the views so that each comes after those that it reads.
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
