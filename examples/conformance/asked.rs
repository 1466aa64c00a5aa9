//! Tools and a prompt that ask in return, in rounds of the call (2026-07-28).

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, GetPromptRequestParams,
    GetPromptResponse, GetPromptResult, InputRequests, InputRequiredResult, InputResponses, ProtocolVersion,
    RequestStateCodec,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};

use super::read;

pub(crate) const PROMPT: &str = "test_input_required_result_prompt";

pub(crate) const TOOLS: [&str; 9] = [
    "test_input_required_result_elicitation",
    "test_input_required_result_sampling",
    "test_input_required_result_list_roots",
    "test_input_required_result_request_state",
    "test_input_required_result_multiple_inputs",
    "test_input_required_result_multi_round",
    "test_input_required_result_tampered_state",
    "test_input_required_result_capabilities",
    "test_streaming_elicitation",
];

/// Whether the caller speaks a protocol with sessions.
pub(crate) fn is_old(context: &RequestContext<RoleServer>) -> bool {
    context
        .protocol_version()
        .is_none_or(|version| version < ProtocolVersion::V_2026_07_28)
}

/// What a tool of [`TOOLS`] comes to; `None` for any other.
pub(crate) fn tool(
    codec: &RequestStateCodec,
    request: &CallToolRequestParams,
    context: &RequestContext<RoleServer>,
) -> Option<Result<CallToolResponse, ErrorData>> {
    let name = TOOLS.into_iter().find(|name| *name == request.name)?;
    Some(round(codec, name, request, context))
}

fn round(
    codec: &RequestStateCodec,
    name: &str,
    request: &CallToolRequestParams,
    context: &RequestContext<RoleServer>,
) -> Result<CallToolResponse, ErrorData> {
    let client = context.client_capabilities().unwrap_or_default();
    // The round that the state is of; none in the first.
    let state = match &request.request_state {
        Some(sealed) => {
            let opened = codec.open_json::<u32>(sealed);
            Some(opened.map_err(|error| ErrorData::invalid_params(format!("not our state: {error}"), None))?)
        }
        None => None,
    };
    let seal = |round: u32| codec.seal_json(&round).ok();
    let (requests, keeps_state) = match name {
        "test_input_required_result_sampling" => (
            json!({"capital_question": sampling("What is the capital of France?", 100)}),
            false,
        ),
        "test_input_required_result_list_roots" => (json!({"client_roots": roots()}), false),
        "test_input_required_result_request_state" | "test_input_required_result_tampered_state" => {
            (json!({"confirm": form("Please confirm", "ok", "boolean")}), true)
        }
        "test_input_required_result_multiple_inputs" => (
            json!({
                "user_name": form("What is your name?", "name", "string"),
                "greeting": sampling("Generate a greeting", 50),
                "client_roots": roots(),
            }),
            true,
        ),
        "test_input_required_result_multi_round" => match state {
            None | Some(1) => (
                json!({"step1": form("Step 1: What is your name?", "name", "string")}),
                true,
            ),
            Some(_) => (
                json!({"step2": form("Step 2: What is your favorite color?", "color", "string")}),
                true,
            ),
        },
        "test_input_required_result_capabilities" => {
            let mut all = serde_json::Map::new();
            if client.sampling.is_some() {
                all.insert(
                    "capital_question".to_owned(),
                    sampling("What is the capital of France?", 100),
                );
            }
            if client.elicitation.is_some() {
                all.insert(
                    "user_name".to_owned(),
                    form("What is your name?", "name", "string"),
                );
            }
            (Value::Object(all), false)
        }
        _ => (
            json!({"user_name": form("What is your name?", "name", "string")}),
            false,
        ),
    };
    let answered = answers(&requests, request.input_responses.as_ref());
    let is_last = name != "test_input_required_result_multi_round" || state == Some(2);
    match answered {
        Some(answers) if is_last && (!keeps_state || state.is_some()) => {
            let told = answers.join(", ");
            let text = if keeps_state {
                format!("state-ok: {told}")
            } else {
                format!("Hello, {told}!")
            };
            Ok(CallToolResult::success(vec![ContentBlock::text(text)]).into())
        }
        answered => {
            let round = if answered.is_some() { 2 } else { state.unwrap_or(1) };
            let requests = match (name, answered) {
                // The first question is answered: the second one is next.
                ("test_input_required_result_multi_round", Some(_)) => {
                    json!({"step2": form("Step 2: What is your favorite color?", "color", "string")})
                }
                _ => requests,
            };
            let requests: InputRequests = read(requests)?;
            let state = keeps_state.then(|| seal(round)).flatten();
            Ok(CallToolResponse::InputRequired(InputRequiredResult::new(
                Some(requests),
                state,
            )))
        }
    }
}

pub(crate) fn prompt(request: &GetPromptRequestParams) -> Result<GetPromptResponse, ErrorData> {
    let requests = json!({"user_context": form("What context should the prompt use?", "context", "string")});
    if let Some(answers) = answers(&requests, request.input_responses.as_ref()) {
        let text = format!("Work in this context: {}", answers.join(", "));
        let message = json!({"role": "user", "content": {"type": "text", "text": text}});
        return Ok(GetPromptResult::new(vec![read(message)?]).into());
    }
    let asked = InputRequiredResult::from_input_requests(read(requests)?);
    Ok(GetPromptResponse::InputRequired(asked))
}

/// What was answered to each request, in a word; `None` unless each has an answer of its kind.
fn answers(requests: &Value, responses: Option<&InputResponses>) -> Option<Vec<String>> {
    let (requests, responses) = (requests.as_object()?, responses?);
    let answer = |(key, request): (&String, &Value)| {
        let response = responses.get(key)?.as_object()?;
        match request["method"].as_str()? {
            "elicitation/create" => {
                let asked = request["params"]["requestedSchema"]["required"][0].as_str()?;
                let content = response.get("content")?.get(asked)?;
                Some(
                    content
                        .as_str()
                        .map_or_else(|| content.to_string(), str::to_owned),
                )
            }
            "sampling/createMessage" => Some(text_of(&json!(response))).filter(|text| !text.is_empty()),
            _ => Some(json!(response.get("roots")?.as_array()?).to_string()),
        }
    };
    requests.iter().map(answer).collect()
}

/// The text in a model's answer, which may be one piece or several.
pub(crate) fn text_of(answer: &Value) -> String {
    let content = &answer["content"];
    let text = content["text"].as_str().or_else(|| content[0]["text"].as_str());
    text.unwrap_or_default().to_owned()
}

fn form(message: &str, name: &str, kind: &str) -> Value {
    let schema = json!({"type": "object", "properties": {name: {"type": kind}}, "required": [name]});
    json!({"method": "elicitation/create", "params": {"message": message, "requestedSchema": schema}})
}

fn sampling(text: &str, max_tokens: u32) -> Value {
    let message = json!({"role": "user", "content": {"type": "text", "text": text}});
    json!({"method": "sampling/createMessage", "params": {"messages": [message], "maxTokens": max_tokens}})
}

fn roots() -> Value {
    json!({"method": "roots/list", "params": {}})
}
