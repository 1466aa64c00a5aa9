//! Schemas that every host takes: no references, no null types, no formats nobody knows.

use std::sync::Arc;

use rmcp::handler::server::tool::{schema_for_input, schema_for_output};
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::arguments::Given;

/// How deep types may be nested. A recursive type would not end, so its `$ref` stays and a test fails.
const MAX_DEPTH: usize = 16;

/// The schema of a tool's arguments.
pub(crate) fn input<I: JsonSchema + 'static>() -> Arc<JsonObject> {
    let schema = schema_for_input::<Given<I>>().unwrap_or_default();
    Arc::new(plain(&schema))
}

/// The schema of a tool's structured content.
pub(crate) fn output<O: JsonSchema + 'static>() -> Arc<JsonObject> {
    Arc::new(plain(&schema_for_output::<O>()))
}

/// The same schema for weak hosts: definitions inlined, `T or null` as `T` (an absent field says the
/// same), documented enumerations as plain ones, without `$schema`, null defaults and numeric formats.
fn plain(schema: &JsonObject) -> JsonObject {
    let mut root = schema.clone();
    let definitions = match root.remove("$defs") {
        Some(Value::Object(definitions)) => definitions,
        _ => Map::new(),
    };
    root.remove("$schema");
    flatten(&mut root, &definitions, 0);
    root
}

fn flatten(schema: &mut JsonObject, definitions: &JsonObject, depth: usize) {
    if depth < MAX_DEPTH {
        inline(schema, definitions);
    }
    only_one_alternative(schema);
    if depth < MAX_DEPTH {
        // What was the only alternative may itself have been a reference.
        inline(schema, definitions);
    }
    without_null(schema);
    let is_number = matches!(
        schema.get("type").and_then(Value::as_str),
        Some("integer" | "number")
    );
    schema.retain(|key, value| match key.as_str() {
        "default" => !value.is_null(),
        "format" => !is_number,
        _ => true,
    });
    for (key, value) in schema.iter_mut() {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                properties
                    .values_mut()
                    .for_each(|property| descend(property, definitions, depth));
            }
            ("items" | "additionalProperties", value @ Value::Object(_)) => {
                descend(value, definitions, depth);
            }
            ("anyOf" | "oneOf" | "allOf", Value::Array(alternatives)) => {
                alternatives
                    .iter_mut()
                    .for_each(|schema| descend(schema, definitions, depth));
            }
            _ => {}
        }
    }
}

fn descend(schema: &mut Value, definitions: &JsonObject, depth: usize) {
    if *schema == Value::Bool(true) {
        *schema = json!({});
    }
    if let Value::Object(schema) = schema {
        flatten(schema, definitions, depth + 1);
        any_value(schema);
    }
}

/// A schema that says nothing gets the types that any value but null has: strict hosts refuse silence.
fn any_value(schema: &mut JsonObject) {
    let silent = schema
        .keys()
        .all(|key| ["title", "description", "default", "examples"].contains(&key.as_str()));
    if silent {
        schema.insert(
            "type".to_owned(),
            json!(["object", "array", "string", "number", "boolean"]),
        );
    }
}

/// Puts the definition in place of a reference; what stands beside the reference (a description) wins.
fn inline(schema: &mut JsonObject, definitions: &JsonObject) {
    while let Some(definition) = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| reference.strip_prefix("#/$defs/"))
        .and_then(|name| definitions.get(name))
        .and_then(Value::as_object)
    {
        schema.remove("$ref");
        merge(schema, definition.clone());
    }
}

/// `anyOf: [T, null]` becomes `T`, and an enumeration with a description per name a plain one.
fn only_one_alternative(schema: &mut JsonObject) {
    for key in ["anyOf", "oneOf"] {
        let Some(Value::Array(alternatives)) = schema.get_mut(key) else {
            continue;
        };
        alternatives.retain(|alternative| alternative.get("type") != Some(&json!("null")));
        let names: Option<Vec<Value>> = alternatives
            .iter()
            .map(|alternative| alternative.get("const").filter(|name| name.is_string()).cloned())
            .collect();
        let only = match (names, alternatives.as_slice()) {
            (Some(names), _) if !names.is_empty() => Some(json!({"type": "string", "enum": names})),
            (None, [only]) => Some(only.clone()),
            _ => None,
        };
        if let Some(Value::Object(only)) = only {
            schema.remove(key);
            merge(schema, only);
        }
    }
}

fn without_null(schema: &mut JsonObject) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(names)) = schema.get_mut("enum") {
        names.retain(|name| !name.is_null());
    }
}

fn merge(schema: &mut JsonObject, other: JsonObject) {
    for (key, value) in other {
        schema.entry(key).or_insert(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mcp::tool_list;

    fn check(schema: &Value, expected: &Value) {
        assert_eq!(&Value::Object(plain(schema.as_object().unwrap())), expected);
    }

    #[test]
    fn references_are_inlined_and_null_is_dropped() {
        check(
            &json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "$defs": {"A": {"type": "object", "description": "of A", "properties": {
                    "n": {"type": ["integer", "null"], "format": "uint32", "default": null}}}},
                "type": "object",
                "properties": {
                    "a": {"anyOf": [{"$ref": "#/$defs/A"}, {"type": "null"}], "description": "mine"},
                    "any": true,
                    "list": {"type": "array", "items": {"$ref": "#/$defs/A"}}
                }
            }),
            &json!({
                "type": "object",
                "properties": {
                    "a": {"description": "mine", "type": "object", "properties": {"n": {"type": "integer"}}},
                    "any": {"type": ["object", "array", "string", "number", "boolean"]},
                    "list": {"type": "array", "items": {"type": "object", "description": "of A",
                        "properties": {"n": {"type": "integer"}}}}
                }
            }),
        );
    }

    #[test]
    fn a_documented_enumeration_becomes_a_plain_one() {
        check(
            &json!({"oneOf": [{"const": "a", "description": "x"}, {"const": "b"}]}),
            &json!({"type": "string", "enum": ["a", "b"]}),
        );
    }

    #[test]
    fn a_recursive_type_keeps_its_reference_for_the_test_to_find() {
        let schema = json!({
            "$defs": {"T": {"type": "object", "properties": {"next": {"$ref": "#/$defs/T"}}}},
            "$ref": "#/$defs/T"
        });
        let Value::Object(schema) = schema else {
            panic!("not an object")
        };
        assert!(Value::Object(plain(&schema)).to_string().contains("$ref"));
    }

    #[test]
    fn every_published_schema_is_plain_and_every_field_is_described() {
        for tool in tool_list() {
            let input = Value::Object(tool.input_schema.as_ref().clone());
            let output = Value::Object(tool.output_schema.unwrap().as_ref().clone());
            for schema in [input, output] {
                let text = schema.to_string();
                for word in [
                    "$ref",
                    "$defs",
                    "$schema",
                    "null",
                    "\"format\":\"uint",
                    "\"format\":\"double",
                ] {
                    assert!(!text.contains(word), "{} has {word}: {text}", tool.name);
                }
                assert_eq!(schema["type"], "object", "{}", tool.name);
                for (name, property) in schema["properties"].as_object().unwrap() {
                    assert!(property["description"].is_string(), "{}.{name}", tool.name);
                }
            }
        }
    }
}
