//! How long a decision takes: rules alone over facts that are ready, and the whole path of a gate.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use async_trait::async_trait;
use firstmate::audit::Part;
use firstmate::clock::SystemClock;
use firstmate::domain::{Action, ActionKind, Actor, AuditRecord, AuditRef, Digest, Scope};
use firstmate::policy::{Bundle, Facts, Gate, Source};
use firstmate::store::{self, Audit};
use serde_json::json;

use crate::report::Report;

/// A log that takes no time, so that the gate's own work is measured.
#[derive(Debug)]
struct NoLog;

#[async_trait]
impl Audit for NoLog {
    async fn append(&self, _: AuditRecord) -> store::Result<AuditRef> {
        Ok(AuditRef {
            seq: 1,
            hash: Digest::of(b""),
        })
    }

    fn append_later(&self, _: AuditRecord) {}

    async fn entries(&self, _: &Scope, _: u64, _: usize) -> store::Result<Vec<(AuditRef, AuditRecord)>> {
        Ok(Vec::new())
    }

    async fn part(&self, _: &Scope, _: u64) -> store::Result<Option<Part>> {
        Ok(None)
    }

    async fn before(&self, _: &Scope, _: Duration) -> store::Result<u64> {
        Ok(0)
    }
}

/// Without optimisation the figures mean nothing, so a few are enough.
const INPUTS: usize = if cfg!(debug_assertions) { 4 } else { 200 };
const REPEATS: usize = if cfg!(debug_assertions) { 2 } else { 30 };

pub(crate) fn measure(report: &mut Report) -> anyhow::Result<()> {
    let columns = ["what", "p50 us", "p99 us", "raw p99 us"];
    report.table(
        format!("Latency: best of {REPEATS} for each of {INPUTS} inputs, and raw"),
        &columns,
    );
    let facts: Vec<Facts> = (0..INPUTS).map(|n| Facts::of(&command(n), None)).collect();
    for rules in [50, 500] {
        let bundle = bundle(rules)?;
        let times = facts.iter().map(|facts| {
            repeat(|| {
                std::hint::black_box(bundle.evaluate(facts));
            })
        });
        add(report, &format!("{rules} rules, facts ready"), times.collect());
    }
    let gate = Gate::new(Bundle::builtin(), Arc::new(NoLog), Arc::new(SystemClock));
    let scope = Scope::new("local", "eval", "eval").context("a scope")?;
    let actor = Actor::default();
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    for bytes in [2 << 10, 64 << 10] {
        let times = (0..INPUTS).map(|n| {
            let action = call(n, bytes);
            repeat(|| {
                let decided = runtime.block_on(gate.decide(&scope, &actor, "eval", &action));
                std::hint::black_box(decided.is_ok());
            })
        });
        add(
            report,
            &format!("whole path, {} KB", bytes >> 10),
            times.collect(),
        );
    }
    Ok(())
}

fn repeat(mut work: impl FnMut()) -> Vec<Duration> {
    (0..REPEATS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect()
}

fn add(report: &mut Report, what: &str, times: Vec<Vec<Duration>>) {
    let mut best: Vec<Duration> = times
        .iter()
        .filter_map(|times| times.iter().min().copied())
        .collect();
    let mut raw: Vec<Duration> = times.into_iter().flatten().collect();
    best.sort_unstable();
    raw.sort_unstable();
    let at = |times: &[Duration], percent: usize| {
        let time = times
            .get(times.len() * percent / 100)
            .copied()
            .unwrap_or_default();
        json!(time.as_nanos() as f64 / 1e3)
    };
    report.row(vec![json!(what), at(&best, 50), at(&best, 99), at(&raw, 99)]);
}

/// Actions of several kinds, most of them harmless.
fn command(n: usize) -> Action {
    match n % 4 {
        0 => Action::new(ActionKind::Shell).with_content(format!(
            "cd app{n} && git push --force origin main && rm -rf target"
        )),
        1 => Action::new(ActionKind::Shell).with_content(format!("cargo test --package p{n}")),
        2 => Action {
            url: Some(format!("https://api{n}.firm.io/items")),
            ..Action::new(ActionKind::Http).with_content("{\"name\": \"x\"}")
        },
        _ => call(n, 500),
    }
}

/// A tool call with source text of so many bytes.
fn call(n: usize, bytes: usize) -> Action {
    let lines = [
        "fn token(&self) -> Option<&str> { self.headers.get(\"authorization\")?.strip_prefix(\"Bearer \") }\n",
        "const MAX_KEY_BYTES: usize = 512; // see docs/limits.md for why it is not more\n",
        "let password = config.password.as_deref().unwrap_or_default();\n",
        "for item in items.iter().filter(|item| item.is_open()) { total += item.price * item.count; }\n",
        "See https://docs.firm.io/guide for what happened on 2026-01-31, and write to the maintainers.\n",
    ];
    let text: String = lines
        .iter()
        .cycle()
        .skip(n % 5)
        .flat_map(|line| line.chars())
        .take(bytes)
        .collect();
    Action {
        arguments: json!({"path": format!("src/lib{n}.rs"), "text": text, "note": ["one", "two"]}),
        ..Action::new(ActionKind::ToolCall).with_tool("edit_file")
    }
}

/// The built-in rules and as many more of the kinds people write.
fn bundle(count: usize) -> anyhow::Result<Bundle> {
    let more = count.saturating_sub(Bundle::builtin().rules().len());
    let rules = (0..more).map(|n| match n % 3 {
        0 => format!(
            "  - {{id: r{n}, when: {{kind: shell, command: git.push.force, branch: b{n}}}, then: deny}}\n"
        ),
        1 => format!("  - {{id: r{n}, when: {{kind: http, host: \"*.h{n}.example\"}}, then: warn}}\n"),
        _ => format!(
            "  - {{id: r{n}, when: {{effect: destroy, path: \"area{n}/**\"}}, then: require_approval}}\n"
        ),
    });
    let source = Source {
        name: "more.yaml".to_owned(),
        text: format!("version: 1\nrules:\n{}", rules.collect::<String>()),
    };
    Ok(Bundle::load(&[source])?)
}
