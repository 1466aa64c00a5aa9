//! As much of HTTP as it takes to break it.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Asked, Protocol};

pub(super) async fn not_found(stream: &mut TcpStream) -> io::Result<()> {
    whole(
        stream,
        404,
        "application/json",
        &[],
        r#"{"error":"404 page not found"}"#.as_bytes(),
    )
    .await
}

pub(super) async fn until_gone(stream: &mut TcpStream) -> io::Result<()> {
    let mut rest = [0; 64];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

pub(super) async fn begin(stream: &mut TcpStream, asked: &Asked) -> io::Result<()> {
    let kind = match asked.protocol {
        Protocol::Ollama => "application/x-ndjson",
        Protocol::OpenAi | Protocol::Anthropic => "text/event-stream",
    };
    head(stream, 200, kind, &[("transfer-encoding", "chunked")]).await
}

pub(super) async fn chunk(stream: &mut TcpStream, piece: &[u8]) -> io::Result<()> {
    stream
        .write_all(format!("{:x}\r\n", piece.len()).as_bytes())
        .await?;
    stream.write_all(piece).await?;
    stream.write_all(b"\r\n").await
}

pub(super) async fn end(stream: &mut TcpStream) -> io::Result<()> {
    stream.write_all(b"0\r\n\r\n").await?;
    stream.shutdown().await
}

pub(super) async fn whole(
    stream: &mut TcpStream,
    status: u16,
    kind: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<()> {
    let length = body.len().to_string();
    let headers = [headers, &[("content-length", &length)]].concat();
    head(stream, status, kind, &headers).await?;
    stream.write_all(body).await?;
    stream.shutdown().await
}

pub(super) async fn head(
    stream: &mut TcpStream,
    status: u16,
    kind: &str,
    headers: &[(&str, &str)],
) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {status} Scripted\r\ncontent-type: {kind}\r\n");
    for (name, value) in headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    if !headers.iter().any(|(name, _)| *name == "connection") {
        head.push_str("connection: close\r\n");
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await
}
