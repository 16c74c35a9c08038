//! TLS with the feature `tls`: real handshakes with servers that have a certificate of their own.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use migrate_runtime::v1::{MysqlClient, PostgresClient};
use migrate_tests::servers::{self, Certificate};
use mysql::prelude::Queryable as _;

/// Returns what connecting says: whether the server sees an encrypted connection, or the error.
fn postgres(url: &str) -> Result<bool, String> {
    let mut client = PostgresClient::connect(url).map_err(|error| error.to_string())?;
    let row = client
        .client()
        .query_one(
            "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
            &[],
        )
        .unwrap();
    Ok(row.get(0))
}

#[test]
fn postgresql_is_trusted_as_the_url_says() {
    if servers::postgres().is_none() {
        return;
    }
    let certificate = Certificate::new("localhost");
    let folder = tempfile::tempdir().unwrap();
    let roots = certificate.roots(folder.path());
    let roots = roots.to_str().unwrap().replace(' ', "%20");
    let server = servers::encrypted_postgres(&certificate).unwrap();
    let (by_number, by_name) = (
        format!("{}/postgres", server.url),
        format!("{}/postgres", server.url.replace("127.0.0.1", "localhost")),
    );
    let at = |place: &str, options: &str| postgres(&format!("{place}?{options}"));
    assert_eq!(at(&by_number, "sslmode=disable"), Ok(false));
    assert_eq!(at(&by_number, "sslmode=require"), Ok(true));
    // Nobody that is well known vouches for it.
    for mode in ["verify-ca", "verify-full"] {
        let error = at(&by_name, &format!("sslmode={mode}")).unwrap_err();
        assert!(error.contains("UnknownIssuer"), "{mode}: {error}");
    }
    let known = |mode: &str| format!("sslmode={mode}&sslrootcert={roots}");
    assert_eq!(at(&by_number, &known("verify-ca")), Ok(true));
    assert_eq!(at(&by_name, &known("verify-full")), Ok(true));
    let error = at(&by_number, &known("verify-full")).unwrap_err();
    assert!(error.contains("not valid for name"), "{error}");
    let error = at(&by_name, "sslmode=verify-full&sslrootcert=/nowhere.pem").unwrap_err();
    assert!(
        error.contains("`/nowhere.pem` has no certificates to trust"),
        "{error}"
    );
}

/// The same of MariaDB.
fn mysql(url: &str) -> Result<bool, String> {
    let mut client = MysqlClient::connect(url).map_err(|error| error.to_string())?;
    let cipher: Option<(String, String)> = client
        .conn()
        .query_first("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
        .unwrap();
    Ok(cipher.is_some_and(|(_, cipher)| !cipher.is_empty()))
}

#[test]
fn mariadb_is_trusted_as_the_url_says() {
    if servers::mysql().is_none() {
        return;
    }
    let certificate = Certificate::new("localhost");
    let folder = tempfile::tempdir().unwrap();
    let roots = certificate.roots(folder.path());
    let roots = roots.to_str().unwrap().replace(' ', "%20");
    let server = servers::encrypted_mysql(&certificate).unwrap();
    let (by_number, by_name) = (
        format!("{}/mysql", server.url),
        format!("{}/mysql", server.url.replace("127.0.0.1", "localhost")),
    );
    let at = |place: &str, options: &str| mysql(&format!("{place}?{options}"));
    assert_eq!(at(&by_number, "ssl-mode=DISABLED"), Ok(false));
    assert_eq!(at(&by_number, "ssl-mode=REQUIRED"), Ok(true));
    // Nobody that is well known vouches for it.
    for mode in ["VERIFY_CA", "VERIFY_IDENTITY"] {
        let error = at(&by_name, &format!("ssl-mode={mode}")).unwrap_err();
        assert!(error.contains("UnknownIssuer"), "{mode}: {error}");
    }
    let known = |mode: &str| format!("ssl-mode={mode}&ssl-ca={roots}");
    assert_eq!(at(&by_name, &known("VERIFY_CA")), Ok(true));
    assert_eq!(at(&by_name, &known("VERIFY_IDENTITY")), Ok(true));
    let error = at(&by_number, &known("VERIFY_IDENTITY")).unwrap_err();
    assert!(
        error.contains("NotValidForName") || error.contains("not valid for name"),
        "{error}"
    );
    let error = at(&by_name, "ssl-mode=VERIFY_IDENTITY&ssl-ca=/nowhere.pem").unwrap_err();
    assert!(
        error.contains("`/nowhere.pem` has no certificates to trust"),
        "{error}"
    );
}
