//! The weights, chosen by cross-validation: on each fold those that are best on the other folds.

use std::collections::BTreeMap;

use firstmate::knowledge::Weights;

use super::corpus::{Answered, Corpus};
use super::report::{mean, say};

const SPELLING: [f64; 3] = [0.15, 0.3, 0.5];
const MEANING: [f64; 4] = [0.6, 0.8, 1.0, 1.2];
const CONTEXT: [f64; 4] = [0.3, 0.5, 0.7, 1.0];
/// Questions of a collection without groups are held out in so many parts.
const PARTS: usize = 5;

/// Asks everything with every combination, then prints what each fold would choose and what that gives.
pub(crate) async fn run(corpora: &[Corpus]) -> anyhow::Result<()> {
    let mut tried: Vec<(Weights, Vec<(String, f64)>)> = Vec::new();
    for spelling in SPELLING {
        for meaning in MEANING {
            for context in CONTEXT {
                let weights = Weights {
                    words: 1.0,
                    spelling,
                    meaning,
                    context,
                };
                let mut values = Vec::new();
                for corpus in corpora
                    .iter()
                    .filter(|corpus| !corpus.name().contains("devbench"))
                {
                    let answered = corpus.ask(Some(weights)).await?;
                    values.extend(
                        answered
                            .iter()
                            .enumerate()
                            .map(|(at, answered)| (fold(corpus, answered, at), gain(answered))),
                    );
                }
                tried.push((weights, values));
            }
        }
    }
    let mut folds: BTreeMap<&str, ()> = BTreeMap::new();
    for (_, values) in &tried {
        folds.extend(values.iter().map(|(fold, _)| (fold.as_str(), ())));
    }
    for held_out in folds.keys() {
        let on = |values: &[(String, f64)], inside: bool| {
            mean_of_collections(values.iter().filter(|(fold, _)| (fold == held_out) == inside))
        };
        let best = tried
            .iter()
            .max_by(|one, other| on(&one.1, false).total_cmp(&on(&other.1, false)));
        if let Some((weights, values)) = best {
            say(&format!(
                "{held_out} held out: {weights:?} gives {:.4} there",
                on(values, true)
            ))?;
        }
    }
    tried.sort_by(|one, other| {
        let all = |values: &[(String, f64)]| mean_of_collections(values.iter());
        all(&other.1).total_cmp(&all(&one.1))
    });
    for (weights, values) in tried.iter().take(8) {
        say(&format!("{:.4} {weights:?}", mean_of_collections(values.iter())))?;
    }
    Ok(())
}

fn gain(answered: &Answered) -> f64 {
    (answered.recall_at_10 + answered.ndcg_at_10) / 2.0
}

fn fold(corpus: &Corpus, answered: &Answered, at: usize) -> String {
    let part = if corpus.name().contains("LoCoMo") {
        0
    } else {
        at % PARTS
    };
    format!("{}/{}/{part}", corpus.name(), answered.group)
}

/// Each collection counts the same, however many questions it has.
fn mean_of_collections<'a>(values: impl Iterator<Item = &'a (String, f64)>) -> f64 {
    let mut by: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (fold, value) in values {
        by.entry(fold.split('/').next().unwrap_or_default())
            .or_default()
            .push(*value);
    }
    let means: Vec<f64> = by.values().map(|values| mean(values)).collect();
    mean(&means)
}
