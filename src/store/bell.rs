//! That something changed, without saying what: whoever shows it looks again.

use std::sync::Arc;

use serde::Serialize;
use tokio::sync::watch;

/// How often each kind of thing was written since the store was opened. Only that a number changed means something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Runs.
    pub runs: u64,
    /// Lessons.
    pub lessons: u64,
    /// Routing decisions, and what became of them.
    pub routes: u64,
    /// What policy decided.
    pub decisions: u64,
}

/// Rung after each write, by all that share it.
#[derive(Debug, Clone)]
pub(super) struct Bell(Arc<watch::Sender<Changes>>);

impl Default for Bell {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Changes::default())))
    }
}

impl Bell {
    /// Says that something of the kind was written.
    pub(super) fn ring(&self, kind: impl FnOnce(&mut Changes) -> &mut u64) {
        self.0.send_modify(|changes| {
            let count = kind(changes);
            *count = count.wrapping_add(1);
        });
    }

    /// Hears from now on.
    pub(super) fn listen(&self) -> watch::Receiver<Changes> {
        self.0.subscribe()
    }
}
