//! What the gate gives: leave, or a decision that stops.

use super::Receipt;
use crate::domain::{Action, Decision, Effect};
use crate::policy::redact;

/// Leave to do one action. Only [`Gate`](super::Gate) makes one, and only after the decision was recorded.
#[derive(Debug)]
pub struct Permit {
    action: Box<Action>,
    decision: Decision,
    /// `None` while the decision is being recorded.
    receipt: Option<Receipt>,
}

/// What became of an action that was to be done.
#[derive(Debug)]
pub enum Checked {
    /// It may be done as the permit says.
    Permitted(Permit),
    /// It must not be done, or not yet.
    Stopped(Decision),
}

impl Permit {
    /// What may happen: the action with everything taken out that a rule wants redacted.
    #[must_use]
    pub fn action(&self) -> &Action {
        &self.action
    }

    /// The same, to keep.
    #[must_use]
    pub fn into_action(self) -> Action {
        *self.action
    }

    /// The decision that permits it.
    #[must_use]
    pub fn decision(&self) -> &Decision {
        &self.decision
    }
}

impl Checked {
    /// What it takes to record what became of a permitted action, for [`Gate::outcome`](super::Gate::outcome); the first time only.
    pub fn take_receipt(&mut self) -> Option<Receipt> {
        match self {
            Self::Permitted(permit) => permit.receipt.take(),
            Self::Stopped(_) => None,
        }
    }

    pub(super) fn new(action: Action, decision: Decision, receipt: Option<Receipt>) -> Self {
        match decision.effect {
            Effect::Deny | Effect::RequireApproval => Self::Stopped(decision),
            Effect::Redact | Effect::Warn | Effect::Allow => {
                let action = match &decision.redacted {
                    Some(redacted) => redact::apply(&action, redacted),
                    None => action,
                };
                Self::Permitted(Permit {
                    action: Box::new(action),
                    decision,
                    receipt,
                })
            }
        }
    }
}
