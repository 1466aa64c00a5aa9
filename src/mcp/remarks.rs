//! What the server has to say about a caller's own calls, where it asked for it: `logging/setLevel` before 2026-07-28, a
//! level in the `_meta` of each request since.
//!
//! One remark per call, made of names and numbers of ours. Nothing that a caller wrote is in it, and nothing of others.

#![expect(
    deprecated,
    reason = "logging is deprecated since 2026-07-28, and still spoken"
)]

use std::time::Duration;

use rmcp::model::{CallToolResponse, LoggingLevel, LoggingMessageNotificationParam, ProtocolVersion};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};

use super::subscriptions::Session;

/// A call that takes longer is worth a notice.
const SLOW: Duration = Duration::from_secs(5);

/// What was remarkable about a call, and how much.
#[derive(Debug, PartialEq)]
pub(crate) struct Remark {
    level: LoggingLevel,
    data: Value,
}

impl Remark {
    /// About a call of `tool` that took so long.
    pub(crate) fn of(tool: &str, answer: &Result<CallToolResponse, ErrorData>, took: Duration) -> Self {
        let code = code_of(answer);
        let level = match code.as_deref() {
            Some("internal") => LoggingLevel::Error,
            Some(code) if code.starts_with("policy.") || code.starts_with("store.") => LoggingLevel::Warning,
            Some(_) => LoggingLevel::Notice,
            None if took > SLOW => LoggingLevel::Notice,
            None => LoggingLevel::Info,
        };
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let mut data = json!({ "event": "tool_call", "tool": tool, "ms": ms });
        if let (Some(fields), Some(code)) = (data.as_object_mut(), code) {
            fields.insert("code".to_owned(), Value::from(code));
        }
        Self { level, data }
    }

    /// Tells it, if the caller wants to be told as little as this. One that is gone misses nothing.
    pub(crate) async fn tell(self, context: &RequestContext<RoleServer>, session: &Session) {
        let modern = context
            .protocol_version()
            .is_some_and(|version| version >= ProtocolVersion::V_2026_07_28);
        let wanted = if modern {
            context.meta.log_level()
        } else {
            session.level()
        };
        if wanted.is_none_or(|wanted| weight(wanted) > weight(self.level)) {
            return;
        }
        let message = LoggingMessageNotificationParam::new(self.level, self.data).with_logger("firstmate");
        if let Err(error) = context.peer.notify_logging_message(message).await {
            tracing::debug!(%error, "a remark was not delivered");
        }
    }
}

/// The code of an error; `None` for an answer.
fn code_of(answer: &Result<CallToolResponse, ErrorData>) -> Option<String> {
    match answer {
        Err(_) => Some("internal".to_owned()),
        Ok(CallToolResponse::Complete(result)) if result.is_error == Some(true) => {
            let text = &result.content.first()?.as_text()?.text;
            let error: Value = serde_json::from_str(text).ok()?;
            error.get("code")?.as_str().map(str::to_owned)
        }
        Ok(_) => None,
    }
}

fn weight(level: LoggingLevel) -> u8 {
    match level {
        LoggingLevel::Debug => 0,
        LoggingLevel::Info => 1,
        LoggingLevel::Notice => 2,
        LoggingLevel::Warning => 3,
        LoggingLevel::Error => 4,
        LoggingLevel::Critical => 5,
        LoggingLevel::Alert => 6,
        LoggingLevel::Emergency => 7,
    }
}
