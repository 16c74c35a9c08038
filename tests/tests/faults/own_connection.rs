//! A revision that waits for a connection which its own code opened: the command names the connection.

use migrate_tests::own_connection;

use crate::servers::Engine;
use crate::subject_process::text;

#[test]
fn a_revision_that_waits_for_itself_is_reported_while_it_runs_and_in_its_error() {
    let Some(engine) = Engine::new("postgres") else {
        return;
    };
    let run = engine
        .runner(&["upgrade", "--lock-timeout", "1"])
        .env(own_connection::SELECT, "1")
        .output()
        .unwrap();
    let output = text(&run);
    assert_eq!(run.status.code(), Some(5), "{output}");
    for expected in [
        "warning: connection ",
        " waits for a lock of revision `r2`: SET lock_timeout = '6s'; UPDATE a SET b = 1",
        "\n  this program opened that connection; if the revision waits for it, neither can continue",
        "\n  in a revision, use `op.connection()` and open no other connection to the database",
        "waited for a lock of this revision, and the revision probably waited for that connection",
    ] {
        assert!(output.contains(expected), "{expected}: {output}");
    }
}
