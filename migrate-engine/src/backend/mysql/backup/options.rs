//! Passes the parameters of a connection to the server's programs, in a file that only this user can read. All users
//! of the machine can read arguments.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use mysql::Opts;

use crate::backend::tls::{CertificateCheck, Security};
use crate::backup_driver::WithFile as _;
use crate::error::Error;

use super::super::server::Family;
use super::super::url::Origin;

/// An option file. It is dropped, and deleted, as soon as the program has read it.
pub(super) struct OptionFile {
    path: PathBuf,
}

impl OptionFile {
    /// Writes the file to the directory for temporary files.
    pub(super) fn create(origin: &Origin, family: Family) -> Result<OptionFile, Error> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let nanos = now.map_or(0, |now| now.as_nanos());
        let name = format!(".cargo-migrate-{}-{nanos}.cnf", std::process::id());
        let path = std::env::temp_dir().join(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let action = "write, for the programs of the server,";
        let mut file = options.open(&path).with_file(action, &path)?;
        let option_file = OptionFile { path };
        file.write_all(text(origin, family).as_bytes())
            .with_file(action, &option_file.path)?;
        Ok(option_file)
    }

    /// Returns the argument that names the file. It must be the first argument.
    pub(super) fn argument(&self) -> std::ffi::OsString {
        let mut argument = std::ffi::OsString::from("--defaults-extra-file=");
        argument.push(&self.path);
        argument
    }
}

impl Drop for OptionFile {
    fn drop(&mut self) {
        // Only this user can read a file that remains.
        let _ = fs::remove_file(&self.path);
    }
}

fn text(origin: &Origin, family: Family) -> String {
    let options = Opts::from(origin.options.clone());
    let mut lines = vec!["[client]".to_owned()];
    let mut set = |name: &str, value: &str| lines.push(format!("{name}={}", quoted(value)));
    set("user", options.get_user().unwrap_or("root"));
    set("password", options.get_pass().unwrap_or(""));
    match options.get_socket() {
        Some(socket) => {
            set("socket", socket);
            set("protocol", "socket");
        }
        None => {
            set("host", &options.get_ip_or_hostname());
            set("port", &options.get_tcp_port().to_string());
            set("protocol", "tcp");
        }
    }
    set("default-character-set", "utf8mb4");
    // A row can have the greatest length that the server accepts.
    set("max-allowed-packet", "1G");
    lines.extend(encryption(&origin.channel, family));
    lines.join("\n") + "\n"
}

/// Returns the encryption options of the URL, for the programs of this product.
fn encryption(channel: &Security, family: Family) -> Vec<String> {
    let tls = match (channel, family) {
        (Security::Tls(tls), _) => tls,
        (Security::Plain, Family::MariaDb) => return vec!["skip-ssl".to_owned()],
        (Security::Plain, Family::MySql) => return vec!["ssl-mode=DISABLED".to_owned()],
        // MariaDB's programs continue without encryption if the server does not support TLS.
        (Security::TlsFirst(tls) | Security::ClearFirst(tls), Family::MariaDb) => tls,
        (Security::TlsFirst(_) | Security::ClearFirst(_), Family::MySql) => {
            return vec!["ssl-mode=PREFERRED".to_owned()];
        }
    };
    let options: &[&str] = match (tls.check, family) {
        // This process already checked, when it connected, that the server supports TLS.
        (CertificateCheck::None, Family::MariaDb) => &["ssl", "skip-ssl-verify-server-cert"],
        (CertificateCheck::Authority | CertificateCheck::Full, Family::MariaDb) => {
            &["ssl", "ssl-verify-server-cert"]
        }
        (CertificateCheck::None, Family::MySql) => &["ssl-mode=REQUIRED"],
        (CertificateCheck::Authority, Family::MySql) => &["ssl-mode=VERIFY_CA"],
        (CertificateCheck::Full, Family::MySql) => &["ssl-mode=VERIFY_IDENTITY"],
    };
    let roots = tls.roots.as_ref();
    let roots = roots.map(|roots| format!("ssl-ca={}", quoted(&roots.to_string_lossy())));
    options
        .iter()
        .map(|option| (*option).to_owned())
        .chain(roots)
        .collect()
}

/// Returns a value with the quotes of an option file.
fn quoted(value: &str) -> String {
    let mut text = String::from("\"");
    for c in value.chars() {
        match c {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            c => text.push(c),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::time::Duration;

    use super::super::super::url;
    use super::*;
    use crate::backend::tls::Tls;

    fn origin(url: &str) -> Origin {
        url::origin(OsStr::new(url), Duration::from_secs(3)).unwrap()
    }

    #[test]
    fn any_password_is_one_value() {
        let origin = origin("mysql://u:a%22%23b%27%5Cc%20d%0A@localhost:3307/db");
        let text = text(&origin, Family::MariaDb);
        assert!(
            text.contains("\nuser=\"u\"\npassword=\"a\\\"#b'\\\\c d\\n\"\n"),
            "{text}"
        );
        assert!(text.contains("port=\"3307\""), "{text}");
    }

    #[test]
    fn the_encryption_of_a_url_is_never_weakened() {
        for (trust, family, expected) in [
            (
                CertificateCheck::None,
                Family::MariaDb,
                "ssl skip-ssl-verify-server-cert",
            ),
            (
                CertificateCheck::Authority,
                Family::MariaDb,
                "ssl ssl-verify-server-cert",
            ),
            (
                CertificateCheck::Full,
                Family::MariaDb,
                "ssl ssl-verify-server-cert",
            ),
            (CertificateCheck::None, Family::MySql, "ssl-mode=REQUIRED"),
            (
                CertificateCheck::Authority,
                Family::MySql,
                "ssl-mode=VERIFY_CA",
            ),
            (
                CertificateCheck::Full,
                Family::MySql,
                "ssl-mode=VERIFY_IDENTITY",
            ),
        ] {
            let roots = Some("/a b.pem".into());
            let words = encryption(
                &Security::Tls(Tls {
                    check: trust,
                    roots,
                }),
                family,
            );
            assert_eq!(words.join(" "), format!("{expected} ssl-ca=\"/a b.pem\""));
        }
    }

    #[test]
    #[cfg(unix)]
    fn the_file_is_private_to_the_user_and_is_removed() {
        use std::os::unix::fs::PermissionsExt as _;
        let option_file =
            OptionFile::create(&origin("mysql://u:x@localhost/db"), Family::MariaDb).unwrap();
        let path = option_file.path.clone();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        drop(option_file);
        assert!(!path.exists());
    }
}
