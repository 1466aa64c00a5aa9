//! What the runs of a project suggest to change: by rules over what is remembered of them, each with its counts and
//! the runs it is from. Nothing is changed by itself.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Crews;
use super::error::Error;
use super::experience::{Past, RunDigest};
use super::handoff::brief;
use crate::domain::{Digest, RunId, Scope, StepId};

mod found;
mod rules;
#[cfg(test)]
mod tests;

/// Most suggestions of one template.
const MOST: usize = 8;
/// Most runs of one template whose outputs are looked at.
const LOOKED_AT: usize = 50;
/// Runs that are named.
const NAMED: usize = 3;
/// Longest suggestion in bytes.
const LONGEST: usize = 400;
/// Longest one in a reply.
const LINE: usize = 240;

/// Something to change, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// The template, or `given`.
    pub template: String,
    /// The rule that found it, in a stable word.
    pub rule: String,
    /// The step it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What was seen how often, and what to consider.
    pub text: String,
    /// In so many runs,
    pub seen: usize,
    /// of so many.
    pub of: usize,
    /// The latest of them.
    pub runs: Vec<RunId>,
}

/// What outputs of reviews came to: whether they found anything.
type Found = BTreeMap<(RunId, StepId), bool>;

impl Crews {
    /// What the latest runs of the project suggest: of one template, or of all that were used, by name.
    ///
    /// # Errors
    /// When an output cannot be read.
    pub async fn suggestions(&self, scope: &Scope, template: Option<&str>) -> Result<Vec<Suggestion>, Error> {
        let wanted = |past: &Past| {
            let sources: BTreeSet<String> = past
                .runs()
                .map(|run| run.source.clone())
                .filter(|source| template.is_none_or(|template| template == source))
                .collect();
            let outputs: Vec<(RunId, StepId, Digest)> =
                sources.iter().flat_map(|source| outputs(past, source)).collect();
            (sources, outputs)
        };
        let Some((sources, outputs)) = self.past(scope, wanted).await else {
            return Ok(Vec::new());
        };
        let mut found = Found::new();
        for (run, step, digest) in outputs {
            if let Some(output) = self.journal.blob(scope, &digest).await?
                && let Some(anything) = found::anything(&String::from_utf8_lossy(&output))
            {
                found.insert((run, step), anything);
            }
        }
        let suggested = self.past(scope, |past| {
            let of = |source: &String| rules::all(past, source, &found);
            sources.iter().flat_map(of).collect::<Vec<_>>()
        });
        Ok(suggested.await.unwrap_or_default())
    }

    /// The first of them about a template in a line.
    pub(super) async fn suggestion(&self, scope: &Scope, template: &str) -> Option<String> {
        match self.suggestions(scope, Some(template)).await {
            Ok(suggestions) => suggestions.first().map(|first| brief(&first.text, LINE)),
            Err(error) => {
                tracing::warn!(%error, "nothing is suggested after a run");
                None
            }
        }
    }
}

/// The newest runs of a template that have ended by themselves, the newest first.
fn runs<'a>(past: &'a Past, source: &'a str) -> impl Iterator<Item = &'a RunDigest> {
    past.runs().filter(move |run| run.source == source)
}

/// The outputs of reviews, which say whether they found anything.
fn outputs(past: &Past, source: &str) -> Vec<(RunId, StepId, Digest)> {
    let steps = runs(past, source)
        .take(LOOKED_AT)
        .flat_map(|run| run.steps.iter().map(move |step| (run, step)));
    steps
        .filter(|(_, step)| found::is_review(step))
        .filter_map(|(run, step)| Some((run.run.clone(), step.id.clone(), step.output?)))
        .collect()
}
