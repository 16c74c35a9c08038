//! Writes operations as statements: adjacent operations on one table together, and a request for a reason before a data
//! loss.

use crate::operation::{
    AlterColumn, Cast, Constraint, ConstraintRef, CreateIndex, DropConstraint, DropIndex,
    EnumValuePosition, ExistenceCheck, Insert, Locking, NativeChange, Operation,
};
use crate::schema::{
    Column, NamingConvention, Object, Schema, Table, View, ViewKind, holds_all_of,
};
use crate::value::Value;

use super::code::{Code, Statement, in_comment};
use super::column::{added, data_type, default, integer, missing, real};
use super::table::{self, on_table};

/// The function of the revision that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// `up`: before a data loss, the author has to give a reason.
    Up,
    /// `down`: the downgrade counts the lost values and asks for confirmation.
    Down,
}

/// Returns the statements of a body: adjacent operations in one further schema are in one `in_schema`.
pub(super) fn all(operations: &[Operation], direction: Direction) -> Vec<Statement> {
    let mut body = Vec::new();
    for group in operations.chunk_by(|one, other| one.place().0 == other.place().0) {
        let Some(schema) = group.first().and_then(|first| first.place().0) else {
            body.extend(in_one_schema(group, direction));
            continue;
        };
        let inside: Vec<Operation> = group.iter().map(|it| it.place().1.clone()).collect();
        let mut inside = in_one_schema(&inside, direction);
        // The closure returns the result of the last statement.
        match inside.pop() {
            Some(Statement::Try(last)) => inside.push(Statement::Last(last)),
            other => {
                inside.extend(other);
                inside.push(Statement::Last(Code::Atom("Ok(())".to_owned())));
            }
        }
        let closure = Code::Closure("op", inside);
        body.push(op("in_schema", vec![Code::text(schema), closure]));
    }
    body
}

fn in_one_schema(operations: &[Operation], direction: Direction) -> Vec<Statement> {
    let mut body = Vec::new();
    for group in operations.chunk_by(are_one_alteration) {
        if direction == Direction::Up {
            let marked = group
                .iter()
                .filter(|one| !is_dropped_with_table(one, operations));
            body.extend(marked.filter_map(loss).flatten());
        }
        match group {
            [Operation::Native(it)] => body.extend(it.up.iter().map(|sql| execute(sql))),
            [Operation::CreateTable(it)] if !it.native.is_empty() => {
                body.extend(it.native.iter().map(|sql| execute(sql)));
            }
            [one] => body.push(alone(one, direction)),
            several => body.push(together(several, direction)),
        }
    }
    body
}

/// Returns `op.irreversible("reason")`.
pub(super) fn irreversible(reason: &str) -> Code {
    on("op", "irreversible", vec![Code::text(reason)])
}

/// Returns `op.execute("…")`.
fn execute(sql: &str) -> Statement {
    op("execute", vec![Code::text(sql)])
}

fn on(receiver: &str, name: &'static str, arguments: Vec<Code>) -> Code {
    Code::Atom(receiver.to_owned()).call(name, arguments)
}

fn op(name: &'static str, arguments: Vec<Code>) -> Statement {
    Statement::Try(on("op", name, arguments))
}

/// Returns the table if `alter_table` supports the operation.
fn altered_table(operation: &Operation) -> Option<&str> {
    Some(match operation {
        Operation::AddColumn(op) => &op.table,
        Operation::DropColumn(op) => &op.table,
        Operation::RenameColumn(op) => &op.table,
        Operation::AlterColumn(op) => &op.table,
        Operation::AddConstraint(op) => &op.table,
        Operation::DropConstraint(op) => &op.table,
        Operation::ValidateConstraint(op) => &op.table,
        Operation::RenameIndex(op) => &op.table,
        Operation::RenameConstraint(op) => &op.table,
        Operation::SetTableComment(op) => &op.table,
        Operation::SetTableOptions(op) => &op.table,
        _ => return None,
    })
}

fn are_one_alteration(one: &Operation, other: &Operation) -> bool {
    altered_table(one).is_some() && altered_table(one) == altered_table(other)
}

/// Returns whether an operation drops a part of a table that is also dropped, which needs its own reason.
fn is_dropped_with_table(operation: &Operation, operations: &[Operation]) -> bool {
    let Operation::Native(op) = operation else {
        return false;
    };
    operations.iter().any(|other| {
        matches!(other, Operation::DropTable(table) if op.object.table.as_ref() == Some(&table.name))
    })
}

/// Returns whether dropping an object deletes rows.
fn holds_rows(object: &Object) -> bool {
    ["partition", "virtual table"].contains(&object.kind.as_str())
}

/// Returns a comment about the data loss, and a call for the author's reason.
fn loss(operation: &Operation) -> Option<[Statement; 2]> {
    let what = match operation {
        Operation::DropTable(op) => format!("the rows of {}", op.name),
        Operation::DropColumn(op) if op.column.as_ref().is_none_or(holds_values) => {
            format!("the values of {}.{}", op.table, op.name)
        }
        Operation::AlterColumn(op) => narrowed(op)?,
        Operation::Native(op) if op.change == NativeChange::Drop && op.object.kind == "column" => {
            let table = op.object.table.as_deref().unwrap_or_default();
            format!("the values of {table}.{}", op.object.name)
        }
        Operation::Native(op) if op.change == NativeChange::Drop && holds_rows(&op.object) => {
            format!("the rows of {}", op.object.name)
        }
        _ => return None,
    };
    let why = format!("justify losing {what}");
    let word = on("op", "allow_data_loss", vec![missing(&why)]);
    Some([
        Statement::Comment(format!("This loses {}.", in_comment(&what))),
        Statement::Try(word),
    ])
}

/// Values of a generated column can be computed again.
fn holds_values(column: &Column) -> bool {
    column.generated.is_none()
}

/// Returns the values that may be lost because they do not fit into a column's new type.
fn narrowed(op: &AlterColumn) -> Option<String> {
    let (from, to) = (
        op.from.as_deref().map(|column| &column.data_type),
        op.data_type.as_ref()?,
    );
    let fits = op.using.is_none() && from.is_some_and(|from| holds_all_of(to, from));
    (!fits).then(|| {
        format!(
            "values of {}.{} that do not fit into {to}",
            op.table, op.name
        )
    })
}

/// Returns several operations on one table as one `alter_table`.
fn together(operations: &[Operation], direction: Direction) -> Statement {
    let table = operations.first().and_then(altered_table);
    let body = operations
        .iter()
        .filter_map(|operation| in_alteration(operation, direction))
        .collect();
    let name = Code::text(table.unwrap_or_default());
    op("alter_table", vec![name, Code::Closure("t", body)])
}

/// Returns one operation as a call of the method with its name, if the handle has one.
fn alone(operation: &Operation, direction: Direction) -> Statement {
    let two = |one: &str, other: &str| vec![Code::text(one), Code::text(other)];
    match operation {
        Operation::AddColumn(it) => op(
            form(it.existence, "add_column", "add_column_if_not_exists"),
            vec![Code::text(&it.table), added(it)],
        ),
        Operation::DropColumn(it) => op(
            form(it.existence, "drop_column", "drop_column_if_exists"),
            two(&it.table, &it.name),
        ),
        Operation::RenameColumn(it) => op(
            "rename_column",
            vec![
                Code::text(&it.table),
                Code::text(&it.from),
                Code::text(&it.to),
            ],
        ),
        Operation::AlterColumn(it) => {
            let closure = Code::Closure("c", change(it, direction));
            op(
                "alter_column",
                vec![Code::text(&it.table), Code::text(&it.name), closure],
            )
        }
        Operation::CreateTable(it) => op(
            form(it.existence, "create_table", "create_table_if_not_exists"),
            vec![
                Code::text(&it.table.name),
                Code::Closure("t", table::body(&it.table)),
            ],
        ),
        Operation::DropTable(it) => op(
            form(it.existence, "drop_table", "drop_table_if_exists"),
            vec![Code::text(&it.name)],
        ),
        Operation::RenameTable(it) => op(
            form(it.existence, "rename_table", "rename_table_if_exists"),
            two(&it.from, &it.to),
        ),
        Operation::CreateIndex(it) => create_index(it),
        Operation::DropIndex(it) => drop_index(it),
        Operation::Insert(it) => insert(it),
        altered if altered_table(altered).is_some() => {
            together(std::slice::from_ref(altered), direction)
        }
        object => self::object(object),
    }
}

/// Returns the call for a view, a trigger or a type.
fn object(operation: &Operation) -> Statement {
    let two = |one: &str, other: &str| vec![Code::text(one), Code::text(other)];
    let three = |one: &str, two: &str, three: &str| {
        vec![Code::text(one), Code::text(two), Code::text(three)]
    };
    match operation {
        Operation::CreateView(it) => op(
            form(it.existence, "create_view", "create_view_if_not_exists"),
            vec![view(&it.view)],
        ),
        Operation::DropView(it) if it.kind == ViewKind::Materialized => {
            op("drop_materialized_view", vec![Code::text(&it.name)])
        }
        Operation::DropView(it) => op(
            form(it.existence, "drop_view", "drop_view_if_exists"),
            vec![Code::text(&it.name)],
        ),
        Operation::CreateTrigger(it) => {
            let trigger = &it.trigger;
            let new = three(&trigger.name, &trigger.table, &trigger.definition);
            op(
                form(
                    it.existence,
                    "create_trigger",
                    "create_trigger_if_not_exists",
                ),
                vec![Code::Call("Trigger::new", new)],
            )
        }
        Operation::DropTrigger(it) => op(
            form(it.existence, "drop_trigger", "drop_trigger_if_exists"),
            two(&it.table, &it.name),
        ),
        Operation::CreateEnum(it) => {
            let new = vec![
                Code::text(&it.enum_type.name),
                Code::list(&it.enum_type.values),
            ];
            op(
                form(it.existence, "create_enum", "create_enum_if_not_exists"),
                vec![Code::Call("EnumType::new", new)],
            )
        }
        Operation::DropEnum(it) => op(
            form(it.existence, "drop_enum", "drop_enum_if_exists"),
            vec![Code::text(&it.name)],
        ),
        Operation::AddEnumValue(it) => match &it.position {
            EnumValuePosition::Last => op(
                form(
                    it.existence,
                    "add_enum_value",
                    "add_enum_value_if_not_exists",
                ),
                two(&it.name, &it.value),
            ),
            EnumValuePosition::Before(other) => {
                op("add_enum_value_before", three(&it.name, &it.value, other))
            }
            EnumValuePosition::After(other) => {
                op("add_enum_value_after", three(&it.name, &it.value, other))
            }
        },
        Operation::CreateSchema(it) => op(
            form(it.existence, "create_schema", "create_schema_if_not_exists"),
            vec![Code::text(&it.name)],
        ),
        Operation::DropSchema(it) => op(
            form(it.existence, "drop_schema", "drop_schema_if_exists"),
            vec![Code::text(&it.name)],
        ),
        Operation::RenameEnumValue(it) => {
            op("rename_enum_value", three(&it.name, &it.from, &it.to))
        }
        other => by_hand(other),
    }
}

/// Returns code that does not compile, for an operation that no method describes.
fn by_hand(operation: &Operation) -> Statement {
    Statement::Call(missing(&format!(
        "write this yourself: {}",
        operation.title()
    )))
}

/// Returns the conditional method if the operation is conditional.
fn form(existence: ExistenceCheck, plain: &'static str, looking: &'static str) -> &'static str {
    match existence {
        ExistenceCheck::None => plain,
        ExistenceCheck::IfNotExists | ExistenceCheck::IfExists => looking,
    }
}

/// Returns an operation as a call on the builder of `alter_table`.
fn in_alteration(operation: &Operation, direction: Direction) -> Option<Statement> {
    let two = |one: &str, other: &str| vec![Code::text(one), Code::text(other)];
    Some(match operation {
        Operation::AddColumn(it) => on_table(
            form(it.existence, "add_column", "add_column_if_not_exists"),
            vec![added(it)],
        ),
        Operation::DropColumn(it) => on_table(
            form(it.existence, "drop_column", "drop_column_if_exists"),
            vec![Code::text(&it.name)],
        ),
        Operation::RenameColumn(it) => on_table("rename_column", two(&it.from, &it.to)),
        Operation::AlterColumn(it) => {
            let closure = Code::Closure("c", change(it, direction));
            on_table("alter_column", vec![Code::text(&it.name), closure])
        }
        Operation::AddConstraint(it) => table::added(&named(&it.table, &it.constraint)),
        Operation::DropConstraint(it) => drop_constraint(it),
        Operation::ValidateConstraint(it) => {
            on_table("validate_constraint", vec![Code::text(&it.name)])
        }
        Operation::RenameIndex(it) => on_table("rename_index", two(&it.from, &it.to)),
        Operation::RenameConstraint(it) => on_table("rename_constraint", two(&it.from, &it.to)),
        Operation::SetTableComment(it) => match &it.comment {
            Some(comment) => on_table("comment", vec![Code::text(comment)]),
            None => on_table("drop_comment", Vec::new()),
        },
        Operation::SetTableOptions(it) => {
            let options = it.options.as_deref().unwrap_or_default();
            on_table("options", vec![Code::text(options)])
        }
        _ => return None,
    })
}

/// Returns the constraint with the name of the naming convention, if it has none. A foreign key needs none, because it
/// is dropped by its columns.
fn named(table: &str, constraint: &Constraint) -> Constraint {
    if constraint.name().is_some() || matches!(constraint, Constraint::ForeignKey(_)) {
        return constraint.clone();
    }
    let mut alone = Table::new(table);
    match constraint.clone() {
        Constraint::PrimaryKey(key) => alone.primary_key = Some(key),
        Constraint::Unique(unique) => alone.uniques.push(unique),
        Constraint::Check(check) => alone.checks.push(check),
        Constraint::Exclude(exclude) => alone.excludes.push(exclude),
        Constraint::ForeignKey(_) => {}
    }
    let mut schema = Schema::default();
    schema.tables.push(alone);
    NamingConvention::default().name_all(&mut schema);
    let mut tables = schema.tables.into_iter();
    let found = tables.next().and_then(|table| {
        let primary = table.primary_key.map(Constraint::PrimaryKey);
        primary
            .or_else(|| table.uniques.into_iter().next().map(Constraint::Unique))
            .or_else(|| table.checks.into_iter().next().map(Constraint::Check))
            .or_else(|| table.excludes.into_iter().next().map(Constraint::Exclude))
    });
    found.unwrap_or_else(|| constraint.clone())
}

fn drop_constraint(it: &DropConstraint) -> Statement {
    match &it.reference {
        ConstraintRef::Named(name) => on_table(
            form(it.existence, "drop_constraint", "drop_constraint_if_exists"),
            vec![Code::text(name)],
        ),
        ConstraintRef::PrimaryKey => on_table("drop_primary_key", Vec::new()),
        ConstraintRef::Unique(columns) => on_table("drop_unique", vec![Code::names(columns)]),
        ConstraintRef::ForeignKey(columns) => {
            on_table("drop_foreign_key", vec![Code::names(columns)])
        }
        ConstraintRef::Check(condition) => on_table("drop_check", vec![Code::text(condition)]),
        // Databases with exclusion constraints name all of them.
        ConstraintRef::Exclude(definition) => Statement::Call(missing(&format!(
            "name the exclusion constraint to drop: {definition}"
        ))),
    }
}

/// Returns the body of `alter_column("name", |c| { … })`.
fn change(it: &AlterColumn, direction: Direction) -> Vec<Statement> {
    let mut body = Vec::new();
    let mut set = |name: &'static str, arguments: Vec<Code>| {
        body.push(Statement::Call(on("c", name, arguments)));
    };
    if let Some(to) = &it.data_type {
        set("set_type", vec![data_type(to)]);
    }
    match (&it.using, &it.casts.to) {
        (Some(using), _) | (None, Cast::Explicit(using)) => set("using", vec![Code::text(using)]),
        (None, Cast::Unknown) => {
            let what = format!(
                "write how to convert {}.{} to its new type, as SQL",
                it.table, it.name
            );
            set("using", vec![missing(&what)]);
        }
        (None, Cast::Assignment) => {}
    }
    match (it.not_null, &it.fill) {
        (Some(true), Some(fill)) => set("not_null_with_fill", vec![Code::text(fill)]),
        // In `down` the rows are those that `up` left: the database reports an error if one contains NULL.
        (Some(true), None) if direction == Direction::Up => {
            let what = format!(
                "write the value that replaces NULL in {}.{}, as SQL",
                it.table, it.name
            );
            set("not_null_with_fill", vec![missing(&what)]);
        }
        (Some(true), None) => set("not_null", Vec::new()),
        (Some(false), _) => set("null", Vec::new()),
        (None, _) => {}
    }
    let mut or_drop = |there: Option<(&'static str, Vec<Code>)>, drop: &'static str| match there {
        Some((name, arguments)) => set(name, arguments),
        None => set(drop, Vec::new()),
    };
    if let Some(to) = &it.default {
        or_drop(
            to.as_ref().map(|to| ("default", vec![default(to)])),
            "drop_default",
        );
    }
    if let Some(to) = &it.collation {
        or_drop(
            to.as_ref().map(|to| ("collate", vec![Code::text(to)])),
            "drop_collation",
        );
    }
    if let Some(to) = &it.comment {
        or_drop(
            to.as_ref().map(|to| ("comment", vec![Code::text(to)])),
            "drop_comment",
        );
    }
    if let Some(to) = it.identity {
        use crate::schema::Identity;
        let name = to.map(|to| match to {
            Identity::Always => "identity_always",
            Identity::ByDefault => "identity",
        });
        or_drop(name.map(|name| (name, Vec::new())), "drop_identity");
    }
    if let Some(to) = it.autoincrement {
        or_drop(
            to.then(|| ("autoincrement", Vec::new())),
            "drop_autoincrement",
        );
    }
    body
}

fn create_index(it: &CreateIndex) -> Statement {
    let name = match it.locking {
        Locking::Concurrent => "create_index_concurrently",
        Locking::Blocking => form(it.existence, "create_index", "create_index_if_not_exists"),
    };
    op(name, vec![table::index(&it.index)])
}

fn drop_index(it: &DropIndex) -> Statement {
    let name = match it.locking {
        Locking::Concurrent => "drop_index_concurrently",
        Locking::Blocking => form(it.existence, "drop_index", "drop_index_if_exists"),
    };
    op(name, vec![Code::text(&it.table), Code::text(&it.name)])
}

fn view(view: &View) -> Code {
    let columns = (!view.columns.is_empty()).then(|| Code::names(&view.columns));
    Code::Call(
        "View::new",
        vec![Code::text(&view.name), Code::text(&view.query)],
    )
    .call_with("columns", columns)
    .call_if(view.kind == ViewKind::Materialized, "materialized")
}

fn insert(it: &Insert) -> Statement {
    let mut rows = Code::Call(
        "Insert::new",
        vec![Code::text(&it.table), Code::list(&it.columns)],
    );
    for row in &it.rows {
        rows = rows.call("row", vec![Code::List(row.iter().map(value).collect())]);
    }
    let key = (!it.key.is_empty()).then(|| Code::names(&it.key));
    op("insert", vec![rows.call_with("key", key)])
}

fn value(value: &Value) -> Code {
    let from = |literal: Code| Code::Call("Value::from", vec![literal]);
    match value {
        Value::Null => Code::Atom("Value::Null".to_owned()),
        Value::Boolean(value) => from(Code::Atom(value.to_string())),
        Value::Integer(number) => from(Code::Atom(integer(*number))),
        Value::Real(number) => from(Code::Atom(real(*number))),
        Value::Text(text) => from(Code::text(text)),
        Value::Blob(bytes) => {
            let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte}_u8")).collect();
            from(Code::Atom(format!("vec![{}]", bytes.join(", "))))
        }
    }
}
