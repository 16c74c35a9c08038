//! The side of MariaDB and MySQL.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::error::ProxyError;
use crate::link::Link;
use crate::proxy::{Account, GuestCount, Secrets, Serve, same_secret};
use crate::sharing::{GuestId, Sharing};
use crate::upstream::Upstream;

mod answer;
mod command;
mod guest;
mod login;
mod owner;
mod packet;
mod session;
mod settings;

use guest::Guest;
use login::{Greeting, OwnerLogin, Response, receive, refuse};
use owner::Owner;
use packet::{Failure, Header, capability, push};
use session::Session;

/// The proxy of a MariaDB or MySQL server.
pub(crate) struct Mysql {
    upstream: Upstream,
    secrets: Secrets,
    /// The connection to the server until the owner uses it.
    connected: RefCell<Option<(Link, Greeting)>>,
    shared: RefCell<Option<Shared>>,
    has_owner: Cell<bool>,
    /// The number of the last guest.
    guests: Cell<GuestId>,
    count: GuestCount,
}

/// The session of an owner that has logged in.
#[derive(Clone)]
struct Shared {
    account: Account,
    greeting: Greeting,
    /// What the owner and the server have agreed on.
    capabilities: u32,
    sharing: Rc<Sharing<Session>>,
}

impl Serve for Mysql {
    async fn connect(
        upstream: Upstream,
        secrets: Secrets,
        count: GuestCount,
    ) -> Result<Mysql, ProxyError> {
        let connected = connect(&upstream).await?;
        Ok(Mysql {
            upstream,
            secrets,
            connected: RefCell::new(Some(connected)),
            shared: RefCell::default(),
            has_owner: Cell::new(false),
            guests: Cell::new(0),
            count,
        })
    }

    async fn serve(self: Rc<Self>, client: Link) {
        match self.shared() {
            Ok(shared) => self.serve_guest(client, shared).await,
            Err(_) => self.serve_owner(client).await,
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

impl Mysql {
    fn shared(&self) -> Result<Shared, ProxyError> {
        let shared = self.shared.borrow().clone();
        shared.ok_or_else(|| ProxyError::Ended("the engine is not connected".to_owned()))
    }

    async fn serve_owner(&self, mut client: Link) {
        let connected = self.connected.take();
        let connected = match connected {
            Some(connected) => Ok(connected),
            None => connect(&self.upstream).await,
        };
        let (server, greeting) = match connected {
            Ok(connected) => connected,
            Err(error) => return refuse(&mut client, 0, &unreached(&error)).await,
        };
        push(&mut client.output, 0, &greeting.payload());
        let Some((header, payload)) = receive(&mut client).await else {
            *self.connected.borrow_mut() = Some((server, greeting));
            return;
        };
        let token = self.secrets.owner.as_bytes();
        let response = Response::read(&payload).filter(|response| {
            let given = response.user.get(..token.len());
            given.is_some_and(|given| same_secret(given, token))
        });
        match response {
            Some(response) if !self.has_owner.replace(true) => {
                self.own(client, header, server, greeting, response, &payload)
                    .await;
                self.shared.take();
                self.has_owner.set(false);
            }
            _ => {
                *self.connected.borrow_mut() = Some((server, greeting));
                let message = "the session of this address is not open";
                let sequence = header.sequence.wrapping_add(1);
                refuse(&mut client, sequence, &Failure::new(1045, "28000", message)).await;
            }
        }
    }

    async fn own(
        &self,
        mut client: Link,
        header: Header,
        server: Link,
        greeting: Greeting,
        response: Response,
        payload: &[u8],
    ) {
        let token = &self.secrets.owner;
        let login = OwnerLogin {
            upstream: &self.upstream,
            greeting: &greeting,
            client: &mut client,
        };
        let logged_in = match login.run(server, &response, payload, token).await {
            Ok(Some(logged_in)) => logged_in,
            Ok(None) => return,
            Err(error) => {
                let sequence = header.sequence.wrapping_add(1);
                return refuse(&mut client, sequence, &unreached(&error)).await;
            }
        };
        let mut session = Session::new(logged_in.server);
        session.status = logged_in.status;
        session.note_owner();
        let sharing = Sharing::new(session);
        let string = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        *self.shared.borrow_mut() = Some(Shared {
            account: Account {
                user: string(response.user.get(token.len()..).unwrap_or_default()),
                database: response.database.as_deref().map(string),
            },
            capabilities: response.capabilities & greeting.capabilities & !capability::HIDDEN,
            greeting,
            sharing: Rc::clone(&sharing),
        });
        let mut owner = Owner::new(client, token.clone());
        let reason = owner.serve(&sharing).await;
        sharing.end(&reason);
        owner.explain(&reason).await;
    }

    async fn serve_guest(&self, mut client: Link, shared: Shared) {
        let Ok(greeting) = shared.greeting.for_guest(shared.capabilities) else {
            let failure = Failure::new(1105, "HY000", "this system has no random numbers");
            return refuse(&mut client, 0, &failure).await;
        };
        push(&mut client.output, 0, &greeting.payload());
        let Some((header, payload)) = receive(&mut client).await else {
            return;
        };
        let sequence = header.sequence.wrapping_add(1);
        let response = match Response::read(&payload)
            .map(|response| check(&response, &shared).map(|()| response))
        {
            Some(Ok(response)) => response,
            Some(Err(failure)) => return refuse(&mut client, sequence, &failure).await,
            None => {
                let message = "the client does not use the protocol of MySQL 4.1 and later without encryption";
                return refuse(&mut client, sequence, &Failure::new(1251, "08004", message)).await;
            }
        };
        let secret = &self.secrets.guest;
        let checked =
            login::check_guest(&mut client, &greeting, &response, header.sequence, secret).await;
        let sequence = match checked {
            Ok(sequence) => sequence,
            Err((sequence, failure)) => return refuse(&mut client, sequence, &failure).await,
        };
        let _counted = (self.count.enter(), shared.sharing.guest());
        let id = self.guests.get() + 1;
        self.guests.set(id);
        let mut guest = Guest::new(id, client, response.collation);
        if guest
            .open(&shared.sharing, sequence, response.database.as_deref())
            .await
        {
            guest.serve(&shared.sharing).await;
        }
    }
}

/// Checks that a guest fits the session.
fn check(response: &Response, shared: &Shared) -> Result<(), Failure> {
    // Other capabilities count only if both sides have them, and some clients set theirs in any case.
    if response.capabilities & capability::SSL != 0 {
        let message = "a shared session is not encrypted between the application and the proxy on the same machine";
        return Err(Failure::new(1251, "08004", message));
    }
    let user = String::from_utf8_lossy(&response.user);
    match user == shared.account.user.as_str() {
        true => Ok(()),
        false => {
            let message = format!(
                "this is the session of the user `{}`, not of `{user}`: connect by the URL that the revision gets for \
                 its connections",
                shared.account.user
            );
            Err(Failure::new(1045, "28000", message))
        }
    }
}

fn unreached(error: &ProxyError) -> Failure {
    Failure::new(2003, "08001", error.to_string())
}

/// Connects to the server and reads its greeting. TLS begins after the owner's response.
async fn connect(upstream: &Upstream) -> Result<(Link, Greeting), ProxyError> {
    upstream.within(connect_now(upstream)).await
}

async fn connect_now(upstream: &Upstream) -> Result<(Link, Greeting), ProxyError> {
    let mut link = upstream.connect().await?;
    let Some((_, payload)) = receive(&mut link).await else {
        return Err(upstream.cut_off(&link));
    };
    match Greeting::read(&payload) {
        Some(greeting) => Ok((link, greeting)),
        None if payload.first() == Some(&0xff) => {
            Err(upstream.failed(Failure::read(&payload).message))
        }
        None => Err(upstream.failed("the server does not greet as MariaDB and MySQL do")),
    }
}
