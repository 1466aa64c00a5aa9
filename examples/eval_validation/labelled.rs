//! Measures grounding and refusal on answers that people have judged.
//!
//! Every `*.jsonl` of a folder is read by the fields of its rows: `knowledge`, `response` and `begin_label`
//! (supported when it begins with "Fully") are grounding; `completion` and `final_label` (a refusal when it begins
//! with 2 or 3), with `prompt` and `model` if there, are refusals.

use std::io::BufRead as _;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::json;

use super::{grounding, refusals};

#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    #[serde(default)]
    pub(crate) model: Option<String>,
    #[serde(default)]
    pub(crate) knowledge: Option<String>,
    #[serde(default)]
    pub(crate) response: Option<String>,
    #[serde(default)]
    pub(crate) begin_label: Option<String>,
    #[serde(default)]
    pub(crate) prompt: Option<String>,
    #[serde(default)]
    pub(crate) completion: Option<String>,
    #[serde(default)]
    pub(crate) final_label: Option<String>,
}

#[expect(clippy::print_stdout, reason = "an example that prints its table")]
pub(crate) fn run(dir: &Path, as_json: bool, fit: bool) -> anyhow::Result<()> {
    let mut paths: Vec<_> = std::fs::read_dir(dir)
        .with_context(|| format!("cannot read {}", dir.display()))?
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    paths.sort();
    let mut grounded = Vec::new();
    let mut answers = Vec::new();
    for path in paths {
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let rows = read(&path)?;
        grounded.extend(grounding::measure(&name, &rows));
        answers.extend(rows.into_iter().filter_map(refusals::Answer::of));
    }
    anyhow::ensure!(
        !grounded.is_empty() || !answers.is_empty(),
        "{} has no labelled rows that are known",
        dir.display()
    );
    let refused = (!answers.is_empty()).then(|| refusals::measure(&answers));
    if as_json {
        let all = json!({ "grounding": grounded, "refusal": refused });
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        grounding::print(&grounded);
        if let Some(refused) = &refused {
            refusals::print(refused);
        }
    }
    if fit {
        refusals::print_weights(&answers);
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Vec<Row>> {
    let file = std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut rows = Vec::new();
    for (number, line) in std::io::BufReader::new(file).lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let row =
            serde_json::from_str(&line).with_context(|| format!("{}:{}", path.display(), number + 1))?;
        rows.push(row);
    }
    Ok(rows)
}
