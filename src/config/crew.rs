//! The settings of crews.

use std::path::PathBuf;

use serde::Deserialize;

use crate::crew;

/// The section as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCrew {
    pub(super) templates_dir: PathBuf,
    token_ttl_s: u64,
    max_output_bytes: usize,
    lessons: bool,
    max_parallel: usize,
    max_tokens: u32,
    timeout_s: u32,
    least_timeout_s: u32,
    most_timeout_s: u32,
    hedge: bool,
    max_input_bytes: usize,
    sampling: bool,
    recovery: crew::Recovery,
}

impl RawCrew {
    /// The settings, but for where templates lie.
    pub(super) fn settings(self) -> crew::Settings {
        crew::Settings {
            token_ttl_s: self.token_ttl_s,
            max_output_bytes: self.max_output_bytes,
            lessons: self.lessons,
            max_parallel: self.max_parallel,
            max_tokens: self.max_tokens,
            timeout_s: self.timeout_s,
            least_timeout_s: self.least_timeout_s,
            most_timeout_s: self.most_timeout_s,
            hedge: self.hedge,
            max_input_bytes: self.max_input_bytes,
            sampling: self.sampling,
            recovery: self.recovery,
        }
    }
}
