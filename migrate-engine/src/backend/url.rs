//! The common parts of database URLs.

#[cfg(any(feature = "mysql", feature = "postgres"))]
mod certificate_file;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod ignored_options;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod server;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod wrong_scheme;

#[cfg(any(feature = "mysql", feature = "postgres"))]
pub(super) use certificate_file::certificate_file;
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub(super) use ignored_options::is_ignored;
#[cfg(feature = "postgres")]
pub(super) use server::is_secret;
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub(super) use server::{Host, ServerUrl, UrlError, UrlOption};
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub(super) use wrong_scheme::wrong_scheme;

/// Returns the scheme in lower case, and the text after its colon.
pub(crate) fn scheme(url: &str) -> Option<(String, &str)> {
    let (scheme_name, rest) = url.split_once(':')?;
    let is_one = scheme_name.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme_name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte));
    is_one.then(|| (scheme_name.to_ascii_lowercase(), rest))
}

/// Returns the byte of an escape such as `%41` at the start of the text.
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
fn escape(text: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = text else {
        return None;
    };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// Returns the text with escapes such as `%40` decoded; any other `%` is kept.
#[cfg(feature = "sqlite")]
pub(super) fn lenient(text: &str) -> Vec<u8> {
    read(text, |_| true).unwrap_or_default()
}

/// Returns the text with escapes such as `%40` decoded; `None` if an escape is invalid or the result is not UTF-8.
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub(super) fn decoded(text: &str) -> Option<String> {
    String::from_utf8(read(text, |byte| byte != b'%')?).ok()
}

/// Decodes escapes; `None` if `stays` rejects an unescaped byte.
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
fn read(text: &str, stays: impl Fn(u8) -> bool) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        match escape(rest) {
            Some(byte) => {
                bytes.push(byte);
                rest = &rest[3..];
            }
            None if stays(*first) => {
                bytes.push(*first);
                rest = tail;
            }
            None => return None,
        }
    }
    Some(bytes)
}
