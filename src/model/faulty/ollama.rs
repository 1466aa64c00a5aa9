//! Ollama's chat.

use serde_json::{Value, json};

use super::Asked;
use super::shape::{End, Shape};
use super::wrong::Wrong;

pub(super) fn whole(shape: &Shape, asked: &Asked) -> String {
    let text = if shape.is_empty { "" } else { &shape.text };
    last(shape, asked, text).to_string()
}

pub(super) fn pieces(shape: &Shape, asked: &Asked) -> Vec<String> {
    let words = if shape.is_empty { Vec::new() } else { shape.words() };
    let mut lines: Vec<Value> = words.into_iter().map(|word| line(asked, word)).collect();
    lines.push(last(shape, asked, ""));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

pub(super) fn error(wrong: &Wrong) -> String {
    json!({"error": wrong.message}).to_string()
}

fn line(asked: &Asked, text: &str) -> Value {
    json!({
        "model": asked.model,
        "created_at": "2026-01-01T00:00:00Z",
        "message": {"role": "assistant", "content": text},
        "done": false,
    })
}

fn last(shape: &Shape, asked: &Asked, text: &str) -> Value {
    let mut last = line(asked, text);
    last["done"] = json!(true);
    // It knows no refusals: those who train its models do.
    last["done_reason"] = json!(match shape.end {
        End::Complete => "stop",
        End::Length => "length",
        End::Refusal | End::Filter => "refusal",
    });
    last["total_duration"] = json!(1_000_000);
    if shape.has_usage {
        last["prompt_eval_count"] = json!(shape.input_tokens);
        last["eval_count"] = json!(shape.output_tokens);
    }
    last
}
