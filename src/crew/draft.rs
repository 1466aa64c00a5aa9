//! What one call writes: events with the state after them, outputs, and charges; together or not at all.

use std::sync::Arc;

use super::budget;
use super::fold::{End, RunState};
use crate::domain::{Delivery, Digest, MicroUsd, RunEvent, RunId, Scope};
use crate::store::{Change, Charge, IdempotencyKey, Seq};

/// Events that follow a state, as far as they are known, and the state after them.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) run: RunId,
    /// After all events so far.
    pub(super) state: Arc<RunState>,
    expected: Seq,
    events: Vec<RunEvent>,
    blobs: Vec<(Digest, Vec<u8>)>,
    reserve: Vec<Charge>,
    settle: Vec<Charge>,
}

impl Draft {
    /// Nothing yet, after `state`.
    pub(super) fn after(run: &RunId, state: Arc<RunState>) -> Self {
        Self {
            run: run.clone(),
            expected: state.seq,
            state,
            events: Vec::new(),
            blobs: Vec::new(),
            reserve: Vec::new(),
            settle: Vec::new(),
        }
    }

    /// A new run, which begins with `events`; `state` is what they come to.
    pub(super) fn beginning(run: &RunId, events: Vec<RunEvent>, state: Arc<RunState>) -> Self {
        Self {
            expected: 0,
            events,
            ..Self::after(run, state)
        }
    }

    pub(super) fn push(&mut self, event: RunEvent) {
        budget::charge(
            &self.run,
            &self.state,
            &event,
            &mut self.reserve,
            &mut self.settle,
        );
        Arc::make_mut(&mut self.state).apply(&event);
        self.events.push(event);
    }

    /// What it sets aside of the project's budget.
    pub(super) fn set_aside(&self) -> MicroUsd {
        let amounts = self.reserve.iter().map(|charge| charge.amount);
        amounts.fold(MicroUsd::ZERO, MicroUsd::saturating_add)
    }

    /// Keeps an output that an event names.
    pub(super) fn keep(&mut self, digest: Digest, bytes: Vec<u8>) {
        if self.blob(&digest).is_none() {
            self.blobs.push((digest, bytes));
        }
    }

    pub(super) fn blob(&self, digest: &Digest) -> Option<&[u8]> {
        let found = self.blobs.iter().find(|(known, _)| known == digest);
        found.map(|(_, bytes)| bytes.as_slice())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    pub(super) fn last(&self) -> Option<&RunEvent> {
        self.events.last()
    }

    /// The number of the event before them.
    pub(super) fn after_event(&self) -> Seq {
        self.expected
    }

    pub(super) fn events(&self) -> &[RunEvent] {
        &self.events
    }

    /// Calls the end of the run otherwise, if it has just ended as `from`.
    pub(super) fn rename_end(&mut self, from: &str, to: &str) {
        let state = Arc::make_mut(&mut self.state);
        let ended = match (&mut state.end, self.events.last_mut()) {
            (Some(End::Failed { class: state, .. }), Some(RunEvent::RunFailed { class, .. })) => {
                Some((state, class))
            }
            _ => None,
        };
        if let Some((state, class)) = ended.filter(|(_, class)| *class == from) {
            to.clone_into(state);
            to.clone_into(class);
        }
    }

    /// The events with their numbers in the run.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (Seq, &RunEvent)> {
        (self.expected.saturating_add(1)..).zip(&self.events)
    }

    pub(super) fn change(
        &self,
        scope: &Scope,
        idempotency: Option<IdempotencyKey>,
        deliveries: Vec<Delivery>,
    ) -> Change {
        Change {
            scope: scope.clone(),
            run: self.run.clone(),
            expected: self.expected,
            events: self.events.clone(),
            blobs: self.blobs.iter().map(|(_, bytes)| bytes.clone()).collect(),
            idempotency,
            reserve: self.reserve.clone(),
            settle: self.settle.clone(),
            deliveries,
        }
    }
}
