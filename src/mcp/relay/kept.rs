//! What a client of before 2026-07-28 told its session, so that the next owner is told it, too: its subscriptions, and
//! which remarks it wants.

use std::collections::{BTreeMap, HashMap};

use rmcp::model::RequestId;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::mcp::subscriptions::MOST;

/// Stands for the level in place of an address.
const LEVEL: &str = "";
/// Longest request that is kept: an address is at most a kilobyte.
const LONGEST: usize = 4096;

/// What holds, and what was asked for.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// By address, the request that subscribed to it.
    lines: BTreeMap<String, Vec<u8>>,
    asked: HashMap<RequestId, Asked>,
    /// Requests of ours, whose answers nobody waits for, with the address each is about.
    replayed: HashMap<RequestId, String>,
    replays: u64,
}

#[derive(Debug)]
enum Asked {
    Keep(String, Vec<u8>),
    Forget(String),
}

impl Kept {
    /// Takes note of a request, if it is one to be kept.
    pub(super) fn asked(&mut self, id: &RequestId, method: &str, params: Option<&RawValue>, line: &[u8]) {
        let uri = || -> Option<String> {
            #[derive(Deserialize)]
            struct Params {
                uri: String,
            }
            let Params { uri } = serde_json::from_str(params?.get()).ok()?;
            Some(uri).filter(|uri| uri != LEVEL && line.len() <= LONGEST)
        };
        let asked = match method {
            "resources/subscribe" => uri().map(|uri| Asked::Keep(uri, line.to_vec())),
            "resources/unsubscribe" => uri().map(Asked::Forget),
            "logging/setLevel" => Some(Asked::Keep(LEVEL.to_owned(), line.to_vec())),
            _ => None,
        };
        let Some(asked) = asked.filter(|_| self.asked.len() <= MOST) else {
            return;
        };
        // Answers may come in another order than requests: what was asked before, the other way round, no longer counts.
        self.asked.retain(|_, before| match (&asked, before) {
            (Asked::Keep(uri, _), Asked::Forget(before)) | (Asked::Forget(uri), Asked::Keep(before, _)) => {
                uri != before
            }
            _ => true,
        });
        self.asked.insert(id.clone(), asked);
    }

    /// There will be no answer to it any more.
    pub(super) fn forget(&mut self, id: &RequestId) {
        self.asked.remove(id);
    }

    /// Takes note of an answer. To a request of our own it says which addresses the client has to look at again: it may
    /// have changed before the subscription took hold.
    pub(super) fn answered(&mut self, id: &RequestId, failed: bool) -> Option<Vec<String>> {
        if let Some(uri) = self.replayed.remove(id) {
            if failed {
                tracing::warn!(
                    uri,
                    "the next owner does not take what the client had subscribed to"
                );
                self.lines.remove(&uri);
            }
            return Some(
                Some(uri)
                    .filter(|uri| !failed && uri != LEVEL)
                    .into_iter()
                    .collect(),
            );
        }
        match self.asked.remove(id) {
            Some(Asked::Keep(uri, line)) if !failed && self.lines.len() <= MOST => {
                self.lines.insert(uri, line);
            }
            Some(Asked::Forget(uri)) if !failed => {
                self.lines.remove(&uri);
            }
            _ => {}
        }
        None
    }

    /// The requests to be sent to a new owner, each under an id of ours.
    pub(super) fn again(&mut self) -> Vec<(RequestId, Vec<u8>)> {
        self.replayed.clear();
        let mut requests = Vec::new();
        for (uri, line) in &self.lines {
            self.replays += 1;
            let id = RequestId::String(format!("firstmate/kept/{}", self.replays).into());
            self.replayed.insert(id.clone(), uri.clone());
            requests.push((id, line.clone()));
        }
        requests
    }
}
