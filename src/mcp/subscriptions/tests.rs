//! Who is told of what.

use std::sync::Arc;

use super::*;
use crate::domain::{LessonId, RunId, Scope};
use crate::store::news::{Watcher as _, What};

fn scope(project: &str) -> Scope {
    Scope::new("local", project, "ada").unwrap()
}

fn run(hub: &Hub, project: &str, run: &str, moved: bool) {
    let run = &RunId::new(run);
    hub.written(&scope(project), What::Run { run, moved });
}

/// What has come so far, without waiting.
fn heard(subscriber: &Subscriber) -> Vec<String> {
    let news = subscriber.changed();
    let lists = [(news.prompts, "prompts"), (news.resources, "resources")];
    let lists = lists.into_iter().filter(|(told, _)| *told);
    let lists = lists.map(|(_, name)| name.to_owned());
    news.uris.into_iter().chain(lists).collect()
}

#[test]
fn each_is_told_of_what_it_listens_to_in_its_project_and_of_nothing_else() {
    let hub = Arc::new(Hub::default());
    let (one, other) = (hub.subscriber(&scope("p")), hub.subscriber(&scope("p")));
    one.add("firstmate://run/a").unwrap();
    one.add("firstmate://run/a/graph").unwrap();
    one.add("firstmate://lessons").unwrap();
    other.add("firstmate://runs").unwrap();
    other.add_lists(true, true);
    run(&hub, "p", "a", false);
    run(&hub, "p", "a", false);
    run(&hub, "q", "a", true);
    assert_eq!(heard(&one), ["firstmate://run/a", "firstmate://run/a/graph"]);
    assert_eq!(heard(&other), ["firstmate://runs"]);
    run(&hub, "p", "b", true);
    hub.written(&scope("p"), What::Lessons(&[LessonId::new("l")]));
    assert_eq!(heard(&one), ["firstmate://lessons"]);
    assert_eq!(heard(&other), ["firstmate://runs", "resources"]);
    one.add("firstmate://policy").unwrap();
    hub.rules_changed();
    assert_eq!(heard(&one), ["firstmate://policy"]);
    assert_eq!(heard(&other), [""; 0]);
    one.remove("firstmate://run/a");
    run(&hub, "p", "a", false);
    assert_eq!(heard(&one), ["firstmate://run/a/graph"]);
}

#[test]
fn what_never_changes_is_refused_and_so_is_one_too_many() {
    let hub = Arc::new(Hub::default());
    let greedy = hub.subscriber(&scope("p"));
    for uri in [
        "firstmate://model/x",
        "firstmate://audit",
        "firstmate://models",
        "file:///x",
        "",
    ] {
        assert_eq!(greedy.add(uri).unwrap_err().code.0, -32602, "{uri}");
    }
    let added = (0..10_000).filter(|n| greedy.add(&format!("firstmate://run/{n}")).is_ok());
    assert_eq!(added.count(), MOST);
    let error = greedy.add("firstmate://run/more").unwrap_err();
    assert!(error.message.contains("500"), "{error:?}");
    // The same again is nothing more, and another client is not kept from listening.
    greedy.add("firstmate://run/0").unwrap();
    hub.subscriber(&scope("p")).add("firstmate://run/x").unwrap();
    greedy.remove("firstmate://run/0");
    greedy.add("firstmate://run/more").unwrap();
}

#[test]
fn whoever_leaves_leaves_nothing_behind() {
    let hub = Arc::new(Hub::default());
    for _ in 0..3 {
        let subscriber = hub.subscriber(&scope("p"));
        subscriber.add("firstmate://run/a").unwrap();
        subscriber.add("firstmate://lessons").unwrap();
        subscriber.add_lists(true, true);
        drop(subscriber);
    }
    let inner = lock(&hub.inner);
    assert_eq!((inner.addresses, inner.places.len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn much_in_a_moment_is_told_once() {
    let hub = Arc::new(Hub::default());
    let subscriber = hub.subscriber(&scope("p"));
    subscriber.add("firstmate://run/a").unwrap();
    for _ in 0..100 {
        run(&hub, "p", "a", false);
    }
    let news = subscriber.news().await;
    assert_eq!(news.uris.len(), 1);
    let more = tokio::time::timeout(Duration::from_secs(10), subscriber.news());
    assert!(more.await.is_err(), "it was told twice");
}
