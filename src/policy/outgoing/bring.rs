//! A receiver that is told only what it may be told.

use std::time::Duration;

use async_trait::async_trait;

use super::{Guarded, reason};
use crate::domain::run::FailureClass;
use crate::domain::{Actor, Effect, Retry, Scope};
use crate::model::{Courier, Failure, Message, Outgoing};
use crate::policy::gate::Checked;

impl Guarded<dyn Courier> {
    fn denied(&self, rule: &str, why: &str) -> Failure {
        let rule = if rule.is_empty() {
            String::new()
        } else {
            format!(" (rule {rule})")
        };
        Failure {
            class: FailureClass::Denied,
            status: None,
            retry_after: None,
            message: format!(
                "policy does not let it be sent to webhook `{}`{rule}: {why}",
                self.address.model
            ),
            tokens: None,
        }
    }
}

#[async_trait]
impl Courier for Guarded<dyn Courier> {
    async fn bring(&self, scope: &Scope, message: &Message) -> Result<(), Failure> {
        let via = Outgoing::Webhook.tool();
        let actor = Actor {
            name: Some(via.to_owned()),
            run: Some(message.run.to_string()),
            ..Actor::default()
        };
        let action = self
            .address
            .action(Outgoing::Webhook)
            .with_content(message.body.as_str());
        let checked = self.gate.check(scope, &actor, via, action).await;
        // What cannot be recorded must not happen.
        let mut checked = checked.map_err(|error| Failure {
            class: FailureClass::Overloaded,
            ..self.denied("", &error.to_string())
        })?;
        let receipt = checked.take_receipt();
        let body = match checked {
            Checked::Stopped(decision) => {
                let (rule, why) = reason(&decision);
                return Err(match decision.effect {
                    Effect::RequireApproval => self.denied(
                        rule,
                        &format!(
                            "{why} A person can allow it with `firstmate approvals`, then `firstmate webhook retry` sends it."
                        ),
                    ),
                    // A limit that is used up is free again later.
                    _ if decision.retry == Retry::AfterTime => Failure {
                        class: FailureClass::RateLimited,
                        retry_after: decision.retry_after_s.map(Duration::from_secs),
                        ..self.denied(rule, why)
                    },
                    _ => self.denied(rule, why),
                });
            }
            Checked::Permitted(permit) => permit.into_action().content,
        };
        let Some(body) = body else {
            return Err(self.denied("", "a redaction left no message"));
        };
        let brought = self
            .inner
            .bring(
                scope,
                &Message {
                    body,
                    ..message.clone()
                },
            )
            .await;
        if let Some(receipt) = receipt {
            let failed = brought.as_ref().err().map(|failure| failure.class.name());
            self.gate.outcome(receipt, failed);
        }
        brought
    }
}
