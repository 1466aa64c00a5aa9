//! What the log says of those who are turned away.
//!
//! Anybody can be turned away without end, the page of another site among them, and logs lie on disks. So the first of a
//! kind is written at once, and then one line a minute that says for how many it stands.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// So long nothing more is written of a kind.
const QUIET: Duration = Duration::from_secs(60);

/// Of the whole process: it has one log.
static KINDS: LazyLock<Mutex<Kinds>> = LazyLock::new(Mutex::default);

/// One more of `kind` was turned away. For how many the line stands that is to be written of it, itself included; `None`
/// where none is.
pub(crate) fn turned_away(kind: &'static str) -> Option<u64> {
    kinds().one_more(kind, Instant::now())
}

/// Writes of those that no line stands for yet; for the end of the server.
pub(super) fn rest() {
    for (kind, times) in kinds().take_rest() {
        tracing::warn!(code = kind, times, "refused some more");
    }
}

fn kinds() -> MutexGuard<'static, Kinds> {
    KINDS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// As many as there are kinds of refusals: who is turned away chooses none.
#[derive(Debug, Default)]
struct Kinds(HashMap<&'static str, Kind>);

#[derive(Debug)]
struct Kind {
    written: Instant,
    /// How many came since then.
    unwritten: u64,
}

impl Kinds {
    fn one_more(&mut self, kind: &'static str, now: Instant) -> Option<u64> {
        let Some(known) = self.0.get_mut(kind) else {
            let first = Kind {
                written: now,
                unwritten: 0,
            };
            self.0.insert(kind, first);
            return Some(1);
        };
        known.unwritten += 1;
        if now.saturating_duration_since(known.written) < QUIET {
            return None;
        }
        known.written = now;
        Some(std::mem::take(&mut known.unwritten))
    }

    fn take_rest(&mut self) -> Vec<(&'static str, u64)> {
        let unwritten = self.0.iter_mut();
        let unwritten = unwritten.map(|(kind, known)| (*kind, std::mem::take(&mut known.unwritten)));
        unwritten.filter(|(_, times)| *times > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_written_at_once_and_the_others_once_a_minute_with_their_number() {
        let (mut kinds, begin) = (Kinds::default(), Instant::now());
        let mut written =
            |kind: &'static str, after_s: u64| kinds.one_more(kind, begin + Duration::from_secs(after_s));
        assert_eq!(written("host", 0), Some(1));
        for n in 0..50_000 {
            assert_eq!(written("host", n % 60), None);
        }
        assert_eq!(written("origin", 1), Some(1), "another kind has its own line");
        assert_eq!(written("host", 60), Some(50_001));
        assert_eq!(written("host", 119), None);
        assert_eq!(written("host", 600), Some(2));
        assert_eq!(written("origin", 30), None);
        assert_eq!(kinds.take_rest(), [("origin", 1)]);
        assert_eq!(kinds.take_rest(), []);
    }
}
