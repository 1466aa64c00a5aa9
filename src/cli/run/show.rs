//! The story of a run, for reading.

use std::fmt::Write as _;

use crate::cli::crew::suggest;
use crate::cli::policy::counted;
use crate::cli::screen::{Ink, Screen, cut, padded, visible};
use crate::crew::history::{History, Moment, StepHistory};
use crate::domain::{RunBudget, RunStatus, Timestamp};

/// Names of fields stand in so many columns.
const NAMES: usize = 10;

/// Everything about it.
#[must_use]
pub fn told(history: &History, now: Timestamp, screen: Screen) -> String {
    let mut told = head(history, now, screen);
    told.push_str(&heading("steps", screen));
    told.push_str(&steps(history, screen, true));
    let given: Vec<_> = history
        .steps
        .iter()
        .filter(|step| !step.lessons.is_empty())
        .collect();
    if !given.is_empty() {
        told.push_str(&heading("lessons that were given", screen));
        for step in given {
            for (id, title) in &step.lessons {
                told.push_str(&screen.prose(&format!("{}: {title} ({id})", step.id), 2));
            }
        }
    }
    told.push_str(&heading("timeline", screen));
    for moment in &history.timeline {
        told.push_str(&moment_told(moment, history.started_at, screen));
    }
    if !history.suggestions.is_empty() {
        told.push_str(&heading("suggestions", screen));
        told.push_str(&suggest::told(&history.suggestions, screen));
    }
    told
}

/// What it is, where it stands and what it used.
pub(super) fn head(history: &History, now: Timestamp, screen: Screen) -> String {
    let title = cut(&history.task, screen.columns().unwrap_or(200));
    let mut told = format!("{}\n", screen.ink(Ink::Strong, &title));
    let mut field = |name: &str, value: &str| {
        let value = screen.prose(value, NAMES);
        told.push_str(&screen.ink(Ink::Faint, &format!("{name:<NAMES$}")));
        told.push_str(value.get(NAMES..).unwrap_or_default());
    };
    field("run", history.run_id.as_str());
    let why = history
        .ended
        .as_ref()
        .map(|(class, reason)| match history.status {
            RunStatus::Cancelled => format!(": {reason}"),
            _ => format!(", {class}: {reason}"),
        });
    field(
        "status",
        &format!("{}{}", status(history.status), why.unwrap_or_default()),
    );
    field(
        "plan",
        &format!(
            "{}, {} of {} done",
            history.plan,
            history.done(),
            counted(history.steps.len() as u64, "step")
        ),
    );
    let (started, touched) = (ago(history.started_at, now), ago(history.touched_at, now));
    field(
        "started",
        &format!("{started} ago by {}, last event {touched} ago", history.principal),
    );
    field("used", &used(history));
    if let Some(expected) = &history.expected {
        field("expected", &expected.said());
    }
    for note in &history.notes {
        field("note", note);
    }
    told
}

fn used(history: &History) -> String {
    let RunBudget {
        max_usd,
        max_tokens,
        max_steps,
        max_wall_s,
    } = history.budget;
    let of = |max: Option<String>| max.map_or_else(String::new, |max| format!(" of {max}"));
    let mut used = vec![
        format!(
            "{}{}",
            history.submissions,
            of(max_steps.map(|max| max.to_string()))
        ) + " submissions",
        format!(
            "{}{}",
            history.usage.tokens,
            of(max_tokens.map(|max| max.to_string()))
        ) + " tokens",
        format!(
            "${:.4}{}",
            history.usage.usd.as_usd(),
            of(max_usd.map(|max| format!("${:.2}", max.as_usd())))
        ),
    ];
    used.extend(max_wall_s.map(|max| format!("at most {}", span(max))));
    used.join(", ")
}

/// A line for each step; with `findings` below it what was sent back, and why.
pub(super) fn steps(history: &History, screen: Screen, findings: bool) -> String {
    let widest = |of: fn(&StepHistory) -> &str| {
        let widths = history.steps.iter().map(|step| of(step).chars().count());
        widths.max().unwrap_or(0)
    };
    let (id, role) = (widest(|step| &step.id), widest(|step| &step.role));
    let mut told = String::new();
    for step in &history.steps {
        let ink = match step.state.as_str() {
            "done" => Ink::Strong,
            "sent_back" | "failed" | "not_done" => Ink::Warning,
            _ => Ink::Faint,
        };
        let state = step.state.replace('_', " ");
        let line = [
            padded(&visible(&step.id), id),
            screen.ink(Ink::Faint, &padded(&visible(&step.role), role)),
            screen.ink(ink, &padded(&state, 9)),
            cut(&about(step), screen.room(id + role + 17)),
        ];
        let _written = writeln!(told, "  {}", line.join("  ").trim_end());
        if !findings {
            continue;
        }
        for (attempt, class, message) in &step.failures {
            let failure = format!("attempt {attempt}: {}: {message}", class.replace('_', " "));
            told.push_str(&screen.prose(&failure, 6));
        }
        if let Some(why) = &step.skipped {
            told.push_str(&screen.prose(why, 6));
        }
        for (attempt, violations) in &step.sent_back {
            for violation in violations {
                let place = match violation.path.as_str() {
                    "" => String::new(),
                    path => format!(" at {path}"),
                };
                let finding = format!("attempt {attempt}: {}{place}: {}", violation.rule, violation.got);
                told.push_str(&screen.prose(&finding, 6));
                told.push_str(&screen.prose(&format!("fix: {}", violation.fix), 8));
            }
        }
        for warning in step.output.iter().flat_map(|output| &output.warnings) {
            told.push_str(&screen.prose(&format!("warning: {warning}"), 6));
        }
    }
    told
}

/// Who did a step, in how many attempts and how long, and what came of it.
fn about(step: &StepHistory) -> String {
    let mut about = Vec::new();
    about.extend(step.by.as_ref().map(|by| format!("by {by}")));
    if step.attempts > 1 {
        about.push(format!("attempt {} of {}", step.attempts, step.max_attempts));
    }
    if step.round > 1 {
        about.push(format!("round {}", step.round));
    }
    if let Some(output) = &step.output {
        let repaired = if output.repaired { ", repaired" } else { "" };
        about.push(format!("{}{repaired}", counted(output.bytes, "byte")));
    }
    if let (Some(began), Some(done)) = (step.began_at, step.done_at) {
        about.push(format!("in {}", span(seconds(began, done))));
    }
    if step.usage.tokens > 0 {
        about.push(counted(step.usage.tokens, "token"));
    }
    about.join(", ")
}

/// An event in a line, with the time since the run was started.
pub(super) fn moment_told(moment: &Moment, started: Timestamp, screen: Screen) -> String {
    let at = span(seconds(started, moment.at));
    let step = match (&moment.step, moment.attempt) {
        (Some(step), Some(attempt)) if attempt > 1 => format!("{step} ({attempt}) "),
        (Some(step), _) => format!("{step} "),
        (None, _) => String::new(),
    };
    let at = format!("  +{at:<9}");
    let text = cut(&format!("{step}{}", moment.said), screen.room(at.len() + 1));
    format!("{} {text}\n", screen.ink(Ink::Faint, &at))
}

fn heading(text: &str, screen: Screen) -> String {
    format!("\n{}\n", screen.ink(Ink::Strong, text))
}

/// The words for a status.
pub(super) fn status(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Working => "goes on",
        RunStatus::InputRequired => "waits for the host",
        RunStatus::Completed => "completed",
        RunStatus::Failed => "failed",
        RunStatus::Cancelled => "cancelled",
    }
}

fn seconds(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_second().saturating_sub(from.as_second())).unwrap_or(0)
}

/// How long ago something was.
pub(in crate::cli) fn ago(at: Timestamp, now: Timestamp) -> String {
    span(seconds(at, now))
}

fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    /// A run in the middle of its second step.
    pub(in crate::cli::run) fn history() -> History {
        let moment = |seq: u64, at: &str, step: Option<&str>, said: &str| json!({"seq": seq, "at": format!("2026-01-01T{at}Z"), "event": "x", "step": step, "attempt": 1, "said": said});
        let violation = json!({"path": "line 3, column 9", "rule": "syntax.python", "got": "`(` is not closed",
                               "fix": "close it"});
        let read = serde_json::from_value(json!({
            "run_id": "0191a2b3ffff", "status": "input_required", "task": "Let total() take a discount", "plan": "code_change",
            "principal": "ada", "started_at": "2026-01-01T10:00:00Z", "touched_at": "2026-01-01T11:30:00Z",
            "budget": {"max_steps": 20}, "usage": {"usd": 1500, "tokens": 4200}, "submissions": 2,
            "expected": {"seconds": 40, "usd": 0.02, "runs": 14},
            "notes": ["template `code_change` was chosen because the task reads as code_generation"],
            "steps": [
                {"id": "understand", "role": "analyst", "state": "done", "by": "host", "attempts": 1, "max_attempts": 3,
                 "began_at": "2026-01-01T10:00:00Z", "done_at": "2026-01-01T10:02:00Z", "usage": {"usd": 0, "tokens": 4200},
                 "output": {"sha256": "0".repeat(64), "bytes": 1512, "repaired": true, "warnings": []},
                 "lessons": [["0191ffff", "Discounts are shares"]]},
                {"id": "implement", "role": "developer", "state": "waits", "by": "host", "attempts": 2, "max_attempts": 4,
                 "began_at": "2026-01-01T10:02:00Z", "sent_back": [[1, [violation]]]},
                {"id": "review", "role": "reviewer", "state": "not_due", "max_attempts": 3},
            ],
            "timeline": [
                moment(1, "10:00:00", None, "started by ada, plan code_change, 3 steps"),
                moment(2, "10:00:00", Some("understand"), "offered to the host, with a lesson"),
                moment(3, "10:02:00", Some("understand"), "recorded, 1512 bytes, repaired"),
                moment(4, "11:30:00", Some("implement"), "sent back: syntax.python at line 3, column 9: `(` is not closed"),
            ],
            "suggestions": [{"template": "code_change", "rule": "idle_review", "step": "review", "seen": 9, "of": 9, "runs": ["0191a2b3", "0191a2b2"],
                "text": "step `review` (reviewer) found nothing in 9 of 9 runs"}],
        }));
        read.unwrap()
    }

    #[test]
    fn a_person_sees_who_did_what_and_what_was_sent_back() {
        let noon = "2026-01-01T12:00:00Z".parse().unwrap();
        insta::assert_snapshot!(told(&history(), noon, Screen::terminal(72)), @r##"
        Let total() take a discount
        run       0191a2b3ffff
        status    waits for the host
        plan      code_change, 1 of 3 steps done
        started   2 h ago by ada, last event 30 min ago
        used      2 of 20 submissions, 4200 tokens, $0.0015
        expected  about 40 s, $0.02 more, from 14 runs
        note      template `code_change` was chosen because the task reads as
                  code_generation

        steps
          understand  analyst    done       by host, 1,512 bytes, repaired, in…
          implement   developer  waits      by host, attempt 2 of 4
              attempt 1: syntax.python at line 3, column 9: `(` is not closed
                fix: close it
          review      reviewer   not due

        lessons that were given
          understand: Discounts are shares (0191ffff)

        timeline
          +0 s       started by ada, plan code_change, 3 steps
          +0 s       understand offered to the host, with a lesson
          +2 min     understand recorded, 1512 bytes, repaired
          +1 h       implement sent back: syntax.python at line 3, column 9: `(…

        suggestions
          step `review` (reviewer) found nothing in 9 of 9 runs
            seen in 9 of 9, such as 0191a2b3, 0191a2b2
        "##);
    }
}
