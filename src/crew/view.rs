//! A reply, computed from the state of a run and the outputs it names: pure, the same on every reading, and
//! never larger than a host takes.

use std::collections::HashMap;

use serde_json::json;

use super::advance;
use super::fold::{End, OVER_BUDGET, Offer, RunState};
use super::handoff::{Excerpt, brief};
use super::reply::{
    Cost, Ended, Expected, LessonUsed, NextCall, Page, Pending, Progress, Receipt, Reply, RunSummary,
    StepOutput, Working,
};
use super::token::TokenKey;
use crate::domain::run::Executor;
use crate::domain::{Digest, RunId, RunStatus, Scope, Timestamp};

mod pending;

pub use pending::ASK_A_PERSON;

/// Largest reply in bytes, as JSON and as text: hosts cut off what is longer.
pub const MAX_REPLY: usize = 20_000;
/// Most steps that are pending at once.
const MAX_PENDING: usize = 4;
const TASK_LINE: usize = 160;

/// How much is shown: each level less, until the reply fits.
const LEVELS: [Level; 5] = [
    Level {
        input: 4_096,
        last: 4_096,
        result: 400,
        results: 50,
        remarks: 6,
    },
    Level {
        input: 2_048,
        last: 2_048,
        result: 200,
        results: 50,
        remarks: 4,
    },
    Level {
        input: 1_024,
        last: 1_024,
        result: 120,
        results: 40,
        remarks: 2,
    },
    Level {
        input: 512,
        last: 512,
        result: 0,
        results: 30,
        remarks: 1,
    },
    Level {
        input: 256,
        last: 256,
        result: 0,
        results: 10,
        remarks: 1,
    },
];
const LEAST: Level = Level {
    input: 0,
    last: 100,
    result: 0,
    results: 3,
    remarks: 0,
};

#[derive(Clone, Copy)]
struct Level {
    /// Bytes of each input; with none its address alone is given.
    input: usize,
    /// Bytes of the newest result.
    last: usize,
    /// Bytes of each other result.
    result: usize,
    /// How many results.
    results: usize,
    /// Violations of a receipt, warnings of a result.
    remarks: usize,
}

/// What a reply tells beside where the run stands.
#[derive(Debug, Default)]
pub(super) struct News {
    /// What became of the submissions of the call.
    pub(super) receipts: Vec<Receipt>,
    /// The steps whose results are told, by their place in the plan.
    pub(super) results: Vec<usize>,
    /// What the caller should know.
    pub(super) warnings: Vec<String>,
    /// What is expected of the rest.
    pub(super) expected: Option<Expected>,
    /// What to change.
    pub(super) suggestion: Option<String>,
}

/// A run as one caller sees it at one moment.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) run: &'a RunId,
    pub(super) state: &'a RunState,
    pub(super) scope: &'a Scope,
    pub(super) key: &'a TokenKey,
    pub(super) now: Timestamp,
    /// The outputs that pending steps and told results need.
    pub(super) outputs: &'a HashMap<Digest, Excerpt>,
}

impl View<'_> {
    /// The digests of the outputs that a reply with `news` shows.
    pub(super) fn needed(state: &RunState, news: &News) -> Vec<Digest> {
        let needs = state
            .awaiting()
            .filter_map(|offer| state.plan.steps.get(offer.step))
            .flat_map(|step| &step.needs);
        let rounds = state
            .awaiting()
            .flat_map(|offer| state.board(offer.step))
            .map(|(_, _, result)| result);
        let results = news
            .results
            .iter()
            .filter_map(|index| state.steps.get(*index)?.result.as_ref());
        needs
            .filter_map(|need| state.result(need))
            .chain(rounds)
            .chain(results)
            .map(|result| result.output)
            .collect()
    }

    /// The reply, as full as fits.
    pub(super) fn reply(&self, news: &News) -> Reply {
        LEVELS
            .into_iter()
            .map(|level| self.at(level, news))
            .find(fits)
            .unwrap_or_else(|| self.at(LEAST, news))
    }

    /// A part of an output, and how to go on reading it.
    pub(super) fn page(&self, page: Page) -> Reply {
        let arguments = match page.next_offset {
            Some(offset) => {
                json!({"action": "status", "run_id": self.run, "step_id": page.step_id, "offset": offset})
            }
            None => json!({"action": "status", "run_id": self.run}),
        };
        Reply {
            pending: Vec::new(),
            lessons_used: Vec::new(),
            page: Some(page),
            next_call: Some(NextCall {
                tool: "run_crew",
                arguments,
            }),
            ..self.at(LEAST, &News::default())
        }
    }

    fn at(&self, level: Level, news: &News) -> Reply {
        let state = self.state;
        let live: Vec<&Offer> = state
            .awaiting()
            .filter(|offer| self.now < offer.expires_at)
            .take(MAX_PENDING)
            .collect();
        let pending: Vec<Pending> = live
            .iter()
            .filter_map(|offer| self.pending(offer, level))
            .collect();
        let lessons_used = live
            .iter()
            .filter_map(|offer| state.steps.get(offer.step))
            .flat_map(|step| &step.lessons)
            .map(|lesson| LessonUsed {
                id: lesson.id.clone(),
                title: lesson.title.clone(),
            })
            .collect();

        let mut warnings: Vec<String> = news
            .warnings
            .iter()
            .take(12)
            .map(|text| brief(text, 240))
            .collect();
        let (left_out, told) = news
            .results
            .split_at(news.results.len().saturating_sub(level.results));
        if !left_out.is_empty() {
            warnings.push(format!(
                "{} earlier results are not listed; status with a step_id and offset 0 reads one",
                left_out.len()
            ));
        }
        if pending.is_empty() && state.status() == RunStatus::InputRequired {
            warnings
                .push("the step_token of the pending step has expired; resume issues a fresh one".to_owned());
        }
        let ended = self.ended();
        if ended.as_ref().is_some_and(|ended| ended.class == OVER_BUDGET) {
            warnings.push(
                "action resume with a larger budget goes on with this run; that is for a person to decide"
                    .to_owned(),
            );
        }
        Reply {
            status: state.status(),
            run_id: self.run.clone(),
            seq: state.seq,
            task: brief(&state.task.replace('\n', " "), TASK_LINE),
            plan: state.plan.source.clone(),
            progress: progress(state),
            next_call: self.next_call(&pending),
            working: self.working(level.results.clamp(3, 10)),
            pending,
            receipts: news
                .receipts
                .iter()
                .map(|receipt| shortened(receipt, level.remarks))
                .collect(),
            results: told
                .iter()
                .enumerate()
                .filter_map(|(n, index)| {
                    let bytes = if n + 1 == told.len() {
                        level.last
                    } else {
                        level.result
                    };
                    self.result(*index, bytes, level.remarks)
                })
                .collect(),
            cost: Cost {
                usd: state.usage.usd.as_usd(),
                tokens: state.usage.tokens,
                reserved_usd: state.reserved().usd.as_usd(),
            },
            expected: news.expected,
            ended,
            suggestion: news.suggestion.clone(),
            page: None,
            warnings,
            lessons_used,
        }
    }

    fn working(&self, most: usize) -> Vec<Working> {
        let state = self.state;
        let running = state
            .running
            .iter()
            .map(|running| (running.step, Some(running.since)));
        let waiting = advance::waiting(state).map(|step| (step, None));
        let working = running.chain(waiting).filter_map(|(index, since)| {
            let (step, at) = (state.plan.steps.get(index)?, state.steps.get(index)?);
            let Executor::Model(by) = &at.executor else {
                return None;
            };
            Some(Working {
                step_id: step.id.clone(),
                role: step.role.clone(),
                by: by.clone(),
                attempt: at.begun,
                since,
                not_before: at.not_before.filter(|_| since.is_none()),
                last_failure: at
                    .failures
                    .last()
                    .map(|(class, message)| brief(&format!("{}: {message}", class.name()), 200)),
            })
        });
        working.take(most).collect()
    }

    fn result(&self, index: usize, bytes: usize, remarks: usize) -> Option<StepOutput> {
        let step = self.state.plan.steps.get(index)?;
        let result = self.state.steps.get(index)?.result.as_ref()?;
        let (digest, whole) = self.digest(&step.id, &result.output, bytes);
        Some(StepOutput {
            step_id: step.id.clone(),
            role: step.role.clone(),
            attempt: result.attempt,
            digest,
            whole,
            bytes: result.bytes,
            sha256: result.output,
            uri: self.uri(&step.id),
            repaired: result.repaired,
            warnings: result.warnings.iter().take(remarks).cloned().collect(),
        })
    }

    fn ended(&self) -> Option<Ended> {
        match self.state.end.as_ref()? {
            End::Completed => None,
            End::Failed { class, reason } => Some(Ended {
                class: class.clone(),
                reason: brief(reason, 600),
            }),
            End::Cancelled { reason } => Some(Ended {
                class: "cancelled".to_owned(),
                reason: brief(reason, 600),
            }),
        }
    }

    fn next_call(&self, pending: &[Pending]) -> Option<NextCall> {
        let crew = |arguments| {
            Some(NextCall {
                tool: "run_crew",
                arguments,
            })
        };
        match &self.state.end {
            None if pending.is_empty() && advance::has_work(self.state) => {
                crew(json!({"action": "status", "run_id": self.run, "wait_s": 20}))
            }
            None if pending.is_empty() => crew(json!({"action": "resume", "run_id": self.run})),
            None => {
                let submissions: Vec<_> = pending
                    .iter()
                    .map(|step| {
                        let what = if step.output_schema.is_some() { " (JSON that meets output_schema)" } else { "" };
                        json!({"step_token": step.step_token, "output": format!("<the output of step {}{what}>", step.step_id)})
                    })
                    .collect();
                crew(json!({"action": "submit", "run_id": self.run, "submissions": submissions}))
            }
            Some(End::Cancelled { .. }) => None,
            Some(End::Failed { class, .. }) if class == OVER_BUDGET => None,
            Some(_) => Some(NextCall {
                tool: "record_lesson",
                arguments: json!({"from_run": self.run}),
            }),
        }
    }
}

/// Whether a reply is one that hosts take whole, both ways it is shown.
pub(super) fn fits(reply: &Reply) -> bool {
    let json = serde_json::to_string(reply).map_or(0, |json| json.len());
    json.max(reply.text().len()) <= MAX_REPLY
}

/// A run in one line of a list.
pub(super) fn summary(run: RunId, state: &RunState) -> RunSummary {
    RunSummary {
        run_id: run,
        status: state.status(),
        task: brief(&state.task.replace('\n', " "), TASK_LINE),
        plan: state.plan.source.clone(),
        progress: progress(state),
        waits_for: state
            .awaiting()
            .filter_map(|offer| Some(state.plan.steps.get(offer.step)?.id.clone()))
            .collect(),
        started_at: state.started_at,
        touched_at: state.touched_at,
    }
}

fn progress(state: &RunState) -> Progress {
    let (done, total) = (state.done(), state.steps.len());
    let left_out = state.steps.iter().filter(|step| step.skipped.is_some()).count();
    Progress {
        done,
        total,
        skipped: if state.end.is_some() {
            total - done
        } else {
            left_out
        },
    }
}

fn shortened(receipt: &Receipt, remarks: usize) -> Receipt {
    Receipt {
        violations: receipt.violations.iter().take(remarks).cloned().collect(),
        ..receipt.clone()
    }
}
