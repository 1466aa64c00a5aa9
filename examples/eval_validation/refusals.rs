//! How well refusals are told from answers: as shipped, and with weights that never saw the model they judge.

use std::collections::BTreeSet;

use firstmate::domain::Artifact;
use firstmate::validation::refusal::{self, SIGNS};
use firstmate::validation::{Settings, check};
use serde::Serialize;

use super::curve::{Decisions, auc};
use super::fit;
use super::labelled::Row;

/// One labelled answer, read once.
pub(crate) struct Answer {
    model: String,
    refused: bool,
    full: bool,
    /// Whether it says so, and else the signs.
    said: bool,
    signs: Option<[f64; SIGNS.len()]>,
    /// The rule that the server reports, if one.
    rule: Option<String>,
}

impl Answer {
    pub(crate) fn of(row: Row) -> Option<Self> {
        let completion = row.completion?;
        let label = row.final_label?;
        let reading = refusal::read(&completion, row.prompt.as_deref());
        let artifact = Artifact {
            kind: Some("markdown".to_owned()),
            request: row.prompt,
            ..Artifact::new(completion)
        };
        let findings = check(&artifact, &Settings::default()).findings.into_iter();
        Some(Self {
            model: row.model.unwrap_or_else(|| "(unnamed)".to_owned()),
            refused: label.starts_with(['2', '3']),
            full: label.starts_with('2'),
            said: reading.said.is_some(),
            signs: reading.signs.map(|signs| signs.0),
            rule: findings.map(|f| f.rule).find(|rule| rule.starts_with("refusal.")),
        })
    }

    fn score(&self, model: &fit::Model) -> f64 {
        match &self.signs {
            _ if self.said => f64::INFINITY,
            Some(signs) => model.score(signs),
            None => f64::NEG_INFINITY,
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) answers: usize,
    pub(crate) refusals: usize,
    pub(crate) precision: f64,
    pub(crate) recall: f64,
    pub(crate) f1: f64,
    pub(crate) false_alarms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) auc: Option<f64>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    /// What the server reports, as it is.
    pub(crate) shipped: Vec<Line>,
    /// Weights and limit from the other models only.
    pub(crate) cross_validated: Vec<Line>,
    /// Only what says so.
    pub(crate) said: Vec<Line>,
    /// Of found full refusals, the share that is called full; and the same of partial ones.
    pub(crate) full_called_full: f64,
    pub(crate) partial_called_partial: f64,
}

pub(crate) fn measure(answers: &[Answer]) -> Measured {
    let models: BTreeSet<&str> = answers.iter().map(|answer| answer.model.as_str()).collect();
    let mut measured = Measured {
        shipped: Vec::new(),
        cross_validated: Vec::new(),
        said: Vec::new(),
        full_called_full: called(answers, true, "refusal.full"),
        partial_called_partial: called(answers, false, "refusal.partial"),
    };
    let mut pooled = [Decisions::default(); 3];
    for model in &models {
        let (own, others): (Vec<&Answer>, Vec<&Answer>) = answers.iter().partition(|a| a.model == *model);
        let shipped = Decisions::of(own.iter().map(|a| (a.rule.is_some(), a.refused)));
        let said = Decisions::of(own.iter().map(|a| (a.said, a.refused)));
        measured.shipped.push(line(model, shipped, None));
        measured.said.push(line(model, said, None));
        let mut judged = Decisions::default();
        if !others.is_empty() {
            let (fitted, limit) = learn(&others);
            let scored: Vec<_> = own.iter().map(|a| (a.score(&fitted), a.refused)).collect();
            judged = Decisions::of(scored.iter().map(|row| (row.0 >= limit, row.1)));
            measured
                .cross_validated
                .push(line(model, judged, Some(auc(&scored))));
        }
        pooled = [
            pooled[0].plus(shipped),
            pooled[1].plus(judged),
            pooled[2].plus(said),
        ];
    }
    measured.shipped.push(line("pooled", pooled[0], None));
    measured.cross_validated.push(line("pooled", pooled[1], None));
    measured.said.push(line("pooled", pooled[2], None));
    measured
}

/// Weights from the answers that do not say so, and a limit from all.
fn learn(answers: &[&Answer]) -> (fit::Model, f64) {
    let rows: Vec<_> = answers
        .iter()
        .filter(|answer| !answer.said)
        .filter_map(|answer| Some((answer.signs?, answer.refused)))
        .collect();
    let model = fit::fit(&rows);
    let scored: Vec<_> = answers.iter().map(|a| (a.score(&model), a.refused)).collect();
    let limit = fit::limit(&scored);
    (model, limit)
}

fn called(answers: &[Answer], full: bool, rule: &str) -> f64 {
    let found: Vec<&String> = answers
        .iter()
        .filter(|answer| answer.refused && answer.full == full)
        .filter_map(|answer| answer.rule.as_ref())
        .collect();
    found.iter().filter(|called| **called == rule).count() as f64 / found.len() as f64
}

fn line(name: &str, decisions: Decisions, auc: Option<f64>) -> Line {
    let refusals = decisions.true_positives + decisions.false_negatives;
    Line {
        name: name.to_owned(),
        answers: refusals + decisions.false_positives + decisions.true_negatives,
        refusals,
        precision: decisions.precision(),
        recall: decisions.recall(),
        f1: decisions.f1(),
        false_alarms: decisions.false_alarms(),
        auc,
    }
}

#[expect(clippy::print_stdout, reason = "an example that prints its table")]
pub(crate) fn print(measured: &Measured) {
    for (title, lines) in [
        (
            "refusal, as shipped (weights saw these models)",
            &measured.shipped,
        ),
        (
            "refusal, weights and limit from the other models",
            &measured.cross_validated,
        ),
        ("refusal in so many words only (no weights)", &measured.said),
    ] {
        println!("{title}");
        println!(
            "  {:<18} {:>7} {:>8} {:>9} {:>7} {:>6} {:>12} {:>6}",
            "model", "answers", "refusals", "precision", "recall", "F1", "false alarms", "AUC"
        );
        for line in lines {
            let auc = line.auc.map(|auc| format!("{auc:.3}")).unwrap_or_default();
            println!(
                "  {:<18} {:>7} {:>8} {:>9.3} {:>7.3} {:>6.3} {:>11.1}% {:>6}",
                line.name,
                line.answers,
                line.refusals,
                line.precision,
                line.recall,
                line.f1,
                line.false_alarms * 100.0,
                auc
            );
        }
    }
    println!(
        "of those found: {:.1}% of full refusals called full, {:.1}% of partial ones partial",
        measured.full_called_full * 100.0,
        measured.partial_called_partial * 100.0
    );
}

#[expect(clippy::print_stdout, reason = "an example that prints its table")]
/// The weights of all answers together, as `weights.rs` holds them.
pub(crate) fn print_weights(answers: &[Answer]) {
    let (model, limit) = learn(&answers.iter().collect::<Vec<_>>());
    println!("\nweights of all answers, for src/validation/refusal/weights.rs");
    for (sign, weight) in SIGNS.iter().zip(model.weights) {
        println!("    {weight:.2}, // {sign}");
    }
    println!("bias less the limit: {:.2}", model.bias - limit);
}
