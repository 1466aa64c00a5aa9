//! What the server does by itself at once: looks at conditions, makes steps for items, joins outputs, and asks its own
//! tools. All of it can be done again without harm, so nothing is written down before it is done.

use serde_json::{Map, Value, json};

use super::Crews;
use super::advance::Next;
use super::condition;
use super::deed::Deed;
use super::draft::Draft;
use super::error::Error;
use super::examine::{actor, artifact};
use super::handoff::{brief, cut};
use super::lesson;
use crate::domain::run::{Check, Executor, Usage};
use crate::domain::{Digest, PlanStep, RunEvent, Scope, StepId, Timestamp, Verdict};
use crate::routing::RouteRequest;

/// Most items a step is made for.
pub(super) const MAX_ITEMS: u32 = 100;
/// Largest item as JSON, and most findings of a check, that are kept.
const MAX_ITEM: usize = 4_000;
const MAX_FINDINGS: usize = 20;

impl Crews {
    /// The event that one of these comes to.
    ///
    /// # Errors
    /// When an output cannot be read.
    pub(super) async fn by_itself(
        &self,
        scope: &Scope,
        draft: &mut Draft,
        step: &PlanStep,
        what: &Next,
        at: Timestamp,
    ) -> Result<RunEvent, Error> {
        let id = step.id.clone();
        Ok(match what {
            Next::Decide(_) => {
                let Some(when) = &step.when else {
                    return Ok(left_out(id, at));
                };
                let outputs = self.outputs(scope, draft, condition::looked_at(when)).await?;
                let (holds, why) = condition::holds(when, &|step| found(&outputs, step));
                RunEvent::Decision {
                    at,
                    step: id,
                    round: None,
                    holds,
                    why,
                }
            }
            Next::Enough(index) => {
                let Some(repeat) = &step.repeat else {
                    return Ok(left_out(id, at));
                };
                let outputs = self
                    .outputs(scope, draft, condition::looked_at(&repeat.until))
                    .await?;
                let (holds, why) = condition::holds(&repeat.until, &|step| found(&outputs, step));
                let round = draft.state.steps.get(*index).map(|at| at.round);
                RunEvent::Decision {
                    at,
                    step: id,
                    round,
                    holds,
                    why,
                }
            }
            Next::Expand(_) => {
                let Some(foreach) = &step.foreach else {
                    return Ok(left_out(id, at));
                };
                let outputs = self.outputs(scope, draft, vec![&foreach.step]).await?;
                let whole = found(&outputs, &foreach.step);
                let list = whole
                    .as_ref()
                    .and_then(|whole| whole.pointer(&foreach.path)?.as_array());
                let most = usize::try_from(foreach.max_items).unwrap_or(usize::MAX);
                let items = list.into_iter().flatten().take(most).map(bounded).collect();
                RunEvent::Expanded {
                    at,
                    step: id,
                    items,
                    found: list.map_or(0, |list| list.len() as u64),
                }
            }
            _ => {
                let output = self.done_by_itself(scope, draft, step).await?;
                let (output, warnings) = within(output, self.settings.max_output_bytes);
                let digest = Digest::of(output.as_bytes());
                let bytes = output.len() as u64;
                draft.keep(digest, output.into_bytes());
                let begun = draft
                    .state
                    .index(&id)
                    .and_then(|index| draft.state.steps.get(index));
                RunEvent::StepResult {
                    at,
                    step: id,
                    attempt: begun.map_or(0, |at| at.begun),
                    submitted: digest,
                    output: digest,
                    bytes,
                    repaired: false,
                    warnings,
                    usage: Usage::default(),
                    notes: Vec::new(),
                    via: None,
                }
            }
        })
    }

    async fn done_by_itself(&self, scope: &Scope, draft: &Draft, step: &PlanStep) -> Result<Value, Error> {
        match &step.executor {
            Executor::Check(Check::Validate) => self.validated(scope, draft, step).await,
            Executor::Check(Check::Policy) => self.judged(scope, draft, step).await,
            Executor::Check(Check::Search) => {
                let uses = self
                    .past(scope, |past| past.lessons(&step.role))
                    .await
                    .unwrap_or_default();
                let lessons =
                    lesson::recall(&self.knowledge, scope, &draft.state.task, &step.goal, &uses).await;
                let hits = lessons
                    .iter()
                    .map(|lesson| json!({"id": lesson.id, "title": lesson.title, "text": lesson.text}));
                Ok(json!({"hits": hits.collect::<Vec<_>>()}))
            }
            Executor::Check(Check::Route) => {
                let request = RouteRequest {
                    task: draft.state.task.clone(),
                    context: Some(step.goal.clone()),
                    ..RouteRequest::default()
                };
                let route = match self.router.advise(scope, &request).await {
                    Ok(route) => route,
                    Err(error) => return Ok(json!({"error": error.to_string()})),
                };
                Ok(json!({
                    "task_type": route.task_type,
                    "model": route.model.as_ref().map(|model| &model.id),
                    "fallbacks": route.fallbacks,
                    "difficulty": route.difficulty,
                }))
            }
            _ => self.joined(scope, draft, step).await,
        }
    }

    /// What the needed steps came to: a list for items, an object by their ids otherwise.
    async fn joined(&self, scope: &Scope, draft: &Draft, step: &PlanStep) -> Result<Value, Error> {
        let is_item = |need: &&StepId| {
            let place = draft
                .state
                .index(need)
                .and_then(|index| draft.state.plan.steps.get(index));
            place.is_some_and(|made| {
                made.item.is_some() && need.as_str().starts_with(&format!("{}.", step.id))
            })
        };
        if step.foreach.is_some() {
            let items = self
                .outputs(scope, draft, step.needs.iter().filter(is_item).collect())
                .await?;
            return Ok(Value::Array(
                items
                    .into_iter()
                    .map(|(_, output)| output.unwrap_or_default())
                    .collect(),
            ));
        }
        let outputs = self.outputs(scope, draft, step.needs.iter().collect()).await?;
        let fields = outputs
            .into_iter()
            .map(|(id, output)| (id.to_string(), output.unwrap_or_default()));
        Ok(Value::Object(fields.collect::<Map<_, _>>()))
    }

    async fn validated(&self, scope: &Scope, draft: &Draft, step: &PlanStep) -> Result<Value, Error> {
        let mut worst = Verdict::Pass;
        let (mut findings, mut checked) = (Vec::new(), Vec::new());
        for need in &step.needs {
            let Some(of) = draft
                .state
                .index(need)
                .and_then(|index| draft.state.plan.steps.get(index))
            else {
                continue;
            };
            let Some(text) = self.text(scope, draft, need).await? else {
                continue;
            };
            let validation = self.validator.validate(artifact(of, &text)).await;
            worst = worst.max(validation.verdict);
            checked.push(json!({"step": need, "verdict": validation.verdict, "score": validation.score}));
            findings.extend(validation.findings.iter().map(|finding| {
                json!({
                    "step": need, "rule": finding.rule, "severity": finding.severity, "line": finding.line,
                    "message": brief(&finding.message, 300), "fix": finding.fix,
                })
            }));
        }
        let left_out = findings.len().saturating_sub(MAX_FINDINGS);
        findings.truncate(MAX_FINDINGS);
        Ok(json!({"verdict": worst, "findings": findings, "left_out": left_out, "checked": checked}))
    }

    async fn judged(&self, scope: &Scope, draft: &Draft, step: &PlanStep) -> Result<Value, Error> {
        let mut content = String::new();
        for need in &step.needs {
            if let Some(text) = self.text(scope, draft, need).await? {
                content.push_str(&text);
                content.push('\n');
            }
        }
        let deed = Deed::HandOver;
        let action = deed.action().with_content(content);
        let decision = self
            .gate
            .preview_for(scope, &actor(&draft.run, Some(&step.role)), &action)
            .await;
        let rules = decision
            .rules
            .iter()
            .map(|rule| json!({"id": rule.id, "why": rule.why, "fix": rule.fix}));
        Ok(json!({"decision": decision.effect, "rules": rules.take(MAX_FINDINGS).collect::<Vec<_>>()}))
    }

    /// What steps came to, as JSON where it is JSON and as a text otherwise; nothing for those that were left out.
    pub(super) async fn outputs(
        &self,
        scope: &Scope,
        draft: &Draft,
        steps: Vec<&StepId>,
    ) -> Result<Vec<(StepId, Option<Value>)>, Error> {
        let mut outputs = Vec::with_capacity(steps.len());
        for step in steps {
            let text = self.text(scope, draft, step).await?;
            let value = text.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)));
            outputs.push((step.clone(), value));
        }
        Ok(outputs)
    }

    pub(super) async fn text(
        &self,
        scope: &Scope,
        draft: &Draft,
        step: &StepId,
    ) -> Result<Option<String>, Error> {
        let Some(result) = draft.state.result(step) else {
            return Ok(None);
        };
        let bytes = match draft.blob(&result.output) {
            Some(bytes) => Some(bytes.to_vec()),
            None => self.journal.blob(scope, &result.output).await?,
        };
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }
}

fn found(outputs: &[(StepId, Option<Value>)], step: &StepId) -> Option<Value> {
    outputs
        .iter()
        .find(|(id, _)| id == step)
        .and_then(|(_, output)| output.clone())
}

/// Only for what a plan that was checked cannot be.
fn left_out(step: StepId, at: Timestamp) -> RunEvent {
    RunEvent::StepSkipped {
        at,
        step,
        why: "there is nothing to look at".to_owned(),
    }
}

/// An item as it is kept: a large one as the beginning of its text.
fn bounded(item: &Value) -> Value {
    let text = item.to_string();
    if text.len() <= MAX_ITEM {
        item.clone()
    } else {
        Value::from(brief(&text, MAX_ITEM))
    }
}

/// The output as text; where it is too large, with the longest texts in it cut.
fn within(output: Value, max: usize) -> (String, Vec<String>) {
    let whole = output.to_string();
    if whole.len() <= max {
        return (whole, Vec::new());
    }
    let parts = match &output {
        Value::Array(items) => items.len(),
        Value::Object(fields) => fields.len(),
        _ => 1,
    };
    // Quoted, a character can take six bytes.
    let each = max / parts.max(1) / 8;
    let short = |value: Value| match value {
        Value::String(text) => Value::from(cut(&text, each)),
        other if other.to_string().len() > each => Value::from(cut(&other.to_string(), each)),
        other => other,
    };
    let cut = match output {
        Value::Array(items) => Value::Array(items.into_iter().map(short).collect()),
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(name, value)| (name, short(value)))
                .collect(),
        ),
        other => short(other),
    };
    let warning = format!(
        "the outputs have {} bytes together, at most {max} are joined: each was cut to {each} bytes",
        whole.len()
    );
    (cut.to_string(), vec![warning])
}
