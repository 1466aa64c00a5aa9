//! Two types of a project's own: what is left out of their examples is recognised, other prompts are not.

use super::samples::{SUPPORT, TERRAFORM};
use super::*;

/// Every prompt of the set the heads were trained on.
const PROMPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/router/prompts.jsonl");
const BACKGROUND: &str = include_str!("background.jsonl");

fn definition(name: &str, parent: TaskType, examples: &[&str]) -> Definition {
    Definition {
        name: name.to_owned(),
        parent,
        examples: examples.iter().map(|text| (*text).to_owned()).collect(),
    }
}

fn two() -> [Definition; 2] {
    [
        definition("support_reply", TaskType::WritingEditing, &SUPPORT[..12]),
        definition("terraform_change", TaskType::CodeGeneration, &TERRAFORM[..12]),
    ]
}

fn name_of<'c>(customs: &'c Customs, text: &str) -> Option<&'c str> {
    let recognised = customs.recognise(&Features::of(text, None))?;
    Some(customs.types()[recognised.at].name.as_str())
}

fn prompts() -> Vec<String> {
    let text = std::fs::read_to_string(PROMPTS).unwrap();
    let prompt = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        row["prompt"].as_str().unwrap().to_owned()
    };
    text.lines().map(prompt).collect()
}

#[test]
fn what_is_like_the_examples_is_recognised_and_little_else() {
    let customs = Customs::fit(&two()).unwrap();
    let right = |texts: &[&str], name| {
        texts
            .iter()
            .filter(|text| name_of(&customs, text) == Some(name))
            .count()
    };
    let support = right(&SUPPORT[12..], "support_reply");
    let terraform = right(&TERRAFORM[12..], "terraform_change");
    let background: Vec<String> = BACKGROUND
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let others: Vec<String> = prompts()
        .into_iter()
        .filter(|text| !background.contains(text))
        .collect();
    let captured: Vec<_> = others
        .iter()
        .filter_map(|text| Some((name_of(&customs, text)?, text)))
        .collect();
    let share = captured.len() as f64 / others.len() as f64;
    // Most of them are about the same: other people's terraform, other replies to customers.
    let about = [
        "terraform",
        "tf",
        "customer",
        "ticket",
        "reply",
        "review",
        "answer",
    ];
    let is_about = |text: &str| about.iter().any(|word| text.to_lowercase().contains(word));
    let unlike = captured.iter().filter(|(_, text)| !is_about(text)).count();
    assert!(support >= 10 && terraform >= 10, "{support} and {terraform}");
    assert!(share < 0.015, "{share}");
    assert!((unlike as f64) < 0.004 * others.len() as f64, "{unlike}");
}
