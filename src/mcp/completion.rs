//! `completion/complete`: what could stand in an argument of a prompt or in the address of a resource.

use rmcp::ErrorData;
use rmcp::model::{CompleteRequestParams, CompleteResult, CompletionInfo, Reference};
use serde_json::json;

use super::address::{SCHEME, SHAPES};
use super::{Services, permitted, prompts, resources};
use crate::domain::{Action, ActionKind, Destination, TaskType};

/// The door.
const DOOR: &str = "completion/complete";
/// Nothing that could be completed is longer, in bytes.
const LONGEST: usize = 300;
/// Most ids or entries that are looked through, the newest.
const MOST_IDS: usize = 5_000;
/// Less alike is not meant, by Jaro and Winkler.
const LIKE: f64 = 0.75;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Run,
    Step,
    Lesson,
    Label,
    Template,
    Model,
    TaskType,
    Decision,
    /// Words that nobody else knows.
    Free,
}

/// The values that come closest to what is typed: those that begin with it, then those that hold it, then those that are
/// like it; at most 100.
///
/// # Errors
/// For a prompt, an address or an argument that there is none of, and where policy stops it.
pub(crate) async fn complete(
    app: &Services,
    request: &CompleteRequestParams,
) -> Result<CompleteResult, ErrorData> {
    let argument = &request.argument;
    let (kind, given) = match &request.r#ref {
        Reference::Prompt(prompt) => {
            let default = prompts::default_of(app, &prompt.name, &argument.name)?;
            (of_parameter(&argument.name), default)
        }
        Reference::Resource(template) => (of_variable(&template.uri, &argument.name)?, None),
        _ => {
            return Err(ErrorData::invalid_params(
                "ref is neither a prompt nor a resource",
                None,
            ));
        }
    };
    let action = Action {
        arguments: json!({ "ref": request.r#ref, "argument": argument }),
        ..Action::new(ActionKind::MemoryRead)
            .with_tool(DOOR)
            .with_destination(Destination::Local)
    };
    permitted::request(app, DOOR, action).await?;
    if argument.value.len() > LONGEST {
        return answer(Vec::new());
    }
    let context = request.context.as_ref();
    let run = context
        .and_then(|context| context.arguments.as_ref()?.get("run_id"))
        .map_or("", String::as_str);
    let mut values = candidates(app, kind, run).await?;
    values.extend(given);
    answer(ranked(values, &argument.value))
}

async fn candidates(app: &Services, kind: Kind, run: &str) -> Result<Vec<String>, ErrorData> {
    let scope = &app.default_scope;
    Ok(match kind {
        Kind::Run => {
            let runs = app
                .crews
                .ids(scope, MOST_IDS)
                .await
                .map_err(resources::unreadable)?;
            runs.into_iter().map(|run| run.to_string()).collect()
        }
        Kind::Step => resources::steps_of(app, run).await?,
        Kind::Lesson => {
            let lessons = app.knowledge.ids(scope, MOST_IDS);
            let lessons = lessons.await.map_err(resources::unreadable)?;
            lessons.into_iter().map(|lesson| lesson.to_string()).collect()
        }
        Kind::Label => {
            let mut labels = app.knowledge.labels(scope).await.map_err(resources::unreadable)?;
            labels.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
            labels.into_iter().map(|(label, _)| label).collect()
        }
        Kind::Template => {
            let templates = app.crews.templates(scope);
            templates.iter().map(|template| template.name.clone()).collect()
        }
        Kind::Model => {
            let models = app.router.catalogue().models().iter();
            models.map(|model| model.id.clone()).collect()
        }
        Kind::TaskType => TaskType::KINDS.map(|kind| kind.name().to_owned()).to_vec(),
        Kind::Decision => {
            let newest = resources::newest_entries(app, CompletionInfo::MAX_VALUES, MOST_IDS).await?;
            newest.into_iter().map(|seq| seq.to_string()).collect()
        }
        Kind::Free => Vec::new(),
    })
}

/// What a parameter of a template takes, by its name: people write templates, and these names say it.
fn of_parameter(name: &str) -> Kind {
    match name {
        "run" | "run_id" => Kind::Run,
        "lesson" | "lesson_id" => Kind::Lesson,
        "tag" | "tags" | "label" => Kind::Label,
        "template" => Kind::Template,
        "model" | "model_id" => Kind::Model,
        "task_type" => Kind::TaskType,
        _ => Kind::Free,
    }
}

/// What a variable of an address stands for.
fn of_variable(template: &str, name: &str) -> Result<Kind, ErrorData> {
    let path = template.strip_prefix(SCHEME).unwrap_or_default();
    if !SHAPES.iter().any(|shape| shape.path == path) {
        let template: String = template.chars().take(200).collect();
        let why = format!("there is no resource template {template}; resources/templates/list has all");
        return Err(ErrorData::invalid_params(why, None));
    }
    let kind = match name {
        "run_id" => Kind::Run,
        "step_id" => Kind::Step,
        "lesson_id" => Kind::Lesson,
        "tag" => Kind::Label,
        "template" => Kind::Template,
        "model_id" => Kind::Model,
        "task_type" => Kind::TaskType,
        "seq" => Kind::Decision,
        _ => Kind::Free,
    };
    if kind == Kind::Free || !path.contains(&format!("{{{name}}}")) {
        let name: String = name.chars().take(60).collect();
        let why = format!("{template} has no variable `{name}`");
        return Err(ErrorData::invalid_params(why, None));
    }
    Ok(kind)
}

/// Those of `values` that `typed` may mean, the likeliest first; equals stay in their order.
fn ranked(values: Vec<String>, typed: &str) -> Vec<String> {
    let typed = typed.trim().to_lowercase();
    if typed.is_empty() {
        return values;
    }
    let mut ranked: Vec<(u8, f64, String)> = values
        .into_iter()
        .filter_map(|value| {
            let lower = value.to_lowercase();
            if lower.starts_with(&typed) {
                return Some((0, 0.0, value));
            }
            if lower.contains(&typed) {
                return Some((1, 0.0, value));
            }
            let like = strsim::jaro_winkler(&lower, &typed);
            (like >= LIKE).then_some((2, -like, value))
        })
        .collect();
    ranked.sort_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
    ranked.into_iter().map(|(.., value)| value).collect()
}

fn answer(mut values: Vec<String>) -> Result<CompleteResult, ErrorData> {
    let total = u32::try_from(values.len()).unwrap_or(u32::MAX);
    let more = values.len() > CompletionInfo::MAX_VALUES;
    values.truncate(CompletionInfo::MAX_VALUES);
    let completion = CompletionInfo::with_pagination(values, Some(total), more);
    let completion = completion.map_err(|error| ErrorData::internal_error(error, None))?;
    Ok(CompleteResult::new(completion))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(typed: &str, expected: &[&str]) {
        let values = [
            "code_generation",
            "code_debug_review",
            "reasoning_math",
            "summarization",
            "decode",
        ];
        let values = values.map(str::to_owned).to_vec();
        assert_eq!(ranked(values, typed), expected, "{typed}");
    }

    #[test]
    fn what_begins_so_stands_before_what_holds_it_and_what_is_like_it() {
        check("code", &["code_generation", "code_debug_review", "decode"]);
        check("Math", &["reasoning_math"]);
        check("sumarisation", &["summarization"]);
        check("zebra", &[]);
        check(
            "",
            &[
                "code_generation",
                "code_debug_review",
                "reasoning_math",
                "summarization",
                "decode",
            ],
        );
    }

    #[test]
    fn a_hundred_are_told_and_how_many_there_are() {
        let answered = answer((0..250).map(|n| n.to_string()).collect())
            .unwrap()
            .completion;
        assert_eq!(
            (answered.values.len(), answered.total, answered.has_more),
            (100, Some(250), Some(true))
        );
        let answered = answer(Vec::new()).unwrap().completion;
        assert_eq!((answered.total, answered.has_more), (Some(0), Some(false)));
    }
}
