//! The hook with which an application prepares each connection, for example to register functions and collations.
//!
//! [`ConnectionHook`] prepares every connection that this crate opens or borrows, with the function that `migrations!`
//! names, or with one that the application passed. A backend uses it only if it opens connections of its own.

use std::sync::{Arc, PoisonError, RwLock};

use crate::backend::Backend;
use crate::error::{DatabaseError, DatabaseErrorKind, Error};
use crate::v1;

/// The type of the function that `on_connect` of `migrations!` names.
pub type OnConnect<B> = fn(<B as Backend>::Reader<'_>) -> v1::Result<()>;

type HookFn<B> = Arc<dyn Fn(<B as Backend>::Reader<'_>) -> v1::Result<()> + Send + Sync>;

/// The hook that prepares the connections of an application.
pub struct ConnectionHook<B: Backend> {
    named: Option<OnConnect<B>>,
    given: RwLock<Option<HookFn<B>>>,
}

impl<B: Backend> ConnectionHook<B> {
    /// Returns a hook that does nothing.
    #[must_use]
    pub const fn none() -> ConnectionHook<B> {
        ConnectionHook {
            named: None,
            given: RwLock::new(None),
        }
    }

    pub(crate) const fn named(function: OnConnect<B>) -> ConnectionHook<B> {
        ConnectionHook {
            named: Some(function),
            given: RwLock::new(None),
        }
    }

    pub(crate) fn give(
        &self,
        function: impl Fn(B::Reader<'_>) -> v1::Result<()> + Send + Sync + 'static,
    ) {
        let mut given = self.given.write().unwrap_or_else(PoisonError::into_inner);
        *given = Some(Arc::new(function));
    }

    /// Returns whether a function is set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.named.is_some() || self.current().is_some()
    }

    fn current(&self) -> Option<HookFn<B>> {
        let given = self.given.read().unwrap_or_else(PoisonError::into_inner);
        given.clone()
    }

    /// Returns this hook for another backend that reads with the same type.
    #[cfg(feature = "sqlite")]
    pub(crate) fn of_backend<C>(self) -> ConnectionHook<C>
    where
        C: for<'c> Backend<Reader<'c> = B::Reader<'c>>,
    {
        ConnectionHook {
            named: self.named,
            given: self.given,
        }
    }

    /// Prepares a connection.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] with the error of the application's function.
    pub fn prepare(&self, client: &mut B::Client) -> Result<(), Error> {
        if let Some(named) = self.named {
            named(B::reader(client)).map_err(|error| hook_error::<B>(&error))?;
        }
        match self.current() {
            Some(given) => given(B::reader(client)).map_err(|error| hook_error::<B>(&error)),
            None => Ok(()),
        }
    }
}

impl<B: Backend> Clone for ConnectionHook<B> {
    fn clone(&self) -> ConnectionHook<B> {
        ConnectionHook {
            named: self.named,
            given: RwLock::new(self.current()),
        }
    }
}

fn hook_error<B: Backend>(error: &v1::Error) -> Error {
    let source = B::downcast_error(error.inner())
        .unwrap_or_else(|| DatabaseError::new(DatabaseErrorKind::Other, error.to_string()));
    Error::database("`on_connect` can't prepare a connection", source)
}
