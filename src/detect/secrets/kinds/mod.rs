//! The credentials that are known, as data: one table for each family of issuers.
//!
//! Formats are those their issuers publish or print. A kind is a pattern that nothing else has, or, in
//! [`named`], the shape of a value that is told only by the issuer's name beside it.

use super::super::Confidence;

mod chat;
mod clouds;
mod code;
mod data;
mod keys;
mod mail;
mod models;
mod money;
pub(super) mod named;
mod places;
mod ship;
mod watch;
mod work;

/// A kind of credential that is told by its own format.
#[derive(Debug)]
pub(super) struct Kind {
    /// Its id in findings: `github-pat`.
    pub(super) id: &'static str,
    /// How sure a match is.
    pub(super) confidence: Confidence,
    /// Text one of which is near every match; the pattern runs only around these. All lower case: any case
    /// matches; otherwise exactly this one.
    pub(super) keywords: &'static [&'static str],
    /// ASCII regular expression; the credential is the first group that took part. Without a group it is the
    /// whole match, which then must not be part of a longer word.
    pub(super) pattern: &'static str,
    /// Least Shannon entropy of the credential, in bits a character.
    pub(super) entropy: f64,
    /// A made-up specimen for tests: `{36:m}` stands for 36 generated characters, see [`super::sample`].
    pub(super) sample: &'static str,
}

/// The id of what only a name and a value tell.
pub(super) const ASSIGNMENT: &str = "assignment";

/// A specimen of it.
pub(super) const ASSIGNMENT_SAMPLE: &str = "password = \"{18:m}\"";

/// Kinds whose value a person may have typed, or that stand where a placeholder is likely.
pub(super) const TYPED: [&str; 8] = [
    "sql-password",
    "curl-user",
    "url-password",
    "database-url",
    "nuget-password",
    "netrc-password",
    "secure-string",
    "sshpass-password",
];

/// Kinds that only a file of this name holds, where the name is known: the end of its path, in lower case.
pub(super) const ONLY_IN: [(&str, &str); 1] = [("nuget-password", "nuget.config")];

/// The tables, the most common first.
pub(super) const FAMILIES: [&[Kind]; 12] = [
    code::KINDS,
    clouds::KINDS,
    models::KINDS,
    chat::KINDS,
    mail::KINDS,
    money::KINDS,
    watch::KINDS,
    data::KINDS,
    work::KINDS,
    ship::KINDS,
    keys::KINDS,
    places::KINDS,
];

/// Every kind that has a format of its own.
pub(super) fn formats() -> impl Iterator<Item = &'static Kind> {
    FAMILIES.into_iter().flatten()
}

const fn kind(
    confidence: Confidence,
    id: &'static str,
    keywords: &'static [&'static str],
    entropy: f64,
    pattern: &'static str,
    sample: &'static str,
) -> Kind {
    Kind {
        id,
        confidence,
        keywords,
        pattern,
        entropy,
        sample,
    }
}
