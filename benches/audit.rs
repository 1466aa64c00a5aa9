//! What the audit log costs: the processor time of an entry without waiting for the disk, and how fast a log is verified,
//! beside a plain chain of SHA-256 over the same bytes.
//!
//! `cargo bench --bench audit`

#![expect(clippy::expect_used, reason = "a measurement that cannot be made has to stop")]

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use firstmate::audit::{Standalone, merkle, verify};
use firstmate::domain::{ActionKind, AuditEntry, AuditRecord, Digest, Effect, Scope, Timestamp};

/// Entries of the log that is verified.
const ENTRIES: u64 = 100_000;

fn record(number: u64) -> AuditRecord {
    // As of a call of a tool: no two have the same number of bytes.
    let facts = format!(
        r#"{{"kind":"tool_call","tool":"route_task","to":"local","bytes":{number},"scan":"complete"}}"#
    );
    AuditRecord {
        entry: AuditEntry {
            at: Timestamp::from_second(1_767_225_600 + number.cast_signed()).unwrap_or_default(),
            scope: Scope::new("local", "/home/ada/engine", "ada").expect("a scope"),
            via: "route_task".to_owned(),
            kind: ActionKind::ToolCall,
            tool: Some("route_task".to_owned()),
            run: None,
            action_sha256: Digest::of(&number.to_be_bytes()),
            facts_sha256: Some(Digest::of(facts.as_bytes())),
            effect: Effect::Allow,
            rules: Vec::new(),
            bundle: Digest::of(b"bundle"),
            approval: None,
            outcome: None,
        },
        facts: Some(facts),
    }
}

/// The processor time of this process, which waiting for the disk and a busy machine do not blur.
struct CpuTime;

impl Measurement for CpuTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
    }

    fn end(&self, start: Duration) -> Duration {
        self.start() - start
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

fn append(c: &mut Criterion<CpuTime>) {
    let mut group = c.benchmark_group("append");
    group.throughput(Throughput::Elements(1));
    let dir = tempfile::tempdir().expect("a directory");
    let mut log = Standalone::open(dir.path()).expect("a log");
    let records: Vec<_> = (0..1_000).map(record).collect();
    let mut next = records.iter().cycle();
    // Each entry is given to the file by itself, as when one client calls; checkpoints are signed, and synced, as they fall due.
    group.bench_function("an entry with its facts", |b| {
        b.iter(|| {
            log.append(next.next().expect("a record")).expect("appended");
            log.write().expect("written");
        });
    });
    let leaf = vec![b'x'; 480];
    let mut tree = merkle::Frontier::default();
    group.bench_function("only its leaf into the tree", |b| {
        b.iter(|| tree.push(merkle::leaf(black_box(&leaf))));
    });
    let mut chain = [0; 32];
    group.bench_function("only a link of a plain SHA-256 chain", |b| {
        b.iter(|| chain = *Digest::of(&[chain.as_slice(), black_box(&leaf)].concat()).as_bytes());
    });
    group.finish();
}

fn verification(c: &mut Criterion<CpuTime>) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut log = Standalone::open(dir.path()).expect("a log");
    for number in 0..ENTRIES {
        log.append(&record(number)).expect("appended");
        if number % 16 == 0 {
            log.write().expect("written");
        }
    }
    log.write().expect("written");
    let (_, snapshot) = log.checkpoint("local").expect("signed");
    let leaves: Vec<String> = snapshot
        .entries(0, usize::MAX)
        .expect("read")
        .into_iter()
        .map(|entry| entry.leaf)
        .collect();
    let mut group = c.benchmark_group("verify");
    group
        .throughput(Throughput::Elements(ENTRIES))
        .sample_size(20)
        .measurement_time(Duration::from_secs(10));
    group.bench_function("a log with its facts, from the files", |b| {
        b.iter(|| {
            let report = verify::verify(&snapshot, &[]).expect("verified");
            assert!(report.is_clean() && report.entries == ENTRIES);
        });
    });
    group.bench_function("a plain SHA-256 chain in memory", |b| {
        b.iter_batched(
            || [0; 32],
            |mut chain| {
                for leaf in &leaves {
                    chain = *Digest::of(&[chain.as_slice(), leaf.as_bytes()].concat()).as_bytes();
                }
                chain
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(CpuTime);
    targets = append, verification
}
criterion_main!(benches);
