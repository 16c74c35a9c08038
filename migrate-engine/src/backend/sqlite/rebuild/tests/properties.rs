//! Random tables and random alterations: the result is parsed again, everything else is kept, and no row is lost.

use std::panic::AssertUnwindSafe;

use proptest::prelude::*;
use rusqlite::Connection;

use super::super::alteration::{Change, ConstraintSelector, Edit, Position};
use super::super::edit::edit;
use super::super::quoted;
use super::super::table::Definition;
use super::household::{Picture, assert_whole, one, rebuild, rows};

/// A randomly written table, with random names, columns, gaps and comments.
#[derive(Debug, Clone)]
struct Plan {
    name: usize,
    columns: Vec<(usize, usize, Vec<usize>)>,
    constraints: Vec<usize>,
    gaps: Vec<usize>,
    options: usize,
    rows: i64,
}

const NAMES: [&str; 8] = ["t", "order", "a b", "x;y", "é", "q\"uote", "Ti'ck", "[b]"];
const TYPES: [&str; 9] = [
    "INT",
    "TEXT",
    "",
    "VARCHAR(10)",
    "REAL",
    "NUMERIC (8, 2)",
    "BLOB",
    "any thing",
    "\"odd type\"",
];
const CLAUSES: [&str; 12] = [
    "DEFAULT 1",
    "DEFAULT (1 + (2))",
    "DEFAULT \"x;y\"",
    "COLLATE NOCASE",
    "CHECK (@ IS NULL OR @ <> ')')",
    "DEFAULT -1.5e3",
    "CONSTRAINT n1 CHECK (length(@) < 1000)",
    "REFERENCES parent(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
    "NULL",
    "CONSTRAINT \"odd\"",
    "DEFAULT CURRENT_TIMESTAMP",
    "DEFAULT x'00ff'",
];
const GAPS: [&str; 7] = [
    " ",
    "\n  ",
    " /* c, ) */ ",
    " -- c, ( '\n\t",
    "\r\n ",
    "  ",
    "\n\n",
];
const CONSTRAINTS: [&str; 6] = [
    "CHECK (@ IS NULL OR 1)",
    "CONSTRAINT \"c;2\" CHECK (coalesce(@, 1) <> 'zzz')",
    "UNIQUE (rownum, @)",
    "CONSTRAINT u2 UNIQUE (@, rownum DESC) ON CONFLICT IGNORE",
    "FOREIGN KEY (@) REFERENCES parent ON UPDATE SET NULL",
    "CONSTRAINT dangling",
];
const OPTIONS: [&str; 2] = ["", " WITHOUT ROWID"];

fn plan() -> impl Strategy<Value = Plan> {
    let column = (
        0..TYPES.len(),
        0..GAPS.len(),
        prop::collection::vec(0..CLAUSES.len(), 0..4),
    );
    (
        0..NAMES.len(),
        prop::collection::vec(column, 1..6),
        prop::collection::vec(0..CONSTRAINTS.len(), 0..4),
        prop::collection::vec(0..GAPS.len(), 8),
        0..OPTIONS.len(),
        0_i64..30,
    )
        .prop_map(|(name, columns, constraints, gaps, options, rows)| Plan {
            name,
            columns,
            constraints,
            gaps,
            options,
            rows,
        })
}

impl Plan {
    fn gap(&self, at: usize) -> &'static str {
        GAPS[self.gaps[at % self.gaps.len()]]
    }

    fn column(at: usize) -> String {
        // Names of all kinds, each used once.
        match at % 4 {
            0 => format!("c{at}"),
            1 => format!("col umn{at}"),
            2 => format!("sele\"ct{at}"),
            _ => format!("ü{at};"),
        }
    }

    fn sql(&self) -> String {
        let mut elements = vec!["rownum INTEGER NOT NULL PRIMARY KEY".to_owned()];
        for (at, (data_type, gap, clauses)) in self.columns.iter().enumerate() {
            let name = quoted(&Plan::column(at));
            let mut text = format!("{name} {}", TYPES[*data_type]);
            let mut once = clauses.clone();
            once.dedup();
            for clause in once {
                text.push_str(GAPS[*gap]);
                text.push_str(&CLAUSES[clause].replace('@', &name));
            }
            elements.push(text);
        }
        for (at, constraint) in self.constraints.iter().enumerate() {
            let name = quoted(&Plan::column(at % self.columns.len()));
            elements.push(CONSTRAINTS[*constraint].replace('@', &name));
        }
        let mut sql = format!("CREATE TABLE {} (", quoted(NAMES[self.name]));
        for (at, element) in elements.iter().enumerate() {
            sql.push_str(self.gap(at));
            sql.push_str(element);
            sql.push_str(self.gap(at + 3));
            sql.push_str(if at + 1 < elements.len() { "," } else { "" });
        }
        format!("{sql}\n){}", OPTIONS[self.options])
    }

    fn database(&self) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        let table = quoted(NAMES[self.name]);
        let first = quoted(&Plan::column(0));
        connection
            .execute_batch(&format!(
                "CREATE TABLE parent (id INTEGER PRIMARY KEY); INSERT INTO parent VALUES (1), (2); {};
                 CREATE INDEX \"by;first\" ON {table} ({first} DESC, rownum) WHERE {first} IS NOT NULL;
                 CREATE INDEX by_expression ON {table} (coalesce({first}, 'x'));
                 CREATE TABLE child (id REFERENCES {table}(rownum) ON DELETE CASCADE);
                 CREATE VIEW seen AS SELECT rownum FROM {table};
                 CREATE TRIGGER told AFTER INSERT ON {table} BEGIN INSERT INTO parent VALUES (new.rownum + 100); END;",
                self.sql()
            ))
            .unwrap_or_else(|error| panic!("{error}: {}", self.sql()));
        for row in 0..self.rows {
            // Some rows violate a random constraint, and are left out.
            let _ = connection.execute(
                &format!("INSERT OR IGNORE INTO {table} (rownum, {first}) VALUES (?1, ?2)"),
                (row * 7 + 1, row % 3),
            );
        }
        connection
            .execute_batch(&format!(
                "INSERT INTO child SELECT rownum FROM {table}; PRAGMA foreign_keys = ON"
            ))
            .unwrap();
        connection
    }
}

#[derive(Debug, Clone)]
enum RequestedEdit {
    Default(usize),
    NoDefault(usize),
    NotNull(usize),
    Collation(usize),
    Type(usize, usize),
    Drop(usize),
    Add(bool, usize),
    Unique(usize),
    Check(usize),
    DropCheck(usize),
}

fn requested_edit() -> impl Strategy<Value = RequestedEdit> {
    let column = 0_usize..5;
    prop_oneof![
        column.clone().prop_map(RequestedEdit::Default),
        column.clone().prop_map(RequestedEdit::NoDefault),
        column.clone().prop_map(RequestedEdit::NotNull),
        column.clone().prop_map(RequestedEdit::Collation),
        (column.clone(), 0..TYPES.len())
            .prop_map(|(column, data_type)| RequestedEdit::Type(column, data_type)),
        column.clone().prop_map(RequestedEdit::Drop),
        (any::<bool>(), column.clone())
            .prop_map(|(first, column)| RequestedEdit::Add(first, column)),
        column.clone().prop_map(RequestedEdit::Unique),
        column.clone().prop_map(RequestedEdit::Check),
        column.prop_map(RequestedEdit::DropCheck),
    ]
}

impl RequestedEdit {
    fn edit(&self, plan: &Plan) -> Edit {
        let name = |at: usize| Plan::column(at % plan.columns.len());
        let alter = |at: usize, change| Edit::AlterColumn {
            column: name(at),
            change,
        };
        match self {
            RequestedEdit::Default(at) => alter(*at, Change::SetDefault("'it''s; new'".into())),
            RequestedEdit::NoDefault(at) => alter(*at, Change::DropDefault),
            RequestedEdit::NotNull(at) => alter(
                *at,
                Change::SetNotNull {
                    fill: Some("0".into()),
                },
            ),
            RequestedEdit::Collation(at) => alter(*at, Change::SetCollation("RTRIM".into())),
            RequestedEdit::Type(at, data_type) => {
                let using = Some(quoted(&name(*at)));
                alter(
                    *at,
                    Change::Type {
                        sql: TYPES[*data_type].into(),
                        using,
                    },
                )
            }
            RequestedEdit::Drop(at) => Edit::DropColumn { column: name(*at) },
            RequestedEdit::Add(first, at) => Edit::AddColumn {
                definition: "\"ne w\" DEFAULT (1 + 2) CHECK (\"ne w\" > 0)".into(),
                position: if *first {
                    Position::First
                } else {
                    Position::After(name(*at))
                },
                fill: Some("rownum + 1".into()),
            },
            RequestedEdit::Unique(at) => Edit::AddConstraint {
                definition: format!("CONSTRAINT new_one UNIQUE (rownum, {})", quoted(&name(*at))),
            },
            RequestedEdit::Check(at) => Edit::AddConstraint {
                definition: format!("CHECK ({0} IS NULL OR {0} IS NOT NULL)", quoted(&name(*at))),
            },
            RequestedEdit::DropCheck(at) => {
                let name = quoted(&name(*at));
                Edit::DropConstraint(ConstraintSelector::Check(format!("{name} IS NULL  OR 1")))
            }
        }
    }
}

/// Returns the texts of a statement's elements for comparison.
fn elements(sql: &str) -> Vec<String> {
    let table = Definition::read(sql).unwrap_or_else(|error| panic!("{}: {sql}", error.words(sql)));
    table
        .elements()
        .into_iter()
        .map(|span| sql[span].to_owned())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_edit_gives_the_same_bytes(plan in plan()) {
        let sql = plan.sql();
        prop_assert_eq!(edit(&sql, &[]).unwrap().sql, sql);
    }

    #[test]
    fn an_edit_leaves_every_other_element_alone(plan in plan(), requested in requested_edit()) {
        let sql = plan.sql();
        if let Ok(edited) = edit(&sql, &[requested.edit(&plan)]) {
            let (before, after) = (elements(&sql), elements(&edited.sql));
            let removed = before.iter().filter(|element| !after.contains(element)).count();
            let new = after.iter().filter(|element| !before.contains(element)).count();
            let limit = match requested {
                // Constraints on this column alone are removed with it.
                RequestedEdit::Drop(_) => (before.len() - after.len(), 0),
                RequestedEdit::DropCheck(_) => (1, 0),
                RequestedEdit::Add(..) | RequestedEdit::Unique(_) | RequestedEdit::Check(_) => (0, 1),
                _ => (1, 1),
            };
            prop_assert!(removed <= limit.0.max(1) && new <= limit.1, "{}\n{}", sql, edited.sql);
            prop_assert!(!matches!(requested, RequestedEdit::Add(..) | RequestedEdit::Unique(_) | RequestedEdit::Check(_)) || removed == 0, "{}\n{}", sql, edited.sql);
            let head = edited.table.open;
            prop_assert_eq!(&edited.sql[..head], &sql[..head]);
            let tail = Definition::read(&sql).unwrap().close;
            prop_assert_eq!(&edited.sql[edited.table.close..], &sql[tail..]);
        }
    }

    #[test]
    fn a_rebuild_keeps_the_rows_and_everything_around(plan in plan(), requested in prop::collection::vec(requested_edit(), 1..3)) {
        let connection = plan.database();
        let table = NAMES[plan.name];
        let before = Picture::of(&connection);
        let edits: Vec<Edit> = requested.iter().map(|requested| requested.edit(&plan)).collect();
        connection.execute_batch("BEGIN").unwrap();
        let done = std::panic::catch_unwind(AssertUnwindSafe(|| rebuild(&connection, table, &edits)));
        prop_assert!(done.is_ok(), "{}", plan.sql());
        connection.execute_batch("COMMIT").unwrap();
        let after = Picture::of(&connection);
        match done.unwrap() {
            Err(_) => prop_assert_eq!(after, before),
            Ok(_) => {
                let unchanged = unchanged_columns(&plan, &requested);
                let columns = |picture: &Picture| picture.rows[table].len();
                prop_assert_eq!(columns(&after), columns(&before));
                let values = format!("SELECT {} FROM {} ORDER BY rownum", unchanged.join(", "), quoted(table));
                let old = plan.database();
                prop_assert_eq!(rows(&old, &values), rows(&connection, &values));
                let (after, text, _) = after.without(table);
                let (before, _, _) = before.without(table);
                prop_assert_eq!(after, before);
                prop_assert!(edit(&text, &[]).is_ok());
                prop_assert_eq!(one::<i64>(&connection, "SELECT count(*) FROM child"), i64::try_from(rows(&connection, &values).len()).unwrap());
                assert_whole(&connection);
            }
        }
    }
}

/// Returns the columns that were not requested to change, without the current time, which can't be compared.
fn unchanged_columns(plan: &Plan, requested: &[RequestedEdit]) -> Vec<String> {
    let names = plan
        .columns
        .iter()
        .enumerate()
        .map(|(at, (_, _, clauses))| (at, clauses));
    let names = names.filter(|(at, clauses)| {
        let touched = requested.iter().any(|requested| match requested {
            RequestedEdit::NotNull(column)
            | RequestedEdit::Type(column, _)
            | RequestedEdit::Drop(column) => column % plan.columns.len() == *at,
            _ => false,
        });
        !touched && !clauses.contains(&10)
    });
    let mut columns = vec!["rownum".to_owned()];
    columns.extend(names.map(|(at, _)| quoted(&Plan::column(at))));
    columns
}
