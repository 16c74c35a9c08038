//! The logins: the owner's at the server, and a guest's at the proxy.

use std::time::Duration;

use sha1::{Digest as _, Sha1};
use tokio::time::timeout;

use crate::error::ProxyError;
use crate::link::{Link, exchange};
use crate::proxy::same_secret;
use crate::upstream::{Address, Upstream};

use super::packet::{
    Failure, HEADER, Header, Reader, capability, packet, push, push_error, status, status_of,
};

const NATIVE: &[u8] = b"mysql_native_password";

/// The longest wait for a client that has connected.
const PATIENCE: Duration = Duration::from_secs(30);

/// The greeting of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Greeting {
    version: Vec<u8>,
    thread: u32,
    salt: Vec<u8>,
    pub(super) capabilities: u32,
    collation: u8,
    status: u16,
    plugin: Vec<u8>,
}

impl Greeting {
    /// Reads a greeting; `None` if it is another packet.
    pub(super) fn read(payload: &[u8]) -> Option<Greeting> {
        let mut reader = Reader(payload);
        if reader.u8()? != 10 {
            return None;
        }
        let version = reader.text().to_vec();
        let thread = reader.u32()?;
        let mut salt = reader.bytes(8)?.to_vec();
        reader.u8()?;
        let low = reader.u16()?;
        let collation = reader.u8()?;
        let status = reader.u16()?;
        let high = reader.u16()?;
        let length = usize::from(reader.u8()?);
        reader.bytes(10)?;
        salt.extend_from_slice(reader.bytes(length.saturating_sub(8).max(13))?);
        // It ends with a zero.
        salt.pop();
        Some(Greeting {
            version,
            thread,
            salt,
            capabilities: u32::from(high) << 16 | u32::from(low),
            collation,
            status,
            plugin: reader.text().to_vec(),
        })
    }

    /// Returns the greeting for a client, without what a shared session does not use.
    pub(super) fn payload(&self) -> Vec<u8> {
        let capabilities = self.capabilities & !capability::HIDDEN;
        let [low, low_too, high, high_too] = capabilities.to_le_bytes();
        let (first, rest) = self.salt.split_at(self.salt.len().min(8));
        let length = u8::try_from(self.salt.len() + 1).unwrap_or(u8::MAX);
        let mut payload = vec![10];
        payload.extend_from_slice(&self.version);
        payload.push(0);
        payload.extend_from_slice(&self.thread.to_le_bytes());
        payload.extend_from_slice(first);
        payload.extend_from_slice(&[0, low, low_too, self.collation]);
        payload.extend_from_slice(&self.status.to_le_bytes());
        // MariaDB's further capabilities are in the last four of ten empty bytes.
        payload.extend_from_slice(&[high, high_too, length]);
        payload.extend_from_slice(&[0; 10]);
        payload.extend_from_slice(rest);
        payload.push(0);
        payload.extend_from_slice(&self.plugin);
        payload.push(0);
        payload
    }

    /// Returns the greeting for a guest of a session with these capabilities.
    pub(super) fn for_guest(&self, capabilities: u32) -> Result<Greeting, getrandom::Error> {
        let mut salt = vec![0; 20];
        getrandom::fill(&mut salt)?;
        // Not every client reads a salt with a zero to its end.
        for byte in &mut salt {
            *byte = *byte % 94 + 33;
        }
        let refused = capability::LOCAL_FILES;
        Ok(Greeting {
            salt,
            capabilities: capabilities & !refused
                | capability::PLUGIN_AUTH
                | capability::PLUGIN_AUTH_LENENC
                | capability::SECURE_CONNECTION
                | capability::CONNECT_WITH_DB
                | capability::PROTOCOL_41,
            status: status::AUTOCOMMIT,
            plugin: NATIVE.to_vec(),
            ..self.clone()
        })
    }
}

/// The answer of a client to the greeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Response {
    pub(super) capabilities: u32,
    pub(super) collation: u8,
    pub(super) user: Vec<u8>,
    pub(super) database: Option<Vec<u8>>,
    password: Vec<u8>,
    plugin: Vec<u8>,
}

/// The size of what comes before the user.
const BEFORE_USER: usize = 32;

impl Response {
    /// Reads a response; `None` if it is malformed or of an old protocol.
    pub(super) fn read(payload: &[u8]) -> Option<Response> {
        let mut reader = Reader(payload);
        let capabilities = reader.u32()?;
        if capabilities & capability::PROTOCOL_41 == 0 {
            return None;
        }
        reader.u32()?;
        let collation = reader.u8()?;
        reader.bytes(23)?;
        let user = reader.text().to_vec();
        let has = |flag| capabilities & flag != 0;
        let password = if has(capability::PLUGIN_AUTH_LENENC) {
            reader.text_with_length()?
        } else if has(capability::SECURE_CONNECTION) {
            let length = usize::from(reader.u8()?);
            reader.bytes(length)?
        } else {
            reader.text()
        };
        let password = password.to_vec();
        let database = has(capability::CONNECT_WITH_DB).then(|| reader.text().to_vec());
        let plugin = match has(capability::PLUGIN_AUTH) {
            true => reader.text().to_vec(),
            false => NATIVE.to_vec(),
        };
        Some(Response {
            capabilities,
            collation,
            user,
            database: database.filter(|name| !name.is_empty()),
            password,
            plugin,
        })
    }
}

/// Receives a packet; `None` if the other side has gone.
pub(super) async fn receive(link: &mut Link) -> Option<(Header, Vec<u8>)> {
    loop {
        if let Some((header, payload)) = packet(link.input.filled()) {
            let payload = payload.to_vec();
            link.input.consume(HEADER + header.size);
            return Some((header, payload));
        }
        if link.ended.is_some() || timeout(PATIENCE, link.receive()).await.is_err() {
            return None;
        }
    }
}

/// The login of the owner.
pub(super) struct OwnerLogin<'a> {
    pub(super) upstream: &'a Upstream,
    pub(super) greeting: &'a Greeting,
    pub(super) client: &'a mut Link,
}

/// A session that is open: its connection, its status and its collation.
pub(super) struct LoggedIn {
    pub(super) server: Link,
    pub(super) status: u16,
}

impl OwnerLogin<'_> {
    /// Passes the authentication through. `None` if it failed and the owner has the reason.
    ///
    /// # Errors
    ///
    /// If the connection can't be encrypted.
    pub(super) async fn run(
        self,
        mut server: Link,
        response: &Response,
        payload: &[u8],
        token: &str,
    ) -> Result<Option<LoggedIn>, ProxyError> {
        let mut payload = payload.to_vec();
        payload.drain(BEFORE_USER..BEFORE_USER + token.len());
        // MariaDB's further capabilities.
        payload[BEFORE_USER - 4..BEFORE_USER].fill(0);
        let mut capabilities = response.capabilities & !capability::HIDDEN;
        let mut shift = 0;
        if let Some(tls) = &self.upstream.tls {
            if self.greeting.capabilities & capability::SSL != 0 {
                capabilities |= capability::SSL;
                payload[..4].copy_from_slice(&capabilities.to_le_bytes());
                push(&mut server.output, 1, &payload[..BEFORE_USER]);
                server.send().await;
                server = self
                    .upstream
                    .within(self.upstream.secure(server, tls))
                    .await?;
                shift = 1;
            } else if tls.is_required() {
                return Err(ProxyError::NoTls {
                    address: self.upstream.address.to_string(),
                });
            }
        }
        payload[..4].copy_from_slice(&capabilities.to_le_bytes());
        push(&mut server.output, 1 + shift, &payload);
        let is_secure = shift > 0 || matches!(self.upstream.address, Address::Unix(_));
        Ok(self.authenticate(server, shift, is_secure).await)
    }

    /// Forwards the packets of the authentication until its end. The server's numbers are greater by `shift`.
    async fn authenticate(
        self,
        mut server: Link,
        mut shift: u8,
        is_secure: bool,
    ) -> Option<LoggedIn> {
        // The server needs the password itself on a secure connection, but the owner's is not secure.
        let password = self.upstream.password.as_ref().filter(|_| is_secure);
        loop {
            while let Some((header, payload)) = packet(server.input.filled()) {
                let sequence = header.sequence.wrapping_sub(shift);
                match (payload, password) {
                    ([1, 4], Some(password)) => {
                        let clear = [password.as_bytes(), b"\0"].concat();
                        push(&mut server.output, header.sequence.wrapping_add(1), &clear);
                        // The owner reads that the server knows the password already.
                        push(&mut self.client.output, sequence, &[1, 3]);
                        shift = shift.wrapping_add(1);
                    }
                    (payload, _) => push(&mut self.client.output, sequence, payload),
                }
                match payload.first() {
                    Some(0) => {
                        let status = status_of(payload);
                        server.input.consume(HEADER + header.size);
                        self.client.send().await;
                        return Some(LoggedIn { server, status });
                    }
                    Some(0xff) => {
                        self.client.send().await;
                        return None;
                    }
                    _ => {}
                }
                server.input.consume(HEADER + header.size);
            }
            while let Some((header, payload)) = packet(self.client.input.filled()) {
                push(
                    &mut server.output,
                    header.sequence.wrapping_add(shift),
                    payload,
                );
                self.client.input.consume(HEADER + header.size);
            }
            if server.ended.is_some() || self.client.ended.is_some() {
                return None;
            }
            exchange(self.client, &mut server, |_| true).await;
        }
    }
}

/// Checks the password of a guest. Returns the number of the packet that ends the login.
///
/// # Errors
///
/// The number of the packet, and why the guest does not get in.
pub(super) async fn check_guest(
    client: &mut Link,
    greeting: &Greeting,
    response: &Response,
    mut sequence: u8,
    secret: &str,
) -> Result<u8, (u8, Failure)> {
    let mut given = response.password.clone();
    if response.plugin != NATIVE {
        // Asks for the only method that needs no encryption.
        let request = [&[0xfe], NATIVE, b"\0", &greeting.salt, b"\0"].concat();
        push(&mut client.output, sequence.wrapping_add(1), &request);
        match receive(client).await {
            Some((header, payload)) => (sequence, given) = (header.sequence, payload),
            None => client.ended = Some("it sent no password".to_owned()),
        }
    }
    let next = sequence.wrapping_add(1);
    match same_secret(&given, &native_password(secret.as_bytes(), &greeting.salt)) {
        true => Ok(next),
        false => {
            let message = "the password is not the one of this session: connect by the URL that the revision gets for \
                           its connections";
            Err((next, Failure::new(1045, "28000", message)))
        }
    }
}

/// Returns what a client sends that knows the password.
fn native_password(password: &[u8], salt: &[u8]) -> Vec<u8> {
    let once = Sha1::digest(password);
    let twice = Sha1::digest(once);
    let salted = Sha1::new()
        .chain_update(salt)
        .chain_update(twice)
        .finalize();
    once.iter()
        .zip(salted)
        .map(|(left, right)| left ^ right)
        .collect()
}

/// Sends a client the reason why it is not served.
pub(super) async fn refuse(client: &mut Link, sequence: u8, failure: &Failure) {
    push_error(&mut client.output, sequence, failure);
    client.send().await;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_greeting_and_no_response_panics(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            let greeting = [&[10], &bytes[..]].concat();
            if let Some(greeting) = Greeting::read(&greeting) {
                let payload = greeting.payload();
                let again = Greeting::read(&payload).unwrap();
                prop_assert_eq!(greeting.thread, again.thread);
            }
            let _ = Response::read(&bytes);
        }
    }
}
