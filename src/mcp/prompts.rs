//! One prompt per crew template, so that a person can start work from their host's menu.

use rmcp::ErrorData;
use rmcp::model::{
    GetPromptRequestParams, GetPromptResult, ListPromptsResult, Prompt, PromptArgument, PromptMessage, Role,
};
use serde_json::{Map, Value, json};

use super::Services;
use crate::crew::{Template, Templates};
use crate::domain::{Action, ActionKind, Destination};

/// The door that prompts go through.
const DOOR: &str = "prompts/get";
/// The argument that every prompt needs.
const TASK: &str = "task";

/// All prompts.
pub(crate) fn list(templates: &Templates) -> ListPromptsResult {
    let prompts = templates.iter().map(|template| {
        let task = PromptArgument::new(TASK)
            .with_description("What is to be reached, in a sentence or more.")
            .with_required(true);
        let parameters = template.parameters.iter().map(|parameter| {
            PromptArgument::new(&parameter.name)
                .with_description(format!("{} Default: {}.", parameter.about, parameter.default))
                .with_required(false)
        });
        let arguments = std::iter::once(task).chain(parameters).collect();
        Prompt::new(&template.name, Some(&template.when), Some(arguments)).with_title(&template.title)
    });
    ListPromptsResult::with_all_items(prompts.collect())
}

/// What the model is told when a person picks a prompt: the literal first call. What a person says goes to a model,
/// so it is judged like anything that does.
///
/// # Errors
/// For an unknown prompt, one without a task, and one that policy stops.
pub(crate) async fn get(
    app: &Services,
    request: &GetPromptRequestParams,
) -> Result<GetPromptResult, ErrorData> {
    // An unknown one is no action.
    let templates = app.crews.templates(&app.default_scope);
    let template = find(&templates, &request.name)?;
    let given = Value::Object(request.arguments.clone().unwrap_or_default());
    let action = Action {
        arguments: json!({ "name": template.name, "arguments": given }),
        ..Action::new(ActionKind::ModelRequest)
            .with_tool(DOOR)
            .with_destination(Destination::ModelRemote)
    };
    let mut permitted = super::permitted::request(app, DOOR, action).await?;
    let given = permitted.arguments.get_mut("arguments").map(Value::take);
    match given {
        Some(Value::Object(given)) => written(template, &given),
        _ => written(template, &Map::new()),
    }
}

fn find<'a>(templates: &'a Templates, name: &str) -> Result<&'a Template, ErrorData> {
    templates
        .get(name)
        .map_err(|error| ErrorData::invalid_params(format!("{error}; {}", error.hint()), None))
}

fn written(template: &Template, given: &Map<String, Value>) -> Result<GetPromptResult, ErrorData> {
    let said = |name: &str| {
        let text = given.get(name).and_then(Value::as_str).map(str::trim);
        text.filter(|text| !text.is_empty())
    };
    let Some(task) = said(TASK) else {
        return Err(ErrorData::invalid_params(
            format!("prompt {} needs the argument `{TASK}`", template.name),
            None,
        ));
    };
    let parameters = template.parameters.iter();
    let parameters: Map<String, Value> = parameters
        .filter_map(|parameter| Some((parameter.name.clone(), Value::from(said(&parameter.name)?))))
        .collect();
    let mut arguments = json!({ "template": template.name, TASK: task });
    if !parameters.is_empty() {
        arguments["parameters"] = Value::Object(parameters);
    }
    let text = format!(
        "Call run_crew with {arguments}. Then do each pending step yourself and call run_crew exactly as next_call says, \
         until status is completed. Do not answer before that."
    );
    let message = PromptMessage::new_text(Role::User, text);
    Ok(GetPromptResult::new(vec![message]).with_description(template.title.clone()))
}
