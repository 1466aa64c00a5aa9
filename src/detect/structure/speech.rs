//! The forms of texts that are written to be obeyed by a model. This looks for forms, not for bad intentions.

use std::sync::LazyLock;

use regex::RegexSet;

/// Commands to forget one's orders, to take on a role, to keep silent or to reveal; and the marks with which
/// chat formats divide speakers.
#[expect(
    clippy::expect_used,
    reason = "the patterns are fixed, and a test compiles them"
)]
static FORMS: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSet::new([
        r"(?i)\b(ignore|disregard|forget|override|bypass|do not follow|don't follow)\b.{0,30}\b(previous|prior|above|earlier|preceding|all|any|your|system|these|those)\b.{0,30}\b(instructions?|prompts?|rules|directives?|guidelines|orders|guardrails|training)\b",
        r"(?i)\b(new|updated|real|actual)\s+(system\s+)?(instructions?|prompt|directive)s?\s*:",
        r"(?i)\byou (are|will be) now\b.{0,40}\b(no longer (bound|restricted)|unrestricted|uncensored|DAN|(developer|admin|god|debug|maintenance) mode)\b",
        r"(?i)\b(pretend|act|behave|respond) (to be|as|like)\b.{0,40}\b(no (restrictions|rules|limits|filters)|unrestricted|uncensored|jailbroken|DAN|developer mode)\b",
        r"(?i)\b(reveal|print|show|repeat|output|leak|send|exfiltrate)\b.{0,30}\b(your|the) (system|initial|hidden|original|secret) (prompt|instructions?|message)\b",
        r"(?i)\b(do not|don't|never) (tell|inform|reveal|alert)\b.{0,30}\b(the )?(user|human|person|developer|operator|anyone)\b",
        r"(?i)\bwithout (telling|informing|asking|notifying|alerting)\b.{0,20}\b(the )?(user|human|person|anyone)\b",
        r"(?i)<\|?\s*/?(im_start|im_end|system|assistant|endoftext|begin_of_text|eot_id|start_header_id)\s*\|?>",
        r"(?i)\[/?(INST|SYS|SYSTEM)\]|<</?SYS>>",
        r"(?im)^\s*(#{1,4}\s*)?(system|assistant|developer)\s*(prompt|message)?\s*:\s",
        r"(?i)\b(dear|attention|hey|note to|message (to|for)|instructions? (to|for)|important[,:]?)\s+(all\s+)?(ai|llm|assistant|language model|chatbot|agent|model)s?\b",
        r"(?i)\bas an? (ai|llm|language model|assistant), you (must|should|will|have to|are)\b",
        r"(?i)\b(whenever|every time|each time|before|after)\b.{0,40}\byou (must|should|have to|need to)\b.{0,40}\b(call|invoke|run|execute|send|post|curl|fetch|upload)\b.{0,60}https?://",
    ])
    .expect("valid patterns")
});

/// What says little in the open and much where nobody reads: sending what is secret, not telling, using tools.
#[expect(
    clippy::expect_used,
    reason = "the patterns are fixed, and a test compiles them"
)]
static HIDDEN: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSet::new([
        r"(?i)\b(send|post|upload|forward|exfiltrate|leak|e-?mail|append|include|copy)\b.{0,60}\b(tokens?|passwords?|secrets?|api[ _-]?keys?|private keys?|credentials?|\.env|environment variables?|conversation|chat history|system prompt|ssh)\b",
        r"(?i)\b(ai|llm|language model|assistant|agent|chatbot|copilot|claude|gpt|gemini)s?\b.{0,80}\b(must|should|shall|always|never|please|do not|don't|ignore|instead|now)\b",
        r"(?i)\b(ignore|disregard|forget|override)\b.{0,40}\b(instructions?|prompts?|rules|guidelines|orders|policy|policies|safety)\b",
        r"(?i)\byou (are|will|must|should|have to|need to)\b.{0,80}\b(call|invoke|run|execute|send|fetch|curl|reveal|read|write|delete|approve)\b",
        r"(?i)\b(call|invoke|use|run|execute) the\b.{0,40}\b(tool|function|command)\b.{0,40}\b(first|before|instead|with|silently|secretly)\b",
        r"(?i)\b(secretly|silently|without (the )?user|do not (tell|mention|reveal)|don't (tell|mention|reveal))\b",
    ])
    .expect("valid patterns")
});

/// Whether `text` has a form that speaks to a model.
#[must_use]
pub fn speaks_to_a_model(text: &str) -> bool {
    FORMS.is_match(text)
}

/// Whether `text`, which a reader does not see, tells a model to do something.
pub(super) fn commands_a_model(text: &str) -> bool {
    // Most of what is hidden is a word or two for a formatter.
    text.split_ascii_whitespace().nth(3).is_some() && (HIDDEN.is_match(text) || FORMS.is_match(text))
}
