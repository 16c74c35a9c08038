//! A schema as SQL: sorted and stable, for a file under version control.
//!
//! [`sql`] returns the statements that build an inspected schema in an empty database, tables by dependency and then by
//! name. Two databases with the same schema give the same text, whatever their histories are.

use std::collections::BTreeSet;

use migrate_engine::backend::Backend;
use migrate_schema::ddl::Dialect;
use migrate_schema::diff::{Options, create};
use migrate_schema::schema::{Schema, Table};

/// Returns the statements that build `schema`, each followed by a semicolon and an empty line.
///
/// ```
/// use migrate_schema::schema::{Column, Schema, Table, Type};
/// use migrate_runtime::v1::Sqlite;
///
/// let mut schema = Schema::default();
/// let mut users = Table::new("users");
/// users.column(Column::new("id", Type::Integer));
/// schema.tables.push(users);
/// let sql = migrate_tools::dump::sql::<Sqlite>(&schema);
/// assert_eq!(sql, "CREATE TABLE users (\n    id INTEGER\n);\n");
/// ```
#[must_use]
pub fn sql<B: Backend>(schema: &Schema) -> String {
    let mut sorted = schema.clone();
    sort(&mut sorted);
    sorted.others.values_mut().for_each(sort);
    let sorted = B::by_itself(sorted);
    let operations = create(&sorted, &Options::of(B::RULES));
    let mut statements = Vec::new();
    for group in operations.chunk_by(|one, other| one.place().0 == other.place().0) {
        let inside = group.iter().map(|operation| operation.place().1);
        let inside = inside.flat_map(B::dumped);
        match group.first().and_then(|first| first.place().0) {
            None => statements.extend(inside),
            Some(schema) => {
                let [enter, leave] = around(B::dialect(), schema);
                statements.push(enter);
                statements.extend(inside);
                statements.push(leave);
            }
        }
    }
    let ended: Vec<String> = B::for_a_client(for_the_session(statements))
        .iter()
        .map(|statement| format!("{}\n", B::ended(statement)))
        .collect();
    ended.join("\n")
}

/// Returns the text before and after the statements of a further schema: its names precede those that the client
/// already has in its search path.
fn around(dialect: &dyn Dialect, schema: &str) -> [String; 2] {
    let schema = dialect.string_literal(&dialect.identifier(schema));
    [
        format!(
            "SELECT set_config('search_path', {schema} || ', ' || current_setting('search_path'), false)"
        ),
        "RESET search_path".to_owned(),
    ]
}

fn sort(schema: &mut Schema) {
    schema.tables.sort_by(|a, b| a.name.cmp(&b.name));
    schema.tables.iter_mut().for_each(sort_constraints);
    // If index names are unique only within a table, two tables may have indexes of the same name.
    schema
        .indexes
        .sort_by(|a, b| (&a.name, &a.table).cmp(&(&b.name, &b.table)));
    schema.views.sort_by(|a, b| a.name.cmp(&b.name));
    schema.triggers.sort_by(|a, b| a.name.cmp(&b.name));
    schema.enums.sort_by(|a, b| a.name.cmp(&b.name));
}

/// Prepends the settings of a transaction as settings of the session, because a client reads the file without a
/// transaction.
fn for_the_session(statements: Vec<String>) -> Vec<String> {
    const LOCAL: &str = "SET LOCAL ";
    let (local, rest): (Vec<String>, Vec<String>) = statements
        .into_iter()
        .partition(|statement| statement.starts_with(LOCAL));
    let settings: BTreeSet<String> = local
        .iter()
        .map(|statement| statement.replacen(LOCAL, "SET ", 1))
        .collect();
    settings.into_iter().chain(rest).collect()
}

/// Sorts the parts of a table without a fixed position; columns keep theirs.
fn sort_constraints(table: &mut Table) {
    table
        .uniques
        .sort_by(|a, b| (&a.name, &a.columns).cmp(&(&b.name, &b.columns)));
    table
        .foreign_keys
        .sort_by(|a, b| (&a.name, &a.columns, &a.table).cmp(&(&b.name, &b.columns, &b.table)));
    table
        .checks
        .sort_by(|a, b| (&a.name, &a.condition).cmp(&(&b.name, &b.condition)));
    table
        .excludes
        .sort_by(|a, b| (&a.name, &a.definition).cmp(&(&b.name, &b.definition)));
}

/// Returns the lines that only one of two texts has, marked `-` and `+`, in order.
#[must_use]
pub fn differing_lines(from: &str, to: &str) -> Vec<String> {
    let (from, to): (Vec<&str>, Vec<&str>) = (from.lines().collect(), to.lines().collect());
    let common = longest_common(&from, &to);
    let mut lines = Vec::new();
    let (mut i, mut j) = (0, 0);
    for (a, b) in common.into_iter().chain([(from.len(), to.len())]) {
        lines.extend(from[i..a].iter().map(|line| format!("-{line}")));
        lines.extend(to[j..b].iter().map(|line| format!("+{line}")));
        (i, j) = (a + 1, b + 1);
    }
    lines
}

/// Returns the positions of the lines that both texts have, in order. Common lines at both ends are matched first,
/// which keeps the table for the rest small.
fn longest_common(from: &[&str], to: &[&str]) -> Vec<(usize, usize)> {
    let head = from.iter().zip(to).take_while(|(a, b)| a == b).count();
    let (rest_from, rest_to) = (&from[head..], &to[head..]);
    let pairs = rest_from.iter().rev().zip(rest_to.iter().rev());
    let tail = pairs.take_while(|(a, b)| a == b).count();
    let (a, b) = (
        &rest_from[..rest_from.len() - tail],
        &rest_to[..rest_to.len() - tail],
    );
    let mut lengths = vec![vec![0_u32; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            lengths[i][j] = if a[i] == b[j] {
                lengths[i + 1][j + 1] + 1
            } else {
                lengths[i + 1][j].max(lengths[i][j + 1])
            };
        }
    }
    let mut common: Vec<(usize, usize)> = (0..head).map(|at| (at, at)).collect();
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            common.push((head + i, head + j));
            (i, j) = (i + 1, j + 1);
        } else if lengths[i + 1][j] >= lengths[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    let ends = (0..tail).rev();
    common.extend(ends.map(|back| (from.len() - 1 - back, to.len() - 1 - back)));
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_differing_lines_are_reported() {
        assert_eq!(differing_lines("a\nb\nc", "a\nb\nc"), [] as [&str; 0]);
        assert_eq!(differing_lines("a\nb\nc", "a\nx\nc\nd"), ["-b", "+x", "+d"]);
        assert_eq!(differing_lines("", "a"), ["+a"]);
        assert_eq!(differing_lines("a\nb", "b"), ["-a"]);
        assert_eq!(differing_lines("a\nb\na", "a\na"), ["-b"]);
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn the_dump_builds_the_schema_and_is_reproduced() {
        use migrate_engine::v1::Sqlite;

        let build = |sql: &str| {
            let connection = rusqlite::Connection::open_in_memory().unwrap();
            connection.execute_batch(sql).unwrap();
            crate::scratch::inspect::<Sqlite>(&connection, "migrate_revisions").unwrap()
        };
        let first = build(
            "CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER NOT NULL REFERENCES a (id) ON DELETE CASCADE);
             CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR(20) DEFAULT 'x' CHECK (name <> ''));
             CREATE TABLE c (a INTEGER REFERENCES a, gone INTEGER REFERENCES gone);
             CREATE UNIQUE INDEX ix ON a (name DESC) WHERE name IS NOT NULL;
             CREATE VIEW v AS SELECT name FROM a;
             CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; END;",
        );
        let text = sql::<Sqlite>(&first);
        assert!(text.find("CREATE TABLE a").unwrap() < text.find("CREATE TABLE b").unwrap());
        let keys = "FOREIGN KEY (a) REFERENCES a,\n    FOREIGN KEY (gone) REFERENCES gone\n";
        assert!(text.contains(keys), "in its own words: {text}");
        let second = build(&text);
        assert_eq!(first.differences(&second), [] as [&str; 0], "{text}");
        assert_eq!(sql::<Sqlite>(&second), text);
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn two_histories_of_one_schema_give_the_same_dump() {
        use migrate_engine::v1::Sqlite;

        let text = |constraints: [&str; 4], last: &str| {
            let connection = rusqlite::Connection::open_in_memory().unwrap();
            let constraints = constraints.join(", ");
            let built = format!(
                "CREATE TABLE a (id INTEGER PRIMARY KEY);
                 CREATE TABLE b (x INTEGER, y INTEGER, {constraints}); {last}"
            );
            connection.execute_batch(&built).unwrap();
            let schema = crate::scratch::inspect::<Sqlite>(&connection, "").unwrap();
            sql::<Sqlite>(&schema)
        };
        let [key_x, key_y, check, unique] = [
            "CONSTRAINT fk_x FOREIGN KEY (x) REFERENCES a (id)",
            "CONSTRAINT fk_y FOREIGN KEY (y) REFERENCES a (id)",
            "CONSTRAINT ck CHECK (x > 0)",
            "CONSTRAINT uq UNIQUE (x, y)",
        ];
        let one = text(
            [key_x, key_y, check, unique],
            "CREATE INDEX i ON b (x); CREATE INDEX j ON a (id)",
        );
        let other = text(
            [unique, check, key_y, key_x],
            "CREATE INDEX j ON a (id); CREATE INDEX i ON b (x)",
        );
        assert_eq!(one, other);
    }
}
