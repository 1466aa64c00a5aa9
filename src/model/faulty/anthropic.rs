//! Anthropic's messages.

use serde_json::{Value, json};

use super::Asked;
use super::shape::{End, Shape};
use super::wrong::Wrong;

pub(super) fn whole(shape: &Shape, asked: &Asked) -> String {
    let mut message = message(asked);
    if !shape.is_empty {
        message["content"] = json!([{"type": "text", "text": shape.text}]);
    }
    message["stop_reason"] = json!(reason(shape));
    if shape.has_usage {
        message["usage"] = json!({"input_tokens": shape.input_tokens, "output_tokens": shape.output_tokens});
    }
    message.to_string()
}

pub(super) fn pieces(shape: &Shape, asked: &Asked) -> Vec<String> {
    let mut start = message(asked);
    let mut delta =
        json!({"type": "message_delta", "delta": {"stop_reason": reason(shape), "stop_sequence": null}});
    if shape.has_usage {
        start["usage"] = json!({"input_tokens": shape.input_tokens, "output_tokens": 1});
        delta["usage"] = json!({"output_tokens": shape.output_tokens});
    }
    let mut events = vec![json!({"type": "message_start", "message": start})];
    if !shape.is_empty {
        events.push(
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        );
        events.push(json!({"type": "ping"}));
        events.extend(shape.words().into_iter().map(|word| {
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}})
        }));
        events.push(json!({"type": "content_block_stop", "index": 0}));
    }
    events.push(delta);
    events.push(json!({"type": "message_stop"}));
    let piece = |event: &Value| {
        format!(
            "event: {}\ndata: {event}\n\n",
            event["type"].as_str().unwrap_or_default()
        )
    };
    events.iter().map(piece).collect()
}

pub(super) fn error(wrong: &Wrong) -> String {
    json!({"type": "error", "error": {"type": wrong.kind, "message": wrong.message}, "request_id": "req_1"})
        .to_string()
}

fn message(asked: &Asked) -> Value {
    json!({
        "id": format!("msg_{}", asked.number),
        "type": "message",
        "role": "assistant",
        "model": asked.model,
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
    })
}

fn reason(shape: &Shape) -> &'static str {
    match shape.end {
        End::Complete => "end_turn",
        End::Length => "max_tokens",
        End::Refusal | End::Filter => "refusal",
    }
}
