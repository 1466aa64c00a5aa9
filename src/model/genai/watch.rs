//! What goes by on the wire beside what genai makes of it: how much it is, and what is not passed on.

use std::sync::{Mutex, MutexGuard, PoisonError};

use genai::chat::{ChatFrameSink, FrameCtx, RawFrameRef};
use serde_json::Value;

use super::failure::{Trouble, declined, of_error};

/// Follows one answer while it is read.
#[derive(Debug, Default)]
pub(super) struct Watch(Mutex<Seen>);

/// What went by.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// Events, empty ones counted.
    pub(super) frames: u64,
    /// Events with something in them.
    pub(super) events: u64,
    /// Their size.
    pub(super) bytes: usize,
    /// The model declined in words of the protocol.
    pub(super) refused: bool,
    /// A reason why the answer ends was given, though the end itself may be missing.
    pub(super) finished: bool,
    /// An error where an answer was expected.
    pub(super) error: Option<Value>,
}

impl Watch {
    pub(super) fn seen(&self) -> Seen {
        self.inner().clone()
    }

    /// Events, and their size.
    pub(super) fn amount(&self) -> (u64, usize) {
        let seen = self.inner();
        (seen.frames, seen.bytes)
    }

    fn inner(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ChatFrameSink for Watch {
    fn on_frame(&self, _: &FrameCtx, frame: RawFrameRef<'_>) {
        let mut seen = self.inner();
        seen.frames += 1;
        seen.bytes = seen.bytes.saturating_add(frame.data.len());
        if frame.data.trim().is_empty() {
            return;
        }
        seen.events += 1;
        const SIGNS: [&str; 5] = [
            "\"error\"",
            "\"refusal\"",
            "\"finish_reason\"",
            "\"blockReason\"",
            "\"done\"",
        ];
        // Most events are pieces of the answer, and genai parses them anyway.
        if !SIGNS.iter().any(|sign| frame.data.contains(sign)) {
            return;
        }
        if let Some(event) = frame.json() {
            seen.note(&event);
        }
    }
}

impl Seen {
    /// What of it makes an answer none.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        match &self.error {
            Some(error) => Some(of_error(error)),
            None => self.refused.then(declined),
        }
    }

    /// What an event, or a whole answer, says beside its text.
    pub(super) fn note(&mut self, event: &Value) {
        if let Some(error) = event.get("error").filter(|error| !error.is_null()) {
            self.error.get_or_insert_with(|| error.clone());
        }
        let choice = event.pointer("/choices/0");
        let refusals = ["/delta/refusal", "/message/refusal"];
        let refusal = refusals.iter().find_map(|place| choice?.pointer(place)?.as_str());
        self.refused |= refusal.is_some_and(|words| !words.is_empty());
        self.refused |= event.pointer("/promptFeedback/blockReason").is_some();
        self.finished |= choice.is_some_and(|choice| choice["finish_reason"].is_string());
        self.finished |= event["done"] == true;
    }
}
