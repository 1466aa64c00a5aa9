//! Whole runs, driven as hosts drive them: good ones, bad ones, and ones that are killed in between.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::reply::{Pending, ReceiptOutcome};
use super::*;
use crate::clock::ManualClock;
use crate::domain::run::{Usage, Via};
use crate::domain::{MicroUsd, RunBudget, RunEvent, RunStatus, StepId};
use crate::policy::Bundle;
use crate::routing::Catalogue;
use crate::store::{Change, Committed, Stores, memory};

mod bad_host;
mod budget;
mod crashes;
mod graph;
mod hand_over;
mod hedge;
mod honest;
mod hooks;
mod journal;
mod learning;
mod lent;
mod models;
pub(super) mod script;
pub(super) mod server;
mod size;
mod templates;
mod whole_run;

const GOOD_PYTHON: &str = "def f():\n    return 1\n";
const BAD_PYTHON: &str = "def f(:\n    return 1\n";

/// A world that outlives the process: stores and a clock. Each [`Crews`] made over it is a new process.
pub(super) struct World {
    stores: Stores,
    pub(super) clock: Arc<ManualClock>,
    validator: Arc<Validator>,
    models: Models,
    settings: Settings,
}

impl World {
    pub(super) fn new() -> Self {
        let clock = Arc::new(ManualClock::new());
        let validator = Arc::new(Validator::new(crate::validation::Settings::default()).unwrap());
        Self {
            stores: memory::stores(),
            clock,
            validator,
            models: Models::default(),
            settings: Settings::default(),
        }
    }

    pub(super) fn crews(&self) -> Crews {
        self.crews_over(self.stores.journal.clone())
    }

    fn crews_with(&self, templates: Templates) -> Crews {
        Crews {
            templates,
            ..self.crews()
        }
    }

    fn crews_over(&self, journal: Arc<dyn Journal>) -> Crews {
        let clock: Arc<dyn Clock> = self.clock.clone();
        Crews::new(Parts {
            journal,
            gate: Arc::new(Gate::new(
                Bundle::builtin(),
                self.stores.audit.clone(),
                clock.clone(),
            )),
            validator: self.validator.clone(),
            router: Arc::new(Router::new(
                Catalogue::builtin(),
                self.stores.outcomes.clone(),
                clock.clone(),
                crate::routing::Settings::default(),
            )),
            knowledge: Arc::new(Knowledge::new(self.stores.lessons.clone(), clock.clone())),
            models: self.models.clone(),
            clock,
            templates: Templates::load(&[]).unwrap(),
            token_key: TokenKey::new(1, [7; 32]),
            settings: self.settings.clone(),
            hooks: Hooks::default(),
        })
    }

    async fn events(&self, run: &RunId) -> Vec<RunEvent> {
        self.stores.journal.replay(&ada(), run, 0).await.unwrap()
    }
}

pub(super) fn ada() -> Scope {
    Scope::new("local", "/home/ada/project", "ada").unwrap()
}

pub(super) fn elsewhere() -> Scope {
    Scope::new("local", "/home/ada/other", "ada").unwrap()
}

/// Three steps: JSON with a schema, Python, Markdown.
fn three_steps() -> Value {
    json!({"steps": [
        {"id": "spec", "role": "analyst", "goal": "Say what is wanted.",
         "output_schema": {"type": "object", "required": ["goal"], "properties": {"goal": {"type": "string"}}}},
        {"id": "build", "role": "developer", "goal": "Write it.", "output_kind": "code", "language": "python"},
        {"id": "report", "role": "writer", "goal": "Say what was done.", "needs": ["spec", "build"], "output_kind": "markdown"},
    ]})
}

pub(super) fn planned() -> Start {
    Start {
        task: "Write a function f that returns 1.".to_owned(),
        plan: Some(three_steps()),
        ..Start::default()
    }
}

/// What a good host hands in for a step of [`three_steps`].
pub(super) fn good(step: &Pending) -> Submission {
    let output = match step.step_id.as_str() {
        "spec" => json!({"goal": "a function f that returns 1"}),
        "build" => json!(GOOD_PYTHON),
        _ => json!("# Report\n\nThe function was written.\n"),
    };
    submission(step, output)
}

pub(super) fn submission(step: &Pending, output: impl Into<Value>) -> Submission {
    Submission {
        step_token: step.step_token.clone(),
        output: Some(output.into()),
        ..Submission::default()
    }
}

fn only(reply: &Reply) -> &Pending {
    let [step] = reply.pending.as_slice() else {
        panic!("not one pending step: {reply:?}")
    };
    step
}

fn outcomes(reply: &Reply) -> Vec<ReceiptOutcome> {
    reply.receipts.iter().map(|receipt| receipt.outcome).collect()
}

/// Hands in one step and gives the reply.
pub(super) async fn hand_in(crews: &Crews, reply: &Reply, submission: Submission) -> Reply {
    crews
        .submit(&ada(), Some(&reply.run_id), vec![submission])
        .await
        .unwrap()
}

/// Plays a good host from `reply` to the end.
pub(super) async fn finish(crews: &Crews, mut reply: Reply) -> Reply {
    for _ in 0..20 {
        if reply.status != RunStatus::InputRequired {
            break;
        }
        let next = good(only(&reply));
        reply = hand_in(crews, &reply, next).await;
    }
    reply
}

/// What a caller sees of a run, as JSON.
async fn seen(crews: &Crews, run: &RunId) -> Value {
    serde_json::to_value(crews.status(&ada(), run, None).await.unwrap()).unwrap()
}
