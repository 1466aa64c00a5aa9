//! Tools that the suite calls, except those that ask in return.

use std::time::Duration;

use rmcp::model::{
    CallToolRequestParams, CallToolResult, ClientCapabilities, ContentBlock, CreateMessageRequestParams,
    ElicitRequestParams, ErrorCode, LoggingLevel, LoggingMessageNotificationParam, ProgressNotificationParam,
    SamplingMessage,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};

use super::pages::IMAGE;
use super::{Change, Fixture, asked, read};

/// Nothing, as a sound file.
const AUDIO: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=";
const MOMENT: Duration = Duration::from_millis(50);

const PLAIN: [&str; 14] = [
    "test_simple_text",
    "test_image_content",
    "test_audio_content",
    "test_embedded_resource",
    "test_multiple_content_types",
    "test_error_handling",
    "test_tool_with_logging",
    "test_logging_tool",
    "test_tool_with_progress",
    "test_missing_capability",
    "test_trigger_tool_change",
    "test_trigger_prompt_change",
    "test_elicitation_sep1034_defaults",
    "test_elicitation_sep1330_enums",
];

pub(crate) fn list() -> Value {
    let tool = |name: &str, schema: Value| json!({"name": name, "description": "For testing", "inputSchema": schema});
    let with = |argument: &str, schema: Value| json!({"type": "object", "properties": {argument: schema}, "required": [argument]});
    let plain = PLAIN.iter().chain(&asked::TOOLS);
    let mut tools: Vec<_> = plain
        .map(|name| tool(name, json!({"type": "object", "properties": {}})))
        .collect();
    tools.push(tool("test_sampling", with("prompt", json!({"type": "string"}))));
    tools.push(tool(
        "test_elicitation",
        with("message", json!({"type": "string"})),
    ));
    let region = json!({"type": "string", "x-mcp-header": "Region"});
    tools.push(tool(
        "test_custom_header",
        json!({"type": "object", "properties": {"region": region}}),
    ));
    tools.push(tool("json_schema_2020_12_tool", rich_schema()));
    Value::Array(tools)
}

/// What of JSON Schema 2020-12 has to come through as it is.
fn rich_schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {"address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }},
        "properties": {
            "name": {"type": "string"},
            "address": {"$ref": "#/$defs/address"},
            "contactMethod": {"type": "string", "enum": ["phone", "email"]},
            "phone": {"type": "string"},
            "email": {"type": "string"},
        },
        "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
        "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
        "then": {"required": ["phone"]},
        "else": {"required": ["email"]},
        "additionalProperties": false,
    })
}

pub(crate) async fn call(
    fixture: &Fixture,
    request: CallToolRequestParams,
    context: RequestContext<RoleServer>,
) -> Result<CallToolResult, ErrorData> {
    let argument = |name: &str| {
        let arguments = request.arguments.as_ref();
        arguments
            .and_then(|all| all.get(name)?.as_str())
            .unwrap_or_default()
            .to_owned()
    };
    let resource = |uri: &str, mime: &str, text: &str| json!({"type": "resource", "resource": {"uri": uri, "mimeType": mime, "text": text}});
    let image = json!({"type": "image", "data": IMAGE, "mimeType": "image/png"});
    let content = match request.name.as_ref() {
        "test_simple_text" => {
            json!([{"type": "text", "text": "This is a simple text response for testing."}])
        }
        "test_image_content" => json!([image]),
        "test_audio_content" => json!([{"type": "audio", "data": AUDIO, "mimeType": "audio/wav"}]),
        "test_embedded_resource" => {
            let text = "This is an embedded resource content.";
            json!([resource("test://embedded-resource", "text/plain", text)])
        }
        "test_multiple_content_types" => json!([
            {"type": "text", "text": "Multiple content types test:"},
            image,
            resource("test://mixed-content-resource", "application/json", r#"{"test":"data","value":123}"#),
        ]),
        "test_error_handling" => {
            let text = "This tool intentionally returns an error for testing";
            return Ok(CallToolResult::error(vec![ContentBlock::text(text)]));
        }
        "test_tool_with_logging" | "test_logging_tool" => {
            log(&context).await;
            return Ok(said("Logged."));
        }
        "test_tool_with_progress" => {
            progress(&context).await;
            return Ok(said("Progress was told."));
        }
        "test_missing_capability" => return needs_sampling(&context),
        "test_trigger_tool_change" => return Ok(changed(fixture, Change::Tools)),
        "test_trigger_prompt_change" => return Ok(changed(fixture, Change::Prompts)),
        "test_sampling" => return sample(&context, &argument("prompt")).await,
        "test_elicitation" => {
            let text = |what: &str| json!({"type": "string", "description": what});
            let properties =
                json!({"username": text("User's response"), "email": text("User's email address")});
            let schema =
                json!({"type": "object", "properties": properties, "required": ["username", "email"]});
            return elicit(&context, &argument("message"), schema, "User response").await;
        }
        "test_elicitation_sep1034_defaults" => {
            return elicit(&context, "Please complete", defaults(), "Elicitation completed").await;
        }
        "test_elicitation_sep1330_enums" => {
            return elicit(&context, "Please choose", enums(), "Elicitation completed").await;
        }
        "test_custom_header" => return Ok(said(&argument("region"))),
        "json_schema_2020_12_tool" => return Ok(said("ok")),
        name => {
            return Err(ErrorData::invalid_params(
                format!("there is no tool `{name}`"),
                None,
            ));
        }
    };
    Ok(CallToolResult::success(read(content)?))
}

fn said(text: &str) -> CallToolResult {
    CallToolResult::success(vec![ContentBlock::text(text)])
}

fn changed(fixture: &Fixture, change: Change) -> CallToolResult {
    let listeners = fixture.changes.send(change).unwrap_or_default();
    said(&format!("{listeners} were told"))
}

/// Log messages, where the client wants any.
async fn log(context: &RequestContext<RoleServer>) {
    let is_wanted = asked::is_old(context) || context.meta.log_level().is_some();
    for text in [
        "Tool execution started",
        "Tool processing data",
        "Tool execution completed",
    ] {
        if is_wanted {
            let message = LoggingMessageNotificationParam::new(LoggingLevel::Info, json!(text));
            let _gone = context.peer.notify_logging_message(message).await.is_err();
        }
        tokio::time::sleep(MOMENT).await;
    }
}

async fn progress(context: &RequestContext<RoleServer>) {
    for part in [0.0, 50.0, 100.0] {
        if let Some(token) = context.meta.get_progress_token() {
            let progress = ProgressNotificationParam::new(token, part).with_total(100.0);
            let _gone = context.peer.notify_progress(progress).await.is_err();
        }
        tokio::time::sleep(MOMENT).await;
    }
}

fn needs_sampling(context: &RequestContext<RoleServer>) -> Result<CallToolResult, ErrorData> {
    let client: ClientCapabilities = context.client_capabilities().unwrap_or_default();
    if client.sampling.is_some() {
        return Ok(said("The client can sample."));
    }
    Err(ErrorData::new(
        ErrorCode::MISSING_REQUIRED_CLIENT_CAPABILITY,
        "the client has to declare sampling",
        Some(json!({"requiredCapabilities": {"sampling": {}}})),
    ))
}

async fn sample(context: &RequestContext<RoleServer>, prompt: &str) -> Result<CallToolResult, ErrorData> {
    let params = CreateMessageRequestParams::new(vec![SamplingMessage::user_text(prompt)], 100);
    Ok(match context.peer.create_message(params).await {
        Ok(answer) => {
            let answer = serde_json::to_value(&answer).unwrap_or_default();
            said(&format!("LLM response: {}", asked::text_of(&answer)))
        }
        Err(error) => CallToolResult::error(vec![ContentBlock::text(error.to_string())]),
    })
}

async fn elicit(
    context: &RequestContext<RoleServer>,
    message: &str,
    schema: Value,
    told: &str,
) -> Result<CallToolResult, ErrorData> {
    let params: ElicitRequestParams =
        read(json!({"mode": "form", "message": message, "requestedSchema": schema}))?;
    Ok(match context.peer.create_elicitation(params).await {
        Ok(answer) => {
            let answer = serde_json::to_value(&answer).unwrap_or_default();
            let (action, content) = (answer["action"].as_str().unwrap_or_default(), &answer["content"]);
            said(&format!("{told}: action={action}, content={content}"))
        }
        Err(error) => CallToolResult::error(vec![ContentBlock::text(error.to_string())]),
    })
}

fn defaults() -> Value {
    json!({"type": "object", "properties": {
        "name": {"type": "string", "default": "John Doe"},
        "age": {"type": "integer", "default": 30},
        "score": {"type": "number", "default": 95.5},
        "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
        "verified": {"type": "boolean", "default": true},
    }})
}

fn enums() -> Value {
    let titled = |pairs: [(&str, &str); 3]| {
        let all = pairs.map(|(value, title)| json!({"const": value, "title": title}));
        json!(all)
    };
    json!({"type": "object", "properties": {
        "untitledSingle": {"type": "string", "enum": ["option1", "option2", "option3"]},
        "titledSingle": {"type": "string", "oneOf": titled([("value1", "First Option"), ("value2", "Second Option"), ("value3", "Third Option")])},
        "legacyEnum": {"type": "string", "enum": ["opt1", "opt2", "opt3"], "enumNames": ["Option One", "Option Two", "Option Three"]},
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": ["option1", "option2", "option3"]}},
        "titledMulti": {"type": "array", "items": {"anyOf": titled([("value1", "First Choice"), ("value2", "Second Choice"), ("value3", "Third Choice")])}},
    }})
}
