//! Connections to a database, and their errors.

use migrate_runtime::v1::PostgresClient;
use migrate_tests::servers;

fn refusal(url: &str) -> String {
    let error = PostgresClient::connect(url).err().unwrap();
    format!("{error} {:?} {error:?}", error.help())
}

#[test]
fn an_unreachable_server_is_named_without_its_password() {
    let message = refusal("postgres://u:sesame@127.0.0.1:1/db?connect_timeout=2");
    assert!(
        message.contains("postgres://u@127.0.0.1:1/db")
            && message.contains("check that the server runs"),
        "{message}"
    );
    assert!(!message.contains("sesame"), "{message}");
}

#[test]
fn a_missing_database_is_named() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let message = refusal(&format!("{}/no_such_database", server.url).replace('@', ":sesame@"));
    assert!(
        message.contains("3D000") && message.contains("createdb"),
        "{message}"
    );
    assert!(!message.contains("sesame"), "{message}");
}

#[test]
fn requested_tls_is_refused_and_never_omitted() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let database = server.database();
    if database.strings("SHOW ssl") == ["on"] {
        println!("skipped: this server speaks TLS");
        return;
    }
    let url = database.url.replace('@', ":sesame@");
    for mode in ["require", "verify-ca", "verify-full"] {
        let message = refusal(&format!("{url}?sslmode={mode}"));
        assert!(
            message.contains("TLS") && !message.contains("sesame"),
            "{message}"
        );
        let message = refusal(&format!(
            "host=127.0.0.1 user=u password=sesame sslmode={mode}"
        ));
        assert!(!message.contains("sesame"), "{message}");
    }
    let message = refusal(&format!("{url}?sslmode=sesame"));
    assert!(
        message.contains("must be one of disable") && !message.contains("sesame"),
        "{message}"
    );
}

#[test]
fn keywords_equal_a_url() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let database = server.database();
    let (user, port) = (
        server.url["postgres://".len()..].split('@').next().unwrap(),
        server.url.rsplit(':').next().unwrap(),
    );
    let keywords = format!(
        "host=127.0.0.1 port={port} user={user} dbname={} sslmode=prefer",
        database.name
    );
    let mut client = PostgresClient::connect(&keywords).unwrap();
    let name: String = client
        .client()
        .query_one("SELECT current_database()::text", &[])
        .unwrap()
        .get(0);
    assert_eq!(name, database.name);
}
