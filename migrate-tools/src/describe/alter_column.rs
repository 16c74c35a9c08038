//! The line for a changed column, property by property.

use super::SchemaLabels;
use super::text::{both, shown, value};
use migrate_engine::error::printable;
use migrate_schema::ddl::Dialect;
use migrate_schema::operation::AlterColumn;
use migrate_schema::schema::{Column, DefaultValue, Identity, Type};

impl SchemaLabels<'_> {
    /// Returns the line with the changes of a column.
    pub(super) fn altered(self, op: &AlterColumn, dialect: &dyn Dialect) -> String {
        let before = op.from.as_deref();
        let mut facts = Vec::new();
        let mut fact = |what: &str, from: Option<String>, to: String| {
            facts.push(match from {
                Some(from) => format!("{what} {from} in {}, {to} in {}", self.from, self.to),
                None => format!("{what} {to} in {}", self.to),
            });
        };
        if let Some(data_type) = &op.data_type {
            let from = before.map(|column| &column.data_type);
            // A portable name beside the database's own type may hide the difference: `DATETIME` is datetime(6).
            let is_own = |data_type: &Type| matches!(data_type, Type::Custom(_));
            let both_portable = !is_own(data_type) && !from.is_some_and(is_own);
            let type_name = |data_type: &Type| match both_portable {
                true => shown(&data_type.to_string()),
                false => shown(&dialect.type_name(data_type)),
            };
            fact("type", from.map(type_name), type_name(data_type));
        }
        if let Some(not_null) = op.not_null {
            let keyword = |not_null| if not_null { "NOT NULL" } else { "NULL" };
            let from = before.map(|column| keyword(column.not_null).to_owned());
            fact("nullability", from, keyword(not_null).to_owned());
        }
        if let Some(default) = &op.default {
            let from = before.map(|column| default_text(column.default.as_ref()));
            fact("default", from, default_text(default.as_ref()));
        }
        let mut text = |what: &str, from: Option<Option<&str>>, to: Option<&str>| match from {
            None => fact(what, None, value(to)),
            Some(from) => {
                let [from, to] = both(from, to);
                fact(what, Some(from), to);
            }
        };
        if let Some(to) = &op.collation {
            let from = before.map(|column| column.collation.as_deref());
            text("collation", from, to.as_deref());
        }
        if let Some(to) = &op.comment {
            let from = before.map(|column| column.comment.as_deref());
            text("comment", from, to.as_deref());
        }
        if let Some(to) = op.identity {
            let from = before.map(|column| numbered(column.identity).to_owned());
            fact("identity", from, numbered(to).to_owned());
        }
        if let Some(to) = op.autoincrement {
            let label = |set| if set { "set" } else { "not set" };
            let old_label = |column: &Column| label(column.autoincrement).to_owned();
            fact("AUTOINCREMENT", before.map(old_label), label(to).to_owned());
        }
        let name = super::quoted(&[&op.table, &op.name]);
        format!("column {name}: {}", facts.join("; "))
    }
}

fn numbered(identity: Option<Identity>) -> &'static str {
    match identity {
        None => "none",
        Some(Identity::Always) => "always",
        Some(Identity::ByDefault) => "by default",
    }
}

fn default_text(default: Option<&DefaultValue>) -> String {
    match default {
        None => "none".to_owned(),
        Some(DefaultValue::Null) => "NULL".to_owned(),
        Some(DefaultValue::Boolean(value)) => value.to_string(),
        Some(DefaultValue::Integer(number)) => number.to_string(),
        Some(DefaultValue::Real(number)) => number.to_string(),
        Some(DefaultValue::Text(text)) => format!("'{}'", printable(text)),
        Some(DefaultValue::Expression(sql)) => shown(sql),
    }
}
