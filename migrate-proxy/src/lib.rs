//! Lets several clients share one session of PostgreSQL, MariaDB or MySQL.
//!
//! A revision runs in a transaction on a connection of the engine. The application's own code uses another library: sqlx,
//! SeaORM, Diesel, tokio-postgres, or a program such as psql. None of them can take over an open connection. A [`Proxy`]
//! stands between the engine and the server, and lets such *guests* into the session of the *owner*, the engine. What a
//! guest writes is part of the revision's transaction.
//!
//! ```text
//!  engine (owner) ── login, messages ─────►┐               ┌──────────────┐
//!                                          │    Proxy      │              │
//!  sqlx (guest)   ── login here ──────────►│ one thread,   │   database   │
//!                    messages in its turn ►│ one turn  ────┼─► server     │
//!  psql (guest)   ── login here ──────────►│               │  one session │
//!                    messages in its turn ►┘               └──────────────┘
//!       127.0.0.1, one port, a token or a password           TCP or Unix socket, TLS
//! ```
//!
//! The owner's login passes through to the server, and so do its messages. A guest logs in at the proxy, with a password
//! that only [`Proxy::guest_url`] contains. One client has the *turn*: it sends a request, and the turn ends with the
//! complete answer. If a guest stops reading, the proxy reads the rest of the answer, so that the next client has a clean
//! session.
//!
//! # Transactions
//!
//! | A guest sends | While the owner has a transaction open, the server gets |
//! |---|---|
//! | `BEGIN`, `START TRANSACTION` with any mode | `SAVEPOINT migrate_guest_N` |
//! | `COMMIT`, `END` | `RELEASE SAVEPOINT migrate_guest_N` |
//! | `ROLLBACK`, `ABORT`, or `COMMIT` of a failed transaction | `ROLLBACK TO SAVEPOINT migrate_guest_N` |
//! | `SAVEPOINT`, `RELEASE`, `ROLLBACK TO` in its transaction | the same |
//! | `SET TRANSACTION …` | nothing: the mode of the owner's transaction remains |
//! | `PREPARE TRANSACTION`, `XA`, `LOCK TABLES`, `SET autocommit = 0`, `DISCARD`, `DEALLOCATE ALL`, `RESET ALL` | nothing: the guest gets an error |
//!
//! The guest receives the answers of the real commands, and the state that it expects. If the owner has no transaction
//! open, a guest's transaction is a real one. While a guest has a transaction open, other guests wait. After five seconds
//! without progress they get an error: use one connection, such as a pool with `max_connections` 1. Then
//! [`Proxy::wait_idle`] returns an error too, because the owner's statements would belong to the guest's transaction.
//!
//! On PostgreSQL, a failed statement of a guest outside a transaction of its own fails the owner's transaction, as a
//! statement of the owner does. If MariaDB or MySQL rolls back the whole transaction with an error, as after a deadlock,
//! the proxy ends the session: later statements would be committed one by one.
//!
//! # What is shared
//!
//! - Not shared: the settings that PostgreSQL reports (`TimeZone`, `DateStyle`, `IntervalStyle`, `client_encoding`,
//!   `standard_conforming_strings`, `application_name`; since PostgreSQL 18 `search_path`). On MariaDB and MySQL
//!   `sql_mode`, `time_zone`, the character sets, `foreign_key_checks`, `unique_checks` and the current database. They
//!   change with the turn. A guest begins with those of a new connection.
//! - Not shared: names of prepared statements and portals of PostgreSQL's protocol. A guest's are closed when it leaves.
//! - Shared: everything else. Temporary tables, other settings, user variables, statements that were prepared by SQL,
//!   advisory locks, `LISTEN`, the role, `LAST_INSERT_ID()`. `SET LOCAL` lasts to the end of the owner's transaction.
//! - The owner's capabilities are those of all clients. `CLIENT_FOUND_ROWS` decides whether an `UPDATE` counts the rows
//!   that it finds or those that it changes. sqlx and Diesel expect the rows found, so the owner should set it. Hidden
//!   from all clients: TLS, compression, `CLIENT_DEPRECATE_EOF`, `CLIENT_SESSION_TRACK`, optional metadata, query
//!   attributes, and the extended capabilities of MariaDB.
//! - A statement with an implicit commit on MariaDB and MySQL (`CREATE TABLE`) commits the owner's transaction too. So
//!   does a `COMMIT` in a procedure. The proxy does not see the second.
//! - A cancel request of a guest is forwarded while this guest has the turn.
//!
//! # Who may connect
//!
//! Other users of the machine can connect to the port too, so each client presents a random word. A guest presents
//! [`Proxy::guest_password`] as its password. The owner's password belongs to the server, so the owner presents
//! [`Proxy::owner_token`] elsewhere: on PostgreSQL before its startup options, on MariaDB and MySQL before its user name.
//! Drivers allow both, and no authentication method signs either of them. The proxy removes the token.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use migrate_proxy::{Address, Proxy, Upstream};
//! use postgres::{Config, NoTls};
//!
//! let proxy = Proxy::postgres(Upstream {
//!     address: Address::Tcp { host: "db.example".to_owned(), port: 5432 },
//!     tls: None,
//!     password: None,
//!     connect_timeout: Duration::from_secs(10),
//! })?;
//! let mut owner = Config::new()
//!     .host("127.0.0.1")
//!     .port(proxy.address().port())
//!     .options(proxy.owner_token())
//!     .user("postgres")
//!     .connect(NoTls)?;
//! owner.batch_execute("BEGIN")?;
//! let mut guest = postgres::Client::connect(&proxy.guest_url()?, NoTls)?;
//! guest.batch_execute("INSERT INTO users VALUES (1)")?;
//! proxy.wait_idle()?;
//! owner.batch_execute("ROLLBACK")?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `channel_binding=require` of PostgreSQL fails, because the owner's own connection has no TLS.

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
