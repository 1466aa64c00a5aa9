//! Who is asked over the connection before the host is: a person, whether a run goes on, and the client's own model.
//!
//! Over a session a person is asked while the call lasts, and the client's model by whoever drives the run. Since
//! 2026-07-28 a server asks nothing: the call is answered with the questions, the client repeats it with the answers, and
//! what holds both together is sealed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rmcp::model::{InputRequests, InputRequiredResult, InputResponses};
use serde_json::json;

use crate::crew::reply::Pending;
use crate::crew::{ASK_A_PERSON, AskedStep, Of, Reply, Round, Sampling, Submission};
use crate::domain::Scope;
use crate::domain::run::Via;
use crate::mcp::approval::{self, Said, visible};
use crate::mcp::caller::Caller;
use crate::mcp::reply::ToolError;
use crate::mcp::{Services, sampling};
use crate::model::Model;
use crate::policy::outgoing::{Address, Guarded};

/// Most rounds of one call: clients give up after about ten.
pub(super) const MAX_ROUNDS: u32 = 8;
/// A person has so long at least.
const LEAST_WAIT: Duration = Duration::from_secs(10);
/// Longest part of an input that a person is shown, in characters.
const SHOWN_CHARS: usize = 600;

/// The client of a call, and what it can be asked.
pub(super) struct Client<'a> {
    app: &'a Services,
    caller: &'a Caller,
    /// Whether its own model may be asked at all.
    samples: bool,
    /// Whether the call wants that for the host's steps.
    wanted: bool,
    /// When the call came.
    since: Instant,
}

/// What became of asking.
pub(super) enum Asked {
    /// Nobody can be asked, or nobody answered: it is the host's turn.
    Nobody,
    /// The run has gone on.
    Now(Box<Reply>),
    /// The client has to ask and repeat the call.
    Later(Box<InputRequiredResult>),
}

/// What the answers of a round came to.
pub(super) struct Taken {
    pub(super) reply: Reply,
    pub(super) round: u32,
    /// Whether there was an answer at all.
    pub(super) anything: bool,
}

impl<'a> Client<'a> {
    pub(super) fn of(app: &'a Services, caller: &'a Caller, executor: Option<&str>) -> Self {
        Self {
            app,
            caller,
            samples: app.crews.samples() && caller.samples,
            since: Instant::now(),
            wanted: executor.is_some_and(|executor| executor.trim() == "sampling"),
        }
    }

    /// Its model, where that is asked over the session.
    pub(super) fn model(&self) -> Option<Arc<dyn Model>> {
        let peer = self
            .caller
            .peer
            .as_ref()
            .filter(|_| self.samples && !self.caller.modern)?;
        let address = Address {
            url: "mcp://client".to_owned(),
            model: "sampling".to_owned(),
        };
        let model: Arc<dyn Model> = Arc::new(sampling::Sampled(peer.clone()));
        Some(Arc::new(Guarded::new(model, address, Arc::clone(&self.app.gate))))
    }

    /// What a run may count on that it starts.
    pub(super) fn sampling(&self) -> Sampling {
        match self.model() {
            Some(model) => Sampling::Lent(model),
            None if self.samples && self.caller.modern => Sampling::InRounds,
            None => Sampling::No,
        }
    }

    /// Asks whom it can about the pending steps.
    pub(super) async fn ask(&self, scope: &Scope, reply: &Reply, round: u32) -> Result<Asked, ToolError> {
        if self.caller.modern {
            return self.ask_later(scope, reply, round).await;
        }
        let Some(step) = reply.pending.iter().find(|step| step.approval) else {
            return Ok(Asked::Nobody);
        };
        let wait = self.has_left(Duration::from_secs(self.app.settings.approval_wait_s));
        let Some(answer) = self
            .caller
            .ask_now(question(reply, step), wait)
            .await
            .and_then(approved)
        else {
            return Ok(Asked::Nobody);
        };
        let given = by_person(step.step_token.clone(), answer);
        let mut next = self
            .app
            .crews
            .submit(scope, Some(&reply.run_id), vec![given])
            .await?;
        next.receipts.splice(0..0, reply.receipts.iter().cloned());
        Ok(Asked::Now(Box::new(next)))
    }

    /// What a person has of this time, when the call has lasted for a while: hosts cut calls off.
    fn has_left(&self, whole: Duration) -> Duration {
        whole
            .saturating_sub(self.since.elapsed())
            .max(whole.min(LEAST_WAIT))
    }

    async fn ask_later(&self, scope: &Scope, reply: &Reply, number: u32) -> Result<Asked, ToolError> {
        let mut requests = InputRequests::new();
        let mut asked = Vec::new();
        for step in &reply.pending {
            let (of, request) = if step.approval {
                let request = approval::request(question(reply, step));
                (Of::Person, request.filter(|_| self.caller.shows_forms))
            } else if self.samples && self.wanted {
                let question = self
                    .app
                    .crews
                    .asked_of_client(scope, &reply.run_id, &step.step_id)
                    .await?;
                (Of::Model, question.as_ref().map(sampling::request))
            } else {
                continue;
            };
            let Some(request) = request else { continue };
            requests.insert(step.step_id.to_string(), request);
            asked.push(AskedStep {
                step: step.step_id.clone(),
                token: step.step_token.clone(),
                of,
            });
        }
        if asked.is_empty() {
            return Ok(Asked::Nobody);
        }
        let round = Round {
            run: reply.run_id.clone(),
            number,
            asked,
        };
        let state = self.app.crews.seal(scope, &round);
        let question = InputRequiredResult::new(Some(requests), Some(state));
        Ok(Asked::Later(Box::new(question)))
    }

    /// Takes the answers of a round.
    ///
    /// # Errors
    /// `crew.token_invalid` for a state that was not sealed here for this caller, and what handing in says.
    pub(super) async fn answered(
        &self,
        scope: &Scope,
        (responses, state): &(InputResponses, String),
    ) -> Result<Taken, ToolError> {
        let crews = &self.app.crews;
        let Some(round) = crews.unseal(scope, state) else {
            return Err(crate::crew::Error::TokenInvalid.into());
        };
        let answers = round.asked.iter().filter_map(|asked| {
            let response = responses.get(asked.step.as_str())?;
            match asked.of {
                Of::Person => {
                    approved(approval::answer(response)).map(|yes| by_person(asked.token.clone(), yes))
                }
                Of::Model => Some(by_model(asked.token.clone(), sampling::answer(response))),
            }
        });
        let answers: Vec<_> = answers.collect();
        let anything = !answers.is_empty();
        let reply = if anything {
            crews.submit(scope, Some(&round.run), answers).await?
        } else {
            crews.status(scope, &round.run, None).await?
        };
        Ok(Taken {
            reply,
            round: round.number,
            anything,
        })
    }
}

/// Yes or no, if a person said either.
fn approved(said: Said) -> Option<bool> {
    match said {
        Said::Approved => Some(true),
        Said::Declined => Some(false),
        Said::Nothing => None,
    }
}

fn by_person(step_token: String, approved: bool) -> Submission {
    Submission {
        step_token,
        output: Some(json!({ "approved": approved })),
        via: Via::Elicitation,
        ..Submission::default()
    }
}

fn by_model(step_token: String, answer: Result<(String, String), crate::model::Failure>) -> Submission {
    let (output, model, error) = match answer {
        Ok((text, model)) => (Some(text.into()), Some(model), None),
        Err(failure) => (None, None, Some(failure.message)),
    };
    Submission {
        step_token,
        output,
        error,
        model,
        ..Submission::default()
    }
}

/// What a person is asked about a step: what it is about, and what it came to before.
fn question(reply: &Reply, step: &Pending) -> String {
    let shown = |text: &str| {
        let shown: String = text.chars().take(SHOWN_CHARS).flat_map(visible).collect();
        let more = if text.chars().nth(SHOWN_CHARS).is_some() {
            " ... (cut)"
        } else {
            ""
        };
        shown + more
    };
    let inputs = step
        .inputs
        .iter()
        .filter(|input| input.from != "task" && input.from != "lesson");
    let inputs: String = inputs
        .map(|input| format!("\n\n{}:\n{}", shown(&input.from), shown(&input.digest)))
        .collect();
    format!(
        "May the run go on? Task: {}\n\n{}{inputs}",
        shown(&reply.task),
        shown(step.instructions.trim_start_matches(ASK_A_PERSON))
    )
}
