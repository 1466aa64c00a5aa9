use super::Rule;
use crate::domain::Severity::Warning;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "import.stdlib-name",
        severity: Warning,
        what: "The standard library of Python, or a module of Node, has no such name.",
        why: "Python 3.6 to 3.13 and typeshed's other platforms and versions, and Node 20 to 24, are taken together: \
              what is told was in none of them. What newer versions of Python dropped is an info. Imports that are \
              tried, conditional or for the type checker only are let through, as are names that the code asks for \
              or sets, and modules that projects like to have of their own (`secrets`, `test`, `token`, ..).",
        example: "from collections import defualtdict",
        mend: "Take the name that is meant, or the module it moved to.",
        precision: Some(
            "8 warnings on 11,658 installed Python files, each a name that Python 3 does not have",
        ),
    },
    Rule {
        id: "import.undeclared",
        severity: Warning,
        what: "A package is imported that the given `manifest` does not declare.",
        why: "It fails on another machine. Modules that may be the project's own are an info. Only a manifest that \
              names all packages is used: no `-r`, no `dynamic`.",
        example: "import yaml  # with a requirements.txt of: requests",
        mend: "Declare it, or do without it.",
        precision: None,
    },
    Rule {
        id: "import.typo",
        severity: Warning,
        what: "A package that is not known is one or two letters away from one that is.",
        why: "Misspelled names fail at best; at worst somebody has published a package under them.",
        example: "import requets  # with a requirements.txt of: requests",
        mend: "Write the name that is meant.",
        precision: None,
    },
];
