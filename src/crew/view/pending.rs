//! What a step is given to work with: its token, what to reach, and the packet of inputs.

use serde_json::json;

use super::{Level, View};
use crate::crew::fold::Offer;
use crate::crew::handoff::Excerpt;
use crate::crew::reply::{Input, Pending};
use crate::crew::token::Claims;
use crate::domain::run::QuotedLesson;
use crate::domain::{Digest, PlanStep, StepId};

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
            instructions: format!(
                "Work as the {} on the task given as the first input. {}",
                step.role, step.goal
            ),
            inputs: std::iter::once(self.task(level))
                .chain(earlier)
                .chain(lessons)
                .collect(),
            output_schema: step.output_schema.clone(),
            output_kind: step.output_kind.clone(),
            language: step.language.clone(),
            done_when: step.done_when.clone(),
            violations: state
                .rejections
                .last()
                .map_or_else(Vec::new, |(_, _, violations)| violations.clone()),
            model: suited(step, offer.attempt),
            attempt: offer.attempt,
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

    fn earlier(&self, id: &StepId, level: Level) -> Option<Input> {
        let result = self.state.result(id)?;
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

/// The model that suits an attempt: a stronger one where there is one, once an attempt was sent back.
fn suited(step: &PlanStep, attempt: u32) -> Option<String> {
    let stronger = step.escalate_to.as_ref().filter(|_| attempt > 1);
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
