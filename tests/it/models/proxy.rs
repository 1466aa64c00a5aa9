//! `LiteLLM`, which speaks for others.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use firstmate::domain::Scope;
use firstmate::model::{
    ApiKey, Failure, Genai, Model as _, Provider, ProviderKind, ProviderModel, Question, SchemaBy,
};

use super::TEXT;

/// `LiteLLM`'s proxy on this machine, while it is kept.
pub(super) struct Proxy {
    child: Child,
    pub(super) url: String,
}

impl Proxy {
    pub(super) fn start(litellm: &Path, dir: &Path, upstream: &str) -> Self {
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

    pub(super) async fn ask(
        &self,
        kind: &str,
        model: &str,
        streams: bool,
        prompt: &str,
    ) -> Result<String, Failure> {
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
