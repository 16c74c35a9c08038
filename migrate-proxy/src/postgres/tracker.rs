//! Which requests of a client are unanswered.
//!
//! The server answers in order, and after an error it ignores what follows until the next Sync. So a queue of what was
//! sent shows which request each answer belongs to.

use std::collections::VecDeque;

/// A message that has an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Query,
    Sync,
    Call,
    Parse,
    Bind,
    Describe,
    Close,
    Execute,
    /// CopyDone or CopyFail. It is answered by what the COPY belongs to, and it is ignored if there is no COPY.
    CopyEnd,
}

impl Step {
    fn of(kind: u8) -> Option<Step> {
        Some(match kind {
            b'Q' => Step::Query,
            b'S' => Step::Sync,
            b'F' => Step::Call,
            b'P' => Step::Parse,
            b'B' => Step::Bind,
            b'D' => Step::Describe,
            b'C' => Step::Close,
            b'E' => Step::Execute,
            b'c' | b'f' => Step::CopyEnd,
            _ => return None,
        })
    }

    /// Returns whether ReadyForQuery ends the answer.
    fn is_request(self) -> bool {
        matches!(self, Step::Query | Step::Sync | Step::Call)
    }
}

/// How a client's view of its transaction changes when a command has been completed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Effect {
    #[default]
    None,
    Begin,
    End,
}

/// What becomes of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Fate {
    /// The client gets it.
    #[default]
    Forward,
    /// The client does not get it.
    Hide(Effect),
    /// The client gets a CommandComplete with this tag instead.
    Tag(&'static str, Effect),
}

#[derive(Debug)]
struct Sent {
    step: Step,
    /// Of each answer in order; those without one are forwarded.
    fates: VecDeque<Fate>,
    /// The client gets neither ReadyForQuery nor an error.
    is_hidden: bool,
}

/// The unanswered messages of one client.
#[derive(Debug, Default)]
pub(super) struct Tracker {
    sent: VecDeque<Sent>,
    /// Messages of the extended protocol were sent after the last Sync.
    is_unsynced: bool,
    /// The server reads the data of a COPY.
    is_copying: bool,
    /// The server ignores everything up to a Sync.
    is_skipping: bool,
}

/// What becomes of a message of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) fate: Fate,
    /// The message is an error, or the end, of a request that the client does not know.
    pub(super) is_hidden: bool,
}

impl Tracker {
    /// Records a message of the client.
    pub(super) fn sent(&mut self, kind: u8) {
        self.sent_with(kind, VecDeque::new(), false);
    }

    /// Records a message with the fates of its answers.
    pub(super) fn sent_with(&mut self, kind: u8, fates: VecDeque<Fate>, is_hidden: bool) {
        let Some(step) = Step::of(kind) else {
            return;
        };
        match step {
            // The server ignores it while it reads the data.
            Step::Sync if self.is_copying => return,
            Step::Sync => (self.is_unsynced, self.is_skipping) = (false, false),
            Step::CopyEnd if self.is_copying => {
                self.is_copying = false;
                return;
            }
            Step::CopyEnd if self.sent.is_empty() => return,
            Step::Query | Step::Call | Step::CopyEnd => {}
            _ => self.is_unsynced = true,
        }
        if !self.is_skipping {
            self.sent.push_back(Sent {
                step,
                fates,
                is_hidden,
            });
        }
    }

    /// Records a message of the server and returns what becomes of it.
    pub(super) fn received(&mut self, kind: u8) -> Verdict {
        let fate = match kind {
            b'1' => self.answered(Step::Parse),
            b'2' => self.answered(Step::Bind),
            b'3' => self.answered(Step::Close),
            // NoData, or the description of rows. The rows of a query are described too.
            b'n' | b'T' => self.answered(Step::Describe),
            b'C' | b'I' | b's' => match self.sent.front_mut() {
                Some(sent) if sent.step == Step::Query => {
                    sent.fates.pop_front().unwrap_or_default()
                }
                _ => self.answered(Step::Execute),
            },
            b'G' => {
                self.copy_began();
                Fate::Forward
            }
            b'E' => return self.failed(),
            b'Z' => return self.ready(),
            _ => Fate::Forward,
        };
        Verdict {
            fate,
            is_hidden: self.sent.front().is_some_and(|sent| sent.is_hidden),
        }
    }

    fn answered(&mut self, step: Step) -> Fate {
        match self.sent.front_mut() {
            Some(sent) if sent.step == step => {
                let fate = sent.fates.pop_front().unwrap_or_default();
                self.sent.pop_front();
                fate
            }
            _ => Fate::Forward,
        }
    }

    /// Copying began: the server ignores each Sync up to the end of the data.
    fn copy_began(&mut self) {
        let is_query = self
            .sent
            .front()
            .is_some_and(|sent| sent.step == Step::Query);
        let end = self.sent.iter().position(|sent| sent.step == Step::CopyEnd);
        self.is_copying = end.is_none();
        let length = self.sent.len();
        let before = end.unwrap_or(length);
        let mut index = 0;
        self.sent.retain(|sent| {
            let at = index;
            index += 1;
            let is_ignored = at < before && sent.step == Step::Sync && !(is_query && at == 0);
            !is_ignored && Some(at) != end
        });
        // The Sync that the server ignored ends nothing.
        self.is_unsynced |= !is_query && !self.sent.iter().any(|sent| sent.step == Step::Sync);
    }

    fn failed(&mut self) -> Verdict {
        self.is_copying = false;
        let Some(front) = self.sent.front_mut() else {
            // The server reports its own end.
            return Verdict {
                fate: Fate::Forward,
                is_hidden: false,
            };
        };
        let is_hidden = front.is_hidden;
        if front.step.is_request() {
            front.fates.clear();
        } else {
            let sync = self.sent.iter().position(|sent| sent.step == Step::Sync);
            self.sent.drain(..sync.unwrap_or(self.sent.len()));
            self.is_skipping = sync.is_none();
        }
        Verdict {
            fate: Fate::Forward,
            is_hidden,
        }
    }

    fn ready(&mut self) -> Verdict {
        let mut is_hidden = false;
        while let Some(sent) = self.sent.pop_front() {
            if sent.step.is_request() {
                is_hidden = sent.is_hidden;
                break;
            }
        }
        // No COPY was begun for them.
        while (self.sent.front()).is_some_and(|sent| sent.step == Step::CopyEnd) {
            self.sent.pop_front();
        }
        Verdict {
            fate: Fate::Forward,
            is_hidden,
        }
    }

    /// Returns whether everything is answered and nothing is begun.
    pub(super) fn is_idle(&self) -> bool {
        self.sent.is_empty() && !self.is_unsynced && !self.is_copying
    }

    /// Returns whether everything is answered, but the client has begun something.
    pub(super) fn waits_for_client(&self) -> bool {
        self.is_copying
            || (self.is_unsynced && !self.sent.iter().any(|sent| sent.step.is_request()))
    }

    pub(super) fn is_copying(&self) -> bool {
        self.is_copying
    }

    pub(super) fn is_unsynced(&self) -> bool {
        self.is_unsynced
    }

    /// Returns whether a query is unanswered.
    pub(super) fn has_query(&self) -> bool {
        self.sent
            .iter()
            .any(|sent| matches!(sent.step, Step::Query | Step::Call))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Sends (`>`) and receives (`<`) messages, and returns whether everything is answered after each.
    fn idle(messages: &str) -> Vec<bool> {
        let mut tracker = Tracker::default();
        let step = |message: &str| {
            let (direction, kind) = message.split_at(1);
            let kind = kind.as_bytes()[0];
            match direction {
                ">" => tracker.sent(kind),
                _ => drop(tracker.received(kind)),
            }
            tracker.is_idle()
        };
        messages.split_whitespace().map(step).collect()
    }

    /// Checks that everything is answered after the last message, and not before.
    fn ends(messages: &str) {
        let idle = idle(messages);
        let (last, before) = idle.split_last().unwrap();
        assert!(*last && !before.contains(&true), "{messages}: {idle:?}");
    }

    #[test]
    fn an_answer_ends_with_its_request() {
        ends(">Q <T <D <C <Z");
        ends(">Q <C <T <D <C <Z");
        ends(">Q <E <Z");
        ends(">P >B >D >E >S <1 <2 <T <D <C <Z");
        ends(">P >D >S <1 <t <n >B >E >S <Z <2 <C <Z");
        ends(">P >H <1 >B >E >S <2 <C <Z");
        // What follows an error is ignored up to the Sync.
        ends(">P >B >E >S <E <Z");
        ends(">P >B >H <E >E >S <Z");
        ends(">P >S >B >S <E <Z <2 <Z");
    }

    #[test]
    fn a_copy_ends_with_its_data() {
        ends(">Q <G >d >c <C <Z");
        ends(">Q <G >d >f <E <Z");
        ends(">Q >d >c <G <C <Z");
        // A Sync at once, which the server ignores.
        ends(">B >E >S <2 <G >d >c >S <C <Z");
        ends(">B >E >S >d >c >S <2 <G <C <Z");
        ends(">B >E >S <2 <G >d >f >S <E <Z");
        ends(">B >E >S <2 <G >d <E >c >S <Z");
        // There is no COPY.
        ends(">B >E >S >c >S <2 <E <Z <Z");
        ends(">Q <H <d <d <c <C <Z");
    }

    #[test]
    fn hidden_messages_are_not_seen() {
        let mut tracker = Tracker::default();
        tracker.sent_with(b'Q', VecDeque::new(), true);
        tracker.sent_with(
            b'Q',
            VecDeque::from([Fate::Tag("BEGIN", Effect::Begin), Fate::Hide(Effect::None)]),
            false,
        );
        let hidden: Vec<bool> = b"TDCZ"
            .iter()
            .map(|&kind| tracker.received(kind).is_hidden)
            .collect();
        assert_eq!(hidden, [true; 4]);
        assert_eq!(
            tracker.received(b'C').fate,
            Fate::Tag("BEGIN", Effect::Begin)
        );
        assert_eq!(tracker.received(b'C').fate, Fate::Hide(Effect::None));
        assert_eq!(tracker.received(b'C').fate, Fate::Forward);
        assert!(!tracker.received(b'Z').is_hidden && tracker.is_idle());
    }

    proptest! {
        #[test]
        fn no_order_of_messages_panics(messages in prop::collection::vec((any::<bool>(), any::<u8>()), 0..60)) {
            let mut tracker = Tracker::default();
            for (is_sent, kind) in messages {
                match is_sent {
                    true => tracker.sent(kind),
                    false => drop(tracker.received(kind)),
                }
                let _ = (tracker.is_idle(), tracker.waits_for_client(), tracker.has_query());
            }
        }
    }
}
