//! JSON Schema, offline: what does not meet it, at the line and column of the offending value.

mod place;
mod size;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashSet};

use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;

use crate::domain::Severity;

use super::block::Block;
use super::report::{Defect, Skipped};
use super::span_index::SpanIndex;

/// The most steps of the unfolded schema times the words of the value, a word being eight bytes: some seconds.
const MAX_WORK: usize = 200_000_000;
/// The most compiled size of one pattern, in bytes.
const MAX_PATTERN: usize = 1 << 20;
/// How often a pattern with look-around may try again; some milliseconds.
const MAX_BACKTRACKS: usize = 20_000;
/// The most text that such a pattern is tried on, in bytes: it begins anew at each letter.
const MAX_BACKTRACKED: usize = 64 << 10;
/// The most violations of one value.
const MAX_ERRORS: usize = 50;

/// A schema that values can be compared with.
#[derive(Debug)]
pub(super) struct Schema<'s> {
    schema: &'s Value,
    validator: Validator,
    steps: usize,
    /// Whether a pattern looks around, for which no engine is linear.
    backtracks: bool,
}

impl<'s> Schema<'s> {
    /// Refuses what is too large, refers to something that is not in it, or is no schema.
    pub(super) fn new(schema: &'s Value) -> Result<Self, Skipped> {
        if !size::is_small(schema) {
            return Err(Skipped::Limit("the schema is too large or too deep".into()));
        }
        // Without recursion this bounds the work; with it, the validator's own cache does.
        let Some(steps) = size::unfolded(schema, 0) else {
            return Err(Skipped::Limit("the schema unfolds to too many steps".into()));
        };
        let linear = PatternOptions::regex().size_limit(MAX_PATTERN);
        let (built, backtracks) = match jsonschema::options()
            .offline()
            .should_validate_formats(true)
            .with_pattern_options(linear)
            .build(schema)
        {
            Err(error) if is_about_pattern(&error) => {
                let looking_around = PatternOptions::fancy_regex()
                    .size_limit(MAX_PATTERN)
                    .backtrack_limit(MAX_BACKTRACKS);
                let options = jsonschema::options().offline().should_validate_formats(true);
                (options.with_pattern_options(looking_around).build(schema), true)
            }
            built => (built, false),
        };
        let validator = built.map_err(|error| Skipped::Limit(unusable(&error, schema)))?;
        Ok(Self {
            schema,
            validator,
            steps,
            backtracks,
        })
    }

    /// Checks `value`, which `json` is the text of.
    pub(super) fn check(&self, value: &Value, json: &Block) -> Result<Vec<Defect>, Skipped> {
        if self.steps.saturating_mul(json.code.len() / 8 + 1) > MAX_WORK {
            let limit = "the value is too large for so large a schema";
            return Err(Skipped::Limit(limit.into()));
        }
        if self.backtracks && json.code.len() > MAX_BACKTRACKED {
            let limit = "the value is too large for a schema whose patterns look around";
            return Err(Skipped::Limit(limit.into()));
        }
        if self.validator.is_valid(value) {
            return Ok(Vec::new());
        }
        // Listing the errors follows every branch at every level of the value; only the verdict is cheap.
        if size::unfolded(self.schema, size::depth(value)).is_none() {
            let message = "does not meet the schema (it is too recursive to say where)";
            let place = json.place(&(0..1));
            return Ok(vec![Defect::new("schema", Severity::Error, place, message)]);
        }
        let errors: Vec<ValidationError<'_>> = self.validator.iter_errors(value).take(MAX_ERRORS).collect();
        if errors.iter().any(is_undecided) {
            let limit = "a pattern of the schema takes too long on this value";
            return Err(Skipped::Limit(limit.into()));
        }
        Ok(self.located(&errors, json))
    }

    fn located(&self, errors: &[ValidationError<'_>], json: &Block) -> Vec<Defect> {
        let targets: Vec<_> = errors.iter().map(|error| place::targets(error)).collect();
        let wanted: HashSet<String> = targets
            .iter()
            .flatten()
            .map(|target| target.pointer.clone())
            .collect();
        let index = SpanIndex::of(&json.code, &wanted);
        let mut defects = Vec::new();
        for (error, targets) in errors.iter().zip(&targets) {
            let rule = format!("schema.{}", error.kind().keyword());
            let message = place::message(error);
            let fix = place::fix(error, self.schema);
            for target in targets {
                let found = index.places.get(&target.pointer);
                let range = found.map_or(0..json.code.len(), |found| match &found.key {
                    Some(key) if target.is_key => key.clone(),
                    _ => found.value.clone(),
                });
                let defect = Defect::new(rule.clone(), Severity::Error, json.place(&range), message.clone());
                defects.push(match &fix {
                    Some(fix) => defect.with_fix(fix.clone()),
                    None => defect,
                });
            }
        }
        defects
    }
}

fn is_about_pattern(error: &ValidationError<'_>) -> bool {
    matches!(error.kind(), ValidationErrorKind::Format { format } if format == "regex")
}

/// Whether a pattern gave up before it could say.
fn is_undecided(error: &ValidationError<'_>) -> bool {
    matches!(
        error.kind(),
        ValidationErrorKind::BacktrackLimitExceeded { .. } | ValidationErrorKind::RegexEngineFailure { .. }
    )
}

fn unusable(error: &ValidationError<'_>, schema: &Value) -> String {
    match error.kind() {
        ValidationErrorKind::Referencing(_) => {
            // Which of several the library names is by chance.
            let elsewhere = elsewhere(schema);
            let named = if elsewhere.is_empty() {
                error.to_string()
            } else {
                elsewhere.join(", ")
            };
            format!("the schema refers to what is not in it, and nothing is fetched: {named}")
        }
        _ if is_about_pattern(error) => format!("the schema has a pattern with a mistake: {error}"),
        _ => format!("the schema is not valid at {}: {error}", error.instance_path()),
    }
}

/// What a schema refers to that is not a place in it: the first few, in order.
fn elsewhere(schema: &Value) -> Vec<String> {
    let mut found = BTreeSet::new();
    let mut left = vec![schema];
    while let Some(value) = left.pop() {
        match value {
            Value::Array(items) => left.extend(items),
            Value::Object(fields) => {
                left.extend(fields.values());
                let references = ["$ref", "$dynamicRef", "$recursiveRef"]
                    .into_iter()
                    .filter_map(|name| fields.get(name)?.as_str());
                found.extend(references.filter(|to| {
                    to.strip_prefix('#')
                        .is_none_or(|place| schema.pointer(place).is_none())
                }));
            }
            _ => {}
        }
    }
    found
        .into_iter()
        .take(3)
        .map(|to| format!("`{}`", to.chars().take(200).collect::<String>()))
        .collect()
}
