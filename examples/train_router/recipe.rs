//! What is trained on what, and how much each counts. Every number here was fixed on groups left out of
//! training, never on a measured set.

use std::collections::HashMap;

use firstmate::domain::TaskType;
use firstmate::routing::heads::{DENSE, Header, Input};

use crate::descent::{self, Case, Classes};
use crate::groups;
use crate::noise::{self, Noise};
use crate::random::Random;
use crate::ridge::{self, Line};
use crate::rows::Row;
use crate::space::{Gains, Space, Vector};

/// Anywhere, opening, lead, shape, piece, sense, cross, end.
pub(crate) const TYPE_GAINS: Gains = Gains {
    places: [1.0, 1.0, 1.5, 1.0, 0.8, 0.8, 1.0, 0.7],
    dense: 0.3,
};
pub(crate) const LEVEL_GAINS: Gains = Gains {
    places: [1.0, 1.0, 0.3, 0.3, 0.0, 0.3, 0.0, 0.0],
    dense: 0.15,
};
/// What keeps the weights of levels small; the larger, the more.
pub(crate) const ALPHA: f32 = 60.0;
/// A benchmark gives its format away: few of its questions, and they count little.
const BENCHMARK_ROWS: usize = 100;
const BENCHMARK_SIZE: f32 = 0.05;
/// Rows labelled with all eight types, and rows of which only a coarse type is known.
const LABELLED_SIZE: f32 = 0.6;
const COARSE_SIZE: f32 = 0.05;
/// A gram counts if prompts of so many groups have it.
const GROUPS: usize = 2;
/// Each of our own prompts is learned with every kind of noise, these once more.
const AGAIN: [Noise; 3] = [Noise::Typos, Noise::Boilerplate, Noise::Boilerplate];

/// What a row says about types.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lesson {
    /// One bit per type of [`TaskType::KINDS`].
    pub(crate) right: u32,
    pub(crate) size: f32,
    /// Whether it is one of our own, written for this: those are balanced by class and learned with noise.
    pub(crate) own: bool,
}

/// The place of a type among the classes.
pub(crate) fn class(kind: TaskType) -> Option<usize> {
    TaskType::KINDS.iter().position(|known| *known == kind)
}

/// One bit per type that counts as right.
pub(crate) fn mask(row: &Row) -> u32 {
    row.types
        .iter()
        .filter_map(|kind| class(*kind))
        .fold(0, |mask, class| mask | 1 << class)
}

/// What each row says about types, benchmarks capped by task.
fn lessons(rows: &[Row], seed: u64) -> Vec<Option<Lesson>> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    Random::new(seed).shuffle(&mut order);
    let mut taken: HashMap<(&str, &str), usize> = HashMap::new();
    let mut lessons = vec![None; rows.len()];
    for at in order {
        let row = &rows[at];
        lessons[at] = match (mask(row), benchmark(row)) {
            (0, None) => None,
            (0, Some(kind)) => {
                let taken = taken
                    .entry((
                        &row.file,
                        if row.pair.is_some() {
                            kind.name()
                        } else {
                            &row.part
                        },
                    ))
                    .or_default();
                *taken += 1;
                (*taken <= BENCHMARK_ROWS).then(|| Lesson {
                    right: class(kind).map_or(0, |class| 1 << class),
                    size: BENCHMARK_SIZE,
                    own: false,
                })
            }
            (right, _) => Some(Lesson {
                right,
                size: match (row.is_own(), row.grade) {
                    (true, _) => 1.0,
                    (false, Some(_)) => LABELLED_SIZE,
                    (false, None) => COARSE_SIZE,
                },
                own: row.is_own(),
            }),
        };
    }
    lessons
}

/// The type of a question of a benchmark, where its task leaves no doubt.
fn benchmark(row: &Row) -> Option<TaskType> {
    let has = |parts: &[&str]| parts.iter().any(|part| row.part.contains(part));
    if row.pair.is_none() && row.scores.is_empty() {
        return None;
    }
    if row.part.is_empty() || has(&["gsm", "logicgrid", "math", "algebra", "statistics"]) {
        return Some(TaskType::ReasoningMath);
    }
    if has(&["human_eval"]) {
        return Some(TaskType::CodeGeneration);
    }
    let facts = [
        "trivia",
        "openbook",
        "arc_",
        "commonsense_qa",
        "history",
        "law",
        "medicine",
        "biology",
        "government",
    ];
    has(&facts).then_some(TaskType::KnowledgeQa)
}

/// The text of a row as it is learned from: without the format of its benchmark.
pub(crate) fn text(row: &Row) -> &str {
    if row.pair.is_some() {
        groups::stem(&row.prompt)
    } else {
        &row.prompt
    }
}

/// A row's text in the space of the types, and what noise makes of it.
#[derive(Debug)]
pub(crate) struct Example {
    pub(crate) lesson: Lesson,
    pub(crate) vector: Vector,
    noisy: Vec<Vector>,
}

/// The space of the types, and what is learned of each row in it.
pub(crate) fn examples(header: &Header, rows: &[Row], seed: u64) -> (Space, Vec<Option<Example>>) {
    let lessons = lessons(rows, seed);
    let read = |row: &Row| Input::of(text(row), None);
    let inputs: Vec<Option<Input>> = rows
        .iter()
        .zip(&lessons)
        .map(|(row, lesson)| lesson.map(|_| read(row)))
        .collect();
    let texts = rows.iter().zip(&inputs);
    let texts = texts.filter_map(|(row, input)| Some((row.group, input.as_ref()?)));
    let space = Space::of(texts, GROUPS);
    let example = |(at, (row, lesson)): (usize, (&Row, Option<Lesson>))| {
        lesson.map(|lesson| example(&space, header, row, lesson, seed ^ at as u64))
    };
    let examples = rows.iter().zip(lessons).enumerate().map(example).collect();
    (space, examples)
}

fn example(space: &Space, header: &Header, row: &Row, lesson: Lesson, seed: u64) -> Example {
    let vector = |text: &str| space.vector(header, TYPE_GAINS, &Input::of(text, None));
    let mut random = Random::new(seed);
    let mut kinds = Noise::ALL;
    random.shuffle(&mut kinds);
    let kinds = kinds.iter().chain(&AGAIN).filter(|_| lesson.own);
    Example {
        lesson,
        vector: vector(text(row)),
        noisy: kinds
            .map(|kind| vector(&noise::noisy(text(row), *kind, &noise::TRAINING, &mut random)))
            .collect(),
    }
}

/// Learns the types from these.
pub(crate) fn types(space: &Space, examples: &[&Example], seed: u64) -> Classes {
    let first = |example: &Example| example.lesson.right.trailing_zeros() as usize;
    let mut counts = [0.0f32; TaskType::KINDS.len()];
    for example in examples.iter().filter(|example| example.lesson.own) {
        counts[first(example)] += 1.0;
    }
    let total: f32 = counts.iter().sum();
    let size = |example: &Example| {
        let balance = total / counts.len() as f32 / counts[first(example)].max(1.0);
        example.lesson.size * if example.lesson.own { balance } else { 1.0 }
    };
    let cases = examples.iter().map(|example| Case {
        vectors: std::iter::once(&example.vector).chain(&example.noisy).collect(),
        right: example.lesson.right,
        size: size(example),
    });
    let cases: Vec<Case> = cases.collect();
    descent::fit(&cases, space.size(), DENSE, seed)
}

/// Learns a level from these.
pub(crate) fn level(space: &Space, cases: &[(&Vector, (f32, f32))]) -> Line {
    let vectors: Vec<&Vector> = cases.iter().map(|(vector, _)| *vector).collect();
    let (targets, sizes): (Vec<f32>, Vec<f32>) = cases.iter().map(|(_, target)| *target).unzip();
    ridge::fit(&vectors, space.size(), &targets, &sizes, ALPHA)
}
