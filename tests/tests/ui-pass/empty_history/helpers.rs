//! What revisions will share.

#[allow(dead_code)]
pub(super) fn batch() -> usize {
    500
}
