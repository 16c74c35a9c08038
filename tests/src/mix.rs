//! Revisions outside transactions that mix all that a revision may do, made from a text: each letter is a step, or
//! several, and each leaves marks by which one sees whether it ran once.

use migrate_runtime::Migrations;
use migrate_runtime::v1::*;

use crate::journal_revisions::{self, JournalDialect};

/// The variable with the letters.
pub const LETTERS: &str = "MIGRATE_TEST_MIX";

/// The variable with the number of the letter before which the revision fails, as long as it is set.
pub const FAILS_AT: &str = "MIGRATE_TEST_MIX_FAILS";

/// All letters.
pub const ALL: &str = "abcdefghijklmnopqrstuvwx";

#[derive(Row)]
#[row(table = "items", key = "id")]
struct Item {
    id: i64,
    price: i64,
}

#[derive(Row)]
#[row(table = "notes", key = "id")]
struct Note {
    id: i64,
    word: String,
}

/// Returns the migrations with the one revision that the environment sets.
pub fn migrations<B: JournalDialect>() -> &'static Migrations<B> {
    journal_revisions::migrations_of(vec![("mixed", &[], up::<B>, down::<B>)])
}

fn up<B: JournalDialect>(op: &mut Op<'_, B>) -> Result<()> {
    let letters = std::env::var(LETTERS).unwrap_or_default();
    let fails: Option<usize> = std::env::var(FAILS_AT)
        .ok()
        .and_then(|number| number.parse().ok());
    op.create_table("log", |t| t.column(Column::new("word", Varchar(40))))?;
    op.create_table("notes", |t| {
        t.column(Column::new("id", Integer).primary_key());
        t.column(Column::new("word", Varchar(40)).not_null());
    })?;
    op.create_table("items", |t| {
        t.column(Column::new("id", Integer).primary_key());
        t.column(Column::new("price", Integer).not_null());
        t.column(Column::new("seen", Integer).not_null());
    })?;
    for id in 1..=3 {
        op.execute_with(
            "INSERT INTO items (id, price, seen) VALUES (?1, ?1, -1)",
            &params![id],
        )?;
    }
    for (number, letter) in letters.chars().enumerate() {
        if fails == Some(number) {
            op.execute("INSERT INTO what_is_not_there VALUES (1)")?;
        }
        step(op, letter, number)?;
    }
    match fails == Some(letters.len()) {
        true => Err(Error::msg("the revision fails at its end")),
        false => Ok(()),
    }
}

fn down<B: JournalDialect>(op: &mut Op<'_, B>) -> Result<()> {
    op.irreversible("it is run once")
}

fn step<B: JournalDialect>(op: &mut Op<'_, B>, letter: char, number: usize) -> Result<()> {
    let word = format!("{number}{letter}");
    let insert = |more: &str| format!("INSERT INTO log (word) VALUES ('{word}{more}')");
    let name = format!("{letter}{number}");
    match letter {
        'a' => op.execute(&insert("")),
        'b' => op.execute(&format!("{}; {}", insert("1"), insert("2"))),
        'c' => op.execute(&format!(
            "{}; {}; {}",
            insert("1"),
            B::NON_TRANSACTIONAL,
            insert("2")
        )),
        'd' => (0..3).try_for_each(|at| log(op, &format!("{word}{at}"))),
        'e' => op.execute(B::NON_TRANSACTIONAL),
        'f' => op.execute(&B::raw_index(None, number)),
        'g' => op.execute(&B::raw_index(Some(&name), number)),
        'h' => op.execute(&format!("CREATE TABLE {name} (id int)")),
        'i' => op.create_table(&name, |t| t.column(Column::new("id", Integer))),
        'j' => op.add_column("log", Column::new(&name, Integer)),
        'k' => op.once(&name, |op| {
            log(op, &format!("{word}1"))?;
            op.execute(&insert("2"))
        }),
        // What is still to be done is another after each step.
        'l' => {
            let todo = "SELECT id, price FROM items WHERE seen < ?1 ORDER BY id";
            for row in op.query(todo, &params![i64::try_from(number)?])? {
                let price = row[1].as_i64().unwrap_or(0) * 2 + 1;
                let params = params![i64::try_from(number)?, price, row[0].as_i64().unwrap_or(0)];
                op.execute_with(
                    "UPDATE items SET seen = ?1, price = ?2 WHERE id = ?3",
                    &params,
                )?;
                log(op, &format!("{word}{}", row[0].as_i64().unwrap_or(0)))?;
            }
            Ok(())
        }
        'm' => op
            .rows::<Item>()
            .filter("seen < ?1", &params![i64::try_from(number)?])
            .batch_size(2)
            .for_each_with(|op, item| {
                let params = params![i64::try_from(number)?, item.price * 3 % 1_000, item.id];
                op.execute_with(
                    "UPDATE items SET seen = ?1, price = ?2 WHERE id = ?3",
                    &params,
                )?;
                log(op, &format!("{word}{}", item.id))
            })
            .map(|_| ()),
        'n' => {
            let done = op.rows::<Item>().update(|item| {
                item.price += 7;
                Ok(())
            })?;
            log(op, &format!("{word}{}", done.rows_updated))
        }
        'o' => {
            let id = i64::try_from(number)? * 10;
            let notes = [id, id + 1].map(|id| Note {
                id,
                word: word.clone(),
            });
            let count = op.insert_rows(notes)?;
            log(op, &format!("{word}{count}"))
        }
        'p' => op.insert(Insert::new("log", "word").row(params![word.as_str()])),
        // A failure that the revision handles.
        'q' => match op.execute(&format!("INSERT INTO {name} VALUES (1)")) {
            Ok(()) => log(op, "it went well"),
            Err(_) => {
                op.execute(&insert(""))?;
                op.execute(&format!("CREATE TABLE {name} (id int)"))
            }
        },
        'r' => match B::block(&insert("1"), &insert("2")) {
            Some(sql) => op.execute(&sql),
            None => op.execute(&insert("")),
        },
        's' => {
            if !op.has_table(&name)? {
                op.create_table(&name, |t| t.column(Column::new("id", Integer)))?;
                log(op, &word)?;
            }
            Ok(())
        }
        't' => op.execute(&format!("ALTER TABLE items ADD COLUMN {name} int")),
        'u' => op.execute(&format!("CREATE VIEW {name} AS SELECT word FROM notes")),
        'v' => match B::routine(&name, &insert("1")) {
            Some(sql) => op
                .execute(&sql)
                .and_then(|()| op.execute(&format!("CALL {name}()"))),
            None => op.execute(&insert("1")),
        },
        // Statements of an operation with rows between them.
        'w' => op.add_column(
            "items",
            Column::new(&*name, Integer).not_null().fill("price + 1"),
        ),
        'x' => {
            op.add_column("items", Column::new(&*name, Integer))?;
            op.alter_column("items", &name, |c| c.not_null_with_fill("price * 2"))
        }
        _ => Err(Error::msg(format!("no step is `{letter}`"))),
    }
}

fn log<B: JournalDialect>(op: &mut Op<'_, B>, word: &str) -> Result<()> {
    op.execute_with("INSERT INTO log (word) VALUES (?1)", &params![word])
        .map(|_| ())
}
