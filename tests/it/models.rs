//! Models that answer, certified from both sides: the official clients of OpenAI, Anthropic and Ollama against the faulty
//! provider, and what asks models here against `LiteLLM`, which others wrote.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use firstmate::domain::Scope;
use firstmate::domain::run::FailureClass;
use firstmate::model::faulty::{Asked, Fault, Faulty, Reply};
use firstmate::model::{
    ApiKey, Failure, Genai, Model as _, Provider, ProviderKind, ProviderModel, Question, SchemaBy,
};

use crate::clients::{installed, output};

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

/// `LiteLLM`'s proxy on this machine, while it is kept.
struct Proxy {
    child: Child,
    url: String,
}

impl Proxy {
    fn start(litellm: &Path, dir: &Path, upstream: &str) -> Self {
        let mock = |name: &str, answer: &str| {
            format!(
                "  - model_name: {name}\n    litellm_params: {{model: openai/gpt-4o-mini, api_key: k, mock_response: \"{answer}\"}}\n"
            )
        };
        let config = [
            "model_list:\n".to_owned(),
            mock("good", TEXT),
            mock("limited", "litellm.RateLimitError"),
            mock("broken", "litellm.InternalServerError"),
            mock("overflow", "litellm.ContextWindowExceededError"),
            format!(
                "  - model_name: upstream\n    litellm_params: {{model: hosted_vllm/m, api_key: k, api_base: \"{upstream}/v1\"}}\n"
            ),
            "litellm_settings: {num_retries: 0}\nrouter_settings: {num_retries: 0}\n".to_owned(),
            "general_settings: {master_key: sk-it}\n".to_owned(),
        ];
        let path = dir.join("litellm.yaml");
        std::fs::write(&path, config.concat()).unwrap();
        // Nobody takes it in the moment between.
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let log = std::fs::File::create(dir.join("litellm.log")).unwrap();
        let child = Command::new(litellm)
            .args(["--host", "127.0.0.1", "--port", &port.to_string(), "--config"])
            .arg(&path)
            .env("HOME", dir)
            // Else it asks the network for prices.
            .env("LITELLM_LOCAL_MODEL_COST_MAP", "True")
            .current_dir(dir)
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut proxy = Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
        };
        let until = Instant::now() + Duration::from_secs(180);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            let said = || std::fs::read_to_string(dir.join("litellm.log")).unwrap();
            assert!(proxy.child.try_wait().unwrap().is_none(), "it ended: {}", said());
            assert!(Instant::now() < until, "it does not listen: {}", said());
            std::thread::sleep(Duration::from_millis(200));
        }
        proxy
    }

    async fn ask(&self, kind: &str, model: &str, streams: bool, prompt: &str) -> Result<String, Failure> {
        let provider = Provider {
            name: "proxy".to_owned(),
            kind: ProviderKind::named(kind).unwrap(),
            url: self.url.clone(),
            api_key: Some(ApiKey::new("sk-it")),
            models: vec![ProviderModel {
                id: model.to_owned(),
                prices: None,
            }],
            max_concurrent: 1,
            streams,
            schema: SchemaBy::Prompt,
        };
        let question = Question {
            system: "Be brief.".to_owned(),
            prompt: prompt.to_owned(),
            schema: None,
            max_tokens: 64,
            timeout: Duration::from_secs(60),
            idempotency_key: "run/step/1".to_owned(),
            token: None,
        };
        let scope = Scope::new("local", "/it", "ada").unwrap();
        let models = Genai::all_of(&provider).unwrap();
        let answered = models[0].ask(&scope, &question).await;
        answered.map(|answer| answer.text)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
