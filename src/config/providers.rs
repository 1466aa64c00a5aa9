//! The settings of models that answer: `[providers.NAME]`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Error, Result, place};
use crate::model::{ApiKey, Prices, Provider, ProviderKind, ProviderModel, SchemaBy};

const MAX_NAME_BYTES: usize = 32;
const MAX_MODEL_BYTES: usize = 128;
const MAX_CONCURRENT: u32 = 1_000;
/// Words that say something else where a model is named.
const RESERVED: [&str; 2] = ["auto", "host"];

/// The section as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct RawProviders(BTreeMap<String, RawProvider>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProvider {
    kind: String,
    #[serde(default)]
    url: String,
    #[serde(default)]
    api_key_env: String,
    models: Vec<String>,
    #[serde(default = "eight")]
    max_concurrent: u32,
    #[serde(default = "yes")]
    streams: bool,
    #[serde(default)]
    schema: RawSchema,
    #[serde(default)]
    prices: BTreeMap<String, RawPrices>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawSchema {
    #[default]
    Auto,
    Provider,
    Prompt,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPrices {
    input: f64,
    output: f64,
    cached: Option<f64>,
}

fn eight() -> u32 {
    8
}

fn yes() -> bool {
    true
}

impl RawProviders {
    /// The providers by name, with their keys from the environment.
    pub(super) fn settle(self) -> Result<Vec<Provider>> {
        self.0.into_iter().map(|(name, raw)| raw.settle(name)).collect()
    }
}

impl RawProvider {
    fn settle(self, name: String) -> Result<Provider> {
        let wrong = |field: &str, detail: String| Error::Value {
            key: format!("providers.{name}{field}"),
            detail,
            origin: "the settings".to_owned(),
        };
        let is_name = !name.is_empty()
            && name.len() <= MAX_NAME_BYTES
            && name
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'));
        if !is_name || RESERVED.contains(&name.as_str()) {
            let detail = "a name is of a to z, 0 to 9, _ and -, and not auto or host";
            return Err(wrong("", detail.to_owned()));
        }
        let kind = ProviderKind::named(&self.kind).ok_or_else(|| {
            let known: Vec<_> = ProviderKind::all().map(ProviderKind::name).collect();
            wrong(
                ".kind",
                format!("`{}` is none of {}", self.kind, known.join(", ")),
            )
        })?;
        if self.models.is_empty() {
            return Err(wrong(".models", "no model is named".to_owned()));
        }
        for model in &self.models {
            let is_model = !model.trim().is_empty()
                && model.len() <= MAX_MODEL_BYTES
                && !model.chars().any(|c| c.is_control() || c.is_whitespace());
            if !is_model {
                return Err(wrong(
                    ".models",
                    format!("`{}` is no name of a model", model.escape_debug()),
                ));
            }
        }
        if !(1..=MAX_CONCURRENT).contains(&self.max_concurrent) {
            let detail = format!("{} is not from 1 to {MAX_CONCURRENT}", self.max_concurrent);
            return Err(wrong(".max_concurrent", detail));
        }
        if let Some(stray) = self.prices.keys().find(|id| !self.models.contains(id)) {
            return Err(wrong(".prices", format!("`{stray}` is none of its models")));
        }
        let api_key = match self.api_key_env.as_str() {
            "" => None,
            variable => {
                let unset = || wrong(".api_key_env", format!("the variable {variable} is not set"));
                Some(ApiKey::new(place::variable(variable).ok_or_else(unset)?))
            }
        };
        let priced = |id: String| {
            let prices = self.prices.get(&id).map(|prices| prices.settle());
            let prices = prices
                .transpose()
                .map_err(|detail| wrong(".prices", format!("{id}: {detail}")))?;
            Ok(ProviderModel { id, prices })
        };
        let models = self.models.iter().cloned().map(priced).collect::<Result<_>>()?;
        let url = if self.url.trim().is_empty() {
            kind.usual_url().to_owned()
        } else {
            self.url
        };
        Ok(Provider {
            name,
            kind,
            url,
            api_key,
            models,
            max_concurrent: self.max_concurrent,
            streams: self.streams,
            schema: match self.schema {
                RawSchema::Auto => SchemaBy::Kind,
                RawSchema::Provider => SchemaBy::Provider,
                RawSchema::Prompt => SchemaBy::Prompt,
            },
        })
    }
}

impl RawPrices {
    fn settle(self) -> std::result::Result<Prices, String> {
        let prices = Prices {
            input: self.input,
            output: self.output,
            cached: self.cached.unwrap_or(self.input),
        };
        for price in [prices.input, prices.output, prices.cached] {
            if !price.is_finite() || price < 0.0 {
                return Err(format!("{price} is no price"));
            }
        }
        Ok(prices)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn providers(text: &str) -> Result<Vec<Provider>> {
        Ok(Config::from_text(text)?.models.providers)
    }

    #[test]
    fn nobody_is_asked_unless_it_is_said() {
        assert_eq!(providers("").unwrap(), []);
        assert_eq!(providers("[providers]").unwrap(), []);
    }

    #[test]
    fn little_has_to_be_written() {
        let found = providers("[providers.local]\nkind = 'ollama'\nmodels = ['qwen3:8b']").unwrap();
        let model = ProviderModel {
            id: "qwen3:8b".to_owned(),
            prices: None,
        };
        let expected = Provider {
            name: "local".to_owned(),
            kind: ProviderKind::named("ollama").unwrap(),
            url: "http://127.0.0.1:11434/".to_owned(),
            api_key: None,
            models: vec![model],
            max_concurrent: 8,
            streams: true,
            schema: SchemaBy::Kind,
        };
        assert_eq!(found, [expected]);
    }

    #[test]
    fn everything_can_be_said() {
        // Cargo sets the variable for every test.
        let found = providers(
            "[providers.mine]\nkind = 'openai'\nurl = 'http://localhost:1/v1'\napi_key_env = 'CARGO_PKG_NAME'\n\
             models = ['gpt-4.1', 'b']\nmax_concurrent = 2\nstreams = false\nschema = 'prompt'\n\
             prices = { 'gpt-4.1' = { input = 2, output = 8.0, cached = 0.5 }, b = { input = 1.0, output = 2.0 } }",
        )
        .unwrap();
        let [mine] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(mine.api_key, Some(ApiKey::new("firstmate")));
        assert_eq!(
            (mine.max_concurrent, mine.streams, mine.schema),
            (2, false, SchemaBy::Prompt)
        );
        let prices: Vec<_> = mine.models.iter().map(|model| model.prices.unwrap()).collect();
        let [first, second] =
            [prices[0], prices[1]].map(|prices| [prices.input, prices.output, prices.cached]);
        assert_eq!((first, second), ([2.0, 8.0, 0.5], [1.0, 2.0, 1.0]));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, told) in [
            (
                "[providers.x]\nkind = 'magic'\nmodels = ['m']",
                "setting `providers.x.kind` in the settings has a wrong value: `magic` is none of anthropic, openai, ollama, gemini,",
            ),
            ("[providers.x]\nmodels = ['m']", "missing field `kind`"),
            ("[providers.x]\nkind = 'openai'\nmodels = []", "no model is named"),
            (
                "[providers.x]\nkind = 'openai'\nmodels = ['a b']",
                "`a b` is no name of a model",
            ),
            (
                "[providers.host]\nkind = 'openai'\nmodels = ['m']",
                "setting `providers.host` in",
            ),
            (
                "[providers.\"a/b\"]\nkind = 'openai'\nmodels = ['m']",
                "a name is of a to z",
            ),
            (
                "[providers.x]\nkind = 'openai'\nmodels = ['m']\nmax_concurrent = 0",
                "0 is not from 1 to 1000",
            ),
            (
                "[providers.x]\nkind = 'openai'\nmodels = ['m']\nprices = { n = { input = 1.0, output = 1.0 } }",
                "`n` is none of its models",
            ),
            (
                "[providers.x]\nkind = 'openai'\nmodels = ['m']\nprices = { m = { input = -1.0, output = 1.0 } }",
                "m: -1 is no price",
            ),
            (
                "[providers.x]\nkind = 'openai'\nmodels = ['m']\napi_key_env = 'FIRSTMATE_NO_SUCH_KEY'",
                "the variable FIRSTMATE_NO_SUCH_KEY is not set",
            ),
            (
                "[providers.x]\nkind = 'openai'\nmodels = ['m']\nmax_concurent = 1",
                "unknown setting `providers.x.max_concurent`",
            ),
        ] {
            let error = providers(text).unwrap_err();
            assert!(error.to_string().contains(told), "{error}");
        }
    }
}
