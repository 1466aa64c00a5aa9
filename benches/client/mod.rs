//! A client that writes what it has to and reads the answer; it takes next to nothing itself.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};

/// A server, killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) child: Child,
    /// Where it listens; empty where it does not.
    pub(crate) address: String,
}

impl Process {
    /// Starts what says `http://ADDRESS/` on stderr once it listens.
    pub(crate) fn listening(command: &mut Command) -> anyhow::Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let lines = BufReader::new(child.stderr.take().context("stderr")?).lines();
        let mut lines = lines.map_while(Result::ok);
        let line = lines
            .find(|line| line.contains("http://"))
            .context("it does not listen")?;
        let at = line.find("http://").context("no address")? + "http://".len();
        let address = line[at..].split('/').next().context("no address")?.to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { child, address })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _gone = self.child.kill().is_err();
        let _gone = self.child.wait().is_err();
    }
}

/// What a client says first.
pub(crate) fn hello() -> Value {
    let params = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "bench", "version": "0"}});
    request("initialize", &params)
}

pub(crate) fn initialized() -> Value {
    json!({"jsonrpc": "2.0", "method": "notifications/initialized"})
}

/// What every request of 2026-07-28 carries.
pub(crate) fn meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "0"},
        "io.modelcontextprotocol/clientCapabilities": {},
    })
}

pub(crate) fn request(method: &str, params: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
}

pub(crate) fn check(answer: &str) -> anyhow::Result<()> {
    anyhow::ensure!(
        answer.contains("\"result\"") && !answer.contains("\"isError\":true"),
        "{answer}"
    );
    Ok(())
}

/// A server over stdio.
#[derive(Debug)]
pub(crate) struct Pipes {
    pub(crate) process: Process,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Pipes {
    pub(crate) fn start(command: &mut Command) -> anyhow::Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let stdin = child.stdin.take().context("stdin")?;
        let stdout = BufReader::new(child.stdout.take().context("stdout")?);
        let process = Process {
            child,
            address: String::new(),
        };
        let mut server = Self {
            process,
            stdin,
            stdout,
        };
        server.exchange(&hello())?;
        writeln!(server.stdin, "{}", initialized())?;
        Ok(server)
    }

    /// Sends a request and waits for its result.
    pub(crate) fn exchange(&mut self, request: &Value) -> anyhow::Result<()> {
        self.stdin.write_all(format!("{request}\n").as_bytes())?;
        loop {
            let mut line = String::new();
            anyhow::ensure!(self.stdout.read_line(&mut line)? > 0, "the server went away");
            // What the server says by itself has a method.
            if !line.contains("\"method\":") {
                return check(&line);
            }
        }
    }
}

/// One kept connection to `/mcp`.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) stream: BufReader<TcpStream>,
    pub(crate) host: String,
}

impl Connection {
    pub(crate) fn open(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Self {
            stream: BufReader::new(stream),
            host: address.to_owned(),
        })
    }

    /// Posts a message; the answer's head and body.
    pub(crate) fn exchange(&mut self, headers: &str, message: &Value) -> anyhow::Result<(String, String)> {
        let request = post(&self.host, headers, &message.to_string());
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (mut head, mut length, mut chunked) = (String::new(), 0, false);
        loop {
            let mut line = String::new();
            anyhow::ensure!(self.stream.read_line(&mut line)? > 0, "the server went away");
            if line.trim_end().is_empty() {
                break;
            }
            let lower = line.trim_end().to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length: ") {
                length = value.parse()?;
            }
            chunked |= lower == "transfer-encoding: chunked";
            head += &line;
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
        Ok((head, String::from_utf8_lossy(&body).into_owned()))
    }

    /// Posts a request as a client of 2026-07-28 does, and waits for its result; `name` is the tool's.
    pub(crate) fn ask(&mut self, method: &str, name: &str, params: &Value) -> anyhow::Result<()> {
        let mut message = request(method, params);
        message["params"]["_meta"] = meta();
        let headers =
            format!("MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: {method}\r\nMcp-Name: {name}\r\n");
        check(&self.exchange(&headers, &message)?.1)
    }
}

/// A message as a request.
pub(crate) fn post(host: &str, headers: &str, body: &str) -> String {
    format!(
        "POST /mcp HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n\
         {headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Time on a processor of all threads that live, in the kernel's nanoseconds.
pub(crate) fn cpu(pid: u32) -> anyhow::Result<Duration> {
    let mut total = 0;
    for task in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        total += text.split(' ').next().context("schedstat")?.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(total))
}

pub(crate) fn resident_kib(pid: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
