//! Connections to a database, and their errors.

use migrate_runtime::v1::MysqlClient;
use migrate_tests::servers;

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
