//! What each row says about levels: how hard it is, and how a strong and a weak model do.

use crate::rows::Row;

/// The chance that a model of 7 to 9 billion fails, by the five grades of `data/router/GUIDELINES.md`.
const GRADES: [f32; 5] = [0.05, 0.2, 0.5, 0.75, 0.92];
const GRADED_SIZE: f32 = 2.0;
const POOL_SIZE: f32 = 0.5;
const PAIR_SIZE: f32 = 0.3;

/// A level and how much a row's word on it counts.
pub(crate) type Target = Option<(f32, f32)>;

/// The chance that a weaker model fails.
pub(crate) fn difficulty(row: &Row) -> Target {
    if let Some(grade) = row.grade {
        let below = (grade - 1.0).clamp(0.0, 3.0) as usize;
        let share = (grade - 1.0 - below as f32).clamp(0.0, 1.0);
        return Some((
            GRADES[below] + share * (GRADES[below + 1] - GRADES[below]),
            GRADED_SIZE,
        ));
    }
    weak(row).map(|(chance, size)| (1.0 - chance, size))
}

/// The chance that a strong model succeeds.
pub(crate) fn strong(row: &Row) -> Target {
    match row.pair {
        Some((strong, _)) => Some((strong, PAIR_SIZE)),
        None => mean(row, |billions| billions > 40).map(|mean| (mean, POOL_SIZE)),
    }
}

/// The chance that a weak model succeeds.
pub(crate) fn weak(row: &Row) -> Target {
    match row.pair {
        Some((_, weak)) => Some((weak, PAIR_SIZE)),
        None => mean(row, |billions| billions < 10).map(|mean| (mean, POOL_SIZE)),
    }
}

/// The mean score of the models of these sizes, which are read from their names.
fn mean(row: &Row, wanted: impl Fn(u32) -> bool) -> Option<f32> {
    let size = |name: &str| {
        let parts = name.split('-').filter_map(|part| part.strip_suffix('b'));
        parts.filter_map(|part| part.parse().ok()).next_back()
    };
    let scores = row
        .scores
        .iter()
        .filter(|(name, _)| size(name).is_some_and(&wanted))
        .map(|(_, score)| *score);
    let scores: Vec<f32> = scores.collect();
    (!scores.is_empty()).then(|| scores.iter().sum::<f32>() / scores.len() as f32)
}
