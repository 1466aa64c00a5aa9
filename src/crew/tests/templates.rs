//! The dry runs of templates, with the engine as it is.

use super::*;
use crate::crew::template::trial::{Trials, Tried};
use crate::crew::template::{BUILTIN, Template};

async fn tried(template: &Template, text: &str) -> Vec<Tried> {
    let trials = Trials::read(template, &format!("{}.yaml", template.name), text).unwrap();
    let crews = World::new().crews_with(Templates::load(&[]).unwrap());
    trials.run(&crews, &ada(), &template.name).await.unwrap()
}

#[tokio::test]
async fn every_built_in_template_goes_through_and_sends_a_bad_output_back() {
    let templates = Templates::load(&[]).unwrap();
    let mut wrong = Vec::new();
    for (template, (file, text)) in templates.iter().zip(BUILTIN) {
        assert_eq!(format!("{}.yaml", template.name), file);
        let tried = tried(template, text).await;
        for run in &tried {
            wrong.extend(
                run.faults
                    .iter()
                    .map(|fault| format!("{file}:{}: {}", fault.line, fault.problem)),
            );
        }
        let is_there = |sends_back| {
            tried
                .iter()
                .any(|run| run.sends_back == sends_back && run.ends == RunStatus::Completed)
        };
        assert!(is_there(false) && is_there(true), "{file} lacks a path");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn the_example_of_the_documentation_does_what_its_dry_runs_say() {
    let docs = include_str!("../../../docs/templates.md");
    let example = docs.split("```yaml\n").nth(1).unwrap();
    let text = example.split("```\n\n").next().unwrap();
    let templates = Templates::load(&[("mine.yaml".to_owned(), text.to_owned())]).unwrap();
    let template = templates.get("notes_for_operators").unwrap().clone();
    let trials = Trials::read(&template, "mine.yaml", text).unwrap();
    let crews = World::new().crews_with(templates);
    let tried = trials.run(&crews, &ada(), &template.name).await.unwrap();
    assert_eq!(tried.len(), 2);
    for run in tried {
        assert_eq!(run.faults, [], "{}", run.name);
    }
}

const DRY: &str = "\
format: 1
name: dry
title: Dry
when: Never.
roles:
  - {id: worker, does: You work.}
steps:
  - id: plan
    role: worker
    goal: Plan it.
    output: {schema: {type: object, required: [what]}}
  - id: work
    role: worker
    needs: [plan]
    goal: Do it.
    output: {kind: markdown}
tests:
  - name: all is well
    task: Do it.
    answers:
      plan: {what: it}
      work: Done.
    expect: {status: completed, order: [plan, work], offered: [work, plan]}
  - name: the first is sent back, the rest is as above
    task: Do it.
    answers:
      plan: {}
    expect: {status: completed, rejected: {plan: [schema.required]}}
";

/// What the dry runs of a changed file say: each fault with its line.
async fn faults(from: &str, to: &str) -> Vec<String> {
    assert!(DRY.contains(from), "{from}");
    let text = DRY.replacen(from, to, 1);
    let templates = Templates::load(&[("dry.yaml".to_owned(), text.clone())]).unwrap();
    let template = templates.get("dry").unwrap().clone();
    let trials = match Trials::read(&template, "dry.yaml", &text) {
        Ok(trials) => trials,
        Err(error) => return vec![error.to_string()],
    };
    let crews = World::new().crews_with(templates);
    let tried = trials.run(&crews, &ada(), "dry").await.unwrap();
    let faults = tried.iter().flat_map(|run| &run.faults);
    faults
        .map(|fault| format!("{}: {}", fault.line, fault.problem))
        .collect()
}

#[tokio::test]
async fn what_goes_another_way_is_told_with_its_line() {
    assert_eq!(faults("Dry", "Dry").await, [""; 0]);
    let mut told = Vec::new();
    for (from, to) in [
        ("plan: {what: it}", "plan: {}"),
        ("work: Done.", "work: [Done., Never]"),
        ("work: Done.", "work: ['']"),
        ("order: [plan, work]", "order: [work, plan]"),
        ("offered: [work, plan]", "offered: [plan]"),
        ("status: completed, order", "status: failed, order"),
        ("plan: {}", "plan: {what: it}"),
        ("[schema.required]", "[schema.type]"),
        ("[schema.required]", "[schema]"),
        ("[schema.required]", "[schema.req]"),
        ("plan: {}", "plan: [{}, {}, {}]"),
        ("      work: Done.", "      walk: Done."),
        ("rejected: {plan", "rejected: {plane"),
        ("expect: {status: completed, rej", "expect: {status: done, rej"),
    ] {
        let faults = faults(from, to).await;
        let faults = if faults.is_empty() {
            "passes".to_owned()
        } else {
            faults.join("\n  ")
        };
        told.push(format!("{to}\n  {faults}"));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    plan: {}
      21: answer 1 of `plan` was sent back by schema.required at line 1, column 1: the value: "what" is a required property, at `{}`; add the member "what"
      18: step `plan` is offered for attempt 2, and there is no answer for it
      27: answer 2 of `plan` was sent back by schema.required at line 1, column 1: the value: "what" is a required property, at `{}`; add the member "what"
      24: step `plan` is offered for attempt 3, and there is no answer for it
    work: [Done., Never]
      passes
    work: ['']
      22: answer 1 of `work` was sent back by step.empty: the output is empty; hand in the whole output as `output`
      18: step `work` is offered for attempt 2, and there is no answer for it
      24: answer 1 of `work` was sent back by step.empty: the output is empty; hand in the whole output as `output`
      24: step `work` is offered for attempt 2, and there is no answer for it
    order: [work, plan]
      18: recorded had to be work, plan, and it was plan, work
    offered: [plan]
      18: offered, too: work
    status: failed, order
      18: the run had to be failed, and it is completed
    plan: {what: it}
      24: 1 of `plan` had to be sent back, and 0 were
    [schema.type]
      27: answer 1 of `plan` had to be sent back by schema.type, not by schema.required at line 1, column 1: the value: "what" is a required property, at `{}`; add the member "what"
    [schema]
      passes
    [schema.req]
      27: answer 1 of `plan` had to be sent back by schema.req, not by schema.required at line 1, column 1: the value: "what" is a required property, at `{}`; add the member "what"
    plan: [{}, {}, {}]
      27: answer 2 of `plan` was sent back by schema.required at line 1, column 1: the value: "what" is a required property, at `{}`; add the member "what"
      27: answer 3 of `plan` was sent back by schema.required at line 1, column 1: the value: "what" is a required property, at `{}`; add the member "what"
      24: the run had to be completed, and it is failed, attempts_exhausted: step `plan` was sent back 3 times; last: schema.required: the value: "what" is a required property, at `{}`
          walk: Done.
      template dry.yaml is wrong at line 22: there is no step `walk` to answer
    rejected: {plane
      template dry.yaml is wrong at line 24: there is no step `plane` to expect something of
    expect: {status: done, rej
      template dry.yaml is wrong at line 28: unknown variant `done`, expected one of working, input_required, completed, failed, cancelled
    "#);
}

const LISTS: &str = "\
format: 1
name: lists
title: Lists
when: Never.
strategy: graph
roles:
  - {id: worker, does: You work.}
steps:
  - {id: list, role: worker, goal: List it., output: {kind: json}}
  - {id: each, role: worker, goal: Do one., needs: [list], foreach: {step: list}, executor: local/big}
  - {id: sum, role: worker, goal: Sum up., needs: [each]}
tests:
  - name: each item has an answer of its own, and no model is asked
    task: Do it.
    answers:
      list: [[a, b]]
      each: [a is done, b is done]
      sum: Both are done.
    expect: {status: completed, order: [list, each.1, each.2, sum]}
";

#[tokio::test]
async fn items_and_steps_of_models_are_answered_from_the_file() {
    let templates = Templates::load(&[("lists.yaml".to_owned(), LISTS.to_owned())]).unwrap();
    let template = templates.get("lists").unwrap().clone();
    let trials = Trials::read(&template, "lists.yaml", LISTS).unwrap();
    let crews = World::new().crews_with(templates.for_dry_runs());
    let tried = trials.run(&crews, &ada(), "lists").await.unwrap();
    assert_eq!(tried[0].faults, []);
}
