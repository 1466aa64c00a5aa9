use super::super::syntax::Language;
use super::*;

fn rules(code: &str) -> Vec<String> {
    let block = Block::whole(code, Language::Other("x".into()));
    left_out(&block).into_iter().map(|defect| defect.rule).collect()
}

#[test]
fn an_elision_is_found_in_every_kind_of_comment() {
    for (open, close) in [
        ("//", ""),
        ("#", ""),
        ("--", ""),
        ("%", ""),
        (";", ""),
        (";;", ""),
        ("/*", "*/"),
        ("<!--", "-->"),
        ("{/*", "*/}"),
        ("(*", "*)"),
        ("REM", ""),
        ("'", ""),
        ("{#", "#}"),
        ("<%--", "--%>"),
        ("@*", "*@"),
        ("{{!--", "--}}"),
        ("!", ""),
        ("--[[", "]]"),
        ("{-", "-}"),
        ("%%", ""),
    ] {
        for text in [
            "... rest of the code unchanged",
            "...",
            "existing code ...",
            "rest of the file unchanged",
        ] {
            let line = format!("  {open} {text} {close}\n");
            assert_eq!(rules(&line), ["complete.elision"], "{line}");
        }
    }
}

#[test]
fn what_only_trails_off_or_documents_is_no_elision() {
    for line in [
        "/// ... rest of the code unchanged",
        "//! ...",
        "// and then we wait...",
        "# previous values are kept",
        "# the other methods are described above",
        "-- existing rows are deleted first",
        "f(...args)",
        "const a = [...b];",
        "* ... see below",
        "// ..............",
        "// one\n// ...\n// two",
        "// Previous task parked, use a new task...",
        "# ...and we have the right candidates for all the other fields.",
        "'...'",
        "!important",
        "- ...",
    ] {
        assert_eq!(rules(line), [""; 0], "{line}");
    }
}

#[test]
fn what_is_to_do_is_told_where_a_comment_says_it() {
    for line in [
        "x = 1  # TODO: y",
        "// FIXME",
        "<!-- TODO -->",
        " * TODO(me) z",
        "-- TODO",
    ] {
        assert_eq!(rules(line), ["complete.todo"], "{line}");
    }
    for line in ["TODO = 1", "x = todo # todo list", "print(\"TODO\")", "# TODOS"] {
        assert_eq!(rules(line), [""; 0], "{line}");
    }
}

#[test]
fn prose_that_ends_where_none_ends_is_cut_off() {
    for text in [
        "It needs the following,",
        "First (",
        "So a =",
        "- one\n-",
        "1. a\n2.",
        "This is because the",
        "Text.\n\n## Next\n",
    ] {
        assert!(cut_off(text).is_some(), "{text}");
    }
    for text in [
        "Done.",
        "See [here](x)",
        "| a |\n|---|",
        "- one\n- two",
        "Yes",
        "## Title",
        "Regards,\nA",
        "---",
        "What for?",
        "`a =`",
        "in 2019.",
        "Nothing yet :(",
        "The answer is 3)",
        "",
    ] {
        assert!(cut_off(text).is_none(), "{text}");
    }
}
