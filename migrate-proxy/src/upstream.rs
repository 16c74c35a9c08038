//! The connection to the server.

use std::fmt;
use std::io;
use std::path::PathBuf;
#[cfg(feature = "tls")]
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::error::ProxyError;
use crate::link::{Link, Stream};

/// The server whose session is shared.
#[derive(Clone)]
pub struct Upstream {
    /// The server's address.
    pub address: Address,
    /// The TLS settings; without them the connection is not encrypted. They are not used for a Unix socket of PostgreSQL.
    pub tls: Option<Tls>,
    /// The owner's password, for MySQL only. Over TLS or a Unix socket, `caching_sha2_password` needs the password
    /// itself, and the owner's connection to the proxy is neither. Without it such a login fails.
    pub password: Option<String>,
    /// The longest wait for the connection, including the TLS handshake.
    pub connect_timeout: Duration,
}

/// The address of a server.
#[derive(Clone, Debug)]
pub enum Address {
    /// A host and a port.
    Tcp {
        /// A name or an IP address.
        host: String,
        /// The port.
        port: u16,
    },
    /// The path of a Unix socket. Other systems do not support it.
    Unix(PathBuf),
}

/// TLS settings.
#[cfg(feature = "tls")]
#[derive(Clone, Debug)]
pub struct Tls {
    /// The trusted certificates, and the client's own.
    pub config: Arc<rustls::ClientConfig>,
    /// The name that the server's certificate must have.
    pub server_name: String,
    /// True: an error if the server does not support TLS. False: the connection is then not encrypted.
    pub required: bool,
}

/// TLS settings. Without the feature `tls` there are none.
#[cfg(not(feature = "tls"))]
#[derive(Clone, Copy, Debug)]
pub enum Tls {}

impl Tls {
    /// Returns whether the connection must be encrypted.
    pub(crate) fn is_required(&self) -> bool {
        #[cfg(feature = "tls")]
        return self.required;
        #[cfg(not(feature = "tls"))]
        match *self {}
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp { host, port } if host.contains(':') => write!(f, "`[{host}]:{port}`"),
            Address::Tcp { host, port } => write!(f, "`{host}:{port}`"),
            Address::Unix(path) => write!(f, "`{}`", path.display()),
        }
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream")
            .field("address", &self.address)
            .field("tls", &self.tls)
            .field("connect_timeout", &self.connect_timeout)
            .finish_non_exhaustive()
    }
}

impl Upstream {
    /// Runs a connection attempt within its time.
    pub(crate) async fn within<T>(
        &self,
        attempt: impl Future<Output = Result<T, ProxyError>>,
    ) -> Result<T, ProxyError> {
        match timeout(self.connect_timeout, attempt).await {
            Ok(result) => result,
            Err(_) => Err(self.failed(format!(
                "no answer within {} seconds",
                self.connect_timeout.as_secs_f32()
            ))),
        }
    }

    /// Connects, without TLS at first.
    pub(crate) async fn connect(&self) -> Result<Link, ProxyError> {
        let stream: Box<dyn Stream> = match &self.address {
            Address::Tcp { host, port } => {
                let stream = TcpStream::connect((host.as_str(), *port)).await;
                let stream = stream.and_then(|stream| {
                    stream.set_nodelay(true)?;
                    Ok(stream)
                });
                Box::new(stream.map_err(|error| self.failed(error))?)
            }
            #[cfg(unix)]
            Address::Unix(path) => {
                let stream = tokio::net::UnixStream::connect(path).await;
                Box::new(stream.map_err(|error| self.failed(error))?)
            }
            #[cfg(not(unix))]
            Address::Unix(_) => {
                return Err(self.failed("this system does not support Unix sockets"));
            }
        };
        Ok(Link::new(stream))
    }

    /// Encrypts a connection. What was received before is discarded: it was not authenticated.
    #[cfg(feature = "tls")]
    pub(crate) async fn secure(&self, link: Link, tls: &Tls) -> Result<Link, ProxyError> {
        use rustls::pki_types::ServerName;
        use tokio_rustls::TlsConnector;

        let name = ServerName::try_from(tls.server_name.clone())
            .map_err(|error| self.failed(format!("`{}`: {error}", tls.server_name)))?;
        let stream = TlsConnector::from(Arc::clone(&tls.config))
            .connect(name, link.into_stream())
            .await
            .map_err(|error| self.failed(error))?;
        Ok(Link::new(Box::new(stream)))
    }

    #[cfg(not(feature = "tls"))]
    pub(crate) async fn secure(&self, _: Link, tls: &Tls) -> Result<Link, ProxyError> {
        match *tls {}
    }

    pub(crate) fn failed(&self, reason: impl fmt::Display) -> ProxyError {
        ProxyError::Connect {
            address: self.address.to_string(),
            reason: reason.to_string(),
        }
    }

    pub(crate) fn cut_off(&self, link: &Link) -> ProxyError {
        let closed = io::Error::from(io::ErrorKind::UnexpectedEof).to_string();
        self.failed(link.ended.clone().unwrap_or(closed))
    }
}
