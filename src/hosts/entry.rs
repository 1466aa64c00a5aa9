//! How a server is started or reached, and the entry that says so in each host's own words.

use serde_json::{Map, Value, json};

use super::Host;
use super::table::Shape;

/// How a host comes to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Launch {
    /// It starts this program and speaks over its stdin and stdout.
    Command {
        /// The program.
        command: String,
        /// What it is started with.
        args: Vec<String>,
    },
    /// It calls this address over streamable HTTP.
    Address(String),
}

/// What is written for a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What the entry has to say to work. An older entry is brought up to this, and keeps what else it says.
    pub(super) wanted: Map<String, Value>,
    /// What a new entry says besides, and its user may change.
    pub(super) offered: Map<String, Value>,
}

/// The keys that say how a server is reached: those that an entry does not want are taken out of an older one.
pub(super) const REACHED_BY: [&str; 7] = ["type", "command", "cmd", "args", "url", "serverUrl", "uri"];

/// How long goose lets a call take, in seconds: its own default.
const GOOSE_TIMEOUT_S: u64 = 300;

impl Entry {
    /// The entry of that name for `host`; `None` where the host cannot reach a server so.
    #[must_use]
    pub fn new(host: &Host, name: &str, launch: &Launch) -> Option<Self> {
        let (wanted, offered) = match (host.shape, launch) {
            (Shape::Command | Shape::CommandOrAddress(_), Launch::Command { command, args }) => {
                (json!({"command": command, "args": args}), json!({}))
            }
            (Shape::Typed, Launch::Command { command, args }) => (
                json!({"type": "stdio", "command": command, "args": args}),
                json!({}),
            ),
            (Shape::Extension, Launch::Command { command, args }) => (
                json!({"type": "stdio", "cmd": command, "args": args}),
                json!({"name": name, "enabled": true, "timeout": GOOSE_TIMEOUT_S}),
            ),
            (Shape::Command, Launch::Address(_)) => return None,
            (Shape::CommandOrAddress(key), Launch::Address(address)) => (json!({key: address}), json!({})),
            (Shape::Typed, Launch::Address(address)) => (json!({"type": "http", "url": address}), json!({})),
            (Shape::Extension, Launch::Address(address)) => (
                json!({"type": "streamable_http", "uri": address}),
                json!({"name": name, "enabled": true, "timeout": GOOSE_TIMEOUT_S}),
            ),
        };
        Some(Self {
            wanted: object(wanted),
            offered: object(offered),
        })
    }

    /// The whole of a new entry.
    #[must_use]
    pub fn whole(&self) -> Value {
        let mut whole = self.offered.clone();
        whole.extend(self.wanted.clone());
        Value::Object(whole)
    }

    /// Whether `there` says all that is wanted, and nothing that contradicts it.
    #[must_use]
    pub fn is_met_by(&self, there: &Value) -> bool {
        let has_all = self
            .wanted
            .iter()
            .all(|(key, value)| there.get(key) == Some(value));
        has_all && self.unwanted(there).is_empty()
    }

    /// The keys of `there` that say another way to reach the server.
    pub(super) fn unwanted(&self, there: &Value) -> Vec<&'static str> {
        REACHED_BY
            .into_iter()
            .filter(|key| there.get(key).is_some() && !self.wanted.contains_key(*key))
            .collect()
    }
}

impl Launch {
    /// How an entry that stands in a file comes to its server; `None` where it does not say.
    #[must_use]
    pub fn of(entry: &Value) -> Option<Self> {
        let text = |keys: &[&str]| {
            let found = keys.iter().find_map(|key| entry.get(*key)?.as_str());
            found.map(str::to_owned)
        };
        if let Some(address) = text(&["url", "serverUrl", "uri"]) {
            return Some(Self::Address(address));
        }
        let args = entry.get("args").and_then(Value::as_array);
        Some(Self::Command {
            command: text(&["command", "cmd"])?,
            args: args
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
        })
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts;

    #[test]
    fn what_is_written_is_read_back() {
        let command = Launch::Command {
            command: "/usr/bin/firstmate".into(),
            args: vec!["serve".into(), "--stdio".into()],
        };
        let address = Launch::Address("http://127.0.0.1:8765/mcp".into());
        for host in hosts::all() {
            for launch in [&command, &address] {
                match Entry::new(host, "firstmate", launch) {
                    Some(entry) => {
                        assert_eq!(Launch::of(&entry.whole()).as_ref(), Some(launch), "{}", host.name);
                    }
                    None => assert!(!host.takes_addresses(), "{}", host.name),
                }
            }
        }
    }

    #[test]
    fn an_entry_that_reaches_the_server_otherwise_does_not_do() {
        let host = hosts::named("cursor").unwrap();
        let launch = Launch::Command {
            command: "firstmate".into(),
            args: vec![],
        };
        let entry = Entry::new(host, "firstmate", &launch).unwrap();
        assert!(entry.is_met_by(&json!({"command": "firstmate", "args": [], "env": {"A": "b"}})));
        assert!(!entry.is_met_by(&json!({"command": "firstmate", "args": [], "url": "http://x"})));
        assert!(!entry.is_met_by(&json!({"command": "firstmate"})));
    }
}
