//! Hosts that do not behave, before the real binary: each is led to an end that the reply explains and the journal shows.
//!
//! What a reply says of a run is compared with what the exported journal comes to, event by event: nothing is told that
//! was not written.

use std::rc::Rc;

use firstmate::crew::fold::{End, RunState, fold};
use firstmate::domain::RunEvent;
use serde_json::{Value, json};

use crate::support::{Server, run};

mod answers;
mod plans;
mod tokens;

const SPEC: &str = r#"{"goal": "a bridge"}"#;

/// A host with a server of its own.
pub(crate) struct Host {
    dir: Rc<tempfile::TempDir>,
    pub(crate) server: Server,
}

impl Host {
    pub(crate) fn new() -> Self {
        Self::with("", &[])
    }

    /// With these settings, and these rules, each in a line.
    pub(crate) fn with(settings: &str, rules: &[String]) -> Self {
        let dir = Rc::new(tempfile::tempdir().unwrap());
        let server = Server::with(dir.path(), settings, rules);
        Self { dir, server }
    }

    /// Ends the server as a crash would, and starts another.
    pub(crate) fn crash(self) -> Self {
        let mut next = self.crash_alone();
        next.server.initialize();
        next
    }

    /// The same, and nobody has shaken hands yet.
    pub(crate) fn crash_alone(mut self) -> Self {
        self.server.kill();
        self.server = Server::configured(self.dir.path());
        self
    }

    /// A host whose process owns the data, and a later one on the same that can do this.
    pub(crate) fn with_a_window(capabilities: Value, settings: &str) -> (Self, Self) {
        let owner = Self::with(settings, &[]);
        let mut server = Server::configured(owner.dir.path());
        server.initialize_as(capabilities);
        let dir = Rc::clone(&owner.dir);
        (owner, Self { dir, server })
    }

    /// A host that can do this, with these settings and rules.
    pub(crate) fn that_can(capabilities: Value, settings: &str, rules: &[String]) -> Self {
        let mut host = Self::with(settings, rules).crash_alone();
        host.server.initialize_as(capabilities);
        host
    }

    /// A command beside the server: what it printed.
    pub(crate) fn command(&self, arguments: &[&str]) -> String {
        let (code, out, err) = run(self.dir.path(), arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {out}{err}");
        out
    }

    pub(crate) fn call(&mut self, arguments: Value) -> Value {
        self.server.call("run_crew", arguments)
    }

    pub(crate) fn refused(&mut self, arguments: Value) -> Value {
        self.server.call_error("run_crew", arguments)
    }

    /// Three steps, one after the other: JSON, and twice Markdown.
    pub(crate) fn start(&mut self) -> Value {
        let steps = json!([
            {"id": "spec", "goal": "Say what is wanted.", "output_schema": {"type": "object", "required": ["goal"]}},
            {"id": "build", "goal": "Build it.", "output_kind": "markdown"},
            {"id": "report", "goal": "Say what was done.", "output_kind": "markdown"},
        ]);
        self.call(json!({"task": "Build a bridge.", "plan": {"steps": steps}}))
    }

    /// Hands in what is pending first.
    pub(crate) fn hand_in(&mut self, reply: &Value, output: impl Into<Value>) -> Value {
        self.call(json!({"submissions": [given(reply, 0, output)]}))
    }

    /// Plays a good host to the end.
    pub(crate) fn finish(&mut self, mut reply: Value) -> Value {
        for _ in 0..40 {
            if reply["status"] != "input_required" {
                break;
            }
            let output = if reply["pending"][0]["output_schema"].is_object() {
                SPEC
            } else {
                "Done."
            };
            reply = self.hand_in(&reply, output);
        }
        reply
    }

    /// The events of a run, as it is exported.
    pub(crate) fn journal(&self, reply: &Value) -> Vec<RunEvent> {
        let id = reply["run_id"].as_str().unwrap();
        let out = self.command(&["run", "export", id]);
        let event = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            serde_json::from_value(line["event"].clone()).unwrap()
        };
        out.lines().map(event).collect()
    }

    /// Holds a reply, which has to be of this status, against the journal, which has to be this story: a word an event,
    /// the run's beginning left out.
    pub(crate) fn told(&self, reply: &Value, status: &str, story: &str) {
        assert_eq!(reply["status"], status, "{reply:#}");
        let events = self.journal(reply);
        let words: Vec<_> = events.iter().skip(1).map(word).collect();
        assert_eq!(words.join(" "), story, "{reply:#}");
        assert_eq!(of_reply(reply), of_journal(&fold(&events).unwrap()), "{reply:#}");
    }
}

/// A submission for a pending step.
pub(crate) fn given(reply: &Value, step: usize, output: impl Into<Value>) -> Value {
    let token = &reply["pending"][step]["step_token"];
    assert!(token.is_string(), "no step {step} is pending: {reply:#}");
    json!({"step_token": token, "output": output.into()})
}

/// What became of each submission.
pub(crate) fn outcomes(reply: &Value) -> Vec<&str> {
    let receipts = reply["receipts"].as_array().unwrap();
    receipts
        .iter()
        .filter_map(|receipt| receipt["outcome"].as_str())
        .collect()
}

fn word(event: &RunEvent) -> String {
    let event = serde_json::to_value(event).unwrap();
    let name = event["event"].as_str().unwrap();
    let name = name.trim_start_matches("step_").trim_start_matches("run_");
    match event["step"].as_str() {
        Some(step) => format!("{name}:{step}"),
        None => name.to_owned(),
    }
}

fn of_reply(reply: &Value) -> Value {
    let texts = |list: &Value, field: &str| -> Vec<Value> {
        let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter().map(|one| one[field].clone()).collect()
    };
    json!({
        "status": reply["status"],
        "seq": reply["seq"],
        "done": reply["progress"]["done"],
        "total": reply["progress"]["total"],
        "pending": texts(&reply["pending"], "step_id"),
        "usd": reply["cost"]["usd"],
        "tokens": reply["cost"]["tokens"],
        "class": reply["ended"]["class"],
        "reason": reply["ended"]["reason"],
    })
}

fn of_journal(state: &RunState) -> Value {
    let (class, reason) = match &state.end {
        None | Some(End::Completed) => (Value::Null, Value::Null),
        Some(End::Failed { class, reason }) => (json!(class), json!(reason)),
        Some(End::Cancelled { reason }) => (json!("cancelled"), json!(reason)),
    };
    let pending: Vec<_> = state
        .awaiting()
        .map(|offer| &state.plan.steps[offer.step].id)
        .collect();
    json!({
        "status": state.status(),
        "seq": state.seq,
        "done": state.done(),
        "total": state.steps.len(),
        "pending": pending,
        "usd": state.usage.usd.as_usd(),
        "tokens": state.usage.tokens,
        "class": class,
        "reason": reason,
    })
}
