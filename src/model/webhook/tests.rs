//! What a receiver says, over a real socket.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;

use super::*;
use crate::clock::ManualClock;

fn receiver(url: &str) -> Receiver {
    Receiver {
        name: "flow".to_owned(),
        url: url.to_owned(),
        secret: Secret::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap(),
        topics: Vec::new(),
        allow_private: true,
        include_outputs: false,
        schedule: Schedule::default(),
    }
}

/// Posts once to a server that gives `answer`: what came of it, and what the server read.
async fn post(answer: &'static str) -> (Result<Said, Failure>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook?x=1", listener.local_addr().unwrap());
    let (sender, heard) = mpsc::channel();
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !String::from_utf8_lossy(&request).ends_with("{\"a\":1}") {
            let mut part = [0; 4096];
            let n = socket.read(&mut part).unwrap();
            request.extend_from_slice(&part[..n]);
        }
        socket.write_all(answer.as_bytes()).unwrap();
        sender.send(String::from_utf8(request).unwrap()).unwrap();
    });
    let webhook = Webhook::new(&receiver(&url), Arc::new(ManualClock::new())).unwrap();
    let said = webhook.post("msg_1", "{\"a\":1}", WHOLE, 16).await;
    (said, heard.recv().unwrap())
}

#[tokio::test]
async fn a_message_is_signed_and_what_is_said_is_read() {
    let (said, heard) = post("HTTP/1.1 202 Yes\r\nContent-Length: 2\r\n\r\nok").await;
    let said = said.unwrap();
    assert_eq!((said.status, said.body.as_slice()), (202, &b"ok"[..]));
    assert!(heard.starts_with("POST /hook?x=1 HTTP/1.1\r\n"), "{heard}");
    let header = |name: &str| {
        let line = heard
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.unwrap_or_else(|| panic!("{name}: {heard}"))
    };
    let signed = secret::Signed {
        id: header(secret::ID),
        timestamp: header(secret::TIMESTAMP),
        signature: header(secret::SIGNATURE),
    };
    let now = ManualClock::new().now();
    assert_eq!(receiver("").secret.verify(signed, b"{\"a\":1}", now), Ok(()));
}

#[tokio::test]
async fn failures_are_told_apart() {
    for (answer, class, words) in [
        (
            "HTTP/1.1 302 Go\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
            FailureClass::BadRequest,
            "points elsewhere",
        ),
        (
            "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n",
            FailureClass::MissingModel,
            "no more messages (HTTP 410)",
        ),
        (
            "HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
            FailureClass::RateLimited,
            "too often",
        ),
        (
            "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n",
            FailureClass::Overloaded,
            "trouble",
        ),
        (
            "HTTP/1.1 200 Yes\r\nContent-Length: 17\r\n\r\n12345678901234567",
            FailureClass::BadAnswer,
            "longer than 16 bytes",
        ),
        ("what?", FailureClass::Connection, "the connection broke"),
    ] {
        let failure = post(answer).await.0.unwrap_err();
        assert_eq!(failure.class, class, "{failure:?}");
        assert!(failure.message.contains(words), "{failure:?}");
        let wait = (class == FailureClass::RateLimited).then_some(Duration::from_secs(7));
        assert_eq!(failure.retry_after, wait, "{failure:?}");
    }
}

#[tokio::test]
async fn a_name_that_leads_to_a_private_address_is_not_called() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let public = Receiver {
        allow_private: false,
        ..receiver(&format!("https://localhost:{port}/"))
    };
    let webhook = Webhook::new(&public, Arc::new(ManualClock::new())).unwrap();
    let failure = webhook.post("msg_1", "{}", WHOLE, 0).await.unwrap_err();
    assert!(failure.message.contains("this machine's own"), "{failure:?}");
    assert!(listener.accept().is_err(), "somebody called");
}
