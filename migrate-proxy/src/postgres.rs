//! PostgreSQL's side of the proxy.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::error::ProxyError;
use crate::link::Link;
use crate::proxy::{Account, GuestCount, Secrets, Serve, same_secret};
use crate::sharing::{GuestId, Sharing};
use crate::upstream::Upstream;

mod command;
mod guest;
mod message;
mod owner;
mod session;
mod settings;
mod startup;
mod tracker;

use guest::Guest;
use message::{Failure, push};
use owner::Owner;
use session::Session;
use settings::Settings;
use startup::{Startup, StartupMessage};

/// The proxy of a PostgreSQL server.
pub(crate) struct Postgres {
    upstream: Upstream,
    secrets: Secrets,
    /// The connection to the server until the owner uses it.
    connected: RefCell<Option<Link>>,
    shared: RefCell<Option<Shared>>,
    has_owner: Cell<bool>,
    /// The number of the last guest.
    guests: Cell<GuestId>,
    count: GuestCount,
    /// The guests by the keys of their cancel requests.
    keys: RefCell<BTreeMap<Vec<u8>, GuestId>>,
}

/// The session of an owner that has logged in.
#[derive(Clone)]
struct Shared {
    account: Account,
    /// The body of a cancel request of the owner.
    key: Option<Vec<u8>>,
    /// The settings at the login of the owner. A guest begins with them.
    settings: Settings,
    sharing: Rc<Sharing<Session>>,
}

impl Serve for Postgres {
    async fn connect(
        upstream: Upstream,
        secrets: Secrets,
        count: GuestCount,
    ) -> Result<Postgres, ProxyError> {
        let link = connect(&upstream).await?;
        Ok(Postgres {
            upstream,
            secrets,
            connected: RefCell::new(Some(link)),
            shared: RefCell::default(),
            has_owner: Cell::new(false),
            guests: Cell::new(0),
            count,
            keys: RefCell::default(),
        })
    }

    async fn serve(self: Rc<Self>, mut client: Link) {
        match startup::read(&mut client).await {
            Ok(Startup::Session(startup)) => match startup.owner(&self.secrets.owner) {
                Some(startup) => self.serve_owner(client, startup).await,
                None => self.serve_guest(client, startup).await,
            },
            Ok(Startup::Cancel(message)) => self.cancel(&message).await,
            Err(Some(failure)) => refuse(client, &failure).await,
            Err(None) => {}
        }
    }

    async fn wait_idle(&self) -> Result<(), ProxyError> {
        self.shared()?.sharing.wait_idle().await
    }

    async fn close_guests(&self) -> Result<(), ProxyError> {
        self.shared()?.sharing.close_guests().await
    }

    fn account(&self) -> Result<Account, ProxyError> {
        self.shared().map(|shared| shared.account)
    }
}

impl Postgres {
    fn shared(&self) -> Result<Shared, ProxyError> {
        let shared = self.shared.borrow().clone();
        shared.ok_or_else(|| ProxyError::Ended("the engine is not connected".to_owned()))
    }

    async fn serve_owner(&self, client: Link, startup: StartupMessage) {
        if self.has_owner.replace(true) {
            let message = "this session has an owner already";
            return refuse(client, &Failure::new("08004", message)).await;
        }
        self.own(client, &startup).await;
        self.shared.take();
        self.has_owner.set(false);
    }

    async fn own(&self, client: Link, startup: &StartupMessage) {
        let connected = self.connected.take();
        let link = match connected {
            Some(link) => Ok(link),
            None => connect(&self.upstream).await,
        };
        let link = match link {
            Ok(link) => link,
            Err(error) => return refuse(client, &Failure::new("08001", error.to_string())).await,
        };
        let mut session = Session::new(link);
        let mut owner = Owner::new(client);
        if !owner.log_in(&mut session, &startup.bytes()).await {
            owner.link.send().await;
            return;
        }
        let key = session.key.clone();
        let sharing = Sharing::new(session);
        *self.shared.borrow_mut() = Some(Shared {
            account: startup.account(),
            key,
            settings: owner.settings(),
            sharing: Rc::clone(&sharing),
        });
        let reason = owner.serve(&sharing).await;
        sharing.end(&reason);
        owner.explain(&reason).await;
    }

    async fn serve_guest(&self, mut client: Link, startup: StartupMessage) {
        let account = match self.shared() {
            Ok(shared) => shared.account,
            Err(error) => return refuse(client, &Failure::new("57P03", error.to_string())).await,
        };
        if let Err(failure) = startup.check(&account) {
            return refuse(client, &failure).await;
        }
        // Asks for the password in clear text: the connection does not leave this machine.
        push(&mut client.output, b'R', &[&3_u32.to_be_bytes()]);
        let password = startup::password(&mut client).await;
        if !password.is_some_and(|given| same_secret(&given, self.secrets.guest.as_bytes())) {
            let message = "the password is not the one of this session";
            let failure = Failure::new("28P01", message)
                .with_hint("connect by the URL that the revision gets for its connections");
            return refuse(client, &failure).await;
        }
        let Ok(Shared {
            sharing, settings, ..
        }) = self.shared()
        else {
            return;
        };
        let _counted = (self.count.enter(), sharing.guest());
        let id = self.guests.get() + 1;
        self.guests.set(id);
        let key = startup::key(id);
        self.keys.borrow_mut().insert(key.to_vec(), id);
        let mut guest = Guest::new(id, client, settings.with_requested(&startup.parameters));
        if guest.open(&sharing, &key).await {
            guest.serve(&sharing).await;
        }
        self.keys.borrow_mut().remove(&key[..]);
    }

    /// Forwards a cancel request: of the owner always, of a guest while it has the turn.
    async fn cancel(&self, message: &[u8]) {
        let Ok(shared) = self.shared() else {
            return;
        };
        let key = message.get(8..).unwrap_or_default();
        let guest = self.keys.borrow().get(key).copied();
        let (message, _cancelling) = match guest {
            None => (message.to_vec(), None),
            Some(guest) => match (shared.sharing.cancel(guest), shared.key) {
                (Some(cancelling), Some(key)) => (startup::cancel_message(&key), Some(cancelling)),
                _ => return,
            },
        };
        if let Ok(mut server) = connect(&self.upstream).await {
            server.output.push(&message);
            server.send().await;
            // The server closes the connection when it has sent the signal.
            let closed = async {
                while server.ended.is_none() {
                    server.input.clear();
                    server.receive().await;
                }
            };
            let _ = tokio::time::timeout(std::time::Duration::from_secs(5), closed).await;
        }
    }
}

/// Connects to the server, with TLS if the settings require it.
async fn connect(upstream: &Upstream) -> Result<Link, ProxyError> {
    upstream.within(connect_now(upstream)).await
}

async fn connect_now(upstream: &Upstream) -> Result<Link, ProxyError> {
    let mut link = upstream.connect().await?;
    let Some(tls) = &upstream.tls else {
        return Ok(link);
    };
    link.output.push(&startup::TLS_REQUEST);
    while link.input.is_empty() && link.ended.is_none() {
        link.receive().await;
    }
    match link.input.filled() {
        [b'S'] => upstream.secure(link, tls).await,
        [b'N'] if !tls.is_required() => {
            link.input.clear();
            Ok(link)
        }
        [b'N' | b'E', ..] => Err(ProxyError::NoTls {
            address: upstream.address.to_string(),
        }),
        [] => Err(upstream.cut_off(&link)),
        _ => {
            Err(upstream.failed("the server did not answer the request for TLS as PostgreSQL does"))
        }
    }
}

/// Sends a client the reason why it is not served.
async fn refuse(mut client: Link, failure: &Failure) {
    failure.push(&mut client.output, "FATAL");
    client.send().await;
}
