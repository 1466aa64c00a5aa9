//! The candidates, as a table and as a picture.

use super::super::picture::{Point, picture};
use super::super::{seconds, usd};
use super::{Answer, Candidate};
use crate::cli::screen::{Screen, cut, padded};

/// A picture where nobody says how wide it may be.
const USUAL_COLUMNS: usize = 80;
/// Marks for the candidates; the choice has its own.
const MARKS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// Columns of a model's name.
pub(super) const NAME: usize = 26;

/// What stands for a candidate in both.
pub(super) fn mark(answer: &Answer, at: usize, unicode: bool) -> char {
    match (at, &answer.model) {
        (0, Some(_)) if unicode => '●',
        (0, Some(_)) => '*',
        _ => MARKS.chars().nth(at).unwrap_or('.'),
    }
}

pub(super) fn line(candidate: &Candidate, mark: char) -> String {
    format!(
        "  {mark} {} {:>7.2} {:>9.2} {:>5} {:>10} {:>9}\n",
        padded(&cut(&candidate.model, NAME), NAME),
        candidate.p_success,
        candidate.p_low,
        candidate.n.round(),
        candidate.cost_usd.map_or("?".to_owned(), usd),
        seconds(candidate.latency_ms)
    )
}

pub(super) fn drawn(answer: &Answer, screen: Screen, unicode: bool) -> String {
    let points: Vec<_> = answer
        .candidates
        .iter()
        .enumerate()
        .map(|(at, candidate)| Point {
            mark: mark(answer, at, unicode),
            cost_usd: candidate.cost_usd,
            p_success: candidate.p_success,
        })
        .collect();
    let columns = screen.columns().unwrap_or(USUAL_COLUMNS);
    format!(
        "  chance of success by expected cost (logarithmic)\n{}",
        picture(&points, columns, unicode)
    )
}
