//! Restores the original text in operations, if the compared schema is in a form that is never written.

use crate::operation::{Constraint, Operation};
use crate::schema::{Check, Column, Index, Schema, Table, Trigger};

/// Replaces definitions in operations by those of [`Schema::written`].
pub(super) fn apply<'o>(
    operations: impl Iterator<Item = &'o mut Operation>,
    from: &Schema,
    to: &Schema,
) {
    let [old, new] = [from, to].map(|compared| {
        let written = compared.written.as_deref()?;
        Some(TableTexts { compared, written })
    });
    if old.is_none() && new.is_none() {
        return;
    }
    for operation in operations {
        match operation {
            Operation::CreateTable(op) => with_texts(&new, |texts| texts.table(&mut op.table)),
            Operation::AddColumn(op) => {
                with_texts(&new, |texts| texts.column(&op.table, &mut op.column));
            }
            Operation::AddConstraint(op) => {
                with_texts(&new, |texts| {
                    texts.constraint(&op.table, &mut op.constraint)
                });
            }
            Operation::CreateIndex(op) => with_texts(&new, |texts| texts.index(&mut op.index)),
            Operation::CreateView(op) => with_texts(&new, |texts| {
                let name = op.view.name.clone();
                set(
                    &mut op.view,
                    find(&texts.written.views, &name, |it| &it.name),
                );
            }),
            Operation::CreateTrigger(op) => {
                with_texts(&new, |texts| texts.trigger(&mut op.trigger))
            }
            other => apply_to_dropped(other, &old, &new),
        }
    }
}

fn apply_to_dropped(
    operation: &mut Operation,
    old: &Option<TableTexts<'_>>,
    new: &Option<TableTexts<'_>>,
) {
    match operation {
        Operation::DropTable(op) => {
            if let Some(table) = &mut op.table {
                with_texts(old, |texts| texts.table(table));
            }
        }
        Operation::DropColumn(op) => {
            if let Some(column) = &mut op.column {
                with_texts(old, |texts| texts.column(&op.table, column));
            }
        }
        Operation::DropConstraint(op) => {
            if let Some(constraint) = &mut op.constraint {
                with_texts(old, |texts| texts.constraint(&op.table, constraint));
            }
        }
        Operation::DropIndex(op) => {
            if let Some(index) = &mut op.index {
                with_texts(old, |texts| texts.index(index));
            }
        }
        Operation::DropView(op) => {
            if let Some(view) = &mut op.view {
                let name = view.name.clone();
                with_texts(old, |texts| {
                    set(view, find(&texts.written.views, &name, |it| &it.name));
                });
            }
        }
        Operation::DropTrigger(op) => {
            if let Some(trigger) = &mut op.trigger {
                with_texts(old, |texts| texts.trigger(trigger));
            }
        }
        Operation::AlterColumn(op) => {
            if let Some(from) = &mut op.from {
                with_texts(old, |texts| texts.column(&op.table, from));
            }
            let mut column = None;
            with_texts(new, |texts| column = texts.find_column(&op.table, &op.name));
            if let Some(column) = column {
                if let Some(data_type) = &mut op.data_type {
                    data_type.clone_from(&column.data_type);
                }
                if let Some(default @ Some(_)) = &mut op.default {
                    default.clone_from(&column.default);
                }
            }
        }
        _ => {}
    }
}

fn with_texts<'w, 's: 'w>(
    texts: &'w Option<TableTexts<'s>>,
    work: impl FnOnce(&'w TableTexts<'s>),
) {
    if let Some(texts) = texts {
        work(texts);
    }
}

/// A schema in the compared form, and as originally written.
struct TableTexts<'s> {
    compared: &'s Schema,
    written: &'s Schema,
}

impl<'s> TableTexts<'s> {
    fn find_table(&self, name: &str) -> Option<&'s Table> {
        find(&self.written.tables, name, |table| &table.name)
    }

    fn find_column(&self, table: &str, name: &str) -> Option<&'s Column> {
        let table = self.find_table(table)?;
        find(&table.columns, name, |column| &column.name)
    }

    /// Replaces a whole table, except foreign keys that are created separately.
    fn table(&self, table: &mut Table) {
        let Some(written) = self.find_table(&table.name) else {
            return;
        };
        let keys = std::mem::take(&mut table.foreign_keys);
        let mut written = written.clone();
        let all = self.compared.table(&table.name);
        if all.is_none_or(|all| all.foreign_keys.len() != keys.len()) {
            written.foreign_keys = keys;
        }
        *table = written;
    }

    fn column(&self, table: &str, column: &mut Column) {
        let found = self.find_column(table, &column.name);
        set(column, found);
    }

    fn constraint(&self, table: &str, constraint: &mut Constraint) {
        if let Constraint::Check(check) = constraint
            && let Some(written) = self.check(table, check)
        {
            check.condition.clone_from(&written.condition);
        }
    }

    /// Both lists have the same order.
    fn check(&self, table: &str, check: &Check) -> Option<&'s Check> {
        let compared = self.compared.table(table)?;
        let at = compared.checks.iter().position(|other| other == check)?;
        let written = &self.find_table(table)?.checks;
        (written.len() == compared.checks.len()).then(|| written.get(at))?
    }

    fn index(&self, index: &mut Index) {
        let mut indexes = self.written.indexes.iter();
        let found = indexes.find(|it| {
            it.name.eq_ignore_ascii_case(&index.name) && it.table.eq_ignore_ascii_case(&index.table)
        });
        set(index, found);
    }

    fn trigger(&self, trigger: &mut Trigger) {
        let same = |table: &str| table.eq_ignore_ascii_case(&trigger.table);
        let mut triggers = self.written.triggers.iter();
        let found =
            triggers.find(|it| it.name.eq_ignore_ascii_case(&trigger.name) && same(&it.table));
        if let Some(found) = found {
            trigger.definition.clone_from(&found.definition);
        }
    }
}

fn set<T: Clone>(target: &mut T, found: Option<&T>) {
    if let Some(found) = found {
        target.clone_from(found);
    }
}

/// Finds an object by its exact name, else by its name in another case.
fn find<'s, T>(all: &'s [T], name: &str, of: impl Fn(&T) -> &String) -> Option<&'s T> {
    let exact = all.iter().find(|one| of(one) == name);
    exact.or_else(|| all.iter().find(|one| of(one).eq_ignore_ascii_case(name)))
}
