//! Database servers for tests: the one that runs on this machine, else a private one, else none.
//!
//! `MIGRATE_TEST_POSTGRES_URL` and `MIGRATE_TEST_MYSQL_URL` name servers, `postgres://USER@HOST:PORT`;
//! `MIGRATE_TEST_PRIVATE_SERVERS` requires private ones; with `MIGRATE_TEST_REQUIRE_SERVERS` a missing server is a
//! failure.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

mod certificate;
mod mysql;
mod pgbouncer;
mod postgres;

pub use certificate::Certificate;
pub use mysql::{
    MysqlDatabase, MysqlServer, PrivateMysql, encrypted_mysql, mariadb_database, mysql, mysql_with,
};
pub use pgbouncer::PgBouncer;
pub use postgres::{Database, Server, encrypted_postgres, postgres};

/// Returns the server that was found, or reports why there is none.
fn found<S>(name: &str, server: &'static Result<S, String>) -> Option<&'static S> {
    match server {
        Ok(server) => Some(server),
        Err(reason) => missing(name, reason),
    }
}

/// Reports why there is no server; fails if none may be missing.
fn missing<S>(name: &str, reason: &str) -> Option<S> {
    let required = std::env::var_os("MIGRATE_TEST_REQUIRE_SERVERS").is_some();
    assert!(!required, "no {name} server: {reason}");
    println!("skipped: no {name} server: {reason}");
    None
}

fn wants_private() -> bool {
    std::env::var_os("MIGRATE_TEST_PRIVATE_SERVERS").is_some()
}

/// Returns a name for a database that no other test of this machine uses.
fn database_name() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!(
        "migrate_test_{}_{}",
        std::process::id(),
        NUMBER.fetch_add(1, Ordering::Relaxed)
    )
}

/// What a private server needs.
struct Private {
    folder: PathBuf,
    port: u16,
    /// The arguments before a command that must not run as root.
    user: String,
}

impl Private {
    /// Finds a free port and a folder, which belongs to `user` where this process is root's.
    fn new(user: &str) -> Result<Private, String> {
        let folder = tempfile::tempdir()
            .map_err(|error| error.to_string())?
            .keep();
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .map_err(|error| error.to_string())?
            .port();
        let root = Command::new("id")
            .arg("-u")
            .output()
            .is_ok_and(|id| id.stdout == b"0\n");
        if !root {
            let user = String::new();
            return Ok(Private { folder, port, user });
        }
        let owned = Command::new("chown").arg(user).arg(&folder).status();
        if !owned.is_ok_and(|status| status.success()) {
            return Err(format!("there is no user `{user}` to run it"));
        }
        Ok(Private {
            folder,
            port,
            user: format!("setpriv --reuid={user} --regid={user} --clear-groups"),
        })
    }

    /// Runs `prepare`, then `serve` until this process ends, and waits until `answers`.
    fn start(
        &self,
        prepare: &str,
        serve: &str,
        answers: impl Fn() -> bool,
    ) -> Result<Child, String> {
        let script = format!(
            "{prepare} >{folder}/prepared 2>&1 || exit 1\n{serve} >{folder}/log 2>&1 &\n\
             server=$!\necho started\ncat >/dev/null\nkill -INT $server 2>/dev/null\nkill -TERM $server 2>/dev/null\nwait $server\nrm -rf {folder}\n",
            folder = self.folder.display(),
        );
        let mut keeper = Command::new("sh")
            .args(["-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut word = [0; 7];
        if let Some(output) = &mut keeper.stdout {
            output
                .read_exact(&mut word)
                .map_err(|_| format!("it can't be prepared: see {}", self.folder.display()))?;
        }
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            if answers() {
                return Ok(keeper);
            }
            thread::sleep(Duration::from_millis(100));
        }
        Err("the private server did not start in 30 seconds".to_owned())
    }
}

fn has(folder: &Path, program: &str) -> bool {
    folder.join(program).is_file()
}

/// The folders where programs are looked for.
fn path() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).collect()
}
