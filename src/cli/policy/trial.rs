//! `firstmate policy test`: how the inline tests of each rule went.

use std::fmt::Write as _;

use super::counted;
use crate::cli::screen::{Ink, Screen, padded, visible};
use crate::policy::pack::trial::Trial;

/// The trials of each pack, with the failures below their rule.
#[must_use]
pub fn told(packs: &[(String, Vec<Trial>)], screen: Screen) -> String {
    let trials = || packs.iter().flat_map(|(_, trials)| trials);
    let widest = trials().map(|trial| trial.rule.len()).max().unwrap_or(0);
    let mut said = String::new();
    for (pack, trials) in packs {
        let _written = writeln!(said, "{}", screen.ink(Ink::Strong, &visible(pack)));
        for trial in trials {
            let counts = match trial.n_tests {
                0 => screen.ink(Ink::Faint, "no tests"),
                n => format!("{} of {n} passed", trial.passed()),
            };
            let _written = writeln!(said, "  {}  {counts}", padded(&trial.rule, widest));
            for failure in &trial.failures {
                let failed = screen.ink(Ink::Warning, "failed");
                let _written = writeln!(
                    said,
                    "    {failed}: {}:{}:{}: {}",
                    visible(pack),
                    failure.at.line,
                    failure.at.column,
                    visible(&failure.detail)
                );
            }
        }
    }
    let total: usize = trials().map(|trial| trial.n_tests).sum();
    let passed: usize = trials().map(Trial::passed).sum();
    let _written = writeln!(
        said,
        "{passed} of {} passed, {}",
        counted(total as u64, "test"),
        counted(trials().count() as u64, "rule")
    );
    said
}

/// Whether a test failed.
#[must_use]
pub fn is_failure(packs: &[(String, Vec<Trial>)]) -> bool {
    packs
        .iter()
        .flat_map(|(_, trials)| trials)
        .any(|trial| !trial.failures.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Source;
    use crate::policy::pack::trial;

    #[test]
    fn all_failures_are_told_not_only_the_first() {
        let source = Source {
            name: "rules.yaml".to_owned(),
            text: "version: 1\nrules:\n  - id: no-curl\n    when: {program: curl}\n    then: deny\n    tests:\n      match:\n        \
                   - {kind: shell, content: wget x}\n        - {kind: shell, content: curl x}\n        - {kind: shell, content: ls}\n  \
                   - {id: untested, when: {kind: sql}, then: warn}\n"
                .to_owned(),
        };
        let packs = [(source.name.clone(), trial::run(&source).unwrap())];
        assert!(is_failure(&packs));
        insta::assert_snapshot!(told(&packs, Screen::file()), @r"
        rules.yaml
          no-curl   1 of 3 passed
            failed: rules.yaml:8:11: does not match an action it must match
            failed: rules.yaml:10:11: does not match an action it must match
          untested  no tests
        1 of 3 tests passed, 2 rules
        ");
    }
}
