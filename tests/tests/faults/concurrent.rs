//! An application that reads and writes while it is upgraded: no write is lost, and the upgrade succeeds.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use crate::journal::check_applied;
use crate::servers::{ALL, Engine};
use crate::subject_process::text;

#[test]
fn readers_and_writers_continue_during_an_upgrade_and_no_write_is_lost() {
    for name in ALL {
        let Some(engine) = Engine::new(name) else {
            continue;
        };
        let first = engine.runner(&["upgrade", "s1"]).output().unwrap();
        assert!(first.status.success(), "{name}: {}", text(&first));
        engine.run("CREATE TABLE visits (n INTEGER PRIMARY KEY)");
        let (over, written) = (AtomicBool::new(false), AtomicU32::new(0));
        let seen = AtomicU32::new(0);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let n = written.load(Ordering::Relaxed) + 1;
                    engine.run(&format!("INSERT INTO visits VALUES ({n})"));
                    written.store(n, Ordering::Relaxed);
                    thread::sleep(Duration::from_millis(2));
                }
            });
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    // Whole before and after: the table has its old name or its new one, and always its three rows.
                    let tables = engine.tables();
                    let table = if tables.iter().any(|table| table == "things") {
                        "things"
                    } else {
                        "items"
                    };
                    if let Some(found) = engine.try_query(&format!("SELECT 'row' FROM {table}")) {
                        assert_eq!(found, ["row"; 3], "{name}");
                        seen.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
            while written.load(Ordering::Relaxed) < 5 || seen.load(Ordering::Relaxed) < 5 {
                thread::sleep(Duration::from_millis(5));
            }
            // Between two revisions it rests, so that the others are sure to come by.
            let output = engine
                .runner(&["upgrade"])
                .env("MIGRATE_FAULT", "after:note:1=sleep:300")
                .output()
                .unwrap();
            thread::sleep(Duration::from_millis(50));
            over.store(true, Ordering::Relaxed);
            assert!(output.status.success(), "{name}: {}", text(&output));
        });
        let counted = engine.query("SELECT 'visit' FROM visits").len();
        assert_eq!(counted, written.load(Ordering::Relaxed) as usize, "{name}");
        engine.run("DROP TABLE visits");
        check_applied(&engine, name);
    }
}
