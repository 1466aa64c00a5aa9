//! Who a call is for and whose data it may touch.

use serde::{Deserialize, Serialize};

/// Organisation > project > principal, carried by every call and every stored key.
///
/// Over stdio it is the organisation `local`, the workspace root as project and the user of the
/// operating system as principal. Data is kept per organisation and project; the principal says
/// who acted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Scope {
    org: String,
    project: String,
    principal: String,
}

/// Longest part of a scope in bytes: a key built from it stays far below the store's limits.
pub const MAX_PART_BYTES: usize = 512;

impl Scope {
    /// A scope of three parts, each non-empty, at most [`MAX_PART_BYTES`] long and without control
    /// characters; `None` when a part breaks that.
    #[must_use]
    pub fn new(org: &str, project: &str, principal: &str) -> Option<Self> {
        let fits = |part: &str| {
            !part.is_empty() && part.len() <= MAX_PART_BYTES && !part.chars().any(char::is_control)
        };
        (fits(org) && fits(project) && fits(principal)).then(|| Self {
            org: org.to_owned(),
            project: project.to_owned(),
            principal: principal.to_owned(),
        })
    }

    /// The organisation: the outermost wall.
    #[must_use]
    pub fn org(&self) -> &str {
        &self.org
    }

    /// The project within the organisation: runs, lessons and outcomes belong to it.
    #[must_use]
    pub fn project(&self) -> &str {
        &self.project
    }

    /// The person or key that acts.
    #[must_use]
    pub fn principal(&self) -> &str {
        &self.principal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_refuses_what_could_forge_a_key() {
        assert!(Scope::new("local", "/home/a/project", "ada").is_some());
        for (org, project, principal) in [("", "p", "u"), ("o", "a\0b", "u"), ("o", "p", "line\nbreak")] {
            assert!(
                Scope::new(org, project, principal).is_none(),
                "{org:?} {project:?} {principal:?}"
            );
        }
        assert!(Scope::new("o", &"p".repeat(MAX_PART_BYTES + 1), "u").is_none());
    }
}
