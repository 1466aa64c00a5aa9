//! A question as genai takes it.

use std::sync::Arc;
use std::time::Duration;

use genai::Headers;
use genai::chat::{ChatFrameSink, ChatMessage, ChatOptions, ChatRequest, JsonSpec, ReasoningEffort};
use serde_json::Value;

use crate::domain::Digest;
use crate::model::Question;
use crate::model::provider::Wire;

/// A name for the form of the answer, which some protocols ask for.
const SCHEMA_NAME: &str = "answer";

/// What is sent. Where the provider is not held to the schema the model is told of it.
pub(super) fn request(question: &Question, provider_takes_schema: bool) -> ChatRequest {
    let request = ChatRequest::new(vec![ChatMessage::user(question.prompt.clone())]);
    match (&question.schema, provider_takes_schema) {
        (Some(schema), false) => request.with_system(with_schema(&question.system, schema)),
        _ if question.system.is_empty() => request,
        _ => request.with_system(question.system.clone()),
    }
}

fn with_schema(system: &str, schema: &Value) -> String {
    let gap = if system.is_empty() { "" } else { "\n\n" };
    format!(
        "{system}{gap}Answer with one JSON value and nothing else: no words around it, no code fence. It has to be valid \
         against this JSON Schema:\n{schema}"
    )
}

/// How it is sent, for an answer that `watch` follows.
pub(super) fn options(
    question: &Question,
    wire: Wire,
    model: &str,
    provider_takes_schema: bool,
    [header, silence]: [Duration; 2],
    watch: Arc<dyn ChatFrameSink>,
) -> ChatOptions {
    let mut options = ChatOptions::default()
        .with_max_tokens(question.max_tokens)
        .with_capture_usage(true)
        .with_capture_raw_body(true)
        .with_raw_frame_sink_arc(watch)
        .with_stream_header_timeout(header)
        .with_stream_read_timeout(silence)
        .with_extra_headers(Headers::from((
            "Idempotency-Key",
            header_value(&question.idempotency_key),
        )));
    if let (Some(schema), true) = (&question.schema, provider_takes_schema) {
        options = options.with_response_format(JsonSpec::new(SCHEMA_NAME, schema.clone()));
    }
    // genai takes `-max`, `-high` and so on at the end of a name for an effort and cuts it off, unless there is one. A
    // budget is one that this protocol does not send.
    if wire == Wire::OpenAi && ReasoningEffort::from_model_name(model).0.is_some() {
        options = options.with_reasoning_effort(ReasoningEffort::Budget(0));
    }
    options
}

/// A model's name so that genai sends it whole: what stands before `::` it takes for a provider.
pub(super) fn whole_name(model: &str) -> String {
    if model.contains("::") {
        return format!("whole::{model}");
    }
    model.to_owned()
}

/// A key that can stand in a header; one that cannot is replaced by its digest, which is the same for the same work.
fn header_value(key: &str) -> String {
    let is_plain = !key.is_empty() && key.len() <= 255 && key.bytes().all(|byte| byte.is_ascii_graphic());
    if is_plain {
        return key.to_owned();
    }
    Digest::of(key.as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_can_be_sent_and_stay_apart() {
        assert_eq!(header_value("0af3/design/2"), "0af3/design/2");
        for key in ["", "a b", "a\nb: c", "ä", &"x".repeat(256)] {
            let sent = header_value(key);
            assert!(sent.bytes().all(|byte| byte.is_ascii_graphic()), "{sent}");
            assert_eq!(sent, header_value(key));
        }
        assert_ne!(header_value("a b"), header_value("a  b"));
    }

    #[test]
    fn the_schema_is_told_where_nobody_is_held_to_it() {
        let question = Question {
            system: String::new(),
            prompt: "Count.".to_owned(),
            schema: Some(serde_json::json!({"type": "integer"})),
            max_tokens: 10,
            timeout: Duration::from_secs(1),
            idempotency_key: "k".to_owned(),
            token: None,
        };
        let told = request(&question, false).system.unwrap();
        assert!(told.starts_with("Answer with one JSON value"), "{told}");
        assert!(told.ends_with(r#"{"type":"integer"}"#), "{told}");
        assert_eq!(request(&question, true).system, None);
    }
}
