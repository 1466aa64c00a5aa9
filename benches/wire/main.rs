//! The wire alone: what a call costs that does nothing, beside the servers of two SDKs with the same tool, and what ten
//! thousand open streams and sessions take.
//!
//! `cargo bench --bench wire` prints Markdown tables; `-- --streams 1000` opens fewer, `-- --hold 600` keeps them for so
//! many seconds. One client, one run. CPU is what the
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
/// How often the server is started.
const STARTS: usize = 40;
/// How long streams are kept.
const HOLD_S: usize = 5;
/// Clients that call at the same time.
const CROWD: usize = 8;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = std::env::args().collect();
    for (name, is_bare) in [(trivial::NAME, false), (trivial::BARE, true)] {
        if arguments.iter().any(|argument| argument == name) {
            return trivial::serve(is_bare);
        }
    }
    // `cargo test --benches` and `cargo bench -- --test` only ask whether it runs.
    let smoke = arguments.iter().any(|argument| argument == "--test");
    let asked = |option: &str| {
        let at = arguments.iter().position(|argument| argument == option)?;
        arguments.get(at + 1)?.parse().ok()
    };
    let (calls, starts, streams) = if smoke {
        (50, 1, 20)
    } else {
        (CALLS, STARTS, asked("--streams").unwrap_or(STREAMS))
    };
    let hold = Duration::from_secs(asked("--hold").unwrap_or(HOLD_S) as u64);
    let dir = tempfile::tempdir()?;

    print("| from exec to the answer of `initialize`, empty store | median ms | least ms |");
    print("|---|---|---|");
    started("stdio", starts, |dir| {
        Pipes::start(&mut firstmate(dir, &["--stdio"])).map(drop)
    })?;
    started("HTTP", starts, |dir| {
        let process = Process::listening(&mut firstmate(dir, &["--http", "127.0.0.1:0"]))?;
        Http::connect(&process.address, false).map(drop)
    })?;

    print("");
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
    for (name, which) in [
        ("firstmate's stack, one tool", trivial::NAME),
        ("rmcp 3.9 alone, one tool", trivial::BARE),
    ] {
        for modern in [false, true] {
            http(name, "tools/call", &mut again(which)?, calls, modern)?;
        }
    }
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

    print("\n| server | clients at once | calls/s | CPU us/call | calls/s and core |");
    print("|---|---|---|---|---|");
    let dir = tempfile::tempdir()?;
    for (name, mut command) in [
        (
            "firstmate, ping",
            firstmate(dir.path(), &["--http", "127.0.0.1:0"]),
        ),
        ("firstmate's stack, one tool", again(trivial::NAME)?),
        ("rmcp 3.9 alone, one tool", again(trivial::BARE)?),
    ] {
        let method = if name.ends_with("ping") {
            "ping"
        } else {
            "tools/call"
        };
        crowd(name, method, &mut command, calls)?;
    }

    print(
        "\n| open at once | how many | opened in s | KiB each | kept for s | an event to all at first and at last, ms | lost |",
    );
    print("|---|---|---|---|---|---|---|");
    many::listening(&mut again(trivial::NAME)?, streams, hold)?;
    many::sessions(&mut again(trivial::NAME)?, streams, hold)
}

fn started(transport: &str, times: usize, start: impl Fn(&Path) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut took = Vec::new();
    for _ in 0..times {
        let dir = tempfile::tempdir()?;
        let begin = Instant::now();
        start(dir.path())?;
        took.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    took.sort_by(f64::total_cmp);
    print(&format!(
        "| {transport} | {:.1} | {:.1} |",
        took[times / 2],
        took[0]
    ));
    Ok(())
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

/// Several clients with a kept connection and a session each.
fn crowd(name: &str, method: &str, command: &mut Command, calls: usize) -> anyhow::Result<()> {
    let process = Process::listening(command)?;
    let mut clients = Vec::new();
    for _ in 0..CROWD {
        let mut client = Http::connect(&process.address, false)?;
        client.ask(method)?;
        clients.push(client);
    }
    let each = calls / CROWD;
    let (before, begin) = (client::cpu(process.pid())?, Instant::now());
    std::thread::scope(|scope| {
        let threads: Vec<_> = clients
            .iter_mut()
            .map(|client| scope.spawn(move || (0..each).try_for_each(|_| client.ask(method))))
            .collect();
        let mut done = threads.into_iter().map(|thread| thread.join());
        done.try_for_each(|done| done.unwrap_or_else(|_| anyhow::bail!("a client panicked")))
    })?;
    let wall = begin.elapsed().as_secs_f64();
    let used = client::cpu(process.pid())?.saturating_sub(before).as_secs_f64();
    let calls = (each * CROWD) as f64;
    print(&format!(
        "| {name} | {CROWD} | {:.0} | {:.1} | {:.0} |",
        calls / wall,
        used * 1e6 / calls,
        calls / used
    ));
    Ok(())
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

/// This program again, as that server.
fn again(which: &str) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(which);
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
