//! One dry run, played and compared with what was to come of it.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_saphyr::Spanned;

use super::{Fault, Trial};
use crate::crew::reply::{ReceiptOutcome, Reply};
use crate::crew::{Crews, Error, Start, Submission};
use crate::domain::{RunStatus, Scope};

/// More calls than any plan can take.
const MAX_CALLS: usize = 600;

/// What happened in a dry run.
#[derive(Debug, Default)]
pub(super) struct Course {
    /// How it ended, with the reason where there is one.
    end: Option<(RunStatus, String)>,
    /// Steps that were offered.
    offered: Vec<String>,
    /// Steps whose output was recorded.
    recorded: Vec<String>,
    /// By step the rules for which answers were sent back, each with its words.
    rejected: BTreeMap<String, Vec<(String, String)>>,
    /// What kept it from going on.
    stuck: Option<String>,
}

impl Course {
    /// Plays the run to its end, with the answers of the trial, and of `otherwise` where it has none.
    pub(super) async fn play(
        crews: &Crews,
        scope: &Scope,
        template: &str,
        trial: &Trial,
        otherwise: Option<&BTreeMap<String, Spanned<Value>>>,
    ) -> Result<Self, Error> {
        let start = Start {
            task: trial.task.clone(),
            template: Some(template.to_owned()),
            parameters: trial.parameters.clone(),
            executor: Some("host".to_owned()),
            ..Start::default()
        };
        let mut course = Self::default();
        let mut reply = crews.start(scope, start).await?;
        for _ in 0..MAX_CALLS {
            if reply.pending.is_empty() {
                break;
            }
            let mut submissions = Vec::with_capacity(reply.pending.len());
            for pending in &reply.pending {
                let step = pending.step_id.as_str();
                if !course.offered.iter().any(|offered| offered == step) {
                    course.offered.push(step.to_owned());
                }
                let nth = course.judged(step);
                let Some(output) = trial.answer(step, nth, otherwise) else {
                    course.stuck = Some(format!(
                        "step `{step}` is offered for attempt {}, and there is no answer for it",
                        nth + 1
                    ));
                    return Ok(course);
                };
                submissions.push(Submission {
                    step_token: pending.step_token.clone(),
                    output: Some(output.clone()),
                    ..Submission::default()
                });
            }
            let run = reply.run_id.clone();
            reply = crews.submit(scope, Some(&run), submissions).await?;
            course.take(&reply);
        }
        let reason = reply.ended.as_ref();
        let reason = reason.map_or_else(String::new, |ended| {
            format!(", {}: {}", ended.class, ended.reason)
        });
        course.end = Some((reply.status, reason));
        Ok(course)
    }

    fn take(&mut self, reply: &Reply) {
        for receipt in &reply.receipts {
            let Some(step) = receipt.step_id.as_ref().map(ToString::to_string) else {
                continue;
            };
            if receipt.outcome == ReceiptOutcome::Recorded {
                self.recorded.push(step);
            } else if let Some(violation) = receipt.violations.first() {
                let place = match violation.path.as_str() {
                    "" => String::new(),
                    path => format!(" at {path}"),
                };
                let why = format!("{}{place}: {}; {}", violation.rule, violation.got, violation.fix);
                let rejected = self.rejected.entry(step).or_default();
                rejected.push((violation.rule.clone(), why));
            }
        }
    }

    /// How many outputs of a step were judged.
    fn judged(&self, step: &str) -> usize {
        let recorded = self.recorded.iter().filter(|recorded| *recorded == step).count();
        recorded + self.rejected.get(step).map_or(0, Vec::len)
    }

    /// What did not come as the trial expects it.
    pub(super) fn faults(&self, trial: &Trial, line: u64) -> Vec<Fault> {
        let expect = &trial.expect;
        let mut faults = Vec::new();
        let mut fault = |line: u64, problem: String| faults.push(Fault { line, problem });
        for (step, rejected) in &self.rejected {
            let line = trial
                .answers
                .get(step)
                .map_or(line, |answer| answer.defined.line());
            let expected = expect.rejected.get(step).map_or(&[][..], Vec::as_slice);
            for (n, (rule, why)) in rejected.iter().enumerate() {
                match expected.get(n) {
                    Some(name) if is_of(rule, name) => {}
                    Some(name) => fault(
                        line,
                        format!(
                            "answer {} of `{step}` had to be sent back by {name}, not by {why}",
                            n + 1
                        ),
                    ),
                    None => fault(
                        line,
                        format!("answer {} of `{step}` was sent back by {why}", n + 1),
                    ),
                }
            }
        }
        for (step, expected) in &expect.rejected {
            let n_rejected = self.rejected.get(step).map_or(0, Vec::len);
            if n_rejected < expected.len() {
                let problem = format!(
                    "{} of `{step}` had to be sent back, and {n_rejected} were",
                    expected.len()
                );
                fault(line, problem);
            }
        }
        if let Some(stuck) = &self.stuck {
            fault(line, stuck.clone());
            return faults;
        }
        if let Some((status, reason)) = self.end.as_ref().filter(|(status, _)| *status != expect.status) {
            let (expected, status) = (status_name(expect.status), status_name(*status));
            fault(
                line,
                format!("the run had to be {expected}, and it is {status}{reason}"),
            );
        }
        if let Some(order) = expect.order.as_ref().filter(|order| **order != self.recorded) {
            let problem = format!(
                "recorded had to be {}, and it was {}",
                listed(order),
                listed(&self.recorded)
            );
            fault(line, problem);
        }
        if let Some(offered) = &expect.offered {
            let missing: Vec<_> = offered
                .iter()
                .filter(|step| !self.offered.contains(step))
                .cloned()
                .collect();
            let more: Vec<_> = self
                .offered
                .iter()
                .filter(|step| !offered.contains(step))
                .cloned()
                .collect();
            if !missing.is_empty() {
                fault(line, format!("never offered: {}", listed(&missing)));
            }
            if !more.is_empty() {
                fault(line, format!("offered, too: {}", listed(&more)));
            }
        }
        faults
    }
}

/// Whether a rule is the named one, or of the named family.
fn is_of(rule: &str, name: &str) -> bool {
    rule.strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn status_name(status: RunStatus) -> String {
    let name = serde_json::to_value(status).unwrap_or_default();
    name.as_str().unwrap_or_default().to_owned()
}

fn listed(steps: &[String]) -> String {
    match steps {
        [] => "nothing".to_owned(),
        steps => steps.join(", "),
    }
}
