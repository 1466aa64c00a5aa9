//! Social security numbers of the United States: three, two and four digits in ranges that are issued.

use super::number::Run;
use super::{Found, announced};
use crate::detect::Confidence;

const WORDS: [&str; 7] = [
    "ssn",
    "social security",
    "social",
    "ss#",
    "socialsecurity",
    "tax id",
    "itin",
];

/// The number, when this is one.
pub(super) fn check(text: &[u8], run: &Run) -> Option<Found> {
    let written = run.is(&[3, 2, 4]) && run.joined_by(b"- ") && !run.plus && !run.parentheses;
    let solid = run.is(&[9]) && !run.plus;
    let (area, group, serial) = (run.value(0..3), run.value(3..5), run.value(5..9));
    let issued = !matches!(area, 0 | 666 | 900..) && group != 0 && serial != 0;
    // The number of a wallet card of 1938 and that of an advertisement, both never valid since.
    let published = matches!(
        (area, group, serial),
        (78, 5, 1120) | (219, 9, 9999) | (123, 45, 6789)
    );
    if !(written || solid) || !issued || published {
        return None;
    }
    let touched = run.range.start.checked_sub(1).and_then(|at| text.get(at));
    let goes_on = text.get(run.range.end);
    if touched.is_some_and(|byte| b".-/".contains(byte)) || goes_on.is_some_and(|byte| b"-/".contains(byte)) {
        return None;
    }
    let told = announced(text, run.range.start, 50, &WORDS);
    match (told, solid) {
        (true, _) => Some(("us-ssn", Confidence::High, run.range.clone())),
        (false, false) if run.gaps.first() == Some(&b'-') => {
            Some(("us-ssn", Confidence::Medium, run.range.clone()))
        }
        _ => None,
    }
}
