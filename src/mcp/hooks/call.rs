//! Which call of `run_crew` a request stands for. Nothing is passed on that is not listed here: the run is that of the path, and
//! the project that of the settings.

use serde_json::{Map, Value, json};

use super::door::Refusal;

/// The arguments of a call of `run_crew`.
#[derive(Debug, PartialEq)]
pub(super) struct Call(pub(super) Map<String, Value>);

const START: [&str; 9] = [
    "task",
    "template",
    "plan",
    "parameters",
    "strategy",
    "executor",
    "budget",
    "idempotency_key",
    "wait_s",
];
const STEP: [&str; 5] = ["step_token", "output", "error", "usage", "model"];
const APPROVAL: [&str; 3] = ["step_token", "approved", "note"];

/// A new run.
pub(super) fn start(body: Value) -> Result<Call, Refusal> {
    let mut arguments = only(body, &START)?;
    arguments.insert("action".to_owned(), json!("start"));
    Ok(Call(arguments))
}

/// Outputs of steps: one, or several as `submissions`.
pub(super) fn submit(run: &str, body: Value) -> Result<Call, Refusal> {
    let several = match body {
        Value::Object(mut body) if body.contains_key("submissions") => {
            let several = body.remove("submissions").unwrap_or_default();
            only(Value::Object(body), &[])?;
            match several {
                Value::Array(several) => several,
                _ => return Err(Refusal::Body("`submissions` is a list".to_owned())),
            }
        }
        one => vec![one],
    };
    let steps = several.into_iter().map(|one| {
        let step = only(one, &STEP)?;
        match step.get("step_token") {
            Some(Value::String(_)) => Ok(Value::Object(step)),
            _ => Err(Refusal::Body("`step_token` is missing".to_owned())),
        }
    });
    let steps: Vec<Value> = steps.collect::<Result<_, _>>()?;
    Ok(handed_in(run, steps))
}

/// What a person said.
pub(super) fn approve(run: &str, body: Value) -> Result<Call, Refusal> {
    let said = only(body, &APPROVAL)?;
    let (Some(Value::String(token)), Some(Value::Bool(approved))) =
        (said.get("step_token"), said.get("approved"))
    else {
        let needed = "`step_token` and `approved`, true or false, are needed";
        return Err(Refusal::Body(needed.to_owned()));
    };
    let mut output = json!({ "approved": approved });
    match said.get("note") {
        None | Some(Value::Null) => {}
        Some(Value::String(note)) => output["note"] = json!(note),
        Some(_) => return Err(Refusal::Body("`note` is a text".to_owned())),
    }
    let step = json!({ "step_token": token, "output": output });
    Ok(handed_in(run, vec![step]))
}

/// Where a run stands, or a part of one output.
pub(super) fn look(run: &str, step: Option<String>, offset: Option<u64>) -> Call {
    let mut arguments = of_run("status", run);
    if let Some(step) = step {
        arguments.insert("step_id".to_owned(), json!(step));
        arguments.insert("offset".to_owned(), json!(offset.unwrap_or_default()));
    }
    Call(arguments)
}

fn handed_in(run: &str, steps: Vec<Value>) -> Call {
    let mut arguments = of_run("submit", run);
    arguments.insert("submissions".to_owned(), Value::Array(steps));
    Call(arguments)
}

fn of_run(action: &str, run: &str) -> Map<String, Value> {
    [("action", action), ("run_id", run)]
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .into_iter()
        .collect()
}

/// The fields of an object that has no others than these.
fn only(body: Value, known: &[&str]) -> Result<Map<String, Value>, Refusal> {
    let Value::Object(fields) = body else {
        return Err(Refusal::Body("it is a JSON object".to_owned()));
    };
    match fields.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(fields),
        Some(name) => {
            let name: String = name.chars().take(60).collect();
            let known = known.join(", ");
            Err(Refusal::Body(format!("`{name}` is none of {known}")))
        }
    }
}
