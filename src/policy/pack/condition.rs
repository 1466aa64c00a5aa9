//! What a rule asks of the facts.

use serde::Deserialize;

use crate::detect::Class;
use crate::domain::{ActionKind, Destination, Label};
use crate::policy::detect::shell::{self, Effect};
use crate::policy::facts::{Facts, Found};
use crate::policy::glob;

mod field;
mod test;

pub(in crate::policy) use field::Field;
use test::Test;

/// All of these must hold; an absent one asks nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Conditions {
    /// The kind of action.
    kind: Option<Test>,
    /// The tool.
    tool: Option<Test>,
    /// Where the content ends up.
    to: Option<Test>,
    /// The HTTP method.
    method: Option<Test>,
    /// Bytes of text in the action.
    bytes: Option<Test>,
    /// The role that acts.
    role: Option<Test>,
    /// The agent that acts.
    agent: Option<Test>,
    /// What the content is: `code`.
    output: Option<Test>,
    /// Where its data comes from or what it holds, with all that the run took in before.
    label: Option<Test>,
    /// Whether all of it was looked at: `complete`, `incomplete`, `failed`.
    scan: Option<Test>,
    /// The file, or what the command's effect happens to.
    path: Option<Test>,
    /// The host of the action or of the command's effect.
    host: Option<Test>,
    /// The branch of the action or of the command's effect.
    branch: Option<Test>,
    /// An effect of a command by its id.
    command: Option<Test>,
    /// An effect of a command by its family.
    effect: Option<Test>,
    /// The program that has the effect.
    program: Option<Test>,
    /// The class of a finding.
    finding: Option<Test>,
    /// The detector's rule.
    detector: Option<Test>,
    /// How sure the detector is.
    confidence: Option<Test>,
}

impl Conditions {
    /// Whether nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.named().next().is_none()
    }

    /// Whether one effect of a command is asked for.
    #[must_use]
    pub fn speaks_of_effects(&self) -> bool {
        self.command.is_some() || self.effect.is_some() || self.program.is_some()
    }

    /// Whether one finding is asked for.
    #[must_use]
    pub fn speaks_of_findings(&self) -> bool {
        self.finding.is_some() || self.detector.is_some() || self.confidence.is_some()
    }

    /// Whether what the run took in is asked for.
    #[must_use]
    pub fn speaks_of_labels(&self) -> bool {
        self.label.is_some()
    }

    /// Whether what is asked of the action itself holds for sure; `with_effect` leaves path, host and branch to
    /// [`Self::holds_of_effect`].
    #[must_use]
    pub fn holds_of_action(&self, facts: &Facts, with_effect: bool) -> bool {
        !self.guesses_label(facts) && self.may_hold_of_action(facts, with_effect)
    }

    /// Whether nobody knows if the run has the label that is asked for.
    #[must_use]
    pub fn guesses_label(&self, facts: &Facts) -> bool {
        // A run gets labels and never loses one.
        let is_sure = |test: &Test| test.any(labels(facts)) && matches!(test, Test::OneOf(_));
        facts.run_unknown && self.label.as_ref().is_some_and(|test| !is_sure(test))
    }

    /// The same, taking a label to be as it is asked for where nobody knows.
    #[must_use]
    pub fn may_hold_of_action(&self, facts: &Facts, with_effect: bool) -> bool {
        let place = |test: &Option<Test>, value: &Option<String>, slash| {
            with_effect || holds(test.as_ref(), value.as_deref(), slash)
        };
        holds(self.kind.as_ref(), Some(facts.kind.name()), None)
            && holds(self.tool.as_ref(), facts.tool.as_deref(), None)
            && holds(self.to.as_ref(), Some(facts.to.name()), None)
            && holds(self.method.as_ref(), facts.method.as_deref(), None)
            && self.bytes.as_ref().is_none_or(|test| test.number(facts.bytes))
            && holds(self.role.as_ref(), facts.role.as_deref(), None)
            && holds(self.agent.as_ref(), facts.agent.as_deref(), None)
            && holds(self.scan.as_ref(), Some(facts.scan.name()), None)
            && holds(self.output.as_ref(), facts.output.as_deref(), None)
            && self
                .label
                .as_ref()
                .is_none_or(|test| facts.run_unknown || test.any(labels(facts)))
            && place(&self.path, &facts.path, SLASH)
            && place(&self.host, &facts.host, None)
            && place(&self.branch, &facts.branch, SLASH)
    }

    /// Whether what is asked of a command's effect holds of this one.
    #[must_use]
    pub fn holds_of_effect(&self, effect: &Effect) -> bool {
        holds(self.command.as_ref(), Some(&effect.id), None)
            && holds(self.effect.as_ref(), Some(&effect.family), None)
            && holds(self.program.as_ref(), Some(&effect.program), None)
            && holds(self.path.as_ref(), effect.path.as_deref(), SLASH)
            && holds(self.host.as_ref(), effect.host.as_deref(), None)
            && holds(self.branch.as_ref(), effect.branch.as_deref(), SLASH)
    }

    /// Whether what is asked of a finding holds of this one.
    #[must_use]
    pub fn holds_of_finding(&self, found: &Found) -> bool {
        holds(self.finding.as_ref(), Some(found.class.name()), None)
            && holds(self.detector.as_ref(), Some(&*found.detector), None)
            && holds(self.confidence.as_ref(), Some(found.confidence.name()), None)
    }

    /// The facts about the action itself that are asked for, in words.
    pub fn words<'a>(&'a self, facts: &'a Facts) -> impl Iterator<Item = String> + 'a {
        let values = move |field: &str| match field {
            "kind" => Some(facts.kind.name().to_owned()),
            "tool" => facts.tool.clone(),
            "to" => Some(facts.to.name().to_owned()),
            "method" => facts.method.clone(),
            "bytes" => Some(facts.bytes.to_string()),
            "role" => facts.role.clone(),
            "agent" => facts.agent.clone(),
            "scan" => Some(facts.scan.name().to_owned()),
            "output" => facts.output.clone(),
            "label" => Some(labels(facts).collect::<Vec<_>>().join(", ")),
            "path" => facts.path.clone(),
            "host" => facts.host.clone(),
            "branch" => facts.branch.clone(),
            _ => None,
        };
        self.named().filter_map(move |(field, _)| {
            let value: String = values(field)?.chars().take(120).collect();
            Some(format!("{field} is {value}"))
        })
    }

    /// Whether it is about actions of that kind in particular: it names the kind, or where such content goes.
    #[must_use]
    pub fn names_kind(&self, kind: ActionKind) -> bool {
        let by_commands = self.kind.is_none() && self.speaks_of_effects();
        let named = |test: &Test| test.holds(Some(kind.name()), None);
        self.kind.as_ref().is_some_and(named)
            || by_commands && matches!(kind, ActionKind::Shell | ActionKind::Sql | ActionKind::FileRead)
            || self.kind.is_none() && self.to.as_ref().is_some_and(|to| goes_to(kind, to))
    }

    /// A value that no fact ever has.
    pub(super) fn fault(&self) -> Option<String> {
        let known = |field: &str, test: &Test, values: &[String]| {
            let strange = test
                .literals()
                .find(|value| !values.iter().any(|known| glob::matches(value, known, None)))?;
            Some(format!(
                "`{field}: {strange}` never holds; `{field}` is one of {}",
                values.join(", ")
            ))
        };
        self.named().find_map(|(field, test)| {
            if matches!(test, Test::Number { .. }) != (field == "bytes") && !matches!(test, Test::Present(_))
            {
                return Some(format!(
                    "`{field}` {}",
                    if field == "bytes" {
                        "takes a number such as \"> 1000\""
                    } else {
                        "takes no number"
                    }
                ));
            }
            let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
            match field {
                "kind" => known(field, test, &words(&ActionKind::ALL.map(ActionKind::name))),
                "to" => known(field, test, &words(&Destination::ALL.map(Destination::name))),
                "label" => known(field, test, &words(&Label::ALL.map(Label::name))),
                "scan" => known(field, test, &words(&["complete", "incomplete", "failed"])),
                "finding" => known(field, test, &words(&Class::ALL.map(Class::name))),
                "confidence" => known(field, test, &words(&["low", "medium", "high"])),
                "effect" => known(field, test, &shell::FAMILIES),
                "command" => known(field, test, &shell::EFFECT_IDS),
                _ => None,
            }
        })
    }

    /// Whether everything that meets these conditions surely meets `other`: a no may only mean that it cannot be
    /// told.
    pub(super) fn implies(&self, other: &Self) -> bool {
        other.named().all(|(field, asked)| {
            let own = self.named().find(|(name, _)| *name == field);
            let slash = matches!(field, "path" | "branch").then_some(SLASH).flatten();
            own.is_some_and(|(_, own)| own.implies(asked, slash))
        })
    }

    /// The fields of which one of these values, and no other, has to be a fact where the conditions hold.
    pub(in crate::policy) fn words_asked(&self) -> impl Iterator<Item = (Field, &[String])> {
        let asked = Field::ALL.into_iter();
        asked.filter_map(|field| match self.of(field)? {
            Test::OneOf(words) if words.iter().all(|word| !glob::is_pattern(word)) => {
                Some((field, words.as_slice()))
            }
            _ => None,
        })
    }

    fn of(&self, field: Field) -> Option<&Test> {
        match field {
            Field::Kind => &self.kind,
            Field::Tool => &self.tool,
            Field::To => &self.to,
            Field::Method => &self.method,
            Field::Role => &self.role,
            Field::Agent => &self.agent,
            Field::Output => &self.output,
            Field::Path => &self.path,
            Field::Host => &self.host,
            Field::Branch => &self.branch,
            Field::Command => &self.command,
            Field::Effect => &self.effect,
            Field::Program => &self.program,
            Field::Finding => &self.finding,
            Field::Detector => &self.detector,
            Field::Confidence => &self.confidence,
        }
        .as_ref()
    }

    fn named(&self) -> impl Iterator<Item = (&'static str, &Test)> {
        [
            ("kind", &self.kind),
            ("tool", &self.tool),
            ("to", &self.to),
            ("method", &self.method),
            ("bytes", &self.bytes),
            ("role", &self.role),
            ("agent", &self.agent),
            ("scan", &self.scan),
            ("output", &self.output),
            ("label", &self.label),
            ("path", &self.path),
            ("host", &self.host),
            ("branch", &self.branch),
            ("command", &self.command),
            ("effect", &self.effect),
            ("program", &self.program),
            ("finding", &self.finding),
            ("detector", &self.detector),
            ("confidence", &self.confidence),
        ]
        .into_iter()
        .filter_map(|(name, test)| Some((name, test.as_ref()?)))
    }
}

/// The separator that a single `*` does not cross.
const SLASH: Option<u8> = Some(b'/');

fn labels(facts: &Facts) -> impl Iterator<Item = &'static str> + Clone {
    facts.labels.iter().map(|label| label.name())
}

fn holds(test: Option<&Test>, value: Option<&str>, separator: Option<u8>) -> bool {
    test.is_none_or(|test| test.holds(value, separator))
}

/// Whether content of such actions goes to one of these places, when they do not say where.
fn goes_to(kind: ActionKind, to: &Test) -> bool {
    let place = match kind {
        ActionKind::Http | ActionKind::ToolCall => Destination::Network,
        ActionKind::ModelRequest => Destination::ModelRemote,
        ActionKind::Message => Destination::Message,
        ActionKind::MemoryWrite => Destination::Memory,
        ActionKind::FileWrite => Destination::File,
        _ => return false,
    };
    to.holds(Some(place.name()), None)
}
