//! What the body of a failure says: codes first, words where there is no code that tells.

use serde_json::Value;

use crate::domain::run::FailureClass;

/// No error needs more.
const MAX_BODY_BYTES: usize = 64 << 10;
const MAX_WORDS_BYTES: usize = 4 << 10;

/// A body as JSON; null where it is none.
pub(super) fn parsed(body: &str) -> Value {
    if body.len() > MAX_BODY_BYTES {
        return Value::Null;
    }
    serde_json::from_str(body).unwrap_or_default()
}

/// The class of an error object, or of an error in words; `None` where neither tells.
pub(super) fn class_of_error(error: &Value, status: Option<u16>, has_wait: bool) -> Option<FailureClass> {
    let codes = ["code", "type", "status", "reason"];
    let coded = codes
        .iter()
        .find_map(|field| of_code(error.get(field)?.as_str()?));
    let detailed = || {
        let details = error.get("details").and_then(Value::as_array);
        details?
            .iter()
            .find_map(|detail| of_code(detail.get("reason")?.as_str()?))
    };
    // A code says that something was wrong with the question; what, only the words say.
    let coded = coded.or_else(detailed);
    if status.is_some_and(|status| matches!(status, 401..=403 | 500..)) {
        return coded;
    }
    let words = error.get("message").unwrap_or(error).as_str().unwrap_or_default();
    let words = words
        .get(..words.floor_char_boundary(MAX_WORDS_BYTES))
        .unwrap_or_default();
    let words = words.to_lowercase();
    match coded {
        Some(FailureClass::RateLimited) if words.contains("per day") || has_daily(error) => {
            Some(FailureClass::Quota)
        }
        Some(FailureClass::Quota) if has_wait => Some(FailureClass::RateLimited),
        Some(coded) => Some(coded),
        None => of_words(&words, has_wait),
    }
}

fn of_code(code: &str) -> Option<FailureClass> {
    Some(match code.to_ascii_lowercase().as_str() {
        "insufficient_quota"
        | "billing_hard_limit_reached"
        | "billing_not_active"
        | "billing_error"
        | "insufficient_balance"
        | "insufficient_credits"
        | "exceeded_current_quota_error"
        | "payment_required"
        | "quota_exceeded" => FailureClass::Quota,
        "rate_limit_exceeded"
        | "rate_limit_error"
        | "rate_limit_reached_error"
        | "too_many_requests"
        | "resource_exhausted"
        | "tokens"
        | "requests" => FailureClass::RateLimited,
        "overloaded_error"
        | "engine_overloaded_error"
        | "server_error"
        | "api_error"
        | "internal_error"
        | "internal_server_error"
        | "service_unavailable"
        | "timeout_error"
        | "unavailable"
        | "internal"
        | "deadline_exceeded" => FailureClass::Overloaded,
        "authentication_error"
        | "invalid_authentication_error"
        | "invalid_api_key"
        | "api_key_invalid"
        | "permission_error"
        | "permission_denied"
        | "unauthenticated" => FailureClass::Authentication,
        "model_not_found" | "not_found_error" | "resource_not_found_error" | "not_found" => {
            FailureClass::MissingModel
        }
        "context_length_exceeded"
        | "exceed_context_size_error"
        | "request_too_large"
        | "string_above_max_length" => FailureClass::ContextOverflow,
        "content_filter" | "content_policy_violation" | "moderation_blocked" => FailureClass::Refused,
        _ => return None,
    })
}

/// Google says in the name of a limit for how long it holds.
fn has_daily(error: &Value) -> bool {
    let details = error.get("details").and_then(Value::as_array);
    let violations = details
        .into_iter()
        .flatten()
        .filter_map(|detail| detail.get("violations")?.as_array());
    violations
        .flatten()
        .filter_map(|violation| violation.get("quotaId")?.as_str())
        .any(|id| id.contains("PerDay"))
}

/// What is known only from the words of well-known endpoints, in lower case.
fn of_words(words: &str, has_wait: bool) -> Option<FailureClass> {
    const OVERFLOW: [&str; 12] = [
        "context length",
        "context_length",
        "context window",
        "contextwindow",
        "context size",
        "maximum context",
        "prompt is too long",
        "input is too long",
        "too many tokens",
        "maximum number of tokens",
        "input length and `max_tokens` exceed",
        "reduce the length",
    ];
    const QUOTA: [&str; 5] = [
        "credit balance is too low",
        "exceeded your current quota",
        "insufficient balance",
        "insufficient credits",
        "not enough credits",
    ];
    const KEY: [&str; 3] = ["api key not valid", "invalid api key", "incorrect api key"];
    const REFUSED: [&str; 3] = ["content policy", "content management policy", "content_filter"];
    let says = |list: &[&str]| list.iter().any(|phrase| words.contains(phrase));
    if says(&OVERFLOW) {
        return Some(FailureClass::ContextOverflow);
    }
    if says(&QUOTA) && !has_wait {
        return Some(FailureClass::Quota);
    }
    if says(&KEY) {
        return Some(FailureClass::Authentication);
    }
    if says(&REFUSED) {
        return Some(FailureClass::Refused);
    }
    let is_missing =
        words.contains("model") && (words.contains("not found") || words.contains("does not exist"));
    is_missing.then_some(FailureClass::MissingModel)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn errors_of_well_known_endpoints() {
        let check = |status: u16, has_wait: bool, error: Value, class: Option<FailureClass>| {
            assert_eq!(class_of_error(&error, Some(status), has_wait), class, "{error}");
        };
        use FailureClass as C;
        check(
            429,
            false,
            json!({"type": "insufficient_quota", "code": "insufficient_quota", "message": "You exceeded"}),
            Some(C::Quota),
        );
        check(
            429,
            true,
            json!({"type": "tokens", "code": "rate_limit_exceeded", "message": "Rate limit reached"}),
            Some(C::RateLimited),
        );
        check(
            429,
            true,
            json!({"status": "RESOURCE_EXHAUSTED", "code": 429, "message": "You exceeded your current quota"}),
            Some(C::RateLimited),
        );
        check(
            429,
            true,
            json!({"status": "RESOURCE_EXHAUSTED", "details": [{"violations": [{"quotaId": "GenerateRequestsPerDayPerProject"}]}]}),
            Some(C::Quota),
        );
        check(
            400,
            false,
            json!({"type": "invalid_request_error", "message": "Your credit balance is too low to access"}),
            Some(C::Quota),
        );
        check(
            400,
            false,
            json!({"type": "invalid_request_error", "message": "prompt is too long: 210000 tokens > 200000 maximum"}),
            Some(C::ContextOverflow),
        );
        check(
            400,
            false,
            json!({"type": "invalid_request_error", "code": "context_length_exceeded", "message": "This model's maximum"}),
            Some(C::ContextOverflow),
        );
        check(
            400,
            false,
            json!({"code": 400, "type": "exceed_context_size_error", "message": "the request exceeds"}),
            Some(C::ContextOverflow),
        );
        check(
            400,
            false,
            json!({"status": "INVALID_ARGUMENT", "message": "API key not valid.", "details": [{"reason": "API_KEY_INVALID"}]}),
            Some(C::Authentication),
        );
        check(
            400,
            false,
            json!({"type": "invalid_request_error", "message": "temperature: must be below 1"}),
            None,
        );
        check(
            404,
            false,
            json!("model \"x\" not found, try pulling it first"),
            Some(C::MissingModel),
        );
        check(
            403,
            false,
            json!({"type": "permission_error", "message": "no access to the context window"}),
            Some(C::Authentication),
        );
        check(
            529,
            false,
            json!({"type": "overloaded_error", "message": "Overloaded"}),
            Some(C::Overloaded),
        );
        check(502, false, Value::Null, None);
    }

    #[test]
    fn what_is_no_json_says_nothing() {
        assert_eq!(parsed("<html>429</html>"), Value::Null);
        assert_eq!(
            parsed(&format!("\"{}\"", "x".repeat(MAX_BODY_BYTES))),
            Value::Null
        );
        assert_eq!(class_of_error(&Value::Null, None, false), None);
    }
}
