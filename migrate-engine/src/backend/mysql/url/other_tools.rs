//! Tests of URLs as other libraries and tools write them.

use super::*;

fn read(url: &str) -> Result<Origin, Error> {
    origin(OsStr::new(url), Duration::from_secs(5))
}

fn accepted(url: &str) -> mysql::Opts {
    match read(url) {
        Ok(origin) => origin.options.into(),
        Err(error) => panic!("{url}: {error} / {:?}", error.help()),
    }
}

/// Written by `MySqlConnectOptions::to_url_lossy` of sqlx 0.9.0, which writes a collation as a second `charset`.
const SQLX: [&str; 6] = [
    "mysql://root@127.0.0.1:3306/mysql?ssl-mode=PREFERRED&charset=utf8mb4&statement-cache-capacity=100",
    "mysql://root@127.0.0.1:3306/mysql?ssl-mode=DISABLED&charset=utf8mb4&statement-cache-capacity=100",
    "mysql://conn_odd:p%40s%3As%2Fw%25r%23d%20%3F%26%3D%2B@127.0.0.1:3306/mysql?ssl-mode=PREFERRED&charset=utf8mb4&statement-cache-capacity=100",
    "mysql://root@127.0.0.1:3306/mysql?ssl-mode=PREFERRED&charset=utf8mb4&charset=utf8mb4_unicode_ci&statement-cache-capacity=100",
    "mysql://root@127.0.0.1:3306/mysql?ssl-mode=PREFERRED&charset=latin1&charset=latin1_swedish_ci&statement-cache-capacity=100",
    "mysql://root@127.0.0.1:3306/mysql?ssl-mode=PREFERRED&charset=utf8mb4&statement-cache-capacity=100&socket=%2Frun%2Fmysqld%2Fmy+sock.sock",
];

#[test]
fn the_url_of_a_pool_of_sqlx_is_accepted() {
    for url in SQLX {
        accepted(url);
    }
    assert_eq!(accepted(SQLX[2]).get_pass(), Some("p@s:s/w%r#d ?&=+"));
    assert_eq!(
        accepted(SQLX[5]).get_socket(),
        Some("/run/mysqld/my sock.sock")
    );
}

#[test]
#[cfg(feature = "tls")]
fn the_certificate_file_of_a_pool_of_sqlx_is_read() {
    let url = "mysql://root@127.0.0.1:3306/mysql?ssl-mode=VERIFY_CA&ssl-ca=file%3A+%2Ftmp%2Fca.pem&charset=utf8mb4&\
               statement-cache-capacity=100";
    let Ok(Security::Tls(tls)) = read(url).map(|origin| origin.channel) else {
        panic!("unencrypted");
    };
    assert_eq!(tls.roots, Some(PathBuf::from("/tmp/ca.pem")));
}

#[test]
fn options_of_pools_and_other_tools_are_ignored() {
    for query in [
        "connection_limit=5&pool_timeout=10&socket_timeout=3",
        "charset=latin1&collation=utf8mb4_bin&timezone=%2B02:00&time-zone=UTC&serverTimezone=UTC",
        "pool_min=1&pool_max=2&stmt_cache_size=9&conn_ttl=3&tcp_keepalive_time_ms=1",
        "parseTime=true&loc=Local&multiStatements=true",
        "allowPublicKeyRetrieval=true&useUnicode=true&characterEncoding=utf8",
    ] {
        accepted(&format!("mysql://u@localhost/db?{query}"));
    }
}

#[test]
fn names_with_special_characters_are_decoded() {
    let options = accepted("mariadb://a%40b%3Ac%2Fd%25e%23f%20g:%40%3A%2F%25%23%20@localhost/db ");
    assert_eq!(options.get_user(), Some("a@b:c/d%e#f g"));
    assert_eq!(options.get_pass(), Some("@:/%# "));
    assert_eq!(options.get_db_name(), Some("db"));
    for query in ["unix_socket=/a/s", "socket=/a/s", "unix-socket=%2Fa%2Fs"] {
        let options = accepted(&format!("mysql://u@localhost/db?{query}"));
        assert_eq!(options.get_socket(), Some("/a/s"));
    }
}

#[test]
fn help_refers_to_passwords_only_if_one_may_be_the_cause() {
    for url in [
        "mysql://u:sec#ret@localhost/db",
        "mysql://u:sec/ret@localhost/db",
    ] {
        let help = read(url)
            .err()
            .unwrap()
            .help()
            .unwrap_or_default()
            .to_owned();
        assert!(help.contains("user name or password"), "{url}: {help}");
    }
    for (url, reason, help) in [
        ("mysql://u@localhost:abc/db", "port", "HOST:PORT"),
        ("mysql://u@localhost", "names no database", "/DATABASE"),
        (
            "mysql://u@localhost/db?ssl=false",
            "`ssl`",
            "ssl-mode=DISABLED",
        ),
        (
            "mysql://u@localhost/db?useSSL=true",
            "`useSSL`",
            "ssl-mode=REQUIRED",
        ),
        (
            "mysql://u@localhost/db?connect_timeout=x",
            "`connect_timeout`",
            "seconds",
        ),
        ("mysql://u@localhost/db?schema=app", "`schema`", "/DATABASE"),
        (
            "mysql://u@localhost/db?sql_mode=ANSI",
            "`sql_mode`",
            "ssl-mode",
        ),
        ("jdbc:mysql://localhost/db", "Java", "leave `jdbc:` out"),
        (
            "mysql+pymysql://u@localhost/db",
            "another language",
            "leave the `+`",
        ),
        (
            "postgres://u@localhost/db",
            "built for MariaDB",
            "mysql://USER@HOST",
        ),
    ] {
        let error = read(url)
            .err()
            .unwrap_or_else(|| panic!("{url} is accepted"));
        let printed = format!("{error} / {}", error.help().unwrap_or_default());
        assert!(
            printed.contains(reason)
                && printed.contains(help)
                && !printed.contains("user name or password"),
            "{url}: {printed}"
        );
    }
}
