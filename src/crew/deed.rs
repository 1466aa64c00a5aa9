//! What a crew does that policy judges: each kind under the name of a tool, so that a rule can speak of it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::error::Error;
use super::examine::actor;
use super::{Crews, examine};
use crate::domain::run::QuotedLesson;
use crate::domain::{Action, ActionKind, Destination, Effect, Label, PlanStep, RunId, Scope};
use crate::policy::Checked;

/// A kind of thing that happens in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// A run begins with its task and its plan.
    Start,
    /// A step is put before the host, for its role, with what was learned earlier.
    Offer,
    /// The output of a step is taken that others go on with.
    HandOver,
    /// The output of a step is taken that no other needs.
    Answer,
    /// The host says what a person answered who has to allow something.
    Approve,
    /// Words of the host are kept: why there is no output, why a run is cancelled.
    Remark,
    /// A run is cancelled.
    Cancel,
    /// A run goes on.
    Resume,
}

impl Deed {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Start,
        Self::Offer,
        Self::HandOver,
        Self::Answer,
        Self::Approve,
        Self::Remark,
        Self::Cancel,
        Self::Resume,
    ];

    /// Its name as that of a tool.
    #[must_use]
    pub fn tool(self) -> &'static str {
        match self {
            Self::Start => "crew.start",
            Self::Offer => "crew.offer",
            Self::HandOver | Self::Answer => "crew.step",
            Self::Approve => "crew.approve",
            Self::Remark => "crew.remark",
            Self::Cancel => "crew.cancel",
            Self::Resume => "crew.resume",
        }
    }

    /// The action it is, about which nothing else is known yet. What is recorded comes back in replies and goes into
    /// the next step: a model sees it either way.
    #[must_use]
    pub fn action(self) -> Action {
        let (kind, to) = match self {
            Self::Start | Self::Offer => (ActionKind::ModelRequest, Destination::ModelRemote),
            Self::HandOver => (ActionKind::Handover, Destination::ModelRemote),
            Self::Answer | Self::Remark => (ActionKind::ModelResponse, Destination::ModelRemote),
            Self::Approve | Self::Cancel | Self::Resume => (ActionKind::ToolCall, Destination::Local),
        };
        Action::new(kind).with_tool(self.tool()).with_destination(to)
    }
}

impl Crews {
    /// Whether the run may be cancelled or go on.
    ///
    /// # Errors
    /// [`Error::Stopped`] when it may not, or that nobody could decide.
    pub(super) async fn may(&self, scope: &Scope, run: &RunId, deed: Deed) -> Result<(), Error> {
        let actor = actor(run, None);
        // An approval is good for this run alone.
        let action = Action {
            arguments: json!({ "run_id": run }),
            ..deed.action()
        };
        match self.gate.check(scope, &actor, deed.tool(), action).await? {
            Checked::Permitted(_) => Ok(()),
            Checked::Stopped(decision) => Err(Error::Stopped(Box::new(decision))),
        }
    }

    /// What of these lessons a step may be given, or in words why its role may not be asked at all. The plan was judged
    /// when the run began and what other steps handed over when it was taken; what is new are the role and the lessons.
    pub(super) async fn may_offer(
        &self,
        scope: &Scope,
        run: &RunId,
        step: &PlanStep,
        mut lessons: Vec<QuotedLesson>,
    ) -> Result<Result<Vec<QuotedLesson>, String>, Error> {
        let deed = Deed::Offer;
        let actor = actor(run, Some(&step.role));
        let stops = async |lessons: &[QuotedLesson]| {
            let decision = self.gate.preview_for(scope, &actor, &offer(step, lessons)).await;
            decision.effect >= Effect::RequireApproval
        };
        // A step does not need lessons. Asked about before it is decided, because what is decided counts as taken in.
        if !lessons.is_empty() && stops(&lessons).await {
            let mut harmless = Vec::with_capacity(lessons.len());
            for lesson in lessons {
                if !stops(std::slice::from_ref(&lesson)).await {
                    harmless.push(lesson);
                }
            }
            lessons = harmless;
            if stops(&lessons).await {
                lessons.clear();
            }
        }
        let action = offer(step, &lessons);
        let checked = self
            .gate
            .check_with_next_write(scope, &actor, deed.tool(), action)
            .await?;
        let permit = match checked {
            Checked::Permitted(permit) => permit,
            Checked::Stopped(decision) => {
                let reasons = examine::reasons(&decision);
                return Ok(Err(format!("step `{}` ({}): {reasons}", step.id, step.role)));
            }
        };
        if permit.decision().effect != Effect::Redact {
            return Ok(Ok(lessons));
        }
        // What does not read as lessons any more is left out.
        let mut permitted = permit.into_action().arguments;
        let lessons = permitted.get_mut("lessons").map(Value::take);
        let read = lessons.and_then(|lessons| serde_json::from_value(lessons).ok());
        Ok(Ok(read.unwrap_or_default()))
    }
}

/// A step's offer with these lessons, and with what they were labelled with.
fn offer(step: &PlanStep, lessons: &[QuotedLesson]) -> Action {
    let labels = lessons.iter().flat_map(|lesson| &lesson.provenance.labels);
    let labels: BTreeSet<Label> = labels.copied().collect();
    Action {
        arguments: json!({ "step": step.id, "lessons": lessons }),
        labels: labels.into_iter().collect(),
        ..Deed::Offer.action()
    }
}
