//! Plain BM25: lower-cased words, k1 1.2, b 0.75, and nothing else.

use std::collections::HashMap;
use std::time::Instant;

use super::corpus::{Answered, Corpus};

pub(crate) fn run(corpus: &Corpus) -> Vec<Answered> {
    let documents: Vec<HashMap<String, f64>> = corpus
        .collection
        .documents
        .iter()
        .map(|document| counted(&document.text))
        .collect();
    let lengths: Vec<f64> = documents.iter().map(|document| document.values().sum()).collect();
    let average = lengths.iter().sum::<f64>() / lengths.len().max(1) as f64;
    let mut with: HashMap<&str, f64> = HashMap::new();
    for word in documents.iter().flat_map(HashMap::keys) {
        *with.entry(word).or_default() += 1.0;
    }
    let all = documents.len() as f64;
    let questions = corpus.collection.questions.iter();
    questions
        .map(|question| {
            let start = Instant::now();
            let words = counted(&question.text);
            let score = |(document, length): (&HashMap<String, f64>, &f64)| {
                let add = |(word, times): (&String, &f64)| {
                    let count = document.get(word).copied().unwrap_or_default();
                    let with = with.get(word.as_str()).copied().unwrap_or_default();
                    let idf = ((all - with + 0.5) / (with + 0.5)).ln_1p();
                    times * idf * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * length / average))
                };
                words.iter().map(add).sum::<f64>()
            };
            let scores = documents.iter().zip(&lengths).map(score);
            let mut ranked: Vec<(f64, &str)> = scores
                .zip(&corpus.collection.documents)
                .map(|(score, document)| (score, document.id.as_str()))
                .filter(|(score, _)| *score > 0.0)
                .collect();
            ranked.sort_by(|one, other| other.0.total_cmp(&one.0));
            let ranked: Vec<&str> = ranked.into_iter().map(|(_, id)| id).collect();
            let took = start.elapsed();
            let group = &corpus.collection.group;
            Answered {
                took,
                ..Answered::of(&ranked, &question.gold, group, &question.category)
            }
        })
        .collect()
}

fn counted(text: &str) -> HashMap<String, f64> {
    let mut counts = HashMap::new();
    let lower = text.to_lowercase();
    for word in lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        *counts.entry(word.to_owned()).or_default() += 1.0;
    }
    counts
}
