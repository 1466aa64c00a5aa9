//! What stands around a task and says nothing about it: who the model is told to be, and small talk.

use std::ops::Range;

use super::hash;

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
/// How a first paragraph begins that may say in what setting a task is asked, behind the marks of a heading.
const SETTINGS: [&str; 14] = [
    "instructions",
    "context",
    "background",
    "environment",
    "setting",
    "session",
    "rules",
    "guidelines",
    "note",
    "role",
    "persona",
    "current date",
    "today is",
    "the following is",
];
/// How many of the last ones need not say more.
const PLAIN_SETTINGS: usize = 5;
/// What such a paragraph speaks of; else it is material.
const SPEAKS_OF: [u64; 18] = hash::words([
    "assistant",
    "conversation",
    "chat",
    "answer",
    "answers",
    "respond",
    "reply",
    "replies",
    "response",
    "responses",
    "session",
    "markdown",
    "concise",
    "emoji",
    "emojis",
    "tools",
    "editor",
    "timezone",
]);
/// A longer one is material, too.
const MAX_SETTING_BYTES: usize = 400;

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

/// A sentence of these alone is small talk.
const SMALL_TALK: [u64; 117] = hash::words([
    "hi",
    "hello",
    "hey",
    "good",
    "morning",
    "evening",
    "afternoon",
    "day",
    "there",
    "everyone",
    "team",
    "all",
    "dear",
    "quick",
    "question",
    "sorry",
    "to",
    "bother",
    "the",
    "trouble",
    "hope",
    "you",
    "are",
    "is",
    "well",
    "doing",
    "would",
    "mind",
    "could",
    "can",
    "i",
    "m",
    "we",
    "appreciate",
    "it",
    "this",
    "that",
    "much",
    "obliged",
    "very",
    "so",
    "great",
    "be",
    "have",
    "a",
    "minute",
    "moment",
    "second",
    "if",
    "when",
    "get",
    "chance",
    "time",
    "need",
    "some",
    "your",
    "help",
    "me",
    "with",
    "in",
    "advance",
    "for",
    "cheers",
    "regards",
    "best",
    "kind",
    "take",
    "no",
    "rush",
    "urgent",
    "please",
    "thanks",
    "thank",
    "ok",
    "okay",
    "alright",
    "right",
    "favour",
    "favor",
    "do",
    "awesome",
    "really",
    "lot",
    "claude",
    "assistant",
    "kindly",
    "greetings",
    "howdy",
    "hiya",
    "yo",
    "folks",
    "friend",
    "friends",
    "guys",
    "mate",
    "buddy",
    "sir",
    "madam",
    "may",
    "ask",
    "something",
    "convenient",
    "possible",
    "ready",
    "free",
    "available",
    "again",
    "nice",
    "lovely",
    "wonderful",
    "weekend",
    "week",
    "one",
    "grateful",
    "glad",
    "happy",
    "any",
]);
/// What a request is wrapped in: `I would be glad if you could`.
const FRAME: [u64; 44] = hash::words([
    "i",
    "we",
    "it",
    "d",
    "m",
    "ll",
    "s",
    "would",
    "could",
    "can",
    "will",
    "may",
    "might",
    "be",
    "is",
    "am",
    "are",
    "was",
    "were",
    "if",
    "you",
    "to",
    "possible",
    "able",
    "grateful",
    "glad",
    "happy",
    "great",
    "nice",
    "lovely",
    "appreciate",
    "really",
    "very",
    "much",
    "so",
    "wondering",
    "hoping",
    "like",
    "love",
    "want",
    "need",
    "there",
    "any",
    "please",
]);
/// What such a frame ends with.
const FRAME_ENDS: [[&str; 2]; 7] = [
    ["you", "could"],
    ["you", "can"],
    ["you", "would"],
    ["you", "might"],
    ["possible", "to"],
    ["able", "to"],
    ["you", "to"],
];
/// And how many words it has.
const FRAME_WORDS: usize = 10;
/// Small talk is short.
const SMALL_BYTES: usize = 48;

/// The task proper: without a preamble and without small talk before and after it, unless nothing else is there.
pub(super) fn task(text: &str) -> Range<usize> {
    let mut range = end(text)..text.len();
    let part = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default();
    while let Some(length) =
        first_sentence(part(&range)).filter(|length| is_small_talk(part(&range).get(..*length)))
    {
        range.start += length;
    }
    range.start += frame(part(&range));
    while let Some(length) = last_sentence(part(&range)).filter(|length| {
        let whole = part(&range);
        is_small_talk(whole.get(whole.len() - length..))
    }) {
        range.end -= length;
    }
    range
}

/// The length of the first sentence, if it is short and not all. A line break does not end it: what stands below
/// may be material, which only a first line of its own tells from prose.
fn first_sentence(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let ends = |at: &usize| matches!(bytes.get(*at), Some(b'.' | b'!' | b'?' | b':' | b','));
    let blank = |at: &usize| matches!(bytes.get(at + 1), Some(b' '));
    let end = (0..bytes.len().min(SMALL_BYTES)).find(|at| ends(at) && blank(at))? + 1;
    (!text.get(end..)?.trim().is_empty()).then_some(end)
}

/// The length of the last sentence, if it is short and not all.
fn last_sentence(text: &str) -> Option<usize> {
    let body = text.trim_end().trim_end_matches(['.', '!', '?', ':', ')']);
    let bytes = body.as_bytes();
    let from = bytes.len().saturating_sub(SMALL_BYTES);
    let starts = |at: &usize| match bytes.get(*at) {
        Some(b'\n') => true,
        Some(b'.' | b'!' | b'?') => bytes.get(at + 1).is_some_and(u8::is_ascii_whitespace),
        _ => false,
    };
    let start = (from..bytes.len()).rev().find(starts)? + 1;
    let rest = text.get(..start)?;
    (!rest.trim().is_empty() && !text.get(start..)?.trim().is_empty()).then_some(text.len() - start)
}

/// The length of the frame that the text begins with; 0 without one or with nothing else.
fn frame(text: &str) -> usize {
    let mut end = 0;
    let mut before = "";
    for word in text
        .split_inclusive([' ', '\''])
        .take(FRAME_WORDS)
        .scan(0, |at, word| {
            *at += word.len();
            Some((word.trim_end_matches([' ', '\'']), *at))
        })
    {
        let (word, at) = word;
        if !FRAME.contains(&hash::word(word.as_bytes())) {
            break;
        }
        let is =
            |known: &[&str; 2]| known[0].eq_ignore_ascii_case(before) && known[1].eq_ignore_ascii_case(word);
        if FRAME_ENDS.iter().any(is) {
            end = at;
        }
        before = word;
    }
    if text.get(end..).unwrap_or_default().trim().is_empty() {
        0
    } else {
        end
    }
}

fn is_small_talk(sentence: Option<&str>) -> bool {
    let words = sentence.unwrap_or_default().split(|c: char| !c.is_alphanumeric());
    let mut words = words.filter(|word| !word.is_empty()).peekable();
    words.peek().is_some() && words.all(|word| SMALL_TALK.contains(&hash::word(word.as_bytes())))
}

/// Where the task proper begins: behind a first paragraph, or else a first sentence, that tells the model who it
/// is, if anything follows it.
pub(super) fn end(task: &str) -> usize {
    let start = task.len() - task.trim_start().len();
    let text = task.get(start..).unwrap_or_default();
    if !STARTS.iter().any(|known| begins(text, known)) {
        return start + setting(text);
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

/// The length of a first paragraph that says in what setting the task below it is asked; 0 without one.
fn setting(text: &str) -> usize {
    let words = text.trim_start_matches(['#', '[', '<', '*', ' ', '(']);
    let Some(label) = SETTINGS.iter().position(|known| begins(words, known)) else {
        return 0;
    };
    let Some((paragraph, task)) = text.split_once("\n\n") else {
        return 0;
    };
    let mut said = paragraph.split(|c: char| !c.is_alphanumeric());
    let speaks = label + PLAIN_SETTINGS >= SETTINGS.len()
        || said.any(|word| SPEAKS_OF.contains(&hash::word(word.as_bytes())));
    let is_setting = speaks && paragraph.len() <= MAX_SETTING_BYTES && !paragraph.contains('?');
    if is_setting && !task.trim().is_empty() {
        paragraph.len() + 2
    } else {
        0
    }
}

fn begins(text: &str, lower: &str) -> bool {
    text.get(..lower.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(lower))
}

#[cfg(test)]
mod tests;
