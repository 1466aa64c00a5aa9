//! In which order requests came. rmcp works on each in a task of its own, so of two that came one after the other the
//! second may be done first.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::request::Parts;
use rmcp::model::Extensions;

use crate::domain::Digest;

/// The place of a request among all that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Arrival(u64);

impl Arrival {
    /// That of a request which comes now.
    pub(crate) fn now() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// As its transport took note of it.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        let over_http = || extensions.get::<Parts>()?.extensions.get::<Self>();
        let noted = extensions.get::<Self>().or_else(over_http);
        noted.copied().unwrap_or_else(Self::now)
    }
}

/// Most addresses that are remembered of a client: more than it has requests on their way.
const MOST: usize = 1_000;

/// When a client last spoke of which address. An address may be long, and its digest is not.
#[derive(Debug, Default)]
pub(super) struct Heard(HashMap<Digest, Arrival>);

impl Heard {
    /// Takes note of a request about `uri`; whether nothing that came later was heard of it already.
    pub(super) fn is_last(&mut self, uri: &str, arrival: Arrival) -> bool {
        let about = Digest::of(uri.as_bytes());
        if self.0.get(&about).is_some_and(|last| *last > arrival) {
            return false;
        }
        self.0.insert(about, arrival);
        if self.0.len() > MOST {
            let mut arrivals: Vec<_> = self.0.values().copied().collect();
            let (_, middle, _) = arrivals.select_nth_unstable(MOST / 2);
            let middle = *middle;
            self.0.retain(|_, last| *last >= middle);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_later_stays_whichever_is_done_first() {
        let (first, second, third) = (Arrival::now(), Arrival::now(), Arrival::now());
        let mut heard = Heard::default();
        assert!(heard.is_last("a", second));
        assert!(!heard.is_last("a", first), "it is done late");
        assert!(heard.is_last("b", first), "another address is another matter");
        assert!(heard.is_last("a", third));
        assert!(!heard.is_last("a", second));
    }

    #[test]
    fn no_more_is_remembered_than_there_is_room_for() {
        let mut heard = Heard::default();
        for n in 0..10 * MOST {
            assert!(heard.is_last(&n.to_string(), Arrival::now()));
        }
        assert!(heard.0.len() <= MOST, "{}", heard.0.len());
        let newest = (10 * MOST - 1).to_string();
        assert!(!heard.is_last(&newest, Arrival(0)), "the newest stay");
    }
}
