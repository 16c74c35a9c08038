//! Connections through a proxy in this process, so that other clients can join their session.

use std::sync::Arc;
use std::time::Duration;

use migrate_proxy::{Address, Proxy, Upstream};
use mysql::{Conn, Opts, OptsBuilder};

use super::SharedMysql;
use super::client::Link;
use super::tls::{self, Refusal};
use super::url::Origin;
use crate::backend::proxy;
use crate::backend::tls::Tls;
use crate::error::DatabaseError;
use crate::op::Op;
use crate::v1;

impl Op<'_, SharedMysql> {
    /// Returns a URL at which another client of this program, or a program that it starts, joins this session: its
    /// statements run on the revision's connection.
    ///
    /// The URL works while the revision runs, on this machine only, and contains a password of its own. A transaction of
    /// such a client is a savepoint. Before the next operation, close it with
    /// [`close_session_clients`](Op::close_session_clients); at the end of the revision, all are closed. As with
    /// [`connection`](Op::connection), the handle does not see what the client does.
    ///
    /// # Errors
    ///
    /// An error if the application opened the connection itself, without [`connect_shared`].
    ///
    /// [`connect_shared`]: crate::v1::MysqlClient::connect_shared
    #[track_caller]
    pub fn session_url(&mut self) -> v1::Result<String> {
        let _ = self.connection();
        match &mut self.session.guests {
            Some(guests) => Ok(guests.url()?),
            None => Err(v1::Error::msg(
                "no other client can join this session, because the application opened its connection itself: use \
                 `MysqlClient::connect_shared`, or `migrations().run(url)`",
            )),
        }
    }

    /// Closes the connections of the clients that joined this session. What they have not committed is rolled back.
    ///
    /// # Errors
    ///
    /// An error if a client does not finish its request within some seconds, or if the connection is lost.
    pub fn close_session_clients(&mut self) -> v1::Result<()> {
        match &mut self.session.guests {
            Some(guests) => Ok(guests.close()?),
            None => Ok(()),
        }
    }
}

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Connects through a new proxy.
pub(super) fn connect(origin: &Origin) -> Result<Link, DatabaseError> {
    let options = Opts::from(origin.options.clone());
    tls::choose(&origin.channel, |tls| dial(&options, tls))
}

fn dial(options: &Opts, tls: Option<&Tls>) -> Result<Link, Refusal> {
    let host = options.get_ip_or_hostname().into_owned();
    let timeout = options.get_tcp_connect_timeout().unwrap_or(DEFAULT_TIMEOUT);
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
