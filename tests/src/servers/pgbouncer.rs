//! PgBouncer in front of the PostgreSQL server of the tests.

use std::fs;
use std::path::PathBuf;
use std::process::Child;

use postgres::{Client, NoTls};

use super::{Private, Server, has, missing, path};

/// A pooler of one test.
pub struct PgBouncer {
    /// Its URL without a database: `postgres://USER@HOST:PORT`.
    pub url: String,
    /// Ends it when this process ends.
    _keeper: Child,
}

impl PgBouncer {
    /// Starts a pooler of our own in `mode`, with `size` sessions for each database; `None`, with the reason printed,
    /// where it is not installed.
    ///
    /// # Panics
    ///
    /// If it is not there and `MIGRATE_TEST_REQUIRE_SERVERS` is set.
    pub fn new(server: &Server, mode: &str, size: u32) -> Option<PgBouncer> {
        match start(server, mode, size) {
            Ok(pooler) => Some(pooler),
            Err(reason) => missing("PgBouncer", &reason),
        }
    }
}

fn start(server: &Server, mode: &str, size: u32) -> Result<PgBouncer, String> {
    let mut folders = path();
    folders.push(PathBuf::from("/usr/sbin"));
    let program = folders.iter().find(|folder| has(folder, "pgbouncer"));
    let program = program.ok_or("`pgbouncer` is not installed")?;
    let program = program.join("pgbouncer").display().to_string();
    let (login, address) = server
        .url
        .trim_start_matches("postgres://")
        .split_once('@')
        .ok_or("the server's URL names no user")?;
    let (host, port) = address
        .rsplit_once(':')
        .ok_or("the server's URL names no port")?;
    let private = Private::new("postgres")?;
    let folder = private.folder.display();
    let settings = format!(
        "[databases]\n* = host={host} port={port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {}\n\
         unix_socket_dir =\nauth_type = trust\nauth_file = {folder}/users\npool_mode = {mode}\n\
         default_pool_size = {size}\nquery_wait_timeout = 3\n",
        private.port
    );
    let write = |name: &str, text: &str| fs::write(private.folder.join(name), text);
    write("ini", &settings)
        .and_then(|()| write("users", &format!("\"{login}\" \"\"\n")))
        .map_err(|error| error.to_string())?;
    let url = format!("postgres://{login}@127.0.0.1:{}", private.port);
    let serve = format!("{} {program} {folder}/ini", private.user);
    let answers = || Client::connect(&format!("{url}/postgres"), NoTls).is_ok();
    let keeper = private.start("true", &serve, answers)?;
    Ok(PgBouncer {
        url,
        _keeper: keeper,
    })
}
