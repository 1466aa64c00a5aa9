//! A tool call from a client: whether it is offered, what is told while it lasts, and that it stops with its caller.

use std::time::{Duration, Instant};

use rmcp::handler::server::tool::{IntoCallToolResult as _, ToolCallContext};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ListToolsResult, PaginatedRequestParams,
    ProgressNotificationParam,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};

use super::{Server, TOOLS};
use crate::mcp::pages::page;
use crate::mcp::remarks::Remark;
use rmcp::model::CacheScope;

/// How long the list of tools may be kept, in milliseconds: it is the same as long as the server runs.
const TOOLS_TTL_MS: u64 = 300_000;
/// What takes longer is told to be going on, and then at such intervals.
const FIRST_WORD: Duration = Duration::from_millis(300);
const NEXT_WORDS: Duration = Duration::from_secs(1);

impl Server {
    /// The tools that are offered, by name.
    ///
    /// # Errors
    /// When the cursor is none of ours.
    pub(super) fn tools_page(
        &self,
        request: Option<&PaginatedRequestParams>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = TOOLS.list_all().into_iter();
        let offered = tools.filter(|tool| self.offers(&tool.name));
        let named = offered.map(|tool| (tool.name.to_string(), tool));
        let page = page("tools/list", named, request, self.app.settings.list_page)?;
        let mut listed = ListToolsResult::with_all_items(page.items)
            .with_ttl_ms(TOOLS_TTL_MS)
            .with_cache_scope(CacheScope::Public);
        listed.next_cursor = page.next;
        Ok(listed)
    }

    /// Calls a tool for a client.
    ///
    /// # Errors
    /// For a tool that does not exist, and when the caller withdraws a call that has no effect but its answer.
    pub(super) async fn client_calls(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        match self.may_call(&request.name) {
            Ok(()) => {}
            Err(error) if error.code == "tool_disabled" => return error.into_call_tool_result(),
            Err(error) => {
                // A protocol error, as MCP has it; rmcp's own does not say which tools there are.
                let message = format!("{}; {}", error.message, error.hint);
                return Err(ErrorData::invalid_params(
                    message,
                    serde_json::to_value(error).ok(),
                ));
            }
        }
        let (tool, since) = (request.name.clone(), Instant::now());
        // It tells how many steps are done, and knows itself what may be left off.
        let tells_itself = tool == "run_crew";
        let only_answers = !tells_itself && tool != "record_lesson" && tool != "enforce_policy";
        let call = ToolCallContext::new(self, request, context.clone());
        let mut call = Box::pin(TOOLS.call(call));
        let answer = tokio::select! {
            answer = &mut call => answer,
            () = still_at_it(&context, &tool, since, tells_itself) => return Err(withdrawn(&tool)),
            () = context.ct.cancelled(), if only_answers => return Err(withdrawn(&tool)),
        };
        let remark = Remark::of(&tool, &answer, since.elapsed());
        remark.tell(&context, &self.session).await;
        answer
    }
}

fn withdrawn(tool: &str) -> ErrorData {
    tracing::info!(tool, "a call was withdrawn");
    ErrorData::internal_error("the call was withdrawn", None)
}

/// Tells the caller now and then for how long a call has been going on, where anybody wants to know. It never ends: the
/// call does, or is withdrawn.
async fn still_at_it(context: &RequestContext<RoleServer>, tool: &str, since: Instant, tells_itself: bool) {
    let Some(token) = context.meta.get_progress_token().filter(|_| !tells_itself) else {
        return std::future::pending().await;
    };
    tokio::time::sleep(FIRST_WORD).await;
    loop {
        let seconds = since.elapsed().as_secs_f64();
        let progress = ProgressNotificationParam::new(token.clone(), seconds)
            .with_message(format!("{tool} is at work for {seconds:.1} s"));
        if context.peer.notify_progress(progress).await.is_err() {
            // The caller is about to be gone; that is told on its own way.
            return std::future::pending().await;
        }
        tokio::time::sleep(NEXT_WORDS).await;
    }
}
