//! The formats of the data: documents, and questions with the documents that answer them.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::Value;

/// Documents that are searched together, and questions to them.
pub(crate) struct Collection {
    /// What it is reported under.
    pub(crate) name: String,
    /// Questions of one group are held out together.
    pub(crate) group: String,
    pub(crate) documents: Vec<Document>,
    pub(crate) questions: Vec<Question>,
}

pub(crate) struct Document {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) tags: Vec<String>,
    /// Documents of one run are neighbours.
    pub(crate) run: Option<String>,
}

pub(crate) struct Question {
    pub(crate) text: String,
    pub(crate) category: String,
    pub(crate) gold: HashSet<String>,
}

/// Every collection in `dir`.
pub(crate) fn read(dir: &Path) -> anyhow::Result<Vec<Collection>> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(dir)
        .with_context(|| format!("reading {}", dir.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort();
    let mut collections = Vec::new();
    for path in paths {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if !name.ends_with(".json") {
            continue;
        }
        let text = || std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()));
        if name.starts_with("locomo") {
            collections.extend(conversations(&text()?)?);
        } else if name.starts_with("cosqa") {
            collections.push(functions(&text()?, &dir.join("cosqa_corpus.jsonl"))?);
        } else if name.starts_with("devbench") {
            collections.push(notes(&text()?)?);
        }
    }
    Ok(collections)
}

#[derive(Deserialize)]
struct Conversation {
    id: String,
    sessions: Vec<Session>,
    questions: Vec<Asked>,
}

#[derive(Deserialize)]
struct Session {
    session: u32,
    turns: Vec<Turn>,
}

#[derive(Deserialize)]
struct Turn {
    id: String,
    speaker: String,
    text: String,
    caption: Option<String>,
}

#[derive(Deserialize)]
struct Asked {
    question: String,
    evidence: Vec<String>,
    category: String,
}

/// Each conversation twice: turn by turn, and session by session.
fn conversations(text: &str) -> anyhow::Result<Vec<Collection>> {
    let mut collections = Vec::new();
    for conversation in serde_json::from_str::<Vec<Conversation>>(text)? {
        let said = |turn: &Turn| match &turn.caption {
            Some(caption) => format!("{}: {} [shared image: {caption}]", turn.speaker, turn.text),
            None => format!("{}: {}", turn.speaker, turn.text),
        };
        let turns = conversation.sessions.iter().flat_map(|session| {
            session.turns.iter().map(|turn| Document {
                id: turn.id.clone(),
                text: said(turn),
                tags: Vec::new(),
                run: Some(format!("session {}", session.session)),
            })
        });
        let sessions = conversation.sessions.iter().map(|session| Document {
            id: format!("D{}", session.session),
            text: session.turns.iter().map(said).collect::<Vec<_>>().join("\n"),
            tags: Vec::new(),
            run: None,
        });
        let questions = |gold: fn(&String) -> String| {
            let asked = conversation.questions.iter();
            asked
                .map(|asked| Question {
                    text: asked.question.clone(),
                    category: asked.category.clone(),
                    gold: asked.evidence.iter().map(gold).collect(),
                })
                .collect()
        };
        collections.push(Collection {
            name: "LoCoMo, turns".to_owned(),
            group: conversation.id.clone(),
            documents: turns.collect(),
            questions: questions(String::clone),
        });
        collections.push(Collection {
            name: "LoCoMo, sessions".to_owned(),
            group: conversation.id.clone(),
            documents: sessions.collect(),
            questions: questions(|turn| turn.split(':').next().unwrap_or_default().to_owned()),
        });
    }
    Ok(collections)
}

fn functions(questions: &str, corpus: &Path) -> anyhow::Result<Collection> {
    let text = std::fs::read_to_string(corpus).with_context(|| format!("reading {}", corpus.display()))?;
    let mut documents = Vec::new();
    for line in text.lines() {
        let row: Value = serde_json::from_str(line)?;
        documents.push(Document {
            id: row["id"].to_string(),
            text: row["code"]
                .as_str()
                .context("a function without code")?
                .to_owned(),
            tags: Vec::new(),
            run: None,
        });
    }
    let questions = serde_json::from_str::<Vec<Value>>(questions)?;
    let questions = questions.iter().map(|row| {
        Ok(Question {
            text: row["query"]
                .as_str()
                .context("a question without text")?
                .to_owned(),
            category: "code".to_owned(),
            gold: HashSet::from([row["retrieval_idx"].to_string()]),
        })
    });
    Ok(Collection {
        name: "CoSQA, functions".to_owned(),
        group: "cosqa".to_owned(),
        documents,
        questions: questions.collect::<anyhow::Result<_>>()?,
    })
}

#[derive(Deserialize)]
struct Notes {
    memories: Vec<Note>,
    queries: Vec<NoteQuery>,
}

#[derive(Deserialize)]
struct Note {
    id: Value,
    content: String,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Deserialize)]
struct NoteQuery {
    category: String,
    question: String,
    #[serde(default)]
    expected_tags: Vec<String>,
}

/// The labels are what is right, so they are not recorded.
fn notes(text: &str) -> anyhow::Result<Collection> {
    let notes: Notes = serde_json::from_str(text)?;
    let mut by_tag: BTreeMap<&str, HashSet<String>> = BTreeMap::new();
    for note in &notes.memories {
        for tag in &note.tags {
            by_tag.entry(tag).or_default().insert(note.id.to_string());
        }
    }
    let questions = notes.queries.iter().map(|query| Question {
        text: query.question.clone(),
        category: query.category.clone(),
        gold: query
            .expected_tags
            .iter()
            .filter_map(|tag| by_tag.get(tag.as_str()))
            .flatten()
            .cloned()
            .collect(),
    });
    Ok(Collection {
        name: "devbench, notes".to_owned(),
        group: "devbench".to_owned(),
        questions: questions.filter(|question| !question.gold.is_empty()).collect(),
        documents: notes
            .memories
            .iter()
            .map(|note| Document {
                id: note.id.to_string(),
                text: note.content.clone(),
                tags: Vec::new(),
                run: None,
            })
            .collect(),
    })
}
