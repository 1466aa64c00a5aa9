//! The templates that a project has of its own.

use std::sync::Arc;

use super::{Template, Templates};
use crate::crew::error::Error;

/// Knows where projects keep templates. Asked each time, because one process serves many projects, and so that a
/// changed file counts at once.
pub trait Shelf: std::fmt::Debug + Send + Sync {
    /// The template files of a project, each as (name, text).
    fn files(&self, project: &str) -> Vec<(String, String)>;
}

impl Templates {
    /// With a place to look for what projects have of their own.
    #[must_use]
    pub fn with_shelf(self, shelf: Arc<dyn Shelf>) -> Self {
        Self {
            shelf: Some(shelf),
            ..self
        }
    }

    /// These and the project's own, and why some of its files were left out: one that is wrong, and one with a name
    /// that is taken. A repository that was cloned shall neither stop the work nor change what a name means.
    #[must_use]
    pub fn of(&self, project: &str) -> (Self, Vec<Error>) {
        let (mut all, mut refused) = (self.clone(), Vec::new());
        let files = self.shelf.as_ref().map(|shelf| shelf.files(project));
        for (file, text) in files.unwrap_or_default() {
            match Template::parse(&file, &text) {
                Ok(template) if all.iter().any(|other| other.name == template.name) => {
                    refused.push(Error::BadTemplate {
                        file,
                        at: "name".to_owned(),
                        problem: format!("`{}` is the name of another template", template.name),
                    });
                }
                Ok(template) => all.own.push(template),
                Err(error) => refused.push(error),
            }
        }
        (all, refused)
    }
}
