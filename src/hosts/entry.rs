//! How a server is started or reached, and the entry that says so in each host's own words.

use std::path::Path;

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
    /// What its host refuses beside what is wanted.
    refused: &'static [&'static str],
}

/// The keys that say how a server is reached: those that an entry does not want are taken out of an older one.
pub(super) const REACHED_BY: [&str; 7] = ["type", "command", "cmd", "args", "url", "serverUrl", "uri"];

/// The keys that a new entry may say besides.
pub(super) const OFFERED: [&str; 3] = ["name", "enabled", "timeout"];

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
            (Shape::Typed | Shape::StrictlyTyped, Launch::Command { command, args }) => (
                json!({"type": "stdio", "command": command, "args": args}),
                json!({}),
            ),
            (Shape::Extension, Launch::Command { command, args }) => (
                json!({"type": "stdio", "cmd": command, "args": args}),
                json!({"name": name, "enabled": true, "timeout": GOOSE_TIMEOUT_S}),
            ),
            (Shape::Command, Launch::Address(_)) => return None,
            (Shape::CommandOrAddress(key), Launch::Address(address)) => (json!({key: address}), json!({})),
            (Shape::Typed | Shape::StrictlyTyped, Launch::Address(address)) => {
                (json!({"type": "http", "url": address}), json!({}))
            }
            (Shape::Extension, Launch::Address(address)) => (
                json!({"type": "streamable_http", "uri": address}),
                json!({"name": name, "enabled": true, "timeout": GOOSE_TIMEOUT_S}),
            ),
        };
        Some(Self {
            wanted: object(wanted),
            offered: object(offered),
            refused: host.refused_beside(launch),
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

    /// The key of `there`, written by its user, that the host would refuse the whole entry for.
    pub(super) fn clash(&self, there: &Value) -> Option<&'static str> {
        self.refused.iter().copied().find(|key| there.get(*key).is_some())
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
    /// How an entry that stands in the file of `host` comes to its server, as the host reads it; `None` where it does not say.
    #[must_use]
    pub fn of(host: &Host, entry: &Value) -> Option<Self> {
        let text = |key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
        let (command, addresses) = match host.shape {
            Shape::Extension => ("cmd", ["uri", "uri"]),
            Shape::CommandOrAddress(key) => ("command", [key, "url"]),
            Shape::Command | Shape::Typed | Shape::StrictlyTyped => ("command", ["url", "url"]),
        };
        let calls = host.shape != Shape::StrictlyTyped || entry.get("type").is_some();
        if let Some(address) = addresses.into_iter().find_map(text).filter(|_| calls) {
            return Some(Self::Address(address));
        }
        let args = entry.get("args").and_then(Value::as_array);
        Some(Self::Command {
            command: text(command)?,
            args: args
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
        })
    }

    /// Whether it starts a program that is called as this one is.
    #[must_use]
    pub fn is_firstmate(&self) -> bool {
        match self {
            Self::Command { command, .. } => {
                let stem = Path::new(command).file_stem();
                stem.is_some_and(|stem| stem == "firstmate")
            }
            Self::Address(_) => false,
        }
    }
}

/// Whether its user has turned an entry off, in the words of any host.
#[must_use]
pub fn is_off(entry: &Value) -> bool {
    entry.get("disabled") == Some(&Value::Bool(true)) || entry.get("enabled") == Some(&Value::Bool(false))
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
                        assert_eq!(
                            Launch::of(host, &entry.whole()).as_ref(),
                            Some(launch),
                            "{}",
                            host.name
                        );
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

    #[test]
    fn an_entry_is_read_as_its_host_reads_it() {
        let of = |host: &str, entry: Value| Launch::of(hosts::named(host).unwrap(), &entry);
        let address = Some(Launch::Address("http://x".into()));
        assert_eq!(of("cursor", json!({"cmd": "firstmate"})), None);
        assert_eq!(of("goose", json!({"command": "firstmate"})), None);
        assert_eq!(of("claude-code", json!({"url": "http://x"})), None);
        assert_eq!(
            of("claude-code", json!({"url": "http://x", "type": "http"})),
            address
        );
        assert_eq!(of("vscode", json!({"url": "http://x"})), address);
        assert_eq!(of("cursor", json!({"serverUrl": "http://x"})), None);
        assert_eq!(of("windsurf", json!({"serverUrl": "http://x"})), address);
    }
}
