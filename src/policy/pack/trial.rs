//! The inline tests of rules, run.

use serde_saphyr::Spanned;

use super::case::Case;
use super::{Rule, Source};
use crate::policy::error::{Error, Place};
use crate::policy::{eval, rego};

/// How the inline tests of a rule went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// The rule.
    pub rule: String,
    /// Tests it has.
    pub n_tests: usize,
    /// Those that failed.
    pub failures: Vec<Failure>,
}

/// A test that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Where the test stands in its pack.
    pub at: Place,
    /// What is wrong.
    pub detail: String,
}

/// Runs the inline tests of all rules of a pack.
///
/// # Errors
/// When the pack cannot be read; a test that fails is an answer.
pub fn run(source: &Source) -> Result<Vec<Trial>, Error> {
    if rego::is_rego(source) {
        return rego::trials(source);
    }
    let rules = super::read(source)?;
    Ok(rules.iter().map(Trial::of).collect())
}

impl Trial {
    /// Runs the inline tests of one rule.
    #[must_use]
    pub fn of(rule: &Rule) -> Self {
        let tests = &rule.tests;
        let matching = tests.matches.iter().map(|case| (case, true));
        let expected = matching.chain(tests.no_match.iter().map(|case| (case, false)));
        Self {
            rule: rule.id.clone(),
            n_tests: tests.matches.len() + tests.no_match.len(),
            failures: expected
                .filter_map(|(case, matches)| failure(rule, case, matches))
                .collect(),
        }
    }

    /// How many passed.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.n_tests - self.failures.len()
    }
}

fn failure(rule: &Rule, case: &Spanned<Case>, matches: bool) -> Option<Failure> {
    let detail = match case.value.facts() {
        Err(detail) => detail,
        Ok(facts) if eval::matches(rule, &facts) == matches => return None,
        Ok(_) if matches => "does not match an action it must match".to_owned(),
        Ok(_) => "matches an action it must not match".to_owned(),
    };
    Some(Failure {
        at: case.referenced.into(),
        detail,
    })
}
