//! What the official conformance suite calls, behind firstmate's own HTTP stack: its accept loop, guards and sessions.
//!
//! `cargo run --example conformance`, then
//! `conformance server --url http://127.0.0.1:PORT/mcp --requirements 2026-07-28` with the port it prints. The suite wants
//! tools, prompts and resources of its own, so that what is examined here is the transport and not the six tools;
//! `tests/it/conformance.rs` runs it, and the suite's general scenarios against the product.
#![expect(
    deprecated,
    reason = "the older of the two sets of requirements wants what the newer took away"
)]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use firstmate::mcp::http::{Front, Settings, serve};
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CompleteRequestParams, CompleteResult,
    CompletionInfo, GetPromptRequestParams, GetPromptResponse, GetPromptResult, Implementation,
    ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult,
    PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult,
    RequestStateCodec, ServerCapabilities, ServerConfig, ServerNotification, SetLevelRequestParams,
    SubscribeRequestParams, SubscriptionFilter, Tool, UnsubscribeRequestParams,
};
use rmcp::service::{RequestContext, SubscriptionContext};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

mod asked;
mod pages;
mod tools;

#[tokio::main]
#[expect(
    clippy::print_stderr,
    reason = "whoever starts it wants to know where it listens"
)]
async fn main() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    eprintln!("listening on http://{}/mcp", listener.local_addr()?);
    let settings = Settings {
        // The suite sends the origin of a page on this machine and wants it let in.
        allowed_origins: vec!["http://localhost:*".into(), "http://127.0.0.1:*".into()],
        ..Settings::default()
    };
    let front = Front::new(Fixture::new()?);
    serve(
        listener,
        front,
        settings,
        TaskTracker::new(),
        CancellationToken::new(),
    )
    .await;
    Ok(())
}

/// The server that the suite describes.
#[derive(Debug, Clone)]
struct Fixture {
    codec: Arc<RequestStateCodec>,
    changes: broadcast::Sender<Change>,
    watched: Arc<Mutex<BTreeSet<String>>>,
}

/// What streams of subscriptions are told.
#[derive(Debug, Clone, Copy)]
enum Change {
    Tools,
    Prompts,
}

impl Fixture {
    fn new() -> anyhow::Result<Self> {
        let key: Vec<u8> = (0..32).collect();
        let (changes, _) = broadcast::channel(16);
        Ok(Self {
            codec: Arc::new(RequestStateCodec::try_new(key)?),
            changes,
            watched: Arc::default(),
        })
    }
}

/// JSON as the value it stands for.
fn read<T: DeserializeOwned>(json: Value) -> Result<T, ErrorData> {
    serde_json::from_value(json).map_err(|error| ErrorData::internal_error(error.to_string(), None))
}

impl ServerHandler for Fixture {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_tool_list_changed()
            .enable_prompts()
            .enable_prompts_list_changed()
            .enable_resources()
            .enable_resources_subscribe()
            .enable_completions()
            .enable_logging()
            .build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("conformance", env!("CARGO_PKG_VERSION")))
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools: Vec<Tool> = read(tools::list())?;
        Ok(ListToolsResult::with_all_items(tools)
            .with_ttl_ms(1000)
            .with_cache_scope(CacheScope::Public))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        let tools: Vec<Tool> = read(tools::list()).ok()?;
        tools.into_iter().find(|tool| tool.name == name)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if let Some(asked) = asked::tool(&self.codec, &request, &context) {
            return asked;
        }
        tools::call(self, request, context).await.map(Into::into)
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Ok(ListPromptsResult::with_all_items(read(pages::prompts())?)
            .with_ttl_ms(1000)
            .with_cache_scope(CacheScope::Public))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        if request.name == asked::PROMPT {
            return asked::prompt(&request);
        }
        let messages = read(pages::prompt(&request)?)?;
        Ok(GetPromptResult::new(messages).into())
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Ok(ListResourcesResult::with_all_items(read(pages::resources())?)
            .with_ttl_ms(1000)
            .with_cache_scope(CacheScope::Public))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(
            ListResourceTemplatesResult::with_all_items(read(pages::templates())?)
                .with_ttl_ms(1000)
                .with_cache_scope(CacheScope::Public),
        )
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let contents = read(pages::resource(&request.uri)?)?;
        Ok(ReadResourceResult::new(contents)
            .with_ttl_ms(1000)
            .with_cache_scope(CacheScope::Public)
            .into())
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let begun = request.argument.value;
        let words = ["paris", "park", "party"]
            .into_iter()
            .filter(|word| word.starts_with(&begun));
        let values = CompletionInfo::new(words.map(str::to_owned).collect())
            .map_err(|error| ErrorData::internal_error(error, None))?;
        Ok(CompleteResult::new(values))
    }

    async fn set_level(
        &self,
        _: SetLevelRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.insert(request.uri);
        Ok(())
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.remove(&request.uri);
        Ok(())
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(requested.clone())
    }

    async fn listen(&self, subscription: SubscriptionContext) -> Result<(), ErrorData> {
        let mut changes = self.changes.subscribe();
        loop {
            let change = tokio::select! {
                change = changes.recv() => change,
                () = subscription.cancelled() => return Ok(()),
            };
            let notification = match change {
                Ok(Change::Tools) => ServerNotification::ToolListChangedNotification(Default::default()),
                Ok(Change::Prompts) => ServerNotification::PromptListChangedNotification(Default::default()),
                Err(broadcast::error::RecvError::Lagged(_)) => continue,
                Err(broadcast::error::RecvError::Closed) => return Ok(()),
            };
            // It refuses what this stream did not ask for.
            let _not_wanted = subscription.sink().send(notification).await.is_err();
        }
    }
}
