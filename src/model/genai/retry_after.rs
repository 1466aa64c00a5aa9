//! How long an endpoint asks to be left alone.

use std::time::Duration;

use jiff::fmt::rfc2822;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use serde_json::Value;

/// Whoever asks for more is not believed.
const MOST: Duration = Duration::from_hours(7 * 24);

/// What the headers say. A proxy puts a name in front of those it passes on.
pub(in crate::model) fn in_headers(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let number = |name: &str| text(name)?.trim().parse().ok();
    let milliseconds = number("retry-after-ms").and_then(|ms: f64| seconds(ms / 1e3));
    milliseconds
        .or_else(|| number(RETRY_AFTER.as_str()).and_then(seconds))
        .or_else(|| until(text(RETRY_AFTER.as_str())?, text(DATE.as_str())?))
        .or_else(|| number("llm_provider-retry-after").and_then(seconds))
}

/// What the body says: Google's way.
pub(super) fn in_body(error: &Value) -> Option<Duration> {
    let details = error.get("details")?.as_array()?;
    let delay = details
        .iter()
        .find_map(|detail| detail.get("retryDelay")?.as_str())?;
    seconds(delay.strip_suffix('s')?.parse().ok()?)
}

fn seconds(number: f64) -> Option<Duration> {
    let wait = Duration::try_from_secs_f64(number).ok()?;
    Some(wait.min(MOST))
}

/// From the endpoint's own clock to a time of its own: what ours says is not asked.
fn until(then: &str, now: &str) -> Option<Duration> {
    let parser = rfc2822::DateTimeParser::new();
    let [then, now] = [then, now].map(|time| parser.parse_timestamp(time).ok());
    let wait = then?.duration_since(now?);
    Some(Duration::try_from(wait).unwrap_or_default().min(MOST))
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};
    use serde_json::json;

    use super::*;

    fn told(headers: &[(&'static str, &'static str)]) -> Option<f64> {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        in_headers(&headers.collect()).map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn it_is_told_in_many_ways() {
        for (headers, wait) in [
            (&[("retry-after", "7")][..], Some(7.0)),
            (&[("retry-after", "0.5")], Some(0.5)),
            (&[("retry-after-ms", "1500"), ("retry-after", "2")], Some(1.5)),
            (&[("llm_provider-retry-after", "9")], Some(9.0)),
            (
                &[
                    ("retry-after", "Wed, 21 Oct 2026 07:28:30 GMT"),
                    ("date", "Wed, 21 Oct 2026 07:28:00 GMT"),
                ],
                Some(30.0),
            ),
            (
                &[
                    ("retry-after", "Wed, 21 Oct 2026 07:27:00 GMT"),
                    ("date", "Wed, 21 Oct 2026 07:28:00 GMT"),
                ],
                Some(0.0),
            ),
            (&[("retry-after", "1e300")], None),
            (&[("retry-after", "99999999")], Some(604_800.0)),
            (&[("retry-after", "-1")], None),
            (&[("retry-after", "soon")], None),
            (&[("retry-after", "Wed, 21 Oct 2026 07:28:30 GMT")], None),
            (&[], None),
        ] {
            assert_eq!(told(headers), wait, "{headers:?}");
        }
        let error = json!({"details": [{"@type": "x"}, {"retryDelay": "34.5s"}]});
        assert_eq!(in_body(&error), Some(Duration::from_millis(34_500)));
        assert_eq!(in_body(&json!({"details": "x"})), None);
    }
}
