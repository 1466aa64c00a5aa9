//! How long a decision takes: detectors and rules on actions of 2 and 64 KB, the rules alone on facts that are
//! ready, each detector alone on a megabyte of source, the record judged again, and read again after a restart.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use firstmate::audit::{Part, Snapshot, Standalone};
use firstmate::clock::SystemClock;
use firstmate::detect::{Hit, address, personal, secrets, structure, unicode};
use firstmate::domain::{
    Action, ActionKind, Actor, AuditEntry, AuditRecord, AuditRef, Digest, Effect, Scope, Timestamp,
};
use firstmate::policy::backtest::Replay;
use firstmate::policy::detect::shell;
use firstmate::policy::{Bundle, Facts, Gate, Source};
use firstmate::store::{self, Audit};
use serde_json::json;

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

/// A detector.
type Scan = fn(&str, usize, &mut Vec<Hit>) -> bool;

/// Source text with keys and values like those of real programs, `bytes` long.
fn source_text(bytes: usize) -> String {
    let lines = "fn token(&self) -> Option<&str> { self.headers.get(\"authorization\")?.strip_prefix(\"Bearer \") }\n\
                 const MAX_KEY_BYTES: usize = 512; // see docs/limits.md for why it is not more\n\
                 let password = config.password.as_deref().unwrap_or_default();\n\
                 for item in items.iter().filter(|item| item.is_open()) { total += item.price * item.count; }\n";
    lines.chars().cycle().take(bytes).collect()
}

/// The built-in rules and others of the kinds people write, `count` of them together.
fn rules(count: usize) -> Bundle {
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
    let text = format!("version: 1\nrules:\n{}", rules.collect::<String>());
    #[expect(clippy::expect_used, reason = "a bench that measured fewer rules would lie")]
    Bundle::load(&[Source {
        name: "many.yaml".to_owned(),
        text,
    }])
    .expect("the rules are valid")
}

fn policy(c: &mut Criterion) {
    let call = Action {
        arguments: json!({"path": "src/lib.rs", "text": source_text(2_000), "note": ["one", "two"]}),
        ..Action::new(ActionKind::ToolCall).with_tool("edit_file")
    };
    let command = Action::new(ActionKind::Shell)
        .with_content("cd app && git push --force origin main && rm -rf target");
    let large = Action::new(ActionKind::ModelRequest).with_content(source_text(64 << 10));

    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let gate = Gate::new(Bundle::builtin(), Arc::new(NoLog), Arc::new(SystemClock));
    let (Ok(runtime), Some(scope)) = (runtime, Scope::new("local", "bench", "bench")) else {
        return;
    };
    let actor = Actor::default();
    for (name, action) in [
        ("decide/call_2kb", &call),
        ("decide/command", &command),
        ("decide/prompt_64kb", &large),
    ] {
        c.bench_function(name, |b| {
            b.iter(|| runtime.block_on(gate.decide(&scope, &actor, "bench", black_box(action))));
        });
    }

    let facts = Facts::of(&command, None);
    for count in [50, 500] {
        let bundle = rules(count);
        c.bench_function(&format!("rules/{count}"), |b| {
            b.iter(|| bundle.evaluate(black_box(&facts)));
        });
    }

    c.bench_function("shell/command", |b| {
        b.iter(|| shell::inspect(black_box("cd app && git push --force origin main")));
    });
    let text = source_text(1 << 20);
    let mut group = c.benchmark_group("detect");
    group.throughput(Throughput::Bytes(text.len() as u64));
    let detectors: [(&str, Scan); 5] = [
        ("secrets", secrets::scan),
        ("personal", personal::scan),
        ("unicode", unicode::scan),
        ("structure", structure::scan),
        ("address", address::scan),
    ];
    for (name, scan) in detectors {
        group.bench_function(name, |b| {
            b.iter(|| {
                let mut hits = Vec::new();
                scan(black_box(&text), 1_000, &mut hits);
                hits
            });
        });
    }
    group.finish();
    c.bench_function("load/built_in", |b| b.iter(Bundle::builtin));
}

/// Recorded decisions, so many of them different.
fn record(scope: &Scope, distinct: u64) -> Vec<(AuditEntry, String)> {
    let commands = [
        "cargo test --workspace",
        "cd app && git push origin feature/one && rm -rf target && curl https://a.example/x",
        "npm ci && npm run build",
        "grep -rn TODO src | head",
    ];
    let facts =
        commands.map(|command| Facts::of(&Action::new(ActionKind::Shell).with_content(command), None));
    (0..RECORD)
        .zip(facts.iter().cycle())
        .map(|(n, facts)| {
            let mut facts = facts.clone();
            facts.bytes += n % distinct;
            let document = facts.document();
            let entry = AuditEntry {
                at: Timestamp::from_second(1_767_225_600 + n as i64).unwrap_or_default(),
                scope: scope.clone(),
                via: "enforce_policy".to_owned(),
                kind: facts.kind,
                tool: None,
                run: (n % 2 == 0).then(|| format!("run{}", n / 100)),
                action_sha256: Digest::of(document.as_bytes()),
                facts_sha256: Some(Digest::of(document.as_bytes())),
                effect: Effect::Allow,
                rules: Vec::new(),
                bundle: Digest::of(b""),
                approval: None,
                outcome: None,
            };
            (entry, document)
        })
        .collect()
}

/// Decisions that are judged again in one go.
const RECORD: u64 = 100_000;

fn backtest(c: &mut Criterion) {
    let Some(scope) = Scope::new("local", "bench", "bench") else {
        return;
    };
    let no_curl = "version: 1\nrules:\n  - {id: no-curl, when: {program: curl}, then: deny, fix: Ask.}\n";
    let limit = format!("{no_curl}  - {{id: few, limit: {{calls: 50000, per: hour}}}}\n");
    let mut group = c.benchmark_group("backtest");
    group.sample_size(10);
    group.throughput(Throughput::Elements(RECORD));
    for (kind, distinct) in [("1000_documents", 250), ("all_different", RECORD)] {
        let record = record(&scope, distinct);
        for (name, text) in [("rules", no_curl), ("limit", limit.as_str())] {
            group.bench_function(format!("{kind}/{name}"), |b| {
                b.iter(|| {
                    let source = Source {
                        name: "new.yaml".to_owned(),
                        text: text.to_owned(),
                    };
                    let bundle = Bundle::load(&[source]).unwrap_or_else(|_| Bundle::builtin());
                    let mut replay = Replay::new(bundle, None, None);
                    for (seq, (entry, document)) in (1..).zip(&record) {
                        replay.take(seq, entry, Some(document));
                    }
                    replay.finish()
                });
            });
        }
    }
    group.finish();
}

/// A record that a process before this one made.
#[derive(Debug)]
struct Recorded(Snapshot);

#[async_trait]
impl Audit for Recorded {
    async fn append(&self, record: AuditRecord) -> store::Result<AuditRef> {
        NoLog.append(record).await
    }

    fn append_later(&self, _: AuditRecord) {}

    async fn entries(&self, _: &Scope, _: u64, _: usize) -> store::Result<Vec<(AuditRef, AuditRecord)>> {
        Ok(Vec::new())
    }

    async fn part(&self, _: &Scope, after: u64) -> store::Result<Option<Part>> {
        Ok(self.0.part(after)?)
    }

    async fn before(&self, _: &Scope, age: Duration) -> store::Result<u64> {
        Ok(self.0.before(age)?)
    }
}

/// What went before, made again from the files of the log: half of the decisions in runs, all counted by a limit.
fn recall(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let (Ok(runtime), Some(scope), Ok(dir)) = (
        runtime,
        Scope::new("local", "bench", "bench"),
        tempfile::tempdir(),
    ) else {
        return;
    };
    let Some(log) = recorded(dir.path(), &scope) else {
        return;
    };
    let audit: Arc<dyn Audit> = Arc::new(Recorded(log));
    let text = "version: 1\nrules:\n  - {id: few, limit: {calls: 50000, per: hour}}\n";
    let mut group = c.benchmark_group("recall");
    group.sample_size(10);
    group.throughput(Throughput::Elements(RECORD));
    for (name, text) in [("built_in", None), ("limit", Some(text))] {
        group.bench_function(name, |b| {
            b.iter(|| {
                let sources = text.map(|text| Source {
                    name: "limit.yaml".to_owned(),
                    text: text.to_owned(),
                });
                let bundle = Bundle::load(sources.as_slice()).unwrap_or_else(|_| Bundle::builtin());
                let gate = Gate::new(bundle, Arc::clone(&audit), Arc::new(SystemClock));
                runtime.block_on(gate.recall(&scope));
                gate
            });
        });
    }
    group.finish();
}

fn recorded(dir: &Path, scope: &Scope) -> Option<Snapshot> {
    let mut log = Standalone::open(dir).ok()?;
    for (number, (entry, document)) in record(scope, RECORD).into_iter().enumerate() {
        let facts = Some(document);
        log.append(&AuditRecord { entry, facts }).ok()?;
        if number % 16 == 0 {
            log.write().ok()?;
        }
    }
    log.write().ok()?;
    log.snapshot(scope.org())
}

criterion_group!(benches, policy, backtest, recall);
criterion_main!(benches);
