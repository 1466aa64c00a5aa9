//! One run of ten steps by everybody at once: the host, a model of a scripted Ollama, one behind `LiteLLM` asked as
//! Anthropic's, and the server's own checks; driven by the Python client, the server killed twice.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use firstmate::model::faulty::{Asked, Faulty, Reply};

use super::Proxy;
use crate::clients::{installed, output};

/// Long enough that the server is killed while it waits for it.
const THINKING: Duration = Duration::from_millis(2_000);

#[test]
fn a_crew_of_everybody_is_killed_twice_and_completes() {
    let (Some(python), Some(litellm)) = (installed("mcp2/bin/python"), installed("litellm/bin/litellm"))
    else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let thinking = |asked: &Asked| {
        std::thread::sleep(THINKING);
        Reply::Answer(format!(
            "Done by {}. Decision: keep the port at 8080.",
            asked.model
        ))
    };
    let ollama = Faulty::start(thinking).unwrap();
    let upstream = Faulty::start(thinking).unwrap();
    let proxy = Proxy::start(&litellm, dir.path(), upstream.url());
    let config = dir.path().join("config.toml");
    let (ollama_url, proxy_url) = (ollama.url(), &proxy.url);
    std::fs::write(
        &config,
        format!(
            "[providers.scripted]\nkind = \"ollama\"\nurl = \"{ollama_url}\"\nmodels = [\"llama\"]\n\n\
             [providers.claude]\nkind = \"anthropic\"\nurl = \"{proxy_url}\"\napi_key_env = \"PROXY_KEY\"\nmodels = [\"upstream\"]\n"
        ),
    )
    .unwrap();
    let told = output(
        Command::new(python)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/mixed_crew.py"))
            .arg(env!("CARGO_BIN_EXE_firstmate"))
            .arg(&config)
            .arg(dir.path().join("data"))
            .env("PROXY_KEY", "sk-it"),
    );
    assert!(told.contains("ok: ten steps, two kills"), "{told}");
    // At most once more for the step that was being done when the server was killed.
    let asked = |server: &Faulty| server.count();
    assert!((2..=4).contains(&asked(&ollama)), "{}", asked(&ollama));
    assert!((2..=4).contains(&asked(&upstream)), "{}", asked(&upstream));
}
