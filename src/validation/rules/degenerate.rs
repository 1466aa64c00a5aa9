use super::Rule;
use crate::domain::Severity::{Info, Warning};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "degenerate.loop",
        severity: Warning,
        what: "The text ends in the same unit over and over.",
        why: "A model that loops has lost the thread. A unit of at most 250 bytes, at least 4 times and 80 bytes.",
        example: "and then and then and then and then and then and then and then and then and then and then",
        mend: "Cut it off and ask for the rest again.",
        precision: Some("23 of 26 read by hand, of more than 100,000 public answers"),
    },
    Rule {
        id: "degenerate.duplicate-sentence",
        severity: Info,
        what: "A sentence of at least eight words stands twice in the running text.",
        why: "It is told at its second place. Lists, tables and code may repeat themselves; songs and forms will.",
        example: "The board meets every Tuesday at ten o'clock. It rains. The board meets every Tuesday at ten o'clock.",
        mend: "Say it once.",
        precision: None,
    },
    Rule {
        id: "degenerate.line-repeat",
        severity: Info,
        what: "One line makes up more than a third of the text and stands there at least five times.",
        why: "About half of such texts are songs and tables, so it is only told.",
        example: "Row your boat\nRow your boat\nRow your boat\nRow your boat\nRow your boat",
        mend: "Say it once.",
        precision: None,
    },
    Rule {
        id: "degenerate.heading",
        severity: Info,
        what: "A heading skips a level, or nothing stands below it.",
        why: "A heading at the end with nothing below it often means that the text was cut off.",
        example: "# Plan\n\n### Steps\n\nFirst this.\n\n## Risks",
        mend: "Use the level below that of the heading above; write what belongs below it.",
        precision: None,
    },
    Rule {
        id: "degenerate.list",
        severity: Info,
        what: "The numbers of a list do not go up by one.",
        why: "An item was left out, or stands twice. A list of nothing but the same number is let through: it is \
              counted when it is shown.",
        example: "1. Open it.\n2. Search.\n4. Replace.",
        mend: "Number the items in order, or write the item that is missing.",
        precision: None,
    },
];
