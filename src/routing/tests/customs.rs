//! Types of task of a project's own, from its models file to the choice.

use super::*;
use crate::routing::custom::samples::{SUPPORT, TERRAFORM};

fn catalogue() -> Catalogue {
    let quoted = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| format!("{text:?}"))
            .collect::<Vec<_>>()
            .join(",\n")
    };
    let file = format!(
        "[[task_type]]\nname = \"support_reply\"\nparent = \"writing_editing\"\nexamples = [\n{}]\n\
         [[task_type]]\nname = \"terraform_change\"\nparent = \"code_generation\"\nexamples = [\n{}]\n",
        quoted(&SUPPORT[..12]),
        quoted(&TERRAFORM[..12])
    );
    Catalogue::builtin().with_models_file(&file, "my.toml").unwrap()
}

fn router_with_types(kept: &Arc<Kept>) -> Router {
    router_of(kept, catalogue(), Settings::default())
}

/// Fails so many tasks that all are of one type.
fn fail(router: &Router, tasks: &[&str], id: &str, times: usize) {
    for round in 0..times {
        let only = Constraints {
            allow: vec![id.to_owned()],
            ..Constraints::default()
        };
        let routed = route(router, &with(tasks[round % tasks.len()], only));
        now(router.learn(&scope("p"), &routed.route_id, 0.0, 1.0)).unwrap();
    }
}

fn chance(route: &Route, id: &str) -> f64 {
    let candidate = route.candidates.iter().find(|candidate| candidate.model == id);
    candidate.unwrap().p_success
}

#[test]
fn a_task_like_the_examples_has_the_projects_type_and_says_why() {
    let kept = Arc::default();
    let answer = route(&router_with_types(&kept), &request(SUPPORT[12]));
    assert_eq!(answer.custom_type.as_deref(), Some("support_reply"));
    assert_eq!(answer.task_type, TaskType::WritingEditing);
    assert_eq!(answer.novelty, 0.0);
    let said: Vec<_> = answer
        .reasons
        .iter()
        .map(|reason| reason.signal.as_ref())
        .collect();
    assert!(said[0].ends_with("as examples of support_reply do"), "{said:?}");
    assert!(
        said.contains(&"is like the 12 examples of support_reply, in standard deviations"),
        "{said:?}"
    );
    let other = route(&router_with_types(&kept), &request("what is a monad"));
    assert_eq!(other.custom_type, None);
    let recorded = kept.routes.lock().unwrap();
    let types: Vec<_> = recorded
        .iter()
        .map(|(_, route)| route.custom_type.as_deref())
        .collect();
    assert_eq!(types, [Some("support_reply"), None]);
}

#[test]
fn outcomes_of_a_projects_type_count_there_first_and_outlive_a_restart_and_the_type() {
    let kept = Arc::default();
    let router = router_with_types(&kept);
    let (custom, parent) = (
        request(SUPPORT[14]),
        request("write a short poem about the sea for my wife"),
    );
    let failed = model(&route(&router, &custom)).to_owned();
    let at = |router: &Router, request| chance(&route(router, request), &failed);
    let before = (at(&router, &custom), at(&router, &parent));
    fail(&router, &SUPPORT[12..], &failed, 40);
    let after = (at(&router, &custom), at(&router, &parent));
    let lost = (before.0 - after.0, before.1 - after.1);
    assert!(lost.0 > 0.15 && lost.0 > 1.2 * lost.1, "{lost:?}");
    assert!(lost.1 > 0.0, "the type it is a kind of learns, too: {lost:?}");
    assert_eq!(at(&router_with_types(&kept), &custom), after.0);
    // Without the type in the file its outcomes are those of its parent.
    let without = router_over(&kept);
    assert!(
        at(&without, &parent) < after.1,
        "{} {}",
        at(&without, &parent),
        after.1
    );
}
