//! Who can use the session of a revision.

/// Whether other clients of this program can join the session in which a revision runs.
///
/// It is a type parameter of the backends on servers: `Postgres<Shared>`.
pub trait SessionMode: sealed::Sealed + 'static {
    /// The same as a value.
    const SHARING: Sharing;
}

/// Whether other clients can join a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// They can't.
    Exclusive,
    /// They can, at the URL of the session.
    #[cfg(feature = "shared-session")]
    Shared,
}

/// Only the driver of this crate uses the session, over its own connection to the server. The default.
#[derive(Debug, Clone, Copy)]
pub struct Exclusive;

/// Other clients of this program can join the session at a URL, which `op.session_url()` returns. The connection goes
/// through a proxy in this process, which adds some tens of microseconds to each statement.
#[cfg(feature = "shared-session")]
#[derive(Debug, Clone, Copy)]
pub struct Shared;

impl SessionMode for Exclusive {
    const SHARING: Sharing = Sharing::Exclusive;
}

#[cfg(feature = "shared-session")]
impl SessionMode for Shared {
    const SHARING: Sharing = Sharing::Shared;
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for super::Exclusive {}

    #[cfg(feature = "shared-session")]
    impl Sealed for super::Shared {}
}
