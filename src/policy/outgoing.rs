//! What this process itself sends out is judged like anything an agent does.
//!
//! A call that goes out is a `model_request` of the tool that [`Outgoing`] names, to a local or a remote model by its
//! address, with the texts among its arguments. Each is judged; see [`Gate::check_repeated`] for what is recorded.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::gate::{Checked, Gate};
use crate::domain::{Action, ActionKind, Actor, Decision, Effect, Scope};
use crate::model::{Embedder, Endpoint, Error, Outgoing, Result};

/// A call as policy sees it.
#[must_use]
pub fn action(call: Outgoing, endpoint: &Endpoint, texts: &[&str]) -> Action {
    Action {
        arguments: json!({ "model": endpoint.model, "texts": texts }),
        url: Some(endpoint.url.clone()),
        ..Action::new(ActionKind::ModelRequest)
            .with_tool(call.tool())
            .with_destination(endpoint.destination())
    }
}

/// An embedder that is asked only what may go to its address, with everything taken out that a rule wants redacted.
#[derive(Debug)]
pub struct Guarded {
    embedder: Arc<dyn Embedder>,
    endpoint: Endpoint,
    gate: Arc<Gate>,
}

impl Guarded {
    /// `embedder`, which calls `endpoint`, behind `gate`.
    #[must_use]
    pub fn new(embedder: Arc<dyn Embedder>, endpoint: Endpoint, gate: Arc<Gate>) -> Self {
        Self {
            embedder,
            endpoint,
            gate,
        }
    }

    fn denied(&self, rule: &str, why: &str) -> Error {
        Error::Denied {
            id: self.embedder.id().to_owned(),
            rule: rule.to_owned(),
            why: why.to_owned(),
        }
    }

    fn stopped(&self, decision: &Decision) -> Error {
        let rule = decision.rules.iter().find(|rule| !rule.shadow);
        let (rule, why) = rule.map_or(("", "a rule stops it"), |rule| (&rule.id, &rule.why));
        match decision.effect {
            Effect::RequireApproval => self.denied(
                rule,
                &format!("{why} A person has to allow it, and a call of this kind cannot ask one."),
            ),
            _ => self.denied(rule, why),
        }
    }
}

#[async_trait]
impl Embedder for Guarded {
    fn id(&self) -> &str {
        self.embedder.id()
    }

    async fn embed(&self, scope: &Scope, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let call = Outgoing::Embed;
        let actor = Actor {
            name: Some(call.tool().to_owned()),
            ..Actor::default()
        };
        let action = action(call, &self.endpoint, texts);
        let checked = self.gate.check_repeated(scope, &actor, call.tool(), action);
        let permit = match checked.await {
            Ok(Checked::Permitted(permit)) => permit,
            Ok(Checked::Stopped(decision)) => return Err(self.stopped(&decision)),
            Err(error) => return Err(self.denied(error.code(), &error.to_string())),
        };
        let permitted = permit.action().arguments.get("texts").and_then(Value::as_array);
        let permitted: Option<Vec<&str>> =
            permitted.and_then(|texts| texts.iter().map(Value::as_str).collect());
        let texts = permitted.ok_or_else(|| self.denied("", "a redaction left no texts"))?;
        self.embedder.embed(scope, &texts).await
    }
}

#[cfg(test)]
mod tests;
