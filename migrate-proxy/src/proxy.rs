//! The thread of a proxy, and the handle of the engine.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::LocalSet;

use crate::error::ProxyError;
use crate::link::Link;
use crate::race::{First, race};
use crate::upstream::Upstream;
use crate::{mysql, postgres};

/// A proxy in front of one database server.
///
/// Dropping it closes all its connections and ends its thread. The server rolls back what is not committed.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    protocol: Protocol,
    secrets: Secrets,
    guests: GuestCount,
    commands: Option<UnboundedSender<Command>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Clone, Copy, Debug)]
enum Protocol {
    Postgres,
    Mysql,
}

/// The random words by which the proxy recognizes its clients.
#[derive(Clone)]
pub(crate) struct Secrets {
    pub(crate) owner: String,
    pub(crate) guest: String,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

/// The number of guests that are logged in.
#[derive(Clone, Debug, Default)]
pub(crate) struct GuestCount(Arc<AtomicU32>);

impl GuestCount {
    /// Counts a guest until the result is dropped.
    pub(crate) fn enter(&self) -> CountedGuest {
        self.0.fetch_add(1, Ordering::SeqCst);
        CountedGuest(self.clone())
    }

    fn is_empty(&self) -> bool {
        self.0.load(Ordering::SeqCst) == 0
    }
}

/// A guest that is counted.
pub(crate) struct CountedGuest(GuestCount);

impl Drop for CountedGuest {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A request of the engine to the thread.
pub(crate) enum Command {
    /// Wait until no guest has an answer outstanding.
    WaitIdle(Sender<Result<(), ProxyError>>),
    /// Close the connections of all guests.
    CloseGuests(Sender<Result<(), ProxyError>>),
    /// Return the user and the database of the session.
    Account(Sender<Result<Account, ProxyError>>),
}

/// The user and the database of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) user: String,
    pub(crate) database: Option<String>,
}

/// What a protocol's side of the proxy does.
pub(crate) trait Serve: Sized + 'static {
    /// Connects to the server.
    fn connect(
        upstream: Upstream,
        secrets: Secrets,
        guests: GuestCount,
    ) -> impl Future<Output = Result<Self, ProxyError>>;

    /// Serves one client until it has gone.
    fn serve(self: Rc<Self>, client: Link) -> impl Future<Output = ()>;

    /// Waits until no guest has an answer outstanding.
    fn wait_idle(&self) -> impl Future<Output = Result<(), ProxyError>>;

    /// Closes the connections of all guests.
    fn close_guests(&self) -> impl Future<Output = Result<(), ProxyError>>;

    /// Returns the user and the database of the session.
    fn account(&self) -> Result<Account, ProxyError>;
}

impl Proxy {
    /// Connects to a PostgreSQL server and starts a proxy for it.
    ///
    /// # Errors
    ///
    /// If the server can't be reached, or the proxy can't be started.
    pub fn postgres(upstream: Upstream) -> Result<Proxy, ProxyError> {
        Proxy::start::<postgres::Postgres>(Protocol::Postgres, upstream)
    }

    /// Connects to a MariaDB or MySQL server and starts a proxy for it.
    ///
    /// # Errors
    ///
    /// If the server can't be reached, or the proxy can't be started.
    pub fn mysql(upstream: Upstream) -> Result<Proxy, ProxyError> {
        Proxy::start::<mysql::Mysql>(Protocol::Mysql, upstream)
    }

    fn start<P: Serve>(protocol: Protocol, upstream: Upstream) -> Result<Proxy, ProxyError> {
        let secrets = Secrets {
            owner: random_word()?,
            guest: random_word()?,
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(ProxyError::Start)?;
        listener.set_nonblocking(true).map_err(ProxyError::Start)?;
        let address = listener.local_addr().map_err(ProxyError::Start)?;
        let (commands, received) = unbounded_channel();
        let (started, start) = channel();
        let guests = GuestCount::default();
        let known = (secrets.clone(), guests.clone());
        let thread = thread::Builder::new()
            .name("migrate-proxy".to_owned())
            .spawn(move || run::<P>(listener, upstream, known, received, &started))
            .map_err(ProxyError::Start)?;
        let proxy = Proxy {
            address,
            protocol,
            secrets,
            guests,
            commands: Some(commands),
            thread: Some(thread),
        };
        start.recv().unwrap_or_else(|_| Err(stopped()))?;
        Ok(proxy)
    }

    /// Returns the address for all clients, on the loopback interface.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the word by which the proxy recognizes the owner of the session.
    ///
    /// On PostgreSQL the owner's startup option `options` starts with it, followed by a space and the real options. On
    /// MariaDB and MySQL the owner's user name starts with it. The server receives neither.
    pub fn owner_token(&self) -> &str {
        &self.secrets.owner
    }

    /// Returns the password for guests.
    pub fn guest_password(&self) -> &str {
        &self.secrets.guest
    }

    /// Returns the URL by which guests connect to the session.
    ///
    /// # Errors
    ///
    /// If the owner is not connected.
    pub fn guest_url(&self) -> Result<String, ProxyError> {
        let account = self.call(Command::Account)?;
        let database = account.database.as_deref().unwrap_or_default();
        let (scheme, options) = match self.protocol {
            Protocol::Postgres => ("postgres", "?sslmode=disable"),
            // The driver of this option would otherwise connect to the server itself.
            Protocol::Mysql => ("mysql", "?prefer_socket=false"),
        };
        Ok(format!(
            "{scheme}://{}:{}@{}/{}{options}",
            encoded(&account.user),
            self.secrets.guest,
            self.address,
            encoded(database)
        ))
    }

    /// Waits until no guest has an answer outstanding and no transaction of its own open.
    ///
    /// # Errors
    ///
    /// If a guest does not end its transaction or its request within some seconds, or if the session has ended.
    pub fn wait_idle(&self) -> Result<(), ProxyError> {
        // A guest is counted before it can send a statement.
        if self.guests.is_empty() {
            return Ok(());
        }
        self.call(Command::WaitIdle)
    }

    /// Closes the connections of all guests. What they have begun is completed, and their open transactions are rolled
    /// back.
    ///
    /// An application may keep a pool. Without this, its next statement would belong to whatever the session does then.
    ///
    /// # Errors
    ///
    /// If a guest does not finish its request within some seconds, or if the session has ended.
    pub fn close_guests(&self) -> Result<(), ProxyError> {
        if self.guests.is_empty() {
            return Ok(());
        }
        self.call(Command::CloseGuests)
    }

    fn call<T>(
        &self,
        command: impl FnOnce(Sender<Result<T, ProxyError>>) -> Command,
    ) -> Result<T, ProxyError> {
        let (sender, receiver) = channel();
        if let Some(commands) = &self.commands {
            let _ = commands.send(command(sender));
        }
        receiver.recv().unwrap_or_else(|_| Err(stopped()))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn stopped() -> ProxyError {
    ProxyError::Ended("the proxy has stopped".to_owned())
}

/// Runs the proxy until its handle is dropped.
fn run<P: Serve>(
    listener: TcpListener,
    upstream: Upstream,
    (secrets, guests): (Secrets, GuestCount),
    commands: UnboundedReceiver<Command>,
    started: &Sender<Result<(), ProxyError>>,
) {
    let runtime = match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = started.send(Err(ProxyError::Start(error)));
            return;
        }
    };
    let tasks = LocalSet::new();
    tasks.block_on(&runtime, async {
        let listening = tokio::net::TcpListener::from_std(listener).map_err(ProxyError::Start);
        let served = match listening {
            Ok(listener) => P::connect(upstream, secrets, guests)
                .await
                .map(|served| (listener, Rc::new(served))),
            Err(error) => Err(error),
        };
        match served {
            Ok((listener, served)) => {
                let _ = started.send(Ok(()));
                accept(listener, &served, commands).await;
            }
            Err(error) => {
                let _ = started.send(Err(error));
            }
        }
    });
}

/// Accepts clients and obeys the handle.
async fn accept<P: Serve>(
    listener: tokio::net::TcpListener,
    served: &Rc<P>,
    mut commands: UnboundedReceiver<Command>,
) {
    loop {
        match race(listener.accept(), commands.recv()).await {
            First::Left(Ok((stream, _))) => {
                let _ = stream.set_nodelay(true);
                let served = Rc::clone(served);
                tokio::task::spawn_local(served.serve(Link::new(Box::new(stream))));
            }
            // Out of file descriptors: some may be closed soon.
            First::Left(Err(_)) => tokio::time::sleep(Duration::from_millis(50)).await,
            First::Right(None) => return,
            First::Right(Some(Command::Account(sender))) => {
                let _ = sender.send(served.account());
            }
            First::Right(Some(Command::CloseGuests(sender))) => {
                let served = Rc::clone(served);
                tokio::task::spawn_local(async move {
                    let _ = sender.send(served.close_guests().await);
                });
            }
            First::Right(Some(Command::WaitIdle(sender))) => {
                let served = Rc::clone(served);
                tokio::task::spawn_local(async move {
                    let _ = sender.send(served.wait_idle().await);
                });
            }
        }
    }
}

/// Returns 128 random bits as text.
fn random_word() -> Result<String, ProxyError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| ProxyError::Start(std::io::Error::other(error.to_string())))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Percent-encodes a part of a URL.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// Compares two secrets in a time that does not depend on where they differ.
pub(crate) fn same_secret(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .fold(0, |difference, (left, right)| difference | (left ^ right))
            == 0
}
