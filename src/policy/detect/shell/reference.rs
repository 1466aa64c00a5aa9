//! The catalogue as people read it.

use std::collections::BTreeMap;

use super::catalogue::{FILES, Outcome, blocks};

/// What is recognised, as Markdown tables: family by family, program by program.
#[must_use]
pub fn reference() -> String {
    let mut lines: Vec<String> = Vec::new();
    for (title, file) in FILES {
        lines.push(format!(
            "\n## {title}\n\n| programs | effects | for example |\n|---|---|---|"
        ));
        for (names, block) in blocks(file) {
            let mut ids: BTreeMap<&str, &str> = BTreeMap::new();
            let mut example = None;
            for line in block.lines() {
                if let Some(outcome) = Outcome::read(line) {
                    ids.insert(outcome.is, outcome.family);
                }
                if example.is_none() && !line.starts_with("- ") {
                    example = line
                        .split_once(" # ")
                        .and_then(|(_, examples)| examples.split(" ;; ").next());
                }
            }
            let names: Vec<String> = names.split('|').map(|name| format!("`{name}`")).collect();
            let ids: Vec<String> = ids
                .iter()
                .map(|(id, family)| match *family {
                    "destroy" => format!("`{id}`"),
                    family => format!("`{id}` ({family})"),
                })
                .collect();
            let example = example
                .map(|example| format!("`{}`", example.replace('|', "\\|")))
                .unwrap_or_default();
            lines.push(format!("| {} | {} | {example} |", names.join(" "), ids.join(" ")));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}
