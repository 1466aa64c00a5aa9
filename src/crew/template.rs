//! Templates: plans for work that comes up again, as YAML files that users can write too.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, LazyLock};

use serde::Deserialize;

use super::error::Error;
use super::plan;
use crate::domain::run::Strategy;
use crate::domain::{Plan, PlanStep, RunBudget, TaskType};

mod file;
mod shelf;
pub mod trial;

pub use shelf::Shelf;

/// The format of template files that this version reads.
pub const FORMAT: u32 = 1;
/// Largest template file in bytes.
pub const MAX_FILE: usize = 64 * 1024;
/// Longest value of a parameter in bytes.
pub const MAX_VALUE: usize = 300;

/// The files that are built in. Where nothing else speaks for one of several, the first is chosen.
pub const BUILTIN: [(&str, &str); 12] = [
    ("code_change.yaml", include_str!("templates/code_change.yaml")),
    ("code_review.yaml", include_str!("templates/code_review.yaml")),
    ("research.yaml", include_str!("templates/research.yaml")),
    ("bug_fix.yaml", include_str!("templates/bug_fix.yaml")),
    ("refactor.yaml", include_str!("templates/refactor.yaml")),
    ("test_writing.yaml", include_str!("templates/test_writing.yaml")),
    (
        "security_review.yaml",
        include_str!("templates/security_review.yaml"),
    ),
    ("incident.yaml", include_str!("templates/incident.yaml")),
    (
        "migration_plan.yaml",
        include_str!("templates/migration_plan.yaml"),
    ),
    ("decision.yaml", include_str!("templates/decision.yaml")),
    ("documentation.yaml", include_str!("templates/documentation.yaml")),
    ("release_notes.yaml", include_str!("templates/release_notes.yaml")),
];

/// Where the dry runs of a built-in file begin: they stand last.
const DRY_RUNS: &str = "\ntests:\n";

/// Read when first asked for, because most processes end before they need one. A test reads all of them.
static BUILT_IN: LazyLock<Vec<Template>> = LazyLock::new(|| {
    let read = |(file, text): (&str, &str)| {
        let needed = text.split(DRY_RUNS).next().unwrap_or(text);
        let template = Template::parse(file, needed).ok()?;
        Some(Template {
            file: None,
            ..template
        })
    };
    BUILTIN.into_iter().filter_map(read).collect()
});

/// All templates, built-in ones first.
#[derive(Debug, Clone)]
pub struct Templates {
    own: Vec<Template>,
    shelf: Option<Arc<dyn Shelf>>,
}

/// A plan for work that comes up again.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// The name it is asked for by.
    pub name: String,
    /// What it does, in a line.
    pub title: String,
    /// When to use it, and when not.
    pub when: String,
    /// The kinds of work it is chosen for.
    pub task_types: Vec<TaskType>,
    /// Words in a task that speak for it among templates for the same kind of work.
    pub words: Vec<String>,
    /// What can be set.
    pub parameters: Vec<Parameter>,
    /// How the steps are done, unless a caller says otherwise.
    pub strategy: Strategy,
    /// Who takes part: the role's name and its brief.
    pub roles: Vec<(String, String)>,
    /// The steps; goals still hold `{parameter}` in place of values.
    pub steps: Vec<PlanStep>,
    /// What a run may use when the caller does not say.
    pub budget: RunBudget,
    /// The file it was read from; `None` when it is built in.
    pub file: Option<String>,
}

/// Something that can be set when a template is used.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// The name, as in `{name}`.
    pub name: String,
    /// What it means.
    pub about: String,
    /// Its value when none is given.
    pub default: String,
}

impl Templates {
    /// The built-in templates, and then `files`, each as (name, text). One with the name of an earlier one
    /// replaces it.
    ///
    /// # Errors
    /// [`Error::BadTemplate`] for the first file that is wrong, with its place.
    pub fn load(files: &[(String, String)]) -> Result<Self, Error> {
        let mut own: Vec<Template> = Vec::new();
        for (file, text) in files {
            let template = Template::parse(file, text)?;
            match own.iter_mut().find(|other| other.name == template.name) {
                Some(other) => *other = template,
                None => own.push(template),
            }
        }
        Ok(Self { own, shelf: None })
    }

    /// All of them; one that replaces a built-in one stands in its place.
    pub fn iter(&self) -> impl Iterator<Item = &Template> {
        let replaced = |builtin: &'static Template| self.own(&builtin.name).unwrap_or(builtin);
        let is_new = |own: &&Template| !BUILT_IN.iter().any(|builtin| builtin.name == own.name);
        let new = self.own.iter().filter(is_new);
        BUILT_IN.iter().map(replaced).chain(new)
    }

    fn own(&self, name: &str) -> Option<&Template> {
        self.own.iter().find(|template| template.name == name)
    }

    /// The one with that name.
    ///
    /// # Errors
    /// [`Error::UnknownTemplate`] with the nearest names.
    pub fn get(&self, name: &str) -> Result<&Template, Error> {
        let name = name.trim();
        self.iter()
            .find(|template| template.name == name)
            .ok_or_else(|| Error::UnknownTemplate {
                name: name.chars().take(plan::MAX_NAME).collect(),
                nearest: self.nearest(name),
            })
    }

    /// The template for a task of this type: one of those made for the type, whose words are in the task most
    /// often, users' own first; then the one that did best by `standing`, a grade for a name; then the `suggested` one,
    /// then the first. Without any for the type, one that is made for tasks without a type.
    #[must_use]
    pub fn choose(
        &self,
        task: &str,
        task_type: TaskType,
        suggested: &str,
        standing: impl Fn(&str) -> u32,
    ) -> Option<&Template> {
        let task = task.to_lowercase();
        let said: HashSet<&str> = task.split(|c: char| !c.is_alphanumeric()).collect();
        let is_said = |word: &&String| {
            let word = word.to_lowercase();
            if word.contains(|c: char| !c.is_alphanumeric()) {
                task.contains(&word)
            } else {
                said.contains(word.as_str())
            }
        };
        let fit = |template: &&Template| {
            let n_said = template.words.iter().filter(is_said).count();
            let is_own = template.file.is_some() && n_said > 0;
            (
                is_own,
                n_said,
                standing(&template.name),
                template.name == suggested,
            )
        };
        let all: Vec<&Template> = self.iter().collect();
        let made_for = |task_type| {
            // `max_by_key` takes the last of equals, so the reversal makes it the first.
            let made = all
                .iter()
                .copied()
                .filter(move |template| template.task_types.contains(&task_type));
            made.rev().max_by_key(fit)
        };
        made_for(task_type)
            .or_else(|| made_for(TaskType::General))
            .or(all.first().copied())
    }

    fn nearest(&self, name: &str) -> Vec<String> {
        let mut names: Vec<(f64, &str)> = self
            .iter()
            .map(|template| {
                (
                    strsim::jaro_winkler(&name.to_lowercase(), &template.name),
                    template.name.as_str(),
                )
            })
            .collect();
        names.sort_by(|a, b| b.0.total_cmp(&a.0));
        let close = names.iter().filter(|(likeness, _)| *likeness > 0.7).count();
        let n = if close == 0 { names.len() } else { close };
        names
            .into_iter()
            .take(n.min(10))
            .map(|(_, name)| name.to_owned())
            .collect()
    }
}

impl Template {
    /// The plan with the parameters filled in.
    ///
    /// # Errors
    /// [`Error::BadPlan`] for a parameter that the template does not have or whose value is too long.
    pub fn plan(&self, values: &BTreeMap<String, String>) -> Result<Plan, Error> {
        for (name, value) in values {
            let path = format!("/parameters/{name}");
            if !self.parameters.iter().any(|parameter| parameter.name == *name) {
                let known: Vec<_> = self
                    .parameters
                    .iter()
                    .map(|parameter| parameter.name.as_str())
                    .collect();
                let problem = format!(
                    "template `{}` has no such parameter; it has: {}",
                    self.name,
                    known.join(", ")
                );
                return Err(Error::BadPlan { path, problem });
            }
            if value.len() > MAX_VALUE {
                let problem = format!("it has {} bytes, at most {MAX_VALUE}", value.len());
                return Err(Error::BadPlan { path, problem });
            }
        }
        let steps = self.steps.iter().map(|step| self.filled(step, values)).collect();
        Ok(Plan {
            source: self.name.clone(),
            strategy: self.strategy,
            steps,
            task_type: None,
            notes: Vec::new(),
        })
    }

    fn filled(&self, step: &PlanStep, values: &BTreeMap<String, String>) -> PlanStep {
        let fill = |text: &str| {
            pieces(text)
                .map(|piece| match piece {
                    Piece::Text(text) => text.to_owned(),
                    Piece::Name(name) => {
                        let default = self.parameters.iter().find(|parameter| parameter.name == name);
                        values.get(name).map_or_else(
                            || {
                                default
                                    .map(|parameter| parameter.default.clone())
                                    .unwrap_or_default()
                            },
                            |value| plan::clean(value),
                        )
                    }
                })
                .collect::<String>()
        };
        let brief = self
            .roles
            .iter()
            .find(|(role, _)| *role == step.role)
            .map_or("", |(_, does)| does);
        PlanStep {
            goal: format!("{brief} {}", fill(&step.goal)).trim().to_owned(),
            done_when: step.done_when.iter().map(|text| fill(text)).collect(),
            ..step.clone()
        }
    }
}

enum Piece<'a> {
    Text(&'a str),
    Name(&'a str),
}

impl<'a> Piece<'a> {
    fn name(self) -> Option<&'a str> {
        match self {
            Piece::Name(name) => Some(name),
            Piece::Text(_) => None,
        }
    }
}

/// A text in pieces: `{name}` is a parameter, any other brace is text.
fn pieces(mut text: &str) -> impl Iterator<Item = Piece<'_>> {
    std::iter::from_fn(move || {
        if let Some(name) = leading_name(text) {
            text = text.get(name.len() + 2..)?;
            return Some(Piece::Name(name));
        }
        let first = text.chars().next()?.len_utf8();
        let next = text
            .match_indices('{')
            .map(|(at, _)| at)
            .find(|at| *at > 0 && text.get(*at..).and_then(leading_name).is_some());
        let (head, tail) = text.split_at_checked(next.unwrap_or(text.len()).max(first))?;
        text = tail;
        Some(Piece::Text(head))
    })
}

fn leading_name(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix('{')?.split_once('}')?;
    let plain = !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    plain.then_some(name)
}

#[cfg(test)]
mod tests;
