//! `firstmate crew graph`: which steps wait for which, drawn for a terminal or written for Mermaid.

use std::fmt::Write as _;

use super::picture::picture;
use super::show::remarks;
use crate::cli::screen::{Ink, Screen, padded, visible};
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

/// The same as a flowchart: solid arrows in place of the lines of the picture, dotted ones for what else a step gets
/// and for what is done again.
#[must_use]
pub fn mermaid(template: &Template) -> String {
    let steps = &template.steps;
    let mut text = format!("---\ntitle: {:?}\n---\nflowchart TD\n", template.title);
    // Ids of Mermaid's own, because a step may be called `end`.
    for (n, step) in steps.iter().enumerate() {
        let _written = writeln!(
            text,
            "    s{n}[\"{}<br/>{}\"]",
            escaped(step.id.as_str()),
            escaped(&step.role)
        );
    }
    let drawn = edges(steps);
    for (n, step) in steps.iter().enumerate() {
        for need in &step.needs {
            let Some(from) = steps.iter().position(|other| other.id == *need) else {
                continue;
            };
            let arrow = if drawn.contains(&(from, n)) { "-->" } else { "-.->" };
            let _written = writeln!(text, "    s{from} {arrow} s{n}");
        }
        let first = step.repeat.as_ref().and_then(|repeat| repeat.steps.first());
        if let Some(first) = first.and_then(|first| steps.iter().position(|other| other.id == *first)) {
            let _written = writeln!(text, "    s{n} -. again .-> s{first}");
        }
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "#amp;")
        .replace('"', "#quot;")
        .replace('<', "#lt;")
        .replace('>', "#gt;")
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
    // By step everything it waits for, over any number of steps; those stand before it.
    let mut waits: Vec<Vec<usize>> = Vec::with_capacity(steps.len());
    let mut edges = Vec::new();
    for (n, step) in steps.iter().enumerate() {
        let at = |need: &StepId| steps.iter().take(n).position(|other| other.id == *need);
        let needs: Vec<usize> = step.needs.iter().filter_map(at).collect();
        let behind = |need: &usize| waits.get(*need).into_iter().flatten().copied();
        let mut all: Vec<usize> = needs.iter().flat_map(behind).collect();
        edges.extend(
            needs
                .iter()
                .filter(|need| !all.contains(need))
                .map(|need| (*need, n)),
        );
        all.extend(needs);
        waits.push(all);
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crew::Templates;

    #[test]
    fn mermaid_tells_the_way_from_what_is_handed_on() {
        let templates = Templates::load(&[]).unwrap();
        insta::assert_snapshot!(mermaid(templates.get("release_notes").unwrap()), @r##"
        ---
        title: "Tell users what a release changes for them"
        ---
        flowchart TD
            s0["collect<br/>historian"]
            s1["upgrade<br/>upgrader"]
            s2["draft<br/>writer"]
            s3["check<br/>checker"]
            s4["finish<br/>writer"]
            s0 --> s1
            s0 --> s2
            s0 -.-> s3
            s1 --> s3
            s2 --> s3
            s0 -.-> s4
            s1 -.-> s4
            s2 -.-> s4
            s3 --> s4
        "##);
        assert_eq!(escaped("a \"b\" <c>"), "a #quot;b#quot; #lt;c#gt;");
    }

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
