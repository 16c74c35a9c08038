//! Tests of URLs as other libraries and tools write them.

use super::*;

fn read(url: &str) -> Result<Origin, Error> {
    origin(OsStr::new(url), Duration::from_secs(5))
}

fn accepted(url: &str) -> Origin {
    read(url).unwrap_or_else(|error| panic!("{url}: {error} / {:?}", error.help()))
}

/// Written by `PgConnectOptions::to_url_lossy` of sqlx 0.9.0.
const SQLX: [&str; 9] = [
    "postgres://postgres@127.0.0.1:5432/postgres?sslmode=prefer&statement-cache-capacity=100",
    "postgres://postgres@127.0.0.1:5432/postgres?sslmode=disable&statement-cache-capacity=100",
    "postgres://postgres@127.0.0.1:5432/postgres?sslmode=allow&statement-cache-capacity=100",
    "postgres://conn_odd:p%40s%3As%2Fw%25r%23d%20%3F%26%3D%2B@127.0.0.1:5432/postgres?sslmode=prefer&statement-cache-capacity=100",
    "postgres://conn%20odd:x@127.0.0.1:5432/postgres?sslmode=prefer&statement-cache-capacity=100",
    "postgres://conn%40odd:x@127.0.0.1:5432/postgres?sslmode=prefer&statement-cache-capacity=100",
    "postgres://postgres@127.0.0.1:5432/conn%23d%3Fb?sslmode=prefer&statement-cache-capacity=100",
    "postgres://postgres@%2Fvar%2Frun%2Fpostgresql:5432/postgres?sslmode=prefer&statement-cache-capacity=100",
    "postgres://postgres@[::1]:5432/postgres?sslmode=prefer&statement-cache-capacity=0",
];

#[test]
fn the_url_of_a_pool_of_sqlx_is_accepted() {
    for url in SQLX {
        accepted(url);
    }
    let odd = accepted(SQLX[3]).config;
    assert_eq!(odd.get_password(), Some(&b"p@s:s/w%r#d ?&=+"[..]));
    assert_eq!(accepted(SQLX[4]).config.get_user(), Some("conn odd"));
    assert_eq!(accepted(SQLX[5]).config.get_user(), Some("conn@odd"));
    assert_eq!(accepted(SQLX[6]).config.get_dbname(), Some("conn#d?b"));
    let socket = accepted(SQLX[7]).config;
    assert_eq!(socket.get_hosts(), [At::Unix("/var/run/postgresql".into())]);
}

#[test]
#[cfg(feature = "tls")]
fn the_certificate_file_of_a_pool_of_sqlx_is_read() {
    let url = "postgres://u@127.0.0.1:5432/db?sslmode=verify-ca&sslrootcert=file%3A+%2Ftmp%2Fmy+roots%2B1.pem&\
               statement-cache-capacity=100";
    let Security::Tls(tls) = accepted(url).channel else {
        panic!("unencrypted");
    };
    assert_eq!(tls.roots.as_deref(), Some(Path::new("/tmp/my roots+1.pem")));
}

#[test]
#[cfg(feature = "tls")]
fn trusted_certificates_are_never_ignored() {
    use crate::backend::tls::CertificateCheck;

    for (query, check) in [
        ("sslmode=require", CertificateCheck::None),
        (
            "sslmode=require&sslrootcert=/a.pem",
            CertificateCheck::Authority,
        ),
        ("sslrootcert=system", CertificateCheck::Full),
        (
            "sslrootcert=system&sslmode=verify-full",
            CertificateCheck::Full,
        ),
    ] {
        let Security::Tls(tls) = accepted(&format!("postgres://u@localhost/db?{query}")).channel
        else {
            panic!("{query}: unencrypted");
        };
        assert_eq!(tls.check, check, "{query}");
    }
}

#[test]
fn options_of_pools_and_other_tools_are_ignored() {
    for query in [
        "connection_limit=5&pool_timeout=10&pgbouncer=true&schema=public",
        "charset=utf8&timezone=UTC&encoding=latin1",
        "pool=5&prepared_statements=false&conn_max_age=600",
        "pool_max_conns=4&default_query_exec_mode=exec",
        "reWriteBatchedInserts=true&ApplicationName=x",
    ] {
        let origin = accepted(&format!("postgres://u@localhost/db?{query}"));
        assert_eq!(origin.config.get_options(), None, "{query}");
    }
}

#[test]
fn names_with_special_characters_are_decoded() {
    let config =
        accepted("postgresql://a%40b%3Ac%2Fd%25e%23f%20g:%40%3A%2F%25%23%20@localhost/db").config;
    assert_eq!(config.get_user(), Some("a@b:c/d%e#f g"));
    assert_eq!(config.get_password(), Some(&b"@:/%# "[..]));
    let config = accepted(" postgres://u@localhost/tenants/one\n").config;
    assert_eq!(config.get_dbname(), Some("tenants/one"));
}

#[test]
fn help_refers_to_passwords_only_if_one_may_be_the_cause() {
    for url in [
        "postgres://u:sec#ret@localhost/db",
        "postgres://u:sec/ret@localhost/db",
        "postgres://u:sec?ret@localhost/db",
    ] {
        let help = read(url)
            .err()
            .unwrap()
            .help()
            .unwrap_or_default()
            .to_owned();
        assert!(help.contains("password"), "{url}: {help}");
    }
    for (url, reason, help) in [
        ("postgres://u@localhost:abc/db", "port", "HOST:PORT"),
        ("postgres://u@localhost:99999/db", "port", "HOST:PORT"),
        (
            "postgres://u@a,b,c/db?port=1,2",
            "number of ports",
            "one port",
        ),
        ("postgres://u@ho$t/db", "host name", "letters"),
        ("postgres://u@::1/db", "brackets", "[::1]"),
        ("postgres://u@[::g]/db", "not an IPv6", "[::1]"),
        ("postgres://u@localhost/db#x", "`#`", "%23"),
        ("postgres://u@localhost//db", "two `/`", "one `/`"),
        ("postgres://u@localhost/db?x", "OPTION=VALUE", "&OPTION"),
        ("postgres://u%@localhost/db", "`%`", "%25"),
        (
            "postgres://u@localhost/db?connect_timeout=x",
            "`connect_timeout`",
            "seconds",
        ),
        (
            "postgres://u@localhost/db?target_session_attrs=primary",
            "`target_session_attrs`",
            "read-write",
        ),
        (
            "postgres://u@localhost/db?schema=app",
            "`schema`",
            "search_path%3D",
        ),
        (
            "postgres://u@localhost/db?socket=/tmp",
            "`socket`",
            "host=DIRECTORY",
        ),
        (
            "postgres://u@localhost/db?ssl=false",
            "`ssl`",
            "sslmode=disable",
        ),
        (
            "postgres://u@localhost/db?sslrootcert=system&sslmode=require",
            "system",
            "verify-full",
        ),
        (
            "postgres://u@localhost/db?sslrootcert=-----BEGIN%20CERTIFICATE-----",
            "contains a certificate",
            "path",
        ),
        (
            "jdbc:postgresql://localhost/db",
            "Java",
            "leave `jdbc:` out",
        ),
        (
            "postgresql+asyncpg://u@localhost/db",
            "another language",
            "leave the `+`",
        ),
        (
            "postgres:u@localhost/db",
            "`//` is missing",
            "postgres://USER@HOST",
        ),
        (
            "'postgres://u@localhost/db'",
            "quotes",
            "leave the quotes out",
        ),
        (
            "mysql://u@localhost/db",
            "built for PostgreSQL",
            "postgres://USER@HOST",
        ),
        ("host=localhost x", "key=value", "host=HOST"),
    ] {
        let error = read(url)
            .err()
            .unwrap_or_else(|| panic!("{url} is accepted"));
        let printed = format!("{error} / {}", error.help().unwrap_or_default());
        assert!(
            printed.contains(reason) && printed.contains(help) && !printed.contains("password"),
            "{url}: {printed}"
        );
    }
}
