//! An endpoint on this machine that answers as a test wants it to.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A call as it arrived.
#[derive(Debug)]
pub(super) struct Call {
    /// The first line and the headers, in lower case.
    pub(super) head: String,
    /// Null where none came.
    pub(super) body: serde_json::Value,
}

/// What is sent back.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// A status with a body.
    Body(&'static str, String),
    /// Nothing, for longer than anybody waits.
    Hang,
    /// Nothing, and the line is cut.
    HangUp,
    /// A body without end.
    Endless,
}

/// Answers every call on a thread of its own, until the test ends. Gives its address and what it was sent.
pub(super) fn serve(answer: impl Fn(&Call) -> Reply + Send + 'static) -> (String, Receiver<Call>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sent, calls) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let call = read(&stream);
            reply(&mut stream, answer(&call));
            drop(sent.send(call));
        }
    });
    (url, calls)
}

fn read(stream: &TcpStream) -> Call {
    let mut lines = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        lines.read_line(&mut head).unwrap();
    }
    let head = head.to_lowercase();
    let Some(length) = head.split("content-length: ").nth(1) else {
        let body = serde_json::Value::Null;
        return Call { head, body };
    };
    let length = length.lines().next().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    lines.read_exact(&mut body).unwrap();
    let body = serde_json::from_slice(&body).unwrap();
    Call { head, body }
}

/// A client that has had enough closes the line: writing may fail.
fn reply(stream: &mut TcpStream, reply: Reply) {
    match reply {
        Reply::Body(status, body) => {
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            drop(stream.write_all((head + &body).as_bytes()));
        }
        Reply::Hang => std::thread::sleep(Duration::from_secs(5)),
        Reply::HangUp => {}
        Reply::Endless => {
            drop(stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"));
            while stream.write_all(&[b' '; 4096]).is_ok() {}
        }
    }
}
