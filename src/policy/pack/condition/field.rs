//! The fields by whose values rules are found.

use crate::policy::facts::Facts;

/// A field that has words for values. Labels, sizes and the completeness of a scan tell few rules apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::policy) enum Field {
    Kind,
    Tool,
    To,
    Method,
    Role,
    Agent,
    Output,
    Path,
    Host,
    Branch,
    Command,
    Effect,
    Program,
    Finding,
    Detector,
    Confidence,
}

impl Field {
    pub(in crate::policy) const ALL: [Self; 16] = [
        Self::Kind,
        Self::Tool,
        Self::To,
        Self::Method,
        Self::Role,
        Self::Agent,
        Self::Output,
        Self::Path,
        Self::Host,
        Self::Branch,
        Self::Command,
        Self::Effect,
        Self::Program,
        Self::Finding,
        Self::Detector,
        Self::Confidence,
    ];

    /// Whether it is about the action itself, in a rule that asks for effects of commands or one that does not.
    pub(in crate::policy) fn is_of_action(self, of_effects: bool) -> bool {
        match self {
            Self::Kind | Self::Tool | Self::To | Self::Method | Self::Role | Self::Agent | Self::Output => {
                true
            }
            Self::Path | Self::Host | Self::Branch => !of_effects,
            Self::Command
            | Self::Effect
            | Self::Program
            | Self::Finding
            | Self::Detector
            | Self::Confidence => false,
        }
    }

    /// Gives `take` all values that the field has in these facts; some of them more than once.
    pub(in crate::policy) fn each(self, facts: &Facts, mut take: impl FnMut(&str)) {
        let effects = facts.effects.iter();
        match self {
            Self::Kind => take(facts.kind.name()),
            Self::To => take(facts.to.name()),
            Self::Tool => facts.tool.iter().for_each(|tool| take(tool)),
            Self::Method => facts.method.iter().for_each(|method| take(method)),
            Self::Role => facts.role.iter().for_each(|role| take(role)),
            Self::Agent => facts.agent.iter().for_each(|agent| take(agent)),
            Self::Output => facts.output.iter().for_each(|output| take(output)),
            Self::Path => {
                let paths = effects.filter_map(|effect| effect.path.as_ref());
                paths.chain(&facts.path).for_each(|path| take(path));
            }
            Self::Host => {
                let hosts = effects.filter_map(|effect| effect.host.as_ref());
                hosts.chain(&facts.host).for_each(|host| take(host));
            }
            Self::Branch => {
                let branches = effects.filter_map(|effect| effect.branch.as_ref());
                branches.chain(&facts.branch).for_each(|branch| take(branch));
            }
            Self::Command => effects.for_each(|effect| take(&effect.id)),
            Self::Effect => effects.for_each(|effect| take(&effect.family)),
            Self::Program => effects.for_each(|effect| take(&effect.program)),
            Self::Finding => facts.findings.iter().for_each(|found| take(found.class.name())),
            Self::Detector => facts.findings.iter().for_each(|found| take(&found.detector)),
            Self::Confidence => {
                let sure = facts.findings.iter().map(|found| found.confidence.name());
                sure.for_each(take);
            }
        }
    }
}
