//! What a submission is worth: the policy gate first, then validation of what the gate let through.

use serde_json::{Value, json};

use super::deed::Deed;
use super::error::Error;
use super::fold::RunState;
use super::handoff::brief;
use super::{Crews, Submission};
use crate::domain::run::{Executor, Via, Violation};
use crate::domain::{
    Action, Actor, Artifact, Decision, Digest, Effect, Evidence, Finding, PlanStep, RunId, Scope, Severity,
    Validation, Verdict,
};
use crate::policy::Checked;
use crate::routing::Told;

/// Most violations and warnings that are kept of one submission.
const MAX_REMARKS: usize = 6;

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

/// What the rules that stopped an action want mended.
fn denials(decision: &Decision) -> Vec<Violation> {
    let stopping = decision
        .rules
        .iter()
        .filter(|rule| rule.effect > Effect::Redact && !rule.shadow);
    let mut violations: Vec<_> = stopping
        .take(MAX_REMARKS)
        .map(|rule| {
            violation(
                "",
                &rule.id,
                &format!("{}: {}", effect(rule.effect), rule.why),
                &rule.fix,
            )
        })
        .collect();
    if violations.is_empty() {
        violations.push(violation(
            "",
            "policy",
            effect(decision.effect),
            "leave out what the policy does not allow",
        ));
    }
    violations
}

/// The same in a sentence.
pub(super) fn reasons(decision: &Decision) -> String {
    let violations = denials(decision).into_iter();
    let reasons: Vec<_> = violations
        .map(|v| format!("{}: {}. Fix: {}", v.rule, v.got, v.fix))
        .collect();
    reasons.join("; ")
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

/// What a failed validation wants mended: its errors, or all it found when none is marked as one.
fn faults(validation: &Validation) -> Vec<Violation> {
    let errors = validation
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    let mut violations: Vec<_> = errors.take(MAX_REMARKS).map(fault).collect();
    if violations.is_empty() {
        violations.extend(validation.findings.iter().take(MAX_REMARKS).map(fault));
    }
    if violations.is_empty() {
        violations.push(violation(
            "",
            "validation",
            "the output is not valid",
            "check the output against done_when",
        ));
    }
    violations
}

fn fault(finding: &Finding) -> Violation {
    let got = match finding.excerpt.trim() {
        "" => finding.message.clone(),
        excerpt => format!("{}, at `{}`", finding.message, brief(excerpt, 60)),
    };
    let fix = finding
        .fix
        .as_deref()
        .unwrap_or("mend this place and hand in the whole output again");
    violation(
        &format!("line {}, column {}", finding.line, finding.column),
        &finding.rule,
        &got,
        fix,
    )
}

/// What a validation that did not fail still doubts or could not check.
fn doubts(validation: &Validation) -> Vec<String> {
    let found = validation.findings.iter().map(|finding| {
        brief(
            &format!("{} at line {}: {}", finding.rule, finding.line, finding.message),
            200,
        )
    });
    let unchecked = validation
        .coverage
        .not_checked
        .iter()
        .filter(|not| not.what.starts_with("syntax") || not.what.starts_with("schema"))
        .map(|not| brief(&format!("not checked: {} ({})", not.what, not.reason), 200));
    found.chain(unchecked).take(MAX_REMARKS).collect()
}

/// Why a step that asks a person does not let the run go on, if it does not.
fn not_approved(output: &str) -> Option<String> {
    let answer: Value = serde_json::from_str(output).unwrap_or_default();
    if answer.get("approved") == Some(&Value::Bool(true)) {
        return None;
    }
    let note = answer
        .get("note")
        .and_then(Value::as_str)
        .map(str::trim)
        .filter(|note| !note.is_empty());
    Some(note.map_or_else(
        || "it was not approved".to_owned(),
        |note| format!("it was not approved: {}", brief(note, 300)),
    ))
}

fn rejected(rule: &str, got: &str, fix: &str) -> Judged {
    Judged::Rejected {
        violations: vec![violation("", rule, got, fix)],
        denied: false,
    }
}

fn violation(path: &str, rule: &str, got: &str, fix: &str) -> Violation {
    let line = |text: &str, max| brief(&text.replace(char::is_control, " "), max);
    Violation {
        path: line(path, 100),
        rule: line(rule, 80),
        got: line(got, 200),
        fix: line(fix, 160),
    }
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "allowed",
        Effect::Warn => "warned",
        Effect::Redact => "redacted",
        Effect::RequireApproval => "a person has to approve it",
        Effect::Deny => "denied",
    }
}
