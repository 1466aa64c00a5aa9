//! What stands before a task and says nothing about it: who the model is told to be.

/// How such a paragraph begins, in lower case.
const STARTS: [&str; 9] = [
    "you are",
    "you're",
    "act as",
    "system:",
    "<system>",
    "[system]",
    "### system",
    "# system",
    "your role is",
];
/// What may stand between it and the task.
const MARKS: [&str; 8] = [
    "user:",
    "human:",
    "### task",
    "### user",
    "# task",
    "### instruction:",
    "task:",
    "[user]",
];
/// A preamble longer than this is material to read.
const MAX_BYTES: usize = 4_096;

/// Where the task proper begins: behind a first paragraph, or else a first sentence, that tells the model who it
/// is, if anything follows it.
pub(super) fn end(task: &str) -> usize {
    let start = task.len() - task.trim_start().len();
    let text = task.get(start..).unwrap_or_default();
    if !STARTS.iter().any(|known| begins(text, known)) {
        return 0;
    }
    let paragraph = text.split_once("\n\n").map(|(paragraph, _)| paragraph.len() + 2);
    let line = text.split_once('\n').map(|(line, _)| line.len() + 1);
    let sentence = text.split_once(". ").map(|(sentence, _)| sentence.len() + 2);
    let Some(mut end) = paragraph.or(line).or(sentence).filter(|end| *end <= MAX_BYTES) else {
        return 0;
    };
    let rest = |end: usize| text.get(end..).unwrap_or_default();
    while let Some(mark) = MARKS.iter().find(|mark| begins(rest(end).trim_start(), mark)) {
        end = text.len() - rest(end).trim_start().len() + mark.len();
    }
    if rest(end).trim().is_empty() {
        0
    } else {
        start + end
    }
}

fn begins(text: &str, lower: &str) -> bool {
    text.get(..lower.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(lower))
}

#[cfg(test)]
mod tests {
    use super::end;

    #[track_caller]
    fn check(task: &str, proper: &str) {
        assert_eq!(task.get(end(task)..).unwrap().trim_start(), proper);
    }

    #[test]
    fn who_the_model_is_told_to_be_is_no_task_unless_nothing_else_is_there() {
        check("You are a helpful assistant.\n\nFix the tests", "Fix the tests");
        check("You are a pirate. Tell me a joke", "Tell me a joke");
        check("SYSTEM: be brief\n\nUser: sort these", "sort these");
        check("You are a pirate", "You are a pirate");
        check("You are éé\n\n", "You are éé\n\n");
        check("Fix this\n\nYou are great", "Fix this\n\nYou are great");
    }
}
