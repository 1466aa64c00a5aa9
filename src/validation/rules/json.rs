use super::Rule;
use crate::domain::Severity::{Error, Warning};

const STRICT: &str =
    "Parsers refuse it. Where JSON was asked for it is an error; in a fence of an answer a warning.";

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "json.duplicate-key",
        severity: Error,
        what: "An object has a key twice.",
        why: "Parsers silently keep one of the two, not all of them the same. In a fence of an answer a warning.",
        example: "{\"port\": 80, \"port\": 8080}",
        mend: "Keep one, or rename one.",
        precision: None,
    },
    Rule {
        id: "json.comment",
        severity: Error,
        what: "JSON has no comments.",
        why: STRICT,
        example: "{\"port\": 80 // the usual one\n}",
        mend: "Leave it out, or label the fence `jsonc`.",
        precision: None,
    },
    Rule {
        id: "json.trailing-comma",
        severity: Error,
        what: "A comma stands before a closing bracket.",
        why: STRICT,
        example: "[1, 2, ]",
        mend: "Leave it out.",
        precision: None,
    },
    Rule {
        id: "json.ellipsis",
        severity: Error,
        what: "`...` stands where values were left out.",
        why: STRICT,
        example: "[1, 2, ...]",
        mend: "Write all of it.",
        precision: None,
    },
    Rule {
        id: "json.trailing-data",
        severity: Error,
        what: "Text or more JSON stands around the value.",
        why: STRICT,
        example: "{\"a\": 1} {\"a\": 2}",
        mend: "Give one value and nothing else.",
        precision: None,
    },
    Rule {
        id: "json.fenced",
        severity: Error,
        what: "JSON was asked for and came in a Markdown fence.",
        why: "Who asked for JSON gives the text to a parser, and that stops at the fence.",
        example: "```json\n{\"a\": 1}\n```",
        mend: "Give the JSON alone.",
        precision: None,
    },
    Rule {
        id: "json.fragment",
        severity: Warning,
        what: "Members of an object stand without its braces.",
        why: "It is an excerpt: readable, and not JSON.",
        example: "\"port\": 80,\n\"host\": \"::1\"",
        mend: "Add the braces.",
        precision: None,
    },
];
