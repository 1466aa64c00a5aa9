//! What is still to be done in a run, and which of its steps the end waits for longest. Pure.

use super::{Attempts, Measure, Past, digest, doer, kind, planned, takes_time};
use crate::crew::allot::ranks;
use crate::crew::fold::RunState;
use crate::domain::{RunId, StepId, TaskType};

/// With fewer runs behind it nothing is said.
const FEWEST_RUNS: usize = 3;

/// What is expected of the rest of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::crew) struct Work {
    /// Until its end, if somebody is always at it.
    pub(in crate::crew) seconds: f64,
    /// In US dollars.
    pub(in crate::crew) usd: f64,
    /// In tokens; nothing where nobody ever said.
    pub(in crate::crew) tokens: Option<f64>,
    /// The runs that this is from.
    pub(in crate::crew) runs: usize,
}

/// The places of the steps that each step needs.
pub(in crate::crew) fn needs(state: &RunState) -> Vec<Vec<usize>> {
    let place = |id: &StepId| state.index(id);
    let steps = state.plan.steps.iter();
    steps
        .map(|step| step.needs.iter().filter_map(place).collect())
        .collect()
}

/// How long each step will take from its beginning, in seconds: what is expected of whoever does it now. Where nothing
/// is known of one, all that are left count the same, so that the longest chain goes first.
pub(in crate::crew) fn seconds(state: &RunState, of: Option<(&Past, &RunId)>) -> Vec<f64> {
    let expected = expected(state, of);
    let is_known = expected.iter().all(Option::is_some);
    expected
        .into_iter()
        .enumerate()
        .map(|(index, seconds)| match seconds {
            _ if state.is_settled(index) => 0.0,
            Some(seconds) if is_known => seconds,
            _ => 1.0,
        })
        .collect()
}

/// Whether something is known of everybody who is left to do something.
pub(in crate::crew) fn is_known(state: &RunState, of: (&Past, &RunId)) -> bool {
    expected(state, Some(of)).iter().all(Option::is_some)
}

fn expected(state: &RunState, of: Option<(&Past, &RunId)>) -> Vec<Option<f64>> {
    let of = of.map(|(past, run)| (past.attempts(), past.task_type(run)));
    let step = |index| {
        let (attempts, task_type) = of?;
        step_seconds(state, index, attempts, task_type)
    };
    (0..state.steps.len()).map(step).collect()
}

fn step_seconds(state: &RunState, index: usize, attempts: &Attempts, task_type: TaskType) -> Option<f64> {
    let (step, at) = (state.plan.steps.get(index)?, state.steps.get(index)?);
    if state.is_settled(index) || !takes_time(&at.executor) {
        return Some(0.0);
    }
    let kind = kind(&step.role, doer(&at.executor), task_type);
    Some(attempts.typical(&kind, Measure::Time)? * attempts.tries(&kind))
}

/// What is expected of the rest of a run: of each step what such attempts took, as often as it was done in earlier runs
/// of its plan. Time is the longest chain, or what the host or `slots` models side by side have to do, whichever is
/// more. Nothing where a step is left of whose doer nothing is known, or fewer than three runs would speak.
pub(in crate::crew) fn work(run: &RunId, state: &RunState, past: &Past, slots: usize) -> Option<Work> {
    if state.end.is_some() {
        return None;
    }
    let (attempts, task_type) = (past.attempts(), past.task_type(run));
    let mut by: Vec<&str> = Vec::new();
    let (mut of_host, mut of_models, mut usd, mut tokens) = (0.0, 0.0, 0.0, None);
    let mut seconds = Vec::with_capacity(state.steps.len());
    for (index, (step, at)) in state.plan.steps.iter().zip(&state.steps).enumerate() {
        let who = doer(&at.executor);
        let times = times_left(state, index, past);
        if !takes_time(&at.executor) || times <= 0.0 {
            seconds.push(0.0);
            continue;
        }
        let kind = kind(&step.role, who, task_type);
        let tries = attempts.tries(&kind) * times;
        let time = attempts.typical(&kind, Measure::Time)? * tries;
        usd += attempts.typical(&kind, Measure::Cost).unwrap_or_default() * tries / 1e6;
        let both = [Measure::Question, Measure::Answer].map(|measure| attempts.typical(&kind, measure));
        if let [Some(question), Some(answer)] = both {
            tokens = Some(tokens.unwrap_or(0.0) + (question + answer) * tries);
        }
        // Those for items are done side by side, the rounds of a repetition are not.
        seconds.push(if step.foreach.is_some() {
            time / times
        } else {
            time
        });
        match who {
            digest::HOST => of_host += time,
            _ => of_models += time,
        }
        if !by.contains(&who) {
            by.push(who);
        }
    }
    let speaks = |run: &&super::RunDigest| {
        let mut attempts = run.steps.iter().flat_map(|step| &step.attempts);
        attempts.any(|attempt| by.contains(&attempt.by.as_str()))
    };
    let runs = past.runs().filter(|run| run.end.is_some()).filter(speaks).count();
    if runs < FEWEST_RUNS || by.is_empty() {
        return None;
    }
    let one_by_one = state.plan.strategy == crate::domain::run::Strategy::Sequential;
    let chain = ranks(&needs(state), &seconds).into_iter().fold(0.0, f64::max);
    let side_by_side = chain.max(of_host).max(of_models / slots.max(1) as f64);
    Some(Work {
        seconds: if one_by_one {
            of_host + of_models
        } else {
            side_by_side
        },
        usd,
        tokens,
        runs,
    })
}

/// How often a step will still be done: as often as in earlier runs of its plan on average, at least once while it is
/// due, and not more where it is not.
fn times_left(state: &RunState, index: usize, past: &Past) -> f64 {
    let (Some(step), Some(at)) = (state.plan.steps.get(index), state.steps.get(index)) else {
        return 0.0;
    };
    if state.is_settled(index) || at.skipped.is_some() {
        return 0.0;
    }
    let done = at.earlier.len() as f64 + f64::from(u8::from(at.result.is_some()));
    let usual = match planned(step.id.as_str()) == step.id.as_str() {
        true => usual_times(&state.plan.source, step.id.as_str(), past),
        // One of many: those are counted already.
        false => None,
    };
    let usual = usual.unwrap_or(1.0);
    if at.is_over() {
        (usual - done).max(0.0)
    } else if state.is_open(index) {
        (usual - done).max(1.0)
    } else {
        (usual - done).max(usual.min(1.0))
    }
}

/// How often a step of a plan is done in a run that is completed, those for items counted each.
fn usual_times(source: &str, id: &str, past: &Past) -> Option<f64> {
    let alike = past
        .runs()
        .filter(|run| run.source == source && run.end == Some(super::Ended::Completed));
    let (mut runs, mut results) = (0_u32, 0_u32);
    for run in alike {
        let mut of_step = run.steps.iter().filter(|step| step.planned() == id).peekable();
        if of_step.peek().is_none() {
            continue;
        }
        runs += 1;
        let many = run
            .steps
            .iter()
            .any(|step| step.planned() == id && step.id.as_str() != id);
        // The step that the others were made of only joins them.
        results += of_step
            .filter(|step| !many || step.id.as_str() != id)
            .map(|step| step.results)
            .sum::<u32>();
    }
    (runs > 0).then(|| f64::from(results) / f64::from(runs))
}
