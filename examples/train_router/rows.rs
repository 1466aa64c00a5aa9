//! Reading labelled prompts; what a file holds is told by the fields of its rows.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use anyhow::Context;
use firstmate::domain::TaskType;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// A prompt with everything that is known about it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    pub(crate) prompt: String,
    /// The name of its file, without folder and ending.
    pub(crate) file: String,
    /// Rows of one group are never on both sides of a split; set by `groups`.
    pub(crate) group: usize,
    /// What its author says belongs together.
    pub(crate) family: Option<String>,
    /// Its subject or task.
    pub(crate) part: String,
    /// The types that count as right; empty where none is known. `general` alone: nothing to go by.
    pub(crate) types: Vec<TaskType>,
    /// 1 to 5, the mean of those who judged it.
    pub(crate) grade: Option<f32>,
    pub(crate) language: String,
    /// Whether a strong and a weak model answered correctly.
    pub(crate) pair: Option<(f32, f32)>,
    /// What each of several models got, in 0..=1.
    pub(crate) scores: BTreeMap<String, f32>,
}

impl Row {
    /// Whether it was written for this, in one of the files of prompts.
    pub(crate) fn is_own(&self) -> bool {
        self.file.starts_with("prompts")
    }
}

/// A file that was read.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) file: String,
    pub(crate) rows: usize,
    pub(crate) digest: String,
}

#[derive(Debug, Deserialize)]
struct Line {
    id: Option<String>,
    prompt: Option<String>,
    family: Option<String>,
    subject: Option<String>,
    task: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    also: Option<String>,
    difficulty: Option<f32>,
    language: Option<String>,
    strong: Option<f32>,
    weak: Option<f32>,
    scores: Option<BTreeMap<String, f32>>,
}

/// Rows of all files of JSON lines at `paths`, folders included, and what was read. A row without a prompt
/// labels the row of that id in another file.
pub(crate) fn read(paths: &[PathBuf]) -> anyhow::Result<(Vec<Row>, Vec<Source>)> {
    let (mut rows, mut sources) = (Vec::new(), Vec::new());
    let (mut by_id, mut labels) = (HashMap::new(), Vec::new());
    for path in files(paths)? {
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let file = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        for (number, line) in lines.clone().enumerate() {
            let line: Line = serde_json::from_str(line)
                .with_context(|| format!("line {} of {} cannot be used", number + 1, path.display()))?;
            if line.prompt.is_none() {
                labels.push(line);
                continue;
            }
            if let Some(id) = &line.id {
                // Labels name a row by the first word of its file and its id.
                let name = file.split('_').next().unwrap_or_default();
                by_id.insert(format!("{name}:{id}"), rows.len());
            }
            rows.push(row(line, &file));
        }
        let digest = Sha256::digest(text.as_bytes());
        sources.push(Source {
            rows: lines.count(),
            digest: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            file,
        });
    }
    for label in labels {
        let at = label.id.as_ref().and_then(|id| by_id.get(id));
        if let Some(row) = at.and_then(|at| rows.get_mut(*at)) {
            row.types = types(label.kind.as_deref(), label.also.as_deref());
            row.grade = label.difficulty;
            row.family = label.family;
            row.language = label.language.unwrap_or_default();
        }
    }
    Ok((rows, sources))
}

fn row(line: Line, file: &str) -> Row {
    Row {
        types: types(line.kind.as_deref(), line.also.as_deref()),
        prompt: line.prompt.unwrap_or_default(),
        file: file.to_owned(),
        group: 0,
        family: line.family,
        part: line.subject.or(line.task).unwrap_or_default(),
        grade: line.difficulty,
        language: line.language.unwrap_or_default(),
        pair: line.strong.zip(line.weak),
        scores: line.scores.unwrap_or_default(),
    }
}

/// The types a label allows; a coarse label of another scheme allows several.
fn types(kind: Option<&str>, also: Option<&str>) -> Vec<TaskType> {
    let of = |name: &str| match name {
        "coding" => vec![TaskType::CodeGeneration, TaskType::CodeDebugReview],
        "math" => vec![TaskType::ReasoningMath],
        "creative_writing" => vec![TaskType::WritingEditing],
        "general" => vec![TaskType::General],
        name => TaskType::KINDS
            .into_iter()
            .filter(|kind| kind.name() == name)
            .collect(),
    };
    kind.into_iter().chain(also).flat_map(of).collect()
}

fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let entries =
                std::fs::read_dir(path).with_context(|| format!("{} cannot be read", path.display()))?;
            let inside = entries
                .map(|entry| Ok(entry?.path()))
                .collect::<anyhow::Result<Vec<_>>>()?;
            found.extend(inside.into_iter().filter(|path| is_lines(path)));
        } else {
            found.push(path.clone());
        }
    }
    // By name and not by folder: the same files give the same weights wherever they lie.
    found.sort_by(|left, right| left.file_name().cmp(&right.file_name()));
    Ok(found)
}

fn is_lines(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "jsonl")
}

/// The list of what was read, for people and for the digest in the weights.
pub(crate) fn manifest(sources: &[Source]) -> String {
    let line = |source: &Source| format!("{} {} rows sha256:{}\n", source.file, source.rows, source.digest);
    sources.iter().map(line).collect()
}
