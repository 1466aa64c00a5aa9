//! JSON-RPC messages as lines of text, bounded, with an answer for what is none.

use futures::channel::mpsc;
use futures::{SinkExt, StreamExt};
use rmcp::RoleServer;
use rmcp::model::{ErrorCode, ErrorData, GetExtensions as _, RequestId};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};

use super::subscriptions::Arrival;

/// Messages waiting in one direction of a connection; more make the sender wait.
pub(crate) const WAITING_MESSAGES: usize = 64;
/// Longest line. Beyond it the request's id cannot be found, so the answer carries none; smaller than
/// that but too large for a tool is answered by the tool call itself.
const MAX_LINE_BYTES: usize = 16 << 20;

/// Memory that is kept between lines.
const KEPT_BYTES: usize = 1 << 16;

/// Messages from a client.
pub(crate) type Incoming = RxJsonRpcMessage<RoleServer>;
/// Messages to a client.
pub(crate) type Outgoing = TxJsonRpcMessage<RoleServer>;

/// What of a message can be read whatever else is wrong with it: unknown fields are skipped without
/// recursion, so that nesting does not matter.
#[derive(Debug, Default, Deserialize)]
#[serde(expecting = "a JSON-RPC message")]
pub(crate) struct Envelope {
    /// The request's id.
    #[serde(default)]
    pub(crate) id: Option<RequestId>,
    /// What is asked for.
    #[serde(default)]
    pub(crate) method: Option<String>,
}

/// Reads one message.
///
/// # Errors
/// The answer to what is not a message, with the request's id where it can be found.
pub(crate) fn parse(text: &[u8]) -> Result<Incoming, Box<Outgoing>> {
    let mut message = serde_json::from_slice(text).map_err(|error| Box::new(refusal(text, &error)))?;
    if let Incoming::Request(request) = &mut message {
        request.request.extensions_mut().insert(Arrival::now());
    }
    Ok(message)
}

/// The answer to what is JSON but no message, or not even JSON.
pub(crate) fn refusal(text: &[u8], error: &serde_json::Error) -> Outgoing {
    let (code, what, id) = match serde_json::from_slice::<Envelope>(text) {
        _ if text.trim_ascii_start().starts_with(b"[") => {
            (ErrorCode::INVALID_REQUEST, "batches are not part of MCP", None)
        }
        Ok(envelope) => (ErrorCode::INVALID_REQUEST, "not a JSON-RPC message", envelope.id),
        // Such as an id that is a fraction, or there twice.
        Err(_) if serde_json::from_slice::<IgnoredAny>(text).is_ok() => {
            (ErrorCode::INVALID_REQUEST, "not a JSON-RPC message", None)
        }
        Err(_) => (ErrorCode::PARSE_ERROR, "not JSON", None),
    };
    Outgoing::error(ErrorData::new(code, format!("{what}: {error}"), None), id)
}

/// Sends every message that comes in to `messages`, until the input ends. What is no message is
/// answered on `answers`; a client that breaks a line off loses that line only.
pub(crate) async fn read<R>(
    from: R,
    mut messages: mpsc::Sender<Incoming>,
    mut answers: mpsc::Sender<Outgoing>,
) where
    R: AsyncRead + Unpin,
{
    let mut from = Lines::new(from);
    // rmcp gives up on a connection that starts with anything but a request.
    let mut opened = false;
    loop {
        let sent = match from.next().await {
            Ok(Line::Whole(line) | Line::Unfinished(line)) if line.trim_ascii().is_empty() => true,
            Ok(Line::Whole(line) | Line::Unfinished(line)) => match parse(line) {
                Ok(message) if opened || matches!(message, Incoming::Request(_)) => {
                    opened = true;
                    messages.send(message).await.is_ok()
                }
                Ok(_) => true,
                Err(answer) => answers.send(*answer).await.is_ok(),
            },
            Ok(Line::TooLong) => answers.send(too_long()).await.is_ok(),
            Ok(Line::End) => return,
            Err(error) => {
                tracing::warn!(%error, "the client's messages cannot be read any more");
                return;
            }
        };
        if !sent {
            return;
        }
    }
}

/// The answer to a line that was dropped for its length.
pub(crate) fn too_long() -> Outgoing {
    let message = format!("the message is longer than {MAX_LINE_BYTES} bytes");
    Outgoing::error(ErrorData::new(ErrorCode::INVALID_REQUEST, message, None), None)
}

/// Writes every message as a line, until there are no more senders.
///
/// # Errors
/// When the client does not take them any more.
pub(crate) async fn write<W>(mut to: W, mut messages: mpsc::Receiver<Outgoing>) -> std::io::Result<()>
where
    W: AsyncWrite + Unpin,
{
    let mut lines = Vec::new();
    while let Some(message) = messages.next().await {
        lines.clear();
        put(&mut lines, &message)?;
        // What is waiting already goes out in the same write.
        while let Ok(message) = messages.try_recv() {
            put(&mut lines, &message)?;
        }
        to.write_all(&lines).await?;
        to.flush().await?;
    }
    Ok(())
}

fn put(lines: &mut Vec<u8>, message: &Outgoing) -> std::io::Result<()> {
    serde_json::to_writer(&mut *lines, message)?;
    lines.push(b'\n');
    Ok(())
}

/// Lines of text, bounded.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    from: BufReader<R>,
    line: Vec<u8>,
    /// The rest of the line under way is to be dropped.
    too_long: bool,
    /// The line was handed out, and the next one may take its place.
    done: bool,
}

/// What was read, without its newline.
#[derive(Debug, PartialEq)]
pub(crate) enum Line<'a> {
    /// A line.
    Whole(&'a [u8]),
    /// The last words of an input that ended without a newline.
    Unfinished(&'a [u8]),
    /// A line that was dropped.
    TooLong,
    /// There is nothing more.
    End,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// The lines of `from`.
    pub(crate) fn new(from: R) -> Self {
        Self {
            from: BufReader::new(from),
            line: Vec::new(),
            too_long: false,
            done: false,
        }
    }

    /// The next line. Dropping the future loses nothing of it.
    ///
    /// # Errors
    /// When the input cannot be read.
    pub(crate) async fn next(&mut self) -> std::io::Result<Line<'_>> {
        if std::mem::take(&mut self.done) {
            self.line.clear();
            self.line.shrink_to(KEPT_BYTES);
            self.too_long = false;
        }
        loop {
            let available = self.from.fill_buf().await?;
            if available.is_empty() {
                self.done = true;
                return Ok(match (self.too_long, self.line.is_empty()) {
                    (true, _) => Line::TooLong,
                    (false, true) => Line::End,
                    (false, false) => Line::Unfinished(&self.line),
                });
            }
            let newline = available.iter().position(|byte| *byte == b'\n');
            let part = available
                .get(..newline.unwrap_or(available.len()))
                .unwrap_or(available);
            self.too_long |= self.line.len() + part.len() > MAX_LINE_BYTES;
            if self.too_long {
                // Not `clear`: the memory is not needed for the next line either.
                self.line = Vec::new();
            } else {
                self.line.extend_from_slice(part);
            }
            let taken = newline.map_or(available.len(), |at| at + 1);
            self.from.consume(taken);
            if newline.is_some() {
                self.done = true;
                return Ok(if self.too_long {
                    Line::TooLong
                } else {
                    Line::Whole(&self.line)
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(input: &[u8], messages: usize, answers: &[&str]) {
        let (message, mut incoming) = mpsc::channel(WAITING_MESSAGES);
        let (answer, mut outgoing) = mpsc::channel(WAITING_MESSAGES);
        read(input, message, answer).await;
        let mut read = 0;
        while incoming.next().await.is_some() {
            read += 1;
        }
        assert_eq!(read, messages);
        for expected in answers {
            let answer = serde_json::to_string(&outgoing.next().await.unwrap()).unwrap();
            assert!(answer.contains(expected), "{answer} has no {expected}");
        }
        assert!(outgoing.next().await.is_none());
    }

    const PING: &[u8] = br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

    #[tokio::test]
    async fn every_line_is_a_message_also_the_last_one_without_a_newline() {
        check(&[PING, b"\r\n\n", PING].concat(), 2, &[]).await;
    }

    #[tokio::test]
    async fn junk_is_answered_and_what_follows_is_read() {
        check(&[b"\xff\xfe junk\n", PING].concat(), 1, &["-32700"]).await;
        for junk in ["[1,2]", "[]", "null", r#"{"id":1.5}"#, r#"{"id":1,"id":2}"#] {
            check(&[junk.as_bytes(), b"\n", PING].concat(), 1, &["-32600"]).await;
        }
        check(
            &[b"{\"id\":7}\n", PING].concat(),
            1,
            &[r#""id":7,"error":{"code":-32600"#],
        )
        .await;
    }

    #[tokio::test]
    async fn nested_brackets_are_answered_under_the_id_of_the_request() {
        let deep = "[".repeat(200_000);
        check(&[deep.as_bytes(), b"\n", PING].concat(), 1, &["-32600"]).await;
        let closed = deep.clone() + &"]".repeat(200_000);
        let call = format!(r#"{{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{closed}}}"#);
        check(&[call.as_bytes(), b"\n", PING].concat(), 1, &[r#""id":"x""#]).await;
    }

    #[tokio::test]
    async fn a_line_beyond_the_limit_is_dropped_and_answered() {
        let long = vec![b'x'; MAX_LINE_BYTES + 1];
        check(&[&long, b"\n".as_slice(), PING].concat(), 1, &["longer than"]).await;
    }

    #[tokio::test]
    async fn a_connection_does_not_open_with_a_notification() {
        let early = br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
        check(&[early, b"\n".as_slice(), PING].concat(), 1, &[]).await;
    }
}
