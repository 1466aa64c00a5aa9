//! One prompt per crew template, so that a person can start work from their host's menu.

use rmcp::ErrorData;
use rmcp::model::{
    CacheScope, GetPromptRequestParams, GetPromptResult, ListPromptsResult, PaginatedRequestParams, Prompt,
    PromptArgument, PromptMessage, Role,
};
use serde_json::{Map, Value, json};

use super::Services;
use super::pages::page;
use crate::crew::template::BUILTIN;
use crate::crew::{Template, Templates};
use crate::domain::{Action, ActionKind, Destination};

/// The door that prompts go through.
const DOOR: &str = "prompts/get";
/// The argument that every prompt needs.
const TASK: &str = "task";

/// How long the list may be kept, in milliseconds: files of templates change when somebody saves one.
const TTL_MS: u64 = 5_000;

/// A page of all prompts; none where what they lead to is not offered.
///
/// # Errors
/// When the cursor is none of ours.
pub(crate) fn list(
    app: &Services,
    request: Option<&PaginatedRequestParams>,
    offered: bool,
) -> Result<ListPromptsResult, ErrorData> {
    let templates = app.crews.templates(&app.default_scope);
    let prompts = templates.iter().filter(|_| offered).map(|template| {
        // Built-in ones stand in their order and before the others, which come and go.
        let built_in = BUILTIN
            .iter()
            .position(|(file, _)| file.strip_suffix(".yaml") == Some(&template.name));
        (
            (built_in.unwrap_or(BUILTIN.len()), template.name.clone()),
            prompt(template),
        )
    });
    let page = page(
        "prompts/list",
        prompts.collect::<Vec<_>>(),
        request,
        app.settings.list_page,
    )?;
    let mut listed = ListPromptsResult::with_all_items(page.items)
        .with_ttl_ms(TTL_MS)
        .with_cache_scope(CacheScope::Private);
    listed.next_cursor = page.next;
    Ok(listed)
}

fn prompt(template: &Template) -> Prompt {
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
}

/// What an argument of a prompt is when nothing is said.
///
/// # Errors
/// For an unknown prompt, and one without such an argument.
pub(crate) fn default_of(app: &Services, name: &str, argument: &str) -> Result<Option<String>, ErrorData> {
    let templates = app.crews.templates(&app.default_scope);
    let template = find(&templates, name)?;
    if argument == TASK {
        return Ok(None);
    }
    let parameter = template
        .parameters
        .iter()
        .find(|parameter| parameter.name == argument);
    match parameter {
        Some(parameter) => Ok(Some(parameter.default.clone())),
        None => {
            let argument: String = argument.chars().take(60).collect();
            let why = format!("prompt {} has no argument `{argument}`", template.name);
            Err(ErrorData::invalid_params(why, None))
        }
    }
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
