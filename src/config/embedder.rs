//! The settings of the embedder.

use serde::Deserialize;

use super::{Error, Result, place};
use crate::model::{ApiKey, Endpoint, Kind};

/// The section as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEmbedder {
    kind: RawKind,
    url: String,
    model: String,
    api_key_env: String,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawKind {
    None,
    Ollama,
    OpenAi,
}

impl RawEmbedder {
    /// The endpoint, with its key from the environment.
    pub(super) fn settle(self) -> Result<Option<Endpoint>> {
        let kind = match self.kind {
            RawKind::None => return Ok(None),
            RawKind::Ollama => Kind::Ollama,
            RawKind::OpenAi => Kind::OpenAi,
        };
        let wrong = |key: &str, detail: String| Error::Value {
            key: key.to_owned(),
            detail,
            origin: "the settings".to_owned(),
        };
        if self.model.trim().is_empty() {
            let detail = format!("{} needs the name of a model", kind.name());
            return Err(wrong("embedder.model", detail));
        }
        let api_key = match self.api_key_env.as_str() {
            "" => None,
            name => {
                let unset = || wrong("embedder.api_key_env", format!("the variable {name} is not set"));
                Some(ApiKey::new(place::variable(name).ok_or_else(unset)?))
            }
        };
        let url = if self.url.trim().is_empty() {
            kind.usual_url().to_owned()
        } else {
            self.url
        };
        Ok(Some(Endpoint {
            kind,
            url,
            model: self.model,
            api_key,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn embedder(section: &str) -> Result<Option<Endpoint>> {
        Ok(Config::from_text(&format!("[embedder]\n{section}"))?
            .models
            .embedder)
    }

    #[test]
    fn nobody_is_called_unless_it_is_said() {
        assert_eq!(embedder("").unwrap(), None);
        assert_eq!(embedder("url = 'http://localhost:1'\nmodel = 'x'").unwrap(), None);
    }

    #[test]
    fn the_usual_address_need_not_be_written() {
        let endpoint = embedder("kind = 'ollama'\nmodel = 'nomic-embed-text'")
            .unwrap()
            .unwrap();
        assert_eq!(
            endpoint,
            Endpoint {
                kind: Kind::Ollama,
                url: "http://127.0.0.1:11434".to_owned(),
                model: "nomic-embed-text".to_owned(),
                api_key: None,
            }
        );
        let endpoint = embedder("kind = 'openai'\nmodel = 'x'\nurl = 'http://localhost:8080/v1'").unwrap();
        assert_eq!(endpoint.unwrap().url, "http://localhost:8080/v1");
    }

    #[test]
    fn the_key_comes_from_the_variable_that_is_named() {
        // Cargo sets it for every test.
        let endpoint = embedder("kind = 'openai'\nmodel = 'x'\napi_key_env = 'CARGO_PKG_NAME'").unwrap();
        assert_eq!(endpoint.unwrap().api_key, Some(ApiKey::new("firstmate")));
    }

    #[test]
    fn what_is_missing_is_named() {
        for (section, told) in [
            (
                "kind = 'ollama'",
                "setting `embedder.model` in the settings has a wrong value: ollama needs",
            ),
            (
                "kind = 'openai'\nmodel = 'x'\napi_key_env = 'FIRSTMATE_NO_SUCH_KEY'",
                "the variable FIRSTMATE_NO_SUCH_KEY is not set",
            ),
            ("kind = 'magic'", "setting `embedder.kind` in file given text"),
        ] {
            let error = embedder(section).unwrap_err();
            assert_eq!(error.code(), "config.value");
            assert!(error.to_string().contains(told), "{error}");
        }
    }
}
