//! Whose turn it is: at most one client has the session at a time.

use std::cell::{Cell, RefCell};
use std::ops::{Deref, DerefMut};
use std::rc::Rc;
use std::task::{Context, Waker};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

use crate::error::ProxyError;

/// After this time without progress, a client that waits for another one gets an error.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// The longest wait for a guest that must go to read the reason.
pub(crate) const GOODBYE: Duration = Duration::from_millis(200);

/// The number of a guest.
pub(crate) type GuestId = u32;

/// A session, and the state of those who share it.
pub(crate) struct Sharing<S> {
    session: RefCell<Option<S>>,
    /// The guest that has a transaction of its own open.
    in_transaction: Cell<Option<GuestId>>,
    /// The guest that has the turn.
    turn_of: Cell<Option<GuestId>>,
    /// The guest that has the turn must send something before the server can go on.
    waits_for_guest: Cell<bool>,
    /// Guests with something undone: bytes to process, or an answer to come.
    busy: Cell<u32>,
    /// Guests that are logged in.
    guests: Cell<u32>,
    /// Counts how often all guests were sent away.
    farewells: Cell<u32>,
    /// Clients that wait for their turn.
    waiting: Cell<u32>,
    /// Cancel requests on their way to the server. The turn does not change meanwhile: they must not reach the next one.
    cancelling: Cell<u32>,
    /// Changes with each message of the client that has the turn.
    progress: Cell<u64>,
    /// Why the session has ended.
    ended: RefCell<Option<String>>,
    changed: Notify,
    /// The task that reads slowly, because its client does.
    slow: RefCell<Option<Waker>>,
}

/// Why a client does not get its turn.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoTurn {
    /// Another guest has an open transaction.
    #[error("another connection has an open transaction in this session")]
    OtherTransaction,
    /// Another guest does not finish its request.
    #[error("another connection does not finish its request in this session")]
    OtherRequest,
    /// The session has ended.
    #[error("the database session has ended: {0}")]
    Ended(String),
}

impl From<NoTurn> for ProxyError {
    fn from(reason: NoTurn) -> ProxyError {
        match reason {
            NoTurn::OtherTransaction => ProxyError::OpenTransaction,
            NoTurn::OtherRequest => ProxyError::UnfinishedRequest,
            NoTurn::Ended(reason) => ProxyError::Ended(reason),
        }
    }
}

/// The right to use the session, until it is dropped.
pub(crate) struct Turn<S> {
    sharing: Rc<Sharing<S>>,
    session: Option<S>,
}

impl<S> Sharing<S> {
    pub(crate) fn new(session: S) -> Rc<Sharing<S>> {
        Rc::new(Sharing {
            session: RefCell::new(Some(session)),
            in_transaction: Cell::new(None),
            turn_of: Cell::new(None),
            waits_for_guest: Cell::new(false),
            busy: Cell::new(0),
            guests: Cell::new(0),
            farewells: Cell::new(0),
            waiting: Cell::new(0),
            cancelling: Cell::new(0),
            progress: Cell::new(0),
            ended: RefCell::new(None),
            changed: Notify::new(),
            slow: RefCell::new(None),
        })
    }

    /// Ends the session, unless it has ended already.
    pub(crate) fn end(&self, reason: &str) {
        self.ended
            .borrow_mut()
            .get_or_insert_with(|| reason.to_owned());
        self.session.borrow_mut().take();
        self.wake();
    }

    pub(crate) fn end_reason(&self) -> Option<String> {
        self.ended.borrow().clone()
    }

    /// Waits for the end of the session.
    pub(crate) async fn closed(&self) {
        self.closed_to(self.farewells.get(), true).await;
    }

    /// Waits for the end of the session, or until the guests that came after this number of farewells are sent away.
    pub(crate) async fn closed_to_guest(&self, farewells: u32) {
        self.closed_to(farewells, false).await;
    }

    async fn closed_to(&self, farewells: u32, is_owner: bool) {
        loop {
            let changed = self.changed.notified();
            let is_sent_away = !is_owner && self.farewells.get() != farewells;
            if is_sent_away || self.ended.borrow().is_some() {
                return;
            }
            changed.await;
        }
    }

    /// Returns how often all guests were sent away.
    pub(crate) fn farewells(&self) -> u32 {
        self.farewells.get()
    }

    /// Sends all guests away and waits until they have gone.
    pub(crate) async fn close_guests(self: &Rc<Self>) -> Result<(), ProxyError> {
        self.farewells.set(self.farewells.get().wrapping_add(1));
        self.wake();
        let _waiting = Counted::new(self, |sharing| &sharing.waiting);
        let has_none = || (self.guests.get() == 0).then_some(());
        self.until(has_none).await.map_err(NoTurn::into)
    }

    /// Counts a guest until the result is dropped.
    pub(crate) fn guest(self: &Rc<Self>) -> Counted<S> {
        Counted::new(self, |sharing| &sharing.guests)
    }

    fn wake(&self) {
        self.changed.notify_waiters();
        if let Some(slow) = self.slow.borrow_mut().take() {
            slow.wake();
        }
    }

    /// Returns whether somebody waits for the turn; if not, wakes this task as soon as somebody does.
    pub(crate) fn is_wanted(&self, context: &Context<'_>) -> bool {
        if self.waiting.get() > 0 {
            return true;
        }
        *self.slow.borrow_mut() = Some(context.waker().clone());
        false
    }

    /// Takes the session at once, if it is free.
    fn try_turn(self: &Rc<Self>, guest: Option<GuestId>) -> Option<Turn<S>> {
        let holder = self.in_transaction.get();
        if self.cancelling.get() > 0 || (guest.is_some() && holder.is_some() && holder != guest) {
            return None;
        }
        let session = self.session.borrow_mut().take()?;
        self.turn_of.set(guest);
        Some(Turn {
            sharing: Rc::clone(self),
            session: Some(session),
        })
    }

    /// Waits for the turn: of a guest, or of the owner.
    pub(crate) async fn turn(self: &Rc<Self>, guest: Option<GuestId>) -> Result<Turn<S>, NoTurn> {
        let _waiting = Counted::new(self, |sharing| &sharing.waiting);
        self.until(|| self.try_turn(guest)).await
    }

    /// Waits for something. Gives up if the client that has the session does not go on.
    async fn until<T>(&self, mut condition: impl FnMut() -> Option<T>) -> Result<T, NoTurn> {
        let mut progress = self.progress.get();
        loop {
            let changed = self.changed.notified();
            if let Some(reason) = self.end_reason() {
                return Err(NoTurn::Ended(reason));
            }
            if let Some(result) = condition() {
                return Ok(result);
            }
            if timeout(PATIENCE, changed).await.is_ok() {
                continue;
            }
            let is_idle = self.session.borrow().is_some();
            let is_stalled = progress == self.progress.get();
            progress = self.progress.get();
            if is_stalled && is_idle && self.in_transaction.get().is_some() {
                return Err(NoTurn::OtherTransaction);
            }
            if is_stalled && !is_idle && self.waits_for_guest.get() {
                return Err(NoTurn::OtherRequest);
            }
        }
    }

    /// Waits until no guest has an answer outstanding.
    pub(crate) async fn wait_idle(self: &Rc<Self>) -> Result<(), ProxyError> {
        // What guests have sent is received first.
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        let _waiting = Counted::new(self, |sharing| &sharing.waiting);
        let is_idle =
            || (self.busy.get() == 0 && self.in_transaction.get().is_none()).then_some(());
        self.until(is_idle).await.map_err(NoTurn::into)
    }

    /// Counts a guest as busy until the result is dropped.
    pub(crate) fn busy(self: &Rc<Self>) -> Counted<S> {
        Counted::new(self, |sharing| &sharing.busy)
    }

    /// Counts a cancel request until the result is dropped; `None` if this guest does not have the turn.
    pub(crate) fn cancel(self: &Rc<Self>, guest: GuestId) -> Option<Counted<S>> {
        let is_free = self.session.borrow().is_some();
        (!is_free && self.turn_of.get() == Some(guest))
            .then(|| Counted::new(self, |sharing| &sharing.cancelling))
    }

    /// Records that the guest that has the turn went on, and whether the server waits for it.
    pub(crate) fn note_progress(&self, waits_for_guest: bool) {
        self.progress.set(self.progress.get().wrapping_add(1));
        self.waits_for_guest.set(waits_for_guest);
    }

    /// Records the guest that has a transaction of its own.
    pub(crate) fn set_in_transaction(&self, guest: GuestId, is_open: bool) {
        match is_open {
            true => self.in_transaction.set(Some(guest)),
            false if self.in_transaction.get() == Some(guest) => {
                self.in_transaction.set(None);
                self.wake();
            }
            false => {}
        }
    }
}

/// Counts until it is dropped.
pub(crate) struct Counted<S> {
    sharing: Rc<Sharing<S>>,
    counter: fn(&Sharing<S>) -> &Cell<u32>,
}

impl<S> Counted<S> {
    fn new(sharing: &Rc<Sharing<S>>, counter: fn(&Sharing<S>) -> &Cell<u32>) -> Counted<S> {
        let count = counter(sharing);
        count.set(count.get() + 1);
        sharing.wake();
        Counted {
            sharing: Rc::clone(sharing),
            counter,
        }
    }
}

impl<S> Drop for Counted<S> {
    fn drop(&mut self) {
        let count = (self.counter)(&self.sharing);
        count.set(count.get() - 1);
        self.sharing.wake();
    }
}

impl<S> Deref for Turn<S> {
    type Target = S;

    #[expect(clippy::expect_used, reason = "the session is taken in `drop` only")]
    fn deref(&self) -> &S {
        self.session.as_ref().expect("the turn has the session")
    }
}

impl<S> DerefMut for Turn<S> {
    #[expect(clippy::expect_used, reason = "the session is taken in `drop` only")]
    fn deref_mut(&mut self) -> &mut S {
        self.session.as_mut().expect("the turn has the session")
    }
}

impl<S> Drop for Turn<S> {
    fn drop(&mut self) {
        self.sharing.turn_of.set(None);
        self.sharing.waits_for_guest.set(false);
        let session = self.session.take();
        // The session of a client that failed within its turn is closed.
        if self.sharing.ended.borrow().is_none() {
            *self.sharing.session.borrow_mut() = session;
        }
        self.sharing.wake();
    }
}
