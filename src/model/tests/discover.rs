//! What is found at endpoints, good and bad.

use std::time::Duration;

use serde_json::json;

use super::server::{Call, Reply, serve};
use crate::model::discover::{Found, FoundModel, Limits, discover, is_on_this_machine};

fn hasty() -> Limits {
    Limits {
        connect: Duration::from_millis(500),
        answer: Duration::from_millis(400),
        whole: Duration::from_millis(1_200),
        answer_bytes: 64 << 10,
    }
}

fn ok(body: &serde_json::Value) -> Reply {
    Reply::Body("200 OK", body.to_string())
}

fn is(call: &Call, line: &str) -> bool {
    call.head.starts_with(line)
}

async fn found(answer: impl Fn(&Call) -> Reply + Send + 'static) -> Found {
    let (url, _calls) = serve(answer);
    discover(&url, hasty()).await.unwrap()
}

/// `code: message` of what is not found, without the address.
async fn problem(answer: impl Fn(&Call) -> Reply + Send + 'static) -> String {
    let (url, _calls) = serve(answer);
    let error = discover(&url, hasty()).await.unwrap_err();
    format!("{}: {error}", error.code()).replace(&url, "URL")
}

/// As Ollama 0.12 answers, shortened.
fn ollama(call: &Call) -> Reply {
    if is(call, "get /api/tags ") {
        return ok(&json!({"models": [
            {"name": "qwen3:8b", "model": "qwen3:8b", "size": 5_225_388_164_u64, "digest": "500a1f067a9f",
             "details": {"family": "qwen3", "parameter_size": "8.2B", "quantization_level": "Q4_K_M"}},
            {"name": "nomic-embed-text:latest", "model": "nomic-embed-text:latest",
             "details": {"parameter_size": "137M", "quantization_level": "F16"}},
            {"name": "gpt-oss:120b-cloud", "model": "gpt-oss:120b-cloud", "remote_host": "https://ollama.com:443",
             "details": {"parameter_size": "116.8B"}},
        ]}));
    }
    assert!(is(call, "post /api/show "), "{}", call.head);
    ok(&match call.body["model"].as_str().unwrap() {
        "qwen3:8b" => {
            json!({"license": "x".repeat(20_000), "capabilities": ["completion", "tools", "thinking"],
            "model_info": {"general.architecture": "qwen3", "general.parameter_count": 8_190_735_360_u64,
                           "qwen3.context_length": 40_960, "qwen3.embedding_length": 4_096}})
        }
        "nomic-embed-text:latest" => json!({"capabilities": ["embedding"],
            "model_info": {"nomic-bert.context_length": 2_048}}),
        _ => json!({"capabilities": ["completion"], "model_info": null}),
    })
}

#[tokio::test]
async fn ollama_tells_size_window_and_abilities() {
    let found = found(ollama).await;
    assert_eq!((found.protocol.as_str(), found.is_this_machine), ("ollama", true));
    assert_eq!((found.unusable, found.beyond), (0, 0));
    assert_eq!(
        found.models[0],
        FoundModel {
            id: "qwen3:8b".to_owned(),
            context_tokens: Some(40_960),
            parameters: Some(8_190_735_360),
            quantization: Some("Q4_K_M".to_owned()),
            capabilities: ["completion", "tools", "thinking"].map(str::to_owned).to_vec(),
            ..FoundModel::default()
        }
    );
    let embedder = &found.models[1];
    assert_eq!(
        (embedder.parameters, embedder.context_tokens),
        (Some(137_000_000), Some(2_048))
    );
    let cloud = &found.models[2];
    assert!(cloud.is_remote && cloud.parameters == Some(116_800_000_000) && cloud.context_tokens.is_none());
}

#[tokio::test]
async fn who_does_not_speak_as_ollama_is_asked_in_the_other_protocol() {
    let speaks = |call: &Call| match call.head.split(' ').nth(1) {
        Some("/v1/models") => ok(&json!({"object": "list", "data": [
            {"id": "org/model-7B", "object": "model", "max_model_len": 32_768},
            {"id": "plain", "object": "model", "owned_by": "me"},
        ]})),
        _ => Reply::Body("404 Not Found", "{}".to_owned()),
    };
    let (url, _calls) = serve(speaks);
    for base in [url.clone(), format!("{url}/v1/")] {
        let found = discover(&base, hasty()).await.unwrap();
        assert_eq!((found.protocol.as_str(), &found.url), ("openai", &url));
        let models: Vec<_> = found
            .models
            .iter()
            .map(|model| (model.id.as_str(), model.context_tokens))
            .collect();
        assert_eq!(models, [("org/model-7B", Some(32_768)), ("plain", None)]);
    }
}

#[tokio::test]
async fn hostile_lists_are_cut_and_counted() {
    let found = found(|call| {
        if is(call, "post /api/show ") {
            return ok(&json!({"capabilities": ["a b", 7, "tools", "\u{1b}[2J"],
                "model_info": {"x.context_length": -1, "y.context_length": 9, "general.parameter_count": 1e300}}));
        }
        let mut models = vec![
            json!({"model": "same"}),
            json!({"model": "same"}),
            json!({"model": "\u{202e}evil"}),
            json!({"model": "line\nbreak"}),
            json!({"model": "x".repeat(1_000)}),
            json!({"model": ""}),
            json!({"model": 7}),
            json!("text"),
        ];
        models.extend((0..500).map(|n| json!({"model": "same", "n": n})));
        ok(&json!({"models": models}))
    })
    .await;
    let model = &found.models[0];
    assert_eq!((found.models.len(), found.unusable, found.beyond), (1, 199, 308));
    assert_eq!(model.capabilities, ["tools"]);
    assert_eq!((model.context_tokens, model.parameters), (None, None));
}

#[tokio::test]
async fn a_model_that_cannot_be_asked_about_stays_listed() {
    let found = found(|call| match is(call, "get /api/tags ") {
        true => ok(&json!({"models": [{"name": "a"}, {"name": "b"}, {"name": "c"}, {"name": "d"}]})),
        false if call.body["model"] == "a" => Reply::Body("500 Internal Server Error", String::new()),
        false => Reply::Hang,
    })
    .await;
    let problems: Vec<_> = found
        .models
        .iter()
        .filter_map(|model| model.problem.as_deref())
        .collect();
    assert_eq!(problems.len(), 4, "{problems:?}");
    assert!(
        problems[0].ends_with("answered with HTTP status 500"),
        "{problems:?}"
    );
    assert!(problems[3].contains("did not answer within"), "{problems:?}");
}

#[tokio::test]
async fn what_is_no_endpoint_says_so() {
    assert_eq!(
        problem(|_| Reply::Hang).await,
        "model.timeout: URL did not answer within 0.4 s"
    );
    assert_eq!(
        problem(|_| Reply::HangUp).await,
        "model.unreachable: URL cannot be reached"
    );
    assert_eq!(
        problem(|_| Reply::Endless).await,
        "model.answer: the answer of URL cannot be used: it is longer than 65536 bytes"
    );
    assert_eq!(
        problem(|_| Reply::Body("200 OK", "<html>".to_owned())).await,
        "model.answer: the answer of URL cannot be used: it is not JSON of the expected form, at line 1 column 1"
    );
    let redirect = |_: &Call| Reply::Body("302 Found\r\nlocation: http://127.0.0.1:1/", String::new());
    assert_eq!(
        problem(redirect).await,
        "model.refused: URL answered with HTTP status 302"
    );
    for url in [
        "",
        "ftp://x",
        "http://user:pass@localhost",
        "http://localhost/?a=1",
    ] {
        assert_eq!(
            discover(url, hasty()).await.unwrap_err().code(),
            "model.endpoint",
            "{url}"
        );
    }
}

#[test]
fn this_machine_is_told_from_others() {
    for (url, expect) in [
        ("http://localhost:1", true),
        ("http://[::1]:1", true),
        ("http://127.8.8.8", true),
        ("http://10.0.0.1", false),
        ("http://localhost.evil.example", false),
        ("http://2130706433", true),
    ] {
        assert_eq!(is_on_this_machine(url).unwrap(), expect, "{url}");
    }
}
