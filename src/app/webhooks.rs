//! The receivers of webhooks, put together: who is told, who does steps, each behind the gate.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::clock::Clock;
use crate::config::Config;
use crate::crew::{Hooks, Subscription};
use crate::error::Result;
use crate::model::webhook::{Callbacks, Doer, Schedule};
use crate::model::{Courier, Model, Receiver, Webhook};
use crate::policy::Gate;
use crate::policy::outgoing::Guarded;

/// Who brings messages to a receiver, and when again what it did not take.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) courier: Arc<dyn Courier>,
    pub(super) schedule: Schedule,
}

/// By the name of the receiver.
pub(super) type Routes = BTreeMap<String, Route>;

/// Who is told of what.
pub(super) fn hooks(config: &Config) -> Hooks {
    let url = config.inbound.as_ref().and_then(|inbound| inbound.url.clone());
    let subscriptions = config.models.receivers.iter().map(Subscription::from).collect();
    Hooks::new(subscriptions, url, Callbacks::default())
}

/// The receivers as those who do steps.
///
/// # Errors
/// When an address is none that may be called.
pub(super) fn doers(
    config: &Config,
    hooks: &Hooks,
    gate: &Arc<Gate>,
    clock: &Arc<dyn Clock>,
) -> Result<Vec<Arc<dyn Model>>> {
    let doer = |receiver: &Receiver| {
        let webhook = Webhook::new(receiver, Arc::clone(clock))?;
        let inner = Arc::new(Doer::new(webhook, hooks.callbacks.clone(), hooks.url.clone()));
        let guarded: Guarded<dyn Model> = Guarded::new(inner, receiver.into(), Arc::clone(gate));
        Ok(Arc::new(guarded.by_webhook()) as Arc<dyn Model>)
    };
    config.models.receivers.iter().map(doer).collect()
}

/// The receivers as those who are told.
///
/// # Errors
/// When an address is none that may be called.
pub(super) fn routes(config: &Config, gate: &Arc<Gate>, clock: &Arc<dyn Clock>) -> Result<Routes> {
    let route = |receiver: &Receiver| {
        let inner: Arc<dyn Courier> = Arc::new(Webhook::new(receiver, Arc::clone(clock))?);
        let guarded: Guarded<dyn Courier> = Guarded::new(inner, receiver.into(), Arc::clone(gate));
        let route = Route {
            courier: Arc::new(guarded),
            schedule: receiver.schedule,
        };
        Ok((receiver.name.clone(), route))
    };
    config.models.receivers.iter().map(route).collect()
}
