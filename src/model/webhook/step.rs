//! A receiver that does steps: it is sent the step, and answers at once or hands the output in later.

use std::fmt::Write as _;

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::callbacks::{Callbacks, Handed};
use super::{MAX_ANSWER, Webhook};
use crate::domain::run::FailureClass;
use crate::domain::{Digest, MicroUsd, Scope};
use crate::model::{Answer, Failure, Model, Prices, Question, Tokens};

/// What stands before the name of a receiver where somebody is named who does a step.
const PREFIX: &str = "webhook:";

/// A receiver as one that can be asked.
#[derive(Debug)]
pub struct Doer {
    id: String,
    webhook: Webhook,
    callbacks: Callbacks,
    url: Option<String>,
}

/// How the receiver is named where somebody is named who does a step: `webhook:n8n`.
#[must_use]
pub fn doer(receiver: &str) -> String {
    format!("{PREFIX}{receiver}")
}

/// Whether that names a receiver.
#[must_use]
pub fn is_doer(name: &str) -> bool {
    name.strip_prefix(PREFIX)
        .is_some_and(|receiver| !receiver.is_empty())
}

impl Doer {
    /// `webhook`, which can answer later by `callbacks`; `url` is the address under which this server is reached.
    #[must_use]
    pub fn new(webhook: Webhook, callbacks: Callbacks, url: Option<String>) -> Self {
        Self {
            id: doer(webhook.name()),
            webhook,
            callbacks,
            url,
        }
    }

    /// The message: the step as `crew` describes it, and the way back.
    fn message(&self, question: &Question) -> Option<String> {
        let mut data: Map<String, Value> = serde_json::from_str(&question.prompt).ok()?;
        if let (true, Some(token)) = (self.callbacks.is_open(), &question.token) {
            let (run, _) = question.idempotency_key.split_once('/')?;
            let path = format!("/hooks/v1/runs/{run}/submit");
            let mut callback = json!({ "path": path, "step_token": token });
            if let Some(url) = &self.url {
                callback["url"] = json!(format!("{url}{path}"));
            }
            data.insert("callback".to_owned(), callback);
        }
        let timestamp = self.webhook.clock.now();
        Some(json!({"type": "step.asked", "timestamp": timestamp, "data": data}).to_string())
    }

    fn failed(&self, class: FailureClass, why: &str) -> Failure {
        self.webhook.failure(class, None, why)
    }

    fn answer(&self, handed: Handed) -> Result<Answer, Failure> {
        match handed {
            Ok(text) if text.trim().is_empty() => {
                Err(self.failed(FailureClass::BadAnswer, "its output is empty"))
            }
            Ok(text) => Ok(Answer {
                text,
                tokens: Some(Tokens::default()),
                cost: Some(MicroUsd::ZERO),
            }),
            Err(why) => Err(self.failed(FailureClass::BadAnswer, &why)),
        }
    }
}

#[async_trait]
impl Model for Doer {
    fn id(&self) -> &str {
        &self.id
    }

    fn prices(&self) -> Option<Prices> {
        Some(Prices::FREE)
    }

    async fn ask(&self, _: &Scope, question: &Question) -> Result<Answer, Failure> {
        let message = self.message(question).ok_or_else(|| {
            self.failed(
                FailureClass::Denied,
                "what policy left of the step cannot be read",
            )
        })?;
        let key = &question.idempotency_key;
        let later = self.callbacks.expect(key).answer();
        tokio::pin!(later);
        let id = message_id(key);
        let post = self.webhook.post(&id, &message, question.timeout, MAX_ANSWER);
        // It may hand the output in before it says anything to the message.
        let said = tokio::select! {
            handed = &mut later => return self.answer(handed),
            said = post => said?,
        };
        match at_once(&said.body) {
            Some(handed) => self.answer(handed),
            None if self.callbacks.is_open() => self.answer(later.await),
            None => Err(self.failed(
                FailureClass::BadRequest,
                "it gave no output, and answers cannot come in later: that takes `serve --http` with [inbound]",
            )),
        }
    }
}

/// A short name for the attempt, without the full stop that separates what is signed.
fn message_id(key: &str) -> String {
    let digest = Digest::of(key.as_bytes());
    let mut id = "msg_".to_owned();
    for byte in digest.as_bytes().iter().take(16) {
        let _written = write!(id, "{byte:02x}");
    }
    id
}

/// What was handed in with the answer itself; nothing where it says neither what the output is nor that there is none.
fn at_once(body: &[u8]) -> Option<Handed> {
    let said: Value = serde_json::from_slice(body).ok()?;
    match (said.get("output"), said.get("error")) {
        (Some(Value::String(text)), _) => Some(Ok(text.clone())),
        (Some(output), _) if !output.is_null() => Some(Ok(output.to_string())),
        // Its words are not repeated: nobody judged them.
        (_, Some(error)) if !error.is_null() => Some(Err("it says that it could not do it".to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_at_once_is_an_output_an_error_or_nothing() {
        let told = |body: &str| at_once(body.as_bytes());
        assert_eq!(told(r#"{"output": "done"}"#), Some(Ok("done".to_owned())));
        assert_eq!(
            told(r#"{"output": {"a": [1]}}"#),
            Some(Ok(r#"{"a":[1]}"#.to_owned()))
        );
        assert!(told(r#"{"error": "no"}"#).unwrap().is_err());
        for nothing in [
            "",
            "ok",
            "[]",
            "{}",
            r#"{"output": null}"#,
            r#"{"message": "Workflow was started"}"#,
        ] {
            assert_eq!(told(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_receiver_is_named_with_its_kind() {
        assert!(is_doer(&doer("n8n")));
        for other in ["webhook:", "webhook", "n8n", "work/webhook:n8n"] {
            assert!(!is_doer(other), "{other}");
        }
        let id = message_id("run/a.b/1");
        assert!(id.len() == 36 && !id.contains('.'), "{id}");
    }
}
