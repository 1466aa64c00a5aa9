//! How fast answers are judged: a mixed Markdown answer of 10 KB, and megabytes of Python and JavaScript.

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

criterion_group!(benches, validation);
criterion_main!(benches);
