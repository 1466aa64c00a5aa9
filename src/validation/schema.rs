//! JSON Schema, offline: what does not meet it, at the line and column of the offending value.

use std::collections::{HashMap, HashSet};

use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, ValidationError};
use serde_json::Value;

use crate::domain::Severity;

use super::block::Block;
use super::report::{Defect, Skipped};
use super::span_index::{SpanIndex, escaped};

/// The deepest schema, the most values in one, and the most steps it may unfold to when its references are followed.
const MAX_DEPTH: usize = 128;
const MAX_NODES: usize = 20_000;
const MAX_STEPS: usize = 50_000;
/// The most steps of the unfolded schema times the words of the value, a word being eight bytes: some seconds.
const MAX_WORK: usize = 200_000_000;
/// The most compiled size of one pattern, in bytes.
const MAX_PATTERN: usize = 1 << 20;
/// The most violations of one value.
const MAX_ERRORS: usize = 50;

/// Checks `value`, which `json` is the text of.
pub(super) fn check(schema: &Value, value: &Value, json: &Block) -> Result<Vec<Defect>, Skipped> {
    if !is_small(schema) {
        return Err(Skipped::Limit("the schema is too large or too deep".into()));
    }
    // Without recursion this bounds the work; with it, the validator's own cache does.
    let Some(steps) = unfolded(schema, 0) else {
        return Err(Skipped::Limit("the schema unfolds to too many steps".into()));
    };
    if steps.saturating_mul(json.code.len() / 8 + 1) > MAX_WORK {
        let limit = "the value is too large for so large a schema";
        return Err(Skipped::Limit(limit.into()));
    }
    let validator = jsonschema::options()
        .offline()
        .should_validate_formats(true)
        .with_pattern_options(PatternOptions::regex().size_limit(MAX_PATTERN))
        .build(schema)
        .map_err(|error| Skipped::Limit(unusable(&error)))?;
    if validator.is_valid(value) {
        return Ok(Vec::new());
    }
    // Listing the errors follows every branch at every level of the value; only the verdict is cheap.
    if unfolded(schema, depth(value)).is_none() {
        let message = "does not meet the schema (it is too recursive to say where)";
        let place = json.place(&(0..1));
        return Ok(vec![Defect::new("schema", Severity::Error, place, message)]);
    }
    let errors: Vec<ValidationError<'_>> = validator.iter_errors(value).take(MAX_ERRORS).collect();
    let targets: Vec<Vec<String>> = errors.iter().map(targets).collect();
    let wanted: HashSet<String> = targets.iter().flatten().cloned().collect();
    let index = SpanIndex::of(&json.code, &wanted);
    let mut defects = Vec::new();
    for (error, targets) in errors.iter().zip(&targets) {
        let rule = format!("schema.{}", error.kind().keyword());
        let message = message(error);
        for target in targets {
            let place = index.places.get(target);
            let range = place.map_or(0..json.code.len(), |place| match &place.key {
                Some(key) if is_about_key(error) => key.clone(),
                _ => place.value.clone(),
            });
            defects.push(Defect::new(
                rule.clone(),
                Severity::Error,
                json.place(&range),
                message.clone(),
            ));
        }
    }
    Ok(defects)
}

/// The pointers of the values an error is about: for members that may not be there, each of them.
fn targets(error: &ValidationError<'_>) -> Vec<String> {
    let path = error.instance_path().to_string();
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected }
            if !unexpected.is_empty() =>
        {
            let member = |name: &String| format!("{path}/{}", escaped(name));
            unexpected.iter().map(member).collect()
        }
        _ => vec![path],
    }
}

fn is_about_key(error: &ValidationError<'_>) -> bool {
    matches!(
        error.kind(),
        ValidationErrorKind::AdditionalProperties { .. } | ValidationErrorKind::UnevaluatedProperties { .. }
    )
}

fn message(error: &ValidationError<'_>) -> String {
    let path = error.instance_path().to_string();
    let what = error.masked().to_string();
    let place = if path.is_empty() { "the value" } else { &path };
    format!("{place}: {what}")
}

fn unusable(error: &ValidationError<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::Referencing(_) => {
            format!("the schema refers to what is not in it, and nothing is fetched: {error}")
        }
        ValidationErrorKind::Format { format } if format == "regex" => {
            format!("the schema has a pattern with look-around or a mistake: {error}")
        }
        _ => format!("the schema is not valid at {}: {error}", error.instance_path()),
    }
}

fn is_small(schema: &Value) -> bool {
    let mut open = vec![(schema, 0)];
    let mut count = 0;
    while let Some((value, depth)) = open.pop() {
        count += 1;
        if depth > MAX_DEPTH || count > MAX_NODES {
            return false;
        }
        open.extend(children(value).map(|child| (child, depth + 1)));
    }
    true
}

fn depth(value: &Value) -> usize {
    let mut deepest = 0;
    let mut open = vec![(value, 1)];
    while let Some((value, depth)) = open.pop() {
        deepest = deepest.max(depth);
        open.extend(children(value).map(|child| (child, depth + 1)));
    }
    deepest
}

fn children(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(members) => Box::new(members.values()),
        _ => Box::new(std::iter::empty()),
    }
}

/// The steps of the schema when its references are replaced by what they name, each one `again` more times
/// inside itself; `None` above [`MAX_STEPS`]. Two references to the next of thirty definitions make 2^30.
fn unfolded(schema: &Value, again: usize) -> Option<usize> {
    let mut unfolding = Unfolding {
        root: schema,
        again,
        steps: 0,
        open: HashMap::new(),
    };
    unfolding.walk(schema, 0);
    Some(unfolding.steps).filter(|steps| *steps < MAX_STEPS)
}

struct Unfolding<'s> {
    root: &'s Value,
    again: usize,
    steps: usize,
    open: HashMap<&'s str, usize>,
}

impl<'s> Unfolding<'s> {
    fn walk(&mut self, value: &'s Value, depth: usize) {
        self.steps += 1;
        if self.steps >= MAX_STEPS || depth > 4 * MAX_DEPTH {
            self.steps = MAX_STEPS;
            return;
        }
        let Value::Object(members) = value else {
            children(value).for_each(|child| self.walk(child, depth + 1));
            return;
        };
        for (key, child) in members {
            match (key.as_str(), child) {
                ("$ref" | "$dynamicRef" | "$recursiveRef", Value::String(name)) => self.follow(name, depth),
                ("enum" | "const" | "default" | "examples", _) => {}
                // Definitions cost nothing until they are referred to.
                ("$defs" | "definitions", _) => {}
                _ => self.walk(child, depth + 1),
            }
        }
    }

    fn follow(&mut self, name: &'s str, depth: usize) {
        let open = self.open.entry(name).or_default();
        if *open > self.again {
            return;
        }
        *open += 1;
        // Names other than pointers into this schema are taken for the whole of it.
        let pointer = name.strip_prefix('#').unwrap_or_default();
        let target = self.root.pointer(pointer).unwrap_or(self.root);
        self.walk(target, depth + 1);
        if let Some(open) = self.open.get_mut(name) {
            *open -= 1;
        }
    }
}
