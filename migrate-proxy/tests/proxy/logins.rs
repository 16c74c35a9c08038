//! The owner's login passes through the proxy: with a password, and over TLS.

use std::sync::Arc;

use migrate_proxy::{Address, Proxy, Tls, Upstream};
use migrate_tests::servers::{self, Certificate};
use mysql::prelude::Queryable as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

use crate::fixture::{connect_mysql, try_connect, upstream};

fn tls(certificate: &Certificate, required: bool) -> Tls {
    let mut roots = rustls::RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(certificate.authority.as_bytes()).unwrap();
    roots.add(authority).unwrap();
    Tls {
        config: Arc::new(config().with_root_certificates(roots).with_no_client_auth()),
        server_name: "localhost".to_owned(),
        required,
    }
}

fn config() -> rustls::ConfigBuilder<rustls::ClientConfig, rustls::WantsVerifier> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider);
    builder.with_safe_default_protocol_versions().unwrap()
}

#[test]
fn postgresql_is_reached_over_tls_with_a_password() {
    if servers::postgres().is_none() {
        return;
    }
    let certificate = Certificate::new("localhost");
    let server = servers::encrypted_postgres(&certificate).unwrap();
    let url = format!("{}/postgres", server.url);
    let mut admin = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    admin
        .batch_execute("CREATE ROLE secret LOGIN PASSWORD 'päss word'")
        .unwrap();
    admin.batch_execute("SELECT pg_stat_file('pg_hba.conf'); COPY (SELECT 1) TO PROGRAM 'sed -i \"1i host all secret all scram-sha-256\" pg_hba.conf'; SELECT pg_reload_conf()").unwrap();
    for encrypted in [true, false] {
        let upstream = Upstream {
            tls: encrypted.then(|| tls(&certificate, true)),
            ..upstream(&url)
        };
        let mut config = postgres::Config::new();
        config
            .user("secret")
            .dbname("postgres")
            .password("päss word");
        let proxy = Proxy::postgres(upstream).unwrap();
        let mut owner = try_connect(&proxy, config.clone()).unwrap();
        let sql = "SELECT ssl, current_user::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        let row = owner.query_one(sql, &[]).unwrap();
        assert_eq!((row.get(0), row.get(1)), (encrypted, "secret"));
        let mut guest =
            postgres::Client::connect(&proxy.guest_url().unwrap(), postgres::NoTls).unwrap();
        assert_eq!(
            guest.query_one(sql, &[]).unwrap().get::<_, bool>(0),
            encrypted
        );
        // Cancelling works over TLS too.
        let cancel = owner.cancel_token();
        let thread = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(300));
            cancel.cancel_query(postgres::NoTls).unwrap();
        });
        let error = owner.batch_execute("SELECT pg_sleep(30)").unwrap_err();
        assert_eq!(error.code().unwrap().code(), "57014");
        thread.join().unwrap();
        drop(owner);
        // The address serves one owner after another.
        config.password("wrong");
        let error = try_connect(&proxy, config).err().unwrap();
        assert_eq!(error.code().unwrap().code(), "28P01");
    }
}

#[test]
fn mariadb_is_reached_over_tls_with_a_password() {
    if servers::mysql().is_none() {
        return;
    }
    let certificate = Certificate::new("localhost");
    let server = servers::encrypted_mysql(&certificate).unwrap();
    let url = format!("{}/mysql", server.url);
    let mut admin = mysql::Conn::new(mysql::Opts::from_url(&url).unwrap()).unwrap();
    admin
        .query_drop("CREATE USER secret@localhost IDENTIFIED BY 'pw'")
        .unwrap();
    admin
        .query_drop("GRANT ALL ON *.* TO secret@localhost")
        .unwrap();
    let secret = url.replace("root@", "secret:pw@");
    for encrypted in [true, false] {
        let upstream = Upstream {
            tls: encrypted.then(|| tls(&certificate, true)),
            ..upstream(&url)
        };
        mysql_login(upstream, &secret, encrypted);
    }
}

/// Tries an owner and a guest.
fn mysql_login(upstream: Upstream, url: &str, encrypted: bool) {
    let wrong = Upstream {
        password: Some("wrong".to_owned()),
        ..upstream.clone()
    };
    let proxy = Proxy::mysql(upstream).unwrap();
    let mut owner = connect_mysql(&proxy, url).unwrap();
    let sql = "SHOW SESSION STATUS LIKE 'Ssl_cipher'";
    let (_, cipher): (String, String) = owner.query_first(sql).unwrap().unwrap_or_default();
    assert_eq!(!cipher.is_empty(), encrypted, "{cipher}");
    let guest_url = proxy.guest_url().unwrap();
    let mut guest = mysql::Conn::new(mysql::Opts::from_url(&guest_url).unwrap()).unwrap();
    let (_, of_guest): (String, String) = guest.query_first(sql).unwrap().unwrap_or_default();
    assert_eq!(of_guest, cipher);
    let proxy = Proxy::mysql(wrong).unwrap();
    let error = connect_mysql(&proxy, &url.replace(":pw@", ":wrong@"))
        .err()
        .unwrap();
    assert!(error.to_string().contains("Access denied"), "{error}");
}

/// On MySQL a new user has `caching_sha2_password`, on MariaDB `mysql_native_password`.
#[test]
fn a_new_user_logs_in_by_its_password() {
    let Some(server) = servers::mysql() else {
        return;
    };
    let database = server.database();
    let name = format!("u_{}", std::process::id());
    for statement in [
        format!("CREATE USER {name} IDENTIFIED BY 'pw'"),
        format!("GRANT ALL ON {}.* TO {name}", database.name),
    ] {
        database.run(&statement);
    }
    let url = database.url.replace("root@", &format!("{name}:pw@"));
    // The server knows no password yet, so this is a full authentication.
    if !database.is_mariadb() {
        let any = Arc::new(
            config()
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Anyone))
                .with_no_client_auth(),
        );
        let encrypted = Upstream {
            tls: Some(Tls {
                config: any,
                server_name: "localhost".to_owned(),
                required: true,
            }),
            password: Some("pw".to_owned()),
            ..upstream(&url)
        };
        mysql_login(encrypted, &url, true);
        database.run("FLUSH PRIVILEGES");
    }
    mysql_login(upstream(&url), &url, false);
    database.run(&format!("DROP USER {name}"));
}

#[test]
fn an_unreachable_server_is_an_error_in_words() {
    let address = Address::Tcp {
        host: "127.0.0.1".to_owned(),
        port: 1,
    };
    let upstream = Upstream {
        address,
        ..upstream("x://u@127.0.0.1:1/")
    };
    let error = Proxy::postgres(upstream.clone()).unwrap_err().to_string();
    assert!(
        error.starts_with("can't connect to `127.0.0.1:1`: "),
        "{error}"
    );
    let error = Proxy::mysql(upstream).unwrap_err().to_string();
    assert!(
        error.starts_with("can't connect to `127.0.0.1:1`: "),
        "{error}"
    );
    if let Some(server) = servers::postgres() {
        let certificate = Certificate::new("localhost");
        let url = format!("{}/postgres", server.url);
        for required in [true, false] {
            let upstream = Upstream {
                tls: Some(tls(&certificate, required)),
                ..crate::fixture::upstream(&url)
            };
            let result = Proxy::postgres(upstream)
                .map(drop)
                .map_err(|error| error.to_string());
            // This server has no TLS, or one of another certificate.
            if let Err(error) = &result {
                assert!(
                    error.contains("TLS") || error.contains("certificate"),
                    "{error}"
                );
            }
            assert!(!required || result.is_err());
        }
    }
}

/// Accepts every certificate.
#[derive(Debug)]
struct Anyone;

impl rustls::client::danger::ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        rustls::crypto::ring::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
