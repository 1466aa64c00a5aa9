//! Outputs that are not all there.

use super::*;

#[test]
fn incomplete_outputs_are_named() {
    check_found(&Artifact::new(" \n"), &["complete.empty 1:1 Error"]);
    let cut = Artifact {
        finish_reason: Some("MAX_TOKENS".into()),
        ..Artifact::new("It was a dark and\n")
    };
    check_found(&cut, &["complete.truncated 1:18 Error"]);
    for comment in [
        "# ... rest of the code unchanged",
        "# ... existing code ...",
        "// ...",
        "/* rest of the styles remain the same */",
        "<!-- existing code here -->",
        "{/* ... other components ... */}",
        "-- ... remaining columns",
        "// Your code here",
        "# (rest of the file unchanged)",
    ] {
        check_found(
            &Artifact::new(format!("```text2\nx\n  {comment}\n```\n")),
            &["complete.elision 3:3 Warning"],
        );
    }
    for comment in [
        "# the rest is computed below",
        "// see ...",
        "# existing users keep their names",
        "x = y[...]",
    ] {
        assert_eq!(
            found(&Artifact::new(format!("```text2\n{comment}\n```\n"))),
            [""; 0],
            "{comment}"
        );
    }
}

#[test]
fn stubs_are_told_from_abstract_methods() {
    check_found(
        &code(
            "python",
            "def f(x):\n    raise NotImplementedError\n\ndef g(x):\n    return x\n",
        ),
        &["complete.stub 1:5 Warning"],
    );
    check_found(
        &code("js", "function f() {\n  throw new Error('Not implemented');\n}\n"),
        &["complete.stub 2:3 Warning"],
    );
    check_clean(
        &code(
            "python",
            "class A(t.Protocol[T]):\n    def f(self): ...\n    def g(self):\n        ...\n",
        ),
        "complete.code",
    );
}

#[test]
fn a_line_of_dots_says_that_code_was_left_out() {
    for code in ["f({\n  a,\n  ...\n});", "function f() {\n  b();\n  …\n}"] {
        check_fence("js", code, &["complete.elision 5:3 Warning"]);
    }
    check_fence("js", "f(\n  ...\n  );;)", &["syntax.javascript 5:3 Error"]);
}
