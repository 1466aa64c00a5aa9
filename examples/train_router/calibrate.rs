//! From scores to chances that are frequencies, and from chances to abstention.

use crate::descent::softmax;

/// Scores of a row that was left out of training, and the classes that count as right; none for a row that
/// says nothing.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub(crate) scores: Vec<f32>,
    pub(crate) right: u32,
}

impl Judged {
    /// The likeliest class, its chance, and whether it is right.
    pub(crate) fn answer(&self, temperature: f32) -> (usize, f32, bool) {
        let chances = softmax(&self.scores, temperature);
        let best = (0..chances.len())
            .max_by(|a, b| chances[*a].total_cmp(&chances[*b]))
            .unwrap_or_default();
        (best, chances[best], self.right >> best & 1 == 1)
    }
}

/// The temperature at which the right classes are likeliest.
pub(crate) fn temperature(judged: &[Judged]) -> f32 {
    let loss = |temperature: f32| {
        let of = |row: &Judged| {
            let chances = softmax(&row.scores, temperature);
            let right = chances
                .iter()
                .enumerate()
                .filter(|(class, _)| row.right >> class & 1 == 1);
            -f64::from(right.map(|(_, chance)| chance).sum::<f32>().max(1e-9)).ln()
        };
        judged.iter().filter(|row| row.right != 0).map(of).sum::<f64>()
    };
    let steps = (0..100).map(|step| 0.3 * 1.03f32.powi(step));
    steps.min_by(|a, b| loss(*a).total_cmp(&loss(*b))).unwrap_or(1.0)
}

/// The smallest chance above which at least `accuracy` of the answers are right, and the share of rows there.
pub(crate) fn threshold(judged: &[Judged], temperature: f32, accuracy: f64) -> (f32, f64) {
    let mut answers: Vec<(f32, bool)> = judged
        .iter()
        .map(|row| row.answer(temperature))
        .map(|(_, chance, right)| (chance, right))
        .collect();
    answers.sort_by(|left, right| right.0.total_cmp(&left.0));
    let (mut right, mut found) = (0usize, (1.0, 0.0));
    for (at, (chance, is_right)) in answers.iter().enumerate() {
        right += usize::from(*is_right);
        if right as f64 >= accuracy * (at + 1) as f64 {
            found = (*chance, (at + 1) as f64 / answers.len() as f64);
        }
    }
    found
}
