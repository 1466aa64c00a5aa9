//! The first of the README's two commands.

use crate::support::run;

#[test]
fn the_demo_plays_a_whole_piece_of_work() {
    let dir = tempfile::tempdir().unwrap();
    let (code, stdout, stderr) = run(dir.path(), &["demo"]);
    assert_eq!(code, Some(0), "{stdout}\n{stderr}");
    for event in [
        "route_task",
        "invalid",
        "killed",
        "completed",
        "deny",
        "record_lesson",
        "search_knowledge",
    ] {
        assert!(
            stdout.contains(event),
            "the demo does not show {event}:\n{stdout}"
        );
    }
}
