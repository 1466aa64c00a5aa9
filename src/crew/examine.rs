//! What a submission is worth: the policy gate first, then validation of what the gate let through.

use serde_json::{Value, json};

use super::deed::Deed;
use super::error::Error;
use super::fold::RunState;
use super::handoff::brief;
use super::{Crews, Submission};
use crate::domain::run::{Executor, Via, Violation};
use crate::domain::{Action, Actor, Artifact, Digest, Effect, Evidence, PlanStep, RunId, Scope, Verdict};
use crate::policy::Checked;
use crate::routing::Told;

mod remarks;

pub(super) use remarks::reasons;
use remarks::{MAX_REMARKS, denials, doubts, effect, faults, not_approved, violation};

/// A submission, read once: what it says and the digest it is known by.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) text: Result<String, String>,
    pub(super) digest: Digest,
    pub(super) via: Via,
}

/// The judgement of a submission.
#[derive(Debug, Clone)]
pub(super) enum Judged {
    /// It may be recorded as it stands here.
    Taken {
        output: String,
        repaired: bool,
        warnings: Vec<String>,
        /// What the checks say of the model that did it.
        told: Option<Told>,
        /// How the answer of a person came here, where it is one.
        via: Option<Via>,
    },
    /// A person was asked, and does not want it.
    Refused { reason: String },
    /// It may not.
    Rejected {
        violations: Vec<Violation>,
        denied: bool,
    },
}

impl Said {
    /// The output as text, or the reason why there is none. An error that comes with an output wins: work its
    /// author calls failed is not taken.
    pub(super) fn by(submission: &Submission) -> Self {
        let error = submission
            .error
            .as_deref()
            .map(str::trim)
            .filter(|error| !error.is_empty());
        let text = match (&submission.output, error) {
            (_, Some(error)) => Err(error.to_owned()),
            (None | Some(Value::Null), None) => Err(String::new()),
            (Some(Value::String(text)), None) => Ok(text.clone()),
            (Some(value), None) => Ok(value.to_string()),
        };
        let digest = match &text {
            Ok(output) => Digest::of(output.as_bytes()),
            Err(error) => Digest::of(format!("\0error {error}").as_bytes()),
        };
        Self {
            text,
            digest,
            via: submission.via,
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.text.as_ref().map_or_else(String::len, String::len)
    }
}

impl Crews {
    /// Judges what was said for `step`, with the decision recorded before anything follows from it.
    pub(super) async fn examine(
        &self,
        scope: &Scope,
        run: &RunId,
        state: &RunState,
        step: &PlanStep,
        said: &Said,
    ) -> Result<Judged, Error> {
        let output = match &said.text {
            Ok(output) if !output.trim().is_empty() => output.clone(),
            Ok(_) => {
                return Ok(rejected(
                    "step.empty",
                    "the output is empty",
                    "hand in the whole output as `output`",
                ));
            }
            Err(error) if error.is_empty() => {
                return Ok(rejected(
                    "step.empty",
                    "there is no output",
                    "hand in the whole output as `output`",
                ));
            }
            Err(error) => {
                let error = self.presentable(scope, run, Some(&step.role), error).await?;
                return Ok(rejected(
                    "step.error",
                    &error,
                    "remove the cause, or do the step another way",
                ));
            }
        };

        let executor = state.index(&step.id).and_then(|index| state.steps.get(index));
        let is_approval = executor.is_some_and(|at| at.executor == Executor::Approval);
        if is_approval
            && said.via == Via::Host
            && let Some(stopped) = self.may_approve(scope, run, step, &output).await?
        {
            return Ok(stopped);
        }
        let handed_on = state
            .plan
            .steps
            .iter()
            .any(|other| other.needs.contains(&step.id));
        let deed = if handed_on { Deed::HandOver } else { Deed::Answer };
        let action = Action {
            output: step.output_kind.clone(),
            cost: step.estimate,
            ..deed.action().with_content(output.as_str())
        };
        // Before the gate, because a rule may ask whether it was.
        let validation = self.validator.validate(artifact(step, &output)).await;
        let sha256 = validation.content_sha256;
        self.gate
            .validated(scope, Some(run.as_str()), sha256, validation.verdict);
        let permit = match self
            .gate
            .check_with_next_write(scope, &actor(run, Some(&step.role)), deed.tool(), action)
            .await?
        {
            Checked::Permitted(permit) => permit,
            Checked::Stopped(decision) => {
                return Ok(Judged::Rejected {
                    violations: denials(&decision),
                    denied: true,
                });
            }
        };
        let mut warnings: Vec<String> = permit
            .decision()
            .rules
            .iter()
            .filter(|rule| rule.effect > Effect::Allow && !rule.shadow)
            .map(|rule| {
                brief(
                    &format!("{} ({}): {}", rule.id, effect(rule.effect), rule.why),
                    200,
                )
            })
            .collect();
        let permitted = permit.action().content.clone().unwrap_or_else(|| output.clone());
        // What the gate took something out of is another text.
        let validation = if permitted == output {
            validation
        } else {
            self.validator.validate(artifact(step, &permitted)).await
        };
        let output = permitted;
        let mended = match validation.repaired.clone() {
            Some(repaired) => Some((self.validator.validate(artifact(step, &repaired)).await, repaired)),
            None => None,
        };
        let (validation, output, repaired) = match mended {
            Some((again, repaired)) if again.verdict != Verdict::Fail => (again, repaired, true),
            _ => (validation, output, false),
        };
        if validation.verdict == Verdict::Fail {
            return Ok(Judged::Rejected {
                violations: faults(&validation),
                denied: false,
            });
        }
        if is_approval && let Some(reason) = not_approved(&output) {
            let reason = match said.via {
                Via::Host => reason,
                Via::Elicitation => format!("{reason} (a person was asked, via elicitation)"),
                Via::Webhook => format!("{reason} (via webhook)"),
            };
            return Ok(Judged::Refused { reason });
        }
        warnings.extend(doubts(&validation));
        warnings.truncate(MAX_REMARKS);
        Ok(Judged::Taken {
            output,
            repaired,
            warnings,
            told: Told::of_validation(Evidence::Step, &validation),
            via: (is_approval || said.via == Via::Webhook).then_some(said.via),
        })
    }

    /// Whether the host's word is enough that a person allowed it; why it is not, otherwise. What a person was asked by
    /// the server itself is not judged here.
    async fn may_approve(
        &self,
        scope: &Scope,
        run: &RunId,
        step: &PlanStep,
        output: &str,
    ) -> Result<Option<Judged>, Error> {
        let deed = Deed::Approve;
        let action = Action {
            arguments: json!({ "step": step.id }),
            ..deed.action().with_content(output)
        };
        let actor = actor(run, Some(&step.role));
        Ok(match self.gate.check(scope, &actor, deed.tool(), action).await? {
            Checked::Permitted(_) => None,
            Checked::Stopped(decision) => Some(Judged::Rejected {
                violations: denials(&decision),
                denied: true,
            }),
        })
    }

    /// A remark of the host as it may be kept: redacted where a rule says so, withheld where one denies it.
    pub(super) async fn presentable(
        &self,
        scope: &Scope,
        run: &RunId,
        role: Option<&str>,
        remark: &str,
    ) -> Result<String, Error> {
        let remark = brief(remark.trim(), 400);
        let action = Deed::Remark.action().with_content(remark.as_str());
        Ok(
            match self
                .gate
                .check_with_next_write(scope, &actor(run, role), Deed::Remark.tool(), action)
                .await?
            {
                Checked::Permitted(permit) => permit.action().content.clone().unwrap_or(remark),
                Checked::Stopped(_) => "[withheld by policy]".to_owned(),
            },
        )
    }
}

pub(super) fn actor(run: &RunId, role: Option<&str>) -> Actor {
    Actor {
        name: None,
        role: role.map(str::to_owned),
        run: Some(run.to_string()),
    }
}

pub(super) fn artifact(step: &PlanStep, output: &str) -> Artifact {
    Artifact {
        output: output.to_owned(),
        kind: step.output_kind.clone(),
        language: step.language.clone(),
        schema: step.output_schema.clone(),
        ..Artifact::default()
    }
}

fn rejected(rule: &str, got: &str, fix: &str) -> Judged {
    Judged::Rejected {
        violations: vec![violation("", rule, got, fix)],
        denied: false,
    }
}
