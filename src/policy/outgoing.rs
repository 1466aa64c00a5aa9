//! What this process itself sends out is judged like anything an agent does.
//!
//! A call that goes out is a `model_request` of the tool that [`Outgoing`] names, to a local or a remote model by its
//! address, with the texts among its arguments; what goes to a webhook is `http` to the network. Each is judged; see
//! [`Gate::check_repeated`] for what is recorded.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::gate::{Checked, Gate};
use crate::domain::{Action, ActionKind, Actor, Decision, Destination, Effect, Scope};
use crate::model::{self, Embedder, Endpoint, Error, Outgoing, Provider, Receiver, Result};

mod ask;
mod bring;

/// Where a call goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Without the path of a call.
    pub url: String,
    /// The model, as the endpoint knows it; of a webhook the name of the receiver.
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
        let (kind, to, name) = match call {
            Outgoing::Embed | Outgoing::Ask => {
                (ActionKind::ModelRequest, model::destination(&self.url), "model")
            }
            Outgoing::Webhook => (ActionKind::Http, Destination::Network, "receiver"),
        };
        Action {
            arguments: json!({ name: self.model }),
            url: Some(self.url.clone()),
            ..Action::new(kind).with_tool(call.tool()).with_destination(to)
        }
    }
}

impl From<&Receiver> for Address {
    /// Without a query, which may hold what lets somebody in.
    fn from(receiver: &Receiver) -> Self {
        let url = receiver.url.split('?').next().unwrap_or_default();
        Self {
            url: url.to_owned(),
            model: receiver.name.clone(),
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

/// An embedder, a model or a receiver that is asked or told only what may go to its address, with everything taken out
/// that a rule wants redacted.
#[derive(Debug)]
pub struct Guarded<M: ?Sized> {
    inner: Arc<M>,
    address: Address,
    gate: Arc<Gate>,
    /// As what a question goes out.
    asks_by: Outgoing,
}

impl<M: ?Sized> Guarded<M> {
    /// `inner`, which calls `address`, behind `gate`.
    #[must_use]
    pub fn new(inner: Arc<M>, address: Address, gate: Arc<Gate>) -> Self {
        Self {
            inner,
            address,
            gate,
            asks_by: Outgoing::Ask,
        }
    }

    /// The same, where questions go out by a webhook.
    #[must_use]
    pub fn by_webhook(self) -> Self {
        Self {
            asks_by: Outgoing::Webhook,
            ..self
        }
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
