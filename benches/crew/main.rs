//! What the engine of crews costs by itself: models that answer at once, over the store of the binary with its default
//! durability, policy, validation and audit on.
//!
//! `cargo bench --bench crew`. It is no criterion bench because what matters is processor time of all threads, bytes on
//! disk and a distribution. `benches/peers/crews.py` runs the same shapes through other engines.

mod model;
mod world;

use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use firstmate::crew::{Crews, Reply, Settings, Start, Submission};
use firstmate::domain::{RunId, RunStatus};
use serde_json::{Value, json};

use model::OneK;
use world::{World, cpu, memory_mib, scope};

/// Steps of a chain, and items of a fan-out.
const CHAIN: usize = 50;
const ITEMS: usize = 100;

fn main() -> anyhow::Result<()> {
    // As in criterion: with `--test` everything runs once, to see that it does.
    let times = if std::env::args().any(|argument| argument == "--test") {
        1
    } else {
        10
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "| steps of 1 KB, each durable | CPU us/step | wall ms | journal KiB/100 steps |"
    )?;
    writeln!(out, "|---|---|---|---|")?;
    for (name, strategy, steps, plan) in [
        ("chain of 50", "sequential", CHAIN, chain()),
        ("100 at once", "graph", ITEMS, fan_out()),
    ] {
        let row = runtime.block_on(engine(strategy, &plan, steps, times))?;
        writeln!(
            out,
            "| {name} | {:.0} | {:.1} | {:.0} |",
            row.cpu_us, row.wall_ms, row.kib
        )?;
    }
    writeln!(
        out,
        "\nresident memory after it: {:.1} MiB",
        memory_mib().context("memory")?
    )?;

    let (events, restart_ms, first_ms) = runtime.block_on(resume(if times == 1 { 4 } else { 49 }))?;
    writeln!(
        out,
        "a run of {events} events after a restart: found in {restart_ms:.1} ms, the next model asked after {first_ms:.1} ms"
    )?;

    writeln!(
        out,
        "\n| 50 steps by the host, reply | p50 ms | p99 ms | largest bytes |"
    )?;
    writeln!(out, "|---|---|---|---|")?;
    for (name, strategy, plan) in [
        ("chain", "sequential", chain()),
        ("all at once, joined", "parallel", chain()),
    ] {
        let row = runtime.block_on(replies(strategy, &plan, times))?;
        writeln!(
            out,
            "| {name} | {:.2} | {:.2} | {} |",
            row.p50_ms, row.p99_ms, row.largest
        )?;
    }
    Ok(())
}

fn chain() -> Value {
    let steps = (0..CHAIN)
        .map(|n| json!({"id": format!("s{n}"), "role": "worker", "goal": "Do your part of the work."}));
    json!(steps.collect::<Vec<_>>())
}

/// One step that lists, and one for each item of its list.
fn fan_out() -> Value {
    json!([
        {"id": "list", "role": "planner", "goal": "List the parts."},
        {"id": "part", "role": "worker", "goal": "Do your part of the work.", "needs": ["list"],
         "foreach": {"step": "list", "path": "/items", "max_items": ITEMS}},
    ])
}

struct Engine {
    cpu_us: f64,
    wall_ms: f64,
    kib: f64,
}

async fn engine(strategy: &str, plan: &Value, steps: usize, times: usize) -> anyhow::Result<Engine> {
    let world = World::open()?;
    let crews = world.crews(OneK::endless(), ITEMS)?;
    // Once unmeasured: what is made at first use.
    let first = by_models(&crews, strategy, plan, "first").await?;
    let bytes = world.journal_bytes(&first).await?;
    let (before, start) = (cpu()?, Instant::now());
    for n in 0..times {
        by_models(&crews, strategy, plan, &n.to_string()).await?;
    }
    let (cpu, wall) = (cpu()?.saturating_sub(before), start.elapsed());
    let all = (steps * times) as f64;
    Ok(Engine {
        cpu_us: cpu.as_secs_f64() * 1e6 / all,
        wall_ms: wall.as_secs_f64() * 1e3 / times as f64,
        kib: bytes as f64 / 1024.0 / steps as f64 * 100.0,
    })
}

fn start(strategy: &str, plan: &Value, executor: &str, key: &str) -> Start {
    Start {
        task: "Do the work in parts.".to_owned(),
        plan: Some(plan.clone()),
        strategy: Some(strategy.to_owned()),
        executor: Some(executor.to_owned()),
        idempotency_key: Some(key.to_owned()),
        ..Start::default()
    }
}

async fn by_models(crews: &Crews, strategy: &str, plan: &Value, key: &str) -> anyhow::Result<RunId> {
    let scope = scope()?;
    let begun = crews.start(&scope, start(strategy, plan, "a/one", key)).await?;
    crews.drive(&scope, &begun.run_id).await?;
    let ended = crews.status(&scope, &begun.run_id, None).await?;
    anyhow::ensure!(
        ended.status == RunStatus::Completed,
        "{:?}: {:?}",
        ended.status,
        ended.ended
    );
    Ok(begun.run_id)
}

/// A run whose model falls silent shortly before the end, gone on with by a process that has never seen it.
async fn resume(width: usize) -> anyhow::Result<(usize, f64, f64)> {
    let mut steps = vec![json!({"id": "list", "role": "planner", "goal": "List the parts."})];
    steps.extend((0..width).map(|n| {
        json!({"id": format!("part{n}"), "role": "worker", "goal": "Do your part of the work.", "needs": ["list"],
               "foreach": {"step": "list", "path": "/items", "max_items": ITEMS}})
    }));
    let scope = scope()?;
    let mut world = World::open()?;
    let calls = width * ITEMS;
    let (model, silent) = OneK::until(calls);
    let crews = world.crews(model, Settings::default().max_parallel)?;
    let begun = crews
        .start(&scope, start("graph", &json!(steps), "a/one", "long"))
        .await?;
    tokio::select! {
        ended = crews.drive(&scope, &begun.run_id) => anyhow::bail!("it ended: {ended:?}"),
        () = silent.notified() => {}
    }
    drop(crews);
    world.reopen()?;
    let events = world.events(&begun.run_id).await?;
    let (model, asked) = OneK::until(0);
    let crews = world.crews(model, Settings::default().max_parallel)?;
    let start = Instant::now();
    anyhow::ensure!(crews.restart().await? == 1, "the run does not go on");
    let found = start.elapsed();
    tokio::select! {
        ended = crews.drive(&scope, &begun.run_id) => anyhow::bail!("it ended: {ended:?}"),
        () = asked.notified() => {}
    }
    let first = start.elapsed();
    Ok((events, found.as_secs_f64() * 1e3, first.as_secs_f64() * 1e3))
}

struct Replies {
    p50_ms: f64,
    p99_ms: f64,
    largest: usize,
}

/// A host that does all that is pending, call for call, as JSON and as text.
async fn replies(strategy: &str, plan: &Value, times: usize) -> anyhow::Result<Replies> {
    let world = World::open()?;
    let crews = world.crews(OneK::endless(), ITEMS)?;
    let scope = scope()?;
    let (mut took, mut largest) = (Vec::new(), 0);
    for n in 0..times {
        let mut begin = Some(start(strategy, plan, "host", &n.to_string()));
        let mut run = None;
        let mut submissions = Vec::new();
        loop {
            let start = Instant::now();
            let reply: Reply = match (begin.take(), &run) {
                (Some(begin), _) => crews.start(&scope, begin).await?,
                (None, Some(run)) => {
                    crews
                        .submit(&scope, Some(run), std::mem::take(&mut submissions))
                        .await?
                }
                (None, None) => anyhow::bail!("no run"),
            };
            let bytes = serde_json::to_vec(&reply)?.len().max(reply.text().len());
            took.push(start.elapsed());
            largest = largest.max(bytes);
            if reply.status == RunStatus::Completed {
                break;
            }
            anyhow::ensure!(!reply.pending.is_empty(), "{:?} with nothing to do", reply.status);
            submissions = reply
                .pending
                .iter()
                .map(|step| Submission {
                    step_token: step.step_token.clone(),
                    output: Some(model::output(step.step_id.as_str()).into()),
                    ..Submission::default()
                })
                .collect();
            run = Some(reply.run_id);
        }
    }
    took.sort_unstable();
    let at = |share: f64| {
        let index = ((took.len() - 1) as f64 * share) as usize;
        took.get(index)
            .map_or(f64::NAN, |took: &Duration| took.as_secs_f64() * 1e3)
    };
    Ok(Replies {
        p50_ms: at(0.5),
        p99_ms: at(0.99),
        largest,
    })
}
