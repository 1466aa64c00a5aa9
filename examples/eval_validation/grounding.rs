//! How well support tells supported answers from others, beside two baselines.

use std::collections::HashSet;

use firstmate::domain::Artifact;
use firstmate::validation::{Settings, check, ground};
use serde::Serialize;

use super::curve::{Decisions, auc, found_at_5};
use super::labelled::Row;

#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    pub(crate) set: String,
    pub(crate) rows: usize,
    pub(crate) supported: usize,
    pub(crate) scores: Vec<Score>,
    pub(crate) rules: Vec<Rule>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Score {
    pub(crate) name: &'static str,
    pub(crate) auc: f64,
    pub(crate) found_at_5: f64,
    pub(crate) limit: f64,
}

/// How often an answer is not fully supported when a rule speaks.
#[derive(Debug, Serialize)]
pub(crate) struct Rule {
    pub(crate) rule: &'static str,
    pub(crate) answers: usize,
    pub(crate) precision: f64,
    pub(crate) recall: f64,
    pub(crate) false_alarms: f64,
}

const RULES: [&str; 5] = [
    "ground.sentence",
    "ground.number",
    "ground.name",
    "ground.quote",
    "ground.path",
];

pub(crate) fn measure(set: &str, rows: &[Row]) -> Option<Measured> {
    let labelled: Vec<(&str, &str, bool)> = rows
        .iter()
        .filter_map(|row| {
            let supported = row.begin_label.as_deref()?.starts_with("Fully");
            Some((row.knowledge.as_deref()?, row.response.as_deref()?, supported))
        })
        .collect();
    if labelled.is_empty() {
        return None;
    }
    let score = |name, of: &dyn Fn(&str, &str) -> f64| {
        let scored: Vec<(f64, bool)> = labelled.iter().map(|(k, r, s)| (of(k, r), *s)).collect();
        let (found_at_5, limit) = found_at_5(&scored);
        Score {
            name,
            auc: auc(&scored),
            found_at_5,
            limit,
        }
    };
    let scores = vec![
        score("support (ours)", &|knowledge, response| {
            ground::read(response, &[knowledge.to_owned()]).share
        }),
        score("share of words longer than 3 (baseline)", &word_share),
        score("shortness (baseline)", &|_, response| {
            -(response.split_whitespace().count() as f64)
        }),
    ];
    let settings = Settings::default();
    let spoken: Vec<(HashSet<String>, bool)> = labelled
        .iter()
        .map(|(knowledge, response, supported)| {
            let artifact = Artifact {
                kind: Some("text".to_owned()),
                sources: vec![(*knowledge).to_owned()],
                ..Artifact::new(*response)
            };
            let findings = check(&artifact, &settings).findings.into_iter();
            (findings.map(|finding| finding.rule).collect(), *supported)
        })
        .collect();
    let rules = RULES
        .into_iter()
        .map(|rule| {
            let decisions = Decisions::of(spoken.iter().map(|(rules, s)| (rules.contains(rule), !s)));
            Rule {
                rule,
                answers: decisions.true_positives + decisions.false_positives,
                precision: decisions.precision(),
                recall: decisions.recall(),
                false_alarms: decisions.false_alarms(),
            }
        })
        .collect();
    Some(Measured {
        set: set.to_owned(),
        rows: labelled.len(),
        supported: labelled.iter().filter(|row| row.2).count(),
        scores,
        rules,
    })
}

/// The share of the answer's longer words that stand in the knowledge as they are.
fn word_share(knowledge: &str, response: &str) -> f64 {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.len() > 3)
            .map(str::to_lowercase)
            .collect()
    };
    let known: HashSet<String> = words(knowledge).into_iter().collect();
    let said = words(response);
    let found = said.iter().filter(|word| known.contains(*word)).count();
    found as f64 / said.len().max(1) as f64
}

#[expect(clippy::print_stdout, reason = "an example that prints its table")]
pub(crate) fn print(all: &[Measured]) {
    for set in all {
        println!("{} ({} answers, {} supported)", set.set, set.rows, set.supported);
        println!(
            "  {:<42} {:>7} {:>14} {:>6}",
            "score", "AUC", "found at 5 %", "limit"
        );
        for score in &set.scores {
            println!(
                "  {:<42} {:>7.3} {:>13.1}% {:>6.2}",
                score.name,
                score.auc,
                score.found_at_5 * 100.0,
                score.limit
            );
        }
        println!(
            "  {:<18} {:>7} {:>9} {:>7} {:>12}",
            "rule", "answers", "precision", "recall", "false alarms"
        );
        for rule in &set.rules {
            println!(
                "  {:<18} {:>7} {:>9.3} {:>7.3} {:>11.1}%",
                rule.rule,
                rule.answers,
                rule.precision,
                rule.recall,
                rule.false_alarms * 100.0
            );
        }
        println!();
    }
}
