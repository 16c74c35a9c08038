//! Schemas at random: numbers that a schema is built of, so that what fails can be made smaller.

use std::fmt;

use migrate_engine::backend::Backend as _;
use migrate_runtime::v1::{Mysql, Postgres, Sqlite};
use migrate_schema::ddl::{self, Dialect};
use migrate_schema::diff::{Options, create};
use migrate_schema::schema::{
    Column, DefaultValue, Expr, ForeignKey, Index, IndexPart, NamingConvention, PrimaryKey,
    ReferentialAction, Schema, Table, Type, Unique, View,
};
use proptest::prelude::*;

/// What differs between databases.
#[derive(Debug)]
pub(crate) struct Flavour {
    /// Types that hold a row's number, as a number or as text, each with whether it is text.
    pub(crate) mixed: &'static [(Type, Kind)],
    /// Types of keys.
    pub(crate) keys: &'static [(Type, Kind)],
    /// Types of moments.
    pub(crate) moments: &'static [Type],
    /// Whether there are comments.
    pub(crate) comments: bool,
    /// Collations that text may have.
    pub(crate) collations: &'static [&'static str],
    /// Whether an index may be over an expression or a part of the rows, and a foreign key may wait for the commit.
    pub(crate) extras: bool,
    /// Whether two tables may have foreign keys of one name.
    pub(crate) key_names: KeyNames,
    /// A string made from another, as SQL.
    pub(crate) longer: &'static str,
    /// The type that CAST makes a text with.
    pub(crate) text: &'static str,
    /// How names are quoted.
    pub(crate) dialect: fn() -> &'static dyn Dialect,
    /// The row's number, as SQL.
    pub(crate) row_number: &'static str,
    /// Bytes, as SQL.
    pub(crate) bytes: fn(usize) -> String,
    /// How a value of one type becomes one of another, if the database does not define it.
    pub(crate) using: fn(&str, &Type) -> Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyNames {
    OnceInATable,
    OnceInADatabase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Number,
    Text,
}

pub(crate) const SQLITE: Flavour = Flavour {
    mixed: &[
        (Type::Integer, Kind::Number),
        (Type::BigInt, Kind::Number),
        (Type::Text, Kind::Text),
        (Type::Varchar(20), Kind::Text),
        (Type::Double, Kind::Number),
        (Type::Numeric(10, 2), Kind::Number),
    ],
    keys: &[
        (Type::Integer, Kind::Number),
        (Type::BigInt, Kind::Number),
        (Type::Text, Kind::Text),
    ],
    moments: &[Type::Date, Type::Timestamp, Type::DateTime],
    comments: false,
    collations: &["NOCASE", "RTRIM"],
    extras: true,
    key_names: KeyNames::OnceInATable,
    longer: "name || 'x'",
    text: "TEXT",
    dialect: <Sqlite>::dialect,
    row_number: "rowid",
    bytes: |number| format!("x'0{number}'"),
    using: |_, _| None,
};

pub(crate) const POSTGRES: Flavour = Flavour {
    mixed: &[
        (Type::Integer, Kind::Number),
        (Type::BigInt, Kind::Number),
        (Type::SmallInt, Kind::Number),
        (Type::Text, Kind::Text),
        (Type::Varchar(20), Kind::Text),
        (Type::Double, Kind::Number),
        (Type::Numeric(10, 2), Kind::Number),
    ],
    keys: &[
        (Type::Integer, Kind::Number),
        (Type::BigInt, Kind::Number),
        (Type::Varchar(20), Kind::Text),
    ],
    moments: &[Type::Date, Type::Timestamp],
    comments: true,
    collations: &["C"],
    extras: true,
    key_names: KeyNames::OnceInATable,
    longer: "name || 'x'",
    text: "TEXT",
    dialect: <Postgres>::dialect,
    row_number: "(ctid::text::point)[1]::integer",
    bytes: |number| format!("'\\x0{number}'"),
    using: |column, kind| match kind {
        Type::Text | Type::Varchar(_) => Some(format!("{column}::text")),
        Type::Date | Type::Timestamp => None,
        number => Some(format!("{column}::text::numeric::{number}")),
    },
};

/// An index is over no text without a length here, and every column may have one.
pub(crate) const MYSQL: Flavour = Flavour {
    mixed: &[
        (Type::Integer, Kind::Number),
        (Type::BigInt, Kind::Number),
        (Type::SmallInt, Kind::Number),
        (Type::Varchar(40), Kind::Text),
        (Type::Varchar(20), Kind::Text),
        (Type::Double, Kind::Number),
        (Type::Numeric(10, 2), Kind::Number),
    ],
    keys: &[
        (Type::Integer, Kind::Number),
        (Type::BigInt, Kind::Number),
        (Type::Varchar(20), Kind::Text),
    ],
    moments: &[Type::Date, Type::Timestamp, Type::DateTime],
    comments: true,
    collations: &["utf8mb4_bin", "utf8mb4_unicode_ci"],
    extras: false,
    key_names: KeyNames::OnceInADatabase,
    longer: "concat(name, 'x')",
    text: "CHAR",
    dialect: <Mysql>::dialect,
    row_number: "uuid_short() % 30000",
    bytes: |number| format!("x'0{number}'"),
    using: |_, _| None,
};

impl Flavour {
    fn quoted(&self, name: &str) -> String {
        (self.dialect)().identifier(name)
    }
}

const TABLES: [&str; 7] = [
    "t",
    "order",
    "a b",
    "q\"uo'te; --",
    "Ünïcödé",
    "a_name_of_just_sixty_bytes_which_leaves_three_for_all_the_re",
    "select",
];

/// Names of columns by what they hold: numbers or text, truth values, moments, bytes, something computed, links.
const MIXED: [&str; 4] = ["name", "group", "odd \"name\"", "größe"];
const TRUTH: [&str; 2] = ["done", "is null"];
const MOMENT: [&str; 2] = ["made", "when"];
const BYTES: [&str; 1] = ["raw"];
const COMPUTED: [&str; 2] = ["twice", "com;puted"];
const LINKS: [&str; 3] = [
    "parent",
    "to",
    "a_link_whose_name_is_so_long_that_a_key_s_name_has_to_be_cu",
];

#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) flavour: &'static Flavour,
    pub(crate) from: SchemaPlan,
    pub(crate) to: SchemaPlan,
    /// How many rows each table has.
    pub(crate) rows: usize,
    /// Answers to questions, one after the other, again from the start.
    pub(crate) answers: Vec<bool>,
    /// Which tables may be dropped; the others are kept.
    pub(crate) drops: [bool; TABLES.len()],
}

#[derive(Debug, Clone)]
pub(crate) struct SchemaPlan {
    tables: Vec<Option<TablePlan>>,
    views: Vec<(usize, usize)>,
    named: bool,
}

#[derive(Debug, Clone)]
struct TablePlan {
    key: usize,
    named: bool,
    mixed: Vec<Option<MixedPlan>>,
    truth: Vec<Option<Option<bool>>>,
    moment: Vec<Option<(usize, bool)>>,
    bytes: bool,
    computed: Vec<bool>,
    links: Vec<Option<LinkPlan>>,
    together: Option<(usize, usize)>,
    indexes: Vec<IndexPlan>,
    comment: bool,
}

#[derive(Debug, Clone)]
struct MixedPlan {
    kind: usize,
    not_null: bool,
    default: usize,
    unique: bool,
    check: usize,
    collation: usize,
    comment: bool,
}

#[derive(Debug, Clone)]
struct LinkPlan {
    to: usize,
    action: usize,
    named: bool,
    deferred: bool,
    over: Over,
}

/// What there is over a link's column besides the foreign key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    Nothing,
    Index,
    UniqueIndex,
    Constraint,
}

#[derive(Debug, Clone)]
struct IndexPlan {
    over: (usize, usize),
    form: usize,
    unique: bool,
    filter: bool,
}

/// Returns pairs of schemas that have much in common.
pub(crate) fn pair(flavour: &'static Flavour) -> impl Strategy<Value = Pair> {
    (
        schema_plan(),
        schema_plan(),
        0..4_usize,
        prop::collection::vec(any::<bool>(), 1..4),
        any::<[bool; TABLES.len()]>(),
    )
        .prop_map(move |(from, mut to, rows, answers, drops)| {
            // A view that is no longer declared is kept, and would block what it reads.
            let missing = from.views.iter().skip(to.views.len());
            to.views.extend(missing.copied().collect::<Vec<_>>());
            Pair {
                flavour,
                from,
                to,
                rows,
                answers,
                drops,
            }
        })
}

fn schema_plan() -> impl Strategy<Value = SchemaPlan> {
    (
        prop::collection::vec(prop::option::of(table_plan()), 0..TABLES.len()),
        prop::collection::vec((0..TABLES.len(), 0..3_usize), 0..3),
        any::<bool>(),
    )
        .prop_map(|(tables, views, named)| SchemaPlan {
            tables,
            views,
            named,
        })
}

fn table_plan() -> impl Strategy<Value = TablePlan> {
    let mixed = (
        0..8_usize,
        any::<bool>(),
        0..4_usize,
        any::<bool>(),
        0..4_usize,
        0..4_usize,
        any::<bool>(),
    )
        .prop_map(
            |(kind, not_null, default, unique, check, collation, comment)| MixedPlan {
                kind,
                not_null,
                default,
                unique,
                check,
                collation,
                comment,
            },
        );
    let over = prop::sample::select(vec![
        Over::Nothing,
        Over::Index,
        Over::UniqueIndex,
        Over::Constraint,
    ]);
    let link = (
        0..TABLES.len(),
        0..6_usize,
        any::<bool>(),
        any::<bool>(),
        over,
    )
        .prop_map(|(to, action, named, deferred, over)| LinkPlan {
            to,
            action,
            named,
            deferred,
            over,
        });
    let index = (
        (0..MIXED.len(), 0..MIXED.len()),
        0..4_usize,
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(over, form, unique, filter)| IndexPlan {
            over,
            form,
            unique,
            filter,
        });
    (
        (0..5_usize, any::<bool>(), any::<bool>(), any::<bool>()),
        prop::collection::vec(prop::option::of(mixed), MIXED.len()),
        prop::collection::vec(prop::option::of(any::<Option<bool>>()), TRUTH.len()),
        prop::collection::vec(prop::option::of((0..3_usize, any::<bool>())), MOMENT.len()),
        prop::collection::vec(prop::bool::weighted(0.2), COMPUTED.len()),
        prop::collection::vec(prop::option::of(link), LINKS.len()),
        prop::option::of((0..MIXED.len(), 0..MIXED.len())),
        prop::collection::vec(index, 0..3),
    )
        .prop_map(
            |(
                (key, named, bytes, comment),
                mixed,
                truth,
                moment,
                computed,
                links,
                together,
                indexes,
            )| {
                TablePlan {
                    key,
                    named,
                    mixed,
                    truth,
                    moment,
                    bytes,
                    computed,
                    links,
                    together,
                    indexes,
                    comment,
                }
            },
        )
}

impl SchemaPlan {
    /// Builds the schema.
    pub(crate) fn build(&self, flavour: &Flavour) -> Schema {
        let mut schema = Schema::default();
        for (at, plan) in self.tables.iter().enumerate() {
            let Some(plan) = plan else { continue };
            schema.tables.push(self.table(at, plan, flavour));
            for (number, index) in plan.indexes.iter().enumerate() {
                schema
                    .indexes
                    .extend(self.index(at, plan, number, index, flavour));
            }
            schema.indexes.extend(self.over_links(at, plan, flavour));
        }
        for (number, (table, form)) in self.views.iter().enumerate() {
            let view = self.view(number, *table, *form, &schema, flavour);
            schema.views.push(view);
        }
        if self.named {
            NamingConvention::default().name_all(&mut schema);
        }
        schema
    }

    fn key_of(&self, table: usize, flavour: &Flavour) -> Option<Type> {
        let plan = self.tables.get(table)?.as_ref()?;
        plan.key_type(flavour)
    }

    fn table(&self, place: usize, plan: &TablePlan, flavour: &Flavour) -> Table {
        let mut table = Table::new(TABLES[place]);
        if let Some(kind) = plan.key_type(flavour) {
            let key = Column::new("id", kind).not_null();
            if plan.named {
                table.column(key);
                table.primary_key(PrimaryKey::new("id").named(format!("key of {place}")));
            } else {
                table.column(key.primary_key());
            }
        }
        for (at, column) in plan.mixed.iter().enumerate() {
            if let Some(column) = column {
                table.column(column.build(MIXED[at], flavour));
            }
        }
        plan.others(&mut table, place, flavour);
        for (at, link) in plan.links.iter().enumerate() {
            let Some(link) = link else { continue };
            let Some(kind) = self.key_of(link.to, flavour) else {
                continue;
            };
            let mut key = ForeignKey::to(TABLES[link.to], "id");
            let actions = [
                ReferentialAction::Cascade,
                ReferentialAction::SetNull,
                ReferentialAction::NoAction,
                ReferentialAction::Restrict,
            ];
            key.on_delete = actions.get(link.action).copied();
            if link.deferred && flavour.extras {
                key = key.deferred();
            }
            table.column(Column::new(LINKS[at], kind));
            if link.named {
                key = key.named(match flavour.key_names {
                    KeyNames::OnceInATable => format!("link {at}"),
                    KeyNames::OnceInADatabase => format!("link {at} of {place}"),
                });
            }
            table.foreign_key(LINKS[at], key);
            if link.over == Over::Constraint {
                table.unique(LINKS[at]);
            }
        }
        if table.columns.is_empty() {
            table.column(Column::new("only", Type::Integer));
        }
        if flavour.comments && plan.comment {
            table.comment = Some("what's \"it\"".to_owned());
        }
        table
    }

    fn view(
        &self,
        number: usize,
        table: usize,
        form: usize,
        schema: &Schema,
        flavour: &Flavour,
    ) -> View {
        let name = ["v", "the view"][number % 2];
        let found = self.tables.get(table).and_then(|plan| plan.as_ref());
        let query = found.and_then(|_| {
            let table = schema.table(TABLES[table])?;
            let column = table.columns.get(form % table.columns.len())?;
            Some(format!(
                "SELECT {} AS one FROM {}",
                flavour.quoted(&column.name),
                flavour.quoted(&table.name)
            ))
        });
        View::new(name, query.unwrap_or_else(|| "SELECT 1 AS one".to_owned()))
    }
}

impl TablePlan {
    fn key_type(&self, flavour: &Flavour) -> Option<Type> {
        flavour.keys.get(self.key).map(|(kind, _)| kind.clone())
    }

    fn others(&self, table: &mut Table, place: usize, flavour: &Flavour) {
        for (at, truth) in self.truth.iter().enumerate() {
            if let Some(default) = truth {
                let mut column = Column::new(TRUTH[at], Type::Boolean);
                column.default = default.map(DefaultValue::from);
                column.not_null = default.is_some();
                table.column(column);
            }
        }
        for (at, moment) in self.moment.iter().enumerate() {
            if let Some((kind, now)) = moment {
                let kind = flavour.moments[kind % flavour.moments.len()].clone();
                let column = Column::new(MOMENT[at], kind);
                table.column(match now {
                    true => column.default(Expr::new("CURRENT_TIMESTAMP")),
                    false => column,
                });
            }
        }
        if self.bytes {
            table.column(Column::new(BYTES[0], Type::Blob));
        }
        if let Some(Some(base)) = self.mixed.first() {
            let (kind, sql) = match base.is_text(flavour) {
                true => (Type::Text, flavour.longer.to_owned()),
                false => (Type::Double, format!("{} * 2", MIXED[0])),
            };
            for (at, there) in self.computed.iter().enumerate() {
                if *there {
                    table.column(Column::new(COMPUTED[at], kind.clone()).generated_stored(&sql));
                }
            }
        }
        let there: Vec<&str> = (0..MIXED.len())
            .filter(|at| matches!(self.mixed.get(*at), Some(Some(_))))
            .map(|at| MIXED[at])
            .collect();
        if let Some((one, other)) = self.together
            && one != other
            && there.contains(&MIXED[one])
            && there.contains(&MIXED[other])
        {
            let unique = Unique::new([MIXED[one], MIXED[other]]);
            table.uniques.push(match self.named {
                true => unique.named(format!("both of {place}")),
                false => unique,
            });
        }
        // A table without a key of one column may have one of several.
        if self.key == 4 && there.len() > 1 {
            for column in &mut table.columns {
                column.not_null |= there[..2].contains(&column.name.as_str());
            }
            table.primary_key = Some(PrimaryKey::new(&there[..2]));
        }
    }
}

impl SchemaPlan {
    /// The indexes over columns that reference other tables.
    fn over_links(&self, place: usize, table: &TablePlan, flavour: &Flavour) -> Vec<Index> {
        let mut indexes = Vec::new();
        for (at, link) in table.links.iter().enumerate() {
            let Some(link) = link else { continue };
            let over = matches!(link.over, Over::Index | Over::UniqueIndex);
            if !over || self.key_of(link.to, flavour).is_none() {
                continue;
            }
            let parts = vec![IndexPart::column(LINKS[at])];
            let mut index = Index::new(
                format!("ix over link {at} of {place}"),
                TABLES[place],
                parts,
            );
            index.unique = link.over == Over::UniqueIndex;
            if self.named {
                index.name.clear();
            }
            indexes.push(index);
        }
        indexes
    }

    fn index(
        &self,
        place: usize,
        table: &TablePlan,
        number: usize,
        plan: &IndexPlan,
        flavour: &Flavour,
    ) -> Option<Index> {
        let (one, other) = plan.over;
        let first = table.mixed.get(one)?.as_ref()?;
        let quoted = flavour.quoted(MIXED[one]);
        let mut parts = vec![match plan.form {
            1 => IndexPart::column(MIXED[one]).desc(),
            2 | 3 if !flavour.extras => IndexPart::column(MIXED[one]),
            2 if first.is_text(flavour) => IndexPart::expression(format!("lower({quoted})")),
            3 if !first.is_text(flavour) => IndexPart::expression(format!("{quoted} + 1")),
            _ => IndexPart::column(MIXED[one]),
        }];
        if one != other && matches!(table.mixed.get(other), Some(Some(_))) {
            parts.push(IndexPart::column(MIXED[other]));
        }
        let mut index = Index::new(format!("ix {number} of {place}"), TABLES[place], parts);
        index.unique = plan.unique;
        if plan.filter && flavour.extras {
            index = index.predicate(format!("{quoted} IS NOT NULL"));
        }
        if self.named {
            index.name.clear();
        }
        Some(index)
    }
}

impl MixedPlan {
    fn kind(&self, flavour: &Flavour) -> (Type, Kind) {
        flavour.mixed[self.kind % flavour.mixed.len()].clone()
    }

    fn is_text(&self, flavour: &Flavour) -> bool {
        self.kind(flavour).1 == Kind::Text
    }

    fn build(&self, name: &str, flavour: &Flavour) -> Column {
        let (kind, sort) = self.kind(flavour);
        let mut column = Column::new(name, kind);
        column.not_null = self.not_null;
        let text = sort == Kind::Text;
        column.default = match (self.default, text) {
            (1, true) => Some("it's".into()),
            (1, false) => Some(70.into()),
            (2, true) => Some("".into()),
            (2, false) => Some((-1).into()),
            (3, true) => Some(Expr::new("upper('x')").into()),
            _ => None,
        };
        column.unique = self.unique;
        let quoted = flavour.quoted(name);
        column.check = match (self.check, text) {
            (1, true) => Some(format!("length({quoted}) < 100")),
            (1, false) => Some(format!("{quoted} >= -1")),
            (2, true) => Some(format!("{quoted} <> '(no)'")),
            (2, false) => Some(format!("{quoted} <> 1000 OR {quoted} IS NULL")),
            _ => None,
        };
        if text {
            let collation = flavour.collations.get(self.collation);
            column.collation = collation.map(|name| (*name).to_owned());
        }
        if flavour.comments && self.comment {
            column.comment = Some(format!("about {name}"));
        }
        column
    }
}

/// A pair is shown as the statements that build its schemas.
impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (when, plan) in [("from", &self.from), ("to", &self.to)] {
            writeln!(f, "\n-- {when}")?;
            let schema = <Sqlite>::normalize(plan.build(self.flavour));
            for operation in create(&schema, &Options::of(<Sqlite>::RULES)) {
                for sql in ddl::statements((self.flavour.dialect)(), &operation) {
                    writeln!(f, "{sql};")?;
                }
            }
        }
        write!(
            f,
            "-- {} rows, answers {:?}, drops {:?}",
            self.rows, self.answers, self.drops
        )
    }
}

impl Pair {
    pub(crate) fn may_drop(&self, table: &str) -> bool {
        let at = TABLES.iter().position(|name| *name == table);
        at.is_some_and(|at| self.drops[at])
    }
}

/// Returns whether a column holds the number of its row.
pub(crate) fn is_numbered(name: &str) -> bool {
    name == "id" || MIXED.contains(&name)
}

/// Returns whether a column names rows of another table.
pub(crate) fn is_link(name: &str) -> bool {
    LINKS.contains(&name)
}
