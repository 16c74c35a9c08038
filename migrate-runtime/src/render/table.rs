//! Writes tables, constraints and indexes as builder calls.

use crate::operation::Constraint;
use crate::schema::{
    Check, Deferrable, Index, IndexKey, IndexPart, Nulls, NullsDistinct, Order, Table, Unique,
    Validity,
};

use super::code::{Code, Statement};
use super::column::{column, foreign_key};

/// Returns the body of `create_table("name", |t| { … })`.
pub(super) fn body(table: &Table) -> Vec<Statement> {
    let columns = table.columns.iter();
    let mut body: Vec<Statement> = columns
        .map(|described| on_table("column", vec![column(described)]))
        .collect();
    let constraints = std::iter::empty()
        .chain(table.primary_key.clone().map(Constraint::PrimaryKey))
        .chain(table.uniques.iter().cloned().map(Constraint::Unique))
        .chain(
            table
                .foreign_keys
                .iter()
                .cloned()
                .map(Constraint::ForeignKey),
        )
        .chain(table.checks.iter().cloned().map(Constraint::Check))
        .chain(table.excludes.iter().cloned().map(Constraint::Exclude));
    body.extend(constraints.map(|constraint| in_table(&constraint)));
    for (name, text) in [("comment", &table.comment), ("options", &table.options)] {
        body.extend(
            text.as_deref()
                .map(|text| on_table(name, vec![Code::text(text)])),
        );
    }
    body
}

/// Returns a call on the builder: `t.name(arguments);`.
pub(super) fn on_table(name: &'static str, arguments: Vec<Code>) -> Statement {
    Statement::Call(Code::Atom("t".to_owned()).call(name, arguments))
}

/// Returns a constraint of a new table.
fn in_table(constraint: &Constraint) -> Statement {
    let name = constraint.name().map(Code::text);
    let (plain, named, what) = match constraint {
        Constraint::PrimaryKey(key) => (
            "primary_key",
            "primary_key_named",
            Code::names(&key.columns),
        ),
        Constraint::Unique(unique) if is_rich(unique) => {
            return on_table("unique_constraint", vec![self::unique(unique)]);
        }
        Constraint::Unique(unique) => ("unique", "unique_named", Code::names(&unique.columns)),
        // A new table has no rows, so the validity of a check does not matter.
        Constraint::Check(check) => ("check", "check_named", Code::text(&check.condition)),
        Constraint::Exclude(exclude) => {
            ("exclude", "exclude_named", Code::text(&exclude.definition))
        }
        Constraint::ForeignKey(key) => {
            let target = foreign_key(key).call_with("named", name);
            return on_table("foreign_key", vec![Code::names(&key.columns), target]);
        }
    };
    match name {
        Some(name) => on_table(named, vec![name, what]),
        None => on_table(plain, vec![what]),
    }
}

/// Returns a constraint of an existing table. All but a foreign key have a name.
pub(super) fn added(constraint: &Constraint) -> Statement {
    let name = Code::text(constraint.name().unwrap_or_default());
    match constraint {
        Constraint::PrimaryKey(key) => {
            on_table("add_primary_key", vec![name, Code::names(&key.columns)])
        }
        Constraint::Unique(unique) if is_rich(unique) => {
            on_table("add_unique_constraint", vec![self::unique(unique)])
        }
        Constraint::Unique(unique) => {
            on_table("add_unique", vec![name, Code::names(&unique.columns)])
        }
        Constraint::Check(check) if check.validity == Validity::NotValid => {
            on_table("add_check_constraint", vec![self::check(check)])
        }
        Constraint::Check(check) => on_table("add_check", vec![name, Code::text(&check.condition)]),
        Constraint::Exclude(exclude) => {
            on_table("add_exclude", vec![name, Code::text(&exclude.definition)])
        }
        Constraint::ForeignKey(key) => {
            let over = vec![Code::names(&key.columns), foreign_key(key)];
            match key.name {
                Some(_) => on_table("add_foreign_key", [vec![name], over].concat()),
                None => on_table("add_unnamed_foreign_key", over),
            }
        }
    }
}

fn is_rich(unique: &Unique) -> bool {
    unique.deferrable != Deferrable::No || unique.nulls == NullsDistinct::NotDistinct
}

fn unique(unique: &Unique) -> Code {
    Code::Call("Unique::new", vec![Code::names(&unique.columns)])
        .call_with("named", unique.name.as_deref().map(Code::text))
        .call_if(unique.deferrable == Deferrable::Immediate, "deferrable")
        .call_if(unique.deferrable == Deferrable::Deferred, "deferred")
        .call_if(
            unique.nulls == NullsDistinct::NotDistinct,
            "nulls_not_distinct",
        )
}

fn check(check: &Check) -> Code {
    Code::Call("Check::new", vec![Code::text(&check.condition)])
        .call_with("named", check.name.as_deref().map(Code::text))
        .call("not_valid", Vec::new())
}

/// Returns the argument of `create_index`.
pub(super) fn index(index: &Index) -> Code {
    let plain: Option<Vec<String>> = index.parts.iter().map(plain_column).collect();
    let parts = match plain {
        Some(names) if !names.is_empty() => Code::names(&names),
        _ => Code::List(index.parts.iter().map(part).collect()),
    };
    let new = vec![Code::text(&index.name), Code::text(&index.table), parts];
    let texts = |text: &Option<String>| text.as_deref().map(Code::text);
    let include = (!index.include.is_empty()).then(|| Code::names(&index.include));
    Code::Call("Index::new", new)
        .call_if(index.unique, "unique")
        .call_with("using", texts(&index.method))
        .call_with("include", include)
        .call_if(
            index.nulls == NullsDistinct::NotDistinct,
            "nulls_not_distinct",
        )
        .call_with("options", texts(&index.options))
        .call_with("predicate", texts(&index.predicate))
}

/// Returns the column's name if the part is only a column.
fn plain_column(part: &IndexPart) -> Option<String> {
    match &part.key {
        IndexKey::Column(name) if *part == IndexPart::column(name) => Some(name.clone()),
        _ => None,
    }
}

fn part(part: &IndexPart) -> Code {
    let (new, key) = match &part.key {
        IndexKey::Column(name) => ("IndexPart::column", name),
        IndexKey::Expression(sql) => ("IndexPart::expression", sql),
    };
    let length = part
        .prefix_length
        .map(|length| Code::Atom(length.to_string()));
    Code::Call(new, vec![Code::text(key)])
        .call_with("prefix_length", length)
        .call_with("collate", part.collation.as_deref().map(Code::text))
        .call_with("opclass", part.opclass.as_deref().map(Code::text))
        .call_if(part.order == Order::Descending, "desc")
        .call_if(part.nulls == Some(Nulls::First), "nulls_first")
        .call_if(part.nulls == Some(Nulls::Last), "nulls_last")
}
