//! The `#[model(…)]` attributes of a table's struct and of its fields.

use migrate_engine::backend::Backend;
use migrate_schema::schema::{
    Column, Deferrable, ForeignKey, Generated, Identity, Index, IndexKey, IndexPart, Nulls,
    NullsDistinct, Order, ReferentialAction, Unique,
};

use super::plan::{Named, Plan, references};
use super::types;
use migrate_schema::render::code::literal;

/// The attributes of a model.
pub(super) struct RenderedField {
    /// The attributes of the struct, each in its own `#[model(…)]`.
    pub(super) table: Vec<String>,
    /// The fields.
    pub(super) fields: Vec<Field>,
}

/// A field.
pub(super) struct Field {
    /// Its name.
    pub(super) name: String,
    /// Its type.
    pub(super) rust_type: String,
    /// The contents of its `#[model(…)]`.
    pub(super) items: Vec<String>,
}

/// Returns the attributes of a table's model.
pub(super) fn of<B: Backend>(named: &Named<'_>, plan: &Plan<'_>) -> RenderedField {
    let columns = named.table.columns.iter().zip(&named.fields);
    let mut written = RenderedField {
        table: of_table(named),
        fields: columns
            .map(|(column, field)| of_column::<B>(column, field, named, plan))
            .collect(),
    };
    primary_key(named, &mut written);
    for unique in &named.table.uniques {
        written.put(named, &unique.columns, "unique", unique_settings(unique));
    }
    for index in plan.indexes_of(&named.table.name) {
        put_index(index, named, &mut written);
    }
    for key in &named.table.foreign_keys {
        put_foreign_key(key, named, plan, &mut written);
    }
    for check in &named.table.checks {
        let condition = literal(&check.condition);
        written.table.push(match &check.name {
            None => format!("check = {condition}"),
            Some(name) => format!("check({condition}, name = {})", literal(name)),
        });
    }
    written
}

impl RenderedField {
    /// Writes `key` on the field if it has one column that does not have this key yet, else on the struct.
    fn put(&mut self, named: &Named<'_>, columns: &[String], key: &str, settings: Vec<String>) {
        if let [column] = columns
            && let Some(field) = self.field(named, column)
            && !field
                .items
                .iter()
                .any(|item| item == key || item.starts_with(&format!("{key}(")))
        {
            field.items.push(call(key, settings));
            return;
        }
        let fields = std::iter::once(named.listed(columns));
        self.table.push(call(key, fields.chain(settings).collect()));
    }

    fn field(&mut self, named: &Named<'_>, column: &str) -> Option<&mut Field> {
        let at = named
            .table
            .columns
            .iter()
            .position(|other| other.name == column)?;
        self.fields.get_mut(at)
    }
}

fn of_table(named: &Named<'_>) -> Vec<String> {
    let table = named.table;
    let mut items = vec![format!("table = {}", literal(&table.name))];
    items.extend(
        table
            .comment
            .iter()
            .map(|text| format!("comment = {}", literal(text))),
    );
    items.extend(
        table
            .options
            .iter()
            .map(|text| format!("options = {}", literal(text))),
    );
    items
}

fn of_column<B: Backend>(
    column: &Column,
    field: &str,
    named: &Named<'_>,
    plan: &Plan<'_>,
) -> Field {
    let kind = types::of::<B>(column, named.table, plan);
    let mut items = Vec::new();
    if field.trim_start_matches("r#") != column.name {
        items.push(format!("column = {}", literal(&column.name)));
    }
    items.extend(kind.items);
    items.extend(
        column
            .collation
            .iter()
            .map(|name| format!("collation = {}", literal(name))),
    );
    items.extend(column.generated.iter().map(|generated| match generated {
        Generated::Virtual(sql) => format!("generated = {}", literal(sql)),
        Generated::Stored(sql) => format!("generated({}, stored)", literal(sql)),
    }));
    items.extend(column.identity.iter().map(|identity| match identity {
        Identity::ByDefault => "identity".to_owned(),
        Identity::Always => "identity = always".to_owned(),
    }));
    if column.autoincrement {
        items.push("autoincrement".to_owned());
    }
    items.extend(
        column
            .comment
            .iter()
            .map(|text| format!("comment = {}", literal(text))),
    );
    let key = named.table.primary_key.as_ref();
    let refuses_null = column.not_null || key.is_some_and(|key| key.columns.contains(&column.name));
    Field {
        name: field.to_owned(),
        rust_type: if refuses_null {
            kind.rust
        } else {
            format!("Option<{}>", kind.rust)
        },
        items,
    }
}

fn primary_key(named: &Named<'_>, written: &mut RenderedField) {
    match &named.table.primary_key {
        None => written.table.push("no_primary_key".to_owned()),
        Some(key) => written.put(
            named,
            &key.columns,
            "primary_key",
            named_as(key.name.as_deref()),
        ),
    }
}

fn unique_settings(unique: &Unique) -> Vec<String> {
    let mut settings = named_as(unique.name.as_deref());
    settings.extend(deferrable(unique.deferrable));
    settings.extend(nulls(unique.nulls));
    settings
}

fn put_index(index: &Index, named: &Named<'_>, written: &mut RenderedField) {
    let key = if index.unique {
        "unique_index"
    } else {
        "index"
    };
    let name = Some(index.name.as_str()).filter(|name| !name.is_empty());
    let mut settings = named_as(name);
    let texts = [
        ("predicate", &index.predicate),
        ("using", &index.method),
        ("options", &index.options),
    ];
    for (key, text) in texts {
        settings.extend(text.iter().map(|text| format!("{key} = {}", literal(text))));
    }
    if !index.include.is_empty() {
        settings.push(format!("include({})", named.listed(&index.include)));
    }
    settings.extend(nulls(index.nulls));
    if let [part] = &index.parts[..]
        && let IndexKey::Column(column) = &part.key
        && let Some(field) = written.field(named, column)
    {
        let order = Some(modifiers(part)).filter(|order| !order.is_empty());
        field
            .items
            .push(call(key, order.into_iter().chain(settings).collect()));
        return;
    }
    let parts = index.parts.iter().map(|part| {
        let what = match &part.key {
            IndexKey::Column(column) => named.field(column).to_owned(),
            IndexKey::Expression(sql) => literal(sql),
        };
        format!("{what} {}", modifiers(part)).trim_end().to_owned()
    });
    written
        .table
        .push(call(key, parts.chain(settings).collect()));
}

/// Returns the modifiers of an index part.
fn modifiers(part: &IndexPart) -> String {
    let mut words = Vec::new();
    if part.order == Order::Descending {
        words.push("desc".to_owned());
    }
    words.extend(part.nulls.map(|nulls| match nulls {
        Nulls::First => "nulls first".to_owned(),
        Nulls::Last => "nulls last".to_owned(),
    }));
    words.extend(
        part.collation
            .iter()
            .map(|name| format!("collate {}", literal(name))),
    );
    words.extend(
        part.opclass
            .iter()
            .map(|name| format!("opclass {}", literal(name))),
    );
    words.extend(
        part.prefix_length
            .map(|length| format!("prefix_length {length}")),
    );
    words.join(" ")
}

fn put_foreign_key(
    key: &ForeignKey,
    named: &Named<'_>,
    plan: &Plan<'_>,
    written: &mut RenderedField,
) {
    let columns = references(key, plan.schema);
    let target = match plan.model_of(&key.table).filter(|_| key.schema.is_none()) {
        Some(other) => format!("{}({})", other.name, other.listed(&columns)),
        None => {
            let columns: Vec<String> = columns.iter().map(|name| literal(name)).collect();
            format!("{}({})", literal(&key.table), columns.join(", "))
        }
    };
    let mut settings = vec![target];
    for (event, action) in [("on_delete", key.on_delete), ("on_update", key.on_update)] {
        settings.extend(action.map(|action| format!("{event} = {}", word(action))));
    }
    settings.extend(
        key.schema
            .iter()
            .map(|schema| format!("schema = {}", literal(schema))),
    );
    settings.extend(named_as(key.name.as_deref()));
    settings.extend(deferrable(key.deferrable));
    let reference = call("references", settings);
    match &key.columns[..] {
        [column] => {
            let field = written.field(named, column);
            let free = field.filter(|field| {
                !field
                    .items
                    .iter()
                    .any(|item| item.starts_with("references("))
            });
            match free {
                Some(field) => field.items.push(reference),
                None => written.table.push(call(
                    "foreign_key",
                    vec![named.field(column).to_owned(), reference],
                )),
            }
        }
        several => written
            .table
            .push(call("foreign_key", vec![named.listed(several), reference])),
    }
}

fn word(action: ReferentialAction) -> &'static str {
    match action {
        ReferentialAction::Cascade => "cascade",
        ReferentialAction::SetNull => "set_null",
        ReferentialAction::SetDefault => "set_default",
        ReferentialAction::Restrict => "restrict",
        ReferentialAction::NoAction => "no_action",
    }
}

fn named_as(name: Option<&str>) -> Vec<String> {
    name.map(|name| format!("name = {}", literal(name)))
        .into_iter()
        .collect()
}

fn deferrable(deferrable: Deferrable) -> Option<String> {
    let word = match deferrable {
        Deferrable::No => return None,
        Deferrable::Immediate => "immediate",
        Deferrable::Deferred => "deferred",
    };
    Some(format!("deferrable = {word}"))
}

fn nulls(nulls: NullsDistinct) -> Option<String> {
    (nulls == NullsDistinct::NotDistinct).then(|| "nulls = not_distinct".to_owned())
}

/// Returns `key(arguments)`, or `key` alone.
fn call(key: &str, arguments: Vec<String>) -> String {
    if arguments.is_empty() {
        return key.to_owned();
    }
    format!("{key}({})", arguments.join(", "))
}
