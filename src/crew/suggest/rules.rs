//! The rules, each over the runs of one template. Pure.

use std::collections::BTreeMap;

use super::found::is_review;
use super::{Found, LONGEST, MOST, NAMED, Suggestion, runs};
use crate::crew::experience::{AttemptEnd, Ended, Past, RunDigest, StepDigest, takes_time_by};
use crate::crew::handoff::brief;
use crate::domain::RunId;

/// Runs before a review is thought idle, before a finding is thought usual, and before anything else.
const IDLE: usize = 8;
const USUAL: usize = 4;
const FEW: usize = 3;
/// Turns before a model is given up, and attempts before one is thought good.
const TURNS: usize = 5;
/// A model is good whose output passes this often.
const GOOD: f64 = 0.8;

/// What the runs of `source` suggest, what bears most on the result first.
pub(super) fn all(past: &Past, source: &str, found: &Found) -> Vec<Suggestion> {
    let runs: Vec<&RunDigest> = runs(past, source).filter(|run| run.end.is_some()).collect();
    let mut all: Vec<Suggestion> = Vec::new();
    all.extend(fallen_back_from(&runs));
    for steps in by_step(&runs).values() {
        all.extend(same_finding(steps));
    }
    for steps in by_step(&runs).values() {
        all.extend(costly(steps, past));
    }
    for steps in by_step(&runs).values() {
        all.extend(idle_review(steps, found));
        all.extend(unused(steps));
    }
    for suggestion in &mut all {
        source.clone_into(&mut suggestion.template);
    }
    all.truncate(MOST);
    all
}

/// A step in each of the runs that came to a result of it.
type Steps<'a> = Vec<(&'a RunDigest, &'a StepDigest)>;

/// The steps by their names in the plan; one that was made for an item counts for the step it was made of.
fn by_step<'a>(runs: &[&'a RunDigest]) -> BTreeMap<&'a str, Steps<'a>> {
    let mut steps: BTreeMap<&str, Steps<'_>> = BTreeMap::new();
    for run in runs {
        for step in run.steps.iter().filter(|step| step.was_judged()) {
            steps.entry(step.planned()).or_default().push((run, step));
        }
    }
    steps
}

fn suggestion<'a>(
    rule: &str,
    step: Option<&str>,
    text: &str,
    seen: impl IntoIterator<Item = &'a RunId>,
    of: usize,
) -> Suggestion {
    let mut runs: Vec<RunId> = seen.into_iter().cloned().collect();
    runs.dedup();
    Suggestion {
        template: String::new(),
        rule: rule.to_owned(),
        step: step.map(str::to_owned),
        text: brief(text, LONGEST),
        seen: runs.len(),
        of,
        runs: {
            runs.truncate(NAMED);
            runs
        },
    }
}

/// How many runs these steps are from.
fn count(steps: &Steps<'_>) -> usize {
    let mut runs: Vec<&RunId> = steps.iter().map(|(run, _)| &run.run).collect();
    runs.dedup();
    runs.len()
}

/// A review that never found anything, by its outputs and by the rounds it asked for.
fn idle_review(steps: &Steps<'_>, found: &Found) -> Option<Suggestion> {
    let (_, step) = steps.first()?;
    if !is_review(step) || !takes_time_by(&step.by) {
        return None;
    }
    let said = |(run, step): &(&RunDigest, &StepDigest)| match found.get(&(run.run.clone(), step.id.clone()))
    {
        _ if step.went_on > 0 => Some(true),
        None if step.repeats => Some(false),
        said => said.copied(),
    };
    let told: Vec<_> = steps.iter().filter_map(|one| Some((one.0, said(one)?))).collect();
    let known: Vec<&RunId> = told.iter().map(|(run, _)| &run.run).collect();
    if told.len() < IDLE || told.iter().any(|(_, found)| *found) {
        return None;
    }
    let name = step.planned();
    let of = known.len();
    let text = format!(
        "step `{name}` ({}) found nothing in {of} of {of} runs: consider a check in its place (`executor: validate`), or leave it out",
        step.role
    );
    Some(suggestion("idle_review", Some(name), &text, known, of))
}

/// A step that is sent back for the same in most runs.
fn same_finding(steps: &Steps<'_>) -> Option<Suggestion> {
    let (_, step) = steps.first()?;
    let of = count(steps);
    if of < USUAL {
        return None;
    }
    let mut by_rule: BTreeMap<&str, (Vec<&RunId>, &str)> = BTreeMap::new();
    for (run, step) in steps {
        for attempt in &step.attempts {
            if let AttemptEnd::SentBack { rule, fix } = &attempt.end {
                let (runs, _) = by_rule.entry(rule).or_insert_with(|| (Vec::new(), fix));
                if runs.last() != Some(&&run.run) {
                    runs.push(&run.run);
                }
            }
        }
    }
    let (rule, (runs, fix)) = by_rule.into_iter().max_by_key(|(_, (runs, _))| runs.len())?;
    if runs.len() * 2 <= of {
        return None;
    }
    let name = step.planned();
    let text = format!(
        "step `{name}` was sent back for {rule} in {} of {of} runs: put it into its `done_when`, such as: {}",
        runs.len(),
        brief(fix, 160)
    );
    Some(suggestion("same_finding", Some(name), &text, runs, of))
}

/// A step in the middle of the plan whose output nobody was given.
fn unused(steps: &Steps<'_>) -> Option<Suggestion> {
    let (_, step) = steps.first()?;
    let name = step.planned();
    let of = count(steps);
    let is_unused = |(run, step): &(&RunDigest, &StepDigest)| {
        let is_item = step.id.as_str() != name;
        let is_needed = run.steps.iter().any(|other| other.needs.contains(&step.id));
        let mut planned = run
            .steps
            .iter()
            .filter(|other| other.planned() == other.id.as_str());
        let is_last = planned.next_back().is_some_and(|last| last.id == step.id);
        let is_gate = step.repeats || !takes_time_by(&step.by) || step.by == "a person";
        !(is_item || is_needed || is_last || is_gate || step.noted)
    };
    if of < FEW || !steps.iter().all(is_unused) {
        return None;
    }
    let text = format!(
        "no later step was given what step `{name}` came to, in {of} of {of} runs: name it in their `needs`, or leave it out"
    );
    let runs = steps.iter().map(|(run, _)| &run.run);
    Some(suggestion("unused_output", Some(name), &text, runs, of))
}

/// A model that never did what it was asked.
fn fallen_back_from(runs: &[&RunDigest]) -> Vec<Suggestion> {
    #[derive(Default)]
    struct Turns<'a> {
        passed: usize,
        gone: usize,
        runs: Vec<&'a RunId>,
        why: BTreeMap<String, usize>,
    }
    let mut models: BTreeMap<&str, Turns<'_>> = BTreeMap::new();
    for (run, attempt) in runs
        .iter()
        .flat_map(|run| {
            run.steps
                .iter()
                .flat_map(move |step| step.attempts.iter().map(move |a| (run, a)))
        })
        .filter(|(_, attempt)| attempt.by.contains('/'))
    {
        let turns = models.entry(&attempt.by).or_default();
        turns.passed += usize::from(attempt.end == AttemptEnd::Passed);
        if attempt.gone {
            turns.gone += 1;
            turns.runs.push(&run.run);
            let why = match &attempt.end {
                AttemptEnd::Failed(class) => class.name().replace('_', " "),
                AttemptEnd::SentBack { rule, .. } => rule.clone(),
                AttemptEnd::Open | AttemptEnd::Passed | AttemptEnd::Outrun => continue,
            };
            *turns.why.entry(why).or_default() += 1;
        }
    }
    models
        .into_iter()
        .filter(|(_, turns)| turns.passed == 0 && turns.gone >= TURNS)
        .map(|(model, turns)| {
            let why: Vec<_> = turns.why.iter().map(|(why, n)| format!("{why} {n}")).collect();
            let text = format!(
                "`{model}` was fallen back from each of the {} times it was asked ({}): name another first",
                turns.gone,
                why.join(", ")
            );
            let of = turns.runs.len();
            suggestion("always_fallen_back", None, &text, turns.runs, of)
        })
        .collect()
}

/// A step that costs more than half of a run, where another model does the same role well for at most half of it.
fn costly(steps: &Steps<'_>, past: &Past) -> Option<Suggestion> {
    let completed = |(run, _): &&(&RunDigest, &StepDigest)| run.end == Some(Ended::Completed);
    let steps: Steps<'_> = steps.iter().filter(completed).copied().collect();
    let (_, step) = steps.first()?;
    let of = count(&steps);
    if of < FEW {
        return None;
    }
    let name = step.planned();
    let spent: u64 = steps.iter().map(|(_, step)| step.usd().0).sum();
    let mut runs: Vec<&RunDigest> = steps.iter().map(|(run, _)| *run).collect();
    runs.dedup_by(|a, b| a.run == b.run);
    let all: u64 = runs.iter().map(|run| run.usd.0).sum();
    if spent == 0 || spent.saturating_mul(2) <= all {
        return None;
    }
    let by = |step: &&StepDigest| {
        step.attempts
            .iter()
            .rev()
            .find(|one| one.end == AttemptEnd::Passed)
            .map(|one| one.by.clone())
    };
    let model = steps.iter().find_map(|(_, step)| by(step))?;
    let own = Record::of(steps.iter().map(|(_, step)| *step), &model);
    let others = past.runs().flat_map(|run| &run.steps);
    let alike: Vec<&StepDigest> = others
        .filter(|other| other.role.eq_ignore_ascii_case(&step.role))
        .collect();
    let mut names: Vec<&str> = alike
        .iter()
        .flat_map(|step| &step.attempts)
        .map(|one| one.by.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    let cheaper = names
        .into_iter()
        .filter(|name| *name != model && name.contains('/'))
        .map(|name| (name, Record::of(alike.iter().copied(), name)))
        .filter(|(_, record)| record.attempts >= TURNS && record.passing() >= GOOD)
        .filter(|(_, record)| record.mean() * 2.0 <= own.mean())
        .min_by(|a, b| a.1.mean().total_cmp(&b.1.mean()));
    let (other, record) = cheaper?;
    let text = format!(
        "step `{name}` by `{model}` took {:.0} % of the cost of {of} runs, ${:.4} an attempt; `{other}` did the role `{}` at ${:.4}, {} of {} taken: consider it",
        spent as f64 / all as f64 * 100.0,
        own.mean() / 1e6,
        step.role,
        record.mean() / 1e6,
        record.passed,
        record.attempts
    );
    Some(suggestion(
        "costly_step",
        Some(name),
        &text,
        runs.iter().map(|run| &run.run),
        of,
    ))
}

/// What became of a model's attempts.
#[derive(Default)]
struct Record {
    attempts: usize,
    passed: usize,
    usd: u64,
}

impl Record {
    fn of<'a>(steps: impl Iterator<Item = &'a StepDigest>, model: &str) -> Self {
        let mut record = Self::default();
        for attempt in steps
            .flat_map(|step| &step.attempts)
            .filter(|one| one.by == model)
        {
            if attempt.end != AttemptEnd::Open {
                record.attempts += 1;
                record.passed += usize::from(attempt.end == AttemptEnd::Passed);
                record.usd = record.usd.saturating_add(attempt.usd.0);
            }
        }
        record
    }

    fn passing(&self) -> f64 {
        self.passed as f64 / self.attempts.max(1) as f64
    }

    fn mean(&self) -> f64 {
        self.usd as f64 / self.attempts.max(1) as f64
    }
}
