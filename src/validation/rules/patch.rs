use super::Rule;
use crate::domain::Severity::{Error, Warning};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "patch.header",
        severity: Error,
        what: "A hunk's header does not fit its lines: wrong counts or no line numbers, a line without a mark, an agent's block without its end.",
        why: "`git apply` refuses it, and other tools drop the lines behind the count. When the lines themselves fit \
              the file, the header is written anew in `repaired`. In a fence without `target_file` it is a warning.",
        example: "@@ -1,9 +1,9 @@\n one\n-two\n+2\n three",
        mend: "Count the lines again: context and `-` make the old side, context and `+` the new one.",
        precision: Some("no false alarm on 859 real diffs (docs/validation.md)"),
    },
    Rule {
        id: "patch.context",
        severity: Error,
        what: "The file does not have the lines that the patch expects; the first that differs is shown in both versions.",
        why: "Patches are applied without fuzz: a change put beside lines that differ is a change nobody has read.",
        example: "@@ -1,3 +1,3 @@\n one\n-too\n+2\n three",
        mend: "Copy the lines from the file as it is now.",
        precision: Some("no false alarm on 859 real diffs (docs/validation.md)"),
    },
    Rule {
        id: "patch.whitespace",
        severity: Error,
        what: "The patch differs from the file in blanks, line ends or the missing line feed at the end only.",
        why: "It does not apply. Where what is added can be indented in one way only, `repaired` has it. Search and \
              replace blocks may differ in line ends: agents read lines.",
        example: "@@ -1,2 +1,2 @@\n if x:\n-    one()   # the file has a tab here\n+    two()",
        mend: "Copy the lines with their blanks from the file.",
        precision: Some("no false alarm on 859 real diffs (docs/validation.md)"),
    },
    Rule {
        id: "patch.ambiguous",
        severity: Warning,
        what: "The old lines stand in the file more than once, and the line numbers point to none of the places.",
        why: "Tools take the nearest place or the first one, which may be the wrong one.",
        example: "@@ -70,1 +70,1 @@\n-    return None\n+    return 0",
        mend: "Give more lines of context.",
        precision: Some("no false alarm on 859 real diffs (docs/validation.md)"),
    },
    Rule {
        id: "patch.noop",
        severity: Error,
        what: "The patch, or a hunk of it, changes nothing: there is no hunk, both sides are equal, or the file has the change already.",
        why: "Applying it succeeds and does nothing, which is easily taken for done. A hunk among others that do change \
              something is a warning.",
        example: "@@ -1,2 +1,2 @@\n one\n two",
        mend: "Mark what goes with `-` and what comes with `+`, or leave it out.",
        precision: Some("no false alarm on 859 real diffs (docs/validation.md)"),
    },
    Rule {
        id: "patch.target",
        severity: Error,
        what: "The patch is for another file: hardly a line it expects is in `target_file`, or it creates a file that is there.",
        why: "It was written from memory, or `target_file` is not the file it names.",
        example: "*** Begin Patch\n*** Add File: there_already.py\n+x = 1\n*** End Patch",
        mend: "Write the patch against the file as it is now.",
        precision: Some("no false alarm on 859 real diffs (docs/validation.md)"),
    },
];
