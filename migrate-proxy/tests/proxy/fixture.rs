//! A database, a proxy in front of it, and the owner of its session.

use std::sync::Arc;
use std::time::Duration;

use migrate_proxy::{Address, Proxy, Upstream};
use migrate_tests::servers::{self, Database, MysqlDatabase};
use mysql::prelude::Queryable as _;

/// Returns a server's address from its URL, `scheme://user@host:port/…`.
pub fn upstream(url: &str) -> Upstream {
    let rest = url.split_once('@').unwrap().1;
    let host = rest.split('/').next().unwrap();
    let (host, port) = host.rsplit_once(':').unwrap();
    Upstream {
        address: Address::Tcp {
            host: host.to_owned(),
            port: port.parse().unwrap(),
        },
        tls: None,
        password: None,
        connect_timeout: Duration::from_secs(10),
    }
}

/// A PostgreSQL session with its owner.
pub struct Postgres {
    pub owner: postgres::Client,
    pub proxy: Arc<Proxy>,
    pub database: Database,
}

impl Postgres {
    /// Opens a session; `None` if there is no server.
    pub fn new() -> Option<Postgres> {
        let database = servers::postgres()?.database();
        let proxy = Proxy::postgres(upstream(&database.url)).unwrap();
        let config: postgres::Config = database.url.parse().unwrap();
        let owner = connect(&proxy, config);
        Some(Postgres {
            owner,
            proxy: Arc::new(proxy),
            database,
        })
    }

    /// Runs statements of the owner.
    pub fn run(&mut self, sql: &str) {
        self.proxy.wait_idle().unwrap();
        self.owner.batch_execute(sql).unwrap();
    }

    /// Returns the first column of each row that the owner sees.
    pub fn strings(&mut self, sql: &str) -> Vec<String> {
        self.proxy.wait_idle().unwrap();
        let rows = self.owner.query(sql, &[]).unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }
}

/// Connects the owner through the proxy.
pub fn connect(proxy: &Proxy, config: postgres::Config) -> postgres::Client {
    try_connect(proxy, config).unwrap()
}

pub fn try_connect(
    proxy: &Proxy,
    config: postgres::Config,
) -> Result<postgres::Client, postgres::Error> {
    let mut through = postgres::Config::new();
    through
        .host("127.0.0.1")
        .port(proxy.address().port())
        .ssl_mode(postgres::config::SslMode::Disable)
        .options(&format!(
            "{} {}",
            proxy.owner_token(),
            config.get_options().unwrap_or_default()
        ));
    if let Some(user) = config.get_user() {
        through.user(user);
    }
    if let Some(password) = config.get_password() {
        through.password(password);
    }
    if let Some(name) = config.get_dbname() {
        through.dbname(name);
    }
    through.connect(postgres::NoTls)
}

/// Runs async code of an application.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// A session of MariaDB or MySQL with its owner.
pub struct Mysql {
    pub owner: mysql::Conn,
    pub proxy: Arc<Proxy>,
    pub database: MysqlDatabase,
}

impl Mysql {
    /// Opens a session; `None` if there is no server.
    pub fn new() -> Option<Mysql> {
        let database = servers::mysql()?.database();
        let proxy = Proxy::mysql(upstream(&database.url)).unwrap();
        let owner = connect_mysql(&proxy, &database.url).unwrap();
        Some(Mysql {
            owner,
            proxy: Arc::new(proxy),
            database,
        })
    }

    /// Runs a statement of the owner.
    pub fn run(&mut self, sql: &str) {
        self.proxy.wait_idle().unwrap();
        self.owner.query_drop(sql).unwrap();
    }

    /// Returns the first column of each row that the owner sees.
    pub fn strings(&mut self, sql: &str) -> Vec<String> {
        self.proxy.wait_idle().unwrap();
        self.owner.query(sql).unwrap()
    }
}

/// Connects the owner through the proxy.
pub fn connect_mysql(proxy: &Proxy, url: &str) -> Result<mysql::Conn, mysql::Error> {
    let opts = mysql::Opts::from_url(url).unwrap();
    let user = format!("{}{}", proxy.owner_token(), opts.get_user().unwrap());
    let opts = mysql::OptsBuilder::from_opts(opts)
        .ip_or_hostname(Some("127.0.0.1"))
        .tcp_port(proxy.address().port())
        .prefer_socket(false)
        .user(Some(user));
    mysql::Conn::new(opts)
}
