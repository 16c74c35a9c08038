//! What the owner pays for the proxy. Run with `--ignored --nocapture`.

use std::time::Instant;

use mysql::prelude::Queryable as _;

use crate::fixture::{Mysql, Postgres};

const ROUNDS: u32 = 10_000;

fn time(name: &str, mut round: impl FnMut()) {
    round();
    let start = Instant::now();
    for _ in 0..ROUNDS {
        round();
    }
    println!(
        "{name}: {:.1} µs",
        start.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS)
    );
}

#[test]
#[ignore = "a measurement"]
fn round_trips() {
    if let Some(mut session) = Postgres::new() {
        let mut direct = session.database.connect();
        for _ in 0..2 {
            time("PostgreSQL direct", || {
                direct.batch_execute("SELECT 1").unwrap()
            });
            time("PostgreSQL proxy", || {
                session.owner.batch_execute("SELECT 1").unwrap()
            });
            time("PostgreSQL direct, prepared", || {
                drop(direct.query("SELECT 1", &[]).unwrap())
            });
            time("PostgreSQL proxy, prepared", || {
                drop(session.owner.query("SELECT 1", &[]).unwrap())
            });
            let large = "SELECT i, repeat('x', 100) FROM generate_series(1, 500000) AS i";
            for (name, client) in [("direct", &mut direct), ("proxy", &mut session.owner)] {
                let start = Instant::now();
                let rows = client.query(large, &[]).unwrap().len();
                println!("PostgreSQL {name}, {rows} rows: {:?}", start.elapsed());
            }
        }
    }
    if let Some(mut session) = Mysql::new() {
        let mut direct = session.database.connect();
        for _ in 0..2 {
            time("MariaDB direct", || direct.query_drop("SELECT 1").unwrap());
            time("MariaDB proxy", || {
                session.owner.query_drop("SELECT 1").unwrap()
            });
        }
    }
}
