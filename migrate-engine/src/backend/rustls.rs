//! TLS with rustls: converts the certificate options for rustls.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use crate::backend::tls::{CertificateCheck, Tls, choose_provider, roots};
use crate::error::{DatabaseError, DatabaseErrorKind};

/// Returns the configuration for rustls.
pub(super) fn config(tls: &Tls) -> Result<ClientConfig, DatabaseError> {
    choose_provider();
    let roots = Arc::new(match &tls.roots {
        Some(file) => roots(file)?,
        None => webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect(),
    });
    let builder = ClientConfig::builder();
    if tls.check == CertificateCheck::Full {
        return Ok(builder.with_root_certificates(roots).with_no_client_auth());
    }
    let strict = WebPkiServerVerifier::builder(roots)
        .build()
        .map_err(|error| DatabaseError::new(DatabaseErrorKind::Other, error.to_string()))?;
    let trust = tls.check;
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Lenient { trust, strict }))
        .with_no_client_auth())
}

/// Accepts what `sslmode=require` and `sslmode=verify-ca` do not verify
/// (<https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION>).
#[derive(Debug)]
struct Lenient {
    trust: CertificateCheck,
    strict: Arc<WebPkiServerVerifier>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.trust == CertificateCheck::None {
            return Ok(ServerCertVerified::assertion());
        }
        let seen = self
            .strict
            .verify_server_cert(end_entity, intermediates, name, ocsp, now);
        match seen {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            seen => seen,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.strict
            .verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.strict
            .verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.strict.supported_verify_schemes()
    }
}
