//! Who gave an answer, in each result: since 2026-07-28 there is no handshake that says it, and a server should.

use std::sync::LazyLock;

use rmcp::RoleServer;
use rmcp::model::{
    CallToolResponse, CallToolResult, CompleteResult, CreateTaskResult, GetPromptResult, GetTaskResult,
    InputRequiredResult, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult,
    ListToolsResult, MetaObject, ProtocolVersion, ReadResourceResult,
};
use rmcp::service::RequestContext;
use serde_json::Value;

use super::handler::implementation;

const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";

static SIGNATURE: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(implementation()).unwrap_or_default());

/// Whether the caller speaks 2026-07-28 or newer.
pub(super) fn is_modern(context: &RequestContext<RoleServer>) -> bool {
    let version = context.protocol_version();
    version.is_some_and(|version| version >= ProtocolVersion::V_2026_07_28)
}

/// A result with a place for it.
pub(super) trait Signed: Sized {
    /// The place; `None` where this one has none.
    fn meta(&mut self) -> Option<&mut Option<MetaObject>>;

    /// The result, signed where the caller may expect it.
    fn signed(mut self, modern: bool) -> Self {
        if modern && let Some(meta) = self.meta() {
            meta.get_or_insert_default()
                .insert(SERVER_INFO.to_owned(), SIGNATURE.clone());
        }
        self
    }
}

macro_rules! signed {
    ($($result:ty),+ $(,)?) => {$(
        impl Signed for $result {
            fn meta(&mut self) -> Option<&mut Option<MetaObject>> {
                Some(&mut self.meta)
            }
        }
    )+};
}

signed!(
    CallToolResult,
    CompleteResult,
    CreateTaskResult,
    GetPromptResult,
    GetTaskResult,
    InputRequiredResult,
    ListPromptsResult,
    ListResourceTemplatesResult,
    ListResourcesResult,
    ListToolsResult,
    ReadResourceResult,
);

impl Signed for CallToolResponse {
    fn meta(&mut self) -> Option<&mut Option<MetaObject>> {
        match self {
            Self::Complete(result) => result.meta(),
            Self::InputRequired(result) => result.meta(),
            Self::Task(result) => result.meta(),
            _ => None,
        }
    }
}
