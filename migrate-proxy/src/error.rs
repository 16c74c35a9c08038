//! What can fail outside of the protocols.

use std::io;

/// An error of the proxy itself. Errors of the server reach the clients in their own protocol.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// The server could not be reached.
    #[error("can't connect to {address}: {reason}")]
    Connect {
        /// The server's address.
        address: String,
        /// The error of the system or of TLS.
        reason: String,
    },
    /// The server does not support TLS, and the connection must be encrypted.
    #[error("{address} does not support TLS, and an encrypted connection is required")]
    NoTls {
        /// The server's address.
        address: String,
    },
    /// The proxy can't listen on this machine or start its thread.
    #[error("can't start the proxy for the connections of the application: {0}")]
    Start(#[source] io::Error),
    /// The session does not exist, or it has ended.
    #[error("the database session has ended: {0}")]
    Ended(String),
    /// A guest has a transaction of its own open.
    #[error(
        "a connection of the application still has an open transaction in this session: commit it, roll it back or \
         close the connection first"
    )]
    OpenTransaction,
    /// A guest has begun a request and does not continue it.
    #[error(
        "a connection of the application has begun a request and does not finish it: complete or close it first"
    )]
    UnfinishedRequest,
}
