//! Prompts and resources that the suite asks for.

use rmcp::ErrorData;
use rmcp::model::GetPromptRequestParams;
use serde_json::{Value, json};

/// A red pixel.
pub(crate) const IMAGE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

pub(crate) fn prompts() -> Value {
    let argument = |name: &str| json!({"name": name, "description": "An argument", "required": true});
    json!([
        {"name": "test_simple_prompt", "description": "Without arguments"},
        {"name": "test_prompt_with_arguments", "description": "With two", "arguments": [argument("arg1"), argument("arg2")]},
        {"name": "test_prompt_with_embedded_resource", "description": "With a resource", "arguments": [argument("resourceUri")]},
        {"name": "test_prompt_with_image", "description": "With an image"},
        {"name": super::asked::PROMPT, "description": "Asks before it answers"},
    ])
}

pub(crate) fn prompt(request: &GetPromptRequestParams) -> Result<Value, ErrorData> {
    let argument = |name: &str| {
        let arguments = request.arguments.as_ref();
        let given = arguments.and_then(|all| all.get(name)?.as_str());
        given.ok_or_else(|| ErrorData::invalid_params(format!("the argument {name} is missing"), None))
    };
    let said = |content: Value| json!({"role": "user", "content": content});
    let text = |text: &str| said(json!({"type": "text", "text": text}));
    Ok(match request.name.as_str() {
        "test_simple_prompt" => json!([text("This is a simple prompt for testing.")]),
        "test_prompt_with_arguments" => {
            let (one, two) = (argument("arg1")?, argument("arg2")?);
            json!([text(&format!(
                "Prompt with arguments: arg1='{one}', arg2='{two}'"
            ))])
        }
        "test_prompt_with_embedded_resource" => json!([
            said(json!({"type": "resource", "resource": {
                "uri": argument("resourceUri")?,
                "mimeType": "text/plain",
                "text": "Embedded resource content for testing.",
            }})),
            text("Please process the embedded resource above."),
        ]),
        "test_prompt_with_image" => json!([
            said(json!({"type": "image", "data": IMAGE, "mimeType": "image/png"})),
            text("Please analyze the image above."),
        ]),
        name => {
            return Err(ErrorData::invalid_params(
                format!("there is no prompt `{name}`"),
                None,
            ));
        }
    })
}

pub(crate) fn resources() -> Value {
    let resource = |name: &str, mime: &str| json!({"uri": format!("test://{name}"), "name": name, "description": "For testing", "mimeType": mime});
    json!([
        resource("static-text", "text/plain"),
        resource("static-binary", "image/png"),
        resource("watched-resource", "text/plain"),
    ])
}

pub(crate) fn templates() -> Value {
    json!([{
        "uriTemplate": "test://template/{id}/data",
        "name": "template",
        "description": "Data by id",
        "mimeType": "application/json",
    }])
}

pub(crate) fn resource(uri: &str) -> Result<Value, ErrorData> {
    let text = |mime: &str, text: String| json!([{"uri": uri, "mimeType": mime, "text": text}]);
    Ok(match uri {
        "test://static-text" => text(
            "text/plain",
            "This is the content of the static text resource.".to_owned(),
        ),
        "test://static-binary" => json!([{"uri": uri, "mimeType": "image/png", "blob": IMAGE}]),
        "test://watched-resource" => text("text/plain", "It does not change.".to_owned()),
        _ => {
            let id = uri
                .strip_prefix("test://template/")
                .and_then(|rest| rest.strip_suffix("/data"));
            let Some(id) = id else {
                let data = json!({"uri": uri});
                return Err(ErrorData::resource_not_found("Resource not found", Some(data)));
            };
            let data = json!({"id": id, "templateTest": true, "data": format!("Data for ID: {id}")});
            text("application/json", data.to_string())
        }
    })
}
