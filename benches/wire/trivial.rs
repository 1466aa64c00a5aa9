//! One tool that does nothing, behind firstmate's HTTP stack with all its guards, or behind rmcp's alone.

use axum::serve::ListenerExt as _;
use firstmate::mcp::http::{Front, Settings, serve as serve_http};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, JsonObject, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, ServerNotification, SubscriptionFilter, Tool,
    ToolListChangedNotification,
};
use rmcp::service::{RequestContext, SubscriptionContext};
use rmcp::transport::StreamableHttpService;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The argument that asks for it.
pub(crate) const NAME: &str = "trivial-server";
/// The argument that asks for it with nothing of ours.
pub(crate) const BARE: &str = "bare-server";

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
#[expect(clippy::print_stderr, reason = "whoever starts it waits for its address")]
pub(crate) async fn serve(is_bare: bool) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    eprintln!("http://{}/mcp", listener.local_addr()?);
    let settings = Settings {
        max_connections: 30_000,
        max_sessions: 30_000,
        max_sessions_per_caller: 30_000,
        ..Settings::default()
    };
    let (changes, _) = broadcast::channel(4);
    let handler = Trivial { changes };
    if is_bare {
        let sessions = LocalSessionManager::default();
        let mcp =
            StreamableHttpService::new(move || Ok(handler.clone()), sessions.into(), Default::default());
        let routes = axum::Router::new().route_service("/mcp", mcp);
        // As ours: without it each answer of a session waits for the client's delayed acknowledgement.
        let listener = listener.tap_io(|stream| {
            let _slower = stream.set_nodelay(true).is_err();
        });
        return Ok(axum::serve(listener, routes).await?);
    }
    let front = Front::new(handler);
    serve_http(
        listener,
        front,
        settings,
        TaskTracker::new(),
        CancellationToken::new(),
    )
    .await;
    Ok(())
}

/// Each call of its tool is an event for all who listen.
#[derive(Debug, Clone)]
struct Trivial {
    changes: broadcast::Sender<()>,
}

impl ServerHandler for Trivial {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_tool_list_changed();
        ServerConfig::new(capabilities.build())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tool = Tool::new("route_task", "Nothing", JsonObject::new());
        Ok(ListToolsResult::with_all_items(vec![tool]))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = request.arguments.unwrap_or_default();
        let task = arguments
            .get("task")
            .and_then(|task| task.as_str())
            .unwrap_or_default();
        let _nobody_listens = self.changes.send(()).is_err();
        let model = if task.len() < 80 { "small" } else { "large" };
        Ok(CallToolResult::structured(json!({"model": model})).into())
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(requested.clone())
    }

    async fn listen(&self, subscription: SubscriptionContext) -> Result<(), ErrorData> {
        let mut changes = self.changes.subscribe();
        loop {
            tokio::select! {
                change = changes.recv() => if matches!(change, Err(broadcast::error::RecvError::Closed)) {
                    return Ok(());
                },
                () = subscription.cancelled() => return Ok(()),
            }
            let changed =
                ServerNotification::ToolListChangedNotification(ToolListChangedNotification::default());
            if subscription.sink().send(changed).await.is_err() {
                return Ok(());
            }
        }
    }
}
