//! Messages that are to be brought to receivers of webhooks.

use serde::{Deserialize, Serialize};

use super::{RunId, Timestamp};

/// What a receiver can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Topic {
    /// A run came to its end, with all its results.
    #[serde(rename = "run.completed")]
    RunCompleted,
    /// A run cannot go on.
    #[serde(rename = "run.failed")]
    RunFailed,
    /// Somebody stopped a run.
    #[serde(rename = "run.cancelled")]
    RunCancelled,
    /// A run waits for its host.
    #[serde(rename = "run.input_required")]
    RunInputRequired,
    /// A person is asked whether a run may go on.
    #[serde(rename = "approval.asked")]
    ApprovalAsked,
    /// A step has its result.
    #[serde(rename = "step.completed")]
    StepCompleted,
    /// An attempt at a step came to nothing, or was sent back.
    #[serde(rename = "step.failed")]
    StepFailed,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 7] = [
        Self::RunCompleted,
        Self::RunFailed,
        Self::RunCancelled,
        Self::RunInputRequired,
        Self::ApprovalAsked,
        Self::StepCompleted,
        Self::StepFailed,
    ];

    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RunCompleted => "run.completed",
            Self::RunFailed => "run.failed",
            Self::RunCancelled => "run.cancelled",
            Self::RunInputRequired => "run.input_required",
            Self::ApprovalAsked => "approval.asked",
            Self::StepCompleted => "step.completed",
            Self::StepFailed => "step.failed",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }
}

/// A message on its way to one receiver, or one that could not be brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The same for the same message, however often it is sent, and to whomever: `msg_` and the run and number of its event.
    pub id: String,
    /// The name of the receiver in the settings.
    pub receiver: String,
    /// The run.
    pub run: RunId,
    /// Who started the run.
    pub principal: String,
    /// What it tells of.
    pub topic: Topic,
    /// When that happened.
    pub at: Timestamp,
    /// The JSON, the same each time.
    pub body: String,
    /// How often it was sent.
    #[serde(default)]
    pub tries: u32,
    /// When it is sent next; absent for one that is not sent any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// Why the last try came to nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<String>,
    /// Whether the receiver said that it wants no more messages at all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_written_as_it_is_named() {
        for topic in Topic::ALL {
            assert_eq!(serde_json::to_value(topic).unwrap(), topic.name());
            assert_eq!(Topic::named(topic.name()), Some(topic));
        }
        assert_eq!(Topic::named("run.started"), None);
    }
}
