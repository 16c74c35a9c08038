//! A guest: a client that shares the session.

use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

use tokio::time::timeout;

use crate::buffer::Buffer;
use crate::link::{Link, exchange};
use crate::race::{First, race};
use crate::sharing::{GOODBYE, GuestId, NoTurn, Sharing, Turn};

use super::answer::{Answer, Role};
use super::command::{Effect, View};
use super::packet::{
    Failure, HEADER, Reader, command, payload_size, push, push_eof, push_error, push_ok, status,
};
use super::session::{Client, Decision, Session};
use super::settings::{self, Values};

/// A guest's transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transaction {
    None,
    /// A savepoint in the owner's transaction.
    Savepoint,
    /// A transaction of the session: the owner has none open.
    Real,
}

/// A guest's connection.
pub(super) struct Guest {
    id: GuestId,
    pub(super) link: Link,
    collation: u16,
    /// The number of farewells before it came.
    farewells: u32,
    transaction: Transaction,
    /// The prepared statements by their numbers.
    statements: BTreeSet<u32>,
    /// The guest's settings, once it has had a turn.
    settings: Option<Values>,
    /// A statement may have changed the settings.
    may_have_set: bool,
    /// A prepared statement may change the settings.
    has_prepared_setting: bool,
    /// What the statements of the running command change.
    effects: VecDeque<Effect>,
}

impl Guest {
    pub(super) fn new(id: GuestId, link: Link, collation: u8) -> Guest {
        Guest {
            id,
            link,
            collation: u16::from(collation),
            farewells: 0,
            transaction: Transaction::None,
            statements: BTreeSet::new(),
            settings: None,
            may_have_set: false,
            has_prepared_setting: false,
            effects: VecDeque::new(),
        }
    }

    /// Ends the login, in the guest's database. Returns whether the guest is in.
    pub(super) async fn open(
        &mut self,
        sharing: &Rc<Sharing<Session>>,
        sequence: u8,
        database: Option<&[u8]>,
    ) -> bool {
        self.farewells = sharing.farewells();
        let _busy = sharing.busy();
        let mut session = match self.turn(sharing).await {
            Ok(turn) => turn,
            Err(reason) => {
                super::login::refuse(&mut self.link, sequence, &failure(&reason)).await;
                return false;
            }
        };
        match self.enter(&mut session, database).await {
            Ok(Ok(())) => {
                let status = self.status(&session, session.status);
                push_ok(&mut self.link.output, sequence, status);
                true
            }
            Ok(Err(failure)) => {
                super::login::refuse(&mut self.link, sequence, &failure).await;
                false
            }
            Err(reason) => {
                sharing.end(&reason);
                false
            }
        }
    }

    /// Gives the session the guest's settings, and its database at the first time.
    async fn enter(
        &mut self,
        session: &mut Session,
        database: Option<&[u8]>,
    ) -> Result<Result<(), Failure>, String> {
        if session.settings_of == Client::Guest(self.id) {
            return Ok(Ok(()));
        }
        if session.settings_of == Client::Owner {
            let values = settings::read(session).await?;
            session.owner_settings = Some(values.clone());
            session.settings = Some(values);
        }
        let values = match self.settings.take() {
            Some(values) => values,
            None => {
                let mut values = settings::read_new(session, self.collation).await?;
                // The owner's database is the one that the session had at its start.
                if let (Some(place), Some(owner)) = (values.last_mut(), &session.owner_settings) {
                    *place = owner.last().cloned().flatten();
                }
                values
            }
        };
        settings::change(session, Client::Guest(self.id), &values).await?;
        self.settings = Some(values);
        if let Some(name) = database {
            if let Err(failure) = session.use_database(name).await? {
                return Ok(Err(failure));
            }
            self.may_have_set = true;
            self.leave(session).await?;
        }
        Ok(Ok(()))
    }

    /// Remembers the guest's settings.
    async fn leave(&mut self, session: &mut Session) -> Result<(), String> {
        if std::mem::take(&mut self.may_have_set) {
            let values = settings::read(session).await?;
            session.settings = Some(values.clone());
            self.settings = Some(values);
        }
        Ok(())
    }

    /// Serves the guest until it has gone or the session has ended.
    pub(super) async fn serve(&mut self, sharing: &Rc<Sharing<Session>>) {
        loop {
            if self.command_size().is_none() && self.link.ended.is_none() {
                let closed = sharing.closed_to_guest(self.farewells);
                if let First::Right(()) = race(self.link.receive(), closed).await {
                    let _ = timeout(GOODBYE, self.link.send()).await;
                    self.leave_now();
                }
                continue;
            }
            let _busy = sharing.busy();
            let has_gone = self.command_size().is_none();
            let is_clean = self.transaction == Transaction::None && self.statements.is_empty();
            if has_gone && (is_clean || sharing.end_reason().is_some()) {
                return;
            }
            let mut session = match self.turn(sharing).await {
                Ok(turn) => turn,
                Err(NoTurn::Ended(_)) if has_gone => return,
                Err(_) if has_gone => continue,
                Err(reason) => {
                    self.refuse_next(&failure(&reason));
                    continue;
                }
            };
            let result = match has_gone {
                true => self.clean(&mut session).await,
                false => self.use_turn(&mut session, sharing).await,
            };
            sharing.set_in_transaction(self.id, self.transaction != Transaction::None);
            if let Err(reason) = result {
                sharing.end(&reason);
            }
            if has_gone {
                return;
            }
        }
    }

    /// Waits for the turn, and sends meanwhile what the guest has not read yet.
    async fn turn(&mut self, sharing: &Rc<Sharing<Session>>) -> Result<Turn<Session>, NoTurn> {
        let turn = sharing.turn(Some(self.id));
        self.link.sending(turn).await
    }

    /// Returns the size of the packets of the next command, if they are complete.
    fn command_size(&mut self) -> Option<usize> {
        match payload_size(self.link.input.filled()) {
            Ok(size) => Some(size),
            Err(needed) => {
                self.link.wanted = needed;
                None
            }
        }
    }

    /// Refuses a command while another guest has the session.
    fn refuse_next(&mut self, failure: &Failure) {
        let Some(size) = self.command_size() else {
            return;
        };
        let command = self.link.input.filled().get(HEADER).copied();
        self.link.input.consume(size);
        match command.map(Answer::to) {
            Some(Answer::Done) => {}
            _ if command == Some(command::QUIT) => self.leave_now(),
            _ => push_error(&mut self.link.output, 1, failure),
        }
    }

    fn leave_now(&mut self) {
        self.link.input.clear();
        self.link
            .ended
            .get_or_insert_with(|| "the client has gone".to_owned());
    }

    async fn use_turn(
        &mut self,
        session: &mut Session,
        sharing: &Rc<Sharing<Session>>,
    ) -> Result<(), String> {
        if let Err(failure) = self.enter(session, None).await? {
            return Err(failure.message);
        }
        while let Some(size) = self.command_size() {
            let packets = self
                .link
                .input
                .filled()
                .get(..size)
                .unwrap_or_default()
                .to_vec();
            self.link.input.consume(size);
            self.run(&packets, session, sharing).await?;
            sharing.note_progress(false);
        }
        self.leave(session).await
    }

    /// Runs one command.
    async fn run(
        &mut self,
        packets: &[u8],
        session: &mut Session,
        sharing: &Rc<Sharing<Session>>,
    ) -> Result<(), String> {
        let backslash = session.status & status::NO_BACKSLASH_ESCAPES == 0;
        let command = packets.get(HEADER).copied().unwrap_or(0);
        let body = packets.get(HEADER + 1..).unwrap_or_default();
        match command {
            command::QUERY => match self.view(session).translate(body, backslash) {
                Err(failure) => push_error(&mut self.link.output, 1, &failure),
                Ok(translation) => {
                    self.may_have_set |= translation.may_set;
                    self.effects = translation.effects;
                    let translated = translation.text.map(|text| to_packets(command, &text));
                    let packets = translated.as_deref().unwrap_or(packets);
                    return self.relay(command, packets, session, sharing).await;
                }
            },
            command::STMT_PREPARE => match self.view(session).translate_prepared(body, backslash) {
                Err(failure) => push_error(&mut self.link.output, 1, &failure),
                Ok(translation) => {
                    self.has_prepared_setting |= translation.may_set;
                    let translated = translation.text.map(|text| to_packets(command, &text));
                    let packets = translated.as_deref().unwrap_or(packets);
                    return self.relay(command, packets, session, sharing).await;
                }
            },
            command::INIT_DB => {
                self.may_have_set = true;
                return self.relay(command, packets, session, sharing).await;
            }
            command::STMT_CLOSE => {
                if let Some(number) = Reader(body).u32() {
                    self.statements.remove(&number);
                }
                return self.relay(command, packets, session, sharing).await;
            }
            command::FIELD_LIST
            | command::STATISTICS
            | command::PING
            | command::STMT_EXECUTE
            | command::STMT_SEND_LONG_DATA
            | command::STMT_RESET
            | command::STMT_FETCH => {
                self.may_have_set |= self.has_prepared_setting && command == command::STMT_EXECUTE;
                return self.relay(command, packets, session, sharing).await;
            }
            command::QUIT => self.leave_now(),
            command::SET_OPTION => {
                // The owner's option is for all.
                let status = self.status(session, session.status);
                push_eof(&mut self.link.output, 1, status);
            }
            command::RESET_CONNECTION => {
                self.clean(session).await?;
                session.settings_of = Client::Owner;
                session.settings = None;
                self.settings = None;
                if let Some(values) = session.owner_settings.clone() {
                    settings::change(session, Client::Owner, &values).await?;
                }
                if let Err(failure) = self.enter(session, None).await? {
                    return Err(failure.message);
                }
                let status = self.status(session, session.status);
                push_ok(&mut self.link.output, 1, status);
            }
            _ => {
                let message = format!(
                    "the command {command} is not possible in a shared session: the revision runs in one session with \
                     the application's code"
                );
                push_error(
                    &mut self.link.output,
                    1,
                    &Failure::new(1047, "08S01", message),
                );
            }
        }
        Ok(())
    }

    fn view(&self, session: &Session) -> View {
        View {
            guest: self.id,
            is_inside: session.is_in_transaction_of_owner,
            has_begun: self.transaction != Transaction::None,
        }
    }

    /// Returns the status that the guest sees.
    fn status(&self, session: &Session, status: u16) -> u16 {
        if !session.is_in_transaction_of_owner {
            return status;
        }
        let own = match self.transaction {
            Transaction::None => 0,
            _ => status::IN_TRANSACTION,
        };
        status & !(status::IN_TRANSACTION | status::IN_READ_ONLY) | own | status::AUTOCOMMIT
    }

    fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::None => {}
            Effect::Begin => self.transaction = Transaction::Savepoint,
            Effect::End => self.transaction = Transaction::None,
        }
    }

    /// Sends a command and returns its answer to the guest. A guest that has gone gets nothing, but the answer is read.
    async fn relay(
        &mut self,
        command: u8,
        packets: &[u8],
        session: &mut Session,
        sharing: &Rc<Sharing<Session>>,
    ) -> Result<(), String> {
        let was_in_transaction = session.is_in_transaction();
        let mut answer = Answer::to(command);
        let (mut has_failed, mut wants_file) = (false, false);
        session.link.output.push(packets);
        loop {
            let mut output = std::mem::take(&mut self.link.output);
            session.take_answers(&mut output, &mut answer, |session, role, payload| {
                has_failed |= role == Role::Error;
                if role == Role::File {
                    wants_file = true;
                    // The file is empty, so that the statement does nothing.
                    push(&mut session.link.output, 2, &[]);
                    return Decision::Hide;
                }
                if wants_file {
                    return Decision::Hide;
                }
                self.decide(command, session, role, payload)
            });
            self.link.output = output;
            if self.link.ended.is_some() {
                self.link.output.clear();
            }
            if let Some(reason) = &session.link.ended {
                return Err(reason.clone());
            }
            if answer == Answer::Done {
                session.link.send().await;
                break;
            }
            exchange(&mut self.link, &mut session.link, |context| {
                sharing.is_wanted(context)
            })
            .await;
        }
        if wants_file {
            let message = "LOAD DATA LOCAL is not possible in a shared session: read the file in the application";
            push_error(
                &mut self.link.output,
                1,
                &Failure::new(1148, "42000", message),
            );
        }
        if has_failed && was_in_transaction && session.is_in_transaction_of_owner {
            // An error has no status.
            let _ = session.run(command::PING, &[]).await?;
            if !session.is_in_transaction() {
                self.link.send().await;
                return Err("the server has rolled back the revision's transaction, as it does after a deadlock".to_owned());
            }
        }
        Ok(())
    }

    fn decide(&mut self, command: u8, session: &Session, role: Role, payload: &[u8]) -> Decision {
        if command == command::STMT_PREPARE && payload.first() == Some(&0) && role == Role::Other {
            // The first packet of the answer; definitions begin with a length.
            if let Some(number) = Reader(payload.get(1..).unwrap_or_default()).u32() {
                self.statements.insert(number);
            }
        }
        match role {
            Role::Ok | Role::Eof | Role::End => {
                if role != Role::Eof {
                    let effect = self.effects.pop_front().unwrap_or(Effect::None);
                    self.apply(effect);
                }
                if !session.is_in_transaction_of_owner {
                    self.transaction = match session.is_in_transaction() {
                        true => Transaction::Real,
                        false => Transaction::None,
                    };
                }
                Decision::Status(self.status(session, session.status))
            }
            _ => Decision::Forward,
        }
    }

    /// Ends what the guest has begun, and removes what it has made.
    ///
    /// # Errors
    ///
    /// If that fails: the session is then in an unknown state.
    async fn clean(&mut self, session: &mut Session) -> Result<(), String> {
        let name = self.view(session).savepoint();
        let sql = match std::mem::replace(&mut self.transaction, Transaction::None) {
            Transaction::None => None,
            Transaction::Savepoint => Some(format!("ROLLBACK TO SAVEPOINT {name}")),
            Transaction::Real => Some("ROLLBACK".to_owned()),
        };
        if let Some(sql) = sql
            && let Err(failure) = session.query(&sql).await?
        {
            return Err(format!(
                "a guest has gone, and its statements could not be undone: {}",
                failure.message
            ));
        }
        for number in std::mem::take(&mut self.statements) {
            let payload = [&[command::STMT_CLOSE], &number.to_le_bytes()[..]].concat();
            push(&mut session.link.output, 0, &payload);
        }
        session.link.send().await;
        Ok(())
    }
}

/// Returns the packets of a command.
fn to_packets(command: u8, body: &[u8]) -> Vec<u8> {
    let mut packets = Buffer::default();
    push(&mut packets, 0, &[&[command], body].concat());
    packets.filled().to_vec()
}

/// Returns the error for a guest that does not get its turn.
fn failure(reason: &NoTurn) -> Failure {
    const ONE: &str =
        "let the application use one connection here: a pool with `max_connections` 1";
    match reason {
        NoTurn::Ended(_) => Failure::new(1053, "08S01", reason.to_string()),
        NoTurn::OtherTransaction | NoTurn::OtherRequest => {
            Failure::new(1205, "HY000", format!("{reason}; {ONE}"))
        }
    }
}
