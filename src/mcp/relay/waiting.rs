//! The client's requests that have no answer yet, in the order in which they came.

use std::collections::{BTreeMap, HashMap};

use rmcp::model::RequestId;

/// Most requests that wait for an answer at once, and most bytes of them: they are kept to be sent again.
pub(super) const MOST: usize = 1024;
pub(super) const MOST_BYTES: usize = 64 << 20;

/// So often is a request sent. One that an owner never survives must not take every later one with it.
pub(super) const MOST_SENT: u32 = 10;

#[derive(Debug, Default)]
pub(super) struct Waiting {
    requests: BTreeMap<u64, Request>,
    places: HashMap<RequestId, u64>,
    bytes: usize,
    next: u64,
}

/// A request as it is sent.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) id: RequestId,
    pub(super) line: Vec<u8>,
    /// How often it was sent.
    pub(super) sent: u32,
    /// Whether it is a stream of news, which is answered when it ends: what it was told so far.
    pub(super) stream: Option<Stream>,
}

/// How far a stream of news is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Stream {
    /// Whether the client was told that it is open.
    pub(super) open: bool,
}

impl Waiting {
    /// Whether one more of this length is too much.
    pub(super) fn is_full(&self, bytes: usize) -> bool {
        self.requests.len() >= MOST || self.bytes + bytes > MOST_BYTES
    }

    pub(super) fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    pub(super) fn push(&mut self, id: RequestId, line: Vec<u8>, sent: u32, stream: Option<Stream>) {
        // A client may not use an id twice; if it does, only the later request can be told apart.
        self.remove(&id);
        self.bytes += line.len();
        self.places.insert(id.clone(), self.next);
        let request = Request {
            id,
            line,
            sent,
            stream,
        };
        self.requests.insert(self.next, request);
        self.next += 1;
    }

    pub(super) fn remove(&mut self, id: &RequestId) -> Option<Request> {
        let request = self.requests.remove(&self.places.remove(id)?)?;
        self.bytes -= request.line.len();
        Some(request)
    }

    /// The stream of news that a request opened.
    pub(super) fn stream(&mut self, id: &RequestId) -> Option<&mut Stream> {
        let place = self.places.get(id)?;
        self.requests.get_mut(place)?.stream.as_mut()
    }

    /// Those to send again, each counted; and those that were sent too often, which are given up.
    pub(super) fn again(&mut self) -> (impl Iterator<Item = &Request>, Vec<RequestId>) {
        // A stream is meant to outlive owners.
        let too_often = |request: &&Request| request.sent >= MOST_SENT && request.stream.is_none();
        let hopeless = self.requests.values().filter(too_often);
        let hopeless: Vec<_> = hopeless.map(|request| request.id.clone()).collect();
        for id in &hopeless {
            self.remove(id);
        }
        for request in self.requests.values_mut() {
            request.sent += 1;
        }
        (self.requests.values(), hopeless)
    }

    /// All of them, given up.
    pub(super) fn give_up(&mut self) -> impl Iterator<Item = RequestId> + use<> {
        self.places.clear();
        self.bytes = 0;
        std::mem::take(&mut self.requests)
            .into_values()
            .map(|request| request.id)
    }
}
