//! The catalogue as people read it.

use std::collections::BTreeMap;

use super::catalogue::{FILES, Outcome, blocks};

/// What is recognised, as Markdown tables: family by family, program by program.
#[must_use]
pub fn reference() -> String {
    let mut text = String::new();
    for (title, file) in FILES {
        text.push_str(&format!(
            "\n## {title}\n\n| programs | effects | for example |\n|---|---|---|\n"
        ));
        for (names, block) in blocks(file) {
            let mut ids: BTreeMap<&str, ()> = BTreeMap::new();
            let mut example = None;
            for line in block.lines() {
                if let Some(outcome) = Outcome::read(line) {
                    ids.insert(outcome.is, ());
                }
                if example.is_none() && !line.starts_with("- ") {
                    example = line
                        .split_once(" # ")
                        .and_then(|(_, examples)| examples.split(" ;; ").next());
                }
            }
            let names: Vec<String> = names.split('|').map(|name| format!("`{name}`")).collect();
            let ids: Vec<String> = ids.keys().map(|id| format!("`{id}`")).collect();
            let example = example
                .map(|example| format!("`{}`", example.replace('|', "\\|")))
                .unwrap_or_default();
            text.push_str(&format!(
                "| {} | {} | {example} |\n",
                names.join(" "),
                ids.join(" ")
            ));
        }
    }
    text
}
