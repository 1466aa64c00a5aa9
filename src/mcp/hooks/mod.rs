//! Webhooks in.

use crate::domain::Scope;
use crate::model::Secret;

/// Who may call, and for which project.
#[derive(Debug, Clone)]
pub struct Inbound {
    /// What calls are signed with.
    pub secret: Secret,
    /// The address under which this server is reached, without a slash at its end.
    pub url: Option<String>,
    /// Whose runs are meant.
    pub scope: Scope,
}
