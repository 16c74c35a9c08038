//! A database server that is killed while it works for an upgrade: the next run inspects the database and resumes.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use migrate_tests::servers::PrivateMysql;

use crate::journal::check_applied;
use crate::kill::strace_works;
use crate::servers::Engine;
use crate::subject_process::text;

/// The server is killed at the n-th time that it syncs: in a change of the schema, or in a
/// commit.
#[test]
fn a_mariadb_server_killed_in_an_upgrade_is_recovered_from() {
    if !strace_works() {
        return;
    }
    let Some(mut server) = PrivateMysql::new() else {
        return;
    };
    let mut kills = 0;
    for n in [1, 3, 6, 10, 15, 21, 28, 36, 45, 55] {
        let engine = Engine::Mysql(server.server.database());
        let mut killer = Command::new("strace")
            .args([
                "-f",
                "-qq",
                "-o",
                "/dev/null",
                "-e",
                "trace=fsync,fdatasync",
            ])
            .args([
                "-e",
                &format!("inject=fsync,fdatasync:signal=KILL:when={n}"),
            ])
            .args(["-p", &server.process()])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Until it has hold of every thread.
        thread::sleep(Duration::from_millis(300));
        let output = engine.runner(&["upgrade"]).output().unwrap();
        if output.status.success() {
            killer.kill().unwrap();
            killer.wait().unwrap();
            check_applied(&engine, &format!("{n}: it was not killed"));
            continue;
        }
        kills += 1;
        assert_eq!(output.status.code(), Some(1), "{n}: {}", text(&output));
        assert!(text(&output).contains("server"), "{n}: {}", text(&output));
        ended(&mut killer);
        server.again();
        let output = engine.runner(&["upgrade"]).output().unwrap();
        assert!(output.status.success(), "{n}: {}", text(&output));
        check_applied(&engine, &format!("killed at {n}"));
    }
    println!("{kills} kills");
    assert!(kills > 4, "only {kills} kills happened");
}

/// Waits until the killed server has ended, and with it what killed it.
fn ended(killer: &mut std::process::Child) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while killer.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "the server lives on");
        thread::sleep(Duration::from_millis(20));
    }
}
