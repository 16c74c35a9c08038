//! Connections through a proxy in this process, so that other clients can join their session.

use std::sync::Arc;

use migrate_proxy::{Address, Proxy, Upstream};
use mysql::{Conn, Opts, OptsBuilder};

use super::SharedMysql;
use super::client::Link;
use super::session::MysqlSession;
use super::tls::{self, Refusal};
use super::url::Origin;
use crate::backend::proxy::{self, Guests, SharedBackend};
use crate::backend::tls::Tls;
use crate::error::DatabaseError;

impl SharedBackend for SharedMysql {
    const CLIENT: &'static str = "MysqlClient";

    fn guests<'s>(session: &'s mut MysqlSession<'_>) -> &'s mut Option<Guests> {
        &mut session.guests
    }
}

/// Connects through a new proxy.
pub(super) fn connect(origin: &Origin) -> Result<Link, DatabaseError> {
    let options = Opts::from(origin.options.clone());
    tls::choose(&origin.channel, |tls| dial(&options, tls))
}

fn dial(options: &Opts, tls: Option<&Tls>) -> Result<Link, Refusal> {
    let host = options.get_ip_or_hostname().into_owned();
    let timeout = options
        .get_tcp_connect_timeout()
        .unwrap_or(proxy::DEFAULT_TIMEOUT);
    let upstream = Upstream {
        tls: proxy::encryption(tls, &host)?,
        address: match options.get_socket() {
            Some(path) => Address::Unix(path.into()),
            None => Address::Tcp {
                host,
                port: options.get_tcp_port(),
            },
        },
        password: options.get_pass().map(str::to_owned),
        connect_timeout: timeout,
    };
    let proxy = Proxy::mysql(upstream).map_err(proxy::error)?;
    let user = options.get_user().unwrap_or_default();
    let through = OptsBuilder::from_opts(options.clone())
        .ip_or_hostname(Some(proxy.address().ip().to_string()))
        .tcp_port(proxy.address().port())
        .socket(None::<String>)
        .prefer_socket(false)
        .user(Some(format!("{}{user}", proxy.owner_token())))
        .tcp_connect_timeout(Some(timeout));
    Ok(Link {
        conn: Conn::new(through)?,
        proxy: Some(Arc::new(proxy)),
    })
}
