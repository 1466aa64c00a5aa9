//! OpenAI's chat completions.

use serde_json::{Value, json};

use super::Asked;
use super::shape::{End, Shape};
use super::wrong::Wrong;

pub(super) fn whole(shape: &Shape, asked: &Asked) -> String {
    let refusal = (shape.end == End::Refusal).then_some("I cannot help with that.");
    let content = refusal.is_none().then_some(&shape.text);
    let choice = json!({
        "index": 0,
        "message": {"role": "assistant", "content": content, "refusal": refusal},
        "logprobs": null,
        "finish_reason": reason(shape),
    });
    let choices = if shape.is_empty { vec![] } else { vec![choice] };
    let mut answer = frame("chat.completion", asked, &json!(choices));
    if shape.has_usage {
        answer["usage"] = usage(shape);
    }
    answer.to_string()
}

pub(super) fn pieces(shape: &Shape, asked: &Asked) -> Vec<String> {
    let chunk = |choices: Value| frame("chat.completion.chunk", asked, &choices);
    let delta = |delta: Value, reason: Option<&str>| {
        chunk(json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": reason}]))
    };
    let mut chunks = Vec::new();
    if !shape.is_empty {
        chunks.push(delta(
            json!({"role": "assistant", "content": "", "refusal": null}),
            None,
        ));
        if shape.end == End::Refusal {
            chunks.push(delta(json!({"refusal": "I cannot help with that."}), None));
        } else {
            chunks.extend(
                shape
                    .words()
                    .into_iter()
                    .map(|word| delta(json!({"content": word}), None)),
            );
        }
        chunks.push(delta(json!({}), Some(reason(shape))));
    }
    if shape.has_usage && asked.wants_usage {
        let mut last = chunk(json!([]));
        last["usage"] = usage(shape);
        chunks.push(last);
    }
    let mut pieces: Vec<String> = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
    pieces.push("data: [DONE]\n\n".to_owned());
    pieces
}

pub(super) fn error(wrong: &Wrong) -> String {
    json!({"error": {"message": wrong.message, "type": wrong.kind, "param": null, "code": wrong.word}})
        .to_string()
}

fn frame(object: &str, asked: &Asked, choices: &Value) -> Value {
    json!({
        "id": format!("chatcmpl-{}", asked.number),
        "object": object,
        "created": 1_767_225_600,
        "model": asked.model,
        "choices": choices,
    })
}

fn usage(shape: &Shape) -> Value {
    json!({
        "prompt_tokens": shape.input_tokens,
        "completion_tokens": shape.output_tokens,
        "total_tokens": shape.input_tokens + shape.output_tokens,
    })
}

fn reason(shape: &Shape) -> &'static str {
    match shape.end {
        End::Complete | End::Refusal => "stop",
        End::Length => "length",
        End::Filter => "content_filter",
    }
}
