use super::Rule;
use crate::domain::Severity::{Error, Info, Warning};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "complete.empty",
        severity: Error,
        what: "There is no output.",
        why: "White space alone is no answer.",
        example: "(an empty string)",
        mend: "Ask again.",
        precision: Some("by definition"),
    },
    Rule {
        id: "complete.truncated",
        severity: Error,
        what: "The output stops before it is done.",
        why: "An error when `finish_reason` says so (`length`, `max_tokens` and the like). A warning when prose ends with a \
              comma, an opening bracket, an operator, an empty item, a lone heading, or a word that something has to follow.",
        example: "finish_reason: max_tokens",
        mend: "Let it go on, or ask for less at once.",
        precision: Some("as an error by definition: the provider says it"),
    },
    Rule {
        id: "complete.fence",
        severity: Warning,
        what: "A fence is never closed, or closed by a fence that was to stand inside it.",
        why: "The text may be cut off. Where a `markdown` fence is ended by the fences inside it, it is an info.",
        example: "```python\nprint(1)",
        mend: "Write the rest and close it; make an outer fence longer than those inside.",
        precision: None,
    },
    Rule {
        id: "complete.elision",
        severity: Warning,
        what: "A comment stands for code that was left out.",
        why: "Who takes the code as it is loses what stood there. `...` in stubs, slices, protocols and spreads is let through.",
        example: "def load(path):\n    # ... rest unchanged",
        mend: "Write all of the code.",
        precision: None,
    },
    Rule {
        id: "complete.todo",
        severity: Info,
        what: "A comment says that something is still to be done: `TODO`, `FIXME`.",
        why: "It was left for somebody to do. At most 20 are told of a block.",
        example: "total = price  # TODO: tax",
        mend: "Do it, and leave the comment out.",
        precision: None,
    },
    Rule {
        id: "complete.stub",
        severity: Warning,
        what: "A body does nothing: `pass`, `...`, `raise NotImplementedError`, `todo!()` and their like.",
        why: "It was promised and not written. Abstract methods, protocols and overloads are let through.",
        example: "def save(user):\n    pass",
        mend: "Write the body.",
        precision: None,
    },
];
