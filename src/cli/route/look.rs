//! What `firstmate route TASK` prints: the answer of `route_task` in words and in a picture.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::Value;

use crate::cli::screen::{Ink, Screen, cut, padded};

mod candidates;
mod words;

use candidates::{NAME, drawn, line, mark};
use words::{choice, first_and_then, kept, strongest, task, turns};

/// What is read of the answer; what it holds beside that is in `--format json`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    route_id: Option<String>,
    recorded: bool,
    task_types: BTreeMap<String, f64>,
    task_type: String,
    custom_type: Option<String>,
    difficulty: Difficulty,
    stakes: String,
    needs: Vec<String>,
    model: Option<Model>,
    expected: Expected,
    candidates: Vec<Candidate>,
    confidence: Option<f64>,
    gain: Option<Gain>,
    fallbacks: Vec<String>,
    cascade: Option<Cascade>,
    reasons: Vec<Reason>,
    flip: Flip,
    lessons: Vec<Lesson>,
    suggested_workflow: String,
    advice: Option<String>,
    warnings: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Difficulty {
    score: Option<f64>,
    bucket: Option<u8>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Model {
    id: String,
    provider: String,
    local: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Expected {
    p_success: f64,
    p_low: f64,
    cost_usd: Option<f64>,
    latency_ms: f64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Candidate {
    model: String,
    p_success: f64,
    p_low: f64,
    n: f64,
    cost_usd: Option<f64>,
    latency_ms: f64,
    verdict: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Reason {
    signal: String,
    weight: f64,
    towards: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Flip {
    quality_target: Option<Dial>,
    lambda: Option<Dial>,
    cheaper: Option<Turn>,
    stronger: Option<Turn>,
    price: Option<Turn>,
    without: Option<Without>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Without {
    word: String,
    to: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Gain {
    strongest: String,
    over_choice: f64,
    extra_usd: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Dial {
    now: f64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cascade {
    first: String,
    then: String,
    passes: f64,
    cost_usd: f64,
    p_success: f64,
    latency_ms: f64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Turn {
    changes_at: f64,
    to: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Lesson {
    id: String,
    title: String,
}

/// The answer in words; with `unicode` the picture has lines of its own.
///
/// # Errors
/// When it is no answer of `route_task`.
pub fn told(answer: Value, screen: Screen, unicode: bool) -> serde_json::Result<String> {
    let answer: Answer = serde_json::from_value(answer)?;
    let title = |text: &str| format!("\n{}\n", screen.ink(Ink::Strong, text));
    let mut said = task(&answer);
    said += &choice(&answer, screen);
    said += &title("why");
    for Reason {
        signal,
        weight,
        towards,
    } in &answer.reasons
    {
        let head = format!("  {weight:>+6.2}  {}  ", padded(&cut(towards, NAME), NAME));
        let room = screen.room(head.chars().count()).max(12);
        let _written = writeln!(said, "{head}{}", cut(signal, room));
    }
    if !answer.candidates.is_empty() {
        said += &title(&format!(
            "{} {:>7} {:>9} {:>5} {:>10} {:>9}",
            padded("candidates", NAME + 4),
            "success",
            "at least",
            "seen",
            "cost",
            "time"
        ));
        let mut verdict = "";
        for (at, candidate) in answer.candidates.iter().enumerate() {
            // They come sorted by it.
            if candidate.verdict != verdict {
                verdict = &candidate.verdict;
                said += &screen.prose(verdict, 2);
            }
            said += &line(candidate, mark(&answer, at, unicode));
        }
        said.push('\n');
        said += &drawn(&answer, screen, unicode);
    }
    said += &title("what would change it");
    said += &screen.prose(&turns(&answer.flip), 2);
    if let Some(gain) = answer.gain.as_ref().filter(|gain| gain.over_choice > 0.0) {
        said += &screen.prose(&strongest(gain), 2);
    }
    if !answer.fallbacks.is_empty() {
        said += &screen.prose(
            &format!("If it is not available: {}.", answer.fallbacks.join(", ")),
            2,
        );
    }
    if let Some(cascade) = &answer.cascade {
        said += &screen.prose(&first_and_then(cascade), 2);
    }
    if !matches!(answer.suggested_workflow.as_str(), "" | "none") {
        let crew = format!(
            "A crew would suit it: run_crew with template {}.",
            answer.suggested_workflow
        );
        said += &screen.prose(&crew, 2);
    }
    for Lesson { id, title } in &answer.lessons {
        said += &screen.prose(&format!("Lesson {id}: {title}"), 2);
    }
    for warning in &answer.warnings {
        said += &screen.prose(&format!("Note: {warning}"), 0);
    }
    said.push('\n');
    said += &screen.prose(&kept(&answer), 0);
    Ok(said)
}

#[cfg(test)]
mod tests;
