//! `firstmate approvals`: what waits for a person, and the answer.

use clap::{Args, Subcommand};

use crate::domain::Timestamp;
use crate::policy::Pending;

/// See what agents asked to be allowed, and answer.
#[derive(Debug, Args)]
pub struct Approvals {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do about approvals.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what waits for an answer, and what was granted and not used yet
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Allow exactly this action; the agent asks for it again and gets it
    Grant {
        /// The handle that `list` shows, or its beginning
        id: String,
    },
    /// Refuse it
    Deny {
        /// The handle that `list` shows, or its beginning
        id: String,
    },
}

/// What waits, for people.
#[must_use]
pub fn listed(all: &[Pending], now: Timestamp) -> String {
    if all.is_empty() {
        return "Nothing waits for an answer in this project.".to_owned();
    }
    all.iter()
        .map(|one| told(one, now))
        .collect::<Vec<_>>()
        .join("\n\n")
}

fn told(one: &Pending, now: Timestamp) -> String {
    let left = one.expires_at.as_second().saturating_sub(now.as_second()).max(0);
    let kind = serde_json::to_value(one.about.kind).unwrap_or_default();
    let kind = kind.as_str().unwrap_or_default().to_owned();
    let with = |word: &str, text: &Option<String>| {
        text.as_ref()
            .map(|text| format!(" {word} {text}"))
            .unwrap_or_default()
    };
    let from = if one.from.is_empty() {
        String::new()
    } else {
        format!("\n  from: {}", one.from.join(", "))
    };
    let state = if one.granted {
        "granted, not used yet"
    } else {
        "waits"
    };
    let shown = one.about.shown.replace('\n', "\n    ");
    format!(
        "{id}  {state}, {minutes} min {seconds} s left, good for {uses}\n  {kind}{tool}{agent}\n    {shown}\n  why: {why} ({rules}){from}",
        id = one.id,
        minutes = left / 60,
        seconds = left % 60,
        uses = if one.uses == 1 {
            "one use".to_owned()
        } else {
            format!("{} uses", one.uses)
        },
        tool = with("with", &one.about.tool),
        agent = with("for", &one.about.agent),
        why = one.about.why,
        rules = one.about.rules.join(", "),
    )
}

/// What became of an answer, for people.
#[must_use]
pub fn answered(one: &Pending) -> String {
    if one.granted {
        format!(
            "Granted. The same action passes when it is asked for again, until {}.",
            one.expires_at
        )
    } else {
        "Refused. Asking for it again opens a new question.".to_owned()
    }
}
