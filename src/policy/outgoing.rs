//! What this process itself sends out is judged like anything an agent does.
//!
//! A call that goes out is a `model_request` of the tool that [`Outgoing`] names, to a local or a remote model by its
//! address, with the texts among its arguments. Each is judged; see [`Gate::check_repeated`] for what is recorded.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::gate::{Checked, Gate};
use crate::domain::{Action, ActionKind, Actor, Decision, Effect, Scope};
use crate::model::{self, Embedder, Endpoint, Error, Outgoing, Provider, Result};

mod ask;

/// Where a call goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Without the path of a call.
    pub url: String,
    /// The model, as the endpoint knows it.
    pub model: String,
}

impl Address {
    /// That of a provider's model.
    #[must_use]
    pub fn of(provider: &Provider, model: &str) -> Self {
        Self {
            url: provider.url.clone(),
            model: model.to_owned(),
        }
    }

    /// A call to it as policy sees it, with no more than the model's name among the arguments.
    #[must_use]
    pub fn action(&self, call: Outgoing) -> Action {
        Action {
            arguments: json!({ "model": self.model }),
            url: Some(self.url.clone()),
            ..Action::new(ActionKind::ModelRequest)
                .with_tool(call.tool())
                .with_destination(model::destination(&self.url))
        }
    }
}

impl From<&Endpoint> for Address {
    fn from(endpoint: &Endpoint) -> Self {
        Self {
            url: endpoint.url.clone(),
            model: endpoint.model.clone(),
        }
    }
}

/// An embedder, or a model, that is asked only what may go to its address, with everything taken out that a rule wants
/// redacted.
#[derive(Debug)]
pub struct Guarded<M: ?Sized> {
    inner: Arc<M>,
    address: Address,
    gate: Arc<Gate>,
}

impl<M: ?Sized> Guarded<M> {
    /// `inner`, which calls `address`, behind `gate`.
    #[must_use]
    pub fn new(inner: Arc<M>, address: Address, gate: Arc<Gate>) -> Self {
        Self { inner, address, gate }
    }
}

/// The rule that stops it, and why it does.
fn reason(decision: &Decision) -> (&str, &str) {
    let rule = decision.rules.iter().find(|rule| !rule.shadow);
    rule.map_or(("", "a rule stops it"), |rule| (&rule.id, &rule.why))
}

impl Guarded<dyn Embedder> {
    fn denied(&self, rule: &str, why: &str) -> Error {
        Error::Denied {
            id: self.inner.id().to_owned(),
            rule: rule.to_owned(),
            why: why.to_owned(),
        }
    }

    fn stopped(&self, decision: &Decision) -> Error {
        let (rule, why) = reason(decision);
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
impl Embedder for Guarded<dyn Embedder> {
    fn id(&self) -> &str {
        self.inner.id()
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
        let mut action = self.address.action(call);
        action.arguments["texts"] = json!(texts);
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
        self.inner.embed(scope, &texts).await
    }
}

#[cfg(test)]
mod tests;
