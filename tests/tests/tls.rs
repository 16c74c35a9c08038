//! TLS with the feature `tls`: real handshakes with servers that have a certificate of their own.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use migrate_runtime::v1::{MysqlClient, PostgresClient};
use migrate_tests::servers::{self, Certificate};
use mysql::prelude::Queryable as _;

/// How a backend's URLs say it, and how its connections are asked.
struct Dialect {
    mode: &'static str,
    roots: &'static str,
    off: &'static str,
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
    /// Tries each word on a server that has this certificate, for `localhost`, and listens at `url`.
    fn try_all(&self, certificate: &Certificate, url: &str) {
        let folder = tempfile::tempdir().unwrap();
        let roots = certificate.roots(folder.path());
        let roots = roots.to_str().unwrap().replace(' ', "%20");
        let (by_number, by_name) = (url, url.replace("127.0.0.1", "localhost"));
        let at = |place: &str, mode: &str| (self.connect)(&format!("{place}?{}={mode}", self.mode));
        assert_eq!(at(by_number, self.off), Ok(false));
        assert_eq!(at(by_number, self.anyone), Ok(true));
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
            error.contains("`/nowhere.pem` has no certificates to trust"),
            "{error}"
        );
    }
}

#[test]
fn postgresql_is_trusted_as_the_url_says() {
    if servers::postgres().is_some() {
        let certificate = Certificate::new("localhost");
        let server = servers::encrypted_postgres(&certificate).unwrap();
        POSTGRES.try_all(&certificate, &format!("{}/postgres", server.url));
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
