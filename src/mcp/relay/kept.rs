//! What a client of before 2026-07-28 told its session, so that the next owner is told it, too: its subscriptions, and
//! which remarks it wants.

use std::collections::{BTreeMap, HashMap, HashSet};

use rmcp::model::RequestId;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::mcp::subscriptions::MOST;

/// Stands for the level in place of an address.
const LEVEL: &str = "";

/// What holds, and what was asked for.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// By address, the request that subscribed to it.
    lines: BTreeMap<String, Vec<u8>>,
    asked: HashMap<RequestId, Asked>,
    /// Requests of ours, whose answers nobody waits for.
    replayed: HashSet<RequestId>,
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
            Some(uri)
        };
        let asked = match method {
            "resources/subscribe" => uri().map(|uri| Asked::Keep(uri, line.to_vec())),
            "resources/unsubscribe" => uri().map(Asked::Forget),
            "logging/setLevel" => Some(Asked::Keep(LEVEL.to_owned(), line.to_vec())),
            _ => None,
        };
        if let Some(asked) = asked.filter(|_| self.asked.len() <= MOST) {
            self.asked.insert(id.clone(), asked);
        }
    }

    /// Takes note of an answer; whether it is to one of our own requests.
    pub(super) fn answered(&mut self, id: &RequestId, failed: bool) -> bool {
        if self.replayed.remove(id) {
            return true;
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
        false
    }

    /// The requests to be sent to a new owner, each under an id of ours, and the addresses that may have changed
    /// meanwhile.
    pub(super) fn again(&mut self) -> (Vec<(RequestId, Vec<u8>)>, Vec<String>) {
        self.replayed.clear();
        let mut requests = Vec::new();
        for line in self.lines.values() {
            self.replays += 1;
            let id = RequestId::String(format!("firstmate/kept/{}", self.replays).into());
            self.replayed.insert(id.clone());
            requests.push((id, line.clone()));
        }
        let uris = self.lines.keys().filter(|uri| *uri != LEVEL);
        (requests, uris.cloned().collect())
    }
}
