//! The path of a certificate file in an option.

use std::path::PathBuf;

use super::UrlError;

/// Returns the path that an option such as `sslrootcert` names. A pool of sqlx writes `file: ` before it.
pub(crate) fn certificate_file(name: &str, value: &str) -> Result<PathBuf, UrlError> {
    if value.trim_start().starts_with("-----BEGIN") {
        let reason = format!("`{name}` contains a certificate, not the path of a file");
        return Err(UrlError::new(reason)
            .with_help("write the certificate to a file, and the path of the file in the URL"));
    }
    Ok(PathBuf::from(value.strip_prefix("file: ").unwrap_or(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_as_sqlx_writes_it() {
        for (value, path) in [
            ("/a b.pem", "/a b.pem"),
            ("file: /a.pem", "/a.pem"),
            ("file:/a.pem", "file:/a.pem"),
        ] {
            assert_eq!(certificate_file("ssl-ca", value), Ok(PathBuf::from(path)));
        }
        let inline = certificate_file("ssl-ca", "-----BEGIN CERTIFICATE-----\nAA\n").unwrap_err();
        assert!(inline.reason.contains("`ssl-ca` contains a certificate"));
    }
}
