//! Asking a person to allow exactly one action, over the connection that the call came from.

use std::time::Duration;

use rmcp::model::{
    BooleanSchema, ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction, ElicitationSchema,
    InputRequest, InputRequests, InputRequiredResult, PrimitiveSchemaDefinition,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::caller::Caller;

/// The name of our question in a round of 2026-07-28, and of the field in the form.
const QUESTION: &str = "approve";

/// What a person said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Said {
    /// Yes.
    Approved,
    /// No.
    Declined,
    /// Nothing: they closed the form, or time ran out.
    Nothing,
}

/// What became of asking.
#[derive(Debug)]
pub(crate) enum Asked {
    /// A person was asked and said this.
    Now(Said),
    /// The client has to ask and repeat the call.
    Later(Box<InputRequiredResult>),
    /// This client cannot ask anybody.
    Cannot,
}

impl Caller {
    /// Puts `question` about the approval `id` to a person, waiting at most `wait`.
    pub(crate) async fn ask(&self, question: String, id: &str, wait: Duration) -> Asked {
        let (Some(peer), true, Some(params)) = (&self.peer, self.shows_forms, form(question)) else {
            return Asked::Cannot;
        };
        if self.modern {
            // The id is a handle that the gate keeps and binds to this action, so it need not be sealed.
            let requests = InputRequests::from([(
                QUESTION.to_owned(),
                InputRequest::Elicitation(ElicitRequest::new(params)),
            )]);
            let ask = InputRequiredResult::new(Some(requests), Some(id.to_owned()));
            return Asked::Later(Box::new(ask));
        }
        let answer = tokio::select! {
            answer = peer.create_elicitation_with_timeout(params, Some(wait)) => answer,
            () = self.cancelled.cancelled() => return Asked::Now(Said::Nothing),
        };
        Asked::Now(answer.map_or_else(
            |error| {
                tracing::warn!(%error, "nobody answered the question about an approval");
                Said::Nothing
            },
            |answer| said(&answer),
        ))
    }

    /// What became of `question`, put to a person over the session; `None` where this client cannot be asked in between.
    pub(crate) async fn ask_now(&self, question: String, wait: Duration) -> Option<Said> {
        if self.modern {
            return None;
        }
        match self.ask(question, "", wait).await {
            Asked::Now(said) => Some(said),
            Asked::Later(_) | Asked::Cannot => None,
        }
    }

    /// What a person said in the round before, and the id of the approval it is about.
    pub(crate) fn said_before(&self) -> Option<(Said, &str)> {
        let (responses, id) = self.answered.as_ref()?;
        let answer = ElicitResult::deserialize(responses.get(QUESTION)?).ok()?;
        Some((said(&answer), id))
    }
}

/// The question as one that the client puts to a person before it repeats a call.
pub(crate) fn request(question: String) -> Option<InputRequest> {
    Some(InputRequest::Elicitation(ElicitRequest::new(form(question)?)))
}

/// What a person said to such a question; nothing where that cannot be read.
pub(crate) fn answer(response: &Value) -> Said {
    ElicitResult::deserialize(response).map_or(Said::Nothing, |answer| said(&answer))
}

/// A character as people are shown it: nothing hides in a control character, or in one that turns or hides others.
pub(crate) fn visible(character: char) -> impl Iterator<Item = char> {
    let hides = matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}');
    let escape = hides || (character.is_control() && character != '\n');
    let escaped = escape.then(|| character.escape_unicode());
    let plain = (!escape).then_some(character);
    escaped.into_iter().flatten().chain(plain)
}

/// Accepting the form is not enough: the box has to be ticked.
fn said(answer: &ElicitResult) -> Said {
    let ticked = answer.content.as_ref().and_then(|content| content.get(QUESTION));
    match answer.action {
        ElicitationAction::Accept if ticked == Some(&Value::Bool(true)) => Said::Approved,
        ElicitationAction::Accept | ElicitationAction::Decline => Said::Declined,
        _ => Said::Nothing,
    }
}

fn form(message: String) -> Option<ElicitRequestParams> {
    let tick = BooleanSchema::new()
        .title("Approve")
        .description("Allow exactly this action, once.")
        .with_default(false);
    let schema = ElicitationSchema::builder()
        .required_property(QUESTION, PrimitiveSchemaDefinition::Boolean(tick))
        .build()
        .ok()?;
    Some(ElicitRequestParams::FormElicitationParams {
        meta: None,
        message,
        requested_schema: schema,
    })
}
