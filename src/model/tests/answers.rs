//! Models behind an endpoint that does everything wrong that one can do.

use std::time::{Duration, Instant};

use serde_json::json;

use super::scope;
use super::server::{Reply as Raw, serve};
use crate::domain::run::FailureClass;
use crate::model::faulty::{Fault, Faulty, Protocol, Reply};
use crate::model::genai::Limits;
use crate::model::{
    ApiKey, Failure, Genai, Model, Prices, Provider, ProviderKind, ProviderModel, Question, SchemaBy, Tokens,
};

/// Long enough to be told from one that stops.
const TEXT: &str = "the answer is forty-two secretly";
const KINDS: [(&str, Protocol); 3] = [
    ("openai", Protocol::OpenAi),
    ("anthropic", Protocol::Anthropic),
    ("ollama", Protocol::Ollama),
];

fn hasty() -> Limits {
    Limits {
        connect: Duration::from_millis(500),
        header: Duration::from_millis(400),
        silence: Duration::from_millis(300),
        answer_bytes: 256 << 10,
    }
}

fn provider(kind: &str, url: &str) -> Provider {
    Provider {
        name: "there".to_owned(),
        kind: ProviderKind::named(kind).unwrap(),
        url: url.to_owned(),
        api_key: Some(ApiKey::new("sesame")),
        models: vec![ProviderModel {
            id: "m".to_owned(),
            prices: None,
        }],
        max_concurrent: 8,
        streams: true,
        schema: SchemaBy::Kind,
    }
}

fn model(provider: &Provider) -> Genai {
    Genai::with_limits(provider, hasty()).unwrap().pop().unwrap()
}

fn question() -> Question {
    Question {
        system: "You count in secret.".to_owned(),
        prompt: "Count the secret cranes.".to_owned(),
        schema: None,
        max_tokens: 64,
        timeout: Duration::from_secs(5),
        idempotency_key: "run/step/1".to_owned(),
        token: None,
    }
}

fn never_tells(failure: &Failure) {
    for word in ["secret", "sesame", "forty", "slow down", "nginx"] {
        assert!(!format!("{failure:?}").contains(word), "{failure:?}");
    }
}

#[tokio::test]
async fn every_fault_is_told_for_what_it_is_and_in_time() {
    for (kind, _) in KINDS {
        for streams in [true, false] {
            for fault in Fault::ALL {
                let server = Faulty::start(move |_| Reply::Fault(fault, TEXT.to_owned())).unwrap();
                let provider = Provider {
                    streams,
                    ..provider(kind, server.url())
                };
                // An answer at once has no other limit.
                let is_silent = matches!(fault, Fault::Hang | Fault::Stall);
                let patience = Duration::from_secs(if is_silent { 1 } else { 30 });
                let begun = Instant::now();
                let answered = model(&provider)
                    .ask(
                        &scope(),
                        &Question {
                            timeout: patience,
                            ..question()
                        },
                    )
                    .await;
                let took = begun.elapsed();
                let which = format!("{kind}, in pieces: {streams}, {fault:?}: {answered:?} after {took:?}");
                // Joining what has no end takes a while without optimisation.
                let is_endless = matches!(fault, Fault::Garbage | Fault::Endless | Fault::EndlessError);
                assert!(
                    took < Duration::from_secs(if is_endless { 25 } else { 5 }),
                    "{which}"
                );
                assert_eq!(
                    answered.as_ref().err().map(|failure| failure.class),
                    fault.class(streams),
                    "{which}"
                );
                match answered {
                    Ok(answer) => assert!(answer.text.starts_with("the answer is"), "{which}"),
                    Err(failure) => never_tells(&failure),
                }
                assert_eq!(server.count(), 1, "nothing is tried again: {which}");
            }
        }
    }
}

#[tokio::test]
async fn a_good_answer_is_whole_and_says_what_it_took() {
    for (kind, protocol) in KINDS {
        for streams in [true, false] {
            let server = Faulty::start(|_| Reply::Answer(TEXT.to_owned())).unwrap();
            let mut provider = provider(kind, server.url());
            provider.streams = streams;
            provider.models[0].prices = Some(Prices {
                input: 1.0,
                output: 10.0,
                cached: 0.1,
            });
            let model = model(&provider);
            assert_eq!((model.id(), model.prices().unwrap().output), ("there/m", 10.0));
            let answer = model.ask(&scope(), &question()).await.unwrap();
            assert_eq!(answer.text, TEXT);
            let tokens = Tokens {
                input: 14,
                cached: 0,
                output: 9,
            };
            assert_eq!(answer.tokens, Some(tokens), "{kind} {streams}");
            assert_eq!(answer.cost.unwrap().0, 104);

            let asked = server.asked().pop().unwrap();
            assert_eq!((asked.protocol, asked.streams), (protocol, streams));
            assert_eq!(
                (asked.system.as_str(), asked.prompt.as_str()),
                ("You count in secret.", "Count the secret cranes.")
            );
            assert_eq!((asked.model.as_str(), asked.max_tokens), ("m", Some(64)));
            assert_eq!(asked.idempotency_key.as_deref(), Some("run/step/1"));
            let key = asked.authorization.unwrap();
            assert_eq!(key.trim_start_matches("Bearer "), "sesame");
        }
    }
}

#[tokio::test]
async fn how_long_to_wait_is_passed_on() {
    let server = Faulty::start(|asked| {
        let fault = match asked.number {
            0 => Fault::RateLimit(Some(Duration::from_secs(7))),
            1 => Fault::RateLimit(None),
            2 => Fault::Unavailable(Duration::from_secs(3)),
            // Nobody who asks for hours has only a moment in mind.
            _ => Fault::RateLimit(Some(Duration::from_hours(3))),
        };
        Reply::Fault(fault, String::new())
    })
    .unwrap();
    let model = model(&provider("openai", server.url()));
    let mut told = Vec::new();
    for _ in 0..4 {
        let failure = model.ask(&scope(), &question()).await.unwrap_err();
        told.push((
            failure.class,
            failure.status,
            failure.retry_after.map(|wait| wait.as_secs()),
        ));
    }
    assert_eq!(
        told,
        [
            (FailureClass::RateLimited, Some(429), Some(7)),
            (FailureClass::RateLimited, Some(429), None),
            (FailureClass::Overloaded, Some(503), Some(3)),
            (FailureClass::Quota, Some(429), Some(10_800)),
        ]
    );
}

#[tokio::test]
async fn an_answer_that_was_cut_says_what_it_took_all_the_same() {
    let server = Faulty::start(|_| Reply::Fault(Fault::Length, TEXT.to_owned())).unwrap();
    let failure = model(&provider("openai", server.url()))
        .ask(&scope(), &question())
        .await
        .unwrap_err();
    assert_eq!(failure.class, FailureClass::Truncated);
    assert_eq!(failure.tokens.map(|tokens| tokens.output), Some(9));
    assert_eq!(
        failure.message,
        "there/m: the answer needs more tokens than it may have"
    );
}

#[tokio::test]
async fn names_are_sent_whole() {
    for (kind, name) in [
        ("openai", "qwen3-max"),
        ("openai", "org::special"),
        ("openai", "deep/seek:8b-high"),
        ("anthropic", "claude-opus-5-5"),
        ("ollama", "qwen3:8b"),
        ("ollama", "a::b"),
    ] {
        let server = Faulty::start(|_| Reply::Answer(TEXT.to_owned())).unwrap();
        let mut provider = provider(kind, server.url());
        provider.models[0].id = name.to_owned();
        model(&provider).ask(&scope(), &question()).await.unwrap();
        let asked = server.asked().pop().unwrap();
        assert_eq!(asked.model, name);
        assert_eq!(asked.body.get("reasoning_effort"), None, "{name}");
    }
}

#[tokio::test]
async fn every_kind_is_asked_at_its_address_for_its_model() {
    for kind in ProviderKind::all().filter(|kind| kind.name() != "gemini") {
        let server = Faulty::start(|_| Reply::Answer(TEXT.to_owned())).unwrap();
        // A kind whose adapter calls the address it knows would be asking a stranger.
        let answer = model(&provider(kind.name(), server.url()))
            .ask(&scope(), &question())
            .await;
        assert_eq!(answer.unwrap().text, TEXT, "{}", kind.name());
        let asked = server.asked();
        assert_eq!(asked.len(), 1, "{}", kind.name());
        assert_eq!((asked[0].model.as_str(), asked[0].max_tokens), ("m", Some(64)));
        assert!(asked[0].authorization.as_ref().unwrap().ends_with("sesame"));
    }
}

#[tokio::test]
async fn a_schema_is_held_to_where_that_is_possible_and_told_elsewhere() {
    let schema = json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": false});
    for (kind, by, place) in [
        (
            "openai",
            SchemaBy::Kind,
            Some("/response_format/json_schema/schema"),
        ),
        ("groq", SchemaBy::Kind, None),
        (
            "groq",
            SchemaBy::Provider,
            Some("/response_format/json_schema/schema"),
        ),
        ("openai", SchemaBy::Prompt, None),
        ("anthropic", SchemaBy::Kind, Some("/output_config/format/schema")),
        ("ollama", SchemaBy::Provider, None),
    ] {
        let server = Faulty::start(|_| Reply::Answer(r#"{"n": 42}"#.to_owned())).unwrap();
        let mut provider = provider(kind, server.url());
        provider.schema = by;
        let question = Question {
            schema: Some(schema.clone()),
            ..question()
        };
        model(&provider).ask(&scope(), &question).await.unwrap();
        let asked = server.asked().pop().unwrap();
        match place {
            Some(place) => {
                assert_eq!(
                    asked.body.pointer(place).unwrap()["properties"],
                    schema["properties"],
                    "{kind}"
                );
                assert_eq!(asked.system, "You count in secret.");
            }
            None => assert!(
                asked.system.contains(&schema.to_string()),
                "{kind}: {}",
                asked.system
            ),
        }
    }
}

#[tokio::test]
async fn addresses_are_those_of_the_settings() {
    for (kind, path, line) in [
        ("openai", "", "post /v1/chat/completions "),
        ("openai", "/v1/", "post /v1/chat/completions "),
        ("openai", "/api/paas/v4", "post /api/paas/v4/chat/completions "),
        ("zai", "", "post /api/paas/v4/chat/completions "),
        ("anthropic", "", "post /v1/messages "),
        ("ollama", "", "post /api/chat "),
        (
            "gemini",
            "",
            "post /v1beta/models/m:streamgeneratecontent?alt=sse ",
        ),
    ] {
        let (url, calls) = serve(|_| Raw::Body("500 No", String::new()));
        let failure = model(&provider(kind, &format!("{url}{path}")))
            .ask(&scope(), &question())
            .await
            .unwrap_err();
        assert_eq!(failure.class, FailureClass::Overloaded, "{kind}: {failure:?}");
        let call = calls.recv().unwrap();
        assert!(call.head.starts_with(line), "{kind}: {}", call.head);
    }
}

#[tokio::test]
async fn gemini_is_understood_too() {
    let event = |text: &str, reason: serde_json::Value| {
        let event = json!({
            "candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": reason}],
            "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 3, "totalTokenCount": 12, "cachedContentTokenCount": 4},
        });
        format!("data: {event}\r\n\r\n")
    };
    let whole = event("forty-", json!(null)) + &event("two", json!("STOP"));
    let cut = event("forty-", json!(null));
    let blocked = format!(
        "data: {}\r\n\r\n",
        json!({"promptFeedback": {"blockReason": "SAFETY"}})
    );
    let filtered = event("", json!("SAFETY"));
    for (body, told) in [
        (whole, Ok(("forty-two", Some((9, 4, 3))))),
        (cut, Err(FailureClass::Truncated)),
        (blocked, Err(FailureClass::Refused)),
        (filtered, Err(FailureClass::Refused)),
    ] {
        let (url, _calls) = serve(move |_| Raw::Body("200 OK", body.clone()));
        let answered = model(&provider("gemini", &url)).ask(&scope(), &question()).await;
        let answered = answered.map(|answer| {
            let tokens = answer
                .tokens
                .map(|tokens| (tokens.input, tokens.cached, tokens.output));
            (answer.text, tokens)
        });
        let answered = answered.as_ref().map(|(text, tokens)| (text.as_str(), *tokens));
        assert_eq!(answered.map_err(|failure| failure.class), told);
    }
}

#[tokio::test]
async fn nobody_waits_longer_than_the_question_allows() {
    let server = Faulty::start(|_| Reply::Fault(Fault::Stall, TEXT.to_owned())).unwrap();
    let patient = Genai::all_of(&provider("openai", server.url()))
        .unwrap()
        .pop()
        .unwrap();
    let question = Question {
        timeout: Duration::from_millis(200),
        ..question()
    };
    let begun = Instant::now();
    let failure = patient.ask(&scope(), &question).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Timeout);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn many_at_once_do_not_disturb_each_other() {
    let server = Faulty::start(|asked| Reply::Answer(format!("{TEXT}: {}", asked.prompt))).unwrap();
    let model = model(&provider("openai", server.url()));
    // One task polls all of them, for whichever something came.
    let asked = (0..64).map(|n| {
        let model = &model;
        async move {
            let question = Question {
                prompt: format!("number {n}"),
                ..question()
            };
            model.ask(&scope(), &question).await.unwrap().text
        }
    });
    let answers = futures::future::join_all(asked).await;
    for (n, answer) in answers.iter().enumerate() {
        assert_eq!(*answer, format!("{TEXT}: number {n}"));
    }
}

#[test]
fn a_key_goes_over_no_open_line_and_is_never_printed() {
    let mut provider = provider("openai", "http://example.com");
    let error = Genai::all_of(&provider).unwrap_err();
    assert!(
        error.to_string().contains("a key is sent over https only"),
        "{error}"
    );
    provider.url = "https://example.com".to_owned();
    let models = Genai::all_of(&provider).unwrap();
    assert!(!format!("{provider:?} {models:?}").contains("sesame"));
}
