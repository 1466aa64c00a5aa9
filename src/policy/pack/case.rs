//! Actions in a rule's inline tests.

use serde::Deserialize;
use serde_json::Value;

use crate::detect::sample;
use crate::domain::{Action, ActionKind, Destination, Label, MicroUsd, Verdict};
use crate::policy::facts::{Facts, Validated};

/// An action as a test writes it. `<sample:github-pat>` in any text stands for a made-up credential.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    kind: ActionKind,
    tool: Option<String>,
    #[serde(default)]
    arguments: Value,
    content: Option<String>,
    to: Option<Destination>,
    path: Option<String>,
    url: Option<String>,
    branch: Option<String>,
    output: Option<String>,
    #[serde(default)]
    labels: Vec<Label>,
    usd: Option<f64>,
    tokens: Option<u64>,
    /// What `validate_output` said of the content a moment ago.
    validated: Option<Verdict>,
}

impl Case {
    /// The action; an error names the sample that does not exist.
    pub(crate) fn action(&self) -> Result<Action, String> {
        let text = |text: &Option<String>| text.as_deref().map(with_samples).transpose();
        Ok(Action {
            kind: self.kind,
            tool: self.tool.clone(),
            arguments: arguments(&self.arguments)?,
            content: text(&self.content)?,
            destination: self.to,
            path: self.path.clone(),
            url: text(&self.url)?,
            branch: self.branch.clone(),
            output: self.output.clone(),
            labels: self.labels.clone(),
            cost: self.usd.and_then(MicroUsd::from_usd),
            tokens: self.tokens,
        })
    }

    /// The facts about the action, as if it were the first of its run.
    pub(crate) fn facts(&self) -> Result<Facts, String> {
        let mut facts = Facts::of(&self.action()?, None);
        facts.validated = self.validated.map(|verdict| Validated { verdict, age_s: 0 });
        facts.validated_in_run = facts.validated;
        Ok(facts)
    }
}

fn arguments(value: &Value) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => Value::String(with_samples(text)?),
        Value::Array(items) => items.iter().map(arguments).collect::<Result<_, _>>()?,
        Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| Ok((key.clone(), arguments(value)?)))
            .collect::<Result<serde_json::Map<_, _>, String>>()?
            .into(),
        other => other.clone(),
    })
}

fn with_samples(text: &str) -> Result<String, String> {
    let mut made = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<sample:") {
        let (id, after) = after.split_once('>').ok_or("a sample has no closing >")?;
        made.push_str(before);
        made.push_str(&sample(id).ok_or_else(|| format!("there is no sample {id}"))?);
        rest = after;
    }
    made.push_str(rest);
    Ok(made)
}
