//! What the URLs of databases have in common.

#[cfg(any(feature = "mysql", feature = "postgres"))]
mod server;

#[cfg(feature = "postgres")]
pub(super) use server::is_secret;
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub(super) use server::{Asked, Flaw, Host, ServerUrl};

/// Returns the scheme in small letters, and what follows its colon.
pub(crate) fn scheme(url: &str) -> Option<(String, &str)> {
    let (word, rest) = url.split_once(':')?;
    let is_one = word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte));
    is_one.then(|| (word.to_ascii_lowercase(), rest))
}

/// Returns the byte that `%41` at the start of the text stands for.
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
fn escape(text: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = text else {
        return None;
    };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// Returns the text with `%40` and the like read; a `%` before anything else stays.
#[cfg(feature = "sqlite")]
pub(super) fn lenient(text: &str) -> Vec<u8> {
    read(text, |_| true).unwrap_or_default()
}

/// Returns the text with `%40` and the like read; `None` where that is broken or gives no UTF-8.
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub(super) fn decoded(text: &str) -> Option<String> {
    String::from_utf8(read(text, |byte| byte != b'%')?).ok()
}

/// Reads escapes; `None` where `stays` does not take a byte as it is.
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
