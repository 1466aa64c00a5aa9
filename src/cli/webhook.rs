//! `firstmate webhook`: messages that wait to be brought to receivers, or could not be.

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};

use super::policy::Format;
use super::run::show::ago;
use crate::domain::{Delivery, Timestamp};

/// See which messages to webhooks wait or could not be brought, and send them again.
#[derive(Debug, Args)]
pub struct Webhook {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do about messages.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the receivers, and the messages of the project that wait or could not be brought
    List {
        /// How to print them
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Send a message again that could not be brought; a receiver that was switched off is on again
    Retry {
        /// The id that `list` shows, or its beginning
        id: String,
    },
}

/// What there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The receivers that are set up: name and address.
    pub receivers: Vec<(String, String)>,
    /// What waits to be sent, or to be sent again.
    pub waiting: Vec<Delivery>,
    /// What is not sent any more.
    pub dead: Vec<Delivery>,
}

/// What there is, for people.
#[must_use]
pub fn listed(all: &Listed, now: Timestamp) -> String {
    let mut told = String::new();
    if all.receivers.is_empty() {
        told.push_str("No webhook is set up ([webhooks] in the settings).\n");
    }
    for (name, url) in &all.receivers {
        let of = |shelf: &[Delivery]| shelf.iter().filter(|one| one.receiver == *name).count();
        let (waiting, dead) = (of(&all.waiting), of(&all.dead));
        let off = all.dead.iter().any(|one| one.gone && one.receiver == *name);
        let off = if off { ", switched off by its 410" } else { "" };
        let _written = writeln!(told, "{name}  {url}  {waiting} waiting, {dead} not brought{off}");
    }
    for (title, shelf) in [("Waiting", &all.waiting), ("Not brought", &all.dead)] {
        if shelf.is_empty() {
            continue;
        }
        let _written = writeln!(told, "\n{title}:");
        for one in shelf {
            let tries = match one.tries {
                1 => "1 try".to_owned(),
                n => format!("{n} tries"),
            };
            let _written = writeln!(
                told,
                "  {}  {}  to {}, {} ago, {tries}{}",
                one.id,
                one.topic.name(),
                one.receiver,
                ago(one.at, now),
                one.due.map(|due| format!(", next {due}")).unwrap_or_default(),
            );
            if let Some(why) = &one.last_failure {
                let _written = writeln!(told, "    {}", why.replace(char::is_control, " "));
            }
        }
    }
    told
}

/// What is sent again, for people.
#[must_use]
pub fn retried(again: &[Delivery]) -> String {
    let line = |one: &Delivery| format!("{} goes to {} again.\n", one.id, one.receiver);
    again.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{RunId, Topic};

    #[test]
    fn what_waits_and_what_is_given_up_is_told_with_why() {
        let noon: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        let one = Delivery {
            id: "msg_0191_7".to_owned(),
            receiver: "n8n".to_owned(),
            run: RunId::new("0191"),
            principal: "ada".to_owned(),
            topic: Topic::RunFailed,
            at: "2026-01-01T11:30:00Z".parse().unwrap(),
            body: "{}".to_owned(),
            tries: 1,
            due: Some("2026-01-01T12:00:20Z".parse().unwrap()),
            last_failure: Some("webhook `n8n`: it is in trouble (HTTP 503)".to_owned()),
            gone: false,
        };
        let dead = Delivery {
            id: "msg_0191_4".to_owned(),
            due: None,
            tries: 10,
            gone: true,
            ..one.clone()
        };
        let all = Listed {
            receivers: vec![("n8n".to_owned(), "https://n8n.example/hook".to_owned())],
            waiting: vec![one],
            dead: vec![dead],
        };
        insta::assert_snapshot!(listed(&all, noon), @r"
        n8n  https://n8n.example/hook  1 waiting, 1 not brought, switched off by its 410

        Waiting:
          msg_0191_7  run.failed  to n8n, 30 min ago, 1 try, next 2026-01-01T12:00:20Z
            webhook `n8n`: it is in trouble (HTTP 503)

        Not brought:
          msg_0191_4  run.failed  to n8n, 30 min ago, 10 tries
            webhook `n8n`: it is in trouble (HTTP 503)
        ");
        let nothing = Listed {
            receivers: Vec::new(),
            waiting: Vec::new(),
            dead: Vec::new(),
        };
        assert_eq!(
            listed(&nothing, noon),
            "No webhook is set up ([webhooks] in the settings).\n"
        );
    }
}
