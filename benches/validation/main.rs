//! How fast answers are judged: a mixed Markdown answer of 10 KB, made-up modules, and installed files beside the
//! languages' own parsers.

#![expect(clippy::print_stdout, reason = "its output is what it measured")]

#[path = "../../examples/eval_validation/cpu.rs"]
mod cpu;
mod installed;

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use firstmate::domain::Artifact;
use firstmate::validation::{Settings, check};

/// An answer of about 10 KB: prose, lists, and fences of four languages.
fn answer() -> Artifact {
    let mut text = String::new();
    let mut i = 0;
    while text.len() < 10_000 {
        i += 1;
        write!(
            text,
            "## Part {i}\n\nThis is what part {i} does, and *why* it does it that way.\n\n\
             1. First:\n   ```python\n{}   ```\n2. Then, in the browser:\n\n```ts\n{}```\n\n\
             > ```json\n> {{\"part\": {i}, \"tags\": [\"a\", \"b\"]}}\n> ```\n\n```\nplain words {i}\n```\n\n",
            indented(&python(i), "   "),
            javascript(i)
        )
        .unwrap_or_default();
    }
    Artifact::new(text)
}

fn python(i: usize) -> String {
    format!(
        "def total_{i}(items: list[dict], rate: float = 0.2) -> float:\n    \"\"\"The sum with tax.\"\"\"\n    \
         net = sum(item[\"price\"] * item.get(\"count\", 1) for item in items if item)\n    \
         if net < 0:\n        raise ValueError(f\"negative: {{net!r}}\")\n    return round(net * (1 + rate), 2)\n\n"
    )
}

fn javascript(i: usize) -> String {
    format!(
        "export async function load{i}(id) {{\n  const answer = await fetch(`/items/${{id}}`);\n  \
         if (!answer.ok) throw new Error(`status ${{answer.status}}`);\n  \
         const {{ name, tags = [] }} = await answer.json();\n  \
         return {{ name, tags: tags.filter((tag) => /^[a-z]+$/.test(tag)).map((tag) => tag.trim()) }};\n}}\n\n"
    )
}

fn indented(code: &str, by: &str) -> String {
    code.lines().fold(String::new(), |mut all, line| {
        writeln!(all, "{by}{line}").unwrap_or_default();
        all
    })
}

/// About 500 KB of `unit`.
fn module(language: &str, unit: fn(usize) -> String) -> Artifact {
    let mut text = String::new();
    let mut i = 0;
    while text.len() < 500_000 {
        text.push_str(&unit(i));
        i += 1;
    }
    Artifact {
        kind: Some("code".to_owned()),
        language: Some(language.to_owned()),
        ..Artifact::new(text)
    }
}

fn validation(criterion: &mut Criterion) {
    let settings = Settings::default();
    let mut group = criterion.benchmark_group("validation");
    for (name, artifact) in [
        ("markdown_10kb", answer()),
        ("python", module("python", python)),
        ("javascript", module("javascript", javascript)),
    ] {
        assert_eq!(check(&artifact, &settings).findings, []);
        group.throughput(Throughput::Bytes(artifact.output.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| check(black_box(&artifact), &settings));
        });
    }
    group.finish();
}

/// Half of all answers are judged faster than the first figure, all but one of a hundred faster than the second.
fn percentiles(_: &mut Criterion) {
    let (settings, artifact) = (Settings::default(), answer());
    let mut spent: Vec<_> = (0..2_000)
        .map(|_| {
            let cpu = cpu::Cpu::start();
            black_box(check(black_box(&artifact), &settings));
            cpu.elapsed()
        })
        .collect();
    spent.sort();
    let at = |share: usize| spent.get(spent.len() * share / 100).copied().unwrap_or_default();
    println!(
        "markdown of {} bytes: p50 {:?}, p99 {:?} of CPU",
        artifact.output.len(),
        at(50),
        at(99)
    );
}

fn beside_their_own_parsers(_: &mut Criterion) {
    installed::compare();
}

criterion_group!(benches, validation, percentiles, beside_their_own_parsers);
criterion_main!(benches);
