//! TLS with the feature `tls`: real handshakes with servers that have a certificate of their own.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, UdpSocket};
use std::thread;

use migrate_runtime::v1::{MysqlClient, PostgresClient};
use migrate_tests::servers::{self, Certificate};
use mysql::prelude::Queryable as _;

/// How a backend's URLs set TLS, and how its connections report it.
struct Dialect {
    mode: &'static str,
    roots: &'static str,
    off: &'static str,
    /// The values that use TLS if the server supports it.
    preferred: &'static [&'static str],
    anyone: &'static str,
    authority: &'static str,
    host: &'static str,
    /// Returns whether the server sees an encrypted connection, or the error.
    connect: fn(&str) -> Result<bool, String>,
}

const POSTGRES: Dialect = Dialect {
    mode: "sslmode",
    roots: "sslrootcert",
    off: "disable",
    preferred: &["prefer", "allow"],
    anyone: "require",
    authority: "verify-ca",
    host: "verify-full",
    connect: |url| {
        let mut client = PostgresClient::connect(url).map_err(|error| error.to_string())?;
        let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        Ok(client.client().query_one(sql, &[]).unwrap().get(0))
    },
};

const MYSQL: Dialect = Dialect {
    mode: "ssl-mode",
    roots: "ssl-ca",
    off: "DISABLED",
    preferred: &["PREFERRED", "preferred"],
    anyone: "REQUIRED",
    authority: "VERIFY_CA",
    host: "VERIFY_IDENTITY",
    connect: |url| {
        let mut client = MysqlClient::connect(url).map_err(|error| error.to_string())?;
        let sql = "SHOW SESSION STATUS LIKE 'Ssl_cipher'";
        let cipher: Option<(String, String)> = client.conn().query_first(sql).unwrap();
        Ok(cipher.is_some_and(|(_, cipher)| !cipher.is_empty()))
    },
};

impl Dialect {
    /// Tries each value on a server that has this certificate, for `localhost`, and listens at `url`.
    fn try_all(&self, certificate: &Certificate, url: &str) {
        let folder = tempfile::tempdir().unwrap();
        let roots = certificate.roots(folder.path());
        let roots = roots.to_str().unwrap().replace(' ', "%20");
        let (by_number, by_name) = (url, url.replace("127.0.0.1", "localhost"));
        let at =
            |address: &str, mode: &str| (self.connect)(&format!("{address}?{}={mode}", self.mode));
        assert_eq!(at(by_number, self.off), Ok(false));
        assert_eq!(at(by_number, self.anyone), Ok(true));
        for mode in self.preferred {
            assert_eq!(at(by_number, mode), Ok(true), "{mode}");
        }
        // Nobody that is well known vouches for it.
        for mode in [self.authority, self.host] {
            let error = at(&by_name, mode).unwrap_err();
            assert!(error.contains("UnknownIssuer"), "{mode}: {error}");
        }
        let known = |mode: &str, roots: &str| format!("{mode}&{}={roots}", self.roots);
        assert_eq!(at(&by_name, &known(self.authority, &roots)), Ok(true));
        assert_eq!(at(&by_name, &known(self.host, &roots)), Ok(true));
        let error = at(by_number, &known(self.host, &roots)).unwrap_err();
        assert!(error.contains("not valid for name"), "{error}");
        let error = at(&by_name, &known(self.host, "/nowhere.pem")).unwrap_err();
        assert!(
            error.contains("`/nowhere.pem` has no usable certificates"),
            "{error}"
        );
    }
}

#[test]
fn postgresql_is_trusted_as_the_url_says() {
    if servers::postgres().is_some() {
        let certificate = Certificate::new("localhost");
        let server = servers::encrypted_postgres(&certificate).unwrap();
        let url = format!("{}/postgres", server.url);
        POSTGRES.try_all(&certificate, &url);
        // Without an option, a local server is first tried unencrypted.
        assert_eq!((POSTGRES.connect)(&url), Ok(false));
        let mut client = PostgresClient::connect(&url).unwrap();
        client
            .client()
            .batch_execute("CREATE ROLE encrypted LOGIN")
            .unwrap();
        let url = url.replace("postgres@", "encrypted@");
        assert_eq!((POSTGRES.connect)(&url), Ok(true));
        let error = (POSTGRES.connect)(&format!("{url}?sslmode=disable")).unwrap_err();
        assert!(error.contains("pg_hba.conf rejects"), "{error}");
    }
}

#[test]
fn mariadb_is_trusted_as_the_url_says() {
    if servers::mysql().is_some() {
        let certificate = Certificate::new("localhost");
        let server = servers::encrypted_mysql(&certificate).unwrap();
        MYSQL.try_all(&certificate, &format!("{}/mysql", server.url));
    }
}

#[test]
fn only_a_local_server_is_connected_to_without_tls() {
    if let Some(server) = servers::postgres() {
        let database = server.database();
        let has_tls = database.strings("SHOW ssl") == ["on"];
        for mode in POSTGRES.preferred {
            let url = format!("{}?sslmode={mode}", database.url);
            assert_eq!((POSTGRES.connect)(&url), Ok(has_tls), "{mode}");
        }
    }
    if let Some(server) = servers::mysql() {
        let database = server.database();
        let has_tls = database.strings("SELECT @@have_ssl") == ["YES"];
        let url = format!("{}?ssl-mode=PREFERRED", database.url);
        assert_eq!((MYSQL.connect)(&url), Ok(has_tls));
    }
}

#[test]
fn only_the_tls_request_is_sent_to_another_machine() {
    // This machine by an address that others have too.
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    let found = socket
        .connect("192.0.2.1:9")
        .and_then(|()| socket.local_addr());
    let Some(address) = found.ok().filter(|found| !found.ip().is_loopback()) else {
        println!("skipped: this machine has no address but its own");
        return;
    };
    for mode in POSTGRES.preferred {
        let listener = TcpListener::bind((address.ip(), 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let received = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 8];
            stream.read_exact(&mut request).unwrap();
            stream.write_all(b"N").unwrap();
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest);
            (request, rest)
        });
        let url = format!(
            "postgres://u:sesame@{}:{port}/db?sslmode={mode}",
            address.ip()
        );
        let error = PostgresClient::connect(&url).err().unwrap();
        let message = format!("{error} / {}", error.help().unwrap_or_default());
        assert!(
            message.contains("does not support TLS") && message.contains("sslmode=disable"),
            "{message}"
        );
        let (request, rest) = received.join().unwrap();
        // https://www.postgresql.org/docs/current/protocol-message-formats.html: SSLRequest.
        assert_eq!(request, [0, 0, 0, 8, 4, 210, 22, 47]);
        assert!(rest.is_empty(), "{rest:?}");
    }
}
