//! An embedder without a model, for tests: it answers the same every time, and misbehaves when told to. A
//! [`ScriptedModel`] stands for one that answers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::{Embedder, Error, Result};
use crate::domain::{Digest, Scope};

mod model;

pub use model::{Part, ScriptedModel};

/// Texts that share words lie close together; so do those whose words were said to be alike.
#[derive(Debug)]
pub struct Scripted {
    id: String,
    dimensions: usize,
    alike: Vec<(String, String)>,
    mood: Mutex<Mood>,
    asked: AtomicUsize,
}

/// How the next calls are answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mood {
    /// As promised.
    #[default]
    Well,
    /// Not at all: nobody is there.
    Away,
    /// As promised, but only after that time.
    Slowly(Duration),
    /// With vectors of so many dimensions, which the real ones refuse to pass on.
    WithDimensions(usize),
}

impl Scripted {
    /// In good mood, with vectors of so many dimensions; 256 places at most are used.
    pub fn new(id: impl Into<String>, dimensions: usize) -> Self {
        Self {
            id: id.into(),
            dimensions,
            alike: Vec::new(),
            mood: Mutex::default(),
            asked: AtomicUsize::new(0),
        }
    }

    /// Takes `word` for `other` from now on.
    #[must_use]
    pub fn alike(mut self, word: &str, other: &str) -> Self {
        self.alike.push((word.to_lowercase(), other.to_lowercase()));
        self
    }

    /// Changes how the next calls are answered.
    pub fn set_mood(&self, mood: Mood) {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    /// How many texts it was asked about, answered or not.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    pub(super) fn vector(&self, text: &str, dimensions: usize) -> Vec<f32> {
        let mut vector = vec![0.0; dimensions];
        if dimensions == 0 {
            return vector;
        }
        let text = text.to_lowercase();
        for word in text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
        {
            let alike = self.alike.iter().find(|(known, _)| known == word);
            let word = alike.map_or(word, |(_, other)| other);
            for pair in Digest::of(word.as_bytes()).as_bytes().as_chunks::<2>().0 {
                let [place, sign] = pair.map(usize::from);
                if let Some(value) = vector.get_mut(place % dimensions) {
                    *value += if sign % 2 == 0 { 1.0 } else { -1.0 };
                }
            }
        }
        vector
    }
}

#[async_trait]
impl Embedder for Scripted {
    fn id(&self) -> &str {
        &self.id
    }

    async fn embed(&self, _: &Scope, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        self.asked.fetch_add(texts.len(), Ordering::Relaxed);
        let mood = *self.mood.lock().unwrap_or_else(PoisonError::into_inner);
        let dimensions = match mood {
            Mood::Away => {
                return Err(Error::Unreachable {
                    id: self.id.clone(),
                    source: "told to be away".into(),
                });
            }
            Mood::Slowly(time) => {
                tokio::time::sleep(time).await;
                self.dimensions
            }
            Mood::WithDimensions(dimensions) => dimensions,
            Mood::Well => self.dimensions,
        };
        Ok(texts.iter().map(|text| self.vector(text, dimensions)).collect())
    }
}
