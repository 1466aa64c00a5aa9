//! Whether an answer is what was asked for, as far as that can be decided without understanding it.
//!
//! Requirements are read one by one. What a requirement demands of length, words, setting, language and names is
//! decided and may fail the answer; what is left of it is said to be unchecked, in its own words. A request is
//! prose: only demands that cannot mean anything else are read from it, and they warn. English only.

mod answer;
mod code;
mod counts;
mod decide;
mod demand;
mod format;
mod literals;
mod promised;
mod reader;

use regex::Regex;

use crate::domain::Severity;

use super::prose::Prose;
use super::report::Defect;
use super::syntax::Language;
use answer::Answer;
use decide::{Decided, decide};

pub(super) use promised::promised;

/// The most requirements that are read.
const MAX_REQUIREMENTS: usize = 200;
/// The most demands that are decided.
const MAX_DEMANDS: usize = 100;
/// How much of an unchecked requirement is quoted, in characters.
const SHOWN: usize = 120;

/// What came of the demands.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) defects: Vec<Defect>,
    /// Whether any demand was decided.
    pub(super) decided: bool,
    /// What was not: a name for it, and why.
    pub(super) open: Vec<(String, String)>,
}

/// Decides what `requirements` demand.
pub(super) fn requirements(
    requirements: &[String],
    output: &str,
    prose: &Prose,
    whole_code: Option<Language>,
) -> Outcome {
    let answer = Answer::of(output, prose, whole_code);
    let mut outcome = Outcome::default();
    let mut left = MAX_DEMANDS;
    for requirement in requirements
        .iter()
        .filter(|r| !r.trim().is_empty())
        .take(MAX_REQUIREMENTS)
    {
        let name = format!("requirement: {}", shortened(requirement));
        let understood = reader::requirement(requirement);
        if understood.demands.is_empty() {
            outcome.open.push((name, "no rule decides this".to_owned()));
            continue;
        }
        for (i, demand) in understood.demands.iter().enumerate() {
            if understood.demands.iter().take(i).any(|earlier| earlier == demand) {
                continue;
            }
            if left == 0 {
                outcome
                    .open
                    .push((name.clone(), format!("more than {MAX_DEMANDS} demands")));
                break;
            }
            left -= 1;
            match decide(demand, &answer) {
                Decided::Met => outcome.decided = true,
                Decided::Missed(defects) => {
                    outcome.decided = true;
                    outcome.defects.extend(defects);
                }
                Decided::Open(reason) => outcome.open.push((name.clone(), reason.to_owned())),
            }
        }
        if !understood.whole {
            outcome
                .open
                .push((name, "only a part of it is decided by rules".to_owned()));
        }
    }
    if requirements.len() > MAX_REQUIREMENTS {
        let rest = format!("only {MAX_REQUIREMENTS} requirements are read");
        outcome.open.push(("requirements".to_owned(), rest));
    }
    outcome
}

/// Decides what `request` unmistakably demands.
pub(super) fn request(request: &str, output: &str, prose: &Prose, whole_code: Option<Language>) -> Outcome {
    let demands = reader::request(request);
    if demands.is_empty() {
        return Outcome::default();
    }
    let answer = Answer::of(output, prose, whole_code);
    let mut outcome = Outcome::default();
    for demand in demands.iter().take(MAX_DEMANDS) {
        // A question may well be answered in prose that names a language or a function.
        if code::is_about_code(demand) && answer.code().is_empty() {
            continue;
        }
        match decide(demand, &answer) {
            Decided::Met => outcome.decided = true,
            Decided::Missed(defects) => {
                outcome.decided = true;
                let mild = defects
                    .into_iter()
                    .map(|defect| defect.at_most(Severity::Warning));
                outcome.defects.extend(mild);
            }
            Decided::Open(_) => {}
        }
    }
    outcome
}

fn shortened(text: &str) -> String {
    // What looks like a sentence may be megabytes.
    let text = text.get(..text.floor_char_boundary(8 * SHOWN)).unwrap_or(text);
    let mut short = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = short.char_indices().nth(SHOWN) {
        short.truncate(end);
        short.push('…');
    }
    short
}

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, and the tests compile them"
)]
fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern compiles")
}

#[cfg(test)]
mod tests;
