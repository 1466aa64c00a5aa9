use super::Rule;
use crate::domain::Severity::Warning;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "degenerate.loop",
    severity: Warning,
    what: "The text ends in the same unit over and over.",
    why: "A model that loops has lost the thread. A unit of at most 250 bytes, at least 4 times and 80 bytes.",
    example: "and then and then and then and then and then and then and then and then and then and then",
    mend: "Cut it off and ask for the rest again.",
    precision: Some("23 of 26 read by hand, of more than 100,000 public answers"),
}];
