//! A guest: a client that shares the session.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use tokio::time::timeout;

use crate::buffer::Buffer;
use crate::link::{Link, exchange};
use crate::race::{First, race};
use crate::sharing::{GOODBYE, GuestId, NoTurn, Sharing, Turn};

use super::command::{Command, View};
use super::message::{Failure, header, push, push_query, text};
use super::session::{Decision, Session};
use super::settings::Settings;
use super::tracker::{Effect, Fate, Tracker};

/// A guest's transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transaction {
    None,
    /// A savepoint in the owner's transaction.
    Savepoint,
    /// A transaction of the session: the owner has none open.
    Real,
}

/// A prepared statement or a portal of a guest.
#[derive(Clone, Debug)]
struct Named {
    /// Its name at the server.
    name: Vec<u8>,
    /// It begins or ends a transaction: the command and its text. The server has a statement that is never executed.
    command: Option<(Command, Vec<u8>)>,
}

/// What becomes of the messages of a guest.
enum Mode {
    Normal,
    /// A message of the extended protocol is refused as soon as the ones before it are answered.
    Refusing(Failure),
    /// Everything up to a Sync is ignored, as the server does after an error.
    Skipping,
}

/// A guest's connection.
pub(super) struct Guest {
    id: GuestId,
    link: Link,
    tracker: Tracker,
    settings: Settings,
    transaction: Transaction,
    /// The guest has begun a transaction, if everything that was sent succeeds.
    will_have_begun: bool,
    statements: BTreeMap<Vec<u8>, Named>,
    portals: BTreeMap<Vec<u8>, Named>,
    /// The number of names that the guest has used.
    names: u32,
    mode: Mode,
    /// The number of farewells before it came.
    farewells: u32,
    /// A request that the guest does not know has failed.
    has_hidden_error: bool,
}

/// The statement and the portal of a command that is executed in place of a guest's.
const COMMAND: &[u8] = b"migrate_guest_command";

impl Guest {
    pub(super) fn new(id: GuestId, link: Link, settings: Settings) -> Guest {
        Guest {
            id,
            link,
            tracker: Tracker::default(),
            settings,
            transaction: Transaction::None,
            will_have_begun: false,
            statements: BTreeMap::new(),
            portals: BTreeMap::new(),
            names: 0,
            mode: Mode::Normal,
            farewells: 0,
            has_hidden_error: false,
        }
    }

    /// Answers the login. Returns whether the guest is in.
    pub(super) async fn open(&mut self, sharing: &Rc<Sharing<Session>>, key: &[u8]) -> bool {
        self.farewells = sharing.farewells();
        let _busy = sharing.busy();
        let mut session = match self.turn(sharing).await {
            Ok(turn) => turn,
            Err(reason) => {
                failure(&reason).push(&mut self.link.output, "FATAL");
                self.link.send().await;
                return false;
            }
        };
        match self.try_settings(&mut session, sharing).await {
            Ok(true) => {}
            Ok(false) => {
                let message = "the server refuses a setting of the startup message";
                Failure::new("22023", message).push(&mut self.link.output, "FATAL");
                self.link.send().await;
                return false;
            }
            Err(reason) => {
                sharing.end(&reason);
                return false;
            }
        }
        let output = &mut self.link.output;
        push(output, b'R', &[&0_u32.to_be_bytes()]);
        for (name, value) in &session.parameters {
            push(
                output,
                b'S',
                &[name.as_bytes(), b"\0", value.as_bytes(), b"\0"],
            );
        }
        push(output, b'K', &[key]);
        push(output, b'Z', &[b"I"]);
        true
    }

    /// Gives the session the settings of the startup message. Returns false if the server refuses them.
    async fn try_settings(
        &mut self,
        session: &mut Session,
        sharing: &Rc<Sharing<Session>>,
    ) -> Result<bool, String> {
        let statements = self.settings.statements(session);
        if statements.is_empty() || session.status == b'E' {
            return Ok(true);
        }
        let name = self.view(session).savepoint();
        let is_in_transaction = session.status == b'T';
        let sql = match is_in_transaction {
            true => format!("SAVEPOINT {name}; {statements} RELEASE SAVEPOINT {name}"),
            false => statements,
        };
        self.hidden_query(&sql, session);
        self.drain(session, sharing).await?;
        self.link.output.clear();
        if !self.has_hidden_error {
            self.settings.keep(session);
            return Ok(true);
        }
        if is_in_transaction {
            self.hidden_query(
                &format!("ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}"),
                session,
            );
            self.drain(session, sharing).await?;
        }
        Ok(false)
    }

    /// Serves the guest until it has gone or the session has ended.
    pub(super) async fn serve(&mut self, sharing: &Rc<Sharing<Session>>) {
        loop {
            if !self.has_message() && self.link.ended.is_none() {
                let closed = sharing.closed_to_guest(self.farewells);
                if let First::Left(()) = race(self.link.receive(), closed).await {
                    continue;
                }
                self.say_goodbye(sharing).await;
                continue;
            }
            let _busy = sharing.busy();
            let has_gone = self.link.ended.is_some() || self.says_goodbye();
            if has_gone && (self.is_clean() || sharing.end_reason().is_some()) {
                return;
            }
            let mut session = match self.turn(sharing).await {
                Ok(turn) => turn,
                Err(NoTurn::Ended(_)) if has_gone => return,
                Err(_) if has_gone => continue,
                Err(reason) => {
                    self.refuse_all(&failure(&reason));
                    continue;
                }
            };
            let result = match has_gone {
                true => self.clean(&mut session, sharing).await,
                false => self.use_turn(&mut session, sharing).await,
            };
            if let Err(reason) = result {
                sharing.end(&reason);
            }
            if has_gone {
                return;
            }
        }
    }

    /// Sends the reason why the guest can't stay.
    async fn say_goodbye(&mut self, sharing: &Rc<Sharing<Session>>) {
        let reason = match sharing.end_reason() {
            Some(reason) => NoTurn::Ended(reason),
            None => NoTurn::Ended("the revision has no use for it any more".to_owned()),
        };
        failure(&reason).push(&mut self.link.output, "FATAL");
        let _ = timeout(GOODBYE, self.link.send()).await;
        self.link.ended.get_or_insert_with(|| reason.to_string());
    }

    /// Waits for the turn, and sends meanwhile what the guest has not read yet.
    async fn turn(&mut self, sharing: &Rc<Sharing<Session>>) -> Result<Turn<Session>, NoTurn> {
        let turn = sharing.turn(Some(self.id));
        self.link.sending(turn).await
    }

    fn has_message(&mut self) -> bool {
        let filled = self.link.input.filled();
        match header(filled) {
            Ok(Some(header)) => {
                self.link.wanted = header.size;
                filled.len() >= header.size
            }
            Ok(None) => false,
            Err(reason) => {
                self.link.ended = Some(reason);
                false
            }
        }
    }

    fn says_goodbye(&self) -> bool {
        self.link.input.filled().first() == Some(&b'X')
    }

    /// Returns whether the guest leaves nothing behind.
    fn is_clean(&self) -> bool {
        self.tracker.is_idle()
            && self.transaction == Transaction::None
            && self.statements.is_empty()
            && self.portals.is_empty()
    }

    /// Uses the session until the answers to everything that was sent are complete.
    async fn use_turn(
        &mut self,
        session: &mut Session,
        sharing: &Rc<Sharing<Session>>,
    ) -> Result<(), String> {
        self.settings.restore(session, &mut self.tracker);
        loop {
            self.take_requests(session);
            self.take_answers(session, sharing)?;
            if let Some(reason) = &session.link.ended {
                return Err(reason.clone());
            }
            if self.link.ended.is_some() {
                // It is cleaned up in the same turn.
                return self.clean(session, sharing).await;
            }
            let is_done = self.tracker.is_idle() && matches!(self.mode, Mode::Normal);
            if is_done && !self.has_message() {
                session.link.send().await;
                self.settings.keep(session);
                return Ok(());
            }
            if self.has_message() && self.may_go_on() {
                if self.says_goodbye() {
                    return self.clean(session, sharing).await;
                }
                continue;
            }
            let waits = self.tracker.waits_for_client() || matches!(self.mode, Mode::Skipping);
            sharing.note_progress(waits);
            exchange(&mut self.link, &mut session.link, |context| {
                sharing.is_wanted(context)
            })
            .await;
        }
    }

    /// Returns whether the next message may be processed now.
    fn may_go_on(&self) -> bool {
        match self.mode {
            Mode::Refusing(_) => false,
            Mode::Skipping => true,
            Mode::Normal => match self.link.input.filled().first() {
                Some(b'Q' | b'F' | b'X') => self.tracker.is_idle(),
                _ => !self.tracker.has_query() || self.tracker.is_copying(),
            },
        }
    }

    fn take_requests(&mut self, session: &mut Session) {
        loop {
            if let (Mode::Refusing(failure), true) = (&self.mode, self.tracker.is_idle()) {
                failure.push(&mut self.link.output, "ERROR");
                self.mode = Mode::Skipping;
            }
            if self.link.ended.is_some() || !self.has_message() || !self.may_go_on() {
                return;
            }
            let mut input = std::mem::take(&mut self.link.input);
            let size = header(input.filled())
                .ok()
                .flatten()
                .map_or(0, |header| header.size);
            if let (Some(&kind), Some(message)) =
                (input.filled().first(), input.filled().get(5..size))
            {
                if kind == b'X' {
                    self.link.input = input;
                    return;
                }
                self.take_request(kind, message, session);
            }
            input.consume(size);
            self.link.input = input;
        }
    }

    fn take_request(&mut self, kind: u8, body: &[u8], session: &mut Session) {
        if matches!(self.mode, Mode::Skipping) {
            if kind == b'S' {
                self.mode = Mode::Normal;
                self.push_ready(session);
            }
            return;
        }
        let taken = match kind {
            b'Q' => self.query(body, session),
            b'P' => self.parse(body, session),
            b'B' => self.bind(body, session),
            b'D' | b'C' => self.describe_or_close(kind, body, session),
            b'E' => self.execute(body, session),
            b'F' | b'S' | b'H' | b'd' | b'c' | b'f' => {
                self.forward(kind, &[body], session);
                Some(Ok(()))
            }
            _ => None,
        };
        match taken {
            Some(Ok(())) => {}
            Some(Err(failure)) => self.refuse(failure, kind, session),
            None => self.link.ended = Some("a message is malformed".to_owned()),
        }
    }

    fn forward(&mut self, kind: u8, parts: &[&[u8]], session: &mut Session) {
        push(&mut session.link.output, kind, parts);
        self.tracker.sent(kind);
    }

    fn forward_with(&mut self, kind: u8, parts: &[&[u8]], fate: Fate, session: &mut Session) {
        push(&mut session.link.output, kind, parts);
        self.tracker.sent_with(kind, VecDeque::from([fate]), false);
    }

    /// Refuses a message with an error, without the server.
    fn refuse(&mut self, failure: Failure, kind: u8, session: &mut Session) {
        if kind == b'Q' {
            failure.push(&mut self.link.output, "ERROR");
            self.push_ready(session);
            return;
        }
        if self.tracker.is_unsynced() {
            // Brings the answers to what was sent before.
            push(&mut session.link.output, b'S', &[]);
            self.tracker.sent_with(b'S', VecDeque::new(), true);
        }
        self.mode = Mode::Refusing(failure);
    }

    /// Refuses everything that was received while another guest has the session.
    fn refuse_all(&mut self, failure: &Failure) {
        let mut is_refused = matches!(self.mode, Mode::Skipping);
        while self.has_message() && self.link.ended.is_none() {
            let header = header(self.link.input.filled()).ok().flatten();
            let Some(header) = header else { return };
            match header.kind {
                b'X' => return,
                b'Q' | b'F' | b'S' => {
                    if !is_refused || header.kind != b'S' {
                        failure.push(&mut self.link.output, "ERROR");
                    }
                    is_refused = false;
                    self.mode = Mode::Normal;
                    push(&mut self.link.output, b'Z', &[b"I"]);
                }
                _ if !is_refused => {
                    is_refused = true;
                    failure.push(&mut self.link.output, "ERROR");
                    self.mode = Mode::Skipping;
                }
                _ => {}
            }
            self.link.input.consume(header.size);
        }
    }

    fn view(&self, session: &Session) -> View {
        View {
            guest: self.id,
            is_inside: session.is_in_transaction_of_owner(),
            has_begun: self.will_have_begun,
            has_failed: session.status == b'E',
        }
    }

    fn query(&mut self, body: &[u8], session: &mut Session) -> Option<Result<(), Failure>> {
        let (sql, _) = text(body)?;
        let mut view = self.view(session);
        match view.translate_text(sql, has_standard_strings(session)) {
            Err(failure) => return Some(Err(failure)),
            Ok(None) => self.forward(b'Q', &[body], session),
            Ok(Some(rewritten)) => {
                push(&mut session.link.output, b'Q', &[&rewritten.text, b"\0"]);
                self.tracker.sent_with(b'Q', rewritten.fates, false);
            }
        }
        self.will_have_begun = view.has_begun;
        Some(Ok(()))
    }

    fn parse(&mut self, body: &[u8], session: &mut Session) -> Option<Result<(), Failure>> {
        let (name, rest) = text(body)?;
        let (sql, types) = text(rest)?;
        let commands = Command::all(sql, has_standard_strings(session));
        let command = match &commands[..] {
            [(_, command)] => command.clone(),
            // The server refuses several statements.
            _ => Command::Other,
        };
        if let Command::Refused(_) = command {
            return Some(self.view(session).translate(&command).map(drop));
        }
        let is_command = !matches!(command, Command::Other | Command::Savepoint);
        let is_unnamed = name.is_empty();
        let upstream = self.new_name(false, name, is_command.then(|| (command, sql.to_vec())));
        if is_unnamed {
            // The server's own unnamed statement would be replaced by other clients.
            let hidden = Fate::Hide(Effect::None);
            self.forward_with(b'C', &[b"S", &upstream, b"\0"], hidden, session);
        }
        if is_command {
            // It can be bound in a failed transaction too.
            let text = format!("ROLLBACK TO SAVEPOINT {}\0", self.view(session).savepoint());
            self.forward(b'P', &[&upstream, b"\0", text.as_bytes(), &[0, 0]], session);
        } else {
            self.forward(b'P', &[&upstream, b"\0", sql, b"\0", types], session);
        }
        Some(Ok(()))
    }

    /// Returns the server's name for a new statement or portal. Only a portal without a name has none at the server: it
    /// is used before the end of the turn.
    fn new_name(
        &mut self,
        is_portal: bool,
        name: &[u8],
        command: Option<(Command, Vec<u8>)>,
    ) -> Vec<u8> {
        let names = match is_portal {
            true => &mut self.portals,
            false => &mut self.statements,
        };
        let upstream = match names.get(name) {
            Some(named) => named.name.clone(),
            None if name.is_empty() && is_portal => Vec::new(),
            None => {
                self.names += 1;
                format!("migrate_guest_{}_{}", self.id, self.names).into_bytes()
            }
        };
        let named = Named {
            name: upstream.clone(),
            command,
        };
        names.insert(name.to_vec(), named);
        upstream
    }

    /// Returns a statement or a portal. One that does not exist has a name that does not exist at the server.
    fn named(&self, is_portal: bool, name: &[u8]) -> Named {
        let names = if is_portal {
            &self.portals
        } else {
            &self.statements
        };
        names.get(name).cloned().unwrap_or_else(|| Named {
            name: match name {
                b"" if is_portal => Vec::new(),
                _ => format!("migrate_guest_{}_unknown", self.id).into_bytes(),
            },
            command: None,
        })
    }

    fn bind(&mut self, body: &[u8], session: &mut Session) -> Option<Result<(), Failure>> {
        let (portal, rest) = text(body)?;
        let (statement, rest) = text(rest)?;
        let statement = self.named(false, statement);
        let portal = self.new_name(true, portal, statement.command);
        self.forward(
            b'B',
            &[&portal, b"\0", &statement.name, b"\0", rest],
            session,
        );
        Some(Ok(()))
    }

    fn describe_or_close(
        &mut self,
        kind: u8,
        body: &[u8],
        session: &mut Session,
    ) -> Option<Result<(), Failure>> {
        let (&what, rest) = body.split_first()?;
        let (name, _) = text(rest)?;
        let is_portal = what == b'P';
        let named = self.named(is_portal, name);
        self.forward(kind, &[&[what], &named.name, b"\0"], session);
        if kind == b'C' {
            let names = if is_portal {
                &mut self.portals
            } else {
                &mut self.statements
            };
            names.remove(name);
        }
        Some(Ok(()))
    }

    fn execute(&mut self, body: &[u8], session: &mut Session) -> Option<Result<(), Failure>> {
        let (portal, rows) = text(body)?;
        let named = self.named(true, portal);
        let Some((command, sql)) = named.command else {
            self.forward(b'E', &[&named.name, b"\0", rows], session);
            return Some(Ok(()));
        };
        let mut view = self.view(session);
        let translated = match view.translate(&command) {
            Err(failure) => return Some(Err(failure)),
            Ok(translated) => translated,
        };
        self.will_have_begun = view.has_begun;
        match translated {
            Some(all) => {
                for (sql, fate) in all {
                    self.execute_instead(sql.as_bytes(), fate, session);
                }
            }
            None => self.execute_instead(&sql, Fate::Forward, session),
        }
        Some(Ok(()))
    }

    /// Executes a statement; the client sees only the end.
    fn execute_instead(&mut self, sql: &[u8], fate: Fate, session: &mut Session) {
        let hidden = Fate::Hide(Effect::None);
        for what in [b"P", b"S"] {
            self.forward_with(b'C', &[what, COMMAND, b"\0"], hidden, session);
        }
        self.forward_with(
            b'P',
            &[COMMAND, b"\0", sql, b"\0", &[0, 0]],
            hidden,
            session,
        );
        let bound: [&[u8]; 3] = [COMMAND, b"\0", &[0; 6]];
        self.forward_with(
            b'B',
            &[COMMAND, b"\0", bound[0], bound[1], bound[2]],
            hidden,
            session,
        );
        self.forward_with(b'E', &[COMMAND, b"\0", &[0; 4]], fate, session);
    }

    /// Returns the state that the guest sees.
    fn status(&self, session: &Session) -> u8 {
        match self.transaction {
            Transaction::None if session.is_in_transaction_of_owner() => b'I',
            _ => session.status,
        }
    }

    fn push_ready(&mut self, session: &Session) {
        let status = self.status(session);
        push(&mut self.link.output, b'Z', &[&[status]]);
    }

    fn take_answers(
        &mut self,
        session: &mut Session,
        sharing: &Rc<Sharing<Session>>,
    ) -> Result<(), String> {
        let mut output = std::mem::take(&mut self.link.output);
        let result = session.take_answers(&mut output, |session, output, kind, _| {
            let decision = self.decide(session, output, kind);
            if matches!(kind, b'C' | b'Z') {
                sharing.set_in_transaction(self.id, self.transaction != Transaction::None);
            }
            decision
        });
        self.link.output = output;
        if self.link.ended.is_some() {
            self.link.output.clear();
        }
        result
    }

    fn decide(&mut self, session: &Session, output: &mut Buffer, kind: u8) -> Decision {
        let verdict = self.tracker.received(kind);
        if kind == b'Z' {
            if !session.is_in_transaction_of_owner() {
                self.transaction = match session.status {
                    b'I' => Transaction::None,
                    _ => Transaction::Real,
                };
            }
            if self.tracker.is_idle() {
                self.will_have_begun = self.transaction != Transaction::None;
            }
        }
        match (kind, verdict.fate) {
            (b'Z', _) if verdict.is_hidden => Decision::Hide,
            (b'Z', _) => {
                push(output, b'Z', &[&[self.status(session)]]);
                Decision::Replaced
            }
            (b'E', _) => {
                self.has_hidden_error |= verdict.is_hidden;
                match verdict.is_hidden {
                    true => Decision::Hide,
                    false => Decision::Forward,
                }
            }
            (b'S', _) => Decision::Forward,
            _ if verdict.is_hidden => Decision::Hide,
            (_, Fate::Forward) => Decision::Forward,
            (_, Fate::Hide(effect)) => {
                self.apply(effect);
                Decision::Hide
            }
            (_, Fate::Tag(tag, effect)) => {
                self.apply(effect);
                push(output, b'C', &[tag.as_bytes(), b"\0"]);
                Decision::Replaced
            }
        }
    }

    fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::None => {}
            Effect::Begin => self.transaction = Transaction::Savepoint,
            Effect::End => self.transaction = Transaction::None,
        }
    }

    /// Ends what the guest has begun, and removes what it has made.
    ///
    /// # Errors
    ///
    /// If that fails: the session is then in an unknown state.
    async fn clean(
        &mut self,
        session: &mut Session,
        sharing: &Rc<Sharing<Session>>,
    ) -> Result<(), String> {
        self.link
            .ended
            .get_or_insert_with(|| "the client has gone".to_owned());
        self.mode = Mode::Normal;
        if self.tracker.is_copying() {
            self.forward(b'f', &[b"the client has gone\0"], session);
        }
        if self.tracker.is_unsynced() {
            self.forward(b'S', &[], session);
        }
        self.drain(session, sharing).await?;
        self.has_hidden_error = false;
        match self.transaction {
            Transaction::None => {}
            Transaction::Savepoint => {
                let name = self.view(session).savepoint();
                self.hidden_query(
                    &format!("ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}"),
                    session,
                );
            }
            Transaction::Real => self.hidden_query("ROLLBACK", session),
        }
        self.transaction = Transaction::None;
        let statements = std::mem::take(&mut self.statements);
        let portals = std::mem::take(&mut self.portals);
        let names = portals.values().map(|named| (b"P", &*named.name));
        let names = names.chain(statements.values().map(|named| (b"S", &*named.name)));
        for (what, name) in names.chain([(b"P", COMMAND), (b"S", COMMAND)]) {
            push(&mut session.link.output, b'C', &[what, name, b"\0"]);
            self.tracker
                .sent_with(b'C', VecDeque::from([Fate::Hide(Effect::None)]), true);
        }
        push(&mut session.link.output, b'S', &[]);
        self.tracker.sent_with(b'S', VecDeque::new(), true);
        self.drain(session, sharing).await?;
        sharing.set_in_transaction(self.id, false);
        match self.has_hidden_error {
            true => Err("a guest has gone, and its statements could not be undone".to_owned()),
            false => Ok(()),
        }
    }

    fn hidden_query(&mut self, sql: &str, session: &mut Session) {
        push_query(&mut session.link.output, sql);
        self.tracker.sent_with(b'Q', VecDeque::new(), true);
    }

    /// Receives the answers to everything that was sent.
    async fn drain(
        &mut self,
        session: &mut Session,
        sharing: &Rc<Sharing<Session>>,
    ) -> Result<(), String> {
        loop {
            self.take_answers(session, sharing)?;
            if let Some(reason) = &session.link.ended {
                return Err(reason.clone());
            }
            if self.tracker.is_copying() {
                // The copying began after the client had gone.
                self.forward(b'f', &[b"the client has gone\0"], session);
                if self.tracker.is_unsynced() {
                    self.forward(b'S', &[], session);
                }
            }
            if self.tracker.is_idle() {
                session.link.send().await;
                return Ok(());
            }
            exchange(&mut self.link, &mut session.link, |_| true).await;
        }
    }
}

fn has_standard_strings(session: &Session) -> bool {
    session
        .parameters
        .get("standard_conforming_strings")
        .is_none_or(|value| value == "on")
}

/// Returns the error for a guest that does not get its turn.
fn failure(reason: &NoTurn) -> Failure {
    const ONE: &str =
        "let the application use one connection here: a pool with `max_connections` 1";
    let message = reason.to_string();
    match reason {
        NoTurn::Ended(_) => Failure::new("57P01", message),
        NoTurn::OtherTransaction | NoTurn::OtherRequest => {
            Failure::new("55P03", message).with_hint(ONE)
        }
    }
}
