//! Writes tables, constraints and indexes as builder calls.

use crate::operation::Constraint;
use crate::schema::{
    Check, Deferrable, Exclude, ForeignKey, Index, IndexKey, IndexPart, Nulls, NullsDistinct,
    Order, PrimaryKey, Table, Unique, Validity,
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
    match constraint {
        Constraint::PrimaryKey(key) => on_table("primary_key", vec![primary_key(key)]),
        Constraint::Unique(it) => on_table("unique", vec![unique(it)]),
        // A new table has no rows, so the validity of a check does not matter.
        Constraint::Check(it) => on_table("check", vec![check(it, Validity::Checked)]),
        Constraint::Exclude(it) => on_table("exclude", vec![exclude(it)]),
        Constraint::ForeignKey(key) => on_table("foreign_key", references(key)),
    }
}

/// Returns a constraint of an existing table.
pub(super) fn added(constraint: &Constraint) -> Statement {
    match constraint {
        Constraint::PrimaryKey(key) => on_table("add_primary_key", vec![primary_key(key)]),
        Constraint::Unique(it) => on_table("add_unique", vec![unique(it)]),
        Constraint::Check(it) => on_table("add_check", vec![check(it, it.validity)]),
        Constraint::Exclude(it) => on_table("add_exclude", vec![exclude(it)]),
        Constraint::ForeignKey(key) => on_table("add_foreign_key", references(key)),
    }
}

/// Returns the argument of a constraint: what it is over, or its builder if it has a name or other properties.
fn built(
    new: &'static str,
    over: Code,
    name: Option<&str>,
    properties: &[(bool, &'static str)],
) -> Code {
    if name.is_none() && properties.iter().all(|(set, _)| !set) {
        return over;
    }
    let built = Code::Call(new, vec![over]).call_with("named", name.map(Code::text));
    properties
        .iter()
        .fold(built, |built, (set, call)| built.call_if(*set, call))
}

fn primary_key(key: &PrimaryKey) -> Code {
    built(
        "PrimaryKey::new",
        Code::names(&key.columns),
        key.name.as_deref(),
        &[],
    )
}

fn unique(unique: &Unique) -> Code {
    let properties = [
        (unique.deferrable == Deferrable::Immediate, "deferrable"),
        (unique.deferrable == Deferrable::Deferred, "deferred"),
        (
            unique.nulls == NullsDistinct::NotDistinct,
            "nulls_not_distinct",
        ),
    ];
    built(
        "Unique::new",
        Code::names(&unique.columns),
        unique.name.as_deref(),
        &properties,
    )
}

fn check(check: &Check, validity: Validity) -> Code {
    let properties = [(validity == Validity::NotValid, "not_valid")];
    built(
        "Check::new",
        Code::text(&check.condition),
        check.name.as_deref(),
        &properties,
    )
}

fn exclude(exclude: &Exclude) -> Code {
    built(
        "Exclude::new",
        Code::text(&exclude.definition),
        exclude.name.as_deref(),
        &[],
    )
}

/// Returns the columns of a foreign key and its target.
fn references(key: &ForeignKey) -> Vec<Code> {
    let target = foreign_key(key).call_with("named", key.name.as_deref().map(Code::text));
    vec![Code::names(&key.columns), target]
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
