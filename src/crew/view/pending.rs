//! What a step is given to work with: its token, what to reach, and the packet of inputs.

use serde_json::{Value, json};

use super::{Level, View};
use crate::crew::fold::Offer;
use crate::crew::handoff::{Excerpt, brief};
use crate::crew::packet::packet;
use crate::crew::reply::{Input, Pending};
use crate::crew::token::Claims;
use crate::domain::run::{Executor, QuotedLesson};
use crate::domain::{Digest, PlanStep, StepId};

/// Most bytes of what the steps before decided.
const MAX_PACKET: usize = 4_096;

/// How the instructions begin of a step that a person answers; the rest is for that person.
pub const ASK_A_PERSON: &str = "Ask the person you work for, and hand in what they answer. ";

impl View<'_> {
    pub(super) fn pending(&self, offer: &Offer, level: Level) -> Option<Pending> {
        let step = self.state.plan.steps.get(offer.step)?;
        let state = self.state.steps.get(offer.step)?;
        let claims = Claims {
            run: self.run.clone(),
            step: step.id.clone(),
            attempt: offer.attempt,
            seq: offer.seq,
            expires_s: offer.expires_at.as_second(),
        };
        let earlier = step.needs.iter().filter_map(|need| self.earlier(need, level));
        let lessons = state.lessons.iter().map(lesson);
        Some(Pending {
            step_token: self.key.issue(self.scope, &claims),
            step_id: step.id.clone(),
            role: step.role.clone(),
            approval: state.executor == Executor::Approval,
            instructions: match &state.executor {
                Executor::Approval => format!("{ASK_A_PERSON}{}", step.goal),
                _ => format!(
                    "Work as the {} on the task given as the first input. {}",
                    step.role, step.goal
                ),
            },
            inputs: std::iter::once(self.task(level))
                .chain(step.item.as_ref().map(item))
                .chain(self.notes(offer.step, level))
                .chain(earlier)
                .chain(self.rounds(offer.step, level))
                .chain(lessons)
                .collect(),
            output_schema: match (&step.output_schema, &state.executor) {
                (None, Executor::Approval) => Some(approval()),
                (schema, _) => schema.clone(),
            },
            output_kind: step.output_kind.clone(),
            language: step.language.clone(),
            done_when: step.done_when.clone(),
            violations: state
                .rejections
                .last()
                .map_or_else(Vec::new, |(_, _, violations)| violations.clone()),
            model: suited(step, state.failed),
            attempt: state.failed.saturating_add(1),
            max_attempts: step.max_attempts,
            expires_at: offer.expires_at,
        })
    }

    fn task(&self, level: Level) -> Input {
        let task = &self.state.task;
        let (digest, whole) = Excerpt::of(task).within(level.input, "the caller gave the whole task");
        Input {
            from: "task".to_owned(),
            digest,
            whole,
            sha256: Digest::of(task.as_bytes()),
            uri: Some(format!("firstmate://run/{}", self.run)),
            trust: None,
            provenance: None,
        }
    }

    /// What all the steps before it decided and left open.
    fn notes(&self, index: usize, level: Level) -> Option<Input> {
        let (text, whole) = packet(self.state, index, level.input.clamp(512, MAX_PACKET))?;
        Some(Input {
            from: "decisions".to_owned(),
            whole,
            sha256: Digest::of(text.as_bytes()),
            digest: text,
            uri: Some(format!("firstmate://run/{}", self.run)),
            trust: None,
            provenance: None,
        })
    }

    /// What the steps of its repetition came to in the round before.
    fn rounds(&self, index: usize, level: Level) -> impl Iterator<Item = Input> {
        self.state.board(index).map(move |(step, round, result)| {
            let (digest, whole) = match self.outputs.get(&result.output) {
                Some(excerpt) => excerpt.within(level.input.max(200), "it was given in full in its round"),
                None => ("[the store has lost this output]".to_owned(), false),
            };
            Input {
                from: format!("{} (round {round})", step.id),
                digest,
                whole,
                sha256: result.output,
                uri: None,
                trust: None,
                provenance: None,
            }
        })
    }

    fn earlier(&self, id: &StepId, level: Level) -> Option<Input> {
        let Some(result) = self.state.result(id) else {
            let why = self
                .state
                .index(id)
                .and_then(|index| self.state.steps.get(index)?.skipped.clone())?;
            return Some(Input {
                from: id.to_string(),
                digest: format!("[left out: {}]", brief(&why, 200)),
                whole: true,
                sha256: Digest::of(b""),
                uri: None,
                trust: None,
                provenance: None,
            });
        };
        let (digest, whole) = self.digest(id, &result.output, level.input);
        let uri = Some(self.uri(id));
        Some(Input {
            from: id.to_string(),
            digest,
            whole,
            sha256: result.output,
            uri,
            trust: None,
            provenance: None,
        })
    }

    pub(super) fn digest(&self, id: &StepId, output: &Digest, bytes: usize) -> (String, bool) {
        let more = format!(
            "run_crew {}",
            json!({"action": "status", "run_id": self.run, "step_id": id, "offset": 0})
        );
        match self.outputs.get(output) {
            _ if bytes == 0 => (String::new(), false),
            Some(excerpt) => excerpt.within(bytes, &more),
            None => ("[the store has lost this output]".to_owned(), false),
        }
    }

    pub(super) fn uri(&self, id: &StepId) -> String {
        format!("firstmate://run/{}/step/{id}", self.run)
    }
}

/// What a person answers.
fn approval() -> Value {
    json!({
        "type": "object",
        "required": ["approved"],
        "properties": {"approved": {"type": "boolean"}, "note": {"type": "string"}},
    })
}

/// The one of many that a step is about.
fn item(item: &Value) -> Input {
    let text = item.as_str().map_or_else(|| item.to_string(), ToOwned::to_owned);
    Input {
        from: "item".to_owned(),
        whole: true,
        sha256: Digest::of(text.as_bytes()),
        digest: text,
        uri: None,
        trust: None,
        provenance: None,
    }
}

/// The model that suits an attempt: a stronger one where there is one, once an attempt was sent back.
fn suited(step: &PlanStep, failed: u32) -> Option<String> {
    let stronger = step.escalate_to.as_ref().filter(|_| failed > 0);
    stronger.or(step.model.as_ref()).cloned()
}

/// A lesson as data: with how far it may be believed, and where it is from.
fn lesson(lesson: &QuotedLesson) -> Input {
    let QuotedLesson {
        id,
        title,
        text,
        trust,
        provenance,
    } = lesson;
    // A title made from the text says nothing new.
    let digest = if text.starts_with(title.trim_end_matches('…')) {
        text.clone()
    } else {
        format!("{title}: {text}")
    };
    Input {
        from: "lesson".to_owned(),
        digest,
        whole: false,
        sha256: Digest::of(text.as_bytes()),
        uri: Some(format!("firstmate://lesson/{id}")),
        trust: Some(*trust),
        provenance: Some(match &provenance.run {
            Some(run) => format!("recorded by {} from run {run}", provenance.principal),
            None => format!("recorded by {}", provenance.principal),
        }),
    }
}
