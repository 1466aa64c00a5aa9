//! That something changed, without saying what: whoever shows it looks again.

use std::sync::Arc;

use serde::Serialize;
use tokio::sync::watch;

/// How often each kind of thing was written since the store was opened. Only that a number changed means something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct News {
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
pub(super) struct Bell(Arc<watch::Sender<News>>);

impl Default for Bell {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(News::default())))
    }
}

impl Bell {
    /// Says that something of the kind was written.
    pub(super) fn ring(&self, kind: impl FnOnce(&mut News) -> &mut u64) {
        self.0.send_modify(|news| {
            let count = kind(news);
            *count = count.wrapping_add(1);
        });
    }

    /// Hears from now on.
    pub(super) fn listen(&self) -> watch::Receiver<News> {
        self.0.subscribe()
    }
}
