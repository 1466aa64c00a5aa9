//! `firstmate call TOOL JSON`: one tool, one answer.

use std::io::Read as _;

use clap::Args;
use serde_json::Value;

use crate::domain::Problem;

/// Call one tool, here or in the process that owns the data directory, and print its structured result.
#[derive(Debug, Args)]
pub struct Call {
    /// One of the six tools, such as `route_task`
    pub tool: String,
    /// The tool's arguments as a JSON object; `-` reads them from stdin
    #[arg(default_value = "{}")]
    pub arguments: String,
}

/// Largest argument text read from stdin: the same as an HTTP body may be by default.
const MAX_ARGUMENT_BYTES: u64 = 1 << 20;

impl Call {
    /// The arguments as an object.
    ///
    /// # Errors
    /// When the text is not a JSON object or stdin cannot be read.
    pub fn object(&self) -> Result<serde_json::Map<String, Value>, Problem> {
        let mut text = String::new();
        if self.arguments == "-" {
            std::io::stdin()
                .take(MAX_ARGUMENT_BYTES)
                .read_to_string(&mut text)
                .map_err(|error| bad(format!("stdin cannot be read: {error}")))?;
        } else {
            text.clone_from(&self.arguments);
        }
        match serde_json::from_str(&text) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(other) => Err(bad(format!(
                "the arguments are {}, not a JSON object",
                kind(&other)
            ))),
            Err(error) => Err(bad(format!("the arguments are not JSON: {error}"))),
        }
    }
}

fn bad(message: String) -> Problem {
    Problem {
        code: "bad_arguments",
        message,
        hint: r#"Write them as one quoted word: firstmate call route_task '{"task":"rename a variable"}'"#
            .into(),
        retryable: false,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Result<serde_json::Map<String, Value>, Problem> {
        Call {
            tool: "route_task".into(),
            arguments: text.into(),
        }
        .object()
    }

    #[test]
    fn arguments_are_one_json_object() {
        assert_eq!(object(r#"{"task":"x"}"#).unwrap()["task"], "x");
        assert!(object("[1]").unwrap_err().message.contains("an array"));
        assert!(object("{task:1}").unwrap_err().message.contains("line 1"));
    }
}
