//! PostgreSQL.

use std::path::PathBuf;
use std::process::Child;
use std::sync::OnceLock;
use std::time::Duration;

use postgres::{Client, Config, NoTls};

use super::{Certificate, Private, database_name, found, has, path, wants_private};

/// The variable that names a server.
const NAMED: &str = "MIGRATE_TEST_POSTGRES_URL";

/// A PostgreSQL server where tests may make databases.
pub struct Server {
    /// The server's URL without a database: `postgres://USER@HOST:PORT`.
    pub url: String,
    /// Ends the server when this process does, if it is a private one: it waits for the other end of a pipe.
    _keeper: Option<Child>,
}

/// Returns the server, started at the first call; `None`, with the reason printed, if there is none.
///
/// # Panics
///
/// If there is none and `MIGRATE_TEST_REQUIRE_SERVERS` is set.
pub fn postgres() -> Option<&'static Server> {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    found(
        "PostgreSQL",
        SERVER.get_or_init(|| running().map_or_else(fallback, Ok)),
    )
}

impl Server {
    /// Makes an empty database, dropped again with what is returned.
    pub fn database(&self) -> Database {
        let name = database_name();
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
    if wants_private() {
        return None;
    }
    // A named server is required, or tests of another version would run silently on the usual one.
    let urls = match std::env::var(NAMED) {
        Ok(named) => vec![named],
        Err(_) => ["postgres", "root"]
            .map(|user| format!("postgres://{user}@127.0.0.1:5432"))
            .to_vec(),
    };
    urls.into_iter().find_map(|url| {
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

/// Starts a server of our own that speaks TLS with this certificate, in PEM form. A role `encrypted` gets in over TLS
/// only.
///
/// # Errors
///
/// Why it does not start.
pub fn encrypted_postgres(certificate: &Certificate) -> Result<Server, String> {
    let private = Private::new("postgres")?;
    let (user, folder) = (&private.user, private.folder.display());
    certificate.write(&private.folder)?;
    start(
        &private,
        // The server reads no key that others can read.
        &format!(
            "{user} cp {folder}/key.pem {folder}/data/key.pem && {user} chmod 600 {folder}/data/key.pem && \
             {user} sed -i '1i hostnossl all encrypted all reject' {folder}/data/pg_hba.conf"
        ),
        &format!(
            "-c ssl=on -c ssl_cert_file={folder}/cert.pem -c ssl_key_file={folder}/data/key.pem"
        ),
    )
}

fn fallback() -> Result<Server, String> {
    match std::env::var(NAMED) {
        Ok(named) if !wants_private() => {
            Err(format!("{NAMED} names {named}, which does not answer"))
        }
        _ => private(),
    }
}

/// Starts a server of our own, on a free port of this machine, that ends with this process.
fn private() -> Result<Server, String> {
    start(&Private::new("postgres")?, "true", "")
}

fn start(private: &Private, prepare: &str, settings: &str) -> Result<Server, String> {
    let programs =
        programs().ok_or("none runs on 127.0.0.1:5432, and `initdb` is not installed")?;
    let (user, port, bin) = (&private.user, private.port, programs.display());
    let data = private.folder.join("data");
    let data = data.display();
    let url = format!("postgres://postgres@127.0.0.1:{port}");
    let keeper = private.start(
        &format!(
            "({user} {bin}/initdb -D {data} -U postgres -A trust -E UTF8 --locale=C.UTF-8 && {prepare})"
        ),
        &format!(
            "{user} {bin}/postgres -D {data} -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off {settings}"
        ),
        || Client::connect(&format!("{url}/postgres"), NoTls).is_ok(),
    )?;
    Ok(Server {
        url,
        _keeper: Some(keeper),
    })
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
    folders.reverse();
    folders.extend(path());
    folders
        .into_iter()
        .find(|folder| has(folder, "initdb") && has(folder, "postgres"))
}
