//! Ways into a database, and the errors where there is none.

use migrate_runtime::v1::MysqlClient;
use migrate_tests::servers;

fn refusal(url: &str) -> String {
    let error = MysqlClient::connect(url).err().unwrap();
    format!("{error} {:?} {error:?}", error.help())
}

#[test]
fn a_server_that_is_not_there_is_named_without_its_password() {
    let told = refusal("mysql://u:sesame@127.0.0.1:1/db?connect_timeout=2");
    assert!(
        told.contains("mysql://u@127.0.0.1:1/db") && told.contains("check that the server runs"),
        "{told}"
    );
    assert!(!told.contains("sesame"), "{told}");
}

#[test]
fn a_database_that_is_not_there_and_a_wrong_password_are_told() {
    let Some(server) = servers::mysql() else {
        return;
    };
    let told = refusal(&format!("{}/no_such_database", server.url));
    assert!(
        told.contains("1049") && told.contains("CREATE DATABASE"),
        "{told}"
    );
    let told = refusal(&format!("{}/mysql", server.url).replace('@', ":sesame@"));
    assert!(told.contains("1045"), "{told}");
    assert!(!told.contains("sesame"), "{told}");
}

#[test]
fn a_url_names_a_database() {
    let told = refusal("mariadb://u:sesame@localhost");
    assert!(
        told.contains("names no database") && !told.contains("sesame"),
        "{told}"
    );
}

#[test]
fn tls_that_is_asked_for_is_refused_and_never_left_out() {
    let Some(server) = servers::mysql() else {
        return;
    };
    let database = server.database();
    // MariaDB says whether; MySQL always does, unless it is told not to.
    let says = "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_VARIABLES WHERE VARIABLE_NAME = 'have_ssl'";
    if !database.is_mariadb() || database.strings(says) == ["YES"] {
        println!("skipped: this server speaks TLS");
        return;
    }
    let url = database.url.replace('@', ":sesame@");
    for mode in ["REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY", "verify-full"] {
        let told = refusal(&format!("{url}?ssl-mode={mode}"));
        assert!(
            told.contains("secure connection") && !told.contains("sesame"),
            "{told}"
        );
    }
    let told = refusal(&format!("{url}?ssl-mode=sesame"));
    assert!(
        told.contains("must be one of DISABLED") && !told.contains("sesame"),
        "{told}"
    );
}

#[test]
fn either_scheme_leads_to_the_same_database() {
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
