//! Whole suites of commands, judged by the built-in packs.

use super::{Bundle, Facts};
use crate::domain::{Action, ActionKind, Effect};

/// The commands of a file that are stopped, and those that are not.
fn judged(file: &str) -> (Vec<String>, Vec<String>) {
    let bundle = Bundle::builtin();
    file.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.replace("\\n", "\n"))
        .partition(|command| {
            let action = Action::new(ActionKind::Shell).with_content(command.as_str());
            bundle.evaluate(&Facts::of(&action, None)).effect >= Effect::RequireApproval
        })
}

#[test]
fn of_an_ordinary_days_commands_at_most_one_in_a_hundred_is_stopped() {
    let (stopped, passed) = judged(include_str!("../../tests/data/commands/harmless.txt"));
    assert!(stopped.len() + passed.len() >= 200);
    assert!(
        stopped.len() * 100 <= stopped.len() + passed.len(),
        "{stopped:#?}"
    );
}

#[test]
fn of_disguised_destruction_at_most_one_in_twenty_passes() {
    let (stopped, passed) = judged(include_str!("../../tests/data/commands/disguised.txt"));
    assert!(stopped.len() + passed.len() >= 150);
    assert!(passed.len() * 20 <= stopped.len() + passed.len(), "{passed:#?}");
}
