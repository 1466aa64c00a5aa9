//! `firstmate policy check`: the rules in force, and what is odd about them.

use std::fmt::Write as _;

use super::answer::effect;
use super::counted;
use crate::cli::screen::{Ink, Screen, cut, padded, visible};
use crate::policy::Bundle;

/// The rules by pack, then the warnings.
#[must_use]
pub fn told(bundle: &Bundle, screen: Screen) -> String {
    let rules: Vec<_> = bundle.by_pack().collect();
    let widest = rules.iter().map(|(_, rule)| rule.id.len()).max().unwrap_or(0);
    let mut said = String::new();
    let mut pack = "";
    let mut n_packs = 0;
    for (name, rule) in &rules {
        if pack != *name {
            pack = name;
            n_packs += 1;
            let _written = writeln!(said, "{}", screen.ink(Ink::Strong, &visible(name)));
        }
        let mode = if rule.shadow { " (only records)" } else { "" };
        let effect = format!("{}{mode}", effect(rule.effect));
        let why = cut(&rule.why, screen.room(2 + widest + 2 + 18));
        let line = format!("  {}  {}  {why}", padded(&rule.id, widest), padded(&effect, 16));
        let _written = writeln!(said, "{}", line.trim_end());
    }
    let _written = writeln!(
        said,
        "{} in {}, bundle {}",
        counted(rules.len() as u64, "rule"),
        counted(n_packs, "pack"),
        bundle.hash()
    );
    for remark in bundle.remarks() {
        let at = remark.at.map(|at| format!(":{}:{}", at.line, at.column));
        let place = match &remark.pack {
            Some(pack) => format!("{}{}: ", visible(pack), at.unwrap_or_default()),
            None => String::new(),
        };
        let warning = screen.ink(Ink::Warning, "warning");
        let _written = writeln!(said, "{warning}: {place}{}", visible(&remark.what));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Source;

    fn warnings(rules: &str) -> Vec<String> {
        let source = Source {
            name: "rules.yaml".to_owned(),
            text: format!("version: 1\nrules:\n{rules}"),
        };
        let told = told(&Bundle::load(&[source]).unwrap(), Screen::file());
        let warnings = told
            .lines()
            .filter(|line| line.starts_with("warning: rules.yaml"));
        warnings.map(str::to_owned).collect()
    }

    #[test]
    fn a_rule_that_does_what_a_built_in_one_does_is_told() {
        let again = "  - {id: again, when: {finding: secret, confidence: high, to: network}, then: warn,\n     \
                     tests: {no_match: [{kind: shell, content: ls}]}}\n";
        assert_eq!(
            warnings(again),
            [
                "warning: rules.yaml:3:10: rule again changes nothing: whatever it matches, the built-in \
              secrets-stay-home matches and does as much"
            ]
        );
        let tells = "  - {id: tells, when: {finding: secret, confidence: high, to: network}, then: deny, fix: Ask Eve.,\n     \
                     tests: {no_match: [{kind: shell, content: ls}]}}\n";
        assert!(warnings(tells).is_empty());
    }

    #[test]
    fn a_deny_without_a_way_out_and_a_rule_without_tests_are_told() {
        let found = warnings("  - {id: no-curl, when: {program: curl}, then: deny}\n");
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("without a `fix`") && found[1].contains("no tests"));
    }

    #[test]
    fn every_rule_is_listed_with_what_it_does() {
        let told = told(&Bundle::builtin(), Screen::file());
        assert!(
            told.starts_with("firstmate:secrets@1\n  secrets-stay-home"),
            "{told}"
        );
        assert!(told.contains(" in 6 packs, bundle "), "{told}");
    }
}
