//! What a receiver is sent that does a step: the step and what it works with, as JSON, and a token to hand the output in.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Crews;
use super::ask::attempt;
use super::draft::Draft;
use super::error::Error;
use super::handoff::Excerpt;
use super::later;
use super::packet::packet;
use super::token::Claims;
use crate::domain::{PlanStep, Scope};
use crate::model::Question;

/// Bytes of the task, of each input, and of what all earlier steps decided.
const MAX_INPUT: usize = 4_096;

impl Crews {
    /// The step at `index` for whoever does it somewhere else.
    ///
    /// # Errors
    /// When an output cannot be read.
    pub(super) async fn errand(
        &self,
        scope: &Scope,
        draft: &Draft,
        index: usize,
        step: &PlanStep,
    ) -> Result<Question, Error> {
        let state = &draft.state;
        let at = state.steps.get(index);
        let attempt = attempt(state, index);
        let timeout = Duration::from_secs(u64::from(step.timeout_s.unwrap_or(self.settings.timeout_s)));

        let mut data = Map::new();
        let mut put = |name: &str, value: Value| data.insert(name.to_owned(), value);
        put("run_id", json!(draft.run));
        put("step_id", json!(step.id));
        put("attempt", json!(attempt));
        put("role", json!(step.role));
        put("goal", json!(step.goal));
        put("timeout_s", json!(timeout.as_secs()));
        let (task, whole) = excerpt(&state.task);
        put("task", json!({"text": task, "whole": whole}));
        if let Some(item) = &step.item {
            put("item", item.clone());
        }
        if let Some((notes, _)) = packet(state, index, MAX_INPUT) {
            put("decisions", json!(notes));
        }
        put("inputs", Value::Array(self.inputs(scope, draft, step).await?));
        if !step.done_when.is_empty() {
            put("done_when", json!(step.done_when));
        }
        for (name, value) in [("output_kind", &step.output_kind), ("language", &step.language)] {
            if let Some(value) = value {
                put(name, json!(value));
            }
        }
        if let Some(schema) = &step.output_schema {
            put("output_schema", schema.clone());
        }
        if let Some((_, _, violations)) = at.and_then(|at| at.rejections.last()) {
            put("violations", json!(violations));
        }

        let ends = self.clock.now().as_second();
        let claims = Claims {
            run: draft.run.clone(),
            step: step.id.clone(),
            attempt,
            seq: later::NOT_OFFERED,
            expires_s: ends.saturating_add(i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX)),
        };
        Ok(Question {
            system: String::new(),
            prompt: Value::Object(data).to_string(),
            schema: None,
            max_tokens: 0,
            timeout,
            idempotency_key: later::key(&claims),
            token: Some(self.token_key.issue(scope, &claims)),
        })
    }

    async fn inputs(&self, scope: &Scope, draft: &Draft, step: &PlanStep) -> Result<Vec<Value>, Error> {
        let mut inputs = Vec::new();
        for need in &step.needs {
            let Some(result) = draft.state.result(need) else {
                inputs.push(json!({"from": need, "left_out": true}));
                continue;
            };
            let output = self.kept(scope, draft, &result.output).await?;
            let (text, whole) = excerpt(&output);
            inputs.push(json!({
                "from": need,
                "text": text,
                "whole": whole,
                "bytes": result.bytes,
                "sha256": result.output,
                "uri": format!("firstmate://run/{}/step/{need}", draft.run),
            }));
        }
        Ok(inputs)
    }
}

fn excerpt(text: &str) -> (String, bool) {
    Excerpt::of(text).within(MAX_INPUT, "ask for the run's step to read on")
}
