//! Measures search on labelled collections:
//! `cargo run --release --example eval_knowledge -- DIR [--json] [--tune]`.
//!
//! `DIR` holds any of `locomo*.json` (conversations; questions with the turns that answer them),
//! `cosqa_corpus.jsonl` with `cosqa*.json` (functions; questions with the one that answers), `devbench*.json`
//! (notes; questions with labels). Every text is recorded and every question asked through the library, with
//! the store in memory. Beside it stand plain BM25 (lower-cased words and nothing else) and each part of the
//! ranking alone. `--tune` chooses the weights by cross-validation over conversations and questions.

use std::path::Path;

use anyhow::Context as _;
use firstmate::knowledge::Weights;

mod baseline;
mod collection;
mod corpus;
mod report;
mod tune;

use corpus::Corpus;
use report::Report;

/// What is compared. The first is what a search does when nothing is said.
const RANKINGS: [(&str, Weights); 6] = [
    ("firstmate, hybrid (the default)", Weights::HYBRID),
    ("words, spelling and context", Weights::LEXICAL),
    ("words alone (BM25 with stems)", Weights::WORDS),
    ("spelling alone (3- and 4-grams)", alone(0.0, 1.0, 0.0)),
    ("meaning alone (static vectors)", Weights::SEMANTIC),
    ("context alone", alone(0.0, 0.0, 1.0)),
];

const fn alone(words: f64, spelling: f64, context: f64) -> Weights {
    Weights {
        words,
        spelling,
        meaning: 0.0,
        context,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: eval_knowledge DIR [--json] [--tune]";
    let dir = arguments.next().context(usage)?;
    let flags: Vec<String> = arguments.collect();
    let has = |flag: &str| flags.iter().any(|given| given == flag);
    let collections = collection::read(Path::new(&dir))?;
    anyhow::ensure!(!collections.is_empty(), "{dir} has no collection that is known");
    let mut report = Report::default();
    let mut corpora = Vec::new();
    for collection in collections {
        corpora.push(Corpus::record(collection).await?);
    }
    if has("--tune") {
        return tune::run(&corpora).await;
    }
    for corpus in &corpora {
        report.add(corpus.name(), "plain BM25", baseline::run(corpus));
        for (name, weights) in RANKINGS {
            report.add(corpus.name(), name, corpus.ask(Some(weights)).await?);
        }
    }
    report.print(has("--json"))
}
