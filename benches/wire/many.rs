//! Thousands of streams and sessions at once: what each takes, how soon all hear of something, and whether all are still there.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use super::client::{Http, Process, meta, post, resident_kib};
use super::print;

/// How often somebody else calls while they are open.
const CALLS_A_SECOND: u32 = 100;

/// Streams of subscriptions (2026-07-28).
pub(crate) fn listening(command: &mut Command, n: usize, hold: Duration) -> anyhow::Result<()> {
    let process = Process::listening(command)?;
    let params = json!({"_meta": meta(), "notifications": {"toolsListChanged": true}});
    let body =
        json!({"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": params}).to_string();
    let headers = "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: subscriptions/listen\r\n";
    let request = post(&process.address, headers, &body);
    let open = || {
        let mut stream = TcpStream::connect(&process.address)?;
        stream.write_all(request.as_bytes())?;
        until(&mut stream, "acknowledged")?;
        Ok(stream)
    };
    let trigger = || Http::connect(&process.address, true)?.ask("tools/call");
    report(
        "streams of subscriptions",
        &process,
        (n, hold),
        open,
        Some(&trigger),
    )
}

/// Sessions with their stream (2025-06-18).
pub(crate) fn sessions(command: &mut Command, n: usize, hold: Duration) -> anyhow::Result<()> {
    let process = Process::listening(command)?;
    let open = || {
        let mut stream = Http::connect(&process.address, false)?.into_stream()?;
        until(&mut stream, "\r\n\r\n")?;
        Ok(stream)
    };
    report("sessions with a stream", &process, (n, hold), open, None)
}

fn report(
    name: &str,
    process: &Process,
    (n, hold): (usize, Duration),
    open: impl Fn() -> anyhow::Result<TcpStream>,
    trigger: Option<&dyn Fn() -> anyhow::Result<()>>,
) -> anyhow::Result<()> {
    // What the first few take is there once for all.
    drop(open()?);
    let before = resident_kib(process.pid())?;
    let begin = Instant::now();
    let mut streams = Vec::with_capacity(n);
    for _ in 0..n {
        streams.push(open()?);
    }
    let opened = begin.elapsed().as_secs_f64();
    let each = (resident_kib(process.pid())?.saturating_sub(before)) as f64 / n as f64;
    let mut heard = Vec::new();
    let mut tell = |streams: &mut [TcpStream]| -> anyhow::Result<()> {
        let Some(trigger) = trigger else {
            return Ok(());
        };
        let begin = Instant::now();
        trigger()?;
        for stream in streams {
            until(stream, "list_changed")?;
        }
        heard.push(format!("{:.0}", begin.elapsed().as_secs_f64() * 1e3));
        Ok(())
    };
    tell(&mut streams)?;
    let mut other = Http::connect(&process.address, false)?;
    let begin = Instant::now();
    while begin.elapsed() < hold {
        other.ask("ping")?;
        std::thread::sleep(Duration::from_secs(1) / CALLS_A_SECOND);
    }
    tell(&mut streams)?;
    let heard = heard.join(", ");
    let lost = streams
        .iter_mut()
        .filter_map(|stream| is_lost(stream).ok())
        .filter(|lost| *lost)
        .count();
    print(&format!(
        "| {name} | {n} | {opened:.1} | {each:.1} | {} | {heard} | {lost} |",
        hold.as_secs()
    ));
    Ok(())
}

/// Reads on until this was said.
fn until(stream: &mut TcpStream, text: &str) -> anyhow::Result<()> {
    let (mut all, mut part) = (Vec::new(), [0; 2048]);
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    while !all.windows(text.len()).any(|window| window == text.as_bytes()) {
        let read = stream.read(&mut part)?;
        anyhow::ensure!(
            read > 0,
            "closed before {text:?}: {}",
            String::from_utf8_lossy(&all)
        );
        all.extend_from_slice(&part[..read]);
    }
    Ok(())
}

/// Whether the server has closed it; signs of life are read away.
fn is_lost(stream: &mut TcpStream) -> std::io::Result<bool> {
    stream.set_nonblocking(true)?;
    let mut part = [0; 256];
    loop {
        match stream.read(&mut part) {
            Ok(0) => return Ok(true),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(false),
            Err(_) => return Ok(true),
        }
    }
}
