//! What was answered to whom, for as long as a signature is good: a request that comes again gets the same answer and
//! does nothing.
//!
//! It is kept in memory. After a restart, and when there were more requests than are remembered, the journal knows better: a
//! run is bound to the name of the request that started it, and a step token is good for one output.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::domain::Digest;
use crate::model::webhook::secret::TOLERANCE;

/// Most answers that are remembered; each has at most some 20 KB.
const MOST: usize = 1_024;

/// An answer as it was given.
#[derive(Debug, Clone)]
pub(super) struct Answered {
    pub(super) status: StatusCode,
    body: Bytes,
}

impl Answered {
    pub(super) fn new(status: StatusCode, body: &Value) -> Self {
        Self {
            status,
            body: body.to_string().into(),
        }
    }
}

impl IntoResponse for Answered {
    fn into_response(self) -> Response {
        (self.status, [(CONTENT_TYPE, "application/json")], self.body).into_response()
    }
}

/// A place for one answer, which the first that comes fills and the others wait for.
pub(super) type Cell = Arc<OnceCell<Answered>>;

/// Answers by the id of the request.
#[derive(Debug, Default)]
pub(super) struct Seen(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    by_id: HashMap<String, (Digest, Cell)>,
    /// The oldest first, with the second in which each came.
    order: VecDeque<(i64, String)>,
}

impl Seen {
    /// The place for the answer to request `id` about `about`; `None` when that id was used for something else.
    pub(super) fn cell(&self, id: &str, about: Digest, now: i64) -> Option<Cell> {
        let mut kept = self.kept();
        // Signed up to 5 minutes ahead, it is good until 5 minutes after that.
        let lasts = i64::try_from(2 * TOLERANCE.as_secs()).unwrap_or(i64::MAX);
        while kept
            .order
            .front()
            .is_some_and(|(at, _)| kept.order.len() > MOST || now.saturating_sub(*at) > lasts)
        {
            if let Some((_, old)) = kept.order.pop_front() {
                kept.by_id.remove(&old);
            }
        }
        if let Some((known, cell)) = kept.by_id.get(id) {
            return (*known == about).then(|| Arc::clone(cell));
        }
        let cell = Cell::default();
        kept.by_id.insert(id.to_owned(), (about, Arc::clone(&cell)));
        kept.order.push_back((now, id.to_owned()));
        Some(cell)
    }

    pub(super) fn forget(&self, id: &str) {
        let mut kept = self.kept();
        kept.by_id.remove(id);
        kept.order.retain(|(_, other)| other != id);
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_stands_for_one_request_while_its_signature_is_good() {
        let seen = Seen::default();
        let (one, other) = (Digest::of(b"one"), Digest::of(b"other"));
        let first = seen.cell("a", one, 1_000).unwrap();
        assert!(Arc::ptr_eq(&first, &seen.cell("a", one, 1_600).unwrap()));
        assert!(seen.cell("a", other, 1_600).is_none());
        assert!(!Arc::ptr_eq(&first, &seen.cell("a", one, 1_601).unwrap()));
        seen.forget("a");
        assert!(seen.cell("a", other, 1_601).is_some());
    }

    #[test]
    fn no_more_are_remembered_than_there_is_room_for() {
        let seen = Seen::default();
        for n in 0..3 * MOST {
            assert!(seen.cell(&n.to_string(), Digest::of(b""), 0).is_some());
        }
        let kept = seen.kept();
        assert!(kept.by_id.len() <= MOST + 1 && kept.order.len() == kept.by_id.len());
    }
}
