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

#[test]
fn the_url_of_a_pool_opens_the_database() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let database = server.database();
    for query in [
        // As a pool of sqlx, Prisma and Rails write them.
        "sslmode=prefer&statement-cache-capacity=100",
        "connection_limit=5&pool_timeout=10&pgbouncer=true&schema=public",
        "pool=5&encoding=utf8&prepared_statements=false",
        "application_name=x&options=-c%20lock_timeout%3D9s&target_session_attrs=read-write",
    ] {
        let url = format!("{}?{query}", database.url);
        let mut client = PostgresClient::connect(&url)
            .unwrap_or_else(|error| panic!("{url}: {error} {:?}", error.help()));
        let sql = "SELECT current_database()::text";
        let name: String = client.client().query_one(sql, &[]).unwrap().get(0);
        assert_eq!(name, database.name);
    }
}

#[test]
fn a_user_with_special_characters_connects() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let database = server.database();
    let role = format!("{} @:/%#", database.name);
    let password = "p@s:s/w%r#d ?&=+";
    let mut client = PostgresClient::connect(&database.url).unwrap();
    let sql = format!("CREATE ROLE \"{role}\" LOGIN PASSWORD '{password}'");
    client.client().batch_execute(&sql).unwrap();
    let (_, address) = database.url.rsplit_once('@').unwrap();
    let escaped =
        |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02x}")).collect() };
    let url = format!(
        "postgresql://{}:{}@{address}",
        escaped(&role),
        escaped(password)
    );
    let connected = PostgresClient::connect(&url).map(|mut other| -> String {
        let user = other.client().query_one("SELECT current_user::text", &[]);
        user.unwrap().get(0)
    });
    let sql = format!("DROP ROLE \"{role}\"");
    client.client().batch_execute(&sql).unwrap();
    assert_eq!(connected.map_err(|error| error.to_string()), Ok(role));
}
