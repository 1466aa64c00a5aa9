//! The binary as a host sees it: start, memory at rest, and each tool over stdio and HTTP.
//!
//! `cargo bench --bench serve` prints Markdown tables. CPU is what the kernel accounts to all threads of the
//! server, so it holds on a noisy machine where wall time does not. Linux only: it reads `/proc`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::{Value, json};

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
        measure(tool, "stdio", &[server.child.id()], calls, |n| {
            server.call(tool, &arguments(n))
        })?;
    }
    let mut window = Pipes::start(&mut firstmate(&filled))?;
    for (tool, arguments) in workload() {
        let both = [server.child.id(), window.child.id()];
        measure(tool, "stdio, second window", &both, calls, |n| {
            window.call(tool, &arguments(n + 500_000))
        })?;
    }
    drop(window);
    drop(server);
    let mut server = Http::start(&filled)?;
    for (tool, arguments) in workload() {
        // The lesson texts must be new to this server, too.
        measure(tool, "HTTP", &[server.child.id()], calls, |n| {
            server.call(tool, &arguments(n + 1_000_000))
        })?;
    }
    drop(server);
    if let Some(python) = peer() {
        let mut server = Pipes::start(&mut peer_server(&python))?;
        let task = json!({"task": "rename a variable in this function"});
        measure(
            "one trivial tool, Python SDK",
            "stdio",
            &[server.child.id()],
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
        server.request("tools/list", &json!({}))?;
        took.push(begin.elapsed());
        memory = memory.max(resident_kib(server.child.id())?);
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
        owner.child.kill()?;
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

/// Time on a processor of all threads that live, in the kernel's nanoseconds.
fn cpu(processes: &[u32]) -> anyhow::Result<Duration> {
    let mut total = 0;
    for process in processes {
        for task in std::fs::read_dir(format!("/proc/{process}/task"))? {
            let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
            total += text.split(' ').next().context("schedstat")?.parse::<u64>()?;
        }
    }
    Ok(Duration::from_nanos(total))
}

fn resident_kib(pid: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

fn firstmate(data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firstmate"));
    command
        .arg("--data-dir")
        .arg(data_dir)
        .args(["--project", "bench", "serve", "--stdio"]);
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

/// A server over stdio.
struct Pipes {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    last_id: u64,
}

impl Pipes {
    fn start(command: &mut Command) -> anyhow::Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let stdin = child.stdin.take().context("stdin")?;
        let stdout = BufReader::new(child.stdout.take().context("stdout")?);
        let mut server = Self {
            child,
            stdin,
            stdout,
            last_id: 0,
        };
        let hello = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "bench", "version": "0"}});
        server.request("initialize", &hello)?;
        writeln!(
            server.stdin,
            "{}",
            json!({"jsonrpc": "2.0", "method": "notifications/initialized"})
        )?;
        Ok(server)
    }

    fn request(&mut self, method: &str, params: &Value) -> anyhow::Result<Value> {
        self.last_id += 1;
        let message = json!({"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params});
        self.stdin.write_all(format!("{message}\n").as_bytes())?;
        loop {
            let mut line = String::new();
            anyhow::ensure!(self.stdout.read_line(&mut line)? > 0, "the server went away");
            let answer: Value = serde_json::from_str(&line)?;
            if answer["id"] == self.last_id {
                return Ok(answer);
            }
        }
    }

    fn call(&mut self, tool: &str, arguments: &Value) -> anyhow::Result<()> {
        let answer = self.request("tools/call", &json!({"name": tool, "arguments": arguments}))?;
        anyhow::ensure!(
            answer["result"]["isError"] != true && answer.get("result").is_some(),
            "{tool}: {answer}"
        );
        Ok(())
    }
}

impl Drop for Pipes {
    fn drop(&mut self) {
        let _gone = self.child.kill().is_err();
        let _gone = self.child.wait().is_err();
    }
}

/// A server over streamable HTTP, spoken to without a session on one kept connection.
struct Http {
    child: Child,
    stream: BufReader<TcpStream>,
    host: String,
}

impl Http {
    fn start(data_dir: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_firstmate"));
        command
            .arg("--data-dir")
            .arg(data_dir)
            .args(["--project", "bench", "--log", "info"]);
        command.args(["serve", "--http", "127.0.0.1:0"]);
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(child.stderr.take().context("stderr")?)
            .lines()
            .map_while(Result::ok);
        let line = lines
            .find(|line| line.contains("http://"))
            .context("no address")?;
        let at = line.find("http://").context("no address")? + "http://".len();
        let host = line[at..].split('/').next().context("no address")?.to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        let stream = TcpStream::connect(&host)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            child,
            stream: BufReader::new(stream),
            host,
        })
    }

    fn call(&mut self, tool: &str, arguments: &Value) -> anyhow::Result<()> {
        let meta = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "0"},
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let params = json!({"name": tool, "arguments": arguments, "_meta": meta});
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).to_string();
        let head = format!(
            "POST /mcp HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n\
             MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: {tool}\r\nContent-Length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        self.stream
            .get_mut()
            .write_all(format!("{head}{body}").as_bytes())?;
        let answer = self.response()?;
        anyhow::ensure!(answer.contains("structuredContent"), "{tool}: {answer}");
        Ok(())
    }

    fn response(&mut self) -> anyhow::Result<String> {
        let (mut length, mut chunked) = (0, false);
        loop {
            let mut line = String::new();
            anyhow::ensure!(self.stream.read_line(&mut line)? > 0, "the server went away");
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse()?;
            }
            chunked |= line == "transfer-encoding: chunked";
        }
        let mut body = Vec::new();
        if !chunked {
            body.resize(length, 0);
            self.stream.read_exact(&mut body)?;
        }
        while chunked {
            let mut size = String::new();
            self.stream.read_line(&mut size)?;
            let size = usize::from_str_radix(size.trim(), 16)?;
            let start = body.len();
            body.resize(start + size + 2, 0);
            self.stream.read_exact(&mut body[start..])?;
            chunked = size > 0;
        }
        Ok(String::from_utf8_lossy(&body).into_owned())
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        let _gone = self.child.kill().is_err();
        let _gone = self.child.wait().is_err();
    }
}

#[expect(clippy::print_stdout, reason = "a bench prints its table")]
#[expect(clippy::unnecessary_wraps, reason = "reads as one of the steps")]
fn print(line: &str) -> anyhow::Result<()> {
    println!("{line}");
    Ok(())
}
