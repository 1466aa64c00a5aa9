//! The server by itself, asked over a bare connection.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::*;

/// What comes back, head and body.
fn ask(server: &Faulty, path: &str, body: &Value) -> String {
    let mut stream = TcpStream::connect(server.url().trim_start_matches("http://")).unwrap();
    let body = body.to_string();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nIdempotency-Key: a/b/1\r\nauthorization: Bearer k\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn question() -> Value {
    json!({
        "model": "m",
        "max_tokens": 9,
        "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "count"}],
    })
}

#[test]
fn questions_are_kept_as_they_came() {
    let server = Faulty::start(|asked| Reply::Answer(asked.prompt.to_uppercase())).unwrap();
    let answer = ask(&server, "/v1/chat/completions", &question());
    assert!(answer.contains(r#""content":"COUNT""#), "{answer}");
    assert!(ask(&server, "/v1/models", &question()).starts_with("HTTP/1.1 404"));
    let asked = server.asked();
    let [asked] = asked.as_slice() else {
        panic!("{asked:?}");
    };
    assert_eq!(
        (asked.system.as_str(), asked.prompt.as_str(), asked.number),
        ("be brief", "count", 0)
    );
    assert_eq!(
        (asked.protocol, asked.streams, asked.max_tokens),
        (Protocol::OpenAi, false, Some(9))
    );
    assert_eq!(asked.idempotency_key.as_deref(), Some("a/b/1"));
    assert_eq!(asked.authorization.as_deref(), Some("Bearer k"));
}

#[test]
fn each_protocol_has_its_errors_and_its_pieces() {
    let server = Faulty::start(|asked| match asked.number % 2 {
        0 => Reply::Fault(
            Fault::RateLimit(Some(std::time::Duration::from_secs(7))),
            String::new(),
        ),
        _ => Reply::Answer("one two".to_owned()),
    })
    .unwrap();
    for (path, sign, end) in [
        (
            "/v1/chat/completions",
            r#""code":"rate_limit_exceeded""#,
            "data: [DONE]",
        ),
        (
            "/v1/messages",
            r#""type":"rate_limit_error""#,
            "event: message_stop",
        ),
        ("/api/chat", r#"{"error":"Too many"#, r#""done":true"#),
    ] {
        let refused = ask(&server, path, &question());
        assert!(refused.starts_with("HTTP/1.1 429"), "{refused}");
        assert!(
            refused.contains("\r\nretry-after: 7\r\n") && refused.contains(sign),
            "{refused}"
        );
        let mut question = question();
        question["stream"] = json!(true);
        let pieces = ask(&server, path, &question);
        assert!(
            pieces.contains("one ") && pieces.contains("two") && pieces.contains(end),
            "{pieces}"
        );
        assert!(pieces.ends_with("0\r\n\r\n"), "{pieces}");
    }
}

#[test]
fn it_ends_while_somebody_is_kept_waiting() {
    let server = Faulty::start(|_| Reply::Fault(Fault::Hang, String::new())).unwrap();
    let mut stream = TcpStream::connect(server.url().trim_start_matches("http://")).unwrap();
    let body = question().to_string();
    write!(
        stream,
        "POST /api/chat HTTP/1.1\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    while server.count() == 0 {
        std::thread::yield_now();
    }
    drop(server);
    let mut rest = Vec::new();
    // Closed or reset: it is gone.
    assert!(stream.read_to_end(&mut rest).is_err() || rest.is_empty());
}
