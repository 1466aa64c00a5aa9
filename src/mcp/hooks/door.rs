//! Whether a request is genuine, and what is said to one that is not.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::seen::Answered;
use crate::mcp::http;
use crate::model::webhook::secret::{ID, Refused, SIGNATURE, Signed, TIMESTAMP};

/// Why a request is not taken.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It could not be read.
    Unread(http::Refusal),
    /// It is not signed as it should be.
    Unsigned(Refused),
    /// Its id was used for another one.
    IdReused,
    /// What its address says is not what is taken there.
    Address(String),
    /// What it says is not what is taken there.
    Body(String),
}

impl Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unread(unread) if unread.status() == StatusCode::PAYLOAD_TOO_LARGE => "hooks.too_large",
            Self::Unread(_) => "hooks.unread",
            Self::Unsigned(Refused::Headers) => "hooks.headers",
            Self::Unsigned(Refused::Timestamp) => "hooks.timestamp",
            Self::Unsigned(Refused::Signature) => "hooks.signature",
            Self::IdReused => "hooks.id_reused",
            Self::Address(_) => "hooks.address",
            Self::Body(_) => "hooks.body",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Unread(unread) => unread.status(),
            Self::Unsigned(Refused::Headers) | Self::Address(_) | Self::Body(_) => StatusCode::BAD_REQUEST,
            Self::Unsigned(_) => StatusCode::UNAUTHORIZED,
            Self::IdReused => StatusCode::CONFLICT,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Unread(unread) => unread.message(),
            Self::Unsigned(why) => why.to_string(),
            Self::IdReused => "webhook-id was used for another request a moment ago".to_owned(),
            Self::Address(why) => format!("the address is not what is taken here: {why}"),
            Self::Body(why) => format!("the body is not what is taken here: {why}"),
        }
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::Unread(_) => "Send it again, whole and within the limits of [http].",
            Self::Unsigned(Refused::Timestamp) => "Sign anew each time, by a clock that is right.",
            Self::Unsigned(_) => {
                "Sign `id.timestamp.body` as Standard Webhooks has it; see docs/webhooks.md."
            }
            Self::IdReused => "Use a new id for each request, and the same one to repeat it.",
            Self::Address(_) | Self::Body(_) => "See /hooks/v1/openapi.json for what is taken.",
        }
    }

    pub(super) fn answered(&self) -> Answered {
        let body = json!({"code": self.code(), "message": self.message(), "hint": self.hint()});
        Answered::new(self.status(), &body)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        if let Some(times) = http::turned_away(self.code()) {
            tracing::warn!(code = self.code(), times, "refused a webhook");
        }
        let mut response = self.answered().into_response();
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            let soon = HeaderValue::from_static("5");
            response.headers_mut().insert(header::RETRY_AFTER, soon);
        }
        response
    }
}

/// The three headers, each there once.
pub(super) fn signed(headers: &HeaderMap) -> Result<Signed<'_>, Refusal> {
    let only = |name: &str| {
        let mut values = headers.get_all(name).iter();
        let value = values.next().and_then(|value| value.to_str().ok());
        value
            .filter(|_| values.next().is_none())
            .ok_or(Refusal::Unsigned(Refused::Headers))
    };
    Ok(Signed {
        id: only(ID)?,
        timestamp: only(TIMESTAMP)?,
        signature: only(SIGNATURE)?,
    })
}

/// With which status a problem of the tool is told.
pub(in crate::mcp) fn status_of(code: &str) -> StatusCode {
    match code {
        "crew.unknown_run" | "crew.unknown_step" => StatusCode::NOT_FOUND,
        "crew.run_closed" | "crew.idempotency_conflict" => StatusCode::CONFLICT,
        "policy.denied" | "policy.approval_required" => StatusCode::FORBIDDEN,
        "arguments_too_large" | "crew.task_too_long" => StatusCode::PAYLOAD_TOO_LARGE,
        "bad_arguments" => StatusCode::BAD_REQUEST,
        "crew.busy" => StatusCode::SERVICE_UNAVAILABLE,
        code if code.starts_with("crew.") => StatusCode::BAD_REQUEST,
        code if code.starts_with("store.") || code.starts_with("policy.") => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
