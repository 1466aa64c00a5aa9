use super::Rule;
use crate::domain::Severity::{Info, Warning};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "refusal.full",
        severity: Warning,
        what: "The answer declines what was asked.",
        why: "A refusal reads like a result to a program. One that says so is found anywhere near the beginning; one that \
              argues instead (it judges the request, speaks of values, sends elsewhere) only when a `request` is given, \
              in answers of at most 400 words without headings or code. English only.",
        example: "I'm sorry, but I can't help with that.",
        mend: "Ask in another way, or another model; do not use it as the result.",
        precision: Some(
            "both rules together, on 1,337 public answers of three models, weights learnt on the other two: \
             precision .95, recall .90, F1 .93 at 3.0 % false alarms; \
             3 false alarms in 2,833 dialogue answers and documents",
        ),
    },
    Rule {
        id: "refusal.partial",
        severity: Info,
        what: "The answer declines a part, or lacks access to what was asked, and gives something.",
        why: "What it gives may do, and may not be what was asked: steps or code stand beside the refusal, or it says \
              that it has no access to what it would need.",
        example: "I can't access your files, but here is how to do it:\n\n1. Open it.\n2. Search.\n3. Replace.",
        mend: "See whether what is there is enough; give what it lacks.",
        precision: Some(
            "one in three partial refusals is called partial, the others full; see `refusal.full`",
        ),
    },
];
