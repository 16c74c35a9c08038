//! Connections through a proxy in this process, so that other clients can join their session.

use std::net::IpAddr;
use std::sync::Arc;

use migrate_proxy::{Address, Proxy, Upstream};
use postgres::config::{Host, SslMode};
use postgres::{Config, NoTls};

use super::SharedPostgres;
use super::client::Link;
use super::session::PgSession;
use super::tls::{self, Refusal};
use super::url::Origin;
use crate::backend::proxy::{self, Guests, SharedBackend};
use crate::backend::tls::Tls;
use crate::error::{DatabaseError, DatabaseErrorKind};

impl SharedBackend for SharedPostgres {
    const CLIENT: &'static str = "PostgresClient";

    fn guests<'s>(session: &'s mut PgSession<'_>) -> &'s mut Option<Guests> {
        &mut session.guests
    }
}

/// Connects through a new proxy. Several hosts are tried in order.
pub(super) fn connect(origin: &Origin) -> Result<Link, DatabaseError> {
    let mut failed = DatabaseError::new(DatabaseErrorKind::CannotOpen, "the URL names no host");
    for server in servers(&origin.config) {
        match tls::choose(&origin.channel, |tls| dial(&origin.config, &server, tls)) {
            Ok(link) => return Ok(link),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

/// A server that a URL names.
struct NamedServer {
    address: Address,
    /// The name in its certificate.
    name: String,
}

fn servers(config: &Config) -> Vec<NamedServer> {
    let (hosts, addresses) = (config.get_hosts(), config.get_hostaddrs());
    let ports = config.get_ports();
    let port = |at: usize| ports.get(at).or(ports.first()).copied().unwrap_or(5432);
    let count = hosts.len().max(addresses.len());
    let server = |at| server(hosts.get(at), addresses.get(at), port(at));
    (0..count).filter_map(server).collect()
}

fn server(host: Option<&Host>, address: Option<&IpAddr>, port: u16) -> Option<NamedServer> {
    let tcp = |host: String, name: String| NamedServer {
        address: Address::Tcp { host, port },
        name,
    };
    match (host, address) {
        #[cfg(unix)]
        (Some(Host::Unix(folder)), _) => Some(NamedServer {
            address: Address::Unix(folder.join(format!(".s.PGSQL.{port}"))),
            name: "localhost".to_owned(),
        }),
        (Some(Host::Tcp(name)), Some(address)) => Some(tcp(address.to_string(), name.clone())),
        (Some(Host::Tcp(name)), None) => Some(tcp(name.clone(), name.clone())),
        (None, Some(address)) => Some(tcp(address.to_string(), address.to_string())),
        (None, None) => None,
    }
}

fn dial(config: &Config, server: &NamedServer, tls: Option<&Tls>) -> Result<Link, Refusal> {
    let upstream = Upstream {
        address: server.address.clone(),
        tls: proxy::encryption(tls, &server.name)?,
        password: None,
        connect_timeout: config
            .get_connect_timeout()
            .copied()
            .unwrap_or(proxy::DEFAULT_TIMEOUT),
    };
    let proxy = Proxy::postgres(upstream).map_err(proxy::error)?;
    let client = through(config, &proxy).connect(NoTls)?;
    Ok(Link {
        client,
        proxy: Some(Arc::new(proxy)),
    })
}

/// Returns the parameters of a connection to the proxy, which connects to the server.
fn through(config: &Config, proxy: &Proxy) -> Config {
    let mut new = Config::new();
    new.host(&proxy.address().ip().to_string());
    new.port(proxy.address().port());
    new.ssl_mode(SslMode::Disable);
    let options = config.get_options().unwrap_or_default();
    new.options(&format!("{} {options}", proxy.owner_token()));
    if let Some(user) = config.get_user() {
        new.user(user);
    }
    if let Some(password) = config.get_password() {
        new.password(password);
    }
    if let Some(name) = config.get_dbname() {
        new.dbname(name);
    }
    if let Some(name) = config.get_application_name() {
        new.application_name(name);
    }
    if let Some(timeout) = config.get_connect_timeout() {
        new.connect_timeout(*timeout);
    }
    new.target_session_attrs(config.get_target_session_attrs());
    new.channel_binding(config.get_channel_binding());
    new
}
