//! Several clients share one session of a database server.

mod buffer;
mod error;
mod link;
mod mysql;
mod postgres;
mod proxy;
mod race;
mod sharing;
mod sql;
mod upstream;

pub use error::ProxyError;
pub use proxy::Proxy;
pub use upstream::{Address, Tls, Upstream};
