//! Who serves models that answer.

use super::{ApiKey, Prices};

mod kind;

pub use kind::ProviderKind;
pub(super) use kind::Wire;

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
