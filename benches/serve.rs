//! The binary as a host sees it: start, memory at rest, and each tool over stdio and HTTP.
//!
//! `cargo bench --bench serve` prints Markdown tables. CPU is what the kernel accounts to all threads of the
//! server, so it holds on a noisy machine where wall time does not. Linux only: it reads `/proc`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

#[path = "client/mod.rs"]
mod client;

use client::{Connection, Pipes, Process, request};

const CALLS: usize = 2_000;
const STARTS: usize = 15;
const LESSONS: usize = 10_000;

fn main() -> anyhow::Result<()> {
    // `cargo test --benches` and `cargo bench -- --test` only ask whether it runs.
    let smoke = std::env::args().any(|argument| argument == "--test");
    let (calls, starts, lessons) = if smoke {
        (20, 2, 100)
    } else {
        (CALLS, STARTS, LESSONS)
    };
    let dir = tempfile::tempdir()?;
    let filled = dir.path().join("filled");
    fill(&filled, lessons)?;

    print("| start, exec to first tools/list answer | p50 ms | max ms | memory at rest MiB |")?;
    print("|---|---|---|---|")?;
    start("empty store", starts, || Ok(firstmate(&dir.path().join("empty"))))?;
    start(&format!("{lessons} lessons"), starts, || Ok(firstmate(&filled)))?;
    if let Some(python) = peer() {
        start("Python SDK, one tool, no store", 3, || Ok(peer_server(&python)))?;
    }

    print("\n| owner killed, to the answer of a call through another window | p50 ms | max ms |")?;
    print("|---|---|---|")?;
    takeover("empty store", starts, &dir.path().join("empty"))?;
    takeover(&format!("{lessons} lessons"), starts, &filled)?;

    print("\n| tool | transport | p50 us | p99 us | CPU us/call |")?;
    print("|---|---|---|---|---|")?;
    let mut server = Pipes::start(&mut firstmate(&filled))?;
    for (tool, arguments) in workload() {
        measure(tool, "stdio", &[server.process.pid()], calls, |n| {
            server.call(tool, &arguments(n))
        })?;
    }
    let mut window = Pipes::start(&mut firstmate(&filled))?;
    for (tool, arguments) in workload() {
        let both = [server.process.pid(), window.process.pid()];
        measure(tool, "stdio, second window", &both, calls, |n| {
            window.call(tool, &arguments(n + 500_000))
        })?;
    }
    drop(window);
    drop(server);
    let server = Process::listening(&mut listening(&filled))?;
    let mut connection = Connection::open(&server.address)?;
    for (tool, arguments) in workload() {
        // The lesson texts must be new to this server, too.
        measure(tool, "HTTP", &[server.pid()], calls, |n| {
            connection.ask("tools/call", tool, &called(tool, &arguments(n + 1_000_000)))
        })?;
    }
    drop(server);
    if let Some(python) = peer() {
        let mut server = Pipes::start(&mut peer_server(&python))?;
        let task = json!({"task": "rename a variable in this function"});
        measure(
            "one trivial tool, Python SDK",
            "stdio",
            &[server.process.pid()],
            calls.min(500),
            |_| server.call("route_task", &task),
        )?;
    } else {
        print("| Python SDK | | not installed: run .ci/run | | |")?;
    }
    Ok(())
}

type Arguments = Box<dyn Fn(usize) -> Value>;

fn workload() -> Vec<(&'static str, Arguments)> {
    let task = "The login page answers 500 since the last deploy. The stack trace ends in session.rs line 88, \
                `called Option::unwrap() on a None value`. Find out why and fix it without changing the public API.";
    vec![
        ("route_task", Box::new(move |_| json!({"task": task}))),
        (
            "enforce_policy",
            Box::new(|_| json!({"action": {"kind": "shell", "content": "git push --force origin main"}})),
        ),
        (
            "validate_output",
            Box::new(|_| json!({"output": "Here:\n\n```python\ndef add(a, b):\n    return a + b\n```\n"})),
        ),
        (
            "search_knowledge",
            Box::new(|_| json!({"query": "why does the session cache lose entries"})),
        ),
        (
            "record_lesson",
            Box::new(|n| json!({"lesson": lesson(n + 10_000_000)})),
        ),
        (
            "run_crew",
            Box::new(
                |_| json!({"task": "write add(a, b)", "plan": {"steps": [{"id": "a", "goal": "Do it."}]}}),
            ),
        ),
    ]
}

fn lesson(n: usize) -> String {
    const WORDS: [&str; 16] = [
        "session",
        "cache",
        "index",
        "deploy",
        "timeout",
        "parser",
        "schema",
        "retry",
        "queue",
        "token",
        "scope",
        "header",
        "migration",
        "snapshot",
        "worker",
        "budget",
    ];
    let word =
        |salt: usize| WORDS[n.wrapping_mul(2_654_435_761).wrapping_add(salt * 40_503) / 7 % WORDS.len()];
    format!(
        "Case {n}: the {} of the {} loses entries when the {} runs before the {}; set {}{n} first.",
        word(1),
        word(2),
        word(3),
        word(4),
        word(5)
    )
}

fn fill(data_dir: &Path, lessons: usize) -> anyhow::Result<()> {
    let mut server = Pipes::start(&mut firstmate(data_dir))?;
    for n in 0..lessons {
        server.call("record_lesson", &json!({"lesson": lesson(n)}))?;
    }
    Ok(())
}

fn start(name: &str, times: usize, command: impl Fn() -> anyhow::Result<Command>) -> anyhow::Result<()> {
    let mut took = Vec::new();
    let mut memory = 0;
    for _ in 0..times {
        let begin = Instant::now();
        let mut server = Pipes::start(&mut command()?)?;
        server.exchange(&request("tools/list", &json!({})))?;
        took.push(begin.elapsed());
        memory = memory.max(client::resident_kib(server.process.pid())?);
    }
    took.sort();
    let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
    print(&format!(
        "| {name} | {:.1} | {:.1} | {:.1} |",
        ms(took[took.len() / 2]),
        ms(took[took.len() - 1]),
        memory as f64 / 1024.0
    ))
}

fn takeover(name: &str, times: usize, data_dir: &Path) -> anyhow::Result<()> {
    let mut owner = Pipes::start(&mut firstmate(data_dir))?;
    let mut took = Vec::new();
    for _ in 0..times {
        let mut window = Pipes::start(&mut firstmate(data_dir))?;
        let query = json!({"query": "why does the session cache lose entries"});
        window.call("search_knowledge", &query)?;
        owner.process.child.kill()?;
        let begin = Instant::now();
        window.call("search_knowledge", &query)?;
        took.push(begin.elapsed());
        owner = window;
    }
    took.sort();
    let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
    print(&format!(
        "| {name} | {:.1} | {:.1} |",
        ms(took[took.len() / 2]),
        ms(took[took.len() - 1])
    ))
}

fn measure(
    tool: &str,
    transport: &str,
    processes: &[u32],
    calls: usize,
    mut call: impl FnMut(usize) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for n in 0..calls / 10 {
        call(n)?;
    }
    let before = cpu(processes)?;
    let mut took = Vec::with_capacity(calls);
    for n in 0..calls {
        let begin = Instant::now();
        call(calls + n)?;
        took.push(begin.elapsed());
    }
    let used = cpu(processes)?.saturating_sub(before);
    took.sort();
    print(&format!(
        "| {tool} | {transport} | {} | {} | {} |",
        took[calls / 2].as_micros(),
        took[calls * 99 / 100].as_micros(),
        used.as_micros() / calls as u128
    ))
}

fn cpu(processes: &[u32]) -> anyhow::Result<Duration> {
    processes.iter().map(|process| client::cpu(*process)).sum()
}

fn called(tool: &str, arguments: &Value) -> Value {
    json!({"name": tool, "arguments": arguments})
}

impl Pipes {
    fn call(&mut self, tool: &str, arguments: &Value) -> anyhow::Result<()> {
        self.exchange(&request("tools/call", &called(tool, arguments)))
    }
}

fn firstmate(data_dir: &Path) -> Command {
    let mut command = bench(data_dir);
    command.args(["serve", "--stdio"]);
    command
}

fn listening(data_dir: &Path) -> Command {
    let mut command = bench(data_dir);
    command.args(["--log", "info", "serve", "--http", "127.0.0.1:0"]);
    command
}

fn bench(data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firstmate"));
    command
        .arg("--data-dir")
        .arg(data_dir)
        .args(["--project", "bench"]);
    command
}

fn peer() -> Option<PathBuf> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/clients/mcp1/bin/python");
    python.exists().then_some(python)
}

fn peer_server(python: &Path) -> Command {
    let mut command = Command::new(python);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/fastmcp_server.py"));
    command
}

#[expect(clippy::print_stdout, reason = "a bench prints its table")]
#[expect(clippy::unnecessary_wraps, reason = "reads as one of the steps")]
fn print(line: &str) -> anyhow::Result<()> {
    println!("{line}");
    Ok(())
}
