//! What durability costs: appends to the journal, one writer and a hundred at once, beside a plain file
//! with one fdatasync per record, and what opening and reading take.
//!
//! `cargo bench --bench store`. It is no criterion bench because what matters is a distribution, and the
//! processor time of all threads, which waiting for the disk does not blur.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use firstmate::clock::SystemClock;
use firstmate::domain::{
    Digest, Lesson, LessonId, LessonKind, LessonState, MicroUsd, RunEvent, RunId, Scope, StepId, Timestamp,
    Trust, lesson, run,
};
use firstmate::ownership::Claim;
use firstmate::store::sled::{self, Durability, Settings, Sled};
use firstmate::store::{Change, Committed, Stores};

fn main() -> anyhow::Result<()> {
    // As in criterion: with `--test` everything runs once, to see that it does.
    let scale = if std::env::args().any(|argument| argument == "--test") {
        100
    } else {
        1
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{:44} {:>8} {:>9} {:>9} {:>9} {:>9}",
        "journal, events of 1.2 kB", "per s", "p50 us", "p99 us", "max us", "CPU us"
    )?;
    let mut row = |name: &str, measured: Measured| writeln!(out, "{name:44} {measured}");
    row("plain file, write + fdatasync", plain_file(5_000 / scale)?)?;
    for durability in [Durability::Power, Durability::Process] {
        let name = format!("{durability:?}").to_lowercase();
        row(
            &format!("{name}, one writer"),
            runtime.block_on(appends(durability, 1, 5_000 / scale))?,
        )?;
        row(
            &format!("{name}, 100 writers at once"),
            runtime.block_on(appends(durability, 100, 300 / scale))?,
        )?;
    }
    for (name, took) in runtime.block_on(reading(10_000 / scale))? {
        writeln!(out, "{name:44} {:.2} ms", took.as_secs_f64() * 1e3)?;
    }
    Ok(())
}

/// Latencies of single appends, and what all of them took.
struct Measured {
    each: Vec<Duration>,
    wall: Duration,
    /// Where the system tells.
    cpu: Option<Duration>,
}

impl std::fmt::Display for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut sorted = self.each.clone();
        sorted.sort_unstable();
        let at = |share: f64| {
            let last = sorted.len().saturating_sub(1);
            let index = (last as f64 * share) as usize;
            sorted
                .get(index)
                .map_or(f64::NAN, |took| took.as_secs_f64() * 1e6)
        };
        let per_second = self.each.len() as f64 / self.wall.as_secs_f64();
        write!(
            f,
            "{per_second:8.0} {:9.0} {:9.0} {:9.0}",
            at(0.5),
            at(0.99),
            at(1.0)
        )?;
        match self.cpu {
            Some(cpu) => write!(f, " {:9.1}", cpu.as_secs_f64() * 1e6 / self.each.len() as f64),
            None => write!(f, " {:>9}", "unknown"),
        }
    }
}

fn plain_file(records: u32) -> anyhow::Result<Measured> {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(dir.path().join("log"))?;
    let (start, cpu) = (Instant::now(), cpu());
    let mut each = Vec::new();
    for number in 0..records {
        let start = Instant::now();
        let line = serde_json::to_vec(&event(number))?;
        file.write_all(&line)?;
        file.sync_data()?;
        each.push(start.elapsed());
    }
    Ok(Measured {
        each,
        wall: start.elapsed(),
        cpu: cpu_since(cpu),
    })
}

/// `writers` tasks, each with `records` appends to its own run, one after the other.
async fn appends(durability: Durability, writers: u32, records: u32) -> anyhow::Result<Measured> {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let (stores, sled) = open(dir.path(), durability)?;
    let (start, before) = (Instant::now(), cpu());
    let writing = (0..writers).map(|writer| {
        let journal = stores.journal.clone();
        async move {
            let mut each = Vec::new();
            for number in 0..records {
                let change = change(&format!("run{writer}"), number)?;
                let start = Instant::now();
                let committed = journal.commit(change).await?;
                each.push(start.elapsed());
                anyhow::ensure!(committed == Committed::At(u64::from(number) + 1), "{committed:?}");
            }
            anyhow::Ok(each)
        }
    });
    let each = futures::future::try_join_all(writing).await?.concat();
    let (wall, cpu) = (start.elapsed(), cpu_since(before));
    drop(stores);
    sled.close();
    Ok(Measured { each, wall, cpu })
}

async fn reading(lessons: u32) -> anyhow::Result<Vec<(String, Duration)>> {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let (stores, sled) = open(dir.path(), Durability::Process)?;
    for first in (0..lessons).step_by(100) {
        let hundred = (first..first + 100).map(lesson).collect();
        stores.lessons.put(&scope()?, hundred).await?;
    }
    for number in 0..300 {
        stores.journal.commit(change("r", number)?).await?;
    }
    drop(stores);
    sled.close();
    let start = Instant::now();
    let (stores, _sled) = open(dir.path(), Durability::Power)?;
    let opened = start.elapsed();
    let start = Instant::now();
    let read = stores.lessons.after(&scope()?, 0, usize::MAX).await?;
    let all = start.elapsed();
    anyhow::ensure!(read.len() >= lessons as usize, "{} lessons", read.len());
    let start = Instant::now();
    let replayed = stores.journal.replay(&scope()?, &RunId::new("r"), 0).await?;
    let replay = start.elapsed();
    anyhow::ensure!(replayed.len() == 300, "{} events", replayed.len());
    Ok(vec![
        (format!("open with {lessons} lessons"), opened),
        (format!("read {lessons} lessons"), all),
        ("replay 300 events".to_owned(), replay),
    ])
}

fn open(dir: &Path, durability: Durability) -> anyhow::Result<(Stores, Sled)> {
    let claim = Claim::take(dir)?;
    Ok(sled::open(
        &claim,
        &Settings { durability },
        Arc::new(SystemClock),
    )?)
}

fn scope() -> anyhow::Result<Scope> {
    Scope::new("local", "/home/ada/engine", "ada").ok_or_else(|| anyhow::anyhow!("no scope"))
}

fn change(run: &str, number: u32) -> anyhow::Result<Change> {
    Ok(Change {
        scope: scope()?,
        run: RunId::new(run),
        expected: u64::from(number),
        events: vec![event(number)],
        blobs: Vec::new(),
        idempotency: None,
        reserve: Vec::new(),
        settle: Vec::new(),
        deliveries: Vec::new(),
    })
}

fn event(number: u32) -> RunEvent {
    let violation = run::Violation {
        path: format!("line {number}, column 5"),
        rule: "syntax.python".to_owned(),
        got: "an indented block was expected after the function definition. ".repeat(4),
        fix: "indent the body of the function by four spaces".to_owned(),
    };
    RunEvent::StepRejected {
        at: Timestamp::UNIX_EPOCH,
        step: StepId::new("implement"),
        attempt: number,
        submitted: Digest::of(&number.to_le_bytes()),
        violations: vec![violation.clone(), violation.clone(), violation],
        usage: run::Usage {
            usd: MicroUsd(1_250),
            tokens: 900,
            output: 0,
        },
    }
}

fn lesson(number: u32) -> Lesson {
    Lesson {
        id: LessonId::new(format!("{number:032x}")),
        revision: 1,
        kind: LessonKind::Note,
        state: LessonState::Active,
        title: format!("lesson {number}"),
        text: "when the parser rejects a file, look at the line before the one it names. ".repeat(5),
        context: None,
        tags: vec!["parsing".to_owned(), "debugging".to_owned()],
        outcome: None,
        evidence: None,
        provenance: lesson::Provenance::default(),
        trust: Trust::Unverified,
        confirmations: 0,
        text_sha256: Digest::of(&number.to_le_bytes()),
        supersedes: None,
        superseded_by: None,
        retired_because: None,
        recorded_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
        valid_from: None,
        valid_to: None,
        about: Vec::new(),
        contradicts: Vec::new(),
        uses: lesson::Uses::default(),
        recordings: Vec::new(),
    }
}

/// Processor time of the process so far, user and system, in the hundredths of a second in which Linux
/// tells it (proc(5), `/proc/pid/stat`, fields 14 and 15).
fn cpu() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name in parentheses and may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks = ticks.map(str::parse::<u64>).sum::<Result<u64, _>>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

fn cpu_since(before: Option<Duration>) -> Option<Duration> {
    Some(cpu()?.saturating_sub(before?))
}
