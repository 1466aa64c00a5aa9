use insta::assert_snapshot;

use super::*;

fn load(text: &str) -> Result<Templates, Error> {
    Templates::load(&[("mine.yaml".to_owned(), text.to_owned())])
}

/// The error that a template file gives.
fn check_fault(text: &str) -> String {
    load(text).map(|_| ()).unwrap_err().to_string()
}

const MINE: &str = "\
format: 1
name: mine
title: Mine
when: Always.
parameters:
  - {name: tone, about: How it sounds., default: dry}
roles:
  - {id: writer, does: You write.}
steps:
  - id: draft
    role: writer
    goal: >-
      Draft it, {tone}, as {\"json\": 1}.
  - id: polish
    role: writer
    needs: [draft]
    goal: Polish it.
";

#[test]
fn the_built_in_templates_load_and_fit_their_bounds() {
    let templates = Templates::load(&[]).unwrap();
    assert_eq!(templates.iter().count(), BUILTIN.len());
    for (file, text) in BUILTIN {
        assert_eq!(Template::parse(file, text).unwrap().file.as_deref(), Some(file));
        assert!(text.contains(DRY_RUNS), "{file}");
    }
    for template in templates.iter() {
        let plan = template.plan(&BTreeMap::new()).unwrap();
        assert!(
            plan.steps.iter().all(|step| !step.done_when.is_empty()),
            "{}",
            template.name
        );
        // The longest values that are taken still leave goals that can be shown whole.
        let longest = template
            .parameters
            .iter()
            .map(|p| (p.name.clone(), "x".repeat(MAX_VALUE)))
            .collect();
        plan::check(template.plan(&longest).unwrap().steps).unwrap();
    }
}

#[test]
fn parameters_fill_the_goals() {
    let templates = load(MINE).unwrap();
    let mine = templates.get("mine").unwrap();
    let goal = |values: &[(&str, &str)]| {
        let values = values
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        mine.plan(&values)
            .map(|plan| plan.steps[0].goal.clone())
            .map_err(|error| error.to_string())
    };
    assert_eq!(goal(&[]).unwrap(), "You write. Draft it, dry, as {\"json\": 1}.");
    assert_eq!(
        goal(&[("tone", "{tone}")]).unwrap(),
        "You write. Draft it, {tone}, as {\"json\": 1}."
    );
    assert_snapshot!(goal(&[("ton", "x")]).unwrap_err(), @"the plan is wrong at /parameters/ton: template `mine` has no such parameter; it has: tone");
}

#[test]
fn a_wrong_file_is_refused_with_its_place() {
    let mended = [
        ("title:", "titel:"),
        ("format: 1", "format: 2"),
        ("name: mine", "name: My Own"),
        ("name: mine", "name: auto"),
        ("[draft]", "[draught]"),
        ("[draft]", "[polish]"),
        ("role: writer\n    needs", "role: author\n    needs"),
        ("{tone}", "{mood}"),
        ("Polish it.", "[1"),
        ("goal: Polish it.", "goal: ''"),
    ];
    let faults: Vec<_> = mended
        .iter()
        .map(|(from, to)| check_fault(&MINE.replace(from, to)))
        .collect();
    assert_snapshot!(faults.join("\n").replace("template mine.yaml is wrong at ", ""), @r"
    line 3: unknown field `titel`, expected one of format, name, title, when, task_types, words, parameters, strategy, roles, steps, budget, tests
    format: format 2 is not read, only 1
    name: it has to be made of a-z, 0-9 and _, and not `given` or `auto`
    name: it has to be made of a-z, 0-9 and _, and not `given` or `auto`
    line 14, needs/0: there is no step `draught`
    line 14, needs/0: step `polish` needs itself
    line 14, role: `author` is not among the roles
    line 10, goal: `{mood}` is not among the parameters
    line 17: expected string scalar
    line 14, goal: it is empty: say what the step has to reach
    ");
}

#[test]
fn a_hostile_file_is_refused_in_little_time() {
    let bomb = "a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n".to_owned()
        + "c: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c]\n";
    assert!(
        check_fault(&bomb).contains("unknown field"),
        "{}",
        check_fault(&bomb)
    );
    assert!(check_fault(&"[".repeat(20_000)).contains("line 1"));
    assert!(check_fault(&"x".repeat(MAX_FILE + 1)).contains("larger than 65536 bytes"));
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest() {
    let templates = Templates::load(&[]).unwrap();
    let answer = |name| templates.get(name).unwrap_err().to_string();
    assert_eq!(
        answer("code-reveiw"),
        "there is no template `code-reveiw`; nearest: code_review"
    );
    assert_eq!(
        answer("zzz"),
        "there is no template `zzz`; nearest: code_change, code_review, research, bug_fix, refactor, test_writing, \
         security_review, incident, migration_plan, decision"
    );
}

#[test]
fn the_type_of_the_task_chooses_then_the_users_words_then_the_suggestion() {
    let mine = MINE.replace(
        "when: Always.",
        "when: Always.\ntask_types: [code_debug_review]\nwords: [\"release notes\", Flaky]",
    );
    let templates = load(&mine).unwrap();
    let choose = |task, task_type, suggested| {
        templates
            .choose(task, task_type, suggested, |_| 0)
            .unwrap()
            .name
            .as_str()
    };
    let review = TaskType::CodeDebugReview;
    assert_eq!(choose("Look at this", review, "code_review"), "code_review");
    assert_eq!(choose("Look at this", review, "none"), "code_change");
    assert_eq!(choose("Look at this flaky test", review, "code_review"), "mine");
    assert_eq!(choose("Check the release notes", review, "code_review"), "mine");
    assert_eq!(choose("Check the release", review, "code_review"), "code_review");
    assert_eq!(
        choose("Write a slugify function", TaskType::CodeGeneration, "research"),
        "code_change"
    );
    assert_eq!(choose("hello", TaskType::General, "none"), "research");
}

#[test]
fn a_task_that_says_what_it_is_gets_the_template_for_that() {
    use TaskType::{
        CodeDebugReview as Review, CodeGeneration as Code, KnowledgeQa as Question,
        PlanningArchitecture as Planning, WritingEditing as Writing,
    };
    let templates = Templates::load(&[]).unwrap();
    for (task, task_type, suggested, expected) in [
        (
            "Write a slugify function with tests",
            Code,
            "code_change",
            "code_change",
        ),
        (
            "Add an export button to the report page",
            Code,
            "code_change",
            "code_change",
        ),
        (
            "Why does the import crash on empty files? Fix it",
            Review,
            "code_change",
            "bug_fix",
        ),
        (
            "There is a regression in the date parser",
            Review,
            "code_change",
            "bug_fix",
        ),
        (
            "Refactor the session store, it is one huge class",
            Code,
            "code_change",
            "refactor",
        ),
        (
            "Write unit tests for the tokenizer",
            Code,
            "code_change",
            "test_writing",
        ),
        (
            "Review this pull request: it adds a cache",
            Review,
            "code_review",
            "code_review",
        ),
        (
            "Review this fix of the crash",
            Review,
            "code_review",
            "code_review",
        ),
        (
            "Do a security review of the login",
            Review,
            "code_review",
            "security_review",
        ),
        (
            "Review this pull request for injection",
            Review,
            "code_review",
            "security_review",
        ),
        (
            "The checkout is down since 9, help",
            Review,
            "code_change",
            "incident",
        ),
        (
            "Write the post-mortem of Monday's outage",
            Writing,
            "none",
            "incident",
        ),
        ("Write the release notes of 3.0", Writing, "none", "release_notes"),
        ("Write a README for this crate", Writing, "none", "documentation"),
        ("Make this paragraph shorter", Writing, "none", "research"),
        (
            "Plan how we migrate from MySQL to PostgreSQL",
            Planning,
            "research",
            "migration_plan",
        ),
        (
            "Should we use Kafka or a table for the jobs?",
            Planning,
            "research",
            "decision",
        ),
        (
            "How does TLS session resumption work?",
            Question,
            "none",
            "research",
        ),
    ] {
        let chosen = templates.choose(task, task_type, suggested, |_| 0).unwrap();
        assert_eq!(chosen.name, expected, "{task}");
    }
}

#[test]
fn the_example_of_the_documentation_loads() {
    let docs = include_str!("../../../docs/templates.md");
    let example = docs
        .split("```yaml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap();
    let templates = load(example).unwrap();
    let plan = templates
        .get("notes_for_operators")
        .unwrap()
        .plan(&BTreeMap::new())
        .unwrap();
    assert!(
        plan.steps[1]
            .goal
            .contains("Write the notes for users of the program: what is new")
    );
}
