//! Whether a connection is encrypted.
//!
//! This crate links no TLS library: which one, with which roots and which C or assembly code, is the application's choice.
//! A program that needs TLS connects by itself and lends the client. What a URL asks for and can't be done is refused;
//! nothing goes to another machine in the clear unless the URL says so.

pub(super) const HELP: &str = "say `sslmode=disable` if the network is trusted; for TLS connect in the program itself, with \
                               the `postgres` crate and a TLS connector, and lend the client: `PostgresClient::from(client)`";

/// Reads `sslmode`, and returns why the connection can't be made as it says.
pub(super) fn check(mode: Option<&str>, local: bool) -> Result<(), &'static str> {
    match mode {
        Some("disable" | "allow" | "prefer") => Ok(()),
        None if local => Ok(()),
        None => {
            Err("the server is on another machine, and the URL does not say whether to encrypt")
        }
        Some("require" | "verify-ca" | "verify-full") => {
            Err("`sslmode` asks for TLS, and this program was built without it")
        }
        Some(_) => {
            Err("`sslmode` is none of disable, allow, prefer, require, verify-ca, verify-full")
        }
    }
}
