//! Dry runs that a template's file describes (`tests`): the engine itself, with answers from the file in
//! place of a host.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Spanned;

use super::{Template, Templates};
use crate::crew::{Crews, Error};
use crate::domain::run::Executor;
use crate::domain::{RunStatus, Scope};

mod course;

use course::Course;

/// A dry run as it is described.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// What it shows, in a sentence.
    pub name: String,
    /// The task.
    pub task: String,
    /// Values for the template's parameters.
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    /// What is handed in by step: an output, or a list of outputs for one attempt after the other. What a test does
    /// not say is answered as the file's first test answers it.
    #[serde(default)]
    answers: BTreeMap<String, Spanned<Value>>,
    /// What has to come of it.
    expect: Expect,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    status: RunStatus,
    /// The steps in the order in which their outputs are recorded.
    #[serde(default)]
    order: Option<Vec<String>>,
    /// The steps that are put before the host, in any order.
    #[serde(default)]
    offered: Option<Vec<String>>,
    /// By step the rule for which each answer is sent back, or the beginning of its name. No other is sent back.
    #[serde(default)]
    rejected: BTreeMap<String, Vec<String>>,
}

/// How a dry run went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// Its name.
    pub name: String,
    /// Whether it is one in which an answer is sent back.
    pub sends_back: bool,
    /// How the run had to end.
    pub ends: RunStatus,
    /// What is not as expected; empty when it passed.
    pub faults: Vec<Fault>,
}

/// Something that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line of the file.
    pub line: u64,
    /// What is wrong.
    pub problem: String,
}

/// The dry runs in a template's file.
#[derive(Debug)]
pub struct Trials {
    list: Vec<Spanned<Trial>>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    tests: Vec<Spanned<Trial>>,
}

impl Trials {
    /// Reads the dry runs of `template` from the text of its file.
    ///
    /// # Errors
    /// [`Error::BadTemplate`] for the first that is wrong, with its line.
    pub fn read(template: &Template, file: &str, text: &str) -> Result<Self, Error> {
        let bad = |line: u64, problem: String| Error::BadTemplate {
            file: file.to_owned(),
            at: format!("line {line}"),
            problem,
        };
        let read: File = serde_saphyr::from_str(text).map_err(|error| {
            let line = error.location().map_or(1, |location| location.line());
            let problem = error.without_snippet().to_string();
            bad(
                line,
                problem.split(" at line ").next().unwrap_or_default().to_owned(),
            )
        })?;
        let is_planned = |name: &str| template.steps.iter().any(|step| step.id.as_str() == name);
        // A step for an item is called by the step it was made from and its place.
        let is_step = |name: &String| {
            is_planned(name) || name.rsplit_once('.').is_some_and(|(from, _)| is_planned(from))
        };
        for test in &read.tests {
            let Trial { answers, expect, .. } = &test.value;
            let wrong = answers.iter().find(|(step, _)| !is_step(step));
            if let Some((step, answer)) = wrong {
                let problem = format!("there is no step `{step}` to answer");
                return Err(bad(answer.defined.line(), problem));
            }
            let named = [&expect.order, &expect.offered].into_iter().flatten().flatten();
            if let Some(step) = named.chain(expect.rejected.keys()).find(|step| !is_step(step)) {
                let problem = format!("there is no step `{step}` to expect something of");
                return Err(bad(test.defined.line(), problem));
            }
        }
        Ok(Self { list: read.tests })
    }

    /// Runs each over `crews`, which have to know the template and nothing of other runs.
    ///
    /// # Errors
    /// When a run could not be carried out. One that goes another way than expected is an answer.
    pub async fn run(&self, crews: &Crews, scope: &Scope, template: &str) -> Result<Vec<Tried>, Error> {
        let otherwise = self.list.first().map(|first| &first.value.answers);
        let mut tried = Vec::with_capacity(self.list.len());
        for test in &self.list {
            let trial = &test.value;
            let course = Course::play(crews, scope, template, trial, otherwise).await?;
            tried.push(Tried {
                name: trial.name.clone(),
                sends_back: !trial.expect.rejected.is_empty(),
                ends: trial.expect.status,
                faults: course.faults(trial, test.defined.line()),
            });
        }
        Ok(tried)
    }
}

impl Templates {
    /// The same, with the host in place of each model that a step names: a dry run asks nobody.
    #[must_use]
    pub fn for_dry_runs(mut self) -> Self {
        for step in self.own.iter_mut().flat_map(|template| &mut template.steps) {
            if matches!(step.executor, Executor::Model(_)) {
                step.executor = Executor::Host;
            }
            step.fallbacks.clear();
        }
        self
    }
}

impl Trial {
    /// The output for the attempt after `nth` that were judged. A step for an item (`each.2`) is answered by the item's
    /// place in the answers of the step it was made from.
    fn answer<'a>(
        &'a self,
        step: &str,
        nth: usize,
        otherwise: Option<&'a BTreeMap<String, Spanned<Value>>>,
    ) -> Option<&'a Value> {
        let is_answered = |step| {
            let others = otherwise.is_some_and(|answers| answers.contains_key(step));
            others || self.answers.contains_key(step)
        };
        let (step, nth) = match step.rsplit_once('.') {
            Some((from, item)) if !is_answered(step) => {
                let item = item.parse::<usize>().unwrap_or_default();
                (from, item.saturating_sub(1))
            }
            _ => (step, nth),
        };
        let own = self
            .answers
            .get(step)
            .map(|answer| outputs(&answer.value))
            .unwrap_or_default();
        let others = otherwise.and_then(|answers| answers.get(step));
        let others = others.map(|answer| outputs(&answer.value)).unwrap_or_default();
        match own.get(nth) {
            Some(output) => Some(output),
            // In the first test both are the same, and what was sent back would be again.
            None if std::ptr::eq(own, others) => None,
            None => others.get(nth - own.len()),
        }
    }
}

/// One output after the other.
fn outputs(answer: &Value) -> &[Value] {
    match answer {
        Value::Array(outputs) => outputs,
        output => std::slice::from_ref(output),
    }
}
