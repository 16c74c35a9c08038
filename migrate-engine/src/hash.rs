//! A hash that is the same in every version of this crate.

/// Returns the FNV-1a hash of these strings, each followed by a zero byte.
pub fn fnv<W: AsRef<[u8]>>(words: impl IntoIterator<Item = W>) -> u64 {
    words.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, word| {
        mixed(hash, word.as_ref())
    })
}

/// Returns `hash` with one more string.
pub(crate) fn mixed(hash: u64, word: &[u8]) -> u64 {
    more(more(hash, word), &[0])
}

/// Returns `hash` with more bytes, which may be part of a string.
pub(crate) fn more(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
