//! `firstmate crew graph`: which steps wait for which, drawn for a terminal.

use super::picture::picture;
use super::show::remarks;
use crate::cli::screen::{Ink, Screen, padded, visible};
use crate::crew::graph;
use crate::crew::template::Template;
use crate::domain::{PlanStep, StepId};

/// A line is not drawn wider in a file.
const COLUMNS: usize = 100;

/// The picture, and below it every step with all it needs. A picture that would be too wide is left out.
#[must_use]
pub fn told(template: &Template, screen: Screen, unicode: bool) -> String {
    let steps = &template.steps;
    let mut told = format!(
        "{}  {}\n\n",
        screen.ink(Ink::Strong, &template.name),
        visible(&template.title)
    );
    if let Some(picture) = picture(steps, screen.columns().unwrap_or(COLUMNS), unicode) {
        told.push_str(&picture);
        told.push('\n');
    }
    let widest = |of: fn(&PlanStep) -> &str| steps.iter().map(|step| of(step).len()).max().unwrap_or(0);
    let (id, role) = (widest(|step| step.id.as_str()), widest(|step| &step.role));
    for (step, level) in steps.iter().zip(levels(steps)) {
        let needs: Vec<_> = step.needs.iter().map(ToString::to_string).collect();
        let needs = match needs.as_slice() {
            [] => "the task".to_owned(),
            needs => needs.join(", "),
        };
        let line = format!(
            "{:>3}  {}  {}  {}",
            level + 1,
            padded(step.id.as_str(), id),
            screen.ink(Ink::Faint, &padded(&step.role, role)),
            needs
        );
        told.push_str(&line);
        told.push('\n');
        for remark in remarks(step) {
            told.push_str(&screen.prose(&remark, 5));
        }
    }
    told
}

/// How far each step is from the beginning: one more than the farthest it needs.
pub(super) fn levels(steps: &[PlanStep]) -> Vec<usize> {
    let mut levels: Vec<usize> = Vec::with_capacity(steps.len());
    for step in steps {
        let level_of = |need: &StepId| {
            let at = steps.iter().position(|other| other.id == *need)?;
            levels.get(at).map(|level| level + 1)
        };
        let level = step.needs.iter().filter_map(level_of).max().unwrap_or(0);
        levels.push(level);
    }
    levels
}

/// The needs, as (from, to), that do not follow from others.
pub(super) fn edges(steps: &[PlanStep]) -> Vec<(usize, usize)> {
    let at = |need: &StepId| steps.iter().position(|other| other.id == *need);
    let needs = steps
        .iter()
        .map(|step| step.needs.iter().filter_map(at).collect());
    graph::edges(&needs.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crew::Templates;

    #[test]
    fn a_picture_stands_above_every_need() {
        let templates = Templates::load(&[]).unwrap();
        insta::assert_snapshot!(told(templates.get("bug_fix").unwrap(), Screen::file(), false), @r##"
        bug_fix  Find the cause of a bug and remove it

                +---------------+
                | reproduce     |
                | investigator  |
                +-------+-------+
                        |
                        v
                +---------------+
                | diagnose      |
                | investigator  |
                +-------+-------+
              +---------+-------+
              v                 v
        +-----------+   +---------------+
        | fix       |   | siblings      |
        | developer |   | investigator  |
        +-----+-----+   +-------+-------+
              +-------+         |
                      v         |
                +-----------+   |
                | attack    |   |
                | reviewer  |   |
                +-----+-----+   |
                      +-+-------+
                        v
                  +-----------+
                  | finish    |
                  | developer |
                  +-----------+

          1  reproduce  investigator  the task
          2  diagnose   investigator  reproduce
          3  fix        developer     reproduce, diagnose
          3  siblings   investigator  diagnose
          4  attack     reviewer      reproduce, diagnose, fix
             Again with fix until attack/verdict is "approve", at most 3 rounds
          5  finish     developer     diagnose, fix, siblings, attack
        "##);
        insta::assert_snapshot!(told(templates.get("security_review").unwrap(), Screen::terminal(80), true), @r##"
        security_review  Look for ways to attack it, and show each

                                 ┌───────────┐
                                 │ model     │
                                 │ modeller  │
                                 └─────┬─────┘
                 ┌─────────────────────┼─────────────────────┐
                 ▼                     ▼                     ▼
        ┌─────────────────┐   ┌─────────────────┐   ┌─────────────────┐
        │ input           │   │ access          │   │ supply          │
        │ input_reviewer  │   │ access_reviewer │   │ supply_reviewer │
        └────────┬────────┘   └────────┬────────┘   └────────┬────────┘
                 └─────────────────────┼─────────────────────┘
                                       ▼
                                 ┌───────────┐
                                 │ verify    │
                                 │ verifier  │
                                 └─────┬─────┘
                                       │
                                       ▼
                                  ┌─────────┐
                                  │ report  │
                                  │ editor  │
                                  └─────────┘

          1  model   modeller         the task
          2  input   input_reviewer   model
          2  access  access_reviewer  model
          2  supply  supply_reviewer  model
          3  verify  verifier         model, input, access, supply
          4  report  editor           model, input, access, supply, verify
        "##);
    }

    #[test]
    fn no_line_of_a_picture_is_wider_than_the_terminal() {
        for template in Templates::load(&[]).unwrap().iter() {
            for columns in [40, 60, 80, 120] {
                let Some(picture) = picture(&template.steps, columns, true) else {
                    continue;
                };
                for line in picture.lines() {
                    assert!(line.chars().count() <= columns, "{}: {line}", template.name);
                }
                for step in &template.steps {
                    assert!(picture.contains(step.id.as_str()), "{} in\n{picture}", step.id);
                }
            }
        }
    }
}
