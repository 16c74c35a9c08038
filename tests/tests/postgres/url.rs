//! Ways into a database, and the errors where there is none.

use migrate_runtime::v1::PostgresClient;
use migrate_tests::servers;

fn refusal(url: &str) -> String {
    let error = PostgresClient::connect(url).err().unwrap();
    format!("{error} {:?} {error:?}", error.help())
}

#[test]
fn a_server_that_is_not_there_is_named_without_its_password() {
    let told = refusal("postgres://u:sesame@127.0.0.1:1/db?connect_timeout=2");
    assert!(
        told.contains("postgres://u@127.0.0.1:1/db") && told.contains("check that the server runs"),
        "{told}"
    );
    assert!(!told.contains("sesame"), "{told}");
}

#[test]
fn a_database_that_is_not_there_is_named() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let told = refusal(&format!("{}/no_such_database", server.url).replace('@', ":sesame@"));
    assert!(
        told.contains("3D000") && told.contains("createdb"),
        "{told}"
    );
    assert!(!told.contains("sesame"), "{told}");
}

#[test]
fn tls_that_is_asked_for_is_refused_and_never_left_out() {
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
        let told = refusal(&format!("{url}?sslmode={mode}"));
        assert!(told.contains("TLS") && !told.contains("sesame"), "{told}");
        let told = refusal(&format!(
            "host=127.0.0.1 user=u password=sesame sslmode={mode}"
        ));
        assert!(!told.contains("sesame"), "{told}");
    }
    let told = refusal(&format!("{url}?sslmode=sesame"));
    assert!(
        told.contains("must be one of disable") && !told.contains("sesame"),
        "{told}"
    );
}

#[test]
fn words_say_the_same_as_a_url() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let database = server.database();
    let (user, port) = (
        server.url["postgres://".len()..].split('@').next().unwrap(),
        server.url.rsplit(':').next().unwrap(),
    );
    let words = format!(
        "host=127.0.0.1 port={port} user={user} dbname={} sslmode=prefer",
        database.name
    );
    let mut client = PostgresClient::connect(&words).unwrap();
    let name: String = client
        .client()
        .query_one("SELECT current_database()::text", &[])
        .unwrap()
        .get(0);
    assert_eq!(name, database.name);
}
