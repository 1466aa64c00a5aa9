//! Who opened which session, and how many there may be.
//!
//! A session belongs to who opened it: its id in other hands is that of no session. One caller cannot take
//! all the places there are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::bearer::Caller;

/// The sessions of all callers, those of `/mcp` and of `/sse` together.
#[derive(Debug, Clone, Default)]
pub(super) struct Sessions {
    held: Arc<Mutex<Held>>,
}

#[derive(Debug, Default)]
struct Held {
    open: HashMap<String, Open>,
    /// Those that are about to be opened have no id yet.
    opening: Vec<Caller>,
}

#[derive(Debug)]
struct Open {
    caller: Caller,
    /// When its client last said something, or left a stream.
    heard: Instant,
    /// How many requests of its client are being answered, a stream of events that stands open among them.
    answering: usize,
}

impl Open {
    fn by(caller: Caller) -> Self {
        Self {
            caller,
            heard: Instant::now(),
            answering: 0,
        }
    }
}

impl Sessions {
    /// A place for one more session of `caller`; `None` when there are `most` or the caller has `most_of_one`. `open`
    /// are in truth: one whose client left while it was opened is in no book.
    pub(super) fn place(
        &self,
        caller: Caller,
        open: usize,
        most: usize,
        most_of_one: usize,
    ) -> Option<Place> {
        let mut held = self.held();
        let all = open.max(held.open.len() + held.opening.len());
        let callers = held.open.values().map(|open| &open.caller).chain(&held.opening);
        let own = callers.filter(|other| **other == caller).count();
        if all >= most || own >= most_of_one {
            return None;
        }
        held.opening.push(caller);
        Some(Place {
            sessions: self.clone(),
            caller,
        })
    }

    /// Forgets those that are no more.
    pub(super) fn keep(&self, is_open: impl Fn(&str) -> bool) {
        self.held().open.retain(|id, _| is_open(id));
    }

    /// Forgets one.
    pub(super) fn leave(&self, id: &str) {
        self.held().open.remove(id);
    }

    /// Whether the session belongs to another caller.
    pub(super) fn is_foreign(&self, id: &str, caller: Caller) -> bool {
        self.held().open.get(id).is_some_and(|open| open.caller != caller)
    }

    /// Its client asks something: it is there until the answer ends. `None` where there is no such session.
    pub(super) fn ask(&self, id: &str) -> Option<Answering> {
        let mut held = self.held();
        let open = held.open.get_mut(id)?;
        open.heard = Instant::now();
        open.answering += 1;
        Some(Answering {
            sessions: self.clone(),
            id: id.to_owned(),
        })
    }

    /// Knows from now on of those that nobody booked: their client left while they were opened.
    pub(super) fn adopt<'a>(&self, ids: impl Iterator<Item = &'a str>) {
        let mut held = self.held();
        for id in ids {
            if !held.open.contains_key(id) {
                held.open.insert(id.to_owned(), Open::by(Caller::Anyone));
            }
        }
    }

    /// Forgets those whose client has said nothing for so long, whether it listens or not, and says which they are.
    pub(super) fn take_silent(&self, patience: Duration, is_ours: impl Fn(&str) -> bool) -> Vec<String> {
        self.take(|id, open| open.heard.elapsed() > patience && is_ours(id))
    }

    /// Forgets those whose client has said nothing for so long, and does not listen either, and says which they are.
    pub(super) fn take_idle(&self, patience: Duration, is_ours: impl Fn(&str) -> bool) -> Vec<String> {
        self.take(|id, open| open.answering == 0 && open.heard.elapsed() > patience && is_ours(id))
    }

    /// Forgets those of who showed another token than `caller`, and says which they are; none where it showed none.
    pub(super) fn take_former(&self, caller: Caller) -> Vec<String> {
        if caller == Caller::Anyone {
            return Vec::new();
        }
        self.take(|_, open| open.caller != Caller::Anyone && open.caller != caller)
    }

    fn take(&self, which: impl Fn(&str, &Open) -> bool) -> Vec<String> {
        let mut held = self.held();
        let taken = held.open.extract_if(|id, open| which(id, open));
        taken.map(|(id, _)| id).collect()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place for a session that is about to be opened; free again when it is dropped without one.
#[derive(Debug)]
pub(super) struct Place {
    sessions: Sessions,
    caller: Caller,
}

impl Place {
    /// The session is open under this id.
    pub(super) fn enter(self, id: String) {
        self.sessions.held().open.insert(id, Open::by(self.caller));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.sessions.held();
        if let Some(at) = held.opening.iter().position(|caller| *caller == self.caller) {
            held.opening.swap_remove(at);
        }
    }
}

/// A request of a session that is being answered, until it is dropped.
#[derive(Debug)]
pub(super) struct Answering {
    sessions: Sessions,
    id: String,
}

impl Drop for Answering {
    fn drop(&mut self) {
        if let Some(open) = self.sessions.held().open.get_mut(&self.id) {
            open.answering = open.answering.saturating_sub(1);
            open.heard = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Caller = Caller::Anyone;

    fn other() -> Caller {
        Caller::Holder(crate::domain::Digest::of(b"token"))
    }

    #[test]
    fn one_caller_cannot_take_all_places() {
        let sessions = Sessions::default();
        let mut places: Vec<_> = (0..2).filter_map(|_| sessions.place(ONE, 0, 3, 2)).collect();
        assert_eq!(places.len(), 2);
        assert!(sessions.place(ONE, 0, 3, 2).is_none(), "its own are taken");
        places.extend(sessions.place(other(), 0, 3, 2));
        assert!(sessions.place(other(), 0, 3, 2).is_none(), "all are taken");
        for (n, place) in places.into_iter().enumerate() {
            place.enter(n.to_string());
        }
        assert!(sessions.place(ONE, 0, 3, 2).is_none(), "open ones count, too");
        sessions.keep(|id| id != "0");
        assert!(sessions.place(ONE, 0, 3, 2).is_some(), "one is gone");
        assert!(
            sessions.place(ONE, 0, 3, 2).is_some(),
            "and its place was dropped"
        );
        assert!(
            sessions.place(ONE, 3, 3, 2).is_none(),
            "those that nobody booked count"
        );
    }

    #[test]
    fn a_session_is_foreign_to_all_but_who_opened_it() {
        let sessions = Sessions::default();
        sessions.place(other(), 0, 1, 1).unwrap().enter("a".to_owned());
        assert!(sessions.is_foreign("a", ONE));
        assert!(!sessions.is_foreign("a", other()));
        assert!(!sessions.is_foreign("b", ONE), "it is nobody's");
        assert!(sessions.take_former(ONE).is_empty() && sessions.take_former(other()).is_empty());
        let new = Caller::Holder(crate::domain::Digest::of(b"new"));
        sessions.place(ONE, 0, 2, 1).unwrap().enter("mine".to_owned());
        assert_eq!(sessions.take_former(new), ["a"]);
        assert!(!sessions.is_foreign("a", new) && sessions.is_foreign("mine", new));
        sessions.place(other(), 0, 2, 1).unwrap().enter("a".to_owned());
        sessions.leave("a");
        assert!(!sessions.is_foreign("a", ONE));
    }

    #[test]
    fn whose_client_has_been_silent_goes_first_and_who_listens_is_not_idle() {
        let sessions = Sessions::default();
        for id in ["silent", "other's", "listening", "heard"] {
            sessions.place(ONE, 0, 9, 9).unwrap().enter(id.to_owned());
        }
        sessions.adopt(["nobody's", "heard"].into_iter());
        let listening = sessions.ask("listening").unwrap();
        std::thread::sleep(Duration::from_millis(60));
        drop(sessions.ask("heard").unwrap());
        assert!(sessions.ask("unknown").is_none());
        let patience = Duration::from_millis(50);
        let mut idle = sessions.take_idle(patience, |id| id != "other's");
        idle.sort_unstable();
        assert_eq!(idle, ["nobody's", "silent"]);
        assert_eq!(
            sessions.take_silent(patience, |id| id != "other's"),
            ["listening"]
        );
        drop(listening);
        assert_eq!(sessions.take_silent(patience, |_| true), ["other's"]);
    }
}
