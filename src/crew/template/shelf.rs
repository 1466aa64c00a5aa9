//! The templates that a project has of its own.

use std::sync::Arc;

use super::{Template, Templates};
use crate::crew::error::Error;

/// Knows where projects keep templates. Asked each time, because one process serves many projects, and so that a
/// changed file counts at once.
pub trait Shelf: std::fmt::Debug + Send + Sync {
    /// The template files of a project, each as (name, text).
    fn files(&self, project: &str) -> Vec<(String, String)>;

    /// The files that hold for every project, each as (name, text), where they may have changed since they were read
    /// first; `None` where they cannot.
    fn common(&self) -> Option<Vec<(String, String)>> {
        None
    }

    /// Changes when one of all these files comes, goes or changes.
    fn stamp(&self, project: &str) -> u64 {
        let _ = project;
        0
    }
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

    /// Changes when a file changes that the project's templates are read from.
    #[must_use]
    pub fn stamp(&self, project: &str) -> u64 {
        self.shelf.as_ref().map_or(0, |shelf| shelf.stamp(project))
    }

    /// These and the project's own, and why some of its files were left out: one that is wrong, and one with a name
    /// that is taken. A repository that was cloned shall neither stop the work nor change what a name means.
    #[must_use]
    pub fn of(&self, project: &str) -> (Self, Vec<Error>) {
        let (mut all, mut refused) = (self.clone(), Vec::new());
        // What was right when the server started stays where a file has become wrong since.
        match self
            .shelf
            .as_ref()
            .and_then(|shelf| shelf.common())
            .map(|files| Self::load(&files))
        {
            Some(Ok(now)) => all.own = now.own,
            Some(Err(error)) => refused.push(error),
            None => {}
        }
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
