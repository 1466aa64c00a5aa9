//! What can be said about a task without asking which models there are.

use std::collections::BTreeMap;

use super::classify::{Classified, classify};
use super::custom::{CustomType, Customs, Recognised};
use super::difficulty;
use super::features::Span;
use super::heads::{self, Input};
use super::language::language;
use super::lexicon::{Effect, Hit};
use super::route::{Difficulty, Reason};
use crate::domain::{Stakes, TaskType};

const MIN_WORDS: usize = 3;
/// Chances below this are not worth telling.
const MIN_CHANCE: f64 = 0.01;
/// A crew is only suggested, so less than the certainty that a type needs is enough.
const WORKFLOW_CHANCE: f64 = 0.5;
const HIGH_STAKES: f64 = 2.0;
const MEDIUM_STAKES: f64 = 1.0;

/// What can be said about a task without asking which models there are.
#[derive(Debug, Clone)]
pub struct Assessment {
    /// The type of the task; [`TaskType::General`] when none stands out. That of `custom_type`, where there is one.
    pub task_type: TaskType,
    /// The type of the project's own whose examples it is like.
    pub custom_type: Option<String>,
    /// The chance of the likeliest of the eight types, in 0..=1; 0 without any signal.
    pub task_type_confidence: f64,
    /// The chance of each of the eight types, those below 0.01 left out; empty without any signal.
    pub task_types: BTreeMap<TaskType, f64>,
    /// How hard it is.
    pub difficulty: Difficulty,
    /// What a strong model adds to the chance of success, in -1..=1: the score to choose by when there are two
    /// models.
    pub gain: f64,
    /// The share of words that training never saw, in 0..=1.
    pub novelty: f64,
    /// The language of the asking words, as an ISO 639-1 code.
    pub language: &'static str,
    /// How much harm it can do.
    pub stakes: Stakes,
    /// What the text says the model must be able to do.
    pub needs: Vec<&'static str>,
    /// What led here: weights add up.
    pub reasons: Vec<Reason>,
    /// The crew template that suits it: `code_change`, `code_review`, `research` or `none`.
    pub suggested_workflow: &'static str,
    /// The place of the type of the project's own.
    pub(super) custom: Option<usize>,
    /// The type its outcome is counted for: the likeliest one, also where none stands out.
    pub(super) likeliest: TaskType,
    /// The chance of every type, likeliest first; `general` alone without any signal.
    pub(super) posterior: Vec<(TaskType, f64)>,
}

impl Assessment {
    /// The likeliest type where it is likelier than all others together, which is enough for what is only
    /// suggested; else [`TaskType::General`].
    #[must_use]
    pub fn leaning(&self) -> TaskType {
        match self.posterior.first() {
            Some((task_type, chance)) if *chance >= WORKFLOW_CHANCE => *task_type,
            _ => TaskType::General,
        }
    }
}

/// Reads `task`; of `context`, only the shape counts. Pure, and a matter of microseconds.
#[must_use]
pub fn assess(task: &str, context: Option<&str>) -> Assessment {
    assess_among(task, context, &Customs::default())
}

/// The same where a project has types of its own.
pub(super) fn assess_among(task: &str, context: Option<&str>, customs: &Customs) -> Assessment {
    let weights = heads::builtin();
    let input = Input::of(task, context);
    let tally = weights.tally(&input);
    let reading = weights.reading(&tally);
    let hits = &input.features.hits;
    let signal = input.words() >= MIN_WORDS && !input.features.binary;
    let classified = if signal {
        classify(weights, &reading)
    } else {
        Classified::no_signal()
    };
    let custom = customs.recognise(&input.features).filter(|_| signal);
    let custom = custom.and_then(|seen| Some((customs.types().get(seen.at)?, seen)));
    let graded = signal && reading.novelty <= weights.header().max_novelty;
    let mut reasons = Vec::new();
    if signal {
        let questions = [classified.question(), difficulty::QUESTION];
        let [kinds, (levels, _)] = weights.parts(&input, &tally, task, questions);
        reasons = match &custom {
            Some((of, seen)) => alike(task, of, seen),
            None => classified.reasons(weights, kinds),
        };
        reasons.extend(difficulty::reasons(levels).filter(|_| graded));
    }
    let difficulty = if graded {
        difficulty::difficulty(weights, &reading)
    } else {
        Difficulty::unknown()
    };
    let likeliest = custom.as_ref().map_or(classified.likeliest, |(of, _)| of.parent);
    Assessment {
        task_type: custom.as_ref().map_or(classified.task_type, |(of, _)| of.parent),
        custom_type: custom.as_ref().map(|(of, _)| of.name.clone()),
        custom: custom.as_ref().map(|(_, seen)| seen.at),
        task_type_confidence: classified
            .posterior
            .first()
            .map_or(0.0, |(_, chance)| shown(*chance)),
        task_types: classified
            .posterior
            .iter()
            .filter(|(_, chance)| *chance >= MIN_CHANCE)
            .map(|(task_type, chance)| (*task_type, shown(*chance)))
            .collect(),
        gain: shown(reading.gain()),
        // What is like examples is nothing unknown.
        novelty: if custom.is_some() {
            0.0
        } else {
            shown(reading.novelty)
        },
        language: language(task, &input.features),
        stakes: stakes(hits),
        needs: needs(hits),
        suggested_workflow: match &custom {
            Some((of, _)) => workflow(of.parent, &difficulty, hits),
            None => workflow(suggested_by(&classified), &difficulty, hits),
        },
        difficulty,
        reasons,
        likeliest,
        posterior: match custom {
            Some((of, _)) => vec![(of.parent, 1.0)],
            None if signal => classified.posterior,
            None => vec![(TaskType::General, 1.0)],
        },
    }
}

/// What makes a text one of a project's own type.
fn alike(task: &str, of: &CustomType, seen: &Recognised) -> Vec<Reason> {
    let name = || of.name.clone();
    let says = |(span, adds): &(Span, f64)| {
        let word = task.get(span.range()).unwrap_or_default().to_lowercase();
        Reason::new(
            format!("says {word:?} as examples of {} do", of.name),
            *adds,
            name(),
        )
    };
    let mut reasons: Vec<Reason> = seen.words.iter().map(says).collect();
    let whole = format!(
        "is like the {} examples of {}, in standard deviations",
        of.examples, of.name
    );
    reasons.push(Reason::new(whole, seen.deviations, name()));
    reasons
}

/// The type a crew is suggested by: one that is likely enough, or the likelier of the two about code where they are
/// together, since the same crew does either.
fn suggested_by(classified: &Classified) -> TaskType {
    let is_code = |kind: &TaskType| matches!(kind, TaskType::CodeGeneration | TaskType::CodeDebugReview);
    let code = classified.posterior.iter().filter(|(kind, _)| is_code(kind));
    let chance: f64 = code.clone().map(|(_, chance)| chance).sum();
    match code.map(|(kind, _)| *kind).next() {
        Some(likelier) if chance >= WORKFLOW_CHANCE => likelier,
        _ => classified.likely(WORKFLOW_CHANCE),
    }
}

fn shown(chance: f64) -> f64 {
    (chance * 1e4).round() / 1e4
}

fn sum(hits: &[Hit], effect: Effect) -> f64 {
    hits.iter().map(|hit| hit.row.weight(effect)).sum()
}

fn stakes(hits: &[Hit]) -> Stakes {
    match sum(hits, Effect::Stakes) {
        sum if sum >= HIGH_STAKES => Stakes::High,
        sum if sum >= MEDIUM_STAKES => Stakes::Medium,
        _ => Stakes::Low,
    }
}

fn needs(hits: &[Hit]) -> Vec<&'static str> {
    let mut needs: Vec<_> = hits
        .iter()
        .flat_map(|hit| &hit.row.effects)
        .filter_map(|(effect, _)| match effect {
            Effect::Need(need) => Some(*need),
            Effect::Type(_) | Effect::Harder | Effect::Stakes | Effect::Review => None,
        })
        .collect();
    needs.sort_unstable();
    needs.dedup();
    needs
}

/// A crew is worth its steps for code, and for questions and plans that are not easy.
fn workflow(task_type: TaskType, difficulty: &Difficulty, hits: &[Hit]) -> &'static str {
    match task_type {
        TaskType::CodeGeneration => "code_change",
        TaskType::CodeDebugReview if sum(hits, Effect::Review) > 0.0 => "code_review",
        TaskType::CodeDebugReview => "code_change",
        TaskType::PlanningArchitecture | TaskType::KnowledgeQa if difficulty.bucket >= Some(2) => "research",
        _ => "none",
    }
}
