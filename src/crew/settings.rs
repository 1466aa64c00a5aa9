//! How crews are run.

use serde::Deserialize;

use super::Recovery;

/// How crews are run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Seconds for which a step token is taken; 86400, a day.
    pub token_ttl_s: u64,
    /// Largest output of a step in bytes; 1048576, 1 MiB.
    pub max_output_bytes: usize,
    /// Whether steps are given what was learned earlier; true.
    pub lessons: bool,
    /// Most attempts of one run that models are making at once; 8.
    pub max_parallel: usize,
    /// Most tokens of an answer where the step does not say; 4096.
    pub max_tokens: u32,
    /// Seconds that an answer may take where the step does not say and too little is known of the model; 120.
    pub timeout_s: u32,
    /// The least seconds of such an answer where enough is known of the model; 30.
    pub least_timeout_s: u32,
    /// The most seconds of it; 600.
    pub most_timeout_s: u32,
    /// Whether another is asked beside a model that is slow, where a deadline would be missed; true.
    pub hedge: bool,
    /// Largest of the inputs that a model is given, in bytes; 24000.
    pub max_input_bytes: usize,
    /// Whether clients that can are asked to have their own models do steps; false.
    pub sampling: bool,
    /// What is tried when an attempt comes to nothing.
    pub recovery: Recovery,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            token_ttl_s: 86_400,
            max_output_bytes: 1 << 20,
            lessons: true,
            max_parallel: 8,
            max_tokens: 4_096,
            timeout_s: 120,
            least_timeout_s: 30,
            most_timeout_s: 600,
            hedge: true,
            max_input_bytes: 24_000,
            sampling: false,
            recovery: Recovery::default(),
        }
    }
}
