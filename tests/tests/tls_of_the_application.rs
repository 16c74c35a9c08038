//! TLS to PostgreSQL, which an application provides itself. A test binary of its own, because there is one connector
//! for each process.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use std::sync::Mutex;

use migrate_runtime::v1::PostgresClient;
use migrate_tests::servers;
use postgres::NoTls;
use postgres::config::SslMode;

static MODES: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[test]
fn an_application_with_its_own_tls_never_connects_without_it() {
    let Some(server) = servers::postgres() else {
        return;
    };
    PostgresClient::connect_over_tls_with(|config, mode| {
        MODES.lock().unwrap().push(mode.to_owned());
        assert_eq!(config.get_ssl_mode(), SslMode::Require);
        if mode == "require" {
            // A placeholder for a connector: the options are what is tested here.
            return config.clone().ssl_mode(SslMode::Disable).connect(NoTls);
        }
        config.connect(NoTls)
    });
    let database = server.database();
    PostgresClient::connect(&format!("{}?sslmode=require", database.url)).unwrap();
    // A connector that has no TLS does not get in without.
    let error = PostgresClient::connect(&format!("{}?sslmode=verify-full", database.url));
    assert!(error.is_err());
    // For another machine it is the default. No host has this address.
    let away = "postgres://u@192.0.2.1/db?connect_timeout=1";
    assert!(PostgresClient::connect(away).is_err());
    // On this machine it is not, if the server takes that.
    PostgresClient::connect(&database.url).unwrap();
    assert_eq!(
        *MODES.lock().unwrap(),
        ["require", "verify-full", "verify-full"]
    );
}
