//! Connections to a database, and their errors.

use migrate_runtime::v1::MysqlClient;
use migrate_tests::servers;
use mysql::prelude::Queryable as _;

fn refusal(url: &str) -> String {
    let error = MysqlClient::connect(url).err().unwrap();
    format!("{error} {:?} {error:?}", error.help())
}

#[test]
fn an_unreachable_server_is_named_without_its_password() {
    let message = refusal("mysql://u:sesame@127.0.0.1:1/db?connect_timeout=2");
    assert!(
        message.contains("mysql://u@127.0.0.1:1/db")
            && message.contains("check that the server runs"),
        "{message}"
    );
    assert!(!message.contains("sesame"), "{message}");
}

#[test]
fn a_missing_database_and_a_wrong_password_are_reported() {
    let Some(server) = servers::mysql() else {
        return;
    };
    let message = refusal(&format!("{}/no_such_database", server.url));
    assert!(
        message.contains("1049") && message.contains("CREATE DATABASE"),
        "{message}"
    );
    let message = refusal(&format!("{}/mysql", server.url).replace('@', ":sesame@"));
    assert!(message.contains("1045"), "{message}");
    assert!(!message.contains("sesame"), "{message}");
}

#[test]
fn a_url_names_a_database() {
    let message = refusal("mariadb://u:sesame@localhost");
    assert!(
        message.contains("names no database") && !message.contains("sesame"),
        "{message}"
    );
}

#[test]
fn requested_tls_is_refused_and_never_omitted() {
    let Some(server) = servers::mysql() else {
        return;
    };
    let database = server.database();
    // MariaDB may support TLS; MySQL always does, unless it is disabled.
    let says = "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_VARIABLES WHERE VARIABLE_NAME = 'have_ssl'";
    if !database.is_mariadb() || database.strings(says) == ["YES"] {
        println!("skipped: this server speaks TLS");
        return;
    }
    let url = database.url.replace('@', ":sesame@");
    for mode in ["REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY", "verify-full"] {
        let message = refusal(&format!("{url}?ssl-mode={mode}"));
        assert!(
            message.contains("secure connection") && !message.contains("sesame"),
            "{message}"
        );
    }
    let message = refusal(&format!("{url}?ssl-mode=sesame"));
    assert!(
        message.contains("must be one of DISABLED") && !message.contains("sesame"),
        "{message}"
    );
}

#[test]
fn either_scheme_opens_the_same_database() {
    let Some(server) = servers::mysql() else {
        return;
    };
    let database = server.database();
    for url in [
        database.url.clone(),
        database.url.replace("mysql://", "mariadb://"),
        format!("{}?ssl-mode=DISABLED&connect_timeout=3", database.url),
    ] {
        MysqlClient::connect(&url).unwrap();
    }
}

#[test]
fn the_url_of_a_pool_opens_the_database() {
    let Some(server) = servers::mysql() else {
        return;
    };
    let database = server.database();
    for query in [
        // As a pool of sqlx, Prisma, the driver and JDBC write them.
        "ssl-mode=PREFERRED&charset=utf8mb4&charset=utf8mb4_unicode_ci&statement-cache-capacity=100",
        "connection_limit=5&pool_timeout=10&socket_timeout=3",
        "pool_min=1&pool_max=2&stmt_cache_size=9&charset=latin1",
        "useUnicode=true&characterEncoding=utf8&serverTimezone=UTC",
    ] {
        let url = format!("{}?{query}", database.url);
        let mut client = MysqlClient::connect(&url)
            .unwrap_or_else(|error| panic!("{url}: {error} {:?}", error.help()));
        let name: Option<String> = client.conn().query_first("SELECT DATABASE()").unwrap();
        assert_eq!(name.as_ref(), Some(&database.name));
    }
}

#[test]
fn a_user_with_special_characters_connects() {
    let Some(server) = servers::mysql() else {
        return;
    };
    let database = server.database();
    let user = format!("u{} @:/%#", std::process::id());
    let password = "p@s:s/w%r#d ?&=+";
    let mut client = MysqlClient::connect(&database.url).unwrap();
    for sql in [
        format!("CREATE USER '{user}'@'%' IDENTIFIED BY '{password}'"),
        format!("GRANT ALL ON `{}`.* TO '{user}'@'%'", database.name),
    ] {
        client.conn().query_drop(sql).unwrap();
    }
    let (_, address) = database.url.rsplit_once('@').unwrap();
    let escaped =
        |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02x}")).collect() };
    let url = format!(
        "mariadb://{}:{}@{address}",
        escaped(&user),
        escaped(password)
    );
    let connected = MysqlClient::connect(&url).map(|mut other| -> Option<String> {
        let sql = "SELECT SUBSTRING_INDEX(USER(), '@', 2)";
        other.conn().query_first(sql).unwrap()
    });
    client
        .conn()
        .query_drop(format!("DROP USER '{user}'@'%'"))
        .unwrap();
    assert_eq!(connected.map_err(|error| error.to_string()), Ok(Some(user)));
}
