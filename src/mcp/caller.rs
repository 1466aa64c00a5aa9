//! What a tool may know about the connection that a call came over.

use rmcp::handler::server::common::FromContextPart;
use rmcp::handler::server::tool::ToolCallContext;
use rmcp::model::{InputResponses, ProgressToken, ProtocolVersion};
use rmcp::{ErrorData, Peer, RoleServer};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::domain::run::Via;

/// Where in `_meta` a call may carry its name. The same call under the same name is done once; the relay of
/// a later process gives one to every call, because it sends a call again when the owner dies over it.
pub(crate) const REQUEST_META: &str = "firstmate/request";
/// A longer name is none.
const MAX_REQUEST_BYTES: usize = 128;

/// The other end of a call. The default is a caller in this process, which cannot be asked anything.
#[derive(Debug, Default)]
pub(crate) struct Caller {
    /// The connection, when there is one.
    pub(crate) peer: Option<Peer<RoleServer>>,
    /// Cancelled when the caller does not want the answer any more.
    pub(crate) cancelled: CancellationToken,
    /// What to name in progress notifications, when the caller wants them.
    pub(crate) progress: Option<ProgressToken>,
    /// Whether it speaks 2026-07-28 or newer, where a server may not send requests.
    pub(crate) modern: bool,
    /// Whether it can put a form to a person.
    pub(crate) shows_forms: bool,
    /// Whether it can have its own model asked.
    pub(crate) samples: bool,
    /// Whether it takes a handle for what lasts longer than a call.
    pub(crate) takes_tasks: bool,
    /// What was answered in the round before, and the state that was given along (2026-07-28).
    pub(crate) answered: Option<(InputResponses, String)>,
    /// The name under which the same call may come again.
    pub(crate) request: Option<String>,
    /// The way by which it came, where that is not MCP.
    pub(crate) via: Option<Via>,
}

impl<S> FromContextPart<ToolCallContext<'_, S>> for Caller {
    fn from_context_part(context: &mut ToolCallContext<'_, S>) -> Result<Self, ErrorData> {
        let answered = context.input_responses.take().zip(context.request_state.take());
        let request = context.request_context();
        let client = request.client_capabilities().unwrap_or_default();
        let elicitation = client.elicitation.as_ref();
        Ok(Self {
            peer: Some(request.peer.clone()),
            cancelled: request.ct.clone(),
            progress: request.meta.get_progress_token(),
            modern: request
                .protocol_version()
                .is_some_and(|version| version >= ProtocolVersion::V_2026_07_28),
            // A client that declares neither form nor url means forms, as before there were two.
            takes_tasks: client.supports_tasks(),
            samples: client.sampling.is_some(),
            shows_forms: elicitation.is_some_and(|can| can.form.is_some() || can.url.is_none()),
            answered,
            request: request
                .meta
                .0
                .0
                .get(REQUEST_META)
                .and_then(Value::as_str)
                .filter(|name| !name.is_empty() && name.len() <= MAX_REQUEST_BYTES)
                .map(str::to_owned),
            via: None,
        })
    }
}
