//! What went before an action: labels that its run took in, what limits have left, refusals, judgements.
//!
//! A fold over decisions, in order: the same decisions give the same history, so it is made again from the record when
//! a process starts (`recall.rs`). Bounded; what is forgotten first is what was not touched for longest.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::facts::{Facts, Validated, hide_secrets};
use super::pack::Rule;
use super::pack::demand::{Limit, Window};
use crate::domain::{Digest, Effect, Label, Scope, Timestamp, Verdict};

mod gap;
pub(in crate::policy) mod recall;
mod window;

use window::Used;

/// Most runs that are remembered.
const MAX_RUNS: usize = 10_000;
/// Most judgements of contents that are remembered.
const MAX_VALIDATED: usize = 10_000;
/// Most values of a run that can be put back.
const MAX_KEPT: usize = 1_000;
/// The refusal of so many actions by one rule in one run makes the next final.
pub const DENIALS: u32 = 2;

/// Whose history it is: the project, and the run in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Whose {
    org: String,
    project: String,
    run: Option<String>,
}

impl Whose {
    /// That of an action of `run` in `scope`. A run is known by the name that is recorded, which holds no secret.
    #[must_use]
    pub fn of(scope: &Scope, run: Option<&str>) -> Self {
        Self {
            org: scope.org().to_owned(),
            project: scope.project().to_owned(),
            run: run.map(|run| {
                let mut run = run.to_owned();
                hide_secrets(&mut run);
                run
            }),
        }
    }

    fn project(&self) -> Self {
        Self {
            run: None,
            ..self.clone()
        }
    }
}

/// What went before.
#[derive(Debug, Default)]
pub struct History {
    runs: HashMap<Whose, Run>,
    used: HashMap<(Whose, String), Used>,
    validated: HashMap<(Whose, Digest), (Verdict, Timestamp)>,
    /// Of organisations whose record cannot be read in part: when the last of that was written, at the latest.
    gaps: HashMap<String, Timestamp>,
    /// Counts touches, to know what was touched last.
    touches: u64,
}

#[derive(Default)]
struct Run {
    touched: u64,
    /// Whether it may have done more than is known.
    open: bool,
    labels: BTreeSet<Label>,
    denials: BTreeMap<String, u32>,
    validated: Option<(Verdict, Timestamp)>,
    /// Values by the mark that stands for them; `None` for a mark that stands for two.
    kept: HashMap<String, Option<String>>,
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The values that marks stand for are nobody's business.
        f.debug_struct("Run")
            .field("labels", &self.labels)
            .field("denials", &self.denials)
            .field("kept", &self.kept.len())
            .finish_non_exhaustive()
    }
}

impl History {
    /// Adds to the facts of an action what went before it.
    pub fn inform<'a>(
        &mut self,
        facts: &mut Facts,
        whose: &Whose,
        content: Option<Digest>,
        limits: impl Iterator<Item = (&'a str, &'a Limit)>,
        now: Timestamp,
    ) {
        let age = |(verdict, at): (Verdict, Timestamp)| Validated {
            verdict,
            age_s: u64::try_from(now.as_second().saturating_sub(at.as_second())).unwrap_or_default(),
        };
        let key = content.map(|content| (whose.project(), content));
        facts.validated = key.and_then(|key| self.validated.get(&key).copied()).map(age);
        if let Some(run) = self.runs.get(whose) {
            facts.labels.extend(&run.labels);
            facts.validated_in_run = run.validated.map(age);
        }
        facts.run_unknown = self.is_open(whose, now);
        for (id, limit) in limits {
            let Some(key) = counted(whose, id, limit) else {
                continue;
            };
            if self.is_uncounted(whose, limit.per, now) {
                facts.uncounted.insert(id.to_owned());
            }
            let used = self.used.get_mut(&key);
            let used = used.map_or(0, |used| used.within(limit.per, now.as_millisecond()));
            facts.used.insert(id.to_owned(), used);
        }
    }

    /// Whether the run of an action took in labels that its facts do not have.
    #[must_use]
    pub fn adds_labels(&self, whose: &Whose, facts: &Facts) -> bool {
        let run = self.runs.get(whose);
        run.is_some_and(|run| !run.labels.is_subset(&facts.labels))
    }

    /// Takes in a decision: what was permitted counts, and what was refused is remembered as that.
    pub(super) fn observe(
        &mut self,
        whose: &Whose,
        facts: &Facts,
        effect: Effect,
        denied_by: impl Iterator<Item = String>,
        counted_by: impl Iterator<Item = (String, Limit)>,
        now: Timestamp,
    ) {
        if whose.run.is_some() {
            let run = self.run(whose);
            for rule in denied_by {
                let denials = run.denials.entry(rule).or_default();
                *denials = denials.saturating_add(1);
            }
            // What was refused was still read: the run has seen it.
            run.labels.extend(&facts.labels);
        }
        if effect < Effect::RequireApproval {
            for (id, limit) in counted_by {
                let Some(key) = counted(whose, &id, &limit) else {
                    continue;
                };
                let used = self.used.entry(key).or_default();
                used.add(limit.per, now.as_millisecond(), limit.amount(facts));
            }
        }
    }

    /// How often the rule refused something in the run.
    #[must_use]
    pub fn denials(&self, whose: &Whose, rule: &str) -> u32 {
        let run = self.runs.get(whose);
        run.and_then(|run| run.denials.get(rule))
            .copied()
            .unwrap_or_default()
    }

    /// How long until so much of a limit is free that the action fits, in seconds.
    #[must_use]
    pub fn free_after_s(&self, whose: &Whose, rule: &Rule, facts: &Facts, now: Timestamp) -> Option<u64> {
        let limit = rule.limit.as_ref()?;
        let used = self.used.get(&counted(whose, &rule.id, limit)?)?;
        let sum = facts.used.get(&rule.id).copied().unwrap_or_default();
        let over = sum.saturating_add(limit.amount(facts)).checked_sub(limit.most)?;
        used.free_after_s(limit.per, now.as_millisecond(), over)
    }

    /// Remembers what `validate_output` said of a content.
    pub fn validated(&mut self, whose: &Whose, content: Digest, verdict: Verdict, now: Timestamp) {
        if self.validated.len() >= MAX_VALIDATED {
            let after = median(self.validated.values().map(|(_, at)| *at));
            self.validated.retain(|_, (_, at)| Some(*at) > after);
        }
        self.validated.insert((whose.project(), content), (verdict, now));
        if whose.run.is_some() {
            self.run(whose).validated = Some((verdict, now));
        }
    }

    /// Keeps the values that marks stand for, to be put back into an answer.
    pub fn keep(&mut self, whose: &Whose, values: impl Iterator<Item = (String, String)>) {
        let run = self.run(whose);
        for (mark, value) in values {
            if run.kept.len() >= MAX_KEPT && !run.kept.contains_key(&mark) {
                return;
            }
            let kept = run.kept.entry(mark).or_insert_with(|| Some(value.clone()));
            if kept.as_deref() != Some(&value) {
                *kept = None;
            }
        }
    }

    /// `text` with the values put back that its marks stand for; `None` when it has none.
    #[must_use]
    pub fn restored(&self, whose: &Whose, text: &str) -> Option<String> {
        let kept = &self.runs.get(whose)?.kept;
        let mut whole = String::with_capacity(text.len());
        let (mut rest, mut any) = (text, false);
        while let Some(start) = rest.find('[') {
            let (before, mark) = rest.split_at(start);
            whole.push_str(before);
            let end = mark.find(']').map_or(mark.len(), |end| end + 1);
            let (mark, after) = mark.split_at(end);
            let value = kept.get(mark).and_then(Option::as_deref);
            any |= value.is_some();
            // A mark may begin inside of what only looks like one.
            if value.is_none() {
                whole.push('[');
                rest = rest.get(start + 1..).unwrap_or_default();
                continue;
            }
            whole.push_str(value.unwrap_or(mark));
            rest = after;
        }
        whole.push_str(rest);
        any.then_some(whole)
    }

    fn run(&mut self, whose: &Whose) -> &mut Run {
        self.touches += 1;
        if self.runs.len() >= MAX_RUNS && !self.runs.contains_key(whose) {
            let after = median(self.runs.values().map(|run| run.touched));
            self.runs.retain(|_, run| Some(run.touched) > after);
            let runs = &self.runs;
            self.used
                .retain(|(whose, _), _| whose.run.is_none() || runs.contains_key(whose));
        }
        let open = self.gaps.contains_key(&whose.org);
        let run = self.runs.entry(whose.clone()).or_insert_with(|| Run {
            open,
            ..Run::default()
        });
        run.touched = self.touches;
        run
    }
}

/// The older half goes at once, so that room is not looked for each time.
fn median<T: Ord>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut values: Vec<T> = values.collect();
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    values.select_nth_unstable(middle);
    values.into_iter().nth(middle)
}

/// What a limit is counted under; `None` when the action is no part of what it counts.
fn counted(whose: &Whose, rule: &str, limit: &Limit) -> Option<(Whose, String)> {
    let whose = match limit.per {
        Window::Run => whose.run.is_some().then(|| whose.clone())?,
        Window::Minute | Window::Hour | Window::Day => whose.project(),
    };
    Some((whose, rule.to_owned()))
}
