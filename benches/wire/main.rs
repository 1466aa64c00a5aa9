//! The wire alone: what a call costs that does nothing, beside the servers of two SDKs with the same tool, and what ten
//! thousand open streams and sessions take.
//!
//! `cargo bench --bench wire` prints Markdown tables; `-- --streams 1000` opens fewer. One client, one run. CPU is what the
//! kernel accounts to all threads of the server. Linux only: it reads `/proc`. The trivial server is firstmate's own stack,
//! with all guards, around one tool that does nothing; `serve.rs` measures the real tools.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

mod client;
mod many;
mod trivial;

use client::{Http, Pipes, Process};

const CALLS: usize = 20_000;
const STREAMS: usize = 10_000;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = std::env::args().collect();
    if arguments.iter().any(|argument| argument == trivial::NAME) {
        return trivial::serve();
    }
    // `cargo test --benches` and `cargo bench -- --test` only ask whether it runs.
    let smoke = arguments.iter().any(|argument| argument == "--test");
    let asked = arguments.iter().position(|argument| argument == "--streams");
    let asked = asked.and_then(|at| arguments.get(at + 1)?.parse().ok());
    let (calls, streams) = if smoke {
        (50, 20)
    } else {
        (CALLS, asked.unwrap_or(STREAMS))
    };
    let dir = tempfile::tempdir()?;

    print("| server | transport | start ms | p50 us | p99 us | CPU us/call | memory MiB |");
    print("|---|---|---|---|---|---|---|");
    stdio(
        "firstmate, ping",
        "ping",
        &mut firstmate(dir.path(), &["--stdio"]),
        calls,
    )?;
    http(
        "firstmate, ping",
        "ping",
        &mut firstmate(dir.path(), &["--http", "127.0.0.1:0"]),
        calls,
        false,
    )?;
    http(
        "firstmate's stack, one tool",
        "tools/call",
        &mut ours()?,
        calls,
        false,
    )?;
    http(
        "firstmate's stack, one tool",
        "tools/call",
        &mut ours()?,
        calls,
        true,
    )?;
    for (name, program, script) in [
        ("FastMCP 4.2.3 (Python)", "mcp2/bin/python", "trivial.py"),
        (
            "TypeScript SDK 1.32.2 (Node 22)",
            "node_modules/node/bin/node",
            "trivial.mjs",
        ),
    ] {
        let Some(program) = installed(program) else {
            print(&format!("| {name} | | not installed: run .ci/run | | | | |"));
            continue;
        };
        let few = calls / 20 + 1;
        stdio(name, "tools/call", &mut peer(&program, script, "stdio"), few)?;
        http(
            name,
            "tools/call",
            &mut peer(&program, script, "http"),
            few,
            false,
        )?;
    }

    print("\n| open at once | how many | opened in s | KiB each | an event to all, ms | lost |");
    print("|---|---|---|---|---|---|");
    many::listening(&mut ours()?, streams)?;
    many::sessions(&mut ours()?, streams)
}

fn stdio(name: &str, method: &str, command: &mut Command, calls: usize) -> anyhow::Result<()> {
    let begin = Instant::now();
    let mut server = Pipes::start(command)?;
    let start = begin.elapsed();
    measure(name, "stdio", start, server.process.pid(), calls, || {
        server.ask(method)
    })
}

fn http(name: &str, method: &str, command: &mut Command, calls: usize, modern: bool) -> anyhow::Result<()> {
    let begin = Instant::now();
    let process = Process::listening(command)?;
    let mut client = Http::connect(&process.address, modern)?;
    let start = begin.elapsed();
    let transport = if modern { "HTTP 2026-07-28" } else { "HTTP session" };
    measure(name, transport, start, process.pid(), calls, || {
        client.ask(method)
    })
}

fn measure(
    name: &str,
    transport: &str,
    start: Duration,
    pid: u32,
    calls: usize,
    mut call: impl FnMut() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for _ in 0..calls / 10 {
        call()?;
    }
    let before = client::cpu(pid)?;
    let mut took = Vec::with_capacity(calls);
    for _ in 0..calls {
        let begin = Instant::now();
        call()?;
        took.push(begin.elapsed());
    }
    let used = client::cpu(pid)?.saturating_sub(before);
    took.sort();
    print(&format!(
        "| {name} | {transport} | {:.0} | {} | {} | {:.1} | {:.1} |",
        start.as_secs_f64() * 1e3,
        took[calls / 2].as_micros(),
        took[calls * 99 / 100].as_micros(),
        used.as_secs_f64() * 1e6 / calls as f64,
        client::resident_kib(pid)? as f64 / 1024.0,
    ));
    Ok(())
}

fn firstmate(dir: &Path, how: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firstmate"));
    command.arg("--data-dir").arg(dir.join("data"));
    command
        .args(["--project", "bench", "--log", "info", "serve"])
        .args(how);
    command
}

/// This program again, as the server.
fn ours() -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(trivial::NAME);
    Ok(command)
}

fn installed(program: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target/clients")
        .join(program);
    path.exists().then_some(path)
}

fn peer(program: &Path, script: &str, transport: &str) -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(program);
    command
        .arg(root.join("benches/peers").join(script))
        .arg(transport);
    command.arg(root.join("target/clients"));
    command
}

/// The call of the one tool.
fn tool() -> serde_json::Value {
    json!({"name": "route_task", "arguments": {"task": "rename a variable in this function"}})
}

#[expect(clippy::print_stdout, reason = "a bench prints its table")]
fn print(line: &str) {
    println!("{line}");
}
