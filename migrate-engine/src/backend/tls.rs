//! Whether a connection to a server is encrypted, and which servers it trusts.
//!
//! This module turns the options of a URL into a [`Security`], or returns why the connection can't be made. Without an
//! explicit option in the URL, a connection to another machine is always encrypted. The feature `tls` adds the TLS
//! library; without it this crate links none, and a runner sets in its `main` how to connect.

#[cfg(feature = "tls")]
use std::path::Path;
use std::path::PathBuf;

use crate::error::{DatabaseError, DatabaseErrorKind};

/// How to connect to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Security {
    /// Unencrypted, because the URL says so or the server is on this machine.
    Plain,
    /// With TLS.
    Tls(Tls),
    /// With TLS if the server supports it, else unencrypted; only on this machine.
    TlsFirst(Tls),
    /// Unencrypted if the server accepts it, else with TLS; only on this machine.
    ClearFirst(Tls),
}

/// The settings of a TLS connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tls {
    pub(crate) check: CertificateCheck,
    /// A file of certificates to trust instead of the well-known ones.
    pub(crate) roots: Option<PathBuf>,
}

/// The servers that a TLS connection trusts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CertificateCheck {
    /// Any server: no third party can read the data, but it may be the wrong server.
    None,
    /// Any server with a certificate from a trusted authority, whatever its host name.
    Authority,
    /// Only the server with this host name and a certificate from a trusted authority.
    Full,
}

impl CertificateCheck {
    /// Returns PostgreSQL's `sslmode` keyword.
    pub(crate) fn ssl_mode(self) -> &'static str {
        match self {
            CertificateCheck::None => "require",
            CertificateCheck::Authority => "verify-ca",
            CertificateCheck::Full => "verify-full",
        }
    }
}

/// The location of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServerLocation {
    /// On this machine.
    Local,
    /// On another machine.
    Remote,
}

/// Whether this build supports TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TlsSupport {
    /// It supports TLS.
    BuiltIn,
    /// It was built without TLS.
    Missing,
}

impl TlsSupport {
    /// Returns the ability of a program that did or did not pass its own connector.
    pub(crate) fn of<C>(connector: Option<C>) -> TlsSupport {
        match connector {
            None if cfg!(not(feature = "tls")) => TlsSupport::Missing,
            _ => TlsSupport::BuiltIn,
        }
    }
}

/// The names of the TLS option in a backend's URLs.
pub(crate) struct TlsOptionNames {
    /// The name of the option.
    pub(crate) option: &'static str,
    /// Its allowed values.
    pub(crate) values: &'static str,
}

impl Security {
    /// Reads a mode of PostgreSQL or MySQL, or returns why the connection can't be made.
    pub(crate) fn new(
        mode: Option<&str>,
        roots: Option<PathBuf>,
        server: ServerLocation,
        ability: TlsSupport,
        names: &TlsOptionNames,
    ) -> Result<Security, String> {
        let option = names.option;
        let mode = mode.map(|mode| mode.to_ascii_lowercase().replace('_', "-"));
        let over = |trust| Tls {
            check: trust,
            roots: roots.clone(),
        };
        let trust = match (mode.as_deref(), server) {
            (Some("disable" | "disabled"), _) => return Ok(Security::Plain),
            (None | Some("allow" | "prefer" | "preferred"), ServerLocation::Local)
                if ability == TlsSupport::Missing =>
            {
                return Ok(Security::Plain);
            }
            // A proxy at the other end of a tunnel may accept only TLS.
            (None, ServerLocation::Local) => {
                return Ok(Security::ClearFirst(over(CertificateCheck::None)));
            }
            (Some("allow" | "prefer" | "preferred"), ServerLocation::Local) => {
                return Ok(Security::TlsFirst(over(CertificateCheck::None)));
            }
            (Some("allow" | "prefer" | "preferred"), ServerLocation::Remote)
                if ability == TlsSupport::Missing =>
            {
                return Err(format!(
                    "`{option}` allows an unencrypted connection to another machine, which is refused, and this \
                     application was built without TLS"
                ));
            }
            (Some("allow" | "prefer" | "preferred" | "require" | "required"), _) => {
                CertificateCheck::None
            }
            (Some("verify-ca"), _) => CertificateCheck::Authority,
            (Some("verify-full" | "verify-identity"), _) => CertificateCheck::Full,
            (Some(_), _) => return Err(format!("`{option}` must be one of {}", names.values)),
            (None, ServerLocation::Remote) if ability == TlsSupport::Missing => {
                return Err(
                    "the server is on another machine, and the URL does not specify whether to encrypt"
                        .to_owned(),
                );
            }
            (None, ServerLocation::Remote) => CertificateCheck::Full,
        };
        match ability {
            TlsSupport::BuiltIn => Ok(Security::Tls(over(trust))),
            TlsSupport::Missing => Err(format!(
                "`{option}` requires TLS, and this application was built without it"
            )),
        }
    }
}

/// Returns the error for a server that can't be reached; `options` are the URL options that select the trusted
/// certificates.
pub(crate) fn unreached(message: String, options: &str) -> DatabaseError {
    let help = match message.contains("certificate") {
        true => format!("check the server's certificate, and {options} in the URL"),
        false => "check that the server runs, and its host and port in the URL".to_owned(),
    };
    DatabaseError::new(DatabaseErrorKind::CannotOpen, message).with_help(help)
}

/// Reads the trusted certificates from a PEM file.
#[cfg(feature = "tls")]
pub(crate) fn roots(file: &Path) -> Result<rustls::RootCertStore, DatabaseError> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;

    let unusable = |reason: String| {
        DatabaseError::new(
            DatabaseErrorKind::Other,
            format!("`{}` has no usable certificates: {reason}", file.display()),
        )
        .with_help("specify a file with certificates in PEM format")
    };
    let mut roots = rustls::RootCertStore::empty();
    let found = CertificateDer::pem_file_iter(file).map_err(|error| unusable(error.to_string()))?;
    for certificate in found {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| unusable(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(unusable("it is empty".to_owned()));
    }
    Ok(roots)
}

/// Sets the cryptography provider of rustls, which needs one if several are linked. A provider that the application has
/// set is kept.
#[cfg(feature = "tls")]
pub(crate) fn choose_provider() {
    // An error means that a provider is already set.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(
        mode: Option<&str>,
        server: ServerLocation,
        ability: TlsSupport,
    ) -> Result<Security, String> {
        let names = TlsOptionNames {
            option: "sslmode",
            values: "these",
        };
        Security::new(mode, None, server, ability, &names)
    }

    fn trusts(trust: CertificateCheck) -> Result<Security, String> {
        Ok(Security::Tls(Tls {
            check: trust,
            roots: None,
        }))
    }

    #[test]
    fn connections_to_remote_servers_are_encrypted_unless_the_url_disables_it() {
        use ServerLocation::{Local, Remote};
        use TlsSupport::{BuiltIn, Missing};
        assert_eq!(channel(None, Local, Missing), Ok(Security::Plain));
        let anyone = || Tls {
            check: CertificateCheck::None,
            roots: None,
        };
        assert_eq!(
            channel(None, Local, BuiltIn),
            Ok(Security::ClearFirst(anyone()))
        );
        for mode in ["allow", "prefer", "PREFERRED"] {
            assert_eq!(
                channel(Some(mode), Local, BuiltIn),
                Ok(Security::TlsFirst(anyone()))
            );
            assert_eq!(channel(Some(mode), Local, Missing), Ok(Security::Plain));
            assert_eq!(
                channel(Some(mode), Remote, BuiltIn),
                trusts(CertificateCheck::None)
            );
            assert!(channel(Some(mode), Remote, Missing).is_err());
        }
        assert_eq!(
            channel(None, Remote, BuiltIn),
            trusts(CertificateCheck::Full)
        );
        assert!(channel(None, Remote, Missing).is_err());
        assert_eq!(
            channel(Some("disable"), Remote, BuiltIn),
            Ok(Security::Plain)
        );
        assert_eq!(
            channel(Some("REQUIRED"), Local, BuiltIn),
            trusts(CertificateCheck::None)
        );
        assert_eq!(
            channel(Some("VERIFY_CA"), Local, BuiltIn),
            trusts(CertificateCheck::Authority)
        );
        assert_eq!(
            channel(Some("verify-full"), Local, BuiltIn),
            trusts(CertificateCheck::Full)
        );
        assert!(channel(Some("verify-full"), Local, Missing).is_err());
        assert!(channel(Some("sometimes"), Local, BuiltIn).is_err());
    }
}
