//! What the addresses of resources mean: `firstmate://run/0191a2b3/graph`.

use std::fmt::Write as _;

use crate::domain::{LessonId, RunId, StepId, TaskType};

/// In front of every address.
pub(crate) const SCHEME: &str = "firstmate://";
/// Values as JSON.
pub(crate) const JSON: &str = "application/json";
/// A flowchart for Mermaid.
pub(crate) const MERMAID: &str = "text/vnd.mermaid";
/// A longer address leads nowhere, in bytes.
pub(crate) const LONGEST: usize = 1_000;

/// A place that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    Policy,
    Packs,
    Audit,
    Entry(u64),
    Proof(u64),
    Models,
    Model(String),
    Kind(TaskType),
    Templates,
    Template(String),
    TemplateGraph(String),
    Runs,
    Run(RunId),
    RunGraph(RunId),
    RunHistory(RunId),
    Step(RunId, StepId),
    Lessons,
    Labelled(String),
    Lesson(LessonId),
}

/// A shape of addresses, as clients are told of it.
#[derive(Debug)]
pub(crate) struct Shape {
    /// As RFC 6570 has it, behind the scheme.
    pub(crate) path: &'static str,
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) about: &'static str,
    pub(crate) mime: &'static str,
    /// How much of it a host should care, from 0 to 1.
    pub(crate) priority: f32,
}

const fn shape(
    path: &'static str,
    name: &'static str,
    title: &'static str,
    about: &'static str,
    mime: &'static str,
    priority: f32,
) -> Shape {
    Shape {
        path,
        name,
        title,
        about,
        mime,
        priority,
    }
}

/// All shapes with something to fill in.
pub(crate) const SHAPES: [Shape; 12] = [
    shape(
        "run/{run_id}",
        "run",
        "A run",
        "Where a run stands, as run_crew tells it.",
        JSON,
        0.9,
    ),
    shape(
        "run/{run_id}/graph",
        "run-graph",
        "A run as a picture",
        "The steps of a run and where each stands, for Mermaid.",
        MERMAID,
        0.6,
    ),
    shape(
        "run/{run_id}/history",
        "run-history",
        "The story of a run",
        "The steps of a run with their attempts and checks, and its timeline.",
        JSON,
        0.6,
    ),
    shape(
        "run/{run_id}/step/{step_id}",
        "step",
        "An output",
        "The recorded output of a step, its first 20 KB.",
        JSON,
        0.8,
    ),
    shape(
        "lesson/{lesson_id}",
        "lesson",
        "A lesson",
        "A lesson with everything that is kept about it.",
        JSON,
        0.7,
    ),
    shape(
        "lessons/{tag}",
        "lessons-by-label",
        "Lessons with a label",
        "The newest lessons with this label, 100 at most.",
        JSON,
        0.6,
    ),
    shape(
        "template/{template}",
        "template",
        "A template",
        "What a crew template does: roles, steps, parameters.",
        JSON,
        0.5,
    ),
    shape(
        "template/{template}/graph",
        "template-graph",
        "A template as a picture",
        "The steps of a template, for Mermaid.",
        MERMAID,
        0.4,
    ),
    shape(
        "model/{model_id}",
        "model",
        "A model",
        "What the routing catalogue says of a model: price, speed, abilities.",
        JSON,
        0.4,
    ),
    shape(
        "task_type/{task_type}",
        "task-type",
        "A kind of work",
        "Which models the catalogue holds likely to succeed at it, best first.",
        JSON,
        0.4,
    ),
    shape(
        "audit/{seq}",
        "audit-entry",
        "A decision",
        "An entry of the audit log: what was decided about what, by which rules.",
        JSON,
        0.3,
    ),
    shape(
        "audit/{seq}/proof",
        "audit-proof",
        "Proof of a decision",
        "What shows that the entry is in the log: hashes up to a signed checkpoint.",
        JSON,
        0.2,
    ),
];

impl Address {
    /// The place that `uri` leads to; `None` when it leads nowhere.
    pub(crate) fn parse(uri: &str) -> Option<Self> {
        let path = uri.strip_prefix(SCHEME).filter(|_| uri.len() <= LONGEST)?;
        let parts: Vec<String> = path.split('/').map(plain).collect::<Option<_>>()?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        Some(match *parts.as_slice() {
            ["policy"] => Self::Policy,
            ["policy", "packs"] => Self::Packs,
            ["audit"] => Self::Audit,
            ["audit", seq] => Self::Entry(seq.parse().ok()?),
            ["audit", seq, "proof"] => Self::Proof(seq.parse().ok()?),
            ["models"] => Self::Models,
            ["model", id] => Self::Model(id.to_owned()),
            ["task_type", name] => Self::Kind(TaskType::KINDS.into_iter().find(|kind| kind.name() == name)?),
            ["templates"] => Self::Templates,
            ["template", name] => Self::Template(name.to_owned()),
            ["template", name, "graph"] => Self::TemplateGraph(name.to_owned()),
            ["runs"] => Self::Runs,
            ["run", run] => Self::Run(RunId::new(run)),
            ["run", run, "graph"] => Self::RunGraph(RunId::new(run)),
            ["run", run, "history"] => Self::RunHistory(RunId::new(run)),
            ["run", run, "step", step] => Self::Step(RunId::new(run), StepId::new(step)),
            ["lessons"] => Self::Lessons,
            ["lessons", tag] => Self::Labelled(tag.to_owned()),
            ["lesson", id] => Self::Lesson(LessonId::new(id)),
            _ => return None,
        })
    }
}

/// `text` as a part of an address: what RFC 3986 does not let stand there is written as its bytes.
pub(crate) fn part(text: &str) -> String {
    let mut part = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            part.push(char::from(byte));
        } else {
            let _written = write!(part, "%{byte:02X}");
        }
    }
    part
}

/// A part of an address as it is meant; `None` when it is empty or broken.
fn plain(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_signs_in_it_comes_through() {
        for name in ["qwen3:8b", "a/b", "grüße & more", "100%"] {
            let uri = format!("{SCHEME}model/{}", part(name));
            assert_eq!(
                Address::parse(&uri),
                Some(Address::Model(name.to_owned())),
                "{uri}"
            );
        }
        // As a person writes it.
        assert_eq!(
            Address::parse("firstmate://model/qwen3:8b"),
            Some(Address::Model("qwen3:8b".into()))
        );
    }

    #[test]
    fn what_leads_nowhere_is_no_address() {
        let long = format!("{SCHEME}run/{}", "x".repeat(LONGEST));
        for uri in [
            "",
            "firstmate://",
            "firstmate://run",
            "firstmate://run/",
            "firstmate://run/a/b",
            "file:///etc/passwd",
            "firstmate://audit/x",
            "firstmate://audit/-1",
            "firstmate://model/%zz",
            "firstmate://model/%ff",
            "firstmate://task_type/general",
            "firstmate://policy/../audit",
            &long,
        ] {
            assert_eq!(Address::parse(uri), None, "{uri}");
        }
    }
}
