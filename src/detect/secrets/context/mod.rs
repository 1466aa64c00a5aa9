//! Secrets without a format: a name that says what it is, a value that looks like one, a place where values
//! are written down. Names come first, because most text has none.

use std::ops::Range;

use super::engine::Candidate;
use super::form;
use super::judge::entropy;
use super::kinds::ASSIGNMENT;
use super::kinds::named::{NAMED, Named};
use super::placeholder::{is_specimen, stands_for_something};
use super::strange::surprise;
use crate::detect::Confidence;

mod assignment;
mod name;
mod place;
mod reader;
mod reference;
mod value;

use assignment::Assignment;
use name::Sense;

/// Words within names that are looked at.
pub(super) const WORDS: [&str; 13] = [
    "pass", "pwd", "secret", "token", "key", "cred", "auth", "salt", "nonce", "senha", "kennwort", "seed",
    "psw",
];

/// A word found in the text.
#[derive(Debug)]
pub(super) struct Label {
    pub(super) range: Range<usize>,
    /// The index in [`NAMED`] of the kind whose issuer this word names.
    pub(super) issuer: Option<usize>,
}

/// Looks at the names the labels stand in and at what is assigned to them.
pub(super) fn run(
    path: Option<&str>,
    text: &str,
    labels: &[Label],
    limit: usize,
    candidates: &mut Vec<Candidate>,
) {
    let mut rest = labels;
    while let Some(label) = rest.first() {
        if candidates.len() >= limit {
            return;
        }
        let name = assignment::name(text.as_bytes(), &label.range);
        let inside = rest
            .iter()
            .take_while(|label| label.range.start < name.end)
            .count()
            .max(1);
        let (within, after) = rest.split_at(inside);
        rest = after;
        // `AWS::ApiGateway::ApiKey` is a type.
        if text
            .get(..name.start)
            .is_some_and(|before| before.ends_with("::"))
        {
            continue;
        }
        let Some(written) = text.get(name.clone()) else {
            continue;
        };
        // Most names are of nothing secret, and telling that is cheaper than reading on.
        let sense = name::sense(written);
        let issued = within.iter().any(|label| label.issuer.is_some());
        if sense.is_none() && !issued {
            continue;
        }
        let Some(assignment) = assignment::read(path, text, name.clone()) else {
            continue;
        };
        let Some(value) = text.get(assignment.value.clone()) else {
            continue;
        };
        let named = within
            .iter()
            .filter_map(|label| NAMED.get(label.issuer?).map(|kind| (kind, &label.range)))
            .find(|(kind, issuer)| is_named(kind, text, issuer, &name, value));
        let (detector, confidence) = match (named, sense) {
            (Some((kind, _)), _) => (kind.id, kind.confidence),
            (None, Some(sense)) if is_secret(sense, written, value, &assignment) => {
                (ASSIGNMENT, Confidence::Low)
            }
            _ => continue,
        };
        candidates.push(Candidate {
            detector,
            confidence,
            range: assignment.value,
        });
    }
}

/// Whether the value has a form of the kind and the issuer is a word of the name.
fn is_named(kind: &Named, text: &str, issuer: &Range<usize>, name: &Range<usize>, value: &str) -> bool {
    kind.forms.iter().any(|form| form::fits(form, value))
        && name::is_word(text.as_bytes(), issuer)
        && (name.len() <= issuer.len() + 1 || text.get(name.clone()).is_some_and(name::speaks_of_access))
        && entropy(value.as_bytes()) >= if value.len() > 20 { 2.8 } else { 2.0 }
        && (value.bytes().any(|byte| byte.is_ascii_digit())
            || value.len() < 12
            || surprise(value.as_bytes()).0 > 4.5)
        && !is_specimen(value)
        && !stands_for_something(value)
}

/// Whether this looks drawn by lot, wherever it stands.
pub(super) fn is_drawn(value: &str) -> bool {
    !stands_for_something(value) && !reference::refers(value, true) && value::is_drawn(value, 10)
}

/// Whether the value is made of words that tell what belongs in its place.
pub(super) fn says_what_belongs_there(value: &str) -> bool {
    reference::repeats("", value)
}

/// Whether what is assigned to a name of this sense is the thing itself.
fn is_secret(sense: Sense, name: &str, value: &str, assignment: &Assignment) -> bool {
    let written_down = assignment.quoted || assignment.alone;
    // The look of the value first: it is cheap, and most values do not have it.
    let looks = match sense {
        Sense::Password => value::is_password(value, written_down),
        Sense::Secret => {
            value::is_drawn(value, if assignment.quoted { 10 } else { 14 })
                || written_down && value::is_short_secret(value)
        }
        Sense::Key => {
            (assignment.quoted || assignment.alone && name.len() > 4)
                && value::is_drawn(value, 16)
                && !value::is_identity(value)
        }
    };
    looks
        && !stands_for_something(value)
        && !reference::refers(value, assignment.quoted)
        && !reference::repeats(name, value)
}
