//! A rule that the record speaks for, and trying it.

use serde::{Deserialize, Serialize};

use crate::policy::{Bundle, Source};

/// A rule that the record speaks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Its id.
    pub id: String,
    /// The rule as it stands in a pack, indented as an item of `rules`.
    pub yaml: String,
    /// How often, since when, and what the rule would be good for.
    pub evidence: String,
    /// How often it happened.
    pub times: u64,
    /// The user's own rule that needs this exception for the proposal to have an effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<Exception>,
}

/// What to add to a rule that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// The rule.
    pub rule: String,
    /// Its `unless`, in YAML.
    pub unless: String,
}

/// The proposals as one pack.
#[must_use]
pub fn pack<'a>(proposals: impl IntoIterator<Item = &'a Proposal>) -> Source {
    let rules: String = proposals
        .into_iter()
        .map(|proposal| proposal.yaml.as_str())
        .collect();
    let rules = if rules.is_empty() {
        " []\n".to_owned()
    } else {
        format!("\n{rules}")
    };
    Source {
        name: "suggestions.yaml".to_owned(),
        text: format!("version: 1\nrules:{rules}"),
    }
}

impl Proposal {
    /// The rules in force with this one, to be tried on the record; `None` when it would be refused or adds nothing.
    #[must_use]
    pub fn tried(&self, in_force: &[Source]) -> Option<Bundle> {
        let own = [pack([self])];
        // It has to stand on its own, too.
        Bundle::load(&own).ok()?;
        match &self.exception {
            None => Bundle::load(&[in_force, &own].concat()).ok(),
            // Before the rule has its exception, a warning beside it would change nothing, and be refused.
            Some(exception) => Bundle::load(in_force)
                .ok()?
                .excepting(&exception.rule, &exception.unless),
        }
    }
}
