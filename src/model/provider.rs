//! Who serves models that answer: what is spoken there, and where it is when nobody says otherwise.

use genai::adapter::AdapterKind;

use super::{ApiKey, Prices};

/// A provider as the settings name it.
#[derive(Debug, Clone, PartialEq)]
pub struct Provider {
    /// Its name in the settings, and the first part of the names of its models.
    pub name: String,
    /// What it speaks.
    pub kind: ProviderKind,
    /// Where it is, without the path of a call.
    pub url: String,
    /// What it is paid by.
    pub api_key: Option<ApiKey>,
    /// Its models.
    pub models: Vec<ProviderModel>,
    /// Most questions at once.
    pub max_concurrent: u32,
    /// Whether answers are read while they are written. Without it silence is only noticed at the end.
    pub streams: bool,
    /// Who sees to it that an answer has the form of a schema.
    pub schema: SchemaBy,
}

/// A model of a provider.
#[derive(Debug, Clone, PartialEq)]
pub struct ProviderModel {
    /// Its name as the provider knows it.
    pub id: String,
    /// What it costs; `None` where that is not known.
    pub prices: Option<Prices>,
}

/// Who sees to it that an answer has the form of a schema.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SchemaBy {
    /// The provider where it is known to be able to, the prompt elsewhere.
    #[default]
    Kind,
    /// The provider.
    Provider,
    /// The prompt.
    Prompt,
}

impl Provider {
    /// Whether the provider is held to schemas.
    pub(super) fn takes_schemas(&self) -> bool {
        match self.schema {
            SchemaBy::Kind => self.kind.takes_schemas(),
            // There the schema would be dropped on the way.
            SchemaBy::Provider => self.kind.wire() != Wire::Ollama,
            SchemaBy::Prompt => false,
        }
    }
}

/// What is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    /// `POST chat/completions`, which most speak.
    OpenAi,
    /// `POST messages`.
    Anthropic,
    /// `POST models/NAME:streamGenerateContent`.
    Gemini,
    /// `POST api/chat`.
    Ollama,
}

/// A kind of provider: what it speaks, with its peculiarities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProviderKind(&'static Row);

#[derive(Debug, PartialEq, Eq)]
struct Row {
    name: &'static str,
    adapter: AdapterKind,
    wire: Wire,
    url: &'static str,
    /// Its name in the catalogue, where prices are.
    catalogue: &'static str,
}

const fn row(name: &'static str, adapter: AdapterKind, wire: Wire, url: &'static str) -> Row {
    Row {
        name,
        adapter,
        wire,
        url,
        catalogue: name,
    }
}

/// Most are OpenAI's protocol at another address. Those whose adapter in genai calls an address of its own whatever
/// it is told, or cuts names, are served by that of OpenAI.
static ROWS: [Row; 27] = [
    row(
        "anthropic",
        AdapterKind::Anthropic,
        Wire::Anthropic,
        "https://api.anthropic.com/v1/",
    ),
    row(
        "openai",
        AdapterKind::OpenAI,
        Wire::OpenAi,
        "https://api.openai.com/v1/",
    ),
    row(
        "ollama",
        AdapterKind::Ollama,
        Wire::Ollama,
        "http://127.0.0.1:11434/",
    ),
    Row {
        catalogue: "google",
        ..row(
            "gemini",
            AdapterKind::Gemini,
            Wire::Gemini,
            "https://generativelanguage.googleapis.com/v1beta/",
        )
    },
    row(
        "aihubmix",
        AdapterKind::Aihubmix,
        Wire::OpenAi,
        "https://aihubmix.com/v1/",
    ),
    row(
        "aliyun",
        AdapterKind::Aliyun,
        Wire::OpenAi,
        "https://dashscope.aliyuncs.com/compatible-mode/v1/",
    ),
    row(
        "api_route",
        AdapterKind::ApiRoute,
        Wire::OpenAi,
        "https://global.api-route.com/v1/",
    ),
    row(
        "atlascloud",
        AdapterKind::AtlasCloud,
        Wire::OpenAi,
        "https://api.atlascloud.ai/v1/",
    ),
    row(
        "bigmodel",
        AdapterKind::BigModel,
        Wire::OpenAi,
        "https://open.bigmodel.cn/api/paas/v4/",
    ),
    row(
        "cloudgpu",
        AdapterKind::CloudGpu,
        Wire::OpenAi,
        "https://cloudgpu.app/v1/",
    ),
    row(
        "cohere",
        AdapterKind::OpenAI,
        Wire::OpenAi,
        "https://api.cohere.ai/compatibility/v1/",
    ),
    row(
        "deepseek",
        AdapterKind::DeepSeek,
        Wire::OpenAi,
        "https://api.deepseek.com/v1/",
    ),
    row(
        "fireworks",
        AdapterKind::OpenAI,
        Wire::OpenAi,
        "https://api.fireworks.ai/inference/v1/",
    ),
    row(
        "groq",
        AdapterKind::Groq,
        Wire::OpenAi,
        "https://api.groq.com/openai/v1/",
    ),
    row(
        "heabsy",
        AdapterKind::Heabsy,
        Wire::OpenAi,
        "https://api.heabsy.com/v1/",
    ),
    row(
        "kimi",
        AdapterKind::Kimi,
        Wire::OpenAi,
        "https://api.moonshot.ai/v1/",
    ),
    row(
        "minimax",
        AdapterKind::MiniMax,
        Wire::Anthropic,
        "https://api.minimax.io/anthropic/v1/",
    ),
    row(
        "mistral",
        AdapterKind::Mistral,
        Wire::OpenAi,
        "https://api.mistral.ai/v1/",
    ),
    row(
        "moonshot",
        AdapterKind::Moonshot,
        Wire::OpenAi,
        "https://api.moonshot.cn/v1/",
    ),
    row(
        "nebius",
        AdapterKind::Nebius,
        Wire::OpenAi,
        "https://api.studio.nebius.ai/v1/",
    ),
    row(
        "openrouter",
        AdapterKind::OpenRouter,
        Wire::OpenAi,
        "https://openrouter.ai/api/v1/",
    ),
    row(
        "qwen_cloud",
        AdapterKind::QwenCloud,
        Wire::OpenAi,
        "https://dashscope-intl.aliyuncs.com/compatible-mode/v1/",
    ),
    row(
        "requesty",
        AdapterKind::Requesty,
        Wire::OpenAi,
        "https://router.requesty.ai/v1/",
    ),
    row(
        "runcrate",
        AdapterKind::Runcrate,
        Wire::OpenAi,
        "https://api.runcrate.ai/v1/",
    ),
    row(
        "together",
        AdapterKind::Together,
        Wire::OpenAi,
        "https://api.together.xyz/v1/",
    ),
    row("xai", AdapterKind::Xai, Wire::OpenAi, "https://api.x.ai/v1/"),
    row(
        "zai",
        AdapterKind::OpenAI,
        Wire::OpenAi,
        "https://api.z.ai/api/paas/v4/",
    ),
];

impl ProviderKind {
    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.name == name).map(Self)
    }

    /// Every kind, those that most people use first.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(Self)
    }

    /// As it is written in settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// Where it is when nobody says otherwise.
    #[must_use]
    pub fn usual_url(self) -> &'static str {
        self.0.url
    }

    /// Its name in the catalogue of models.
    #[must_use]
    pub fn catalogue_name(self) -> &'static str {
        self.0.catalogue
    }

    pub(super) fn wire(self) -> Wire {
        self.0.wire
    }

    pub(super) fn adapter(self) -> AdapterKind {
        self.0.adapter
    }

    /// Whether answers are held to a schema there. What else speaks OpenAI's protocol may refuse one, or ignore it.
    fn takes_schemas(self) -> bool {
        matches!(self.0.name, "openai" | "anthropic" | "gemini")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::http;

    #[test]
    fn kinds_have_names_of_their_own_and_addresses_that_can_be_called() {
        let mut names: Vec<_> = ProviderKind::all().map(ProviderKind::name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ROWS.len());
        for kind in ProviderKind::all() {
            assert_eq!(ProviderKind::named(kind.name()), Some(kind));
            assert!(http::base_url(kind.usual_url(), true).is_ok(), "{kind:?}");
            assert!(kind.usual_url().ends_with('/'), "{kind:?}");
            assert!(
                http::is_on_this_machine(kind.usual_url()) == (kind.name() == "ollama"),
                "{kind:?}"
            );
        }
        assert_eq!(ProviderKind::named("magic"), None);
    }
}
