//! What kind of work a task is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The eight kinds of work, and [`TaskType::General`] for "no signal".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskType {
    /// New code, script, query, test, configuration or regex from a description.
    CodeGeneration,
    /// Debug, explain, refactor, review, optimise or port given code, a diff, a log or a trace.
    CodeDebugReview,
    /// A determinate answer by calculation, proof, logic, constraints or statistics.
    ReasoningMath,
    /// Design, decomposition, estimate, trade-off, migration, multi-step plan.
    PlanningArchitecture,
    /// Compose or revise text for a reader.
    WritingEditing,
    /// Shorten given or named text.
    Summarization,
    /// Classify, extract, convert, translate, tabulate or rank given items.
    ExtractionTransformation,
    /// Fact, concept, advice or how-to from general knowledge.
    KnowledgeQa,
    /// Abstention: the text carries too little signal. Not a ninth kind of work.
    General,
}

impl TaskType {
    /// The eight kinds of work, without the abstention.
    pub const KINDS: [Self; 8] = [
        Self::CodeGeneration,
        Self::CodeDebugReview,
        Self::ReasoningMath,
        Self::PlanningArchitecture,
        Self::WritingEditing,
        Self::Summarization,
        Self::ExtractionTransformation,
        Self::KnowledgeQa,
    ];

    /// The name used on the wire and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CodeGeneration => "code_generation",
            Self::CodeDebugReview => "code_debug_review",
            Self::ReasoningMath => "reasoning_math",
            Self::PlanningArchitecture => "planning_architecture",
            Self::WritingEditing => "writing_editing",
            Self::Summarization => "summarization",
            Self::ExtractionTransformation => "extraction_transformation",
            Self::KnowledgeQa => "knowledge_qa",
            Self::General => "general",
        }
    }
}

impl fmt::Display for TaskType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How much harm a badly done task can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stakes {
    /// It can be done again.
    Low,
    /// It touches something shared or hard to undo.
    Medium,
    /// Production, money, credentials, health or law.
    High,
}

impl Stakes {
    /// The name used on the wire and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}
