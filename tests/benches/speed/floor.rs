//! The hand-written floor: the source of a binary that does with rusqlite alone what the generated revisions do.

/// Returns the statement that revision `i` runs; every fourth makes a table, the others work on it.
pub(crate) fn statement(i: usize) -> String {
    let table = i / 4;
    match i % 4 {
        0 => format!(
            "CREATE TABLE \"table_{table}\" (\"id\" INTEGER NOT NULL, \"name\" VARCHAR(100) NOT NULL, PRIMARY KEY (\"id\"))"
        ),
        1 => format!("ALTER TABLE \"table_{table}\" ADD COLUMN \"note\" TEXT"),
        2 => format!("CREATE INDEX \"table_{table}_name\" ON \"table_{table}\" (\"name\")"),
        _ => format!("INSERT INTO table_{table} (id, name) VALUES (1, 'first')"),
    }
}

/// Returns the binary: `upgrade` runs everything in one transaction with its version rows, `read` reads them.
pub(crate) fn program(count: usize) -> String {
    let mut text = String::from(HEAD);
    text.push_str("const STEPS: &[(&str, &str, &str)] = &[\n");
    for i in 0..count {
        let parent = if i == 0 {
            String::new()
        } else {
            crate::app::id(i - 1)
        };
        text.push_str(&format!(
            "    ({:?}, {parent:?}, {:?}),\n",
            crate::app::id(i),
            statement(i)
        ));
    }
    text.push_str("];\n");
    text
}

const HEAD: &str = r#"use rusqlite::{Connection, params};

fn main() -> rusqlite::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (command, path) = (arguments.next().unwrap(), arguments.next().unwrap());
    let mut connection = Connection::open(path)?;
    if command == "read" {
        let mut statement = connection.prepare("SELECT revision, checksum FROM migrate_revisions")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let rows: Vec<(String, String)> = rows.collect::<rusqlite::Result<_>>()?;
        assert_eq!(rows.len(), STEPS.len());
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "CREATE TABLE migrate_revisions (revision TEXT NOT NULL PRIMARY KEY, down_revision TEXT NOT NULL,
            depends_on TEXT NOT NULL, message TEXT NOT NULL, checksum TEXT NOT NULL, status TEXT NOT NULL,
            compatibility TEXT NOT NULL, sequence INTEGER, applied_at TEXT NOT NULL, duration INTEGER, tool_version TEXT NOT NULL)",
    )?;
    for (i, (revision, down_revision, sql)) in STEPS.iter().enumerate() {
        transaction.execute_batch(sql)?;
        transaction
            .prepare_cached(
                "INSERT INTO migrate_revisions VALUES (?1, ?2, '', ?3, 'v1:00000000000000000000000000000000', 'applied',
                    'additive', ?4, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 0, '0.1.0')",
            )?
            .execute(params![revision, down_revision, "message", i as i64])?;
    }
    transaction.commit()
}

"#;
