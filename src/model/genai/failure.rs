//! What went wrong, told from how genai says it.
//!
//! Its errors carry what was sent or received. They are looked into here, and nothing of them goes further than a class,
//! a status and a time.

use std::error::Error as StdError;
use std::time::Duration;

use genai::webc::{Error as WebError, StreamTimeout};
use serde_json::Value;

use super::body::{class_of_error, parsed};
use super::retry_after::{in_body, in_headers};
use crate::domain::run::FailureClass;

/// Whoever asks for more is not asking for a moment.
const LONG: Duration = Duration::from_mins(15);

/// A failure that does not know yet whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) class: FailureClass,
    pub(super) status: Option<u16>,
    pub(super) retry_after: Option<Duration>,
    pub(super) message: &'static str,
}

impl Trouble {
    pub(super) fn new(class: FailureClass, message: &'static str) -> Self {
        Self {
            class,
            status: None,
            retry_after: None,
            message,
        }
    }

    /// What most failures of that class are.
    fn of(class: FailureClass) -> Self {
        Self::new(class, in_words(class))
    }
}

/// The model did not want to.
pub(super) fn declined() -> Trouble {
    Trouble::of(FailureClass::Refused)
}

/// What genai's error is.
pub(super) fn of_genai(error: &genai::Error) -> Trouble {
    use genai::Error as E;
    match error {
        E::HttpError {
            status,
            body,
            headers,
            ..
        } => of_status(status.as_u16(), body, in_headers(headers)),
        E::WebModelCall { webc_error, .. } | E::WebAdapterCall { webc_error, .. } => of_web(webc_error),
        E::ChatResponse { body, .. } => of_error(body),
        E::ChatResponseGeneration { response_body, .. } => match response_body.get("error") {
            Some(error) if !error.is_null() => of_error(error),
            _ => Trouble::of(FailureClass::BadAnswer),
        },
        E::StreamParse { serde_error, .. } | E::SerdeJson(serde_error) => of_json(serde_error.is_eof()),
        E::WebStream { error, .. } => of_boxed(&**error),
        E::JsonValueExt(_) | E::InvalidJsonResponseElement { .. } | E::NoChatResponse { .. } => {
            Trouble::of(FailureClass::BadAnswer)
        }
        E::RequiresApiKey { .. } | E::NoAuthResolver { .. } | E::NoAuthData { .. } | E::Resolver { .. } => {
            Trouble::of(FailureClass::Authentication)
        }
        _ => Trouble::new(
            FailureClass::BadRequest,
            "the question cannot be put into its protocol",
        ),
    }
}

/// An error that stands where an answer should: its words are read here and not passed on.
pub(super) fn of_error(error: &Value) -> Trouble {
    let number = error
        .get("code")
        .or_else(|| error.get("status"))
        .and_then(Value::as_u64);
    let status = number
        .and_then(|number| u16::try_from(number).ok())
        .filter(|status| *status >= 400);
    let retry_after = in_body(error);
    let class = class_of_error(error, status, retry_after.is_some())
        .or_else(|| status.map(of_number))
        // It had begun to answer, so it was not the question.
        .unwrap_or(FailureClass::Overloaded);
    settled(class, status, retry_after)
}

fn of_status(status: u16, body: &str, header: Option<Duration>) -> Trouble {
    let body = parsed(body);
    let error = body.get("error").unwrap_or(&body);
    let retry_after = header.or_else(|| in_body(error));
    let class =
        class_of_error(error, Some(status), retry_after.is_some()).unwrap_or_else(|| of_number(status));
    settled(class, Some(status), retry_after)
}

fn settled(class: FailureClass, status: Option<u16>, retry_after: Option<Duration>) -> Trouble {
    let class = match class {
        FailureClass::RateLimited if retry_after.is_some_and(|wait| wait > LONG) => FailureClass::Quota,
        class => class,
    };
    let message = match status {
        Some(300..=399) => "the endpoint points elsewhere, and is not followed",
        _ => in_words(class),
    };
    Trouble {
        class,
        status,
        retry_after,
        message,
    }
}

fn of_number(status: u16) -> FailureClass {
    match status {
        401 | 403 | 407 => FailureClass::Authentication,
        402 => FailureClass::Quota,
        404 | 410 => FailureClass::MissingModel,
        408 => FailureClass::Timeout,
        413 => FailureClass::ContextOverflow,
        429 => FailureClass::RateLimited,
        // Two calls at once with one key, and too early: both pass.
        409 | 425 => FailureClass::Overloaded,
        501 | 505 => FailureClass::BadRequest,
        500.. => FailureClass::Overloaded,
        400..=499 => FailureClass::BadRequest,
        _ => FailureClass::BadAnswer,
    }
}

fn of_web(error: &WebError) -> Trouble {
    match error {
        WebError::ResponseFailedStatus {
            status,
            body,
            headers,
        } => of_status(status.as_u16(), body, in_headers(headers)),
        WebError::ResponseFailedInvalidJson { cause, .. } => of_json(cause.starts_with("EOF ")),
        WebError::ResponseFailedNotJson { .. } | WebError::JsonValueExt(_) => {
            Trouble::of(FailureClass::BadAnswer)
        }
        WebError::Reqwest(error) => of_reqwest(error),
    }
}

fn of_json(ends_early: bool) -> Trouble {
    Trouble::of(if ends_early {
        FailureClass::Truncated
    } else {
        FailureClass::BadAnswer
    })
}

/// An error of a stream, which comes in a box.
fn of_boxed(error: &(dyn StdError + Send + Sync + 'static)) -> Trouble {
    if let Some(error) = error.downcast_ref::<genai::Error>() {
        return of_genai(error);
    }
    if let Some(error) = error.downcast_ref::<WebError>() {
        return of_web(error);
    }
    if let Some(error) = error.downcast_ref::<reqwest::Error>() {
        return of_reqwest(error);
    }
    match error.downcast_ref::<StreamTimeout>() {
        Some(StreamTimeout::Headers) => Trouble::of(FailureClass::Timeout),
        Some(StreamTimeout::Read) => Trouble::new(FailureClass::Timeout, "the answer stopped coming"),
        // What is left are bytes that are no text.
        None => Trouble::of(FailureClass::BadAnswer),
    }
}

fn of_reqwest(error: &reqwest::Error) -> Trouble {
    let is_no_http = causes(error).any(|cause| cause.downcast_ref().is_some_and(hyper::Error::is_parse));
    let class = if error.is_timeout() && !error.is_connect() {
        FailureClass::Timeout
    } else if is_no_http {
        FailureClass::BadAnswer
    } else if error.is_body() || error.is_decode() {
        FailureClass::Truncated
    } else {
        FailureClass::Connection
    };
    Trouble::of(class)
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| StdError::source(*error))
}

/// A class as it is told.
pub(super) fn in_words(class: FailureClass) -> &'static str {
    match class {
        FailureClass::Connection => "nobody answers, or the connection broke",
        FailureClass::Timeout => "there was no answer in time",
        FailureClass::RateLimited => "the endpoint is asked too often",
        FailureClass::Quota => "the account has nothing left",
        FailureClass::Overloaded => "the endpoint is in trouble",
        FailureClass::Authentication => "the key is missing or refused",
        FailureClass::MissingModel => "the endpoint does not have it",
        FailureClass::BadAnswer => "what came is no answer",
        FailureClass::Truncated => "the answer ends before its end",
        FailureClass::Refused => "the model, or a filter before it, declined",
        FailureClass::ContextOverflow => "the question is larger than the model takes",
        FailureClass::BadRequest => "the endpoint takes the question for wrong",
        FailureClass::Denied
        | FailureClass::InvalidOutput
        | FailureClass::NoProgress
        | FailureClass::Crash => "it was stopped",
    }
}
