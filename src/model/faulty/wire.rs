//! How an answer, or what is wrong with it, goes over the wire.

use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::http::{begin, chunk, end, head, until_gone, whole};
use super::shape::{End, Shape};
use super::wrong::{overloaded, status_of};
use super::{Asked, Fault, Reply};

const HTML: &str = "<html><body><h1>Welcome to nginx!</h1></body></html>";
/// What is written at once where there is no end.
const BLOCK: [u8; 16 << 10] = [b'#'; 16 << 10];

pub(super) async fn write(mut stream: TcpStream, asked: &Asked, reply: Reply) -> io::Result<()> {
    let (fault, text) = match reply {
        Reply::Answer(text) => (None, text),
        Reply::Fault(fault, text) => (Some(fault), text),
    };
    let shape = Shape::of(asked, text);
    let Some(fault) = fault else {
        return answer(&mut stream, asked, &shape).await;
    };
    if let Some((wrong, headers)) = status_of(fault) {
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        return whole(
            &mut stream,
            wrong.status,
            "application/json",
            &headers,
            wrong.body(asked.protocol).as_bytes(),
        )
        .await;
    }
    match fault {
        Fault::SlowHeader(time) => {
            sleep(time).await;
            answer(&mut stream, asked, &shape).await
        }
        Fault::Hang => until_gone(&mut stream).await,
        Fault::Reset => stream.set_zero_linger(),
        Fault::Close => Ok(()),
        Fault::BadGateway => whole(&mut stream, 502, "text/html", &[], HTML.as_bytes()).await,
        Fault::WrongType => whole(&mut stream, 200, "text/html", &[], HTML.as_bytes()).await,
        Fault::Empty => {
            answer(
                &mut stream,
                asked,
                &Shape {
                    is_empty: true,
                    ..shape
                },
            )
            .await
        }
        Fault::NoWords => {
            answer(
                &mut stream,
                asked,
                &Shape {
                    text: String::new(),
                    ..shape
                },
            )
            .await
        }
        Fault::Refusal => {
            answer(
                &mut stream,
                asked,
                &Shape {
                    end: End::Refusal,
                    ..shape
                },
            )
            .await
        }
        Fault::Filtered => {
            answer(
                &mut stream,
                asked,
                &Shape {
                    end: End::Filter,
                    ..shape
                },
            )
            .await
        }
        Fault::Length => {
            answer(
                &mut stream,
                asked,
                &Shape {
                    end: End::Length,
                    ..shape
                },
            )
            .await
        }
        Fault::NoUsage => {
            answer(
                &mut stream,
                asked,
                &Shape {
                    has_usage: false,
                    ..shape
                },
            )
            .await
        }
        Fault::EndlessError => {
            head(&mut stream, 500, "application/json", &[("connection", "close")]).await?;
            loop {
                stream.write_all(&BLOCK).await?;
            }
        }
        _ if asked.streams => in_pieces(&mut stream, asked, &shape, fault).await,
        _ => at_once(&mut stream, asked, &shape, fault).await,
    }
}

async fn answer(stream: &mut TcpStream, asked: &Asked, shape: &Shape) -> io::Result<()> {
    if !asked.streams {
        return whole(
            stream,
            200,
            "application/json",
            &[],
            shape.whole(asked).as_bytes(),
        )
        .await;
    }
    begin(stream, asked).await?;
    for piece in shape.pieces(asked) {
        chunk(stream, piece.as_bytes()).await?;
    }
    end(stream).await
}

/// Faults of an answer at once.
async fn at_once(stream: &mut TcpStream, asked: &Asked, shape: &Shape, fault: Fault) -> io::Result<()> {
    let body = shape.whole(asked).into_bytes();
    let half = body.get(..body.len() / 2).unwrap_or_default();
    let json = "application/json";
    match fault {
        Fault::Cut | Fault::HalfJson => whole(stream, 200, json, &[], half).await,
        Fault::ErrorInPlace | Fault::ErrorHalfWay => {
            whole(
                stream,
                200,
                json,
                &[],
                overloaded().body(asked.protocol).as_bytes(),
            )
            .await
        }
        Fault::BadUtf8 => whole(stream, 200, json, &[], &spoiled(&body)).await,
        Fault::Break | Fault::TooShort | Fault::Stall => {
            let length = body.len().to_string();
            head(stream, 200, json, &[("content-length", &length)]).await?;
            stream.write_all(half).await?;
            stop(stream, fault).await
        }
        _ => {
            head(stream, 200, json, &[("connection", "close")]).await?;
            loop {
                stream.write_all(&BLOCK).await?;
            }
        }
    }
}

/// Faults of an answer in pieces.
async fn in_pieces(stream: &mut TcpStream, asked: &Asked, shape: &Shape, fault: Fault) -> io::Result<()> {
    begin(stream, asked).await?;
    if fault == Fault::ErrorInPlace {
        chunk(stream, overloaded().piece(asked.protocol).as_bytes()).await?;
        return end(stream).await;
    }
    if fault == Fault::Garbage {
        loop {
            chunk(stream, &BLOCK).await?;
        }
    }
    let pieces = shape.pieces(asked);
    // All that says how it ends is in the last three.
    let half = pieces.len().saturating_sub(3).max(1) / 2 + 1;
    for piece in pieces.iter().take(half) {
        chunk(stream, piece.as_bytes()).await?;
    }
    let next = pieces.get(half).map(String::as_bytes).unwrap_or_default();
    match fault {
        Fault::Cut => end(stream).await,
        Fault::HalfJson => {
            chunk(stream, next.get(..next.len() / 2).unwrap_or_default()).await?;
            end(stream).await
        }
        Fault::ErrorHalfWay => {
            chunk(stream, overloaded().piece(asked.protocol).as_bytes()).await?;
            end(stream).await
        }
        Fault::BadUtf8 => {
            chunk(stream, &spoiled(next)).await?;
            for piece in pieces.iter().skip(half + 1) {
                chunk(stream, piece.as_bytes()).await?;
            }
            end(stream).await
        }
        Fault::Endless => loop {
            chunk(stream, next).await?;
        },
        _ => {
            // A chunk that is longer than what comes of it.
            stream
                .write_all(format!("{:x}\r\n", next.len() + 100).as_bytes())
                .await?;
            stream.write_all(next).await?;
            stop(stream, fault).await
        }
    }
}

async fn stop(stream: &mut TcpStream, fault: Fault) -> io::Result<()> {
    match fault {
        Fault::Stall => until_gone(stream).await,
        // What was written has to arrive before the reset does.
        Fault::Break => {
            stream.flush().await?;
            sleep(Duration::from_millis(20)).await;
            stream.set_zero_linger()
        }
        _ => Ok(()),
    }
}

/// With a byte in the middle that is no text.
fn spoiled(body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    let quote = body
        .windows(3)
        .rposition(|window| window.iter().all(u8::is_ascii_lowercase));
    if let Some(byte) = quote.and_then(|at| body.get_mut(at)) {
        *byte = 0xff;
    }
    body
}
