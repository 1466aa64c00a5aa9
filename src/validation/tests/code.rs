//! Code that is parsed, whole or in a fence.

use super::*;

#[test]
fn python_is_parsed_and_judged_as_cpython_compiles_it() {
    for (source, place) in [
        ("def f(:\n    pass\n", "1:7"),
        ("x = 1\nreturn x\n", "2:1"),
        ("x = 1\nyield x\n", "2:1"),
        ("await g()\n", "1:1"),
        ("def f():\n    await g()\n", "2:5"),
        ("class A:\n    x = 1\n    return x\n", "3:5"),
        ("def f(a, a): return a\n", "1:10"),
        ("for x in y: pass\nelse:\n    break\n", "3:5"),
        ("x = 1\nfrom __future__ import annotations\n", "2:1"),
        ("def f():\n    x = 1\n    global x\n", "2:5"),
        ("f(a=1, a=2)\n", "1:8"),
        ("def f():\n    return [(yield x) for x in y]\n", "2:14"),
        ("def f():\n    nonlocal x\n", "2:14"),
        ("\"\"\"\n>>> f()\n\"\"\"\nx = (\n", "4:6"),
        ("x = 1\n```\ny = 2\n", "2:1"),
    ] {
        let [only] = &found(&code("python", source))[..] else {
            panic!("{source}: {:?}", found(&code("python", source)));
        };
        assert_eq!(only, &format!("syntax.python {place} Error"), "{source}");
    }
}

#[test]
fn python_that_only_looks_wrong_is_clean() {
    for source in [
        "match = 1\nmatch match:\n    case 1: pass\n",
        "async def f():\n    return [x async for x in y if await x]\n",
        "def f():\n    return (await_ async for await_ in y)\n",
        "def f[T: int](x: T = 1) -> T:\n    return x\n",
        "type A = int\nprint(f\"{'a' f'{1}'}\")\n",
        "x = lambda: (yield)\n",
        "def f(a):\n    import b.c\n    def g():\n        nonlocal a, b\n        a = b\n",
        "class A:\n    def f(self):\n        nonlocal __class__\n",
        "def f(x=lambda y: (yield y)):\n    global z\n    z = x\n",
        "for i in a:\n    def f():\n        while i:\n            continue\n    break\n",
        "try:\n    pass\nexcept* ValueError:\n    x = 1\n",
        "\"\"\"doc\"\"\"\nfrom __future__ import annotations\n",
    ] {
        check_clean(&code("python", source), "syntax.python");
    }
}

#[test]
fn python_dialects_are_read_as_what_they_are() {
    for block in [
        ">>> x = [1,\n...      2]\n>>> x\n[1, 2]\n>>> for a in x:\n...     print(a)\n...\n1\n2\n",
        "    if x:\n        return 1\n    return 2\n",
        "!pip install x\n%matplotlib inline\nimport x\nawait x.y()\n",
    ] {
        check_clean(
            &Artifact::new(format!("```python\n{block}```\n")),
            "syntax.python",
        );
    }
    check_found(
        &Artifact::new("```py\n>>> x = (1\n>>> y\n```\n"),
        &["syntax.python 3:5 Error"],
    );
}

#[test]
fn javascript_and_typescript_are_parsed_with_regular_expressions_and_early_errors() {
    for (language, source, place) in [
        ("javascript", "let a = 1;\nlet a = 2;\n", "1:5"),
        ("javascript", "const r = /(/;\n", "1:12"),
        ("javascript", "function f() { return 1;\n", "1:25"),
        ("js", "for (;;) { break x; }\n", "1:18"),
        ("jsx", "const a = <div><b></div>;\n", "1:21"),
        ("typescript", "interface A { b: ; }\n", "1:18"),
        ("javascript", "const a: number = 1;\n", "1:7"),
    ] {
        let all = found(&code(language, source));
        assert_eq!(all.len(), 1, "{source}: {all:?}");
        let name = if language == "typescript" {
            language
        } else {
            "javascript"
        };
        assert_eq!(all[0], format!("syntax.{name} {place} Error"), "{source}");
    }
}

#[test]
fn javascript_dialects_are_tried_before_anything_is_reported() {
    for (language, source) in [
        ("javascript", "if (!x) return;\nmodule.exports = 1;\n"),
        ("javascript", "import a from 'a';\nconst b = await a();\n"),
        ("javascript", "with (a) { b = 010; }\n"),
        ("javascript", "const a = <div>{b}</div>;\n"),
        (
            "javascript",
            "#!/usr/bin/env node\nlabel: for (const x of y) continue label;\n",
        ),
        ("typescript", "const a = <T,>(x: T) => x;\nconst b = <string>c;\n"),
        ("typescript", "const a = <div />;\nexport type B = typeof a;\n"),
        ("typescript", "declare module 'x' { export const y: number; }\n"),
    ] {
        check_clean(&code(language, source), &format!("syntax.{language}"));
    }
    for block in [
        "const a: number = 1;\n",
        "{ a: 1, b: [2] }\n",
        "render() { return 1 }\n",
    ] {
        check_clean(
            &Artifact::new(format!("```js\n{block}```\n")),
            "syntax.javascript",
        );
    }
}

#[test]
fn a_few_lines_quoted_in_prose_need_no_function_around_them() {
    for code in [
        "return x",
        "for x in y:\n    yield x",
        "if x is None:\n    continue",
    ] {
        check_fence("python", code, &[]);
    }
    check_fence("python", "import a\n\nreturn a.b", &["syntax.python 5:1 Error"]);
}

#[test]
fn what_declarations_may_not_have_is_not_said_of_code() {
    let artifact = Artifact {
        kind: Some("code".into()),
        language: Some("typescript".into()),
        ..Artifact::new("let x: string;\nconst y: number = 1;\nlet x: string;\n")
    };
    check_found(&artifact, &["syntax.typescript 1:5 Error"]);
}
