//! An event in a sentence.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::crew::handoff::brief;
use crate::domain::{RunEvent, Timestamp};
use crate::store::Seq;

/// Longest sentence in bytes.
const MAX_SENTENCE: usize = 400;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// The number of the event.
    pub seq: Seq,
    /// When.
    pub at: Timestamp,
    /// The kind of event, as it is stored.
    pub event: String,
    /// The step it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Which attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u64>,
    /// What happened, in words.
    pub said: String,
}

/// The event as it is stored.
pub(super) fn fields(event: &RunEvent) -> Map<String, Value> {
    match serde_json::to_value(event) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

impl Moment {
    /// The event with that number.
    #[must_use]
    pub(super) fn of(seq: Seq, event: &RunEvent) -> Self {
        let at = event.at();
        let event = fields(event);
        let kind = text(&event, "event").to_owned();
        let step = event.get("step").and_then(Value::as_str).map(str::to_owned);
        let attempt = event.get("attempt").and_then(Value::as_u64);
        let said = brief(&said(&kind, &event).replace('\n', " "), MAX_SENTENCE);
        Self {
            seq,
            at,
            event: kind,
            step,
            attempt,
            said,
        }
    }
}

pub(super) fn said(kind: &str, event: &Map<String, Value>) -> String {
    match kind {
        "run_created" => {
            let plan = event.get("plan").and_then(Value::as_object);
            let source = plan.map_or("", |plan| text(plan, "source"));
            let steps = plan
                .and_then(|plan| plan.get("steps")?.as_array())
                .map_or(0, Vec::len);
            format!(
                "started by {}, plan {source}, {steps} steps",
                text(event, "principal")
            )
        }
        "step_awaiting_host" => match event.get("lessons").and_then(Value::as_array).map_or(0, Vec::len) {
            0 => "offered to the host".to_owned(),
            1 => "offered to the host, with a lesson".to_owned(),
            n => format!("offered to the host, with {n} lessons"),
        },
        "step_started" => {
            let executor = event.get("executor").and_then(Value::as_object);
            let by = executor.map_or("", |executor| match text(executor, "what") {
                "" => text(executor, "by"),
                what => what,
            });
            format!("begun by {by}")
        }
        "step_hedged" => {
            let executor = event.get("executor").and_then(Value::as_object);
            let by = executor.map_or("", |executor| text(executor, "what"));
            format!("asked of {by}, too: {}", text(event, "why"))
        }
        "step_dropped" => match text(event, "class") {
            "" => format!(
                "not waited for any more: {}{}",
                text(event, "message"),
                used(event)
            ),
            class => format!(
                "came to nothing, {}: {}; the other goes on{}",
                class.replace('_', " "),
                text(event, "message"),
                used(event)
            ),
        },
        "step_failed" => {
            let class = text(event, "class").replace('_', " ");
            let remedy = event.get("remedy").and_then(Value::as_object);
            let remedy = match remedy.map_or("", |remedy| text(remedy, "do")) {
                "again" => "; it is tried again",
                "shrink" => "; it is tried again with less to read",
                "extend" => "; it is tried again with more room for the answer",
                "rephrase" => "; it is asked in other words",
                "fallback" => "; another takes over",
                "give_up" => "; nothing helps",
                _ => "",
            };
            format!(
                "came to nothing, {class}: {}{remedy}{}",
                text(event, "message"),
                used(event)
            )
        }
        "step_skipped" => format!("left out: {}", text(event, "why")),
        "decision" => {
            let holds = event.get("holds").and_then(Value::as_bool).unwrap_or(false);
            let what = match (event.get("round").and_then(Value::as_u64), holds) {
                (Some(round), true) => format!("round {round} was enough"),
                (Some(round), false) => format!("round {round} was not enough"),
                (None, true) => "its condition holds".to_owned(),
                (None, false) => "its condition does not hold".to_owned(),
            };
            format!("{what}: {}", text(event, "why"))
        }
        "round_begun" => {
            let round = event.get("round").and_then(Value::as_u64).unwrap_or(0);
            format!("round {round} begins")
        }
        "expanded" => {
            let items = event.get("items").and_then(Value::as_array).map_or(0, Vec::len);
            let found = event.get("found").and_then(Value::as_u64).unwrap_or(0);
            match usize::try_from(found).is_ok_and(|found| found > items) {
                true => format!("one step for each of {items} items, of {found} that were found"),
                false => format!("one step for each of {items} items"),
            }
        }
        "step_result" => {
            let bytes = event.get("bytes").and_then(Value::as_u64).unwrap_or(0);
            let repaired = event.get("repaired").and_then(Value::as_bool).unwrap_or(false);
            let warnings = event
                .get("warnings")
                .and_then(Value::as_array)
                .map_or(0, Vec::len);
            let mut said = format!("recorded, {bytes} bytes");
            if let Some(via) = event.get("via").and_then(Value::as_str) {
                let _written = write!(said, ", by {via}");
            }
            if repaired {
                said.push_str(", repaired");
            }
            match event.get("via").and_then(Value::as_str) {
                None => {}
                Some("host") => said.push_str(", a person allowed it by the host's word"),
                Some(via) => {
                    let _written = write!(said, ", a person allowed it via {via}");
                }
            }
            match warnings {
                0 => {}
                1 => said.push_str(", with a warning"),
                n => {
                    let _written = write!(said, ", with {n} warnings");
                }
            }
            said + &used(event)
        }
        "step_rejected" => {
            let violations = event.get("violations").and_then(Value::as_array);
            let violations: Vec<_> = violations
                .into_iter()
                .flatten()
                .filter_map(Value::as_object)
                .collect();
            let told = violations.first().map_or_else(String::new, |first| {
                let place = match text(first, "path") {
                    "" => String::new(),
                    path => format!(" at {path}"),
                };
                format!(": {}{place}: {}", text(first, "rule"), text(first, "got"))
            });
            let more = match violations.len() {
                0 | 1 => String::new(),
                n => format!(" (and {} more)", n - 1),
            };
            format!("sent back{told}{more}{}", used(event))
        }
        "run_resumed" => match rest(event).as_str() {
            "budget {}" | "" => "goes on".to_owned(),
            budget => format!("goes on, {budget}"),
        },
        "run_completed" => "completed".to_owned(),
        "run_failed" => format!("failed, {}: {}", text(event, "class"), text(event, "reason")),
        "run_cancelled" => format!("cancelled: {}", text(event, "reason")),
        kind => {
            let name = kind.strip_prefix("step_").unwrap_or(kind).replace('_', " ");
            match rest(event).as_str() {
                "" => name,
                rest => format!("{name}: {rest}"),
            }
        }
    }
}

/// What was used, where something was.
fn used(event: &Map<String, Value>) -> String {
    let Some(usage) = event.get("usage").and_then(Value::as_object) else {
        return String::new();
    };
    let tokens = usage.get("tokens").and_then(Value::as_u64).unwrap_or(0);
    match tokens {
        0 => String::new(),
        n => format!(", {n} tokens"),
    }
}

/// Every field that has no place of its own, as `name value`.
fn rest(event: &Map<String, Value>) -> String {
    let own = ["event", "at", "step", "attempt"];
    let others = event
        .iter()
        .filter(|(name, value)| !own.contains(&name.as_str()) && !value.is_null());
    let told = others.map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{} {value}", name.replace('_', " "))
    });
    told.collect::<Vec<_>>().join(", ")
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}
