//! The client's own model, asked over its session with `sampling/createMessage`; for sessions of older clients.
//!
//! Sampling is deprecated since 2026-07-28 of the protocol, where a server may not send requests; there the same question
//! goes out in a round of the call.

#![expect(
    deprecated,
    reason = "clients that declare it are asked, where it is switched on"
)]

use std::time::Duration;

use async_trait::async_trait;
use rmcp::model::{
    ClientResult, CreateMessageRequest, CreateMessageRequestParams, CreateMessageResult, InputRequest,
    SamplingMessage, SamplingMessageContentBlock, ServerRequest,
};
use rmcp::service::{PeerRequestOptions, ServiceError};
use rmcp::{Peer, RoleServer};
use serde::Deserialize;
use serde_json::Value;

use crate::crew::CLIENT;
use crate::domain::Scope;
use crate::domain::run::FailureClass;
use crate::model::{Answer, Failure, Model, Question};

/// Largest answer that is taken, in bytes.
const MAX_ANSWER: usize = 1 << 20;
/// The client hears that nobody waits any more before the attempt ends.
const OF_THE_TIME: f64 = 0.98;

/// The model of a client, while its session lives.
#[derive(Debug)]
pub(super) struct Sampled(pub(super) Peer<RoleServer>);

#[async_trait]
impl Model for Sampled {
    fn id(&self) -> &str {
        CLIENT
    }

    async fn ask(&self, _: &Scope, question: &Question) -> Result<Answer, Failure> {
        if self.0.is_transport_closed() {
            return Err(gone());
        }
        let request = ServerRequest::CreateMessageRequest(CreateMessageRequest::new(params(question)));
        let options = PeerRequestOptions::with_timeout(question.timeout.mul_f64(OF_THE_TIME));
        let asked = async {
            let handle = self.0.send_cancellable_request(request, options).await?;
            handle.await_response().await
        };
        match asked.await {
            Ok(ClientResult::CreateMessageResult(result)) => {
                let (text, _) = read(*result)?;
                Ok(Answer {
                    text,
                    tokens: None,
                    cost: None,
                })
            }
            Ok(_) => Err(failure(
                FailureClass::BadAnswer,
                "the client answered something else",
            )),
            Err(error) => Err(failed(&error, question.timeout)),
        }
    }
}

/// The question as one that the client puts to its model before it repeats a call.
pub(super) fn request(question: &Question) -> InputRequest {
    InputRequest::CreateMessage(CreateMessageRequest::new(params(question)))
}

/// What its model answered, and its name.
///
/// # Errors
/// When that is no text, or was cut off.
pub(super) fn answer(response: &Value) -> Result<(String, String), Failure> {
    let result = CreateMessageResult::deserialize(response)
        .map_err(|_| failure(FailureClass::BadAnswer, "the client answered something else"))?;
    read(result)
}

fn params(question: &Question) -> CreateMessageRequestParams {
    let message = SamplingMessage::user_text(question.prompt.clone());
    CreateMessageRequestParams::new(vec![message], question.max_tokens)
        .with_system_prompt(question.system.clone())
}

fn read(result: CreateMessageResult) -> Result<(String, String), Failure> {
    if result.stop_reason.as_deref() == Some(CreateMessageResult::STOP_REASON_END_MAX_TOKEN) {
        let message = "the answer was cut off at the most tokens";
        return Err(failure(FailureClass::Truncated, message));
    }
    let blocks = result.message.content.into_vec().into_iter();
    let text: String = blocks
        .filter_map(|block| match block {
            SamplingMessageContentBlock::Text(text) => Some(text.text),
            _ => None,
        })
        .collect();
    match text.len() {
        0 => Err(failure(FailureClass::BadAnswer, "the answer has no text")),
        n if n > MAX_ANSWER => {
            let message = format!("the answer has {n} bytes, at most {MAX_ANSWER} are taken");
            Err(failure(FailureClass::BadAnswer, &message))
        }
        _ => Ok((text, result.model)),
    }
}

/// The next of those who can do it takes over at once where asking again is of no use: a person said no, or the client
/// is gone.
fn failed(error: &ServiceError, timeout: Duration) -> Failure {
    match error {
        ServiceError::Timeout { .. } => {
            let message = format!("no answer of the client within {} s", timeout.as_secs_f32());
            failure(FailureClass::Timeout, &message)
        }
        // Its words may quote what it was asked.
        ServiceError::McpError(error) => {
            let message = format!("the client does not have its model asked, code {}", error.code.0);
            failure(FailureClass::BadRequest, &message)
        }
        ServiceError::TransportClosed | ServiceError::TransportSend(_) => gone(),
        _ => failure(FailureClass::BadAnswer, "the client's answer cannot be read"),
    }
}

fn gone() -> Failure {
    failure(FailureClass::MissingModel, "the client is gone")
}

fn failure(class: FailureClass, message: &str) -> Failure {
    Failure {
        class,
        status: None,
        retry_after: None,
        message: message.to_owned(),
        tokens: None,
    }
}
