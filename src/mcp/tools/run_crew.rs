//! `run_crew`: one piece of work, step by step, to the end.

use std::time::Duration;

use serde_json::Value;

use crate::crew::{Reply, RunSummary, Start, Submission};
use crate::domain::run::RunBudget;
use crate::domain::{RunId, RunStatus, Scope};
use crate::mcp::Services;
use crate::mcp::arguments::bad;
use crate::mcp::caller::Caller;
use crate::mcp::permitted::{Judged as _, Permitted};
use crate::mcp::reply::{Answer, ToolError};
use crate::mcp::tasks;

mod input;
mod output;
mod rounds;

pub(crate) use input::Input;
use input::Verb;
pub(crate) use output::Output;
use rounds::{Asked, Client, MAX_ROUNDS};

/// Longest wait for steps that the server does itself, in seconds: hosts cut calls at 30 to 60.
const MAX_WAIT_S: u64 = 25;
/// How often a run is looked at while waiting.
const LOOK_EVERY: Duration = Duration::from_millis(250);

pub(crate) async fn call(
    app: &Services,
    call: Permitted<Input>,
    caller: &Caller,
) -> Result<Answer<Output>, ToolError> {
    let (scope, input, warnings) = call.into_parts();
    let wait = Duration::from_secs(input.wait_s.unwrap_or(0).min(MAX_WAIT_S));
    let client = Client::of(app, caller, input.executor.as_deref());
    let mut asked = 0;
    let mut reply = if let Some(round) = &caller.answered {
        let taken = client.answered(&scope, round).await?;
        // Who says nothing is not asked again.
        asked = if taken.anything { taken.round } else { MAX_ROUNDS };
        taken.reply
    } else {
        match first(app, &scope, input, caller, &client).await? {
            First::Reply(reply) => *reply,
            First::OpenRuns(open) => {
                let output = Output::of_open_runs(&open, warnings)?;
                return Ok(if open.is_empty() {
                    let text = "No run is open in this project. Start one with `task`.".to_owned();
                    Answer::Told { text, output }
                } else {
                    Answer::Output(output)
                });
            }
        }
    };
    loop {
        reply = settled(app, &scope, reply, wait, caller).await?;
        if reply.page.is_some() || asked >= MAX_ROUNDS {
            break;
        }
        asked += 1;
        match client.ask(&scope, &reply, asked).await? {
            Asked::Nobody => break,
            Asked::Now(next) => reply = *next,
            Asked::Later(question) => return Ok(Answer::Ask(question)),
        }
    }
    let is_here = scope.project() == app.default_scope.project();
    // Whoever asks for a task names no project.
    if caller.takes_tasks && is_here && reply.status == RunStatus::Working && reply.page.is_none() {
        let task = tasks::begun(app, &reply.run_id, reply.seq).await?;
        return Ok(Answer::Task(Box::new(task)));
    }
    if !is_here {
        stay_in(scope.project(), &mut reply);
    }
    Ok(Answer::Told {
        text: reply.text(),
        output: Output::of_reply(&reply, warnings)?,
    })
}

/// What the call itself comes to, before anybody is asked anything over the connection.
enum First {
    Reply(Box<Reply>),
    OpenRuns(Vec<RunSummary>),
}

async fn first(
    app: &Services,
    scope: &Scope,
    input: Input,
    caller: &Caller,
    client: &Client<'_>,
) -> Result<First, ToolError> {
    let run = input.run_id.as_deref().map(RunId::new);
    if let (Some(model), Some(run)) = (client.model(), &run) {
        app.crews.lend(scope, run, model).await?;
    }
    let reply = match (input.verb(), run) {
        (Verb::Start, _) => {
            let mut start = Start::try_from(input)?;
            // A start that comes again under its name finds its run. The other verbs need no name: handing
            // in, cancelling and resuming come to the same the second time.
            let name = caller.request.as_ref();
            let given = start.idempotency_key.filter(|key| !key.trim().is_empty());
            start.idempotency_key = given.or_else(|| name.map(|name| format!("request {name}")));
            start.sampling = client.sampling();
            app.crews.start(scope, start).await?
        }
        (Verb::Submit, run) => {
            let by = |submission| Submission {
                via: caller.via.unwrap_or_default(),
                ..submission
            };
            let submissions = input.submissions.into_iter().map(Submission::try_from);
            let submissions = submissions.map(|one| one.map(by)).collect::<Result<_, _>>()?;
            app.crews.submit(scope, run.as_ref(), submissions).await?
        }
        (Verb::Status, None) => return Ok(First::OpenRuns(app.crews.open_runs(scope).await?)),
        (Verb::Status, Some(run)) => app.crews.status(scope, &run, input.page()).await?,
        (Verb::Cancel, Some(run)) => {
            let reason = input.reason.as_deref().unwrap_or("cancelled by the caller");
            app.crews.cancel(scope, &run, reason).await?
        }
        (Verb::Resume, Some(run)) => {
            let budget = input.budget.map(RunBudget::try_from).transpose()?;
            app.crews.resume(scope, &run, budget).await?
        }
        (Verb::Cancel | Verb::Resume, None) => return Err(bad("missing field `run_id`", Input::EXAMPLE)),
    };
    Ok(First::Reply(Box::new(reply)))
}

/// Has the next call name the project, which it would not find the run without.
fn stay_in(project: &str, reply: &mut Reply) {
    if let Some(Value::Object(arguments)) = reply.next_call.as_mut().map(|call| &mut call.arguments) {
        arguments.insert("project".to_owned(), Value::from(project));
    }
}

/// The run once the server has nothing to do on it any more, the wait is over or the caller is gone.
async fn settled(
    app: &Services,
    scope: &Scope,
    mut reply: Reply,
    wait: Duration,
    caller: &Caller,
) -> Result<Reply, ToolError> {
    let looks = wait.as_millis() / LOOK_EVERY.as_millis();
    for _ in 0..looks {
        tell(&reply, caller).await;
        if reply.status != RunStatus::Working {
            return Ok(reply);
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = caller.cancelled.cancelled() => return Ok(reply),
        }
        reply = app.crews.status(scope, &reply.run_id, None).await?;
    }
    tell(&reply, caller).await;
    Ok(reply)
}

async fn tell(reply: &Reply, caller: &Caller) {
    let (done, total) = (reply.progress.done, reply.progress.total);
    let message = format!("{done} of {total} steps done");
    caller.tell_progress(done, total, message).await;
}
