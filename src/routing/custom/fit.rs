//! From examples to types.

use std::sync::Arc;

use super::vector::{Mean, OTHERS, Vector};
use super::{CustomType, Customs, DEVIATIONS, EXAMPLES, Learned, MAX_EXAMPLE_BYTES, MAX_TYPES};
use crate::domain::TaskType;
use crate::routing::features::Features;

/// A type is refused when fewer of its examples than one in so many are recognised by the others.
const LEAST_RECOGNISED: usize = 5;
const MAX_NAME_BYTES: usize = 64;

/// A type as a project defines it.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::routing) struct Definition {
    #[serde(default)]
    pub(in crate::routing) name: String,
    pub(in crate::routing) parent: TaskType,
    pub(in crate::routing) examples: Vec<String>,
}

/// Why types cannot be learned: which one, counted from 1, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::routing) struct Unfit {
    pub(in crate::routing) number: usize,
    pub(in crate::routing) name: String,
    pub(in crate::routing) problem: String,
}

impl Unfit {
    /// How the file's row is named.
    pub(in crate::routing) fn row(&self) -> String {
        format!("task_type {} ({:?})", self.number, self.name)
    }
}

impl Customs {
    /// Learns types from their examples.
    ///
    /// # Errors
    /// A name that is none or is taken, a parent that is no kind of work, too few or too many examples, one that is
    /// empty or too long, or examples that have too little in common to be told from other prompts.
    pub(in crate::routing) fn fit(definitions: &[Definition]) -> Result<Self, Unfit> {
        let mut learned = Learned::default();
        for (at, definition) in definitions.iter().enumerate() {
            let refuse = |problem: String| Unfit {
                number: at + 1,
                name: definition.name.clone(),
                problem,
            };
            check(definition, definitions.get(..at).unwrap_or_default()).map_err(refuse)?;
            let examples = definition.examples.iter();
            let examples: Vec<_> = examples
                .map(|text| Vector::of(&Features::of(text, None)))
                .collect();
            let mean = Mean::of(examples.iter());
            let custom = custom_type(definition, &examples, &mean);
            if custom.recognised * LEAST_RECOGNISED < custom.examples {
                return Err(refuse(format!(
                    "examples have too little in common: {} of {} would be recognised by the others; add more, or split \
                     the type",
                    custom.recognised, custom.examples
                )));
            }
            for (number, share) in mean.shares() {
                let shares = learned.weights.entry(number);
                let shares = shares.or_insert_with(|| vec![0.0; definitions.len()].into());
                if let Some(of_type) = shares.get_mut(at) {
                    *of_type = share as f32;
                }
            }
            learned.types.push(custom);
        }
        Ok(Self(Arc::new(learned)))
    }
}

fn custom_type(definition: &Definition, examples: &[Vector], mean: &Mean) -> CustomType {
    let others = spread(mean);
    let left_out = examples.iter().enumerate().filter(|(at, example)| {
        let rest = examples.iter().enumerate().filter(|(other, _)| other != at);
        let mean = Mean::of(rest.map(|(_, other)| other));
        let (middle, deviation) = spread(&mean);
        mean.cosine(example) >= middle + DEVIATIONS * deviation
    });
    CustomType {
        name: definition.name.clone(),
        parent: definition.parent,
        examples: examples.len(),
        recognised: left_out.count(),
        others,
    }
}

/// How like a type other prompts are: the mean, and the standard deviation.
fn spread(mean: &Mean) -> (f64, f64) {
    let scores: Vec<f64> = OTHERS.vectors.iter().map(|vector| mean.cosine(vector)).collect();
    let count = scores.len().max(1) as f64;
    let middle = scores.iter().sum::<f64>() / count;
    let variance = scores.iter().map(|score| (score - middle).powi(2)).sum::<f64>() / count;
    (middle, variance.sqrt().max(f64::MIN_POSITIVE))
}

fn check(definition: &Definition, before: &[Definition]) -> Result<(), String> {
    let name = definition.name.as_str();
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let taken = |kind: &TaskType| kind.name() == name;
    if name.is_empty() || name.len() > MAX_NAME_BYTES || !name.bytes().all(fits) {
        return Err(format!(
            "name {name:?} is not 1 to {MAX_NAME_BYTES} small letters, digits and `_`"
        ));
    }
    if TaskType::KINDS.iter().chain([&TaskType::General]).any(taken) {
        return Err(format!("name {name:?} is that of a built-in type"));
    }
    if before.iter().any(|other| other.name == name) {
        return Err("name is given twice".to_owned());
    }
    if before.len() >= MAX_TYPES {
        return Err(format!(
            "name {name:?} is one too many: {MAX_TYPES} types are allowed"
        ));
    }
    if definition.parent == TaskType::General {
        return Err("parent is general, which is no kind of work: name one of the eight".to_owned());
    }
    if !EXAMPLES.contains(&definition.examples.len()) {
        let (given, least, most) = (definition.examples.len(), EXAMPLES.start(), EXAMPLES.end());
        return Err(format!(
            "examples has {given} items, {least} to {most} are needed"
        ));
    }
    for (at, example) in definition.examples.iter().enumerate() {
        if example.trim().is_empty() || example.len() > MAX_EXAMPLE_BYTES {
            let (number, bytes) = (at + 1, example.len());
            return Err(format!(
                "examples: number {number} has {bytes} bytes, 1 to {MAX_EXAMPLE_BYTES} are allowed and not all blank"
            ));
        }
        let same = |other: &&String| other.trim() == example.trim();
        if definition.examples.iter().take(at).any(|other| same(&other)) {
            return Err(format!("examples: number {} is given twice", at + 1));
        }
    }
    Ok(())
}
