//! What every embedder promises, and what the real one does when the other side breaks its own promises.

use std::time::Duration;

use serde_json::{Value, json};

use super::http::{Http, Limits};
use super::scripted::{Mood, Scripted};
use super::*;

mod answers;
mod discover;
mod server;

use server::{Call, Reply, serve};

fn endpoint(kind: Kind, url: &str) -> Endpoint {
    Endpoint {
        kind,
        url: url.to_owned(),
        model: "test".to_owned(),
        api_key: None,
    }
}

fn scope() -> Scope {
    Scope::new("local", "/project", "ada").unwrap()
}

fn hasty() -> Limits {
    Limits {
        connect: Duration::from_millis(500),
        whole: Duration::from_millis(500),
        answer_bytes: 64 << 10,
    }
}

/// Answers as an endpoint with a model does, without one.
fn well_behaved(call: &Call) -> Reply {
    let (model, texts) = (Scripted::new("", 32), call.body["input"].as_array().unwrap());
    let vectors = texts.iter().map(|text| model.vector(text.as_str().unwrap(), 32));
    let vectors: Vec<Vec<f32>> = vectors.collect();
    let answer = if call.head.contains("/api/embed ") {
        json!({"model": "test", "embeddings": vectors, "total_duration": 1})
    } else {
        // Nobody promises an order.
        let items = vectors.iter().enumerate().rev();
        let items: Vec<Value> = items
            .map(|(index, vector)| json!({"index": index, "embedding": vector}))
            .collect();
        json!({"object": "list", "data": items, "usage": {"total_tokens": 1}})
    };
    Reply::Body("200 OK", answer.to_string())
}

/// What the trait promises.
async fn keeps_its_promises(embedder: &dyn Embedder) {
    assert!(!embedder.id().is_empty());
    assert_eq!(
        embedder.embed(&scope(), &[]).await.unwrap(),
        Vec::<Vec<f32>>::new()
    );
    let texts = ["the harbour", "", "a \"quoted\"\nline \u{1f389}", "the harbour"];
    let together = embedder.embed(&scope(), &texts).await.unwrap();
    assert_eq!(together.len(), texts.len());
    assert!(together.iter().all(|vector| vector.len() == together[0].len()));
    assert!(together.iter().flatten().all(|value| value.is_finite()));
    assert_eq!(together[0], together[3]);
    assert_ne!(together[0], together[2]);
    for (text, vector) in texts.iter().zip(together) {
        assert_eq!(
            embedder.embed(&scope(), &[text]).await.unwrap(),
            [vector],
            "{text:?}"
        );
    }
}

#[tokio::test]
async fn every_embedder_keeps_the_promises() {
    keeps_its_promises(&Scripted::new("scripted", 32)).await;
    let (url, _calls) = serve(well_behaved);
    for kind in [Kind::Ollama, Kind::OpenAi] {
        keeps_its_promises(&Http::new(&endpoint(kind, &url)).unwrap()).await;
    }
}

#[tokio::test]
async fn a_call_is_what_the_other_side_expects() {
    for (kind, base, line) in [
        (Kind::Ollama, "", "post /api/embed http/1.1\r\n"),
        (Kind::Ollama, "/behind/", "post /behind/api/embed http/1.1\r\n"),
        (Kind::OpenAi, "", "post /v1/embeddings http/1.1\r\n"),
        (Kind::OpenAi, "/v1/", "post /v1/embeddings http/1.1\r\n"),
        (
            Kind::OpenAi,
            "/open/ai/v1",
            "post /open/ai/v1/embeddings http/1.1\r\n",
        ),
    ] {
        let (url, calls) = serve(well_behaved);
        let endpoint = Endpoint {
            api_key: Some(ApiKey::new("sesame")),
            ..endpoint(kind, &format!("{url}{base}"))
        };
        Http::new(&endpoint)
            .unwrap()
            .embed(&scope(), &["one", "two"])
            .await
            .unwrap();
        let call = calls.recv().unwrap();
        assert!(call.head.starts_with(line), "{}", call.head);
        assert!(
            call.head.contains("\r\nauthorization: bearer sesame\r\n"),
            "{}",
            call.head
        );
        assert!(
            call.head.contains("\r\ncontent-type: application/json\r\n"),
            "{}",
            call.head
        );
        assert_eq!(call.body, json!({"model": "test", "input": ["one", "two"]}));
    }
}

#[tokio::test]
async fn the_id_names_provider_model_and_form() {
    let embedder = Http::new(&endpoint(Kind::OpenAi, "https://example.com")).unwrap();
    assert_eq!(embedder.id(), "openai/test/1");
}

/// What two texts get when the endpoint replies so: `code: message`, and whether to try again.
async fn told(kind: Kind, reply: Reply) -> (String, bool) {
    let (url, _calls) = serve(move |_| reply.clone());
    let embedder = Http::with_limits(&endpoint(kind, &url), hasty()).unwrap();
    let error = embedder
        .embed(&scope(), &["secret one", "secret two"])
        .await
        .unwrap_err();
    let told = format!("{}: {error}", error.code());
    assert!(
        !format!("{told} {error:?} {}", error.hint()).contains("secret"),
        "{error:?}"
    );
    (told, error.retryable())
}

#[tokio::test]
async fn a_wrong_answer_is_told_from_a_right_one() {
    let many = json!({"embeddings": [vec![0.25; 9000], vec![0.25; 9000]]}).to_string();
    for (kind, body, problem) in [
        (
            Kind::Ollama,
            r#"{"embeddings": [[1, 2]]}"#,
            "1 vectors for 2 texts",
        ),
        (
            Kind::Ollama,
            r#"{"embeddings": [[1, 2], [1, 2], [1, 2]]}"#,
            "3 vectors for 2 texts",
        ),
        (
            Kind::Ollama,
            r#"{"embeddings": [[1, 2], [1, 2, 3]]}"#,
            "3 dimensions beside 2",
        ),
        (
            Kind::Ollama,
            r#"{"embeddings": [[], []]}"#,
            "a vector without dimensions",
        ),
        (
            Kind::Ollama,
            r#"{"embeddings": [[1, 2], []]}"#,
            "0 dimensions beside 2",
        ),
        (
            Kind::Ollama,
            r#"{"embeddings": [[1, 1e300], [1, 2]]}"#,
            "it is not JSON of the expected form, at line 1 column ",
        ),
        (
            Kind::Ollama,
            r#"{"embeddings": [[1, NaN], [1, 2]]}"#,
            "it is not JSON of the expected form, at line 1 column ",
        ),
        (
            Kind::Ollama,
            r#"{"embeddings": [[1, null], [1, 2]]}"#,
            "it is not JSON of the expected form, at line 1 column ",
        ),
        (
            Kind::Ollama,
            r#"{"embeddings": [["secret", 2], [1, 2]]}"#,
            "it is not JSON of the expected form, at line 1 column ",
        ),
        (
            Kind::Ollama,
            "<html>secret</html>",
            "it is not JSON of the expected form, at line 1 column ",
        ),
        (
            Kind::Ollama,
            "",
            "it is not JSON of the expected form, at line 1 column ",
        ),
        (Kind::Ollama, &many, "it is longer than 65536 bytes"),
        (
            Kind::OpenAi,
            r#"{"data": [{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [1]}]}"#,
            "0 vectors for 2 texts",
        ),
        (
            Kind::OpenAi,
            r#"{"data": [{"index": 0, "embedding": [1]}]}"#,
            "1 vectors for 2 texts",
        ),
        (
            Kind::OpenAi,
            r#"{"embeddings": [[1, 2], [1, 2]]}"#,
            "it is not JSON of the expected form, at line 1 column ",
        ),
    ] {
        let (told, retryable) = told(kind, Reply::Body("200 OK", body.to_owned())).await;
        let start = format!(
            "model.answer: the answer of {}/test/1 cannot be used: {problem}",
            kind.name()
        );
        assert!(told.starts_with(&start), "{told}, not {start}");
        assert!(!retryable);
    }
}

#[tokio::test]
async fn a_refusal_is_told_with_its_status() {
    for (status, code, again) in [
        ("500 Internal Server Error", 500, true),
        ("503 Service Unavailable", 503, true),
        ("429 Too Many Requests", 429, true),
        ("401 Unauthorized", 401, false),
        ("404 Not Found", 404, false),
        // Followed, it could lead the texts anywhere.
        ("302 Found\r\nlocation: http://127.0.0.1:1/", 302, false),
    ] {
        let (told, retryable) = told(
            Kind::Ollama,
            Reply::Body(status, r#"{"error": "secret"}"#.to_owned()),
        )
        .await;
        assert_eq!(
            told,
            format!("model.refused: ollama/test/1 answered with HTTP status {code}")
        );
        assert_eq!(retryable, again, "{status}");
    }
}

#[tokio::test]
async fn nobody_is_waited_for_or_read_for_ever() {
    assert_eq!(
        told(Kind::Ollama, Reply::Hang).await,
        (
            "model.timeout: ollama/test/1 did not answer within 0.5 s".to_owned(),
            true
        )
    );
    assert_eq!(
        told(Kind::OpenAi, Reply::HangUp).await,
        (
            "model.unreachable: openai/test/1 cannot be reached".to_owned(),
            true
        )
    );
    assert_eq!(
        told(Kind::Ollama, Reply::Endless).await.0,
        "model.answer: the answer of ollama/test/1 cannot be used: it is longer than 65536 bytes"
    );
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_is_told_without_its_address() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let embedder = Http::with_limits(&endpoint(Kind::Ollama, &format!("http://{free}")), hasty()).unwrap();
    let error = embedder.embed(&scope(), &["one"]).await.unwrap_err();
    assert_eq!((error.code(), error.retryable()), ("model.unreachable", true));
    let told = crate::error::chain(&error);
    assert!(told.contains("refused") && !told.contains("127.0.0.1:"), "{told}");
}

#[tokio::test]
async fn a_model_that_was_exchanged_under_its_name_is_noticed() {
    let mut dimensions = 2..;
    let dimensions = std::sync::Mutex::new(move || dimensions.next().unwrap());
    let (url, _calls) = serve(move |_| {
        let vector = vec![1.0; dimensions.lock().unwrap()()];
        Reply::Body("200 OK", json!({"embeddings": [vector]}).to_string())
    });
    let embedder = Http::new(&endpoint(Kind::Ollama, &url)).unwrap();
    embedder.embed(&scope(), &["one"]).await.unwrap();
    let error = embedder.embed(&scope(), &["one"]).await.unwrap_err();
    assert!(error.to_string().ends_with("3 dimensions beside 2"), "{error}");
}

#[test]
fn addresses_that_leak_or_lead_nowhere_are_refused() {
    let check = |url: &str, api_key: Option<&str>, problem: &str| {
        let endpoint = Endpoint {
            api_key: api_key.map(ApiKey::new),
            ..endpoint(Kind::OpenAi, url)
        };
        let told =
            Http::new(&endpoint).map_or_else(|error| format!("{}: {error}", error.code()), |_| String::new());
        assert!(
            told.contains(problem) && told.is_empty() == problem.is_empty(),
            "{url}: {told}"
        );
        assert!(!told.contains("sesame"), "{told}");
    };
    check("", None, "model.endpoint: the endpoint cannot be used: url: ");
    check("localhost:11434", None, "has to begin with http");
    check("file:///etc/passwd", None, "has to begin with http");
    check("https://user:sesame@example.com", None, "name it in api_key_env");
    check(
        "https://example.com?key=sesame",
        None,
        "only an address and a path",
    );
    check(
        "http://example.com",
        Some("sesame"),
        "a key is sent over https only",
    );
    check(
        "http://127.0.0.1.example.com",
        Some("sesame"),
        "a key is sent over https only",
    );
    check("https://example.com", Some("sesame\n"), "cannot be sent");
    for url in [
        "http://localhost:1",
        "http://127.0.0.1",
        "http://[::1]:8080/v1",
        "https://example.com",
    ] {
        check(url, Some("sesame"), "");
    }
    check("http://example.com", None, "");
}

#[test]
fn a_key_is_never_printed() {
    let endpoint = Endpoint {
        api_key: Some(ApiKey::new("sesame")),
        ..endpoint(Kind::Ollama, "http://localhost:1")
    };
    let embedder = Http::new(&endpoint).unwrap();
    assert!(!format!("{endpoint:?} {embedder:?} {embedder:#?}").contains("sesame"));
}

#[tokio::test]
async fn the_scripted_one_misbehaves_when_told_to() {
    let embedder = Scripted::new("scripted", 64).alike("automobile", "car");
    let places = embedder
        .embed(&scope(), &["a red automobile", "a red car", "basil soup"])
        .await
        .unwrap();
    assert_eq!(places[0], places[1]);
    assert_ne!(places[0], places[2]);
    embedder.set_mood(Mood::Away);
    assert_eq!(
        embedder.embed(&scope(), &["x"]).await.unwrap_err().code(),
        "model.unreachable"
    );
    embedder.set_mood(Mood::WithDimensions(3));
    assert_eq!(embedder.embed(&scope(), &["x"]).await.unwrap()[0].len(), 3);
    embedder.set_mood(Mood::Slowly(Duration::from_millis(20)));
    let start = tokio::time::Instant::now();
    embedder.embed(&scope(), &["x"]).await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(20));
    assert_eq!(embedder.asked(), 6);
}
