//! What survives every hand-over: constraints, decisions and open questions, taken from outputs when they are recorded,
//! and put before each later step within bytes, by fixed rules.
//!
//! In JSON they stand under `constraints`, `decisions` and `open_questions`, at any depth; in prose in sections of these
//! names, or in lines that begin with `Decision:` and the like.

use std::fmt::Write as _;

use serde_json::Value;

use super::fold::RunState;
use super::handoff::brief;
use crate::domain::StepId;
use crate::domain::run::{Note, NoteKind};

/// Most notes of one output, and the bytes of each.
const MAX_NOTES: usize = 20;
const MAX_NOTE: usize = 300;
/// How deep JSON is looked through.
const MAX_DEPTH: usize = 6;

/// The notes in an output, in its order.
pub(super) fn notes(output: &str) -> Vec<Note> {
    let mut notes = Vec::new();
    match serde_json::from_str::<Value>(output) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => of_json(&value, 0, &mut notes),
        _ => of_prose(output, &mut notes),
    }
    notes
}

fn of_json(value: &Value, depth: usize, notes: &mut Vec<Note>) {
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match (kind(name), value) {
                    (Some(kind), Value::Array(items)) => {
                        items.iter().for_each(|item| add(notes, kind, &words(item)));
                    }
                    (Some(kind), Value::String(text)) => add(notes, kind, text),
                    _ => of_json(value, depth + 1, notes),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| of_json(item, depth + 1, notes)),
        _ => {}
    }
}

/// An item as a line: a text as it is, an object by its texts.
fn words(item: &Value) -> String {
    match item {
        Value::String(text) => text.clone(),
        Value::Object(fields) => {
            let texts: Vec<_> = fields
                .iter()
                .filter_map(|(name, value)| Some(format!("{name}: {}", value.as_str()?)))
                .collect();
            if texts.is_empty() {
                item.to_string()
            } else {
                texts.join("; ")
            }
        }
        other => other.to_string(),
    }
}

fn of_prose(text: &str, notes: &mut Vec<Note>) {
    let mut section = None;
    let mut fenced = false;
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with("```") {
            fenced = !fenced;
        }
        if fenced || line.is_empty() {
            continue;
        }
        if let Some(heading) = heading(line) {
            section = kind(heading);
            continue;
        }
        let item = line
            .strip_prefix("- ")
            .or_else(|| line.strip_prefix("* "))
            .or_else(|| numbered(line));
        let said = item.unwrap_or(line).trim_start_matches("**");
        let labelled = said.split_once(':').and_then(|(label, rest)| {
            Some((
                kind(label.trim_matches('*'))?,
                rest.trim_start_matches('*').trim(),
            ))
        });
        match (labelled, section, item) {
            (Some((kind, rest)), _, _) if !rest.is_empty() => add(notes, kind, rest),
            (_, Some(kind), Some(item)) => add(notes, kind, item),
            _ => {}
        }
    }
}

fn heading(line: &str) -> Option<&str> {
    let marked = line
        .strip_prefix('#')
        .map(|rest| rest.trim_start_matches('#').trim());
    let bold = || line.strip_prefix("**")?.strip_suffix("**");
    let named = || line.strip_suffix(':').filter(|name| kind(name).is_some());
    marked
        .or_else(bold)
        .or_else(named)
        .map(|name| name.trim_end_matches(':'))
}

fn numbered(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    (rest.len() < line.len())
        .then(|| rest.strip_prefix(". "))
        .flatten()
}

fn kind(name: &str) -> Option<NoteKind> {
    let plain: String = name.trim().to_lowercase().replace(['_', '-'], " ");
    match plain.as_str() {
        "constraint" | "constraints" => Some(NoteKind::Constraint),
        "decision" | "decisions" | "decided" => Some(NoteKind::Decision),
        "open question" | "open questions" | "open" | "unknowns" => Some(NoteKind::OpenQuestion),
        _ => None,
    }
}

fn add(notes: &mut Vec<Note>, kind: NoteKind, text: &str) {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() || notes.len() >= MAX_NOTES {
        return;
    }
    let note = Note {
        kind,
        text: brief(&text, MAX_NOTE),
    };
    if !notes.contains(&note) {
        notes.push(note);
    }
}

/// What a step at `index` has to know of all the steps before it, in at most `max` bytes, and whether that is all of it;
/// `None` where there is nothing. Constraints come first, then decisions, then open questions, the newest first; what
/// does not fit is named with the step that has it.
pub(super) fn packet(state: &RunState, index: usize, max: usize) -> Option<(String, bool)> {
    let steps = state.plan.steps.iter().zip(&state.steps).enumerate();
    let mut known: Vec<(NoteKind, &StepId, &str)> = Vec::new();
    for (place, (step, at)) in steps.rev() {
        // Of a step that is done again its last word counts.
        let Some(result) = at.result.as_ref().or_else(|| at.earlier.last()) else {
            continue;
        };
        if place != index {
            known.extend(
                result
                    .notes
                    .iter()
                    .map(|note| (note.kind, &step.id, note.text.as_str())),
            );
        }
    }
    if known.is_empty() {
        return None;
    }
    known.sort_by_key(|(kind, ..)| *kind);
    let (mut text, mut heading, mut left_out) = (String::new(), None, Vec::<&StepId>::new());
    // A line that says where the others are always fits.
    let room = max.saturating_sub(200);
    for (kind, step, note) in known {
        let title = if heading == Some(kind) { "" } else { title(kind) };
        if text.len() + title.len() + note.len() + step.as_str().len() + 8 > room {
            if !left_out.contains(&step) {
                left_out.push(step);
            }
            continue;
        }
        heading = Some(kind);
        let _ = writeln!(text, "{title}- {note} [{step}]");
    }
    if left_out.is_empty() {
        return Some((text, true));
    }
    let named: Vec<_> = left_out.iter().take(12).map(|step| step.as_str()).collect();
    let _ = write!(
        text,
        "[more in the outputs of: {}]",
        brief(&named.join(", "), 160)
    );
    Some((text, false))
}

fn title(kind: NoteKind) -> &'static str {
    match kind {
        NoteKind::Constraint => "Constraints:\n",
        NoteKind::Decision => "Decisions:\n",
        NoteKind::OpenQuestion => "Open questions:\n",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(output: &str) -> Vec<String> {
        let notes = notes(output).into_iter();
        notes
            .map(|note| format!("{:?}: {}", note.kind, note.text))
            .collect()
    }

    #[test]
    fn json_says_them_under_their_names_at_any_depth() {
        let output = json!({"spec": {"constraints": ["no new dependency"], "decisions": [{"what": "use sled", "why": "it is here"}]}, "open_questions": "which port?"});
        assert_eq!(
            said(&output.to_string()),
            [
                "Constraint: no new dependency",
                "Decision: what: use sled; why: it is here",
                "OpenQuestion: which port?",
            ]
        );
    }

    #[test]
    fn prose_says_them_in_sections_and_lines() {
        let output = "# Plan\n\n## Decisions\n- keep the API\n- **fast** path first\n\n## Steps\n1. write it\n\nOpen question: who owns it?\n```\n# Decisions\n- not this\n```\nConstraints:\n1. under 5 ms\n";
        assert_eq!(
            said(output),
            [
                "Decision: keep the API",
                "Decision: **fast** path first",
                "OpenQuestion: who owns it?",
                "Constraint: under 5 ms"
            ]
        );
        assert!(said("We decided nothing: all is open.").is_empty());
    }
}
