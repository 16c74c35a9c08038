//! Database servers for tests: the one that runs on this machine, else a private one, else none.
//!
//! `MIGRATE_TEST_POSTGRES_URL` names a server, `postgres://USER@HOST:PORT`; `MIGRATE_TEST_PRIVATE_SERVERS` asks for private
//! ones; with `MIGRATE_TEST_REQUIRE_SERVERS` a missing server is a failure.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use postgres::{Client, Config, NoTls};

/// A PostgreSQL server where tests may make databases.
pub struct Server {
    /// The server's URL without a database: `postgres://USER@HOST:PORT`.
    pub url: String,
    /// Ends the server when this process does, if it is a private one: it waits for the other end of a pipe.
    _keeper: Option<Child>,
}

/// Returns the server, started at the first call; `None`, with the reason printed, where there is none.
///
/// # Panics
///
/// If there is none and `MIGRATE_TEST_REQUIRE_SERVERS` is set.
pub fn postgres() -> Option<&'static Server> {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    match SERVER.get_or_init(|| running().map_or_else(private, Ok)) {
        Ok(server) => Some(server),
        Err(reason) => {
            let required = std::env::var_os("MIGRATE_TEST_REQUIRE_SERVERS").is_some();
            assert!(!required, "no PostgreSQL server: {reason}");
            println!("skipped: no PostgreSQL server: {reason}");
            None
        }
    }
}

impl Server {
    /// Makes an empty database, dropped again with what is returned.
    pub fn database(&self) -> Database {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "migrate_test_{}_{}",
            std::process::id(),
            NUMBER.fetch_add(1, Ordering::Relaxed)
        );
        self.run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        self.run(&format!("CREATE DATABASE {name}"));
        Database {
            url: format!("{}/{name}", self.url),
            admin: format!("{}/postgres", self.url),
            name,
        }
    }

    fn run(&self, sql: &str) {
        run(&format!("{}/postgres", self.url), sql);
    }
}

/// A database of one test.
pub struct Database {
    /// Its URL.
    pub url: String,
    /// Its name.
    pub name: String,
    admin: String,
}

impl Database {
    /// Connects to it.
    pub fn connect(&self) -> Client {
        Client::connect(&self.url, NoTls).unwrap()
    }

    /// Runs statements in it.
    pub fn run(&self, sql: &str) {
        run(&self.url, sql);
    }

    /// Returns the first column of each row, as text.
    pub fn strings(&self, sql: &str) -> Vec<String> {
        let rows = self.connect().query(sql, &[]).unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Ok(mut client) = Client::connect(&self.admin, NoTls) {
            let _ = client.batch_execute(&format!(
                "DROP DATABASE IF EXISTS {} WITH (FORCE)",
                self.name
            ));
        }
    }
}

fn run(url: &str, sql: &str) {
    let mut client = Client::connect(url, NoTls).unwrap();
    client.batch_execute(sql).unwrap();
}

/// Returns the server that runs on this machine, if this user may make databases there.
fn running() -> Option<Server> {
    if std::env::var_os("MIGRATE_TEST_PRIVATE_SERVERS").is_some() {
        return None;
    }
    let named = std::env::var("MIGRATE_TEST_POSTGRES_URL").ok();
    let usual = ["postgres", "root"].map(|user| format!("postgres://{user}@127.0.0.1:5432"));
    named.into_iter().chain(usual).find_map(|url| {
        let mut config: Config = format!("{url}/postgres").parse().ok()?;
        let mut client = config
            .connect_timeout(Duration::from_secs(2))
            .connect(NoTls)
            .ok()?;
        let may = client
            .query_one(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user",
                &[],
            )
            .ok()?;
        may.get::<_, bool>(0)
            .then_some(Server { url, _keeper: None })
    })
}

/// Starts a server of our own, on a free port of this machine, that goes when this process does.
fn private() -> Result<Server, String> {
    let programs =
        programs().ok_or("none runs on 127.0.0.1:5432, and `initdb` is not installed")?;
    let folder = tempfile::tempdir()
        .map_err(|error| error.to_string())?
        .keep();
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map_err(|error| error.to_string())?
        .port();
    // The server does not run as root; the package has a user for it.
    let root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|id| id.stdout == b"0\n");
    let user = if root {
        "setpriv --reuid=postgres --regid=postgres --clear-groups"
    } else {
        ""
    };
    let script = format!(
        "{own}{user} {bin}/initdb -D {data} -U postgres -A trust -E UTF8 --locale=C.UTF-8 >/dev/null || exit 1\n\
         {user} {bin}/postgres -D {data} -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
             -c fsync=off >{data}/log 2>&1 &\n\
         server=$!\necho started\ncat >/dev/null\nkill -INT $server\nwait $server\nrm -rf {folder}\n",
        own = if root {
            format!("chown postgres {}\n", folder.display())
        } else {
            String::new()
        },
        bin = programs.display(),
        data = folder.join("data").display(),
        folder = folder.display(),
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
            .map_err(|_| "`initdb` failed".to_owned())?;
    }
    let url = format!("postgres://postgres@127.0.0.1:{port}");
    let deadline = Instant::now() + Duration::from_secs(30);
    while Instant::now() < deadline {
        if Client::connect(&format!("{url}/postgres"), NoTls).is_ok() {
            return Ok(Server {
                url,
                _keeper: Some(keeper),
            });
        }
        thread::sleep(Duration::from_millis(100));
    }
    Err("the private server did not start in 30 seconds".to_owned())
}

fn programs() -> Option<PathBuf> {
    let debian = std::fs::read_dir("/usr/lib/postgresql")
        .ok()
        .into_iter()
        .flatten();
    let mut folders: Vec<PathBuf> = debian
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    folders.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.reverse();
    folders.extend(std::env::split_paths(&path));
    folders
        .into_iter()
        .find(|folder| has(folder, "initdb") && has(folder, "postgres"))
}

fn has(folder: &Path, program: &str) -> bool {
    folder.join(program).is_file()
}
