//! A firstmate that reads no Rego: there is no policy, so nothing has to be done with one.

use std::convert::Infallible;

use super::Said;
use crate::domain::Effect;
use crate::policy::error::Error;
use crate::policy::facts::Facts;
use crate::policy::pack::Source;
use crate::policy::pack::trial::Trial;

/// A policy, which there is none of.
#[derive(Debug)]
pub struct Policy(Infallible);

impl Policy {
    /// Refuses every policy.
    ///
    /// # Errors
    /// Always.
    pub fn read(source: &Source) -> Result<Self, Error> {
        Err(Error::Pack {
            pack: source.name.clone(),
            at: None,
            detail: "this firstmate reads no Rego; build it with `--features rego`".to_owned(),
        })
    }

    pub(super) fn judge(&self, _: &Facts) -> Vec<Said> {
        match self.0 {}
    }

    pub(in crate::policy) fn name(&self) -> &str {
        match self.0 {}
    }

    pub(super) fn sets(&self) -> Vec<(String, Effect)> {
        match self.0 {}
    }

    pub(in crate::policy) fn trials(&self) -> Result<Vec<Trial>, Error> {
        match self.0 {}
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::{Bundle, Source};

    #[test]
    fn a_policy_in_rego_is_refused_in_words() {
        let source = Source {
            name: "team.rego".to_owned(),
            text: "package team\n".to_owned(),
        };
        let refused = Bundle::load(&[source]).unwrap_err().to_string();
        assert!(
            refused.contains("team.rego") && refused.contains("--features rego"),
            "{refused}"
        );
    }
}
