//! MariaDB or MySQL.

use std::path::PathBuf;
use std::process::Child;
use std::sync::OnceLock;
use std::time::Duration;

use migrate_engine::backend::Backend as _;
use migrate_runtime::v1::{Mysql, MysqlClient};
use migrate_schema::schema::Schema;
use mysql::prelude::Queryable as _;
use mysql::{Conn, Opts, OptsBuilder};

use super::{Certificate, Private, database_name, found, has, missing, path, wants_private};

/// The variable that names a server.
const NAMED: &str = "MIGRATE_TEST_MYSQL_URL";

/// A MariaDB or MySQL server where tests may make databases.
pub struct MysqlServer {
    /// The server's URL without a database: `mysql://USER@HOST:PORT`.
    pub url: String,
    /// Ends the server when this process does, if it is a private one.
    _keeper: Option<Child>,
}

/// Returns the server, started at the first call; `None`, with the reason printed, if there is none.
///
/// # Panics
///
/// If there is none and `MIGRATE_TEST_REQUIRE_SERVERS` is set.
pub fn mysql() -> Option<&'static MysqlServer> {
    static SERVER: OnceLock<Result<MysqlServer, String>> = OnceLock::new();
    found(
        "MariaDB or MySQL",
        SERVER.get_or_init(|| running().map_or_else(fallback, Ok)),
    )
}

/// Makes an empty database on [`mysql()`]'s server, if that is MariaDB.
///
/// # Panics
///
/// As [`mysql()`].
pub fn mariadb_database() -> Option<MysqlDatabase> {
    let database = mysql()?.database();
    database.is_mariadb().then_some(database)
}

impl MysqlServer {
    /// Makes an empty database, dropped again with what is returned.
    pub fn database(&self) -> MysqlDatabase {
        let name = database_name();
        let mut conn = connect(&self.url).unwrap();
        conn.query_drop(format!("DROP DATABASE IF EXISTS {name}"))
            .unwrap();
        conn.query_drop(format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"))
            .unwrap();
        MysqlDatabase {
            url: format!("{}/{name}", self.url),
            server: self.url.clone(),
            name,
        }
    }
}

/// A database of one test.
pub struct MysqlDatabase {
    /// Its URL.
    pub url: String,
    /// Its name.
    pub name: String,
    server: String,
}

impl MysqlDatabase {
    /// Connects to it.
    pub fn connect(&self) -> Conn {
        connect(&self.url).unwrap()
    }

    /// Runs statements in it.
    pub fn run(&self, sql: &str) {
        self.connect().query_drop(sql).unwrap();
    }

    /// Returns whether the server is MariaDB, and not MySQL.
    pub fn is_mariadb(&self) -> bool {
        self.strings("SELECT VERSION()")[0].contains("MariaDB")
    }

    /// Returns the inspected schema of the database.
    pub fn schema(&self) -> Schema {
        let mut client = MysqlClient::connect(&self.url).unwrap();
        let read = <Mysql>::read(&mut client, Duration::from_secs(10), |op| Ok(op.schema()));
        read.unwrap().unwrap()
    }

    /// Returns the first column of each row, as text.
    pub fn strings(&self, sql: &str) -> Vec<String> {
        self.connect().query(sql).unwrap()
    }
}

impl Drop for MysqlDatabase {
    fn drop(&mut self) {
        if let Ok(mut conn) = connect(&self.server) {
            let _ = conn.query_drop("SET SESSION lock_wait_timeout = 5");
            let _ = conn.query_drop(format!("DROP DATABASE IF EXISTS {}", self.name));
        }
    }
}

fn connect(url: &str) -> Result<Conn, mysql::Error> {
    let options = OptsBuilder::from_opts(Opts::from_url(url)?);
    Conn::new(
        options
            .prefer_socket(false)
            .tcp_connect_timeout(Some(std::time::Duration::from_secs(5))),
    )
}

/// Returns the server that runs on this machine, if this user may make databases there.
fn running() -> Option<MysqlServer> {
    if wants_private() {
        return None;
    }
    // A named server is required, or tests of another version would run silently on the usual one.
    let usual = || "mysql://root@127.0.0.1:3306".to_owned();
    let url = std::env::var(NAMED).unwrap_or_else(|_| usual());
    Some(url).and_then(|url| {
        let grants: Vec<String> = connect(&url).ok()?.query("SHOW GRANTS").ok()?;
        let may = grants
            .iter()
            .any(|grant| grant.contains("ON *.*") && !grant.contains("GRANT USAGE"));
        may.then_some(MysqlServer { url, _keeper: None })
    })
}

fn fallback() -> Result<MysqlServer, String> {
    match std::env::var(NAMED) {
        Ok(named) if !wants_private() => {
            Err(format!("{NAMED} names {named}, which does not answer"))
        }
        _ => private(),
    }
}

/// Starts a server of our own, on a free port of this machine, that ends with this process.
fn private() -> Result<MysqlServer, String> {
    PrivateMysql::start(Private::new("mysql")?, Durability::Fast, "").map(MysqlServer::from)
}

/// Starts a server of our own with these settings.
///
/// # Errors
///
/// Why it can't be started.
pub fn mysql_with(settings: &str) -> Result<MysqlServer, String> {
    PrivateMysql::start(Private::new("mysql")?, Durability::Fast, settings).map(MysqlServer::from)
}

/// Starts a server of our own that encrypts, with this certificate.
///
/// # Errors
///
/// Why it can't be started.
pub fn encrypted_mysql(certificate: &Certificate) -> Result<MysqlServer, String> {
    let private = Private::new("mysql")?;
    certificate.write(&private.folder)?;
    let folder = private.folder.display();
    let settings = format!("--ssl-cert={folder}/cert.pem --ssl-key={folder}/key.pem");
    PrivateMysql::start(private, Durability::Fast, &settings).map(MysqlServer::from)
}

/// What becomes of a commit that the server reports as done, if the server dies.
#[derive(Clone, Copy)]
enum Durability {
    /// It may be lost: for tests that let the server live.
    Fast,
    /// It is kept.
    Full,
}

impl From<PrivateMysql> for MysqlServer {
    fn from(mut own: PrivateMysql) -> MysqlServer {
        MysqlServer {
            url: own.server.url,
            _keeper: own.keepers.pop(),
        }
    }
}

/// A server of one test, which it may kill and start again.
pub struct PrivateMysql {
    /// The server, also while it is down.
    pub server: MysqlServer,
    private: Private,
    /// The command that serves.
    serve: String,
    /// Each ends what it started when this process ends.
    keepers: Vec<Child>,
}

impl PrivateMysql {
    /// Starts a server that loses nothing when it is killed; `None`, with the reason printed, where its programs are
    /// missing.
    ///
    /// # Panics
    ///
    /// If they are missing and `MIGRATE_TEST_REQUIRE_SERVERS` is set.
    pub fn new() -> Option<PrivateMysql> {
        let started = Private::new("mysql")
            .and_then(|private| PrivateMysql::start(private, Durability::Full, ""));
        match started {
            Ok(server) => Some(server),
            Err(reason) => missing("MariaDB or MySQL", &reason),
        }
    }

    fn start(
        private: Private,
        durability: Durability,
        settings: &str,
    ) -> Result<PrivateMysql, String> {
        let mut folders = path();
        folders.push(PathBuf::from("/usr/sbin"));
        let find = |program: &str| {
            let found = folders.iter().find(|folder| has(folder, program));
            found.map(|folder| folder.join(program).display().to_string())
        };
        let none = "none runs on 127.0.0.1:3306, and `mariadbd` with `mariadb-install-db` is not installed";
        let server = find("mariadbd").or_else(|| find("mysqld")).ok_or(none)?;
        let install = find("mariadb-install-db").ok_or(none)?;
        let (user, port) = (&private.user, private.port);
        let (folder, data) = (private.folder.display(), private.folder.join("data"));
        let data = data.display();
        let flush = match durability {
            Durability::Fast => 0,
            Durability::Full => 1,
        };
        // A server that starts takes all temporary tables out of their folder, also those of another that runs.
        let options = format!("--no-defaults --datadir={data} --tmpdir={folder}");
        let prepare =
            format!("{user} {install} {options} --auth-root-authentication-method=normal");
        let serve = format!(
            "{user} {server} {options} --port={port} --bind-address=127.0.0.1 \
             --socket={folder}/socket --pid-file={folder}/pid --innodb-flush-log-at-trx-commit={flush} {settings}"
        );
        let url = format!("mysql://root@127.0.0.1:{port}");
        let mut own = PrivateMysql {
            server: MysqlServer { url, _keeper: None },
            private,
            serve,
            keepers: Vec::new(),
        };
        own.serve(&prepare)?;
        Ok(own)
    }

    fn serve(&mut self, prepare: &str) -> Result<(), String> {
        let answers = || connect(&self.server.url).is_ok();
        let keeper = self.private.start(prepare, &self.serve, answers)?;
        self.keepers.push(keeper);
        Ok(())
    }

    /// Returns the number of the server's process.
    pub fn process(&self) -> String {
        let pid = std::fs::read_to_string(self.private.folder.join("pid")).unwrap();
        pid.trim().to_owned()
    }

    /// Starts the server again after it was killed.
    pub fn again(&mut self) {
        self.serve("true").unwrap();
    }
}
