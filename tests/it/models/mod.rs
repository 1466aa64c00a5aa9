//! Models that answer, certified from both sides: the official clients of OpenAI, Anthropic and Ollama against the faulty
//! provider, and what asks models here against `LiteLLM`, which others wrote.

mod mixed;
mod proxy;

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use firstmate::domain::run::FailureClass;
use firstmate::model::faulty::{Asked, Fault, Faulty, Reply};

use crate::clients::{installed, output};
use proxy::Proxy;

const TEXT: &str = "the answer is forty-two";

/// What the prompt asks for; of those that are to be limited, the second time answers.
fn as_asked() -> impl Fn(&Asked) -> Reply + Send + Sync {
    let limited = Mutex::new(Vec::new());
    move |asked: &Asked| {
        let prompt = asked.prompt.as_str();
        let fault = match prompt {
            "key" => Fault::Unauthorized,
            "missing" => Fault::MissingModel,
            "overflow" => Fault::ContextOverflow,
            "broken" => Fault::ServerError,
            "overloaded" => Fault::Overloaded,
            "half" => Fault::ErrorHalfWay,
            "refuse" => Fault::Refusal,
            _ if prompt.starts_with("limit") => {
                let mut limited = limited.lock().unwrap();
                if limited.contains(&prompt.to_owned()) {
                    return Reply::Answer(TEXT.to_owned());
                }
                limited.push(prompt.to_owned());
                Fault::RateLimit(Some(Duration::from_secs(1)))
            }
            _ => return Reply::Answer(TEXT.to_owned()),
        };
        Reply::Fault(fault, TEXT.to_owned())
    }
}

#[test]
fn the_official_clients_take_the_faulty_provider_for_a_real_one() {
    let Some(python) = installed("models/bin/python") else {
        return;
    };
    let server = Faulty::start(as_asked()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/models.py");
    let told = output(Command::new(python).arg(script).arg(server.url()));
    assert_eq!(told.matches("ok: ").count(), 3, "{told}");
}

#[test]
fn litellm_is_understood_in_both_protocols() {
    let Some(litellm) = installed("litellm/bin/litellm") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let upstream = Faulty::start(as_asked()).unwrap();
    let proxy = Proxy::start(&litellm, dir.path(), upstream.url());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for (kind, model, streams, told) in [
        ("openai", "good", true, Ok(TEXT)),
        ("openai", "good", false, Ok(TEXT)),
        ("openai", "upstream", true, Ok(TEXT)),
        ("anthropic", "good", false, Ok(TEXT)),
        ("anthropic", "upstream", true, Ok(TEXT)),
        // Its mock answers with plain JSON where events are due.
        ("anthropic", "good", true, Err(FailureClass::BadAnswer)),
        ("openai", "limited", true, Err(FailureClass::RateLimited)),
        ("openai", "limited", false, Err(FailureClass::RateLimited)),
        ("anthropic", "limited", false, Err(FailureClass::RateLimited)),
        ("openai", "broken", true, Err(FailureClass::Overloaded)),
        ("openai", "overflow", true, Err(FailureClass::ContextOverflow)),
        ("anthropic", "overflow", false, Err(FailureClass::ContextOverflow)),
        ("openai", "unheard-of", true, Err(FailureClass::BadRequest)),
    ] {
        let answered = runtime.block_on(proxy.ask(kind, model, streams, "good"));
        let answered = answered.as_deref().map_err(|failure| failure.class);
        assert_eq!(answered, told, "{kind}, {model}, in pieces: {streams}");
    }
    // It passes on how long to wait, under a name of its own.
    let failure = runtime
        .block_on(proxy.ask("openai", "upstream", true, "limit litellm"))
        .unwrap_err();
    assert_eq!(
        (failure.class, failure.retry_after),
        (FailureClass::RateLimited, Some(Duration::from_secs(1)))
    );
}
