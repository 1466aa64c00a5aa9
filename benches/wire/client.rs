//! The clients of this bench: they call its one tool, as clients of today and of 2026-07-28.

use std::io::Write as _;
use std::net::TcpStream;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::tool;

#[path = "../client/mod.rs"]
mod shared;

use shared::{Connection, check, hello, initialized, request};
pub(crate) use shared::{Pipes, Process, cpu, meta, post, resident_kib};

fn params(method: &str) -> Value {
    if method == "tools/call" { tool() } else { json!({}) }
}

impl Pipes {
    pub(crate) fn ask(&mut self, method: &str) -> anyhow::Result<()> {
        self.exchange(&request(method, &params(method)))
    }
}

/// One kept connection to `/mcp`.
#[derive(Debug)]
pub(crate) struct Http {
    connection: Connection,
    /// The header lines that name the session; `None` for a client without one.
    session: Option<String>,
}

impl Http {
    pub(crate) fn connect(address: &str, modern: bool) -> anyhow::Result<Self> {
        let mut connection = Connection::open(address)?;
        if modern {
            return Ok(Self {
                connection,
                session: None,
            });
        }
        let (head, answer) = connection.exchange("", &hello())?;
        check(&answer)?;
        let line = head
            .lines()
            .find(|line| line.to_ascii_lowercase().starts_with("mcp-session-id:"));
        let id = line.context("no session")?;
        let session = format!("{id}\r\nMCP-Protocol-Version: 2025-06-18\r\n");
        connection.exchange(&session, &initialized())?;
        Ok(Self {
            connection,
            session: Some(session),
        })
    }

    pub(crate) fn ask(&mut self, method: &str) -> anyhow::Result<()> {
        let params = params(method);
        match &self.session {
            Some(session) => check(&self.connection.exchange(session, &request(method, &params))?.1),
            None => self.connection.ask(method, "route_task", &params),
        }
    }

    /// Asks for the session's own stream, and leaves the answer to come.
    pub(crate) fn into_stream(mut self) -> anyhow::Result<TcpStream> {
        let session = self.session.take().context("no session")?;
        let Connection { mut stream, host } = self.connection;
        let head = format!("GET /mcp HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n{session}\r\n");
        stream.get_mut().write_all(head.as_bytes())?;
        Ok(stream.into_inner())
    }
}
