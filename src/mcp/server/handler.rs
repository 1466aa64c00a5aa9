//! What the protocol asks of the server, method by method; each goes on to the module that knows about it.

use rmcp::handler::server::tool::ToolCallContext;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CancelTaskParams, CustomRequest, CustomResult, DiscoverResult,
    ErrorCode, GetPromptRequestParams, GetPromptResponse, GetTaskParams, GetTaskResult, Implementation,
    InitializeRequestParams, InitializeResult, ListPromptsResult, ListResourceTemplatesResult,
    ListResourcesResult, PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse,
    ServerCapabilities, ServerConfig, UpdateTaskParams,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler, tool_handler};

use super::{Server, unknown_tool};
use crate::mcp::{prompts, resources, tasks};

/// What a model reads before it uses any tool.
const INSTRUCTIONS: &str = "\
firstmate routes, runs, checks, polices and remembers work. You do the work; it keeps the order and the log.
1. route_task: before a task of some size, learn which model should do it and which workflow fits.
2. run_crew: for work of several steps. Do each pending step yourself, then call run_crew exactly as next_call \
says; do not answer the user before status is completed, failed or cancelled.
3. validate_output: check code, JSON or Markdown before you hand it over.
4. enforce_policy: ask before a risky action (shell, git, network, deletion) and do what it decides.
5. record_lesson: keep what was learned, with outcome.ref = route_id. search_knowledge: look first.
Never say that something is done which no answer here shows. Errors carry code, message and hint: follow the hint.
For small talk and single-line answers use none of this.";

#[tool_handler(router = self.tools)]
impl ServerHandler for Server {
    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if self.tools.get(&request.name).is_none() {
            // A protocol error, as MCP has it; rmcp's own does not say which tools there are.
            let error = unknown_tool(&request.name);
            let message = format!("{}; {}", error.message, error.hint);
            return Err(ErrorData::invalid_params(
                message,
                serde_json::to_value(error).ok(),
            ));
        }
        self.tools
            .call(ToolCallContext::new(self, request, context))
            .await
    }

    /// rmcp takes a request whose params have the wrong shape for one of a method that it does not know.
    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        Err(match request.method.as_str() {
            method @ ("initialize" | "tools/call" | "prompts/get" | "resources/read") => {
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
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_prompts()
            .enable_resources()
            .enable_tasks()
            .build();
        ServerConfig::new(capabilities)
            .with_server_info(
                Implementation::new("firstmate", env!("CARGO_PKG_VERSION")).with_title("firstmate"),
            )
            .with_instructions(INSTRUCTIONS)
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
        Ok(answer)
    }

    async fn discover(&self, context: RequestContext<RoleServer>) -> Result<DiscoverResult, ErrorData> {
        let client = context.client_capabilities().unwrap_or_default();
        let mut info = self.get_info();
        info.capabilities = tasks::for_client(info.capabilities, client.supports_tasks());
        let versions = self.supported_protocol_versions().into_owned();
        Ok(DiscoverResult::from_server_info(versions, info))
    }

    async fn get_task(
        &self,
        request: GetTaskParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        tasks::get(&self.app, &request.task_id)
            .await
            .map(GetTaskResult::new)
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
        tasks::cancel(&self.app, &request.task_id).await
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Ok(prompts::list(&self.app.crews.templates(self.scope())))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        prompts::get(&self.app, &request).await.map(Into::into)
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        resources::list(&self.app).await
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(resources::templates())
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        resources::read(&self.app, &request.uri).await.map(Into::into)
    }
}
