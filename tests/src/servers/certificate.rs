//! A certificate for a server, and the authority that vouches for it.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

/// A certificate for one name, and that of its authority, in PEM form.
pub struct Certificate {
    /// The authority's own.
    pub authority: String,
    certificate: String,
    key: String,
}

impl Certificate {
    /// Makes a certificate for a server of this name.
    ///
    /// # Panics
    ///
    /// If the name is invalid.
    pub fn new(name: &str) -> Certificate {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();
        Certificate {
            authority: authority.pem(),
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }
    }

    /// Writes `cert.pem` and `key.pem`, for a server to read.
    pub(super) fn write(&self, folder: &Path) -> Result<(), String> {
        let write = |name: &str, text: &str| fs::write(folder.join(name), text);
        write("cert.pem", &self.certificate)
            .and_then(|()| write("key.pem", &self.key))
            .map_err(|error| error.to_string())
    }

    /// Writes the authority's certificate into a file of `folder`, for a client to read.
    ///
    /// # Panics
    ///
    /// If it can't be written.
    pub fn roots(&self, folder: &Path) -> PathBuf {
        let file = folder.join("roots of mine.pem");
        fs::write(&file, &self.authority).unwrap();
        file
    }
}
