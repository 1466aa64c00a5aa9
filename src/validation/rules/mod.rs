//! What each rule is, for people: the pages that `docs/rules.md` and `firstmate validate --explain` show.
//!
//! One file per family. A finding whose rule has no page is a bug, and fails the tests.

mod complete;
mod dangers;
mod degenerate;
mod ground;
mod imports;
mod json;
mod patch;
mod refusal;
mod request;
mod schema;
mod secret;
mod syntax;

use std::fmt::Write as _;

use crate::domain::Severity;

/// A rule as it is explained to people.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The stable id; what stands in angle brackets is filled in: `schema.<keyword>`.
    pub id: &'static str,
    /// The worst that a finding of it can be; an error makes the verdict `fail`.
    pub severity: Severity,
    /// What it finds.
    pub what: &'static str,
    /// Why that is a defect, and what is let through.
    pub why: &'static str,
    /// Output that breaks it.
    pub example: &'static str,
    /// How to mend it.
    pub mend: &'static str,
    /// How often a finding was a real defect, and on what that was counted.
    pub precision: Option<&'static str>,
}

/// All rules, family by family.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    [
        syntax::RULES,
        json::RULES,
        patch::RULES,
        imports::RULES,
        schema::RULES,
        complete::RULES,
        dangers::RULES,
        degenerate::RULES,
        refusal::RULES,
        ground::RULES,
        request::RULES,
        secret::RULES,
    ]
    .into_iter()
    .flatten()
}

/// The rule that `id` names, as a finding carries it or as the page does.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id).or_else(|| {
        all().find(|rule| {
            rule.id
                .split_once('<')
                .and_then(|(start, _)| id.strip_prefix(start))
                .is_some_and(|rest| !rest.is_empty() && !rest.contains('.'))
        })
    })
}

impl Rule {
    /// The page of the rule, as Markdown.
    #[must_use]
    pub fn page(&self) -> String {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        };
        let fence = "`".repeat(longest_run(self.example).max(2) + 1);
        let mut page = format!(
            "## `{}`\n{} Severity: {severity} at most.\n\n{}\n\n{fence}text\n{}\n{fence}\n\n**Mend:** {}\n",
            self.id, self.what, self.why, self.example, self.mend
        );
        if let Some(precision) = self.precision {
            let _ = writeln!(page, "\n**Precision:** {precision}");
        }
        page
    }
}

/// The length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_rule_has_one_whole_page() {
        let mut ids = HashSet::new();
        for rule in all() {
            assert!(ids.insert(rule.id), "{} stands twice", rule.id);
            for text in [rule.what, rule.why, rule.example, rule.mend] {
                assert!(!text.trim().is_empty(), "{} says too little", rule.id);
            }
            assert!(
                rule.what.ends_with('.') && rule.mend.ends_with('.'),
                "{}",
                rule.id
            );
            // Only what is nearly always right may make work fail.
            let is_sure = rule.severity < Severity::Error || rule.precision.is_some();
            assert!(is_sure, "{} does not say how sure it is", rule.id);
        }
    }

    #[test]
    fn a_finding_leads_to_its_page() {
        assert_eq!(
            find("schema.required").map(|rule| rule.id),
            Some("schema.<keyword>")
        );
        assert_eq!(find("schema").map(|rule| rule.id), Some("schema"));
        assert_eq!(find("complete.stub").map(|rule| rule.id), Some("complete.stub"));
        assert!(find("schema.").is_none() && find("complete").is_none());
    }
}
