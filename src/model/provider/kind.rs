//! What is spoken at a provider, and where it is when nobody says otherwise.

use genai::adapter::AdapterKind as A;

/// What is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model) enum Wire {
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
    adapter: A,
    wire: Wire,
    url: &'static str,
    /// Its name in the catalogue, where prices are.
    catalogue: &'static str,
}

const fn row(wire: Wire, name: &'static str, adapter: A, url: &'static str) -> Row {
    Row {
        name,
        adapter,
        wire,
        url,
        catalogue: name,
    }
}

const fn like_openai(name: &'static str, adapter: A, url: &'static str) -> Row {
    row(Wire::OpenAi, name, adapter, url)
}

/// Most are OpenAI's protocol at another address. Those whose adapter in genai calls an address of its own whatever
/// it is told, or changes names, are served by that of OpenAI.
static ROWS: [Row; 27] = [
    row(
        Wire::Anthropic,
        "anthropic",
        A::Anthropic,
        "https://api.anthropic.com/v1/",
    ),
    like_openai("openai", A::OpenAI, "https://api.openai.com/v1/"),
    row(Wire::Ollama, "ollama", A::Ollama, "http://127.0.0.1:11434/"),
    Row {
        catalogue: "google",
        ..row(
            Wire::Gemini,
            "gemini",
            A::Gemini,
            "https://generativelanguage.googleapis.com/v1beta/",
        )
    },
    like_openai("aihubmix", A::Aihubmix, "https://aihubmix.com/v1/"),
    like_openai(
        "aliyun",
        A::Aliyun,
        "https://dashscope.aliyuncs.com/compatible-mode/v1/",
    ),
    like_openai("api_route", A::ApiRoute, "https://global.api-route.com/v1/"),
    like_openai("atlascloud", A::AtlasCloud, "https://api.atlascloud.ai/v1/"),
    like_openai("bigmodel", A::BigModel, "https://open.bigmodel.cn/api/paas/v4/"),
    like_openai("cloudgpu", A::CloudGpu, "https://cloudgpu.app/v1/"),
    like_openai("cohere", A::OpenAI, "https://api.cohere.ai/compatibility/v1/"),
    like_openai("deepseek", A::DeepSeek, "https://api.deepseek.com/v1/"),
    like_openai("fireworks", A::OpenAI, "https://api.fireworks.ai/inference/v1/"),
    like_openai("groq", A::Groq, "https://api.groq.com/openai/v1/"),
    like_openai("heabsy", A::Heabsy, "https://api.heabsy.com/v1/"),
    like_openai("kimi", A::Kimi, "https://api.moonshot.ai/v1/"),
    row(
        Wire::Anthropic,
        "minimax",
        A::MiniMax,
        "https://api.minimax.io/anthropic/v1/",
    ),
    like_openai("mistral", A::Mistral, "https://api.mistral.ai/v1/"),
    like_openai("moonshot", A::Moonshot, "https://api.moonshot.cn/v1/"),
    like_openai("nebius", A::Nebius, "https://api.studio.nebius.ai/v1/"),
    like_openai("openrouter", A::OpenRouter, "https://openrouter.ai/api/v1/"),
    like_openai(
        "qwen_cloud",
        A::QwenCloud,
        "https://dashscope-intl.aliyuncs.com/compatible-mode/v1/",
    ),
    like_openai("requesty", A::Requesty, "https://router.requesty.ai/v1/"),
    like_openai("runcrate", A::Runcrate, "https://api.runcrate.ai/v1/"),
    like_openai("together", A::Together, "https://api.together.xyz/v1/"),
    like_openai("xai", A::Xai, "https://api.x.ai/v1/"),
    like_openai("zai", A::OpenAI, "https://api.z.ai/api/paas/v4/"),
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

    pub(in crate::model) fn wire(self) -> Wire {
        self.0.wire
    }

    pub(in crate::model) fn adapter(self) -> A {
        self.0.adapter
    }

    /// Whether answers are held to a schema there. What else speaks OpenAI's protocol may refuse one, or ignore it.
    pub(super) fn takes_schemas(self) -> bool {
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
