//! A model that is asked only what it may be asked.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{Guarded, reason};
use crate::domain::run::FailureClass;
use crate::domain::{Action, Actor, Effect, Scope, Timestamp};
use crate::model::{Answer, Failure, Model, Prices, Question, Queue, Tokens};
use crate::policy::gate::{Checked, Permit};

/// Bytes of a token, for a first guess of what a question takes: less than most texts have.
const BYTES_OF_TOKEN: usize = 3;

impl Guarded<dyn Model> {
    /// A question as policy sees it: the prompt is the content, and what it may take counts for limits.
    fn action(&self, question: &Question) -> Action {
        let schema = question.schema.as_ref().map(Value::to_string).unwrap_or_default();
        let bytes = question.system.len() + question.prompt.len() + schema.len();
        let tokens = Tokens {
            input: bytes.div_ceil(BYTES_OF_TOKEN) as u64,
            cached: 0,
            output: u64::from(question.max_tokens),
        };
        let mut action = self
            .address
            .action(self.asks_by)
            .with_content(question.prompt.clone());
        action.arguments["system"] = json!(question.system);
        if let Some(schema) = &question.schema {
            action.arguments["schema"] = schema.clone();
        }
        action.tokens = Some(tokens.input + tokens.output);
        action.cost = self.inner.prices().and_then(|prices| prices.cost(tokens));
        action
    }

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
                "policy does not let the question go to {}{rule}: {why}",
                self.inner.id()
            ),
            tokens: None,
        }
    }
}

#[async_trait]
impl Model for Guarded<dyn Model> {
    fn id(&self) -> &str {
        self.inner.id()
    }

    fn prices(&self) -> Option<Prices> {
        self.inner.prices()
    }

    fn queue(&self, now: Timestamp) -> Queue {
        self.inner.queue(now)
    }

    async fn ask(&self, scope: &Scope, question: &Question) -> Result<Answer, Failure> {
        let via = self.asks_by.tool();
        let actor = Actor {
            name: Some(via.to_owned()),
            run: run_of(&question.idempotency_key),
            ..Actor::default()
        };
        let checked = self.gate.check(scope, &actor, via, self.action(question)).await;
        // What cannot be recorded must not happen.
        let mut checked = checked.map_err(|error| self.denied("", &error.to_string()))?;
        let receipt = checked.take_receipt();
        let permitted = match checked {
            Checked::Stopped(decision) => {
                let (rule, why) = reason(&decision);
                return Err(match decision.effect {
                    Effect::RequireApproval => self.denied(
                        rule,
                        &format!("{why} A person can allow it with `firstmate approvals`; then ask again."),
                    ),
                    _ => self.denied(rule, why),
                });
            }
            Checked::Permitted(permit) => permitted(&permit, question),
        };
        let answered = match permitted {
            Some(question) => self.inner.ask(scope, &question).await,
            None => Err(self.denied("", "a redaction left no question")),
        };
        if let Some(receipt) = receipt {
            let failed = answered.as_ref().err().map(|failure| failure.class.name());
            self.gate.outcome(receipt, failed);
        }
        answered
    }
}

/// What of the question may be asked.
fn permitted(permit: &Permit, question: &Question) -> Option<Question> {
    let Action {
        content, arguments, ..
    } = permit.action();
    Some(Question {
        system: arguments.get("system")?.as_str()?.to_owned(),
        prompt: content.clone()?,
        schema: arguments.get("schema").cloned(),
        ..question.clone()
    })
}

/// The run that a question belongs to: the first part of `run/step/attempt`.
fn run_of(key: &str) -> Option<String> {
    let (run, _) = key.split_once('/')?;
    (!run.is_empty()).then(|| run.to_owned())
}
