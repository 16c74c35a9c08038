//! The first messages of a client.

use std::time::Duration;

use tokio::time::timeout;

use crate::link::Link;
use crate::proxy::{Account, same_secret};
use crate::sharing::GuestId;

use super::message::{Failure, header, pairs, text};

/// The request for TLS.
pub(super) const TLS_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

const TLS: u32 = 80_877_103;
const GSS: u32 = 80_877_104;
const CANCEL: u32 = 80_877_102;

/// The largest startup message that the server accepts.
const LARGEST: usize = 10_000;

/// The longest wait for a client that has connected.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a client wants.
pub(super) enum Startup {
    Session(StartupMessage),
    /// A cancel request as it was received.
    Cancel(Vec<u8>),
}

/// A startup message.
pub(super) struct StartupMessage {
    version: u32,
    pub(super) parameters: Vec<(String, String)>,
}

/// Reads the startup message; `Err(None)` if the client has gone.
pub(super) async fn read(client: &mut Link) -> Result<Startup, Option<Failure>> {
    loop {
        let Some(message) = first(client).await? else {
            return Err(None);
        };
        let code = number(&message[4..]);
        match code {
            // Connections do not leave this machine.
            TLS | GSS if message.len() == 8 => client.output.push(b"N"),
            CANCEL => return Ok(Startup::Cancel(message)),
            version if version >> 16 == 3 => {
                let parameters = pairs(&message[8..]).ok_or_else(malformed)?;
                return Ok(Startup::Session(StartupMessage {
                    version,
                    parameters,
                }));
            }
            _ => return Err(Some(malformed())),
        }
    }
}

/// Reads a message without a kind; `None` if the client has gone.
async fn first(client: &mut Link) -> Result<Option<Vec<u8>>, Failure> {
    loop {
        let filled = client.input.filled();
        if filled.len() >= 4 {
            let length = number(filled) as usize;
            if !(8..=LARGEST).contains(&length) {
                return Err(malformed());
            }
            if let Some(message) = filled.get(..length) {
                let message = message.to_vec();
                client.input.consume(length);
                return Ok(Some(message));
            }
        }
        if client.ended.is_some() || timeout(PATIENCE, client.receive()).await.is_err() {
            return Ok(None);
        }
    }
}

/// Reads the password; `None` if the client sent something else.
pub(super) async fn password(client: &mut Link) -> Option<Vec<u8>> {
    loop {
        if let Some(header) = header(client.input.filled()).ok()? {
            if header.kind != b'p' || header.size > LARGEST {
                return None;
            }
            if let Some(message) = client.input.filled().get(..header.size) {
                let password = text(&message[5..])?.0.to_vec();
                client.input.consume(header.size);
                return Some(password);
            }
        }
        if client.ended.is_some() || timeout(PATIENCE, client.receive()).await.is_err() {
            return None;
        }
    }
}

fn number(bytes: &[u8]) -> u32 {
    match *bytes {
        [a, b, c, d, ..] => u32::from_be_bytes([a, b, c, d]),
        _ => 0,
    }
}

fn malformed() -> Failure {
    Failure::new(
        "08P01",
        "the first message is not one of PostgreSQL's protocol 3",
    )
}

impl StartupMessage {
    fn parameter(&self, name: &str) -> Option<&str> {
        let mut parameters = self.parameters.iter();
        let (_, value) = parameters.find(|(key, _)| key == name)?;
        Some(value)
    }

    /// Returns the message without the owner's token if it has it.
    pub(super) fn owner(&self, token: &str) -> Option<StartupMessage> {
        let options = self.parameter("options")?.trim_start();
        let given = options.as_bytes().get(..token.len())?;
        if !same_secret(given, token.as_bytes()) {
            return None;
        }
        let rest = options.get(token.len()..)?.trim_start().to_owned();
        let mut parameters = self.parameters.clone();
        parameters.retain(|(name, _)| name != "options");
        if !rest.is_empty() {
            parameters.push(("options".to_owned(), rest));
        }
        Some(StartupMessage {
            version: self.version,
            parameters,
        })
    }

    /// Returns the message for the server.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut body = self.version.to_be_bytes().to_vec();
        for (name, value) in &self.parameters {
            for text in [name, value] {
                body.extend_from_slice(text.as_bytes());
                body.push(0);
            }
        }
        body.push(0);
        let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
        let mut bytes = length.to_be_bytes().to_vec();
        bytes.append(&mut body);
        bytes
    }

    /// Returns the user and the database. Without a database it is the user's.
    pub(super) fn account(&self) -> Account {
        let user = self.parameter("user").unwrap_or_default().to_owned();
        let database = self.parameter("database").filter(|name| !name.is_empty());
        let database = Some(database.unwrap_or(&user).to_owned());
        Account { user, database }
    }

    /// Checks that a guest wants what the session is.
    pub(super) fn check(&self, session: &Account) -> Result<(), Failure> {
        let wanted = self.account();
        if self
            .parameter("replication")
            .is_some_and(|value| !["", "0", "off", "false", "no"].contains(&value))
        {
            return Err(Failure::new("0A000", "a shared session has no replication"));
        }
        if wanted == *session {
            return Ok(());
        }
        let name = |account: &Account| {
            let database = account.database.as_deref().unwrap_or_default();
            format!("user `{}` in database `{database}`", account.user)
        };
        let message = format!(
            "this is the session of {}, not of {}",
            name(session),
            name(&wanted)
        );
        Err(Failure::new("28000", message)
            .with_hint("connect by the URL that the revision gets for its connections"))
    }
}

/// Returns a key for the cancel requests of a guest: a number as its process, and a random secret.
pub(super) fn key(guest: GuestId) -> [u8; 8] {
    let mut key = [0; 8];
    // Without random numbers the cancel requests of guests could be guessed. They stop a statement, no more.
    let _ = getrandom::fill(&mut key);
    key[..4].copy_from_slice(&guest.to_be_bytes());
    key
}

/// Returns a cancel request with the server's key.
pub(super) fn cancel_message(key: &[u8]) -> Vec<u8> {
    let length = u32::try_from(key.len() + 8).unwrap_or(u32::MAX);
    let mut message = length.to_be_bytes().to_vec();
    message.extend_from_slice(&CANCEL.to_be_bytes());
    message.extend_from_slice(key);
    message
}
