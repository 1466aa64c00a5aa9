//! The server: six tools (`adapters`), and what a client sees beside them (`handler`).

use std::sync::{Arc, LazyLock, Weak};
use std::time::Instant;

use rmcp::ErrorData;
use rmcp::handler::server::tool::{IntoCallToolResult, ToolRouter};
use rmcp::model::{CallToolResponse, CallToolResult, JsonObject, Tool};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::caller::Caller;
use super::permitted::{Judged, Permitted};
use super::reply::{ToolError, guarded};
use super::subscriptions::{Hub, Session};
use super::tools::route_task;
use super::{Services, offer};
use crate::domain::run::Via;
use crate::domain::{Offer, Scope, Timestamp};
use crate::store::news::Watcher;

mod adapters;
mod calls;
mod handler;
mod signed;

/// The MCP server: cheap to clone, one per connection or request.
#[derive(Debug, Clone)]
pub struct Server {
    app: Arc<Services>,
    /// Which of the tools a client may use.
    offer: Arc<Offer>,
    /// All who are told of changes, over whichever connection.
    hub: Arc<Hub>,
    session: Arc<Session>,
    /// Cancelled when streams that would go on for ever should end.
    pub(crate) ending: CancellationToken,
    /// What tells older clients of changes.
    telling: TaskTracker,
    /// A token per tool call that runs, so that a transport can wait for them before it stops.
    pub(crate) running: TaskTracker,
}

// Built once: rmcp's default would build all schemas anew on every list and call, and each building of them takes
// longer than opening an empty store.
static TOOLS: LazyLock<ToolRouter<Server>> = LazyLock::new(Server::tool_router);

/// The tools as every client sees them, sorted by name. The first call takes milliseconds.
#[must_use]
pub fn tool_list() -> Vec<Tool> {
    TOOLS.list_all()
}

impl Server {
    /// A server over `app` that offers all tools.
    #[must_use]
    pub fn new(app: Arc<Services>) -> Self {
        let hub = Arc::new(Hub::default());
        let watcher: Weak<dyn Watcher> = Arc::downgrade(&(Arc::clone(&hub) as Arc<dyn Watcher>));
        app.news.watch(watcher);
        let ending = CancellationToken::new();
        Self {
            app,
            offer: Arc::default(),
            session: Arc::new(Session::new(&ending)),
            hub,
            ending,
            telling: TaskTracker::new(),
            running: TaskTracker::new(),
        }
    }

    /// The same server for a caller whose calls touch `scope` unless they say otherwise.
    #[must_use]
    pub fn in_scope(&self, scope: Scope) -> Self {
        let services = Services {
            default_scope: scope,
            ..(*self.app).clone()
        };
        Self {
            app: Arc::new(services),
            // Whoever waits for this server's calls does not wait for another caller's.
            running: TaskTracker::new(),
            ending: self.ending.child_token(),
            ..self.clone()
        }
    }

    /// The same server for a client that may use only this.
    #[must_use]
    pub fn offering(&self, offer: Offer) -> Self {
        Self {
            offer: Arc::new(offer),
            ..self.clone()
        }
    }

    /// The same server over another connection.
    pub(crate) fn connected(&self) -> Self {
        Self {
            session: Arc::new(Session::new(&self.ending)),
            ..self.clone()
        }
    }

    /// What is remembered of the connection.
    pub(crate) fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// Ends the streams that would go on for ever, each with its final result.
    pub(crate) fn end_streams(&self) {
        self.ending.cancel();
    }

    /// Tells clients of files of templates that change, until `stop`; to be spawned where clients are served.
    pub(crate) async fn watch_files(&self, stop: CancellationToken) {
        let crews = Arc::clone(&self.app.crews);
        self.hub.watch_files(crews, stop).await;
    }

    /// Whether a tool is offered; one that there is not is not.
    fn offers(&self, name: &str) -> bool {
        self.may_call(name).is_ok()
    }

    /// # Errors
    /// `unknown_tool`, `tool_disabled`.
    fn may_call(&self, name: &str) -> Result<(), ToolError> {
        let tool = TOOLS.get(name).ok_or_else(|| unknown_tool(name))?;
        offer::offered(&self.offer, tool)
    }

    /// Calls a tool from within this process, through the same gate as any client. Such a caller cannot
    /// be asked anything and gets no progress. `None` for a tool that does not exist.
    ///
    /// The result has `structuredContent`, or `isError` with `{code, message, hint}` as text.
    ///
    /// # Errors
    /// When the answer is not JSON, which is a defect.
    pub async fn call(
        &self,
        tool: &str,
        arguments: JsonObject,
    ) -> Option<Result<CallToolResponse, ErrorData>> {
        self.call_as(Caller::default(), tool, arguments).await
    }

    async fn call_as(
        &self,
        caller: Caller,
        tool: &str,
        arguments: JsonObject,
    ) -> Option<Result<CallToolResponse, ErrorData>> {
        if let Err(error) = self.may_call(tool) {
            return (error.code == "tool_disabled").then(|| error.into_call_tool_result());
        }
        Some(match tool {
            "route_task" => self.route_task(arguments).await.into_call_tool_result(),
            "run_crew" => self.run_crew(arguments, caller).await.into_call_tool_result(),
            "validate_output" => self.validate_output(arguments).await.into_call_tool_result(),
            "enforce_policy" => self
                .enforce_policy(arguments, caller)
                .await
                .into_call_tool_result(),
            "search_knowledge" => self.search_knowledge(arguments).await.into_call_tool_result(),
            "record_lesson" => self
                .record_lesson(arguments, caller)
                .await
                .into_call_tool_result(),
            _ => return None,
        })
    }

    /// As [`Server::call`], in plain JSON: the structured answer, or `{code, message, hint}` as the error.
    /// The same call under the same name as `request` is done once.
    ///
    /// # Errors
    /// When the tool answers with an error, or there is none of that name.
    pub async fn answer(&self, request: String, tool: &str, arguments: JsonObject) -> Result<Value, Value> {
        self.answer_by(None, request, tool, arguments).await
    }

    /// The same for a call that came another way than MCP.
    ///
    /// # Errors
    /// As [`Server::answer`].
    pub(crate) async fn answer_by(
        &self,
        via: Option<Via>,
        request: String,
        tool: &str,
        arguments: JsonObject,
    ) -> Result<Value, Value> {
        let caller = Caller {
            request: Some(request),
            via,
            ..Caller::default()
        };
        let problem = |code: &str, message: String, hint: String| json!({"code": code, "message": message, "hint": hint});
        match self.call_as(caller, tool, arguments).await {
            None => {
                let error = unknown_tool(tool);
                Err(problem(error.code, error.message, error.hint))
            }
            Some(Ok(CallToolResponse::Complete(CallToolResult {
                structured_content: Some(answer),
                ..
            }))) => Ok(answer),
            Some(Ok(CallToolResponse::Complete(result))) => {
                let text = result
                    .content
                    .first()
                    .and_then(|block| block.as_text())
                    .map(|block| block.text.as_str());
                Err(text
                    .and_then(|text| serde_json::from_str(text).ok())
                    .unwrap_or_else(|| {
                        problem(
                            "internal",
                            "the tool's answer is empty".into(),
                            "Please report this.".into(),
                        )
                    }))
            }
            Some(Ok(_)) => Err(problem(
                "input_required",
                "the tool wants to ask a person, and nobody can be asked here".into(),
                "Call it from a client that can ask.".into(),
            )),
            Some(Err(error)) => Err(problem(
                "internal",
                error.to_string(),
                "Please report this.".into(),
            )),
        }
    }

    /// What `route_task` would answer, through the same gate; nothing is remembered but the gate's decision.
    ///
    /// # Errors
    /// `{code, message, hint}`.
    pub(crate) async fn look(&self, arguments: JsonObject) -> Result<Value, Value> {
        let looked = self.run(arguments, route_task::look).await;
        looked.map(|answer| json!(answer)).map_err(|error| json!(error))
    }

    /// Whose data calls touch that do not say otherwise.
    pub(crate) fn scope(&self) -> &Scope {
        &self.app.default_scope
    }

    /// The present moment.
    pub(crate) fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// One call: the arguments are judged, then `work` does the rest; its only input is what passed.
    async fn run<'a, I, O, W>(
        &'a self,
        arguments: JsonObject,
        work: impl FnOnce(&'a Services, Permitted<I>) -> W,
    ) -> Result<O, ToolError>
    where
        I: Judged,
        W: Future<Output = Result<O, ToolError>>,
    {
        let _running = self.running.token();
        let start = Instant::now();
        let app = &*self.app;
        let answer = guarded(&*app.clock, Permitted::run(app, arguments, work)).await;
        let ms = start.elapsed().as_secs_f64() * 1000.0;
        let code = answer.as_ref().err().map_or("ok", |error| error.code);
        tracing::info!(tool = I::TOOL, code, ms, "tool call");
        answer
    }
}

/// The error for a call of a tool that does not exist.
fn unknown_tool(name: &str) -> ToolError {
    let tools: Vec<_> = tool_list().into_iter().map(|tool| tool.name).collect();
    let hint = format!("The tools are {}.", tools.join(", "));
    ToolError::new("unknown_tool", format!("there is no tool `{name}`"), hint)
}
