//! Made-up outputs: a defect is found where it was put, and no text does any harm.

use proptest::prelude::*;

use super::*;

/// A defect behind containers, with what stands before each of its lines.
fn planted() -> impl Strategy<Value = (String, usize)> {
    let container = prop::sample::select(vec![
        ("", ""),
        ("- ", "  "),
        ("> ", "> "),
        ("1. ", "   "),
        ("> - ", ">   "),
        ("- > ", "  > "),
        ("- 1. > ", "     > "),
    ]);
    let ends = prop::sample::select(vec!["\n", "\r\n"]);
    let text = prop::sample::select(vec!["", "Hello 😀 world", "a\tb é", "* x\n* y"]);
    let code = prop::sample::select(vec![
        ("python", "x = '😀é'; ", "y = = 1"),
        ("python", "if x:\n\ty = 1\n\tz = 2 ", ")"),
        ("js", "const a = '😀';\nlet b = ", "];"),
        ("json", "{\"😀\": [1,\n\t2 ", "}"),
        ("ts", "type A = { a: string };\n\tlet c: = ", "1;"),
    ]);
    (text, container, ends, code).prop_map(|(text, (first, rest), end, (language, before, defect))| {
        let mut output = String::new();
        for line in text.lines() {
            output.push_str(line);
            output.push_str(end);
        }
        output.push_str(end);
        let fenced = format!("```{language}\n{before}\u{1}{defect}\n```\nbehind");
        for (i, line) in fenced.lines().enumerate() {
            output.push_str(if i == 0 { first } else { rest });
            output.push_str(line);
            output.push_str(end);
        }
        let place = output.find('\u{1}').unwrap();
        (output.replace('\u{1}', ""), place)
    })
}

proptest! {
    #[test]
    fn a_defect_is_reported_where_it_was_planted((output, place) in planted()) {
        let validation = judged(&Artifact::new(output.clone()));
        prop_assert_eq!(validation.verdict, Verdict::Fail, "{}", output);
        let finding = &validation.findings[0];
        let line = output[..place].matches('\n').count() as u32 + 1;
        let column = output[..place].rsplit('\n').next().unwrap().encode_utf16().count() as u32 + 1;
        prop_assert_eq!(finding.line, line, "{:?} in {}", finding, output);
        // Some parsers complain about the token behind or before: never more than a few columns away.
        prop_assert!(finding.column.abs_diff(column) <= 6, "{:?} in {}", finding, output);
        prop_assert!(output.is_char_boundary(finding.byte_start) && output.is_char_boundary(finding.byte_end));
    }

    #[test]
    fn any_text_is_judged_without_harm(output in "\\PC{0,200}", kind in prop::sample::select(vec![None, Some("json"), Some("code"), Some("markdown")])) {
        for language in [None, Some("python"), Some("js")] {
            let artifact = Artifact { kind: kind.map(Into::into), language: language.map(Into::into), ..Artifact::new(output.clone()) };
            let validation = judged(&artifact);
            prop_assert!(validation.findings.iter().all(|f| f.byte_end <= output.len() && f.line > 0 && f.column > 0));
            prop_assert!(!validation.coverage.not_checked.iter().any(|entry| entry.reason.contains("internal")));
        }
    }
}
