//! What a member of one of a policy's sets means.

use serde_json::Value;

use super::Said;
use crate::domain::Effect;
use crate::policy::error::Place;
use crate::policy::facts::Facts;

/// A text is the message; an object has `msg`, and perhaps `rule`, `fix` and a `finding` of the input; what is to be
/// redacted may be the finding itself. `None` for anything else.
pub(super) fn item(stem: &str, set: &str, effect: Effect, member: &Value, facts: &Facts) -> Option<Said> {
    let text = |key: &str| member.get(key).and_then(Value::as_str);
    let said = |rule: &str, why: &str, fix: &str, finding: Option<usize>| Said {
        id: format!("{stem}.{rule}"),
        effect,
        why: match why {
            "" => format!("The policy {stem} says so."),
            why => why.to_owned(),
        },
        fix: fix.to_owned(),
        finding,
    };
    if let Some(message) = member.as_str() {
        // Nothing is redacted by a word.
        return (effect != Effect::Redact).then(|| said(set, message, "", None));
    }
    member.as_object()?;
    let finding = member.get("finding").unwrap_or(member);
    let finding = place_in(finding, facts);
    match (text("msg"), finding) {
        (None, None) => None,
        (_, None) if effect == Effect::Redact => None,
        (message, finding) => Some(said(
            text("rule").unwrap_or(set),
            message.unwrap_or_default(),
            text("fix").unwrap_or_default(),
            finding.filter(|_| effect == Effect::Redact),
        )),
    }
}

/// Which of the findings it is.
fn place_in(finding: &Value, facts: &Facts) -> Option<usize> {
    let text = |key: &str| finding.get(key)?.as_str();
    let number = |key: &str| usize::try_from(finding.get(key)?.as_u64()?).ok();
    let (place, detector) = (text("place")?, text("detector")?);
    let (start, end) = (number("start")?, number("end")?);
    facts.findings.iter().position(|found| {
        found.place == place && found.detector == detector && (found.start, found.end) == (start, end)
    })
}

/// The place that an error of the compiler names: `--> file:line:column`.
pub(super) fn place(error: &str) -> Option<Place> {
    let (_, after) = error.split_once("--> ")?;
    let line = after.lines().next()?;
    let mut numbers = line.rsplit(':').map(|number| number.trim().parse().ok());
    let (column, line) = (numbers.next()??, numbers.next()??);
    Some(Place { line, column })
}

/// An error without the picture of its place.
pub(super) fn problem(error: &str) -> String {
    let told = error.rsplit_once("error: ").map_or(error, |(_, told)| told);
    told.trim().trim_end_matches('.').to_owned()
}
