//! What the protocol asks of the server, method by method; each goes on to the module that knows about it.

#![expect(
    deprecated,
    reason = "what clients of before 2026-07-28 say is still understood"
)]

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CancelTaskParams, CompleteRequestParams, CompleteResult,
    CustomRequest, CustomResult, DiscoverResult, ErrorCode, GetPromptRequestParams, GetPromptResponse,
    GetTaskParams, GetTaskResult, Implementation, InitializeRequestParams, InitializeResult,
    ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult,
    PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse, ServerCapabilities,
    ServerConfig, SetLevelRequestParams, SubscribeRequestParams, SubscriptionFilter,
    UnsubscribeRequestParams, UpdateTaskParams,
};
use rmcp::service::{NotificationContext, RequestContext, SubscriptionContext};
use rmcp::{ErrorData, Peer, RoleServer, ServerHandler, tool_handler};
use serde_json::json;

use super::signed::{Signed as _, is_modern};
use super::{Server, TOOLS};
use crate::mcp::address::Address;
use crate::mcp::page::view;
use crate::mcp::subscriptions::Arrival;
use crate::mcp::{completion, offer, prompts, resources, subscriptions, tasks};

/// How long what a client learns at its start may be kept, in milliseconds.
const DISCOVERED_TTL_MS: u64 = 60_000;

/// Who answers.
pub(super) fn implementation() -> Implementation {
    Implementation::new("firstmate", env!("CARGO_PKG_VERSION")).with_title("firstmate")
}

#[tool_handler(router = TOOLS)]
impl ServerHandler for Server {
    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let modern = is_modern(&context);
        let called = self.client_calls(request, context).await;
        called.map(|response| response.signed(modern))
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let listed = self.tools_page(request.as_ref())?;
        Ok(listed.signed(is_modern(&context)))
    }

    /// rmcp takes a request whose params have the wrong shape for one of a method that it does not know.
    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        Err(match request.method.as_str() {
            // Since 2026-07-28 there are none of these, whatever their params.
            method
            @ ("initialize" | "logging/setLevel" | "resources/subscribe" | "resources/unsubscribe")
                if is_modern(&context) =>
            {
                let why = format!("there is no method `{method}`");
                ErrorData::new(ErrorCode::METHOD_NOT_FOUND, why, None)
            }
            method @ ("initialize"
            | "tools/call"
            | "prompts/get"
            | "resources/read"
            | "resources/subscribe"
            | "resources/unsubscribe"
            | "subscriptions/listen"
            | "completion/complete"
            | "logging/setLevel") => {
                ErrorData::invalid_params(format!("the params of {method} do not have its shape"), None)
            }
            method => {
                let method: String = method.chars().take(60).collect();
                ErrorData::new(
                    ErrorCode::METHOD_NOT_FOUND,
                    format!("there is no method `{method}`"),
                    None,
                )
            }
        })
    }

    fn get_info(&self) -> ServerConfig {
        let mut capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_prompts()
            .enable_prompts_list_changed()
            .enable_resources()
            .enable_resources_list_changed()
            .enable_resources_subscribe()
            .enable_completions()
            .enable_logging()
            .enable_tasks()
            .build();
        if !self.offers("run_crew") {
            capabilities = tasks::for_client(capabilities, false);
        }
        ServerConfig::new(capabilities)
            .with_server_info(implementation())
            .with_instructions(offer::instructions(|tool| self.offers(tool)))
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        let declared = request.capabilities.supports_tasks();
        context.peer.set_peer_info(request.clone());
        let mut answer = self.negotiate_initialize(&request)?;
        answer.capabilities = tasks::for_client(answer.capabilities, declared);
        answer.capabilities = view::for_client(answer.capabilities, &request.capabilities);
        Ok(answer)
    }

    async fn discover(&self, context: RequestContext<RoleServer>) -> Result<DiscoverResult, ErrorData> {
        let client = context.client_capabilities().unwrap_or_default();
        let mut info = self.get_info();
        info.capabilities = tasks::for_client(info.capabilities, client.supports_tasks());
        info.capabilities = view::for_client(info.capabilities, &client);
        let versions = self.supported_protocol_versions().into_owned();
        Ok(DiscoverResult::from_server_info(versions, info).with_ttl_ms(DISCOVERED_TTL_MS))
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        self.begin(context.peer);
    }

    async fn set_level(
        &self,
        request: SetLevelRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        // Each request has its own level since then.
        if is_modern(&context) {
            let why =
                "logging/setLevel is gone since 2026-07-28; put io.modelcontextprotocol/logLevel into _meta";
            return Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, why, None));
        }
        self.session.set_level(request.level);
        Ok(())
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let arrival = Arrival::of(&context.extensions);
        self.session.has_room(&request.uri)?;
        resources::may(&self.app, subscriptions::DOOR, json!({ "uri": request.uri })).await?;
        let address = Address::parse(&request.uri).ok_or_else(|| resources::missing(&request.uri))?;
        if !resources::is_there(&self.app, &address).await? {
            return Err(resources::missing(&request.uri));
        }
        self.begin(context.peer);
        self.session.subscribe(&request.uri, arrival)
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.session
            .unsubscribe(&request.uri, Arrival::of(&context.extensions));
        Ok(())
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(subscriptions::acceptable(requested))
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        self.session.listen(&self.app, &self.hub, &context).await
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let completed = completion::complete(&self.app, &request).await?;
        Ok(completed.signed(is_modern(&context)))
    }

    async fn get_task(
        &self,
        request: GetTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        let task = tasks::get(&self.app, &request.task_id).await?;
        Ok(GetTaskResult::new(task).signed(is_modern(&context)))
    }

    async fn update_task(
        &self,
        request: UpdateTaskParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        tasks::update(&self.app, &request.task_id).await
    }

    async fn cancel_task(
        &self,
        request: CancelTaskParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        // Cancelling is what `run_crew` does, too.
        if let Err(error) = self.may_call("run_crew") {
            let why = format!("{}; {}", error.message, error.hint);
            return Err(ErrorData::invalid_params(why, serde_json::to_value(error).ok()));
        }
        tasks::cancel(&self.app, &request.task_id).await
    }

    async fn list_prompts(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        // Each is the beginning of a run.
        let listed = prompts::list(&self.app, request.as_ref(), self.offers("run_crew"))?;
        Ok(listed.signed(is_modern(&context)))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        if let Err(error) = self.may_call("run_crew") {
            let why = format!("{}; {}", error.message, error.hint);
            return Err(ErrorData::invalid_params(why, serde_json::to_value(error).ok()));
        }
        let prompt = prompts::get(&self.app, &request).await?;
        Ok(prompt.signed(is_modern(&context)).into())
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let listed = resources::list(&self.app, request.as_ref()).await?;
        Ok(listed.signed(is_modern(&context)))
    }

    async fn list_resource_templates(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let listed = resources::templates(&self.app, request.as_ref())?;
        Ok(listed.signed(is_modern(&context)))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let read = resources::read(&self.app, &request.uri).await?;
        Ok(read.signed(is_modern(&context)).into())
    }
}

impl Server {
    /// Tells an older client of changes from now on.
    fn begin(&self, peer: Peer<RoleServer>) {
        self.session.begin(&self.hub, self.scope(), peer, &self.telling);
    }
}
