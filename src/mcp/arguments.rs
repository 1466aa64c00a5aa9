//! Reading what models really send: unknown fields, `null` for absent, numbers and objects as strings.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::de::{DeserializeOwned, Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::reply::ToolError;

/// Fields tried, one by one, to find the one that a message is about.
const MAX_FIELDS_TRIED: usize = 32;

/// A tool's input with what every tool takes beside it.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Given<I> {
    /// The tool's own input.
    #[serde(flatten)]
    pub(crate) input: I,
    /// The project whose runs, lessons and outcomes are meant. Leave it out for the project that the
    /// server was started in. Example: "/home/ada/shop".
    #[serde(default, deserialize_with = "loose", alias = "workspace")]
    pub(crate) project: Option<String>,
    /// What nobody asked for, by name.
    #[serde(flatten)]
    #[schemars(skip)]
    pub(crate) unknown: BTreeMap<String, IgnoredAny>,
}

/// Reads a tool's arguments.
///
/// # Errors
/// `bad_arguments`, naming the field and what was expected, with an example that works.
pub(crate) fn read<I: DeserializeOwned>(arguments: &Value, example: &str) -> Result<Given<I>, ToolError> {
    Given::<I>::deserialize(arguments).map_err(|error| {
        let message = match culprit::<I>(arguments, &error.to_string()) {
            Some(field) => format!("argument `{field}`: {error}"),
            None => error.to_string(),
        };
        bad(message, example)
    })
}

/// The error for arguments that cannot be used.
pub(crate) fn bad(message: impl Into<String>, example: &str) -> ToolError {
    ToolError::new(
        "bad_arguments",
        message,
        format!("Arguments that work: {example}"),
    )
}

/// The field that `message` is about: without it, reading says something else. serde names a missing
/// field but not the one with the wrong type.
fn culprit<I: DeserializeOwned>(arguments: &Value, message: &str) -> Option<String> {
    let fields = arguments.as_object()?;
    let says_otherwise = |field: &&String| {
        let mut rest = fields.clone();
        rest.remove(field.as_str());
        let read = Given::<I>::deserialize(&Value::Object(rest));
        read.map_or_else(|error| error.to_string() != message, |_| true)
    };
    fields.keys().take(MAX_FIELDS_TRIED).find(says_otherwise).cloned()
}

/// The size of all texts and numbers in `value`, in bytes, without encoding it.
pub(crate) fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(items) => 2 + items.iter().map(|item| weight(item) + 1).sum::<usize>(),
        Value::Object(fields) => {
            2 + fields
                .iter()
                .map(|(name, value)| name.len() + 4 + weight(value))
                .sum::<usize>()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 5,
    }
}

/// Reads `T` as it is, from a string that holds it, or from a whole number written with a fraction;
/// `null` and the empty string are absent.
pub(crate) fn loose<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    let value = match Option::<Value>::deserialize(from)? {
        None => return Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
        Some(value) => value,
    };
    read_loosely(&value).map(Some).map_err(D::Error::custom)
}

/// Like [`loose`], with the default of `T` for what is absent.
pub(crate) fn loose_or_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    loose(from).map(Option::unwrap_or_default)
}

/// Like [`loose`], for what must be there.
pub(crate) fn loose_required<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<T, D::Error> {
    read_loosely(&Value::deserialize(from)?).map_err(D::Error::custom)
}

/// Reads a list, a single item as a list of one, or a string that holds a list; absent is empty.
pub(crate) fn list<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let items = match Option::<Value>::deserialize(from)? {
        None => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(Value::String(text)) if text.trim_start().starts_with('[') => {
            serde_json::from_str(&text).map_err(D::Error::custom)?
        }
        Some(item) => vec![item],
    };
    let read = items.iter().map(read_loosely);
    read.collect::<Result<_, _>>().map_err(D::Error::custom)
}

/// Reads a text; JSON given as JSON becomes its text.
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    match Value::deserialize(from)? {
        Value::String(text) => Ok(text),
        Value::Null => Err(D::Error::custom("invalid type: null, expected a string")),
        json => Ok(json.to_string()),
    }
}

/// Reads a JSON value that is itself the argument, also from a string that holds an object.
pub(crate) fn json<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    let value: Option<Value> = loose(from)?;
    let object = value
        .as_ref()
        .and_then(Value::as_str)
        .and_then(|text| serde_json::from_str(text).ok());
    Ok(object.map(Value::Object).or(value))
}

fn read_loosely<T: DeserializeOwned>(value: &Value) -> Result<T, serde_json::Error> {
    T::deserialize(value).or_else(|error| {
        let retyped = match value {
            Value::String(text) => serde_json::from_str(text.trim()).ok(),
            Value::Number(number) => whole(number.as_f64()),
            _ => None,
        };
        retyped
            .and_then(|value: Value| T::deserialize(value).ok())
            .ok_or(error)
    })
}

/// `5.0` as `5`. Beyond 2^53 a float does not say which whole number it means.
fn whole(number: Option<f64>) -> Option<Value> {
    let number = number.filter(|number| number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0)?;
    Some(Value::from(number as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    struct Input {
        task: String,
        #[serde(default, deserialize_with = "loose", alias = "max")]
        limit: Option<u32>,
        #[serde(default, deserialize_with = "list")]
        tags: Vec<String>,
        #[serde(default, deserialize_with = "loose_or_default")]
        dry_run: bool,
    }

    fn check(arguments: &Value) -> Result<(Input, Vec<String>), String> {
        let given = read::<Input>(arguments, "{}").map_err(|error| error.message)?;
        Ok((given.input, given.unknown.into_keys().collect()))
    }

    #[test]
    fn what_models_send_is_understood() {
        let expected = Input {
            task: "t".into(),
            limit: Some(5),
            tags: vec!["a".into()],
            dry_run: true,
        };
        for arguments in [
            json!({"task": "t", "limit": 5, "tags": ["a"], "dry_run": true}),
            json!({"task": "t", "limit": "5", "tags": "a", "dry_run": "true"}),
            json!({"task": "t", "max": 5.0, "tags": "[\"a\"]", "dry_run": true, "project": null}),
        ] {
            assert_eq!(check(&arguments).unwrap().0, expected, "{arguments}");
        }
    }

    #[test]
    fn null_and_absent_are_the_same() {
        let nulls = json!({"task": "t", "limit": null, "tags": null, "dry_run": null});
        assert_eq!(check(&nulls).unwrap(), check(&json!({"task": "t"})).unwrap());
    }

    #[test]
    fn unknown_fields_are_named_and_not_refused() {
        let (_, unknown) = check(&json!({"task": "t", "zeal": {"a": [1]}, "project": "p"})).unwrap();
        assert_eq!(unknown, ["zeal"]);
    }

    #[test]
    fn a_bad_argument_is_named_with_what_was_expected() {
        for (arguments, expected) in [
            (json!({}), "missing field `task`"),
            (
                json!({"task": 5}),
                "argument `task`: invalid type: integer `5`, expected a string",
            ),
            (
                json!({"task": "t", "limit": "many"}),
                "argument `limit`: invalid type: string \"many\", expected u32",
            ),
            (
                json!({"task": "t", "limit": -1}),
                "argument `limit`: invalid value: integer `-1`, expected u32",
            ),
            (
                json!({"task": "t", "tags": [{}]}),
                "argument `tags`: invalid type: map, expected a string",
            ),
        ] {
            assert_eq!(check(&arguments).unwrap_err(), expected);
        }
    }

    #[test]
    fn weight_is_close_to_the_encoded_size() {
        let value = json!({"a": ["x".repeat(1000), {"b": 12345}], "c": "y".repeat(500)});
        let encoded = value.to_string().len();
        assert!(
            weight(&value).abs_diff(encoded) < 20,
            "{} {encoded}",
            weight(&value)
        );
    }
}
