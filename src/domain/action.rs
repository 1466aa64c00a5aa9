//! Something an agent is about to do, before it is judged.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::MicroUsd;

/// What is about to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// A command line is run.
    Shell,
    /// A file is read.
    FileRead,
    /// A file is written or deleted.
    FileWrite,
    /// A request goes out over the network.
    Http,
    /// A statement is sent to a database.
    Sql,
    /// A prompt is sent to a model.
    ModelRequest,
    /// A model answered.
    ModelResponse,
    /// A tool is called.
    ToolCall,
    /// A tool answered.
    ToolResult,
    /// A tool says what it is: its description and its schema, before a model reads them.
    ToolDefinition,
    /// Something is told to a person.
    Message,
    /// Something is to be remembered.
    MemoryWrite,
    /// Something remembered is looked up.
    MemoryRead,
    /// Work is passed to the next role.
    Handover,
}

impl ActionKind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::Shell,
        Self::FileRead,
        Self::FileWrite,
        Self::Http,
        Self::Sql,
        Self::ModelRequest,
        Self::ModelResponse,
        Self::ToolCall,
        Self::ToolResult,
        Self::ToolDefinition,
        Self::Message,
        Self::MemoryWrite,
        Self::MemoryRead,
        Self::Handover,
    ];

    /// The word it has on the wire, which rules use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Shell => "shell",
            Self::FileRead => "file_read",
            Self::FileWrite => "file_write",
            Self::Http => "http",
            Self::Sql => "sql",
            Self::ModelRequest => "model_request",
            Self::ModelResponse => "model_response",
            Self::ToolCall => "tool_call",
            Self::ToolResult => "tool_result",
            Self::ToolDefinition => "tool_definition",
            Self::Message => "message",
            Self::MemoryWrite => "memory_write",
            Self::MemoryRead => "memory_read",
            Self::Handover => "handover",
        }
    }
}

/// Where the content of an action ends up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Destination {
    /// It stays in this process.
    #[serde(rename = "local")]
    Local,
    /// A model on the user's own machine.
    #[serde(rename = "model.local")]
    ModelLocal,
    /// A model behind somebody's API.
    #[serde(rename = "model.remote")]
    ModelRemote,
    /// Another machine.
    #[serde(rename = "network")]
    Network,
    /// What is remembered for later.
    #[serde(rename = "memory")]
    Memory,
    /// A person.
    #[serde(rename = "message")]
    Message,
    /// A file on this machine.
    #[serde(rename = "file")]
    File,
}

impl Destination {
    /// Every destination.
    pub const ALL: [Self; 7] = [
        Self::Local,
        Self::ModelLocal,
        Self::ModelRemote,
        Self::Network,
        Self::Memory,
        Self::Message,
        Self::File,
    ];

    /// The word it has on the wire, which rules use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::ModelLocal => "model.local",
            Self::ModelRemote => "model.remote",
            Self::Network => "network",
            Self::Memory => "memory",
            Self::Message => "message",
            Self::File => "file",
        }
    }
}

/// Where data comes from or what it holds. It travels with the data through the steps of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// Somebody else wrote it: a web page, the answer of a tool, a lesson nobody reviewed.
    Untrusted,
    /// It holds a credential.
    Secret,
    /// It holds personal data.
    Pii,
}

impl Label {
    /// Every label.
    pub const ALL: [Self; 3] = [Self::Untrusted, Self::Secret, Self::Pii];

    /// The word it has on the wire, which rules use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Untrusted => "untrusted",
            Self::Secret => "secret",
            Self::Pii => "pii",
        }
    }
}

/// An action as the policy engine takes it. Absent fields are unknown, not empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// What is about to happen.
    pub kind: ActionKind,
    /// The tool it is done with: `bash`, `github.create_pull_request`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// The tool's arguments, as the agent gave them.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub arguments: Value,
    /// A command line, a statement, a prompt, a file's new content, a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Where the content ends up; derived from the kind when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<Destination>,
    /// The file it touches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The address it calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The branch it pushes to or deletes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// What the content is, where that is known: `code`, `json`, `text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// What is known about where its data comes from. Detectors add to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Label>,
    /// What it may cost. Not part of what an approval is bound to, no more than the two before and the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<MicroUsd>,
    /// How many tokens it may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
}

impl Action {
    /// An action of `kind` about which nothing else is known yet.
    #[must_use]
    pub fn new(kind: ActionKind) -> Self {
        Self {
            kind,
            tool: None,
            arguments: Value::Null,
            content: None,
            destination: None,
            path: None,
            url: None,
            branch: None,
            output: None,
            labels: Vec::new(),
            cost: None,
            tokens: None,
        }
    }

    /// The same action with its content.
    #[must_use]
    pub fn with_content(self, content: impl Into<String>) -> Self {
        Self {
            content: Some(content.into()),
            ..self
        }
    }

    /// The same action with the tool it is done with.
    #[must_use]
    pub fn with_tool(self, tool: impl Into<String>) -> Self {
        Self {
            tool: Some(tool.into()),
            ..self
        }
    }

    /// The same action with where its content ends up.
    #[must_use]
    pub fn with_destination(self, destination: Destination) -> Self {
        Self {
            destination: Some(destination),
            ..self
        }
    }
}

/// Who acts, beside the scope: a role of a crew, a named agent, and the run it acts in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The agent's own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its role in the crew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The run it acts in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_words_on_the_wire() {
        let wire = |value: Value| value.as_str().unwrap_or_default().to_owned();
        for kind in ActionKind::ALL {
            assert_eq!(wire(serde_json::json!(kind)), kind.name());
        }
        for to in Destination::ALL {
            assert_eq!(wire(serde_json::json!(to)), to.name());
        }
        for label in Label::ALL {
            assert_eq!(wire(serde_json::json!(label)), label.name());
        }
    }
}
