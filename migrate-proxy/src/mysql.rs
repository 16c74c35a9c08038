//! The side of MariaDB and MySQL.

use std::rc::Rc;

use crate::error::ProxyError;
use crate::link::Link;
use crate::proxy::{Account, Secrets, Serve};
use crate::upstream::Upstream;

/// The proxy of a MariaDB or MySQL server.
pub(crate) struct Mysql {}

impl Serve for Mysql {
    async fn connect(upstream: Upstream, _: Secrets) -> Result<Mysql, ProxyError> {
        Err(upstream.failed("not supported yet"))
    }

    async fn serve(self: Rc<Self>, _: Link) {}

    async fn wait_idle(&self) -> Result<(), ProxyError> {
        Ok(())
    }

    fn account(&self) -> Result<Account, ProxyError> {
        Err(ProxyError::Ended(String::new()))
    }
}
