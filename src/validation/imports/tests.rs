use super::super::{Settings, check as validate};
use crate::domain::{Artifact, Validation};

fn judged(language: &str, manifest: Option<&str>, output: &str) -> Validation {
    let artifact = Artifact {
        kind: Some("code".into()),
        language: Some(language.into()),
        manifest: manifest.map(Into::into),
        ..Artifact::new(output)
    };
    validate(&artifact, &Settings::default())
}

#[track_caller]
fn check(language: &str, manifest: Option<&str>, output: &str, expected: &[&str]) -> Validation {
    let validation = judged(language, manifest, output);
    let found: Vec<_> = validation
        .findings
        .iter()
        .map(|f| format!("{} {}:{} {:?}", f.rule, f.line, f.column, f.severity))
        .collect();
    assert_eq!(found, expected, "{output}\n{validation:#?}");
    validation
}

#[test]
fn names_that_python_never_had_or_has_no_more_are_told() {
    for (code, expected, fix) in [
        (
            "from collections import defualtdict\n",
            "import.stdlib-name 1:25 Warning",
            "did you mean `defaultdict`?",
        ),
        (
            "from urllib import urlencode\n",
            "import.stdlib-name 1:20 Warning",
            "did you mean `urllib.parse.urlencode`?",
        ),
        (
            "from collections import Mapping\n",
            "import.stdlib-name 1:25 Info",
            "take it from `collections.abc`",
        ),
        (
            "import os\nos.path.joinn('a')\n",
            "import.stdlib-name 2:9 Warning",
            "did you mean `join`?",
        ),
        (
            "import json as j\nj.lods('1')\n",
            "import.stdlib-name 2:3 Warning",
            "did you mean `loads`?",
        ),
        (
            "import xml.etree.ElementTre\n",
            "import.stdlib-name 1:8 Warning",
            "did you mean `ElementTree`?",
        ),
        (
            "import colections\n",
            "import.typo 1:8 Warning",
            "did you mean `collections`?",
        ),
    ] {
        let found = check("python", None, code, &[expected]);
        assert_eq!(found.findings[0].fix.as_deref(), Some(fix), "{code}");
    }
    check("python", None, "import imp\n", &["import.stdlib-name 1:8 Info"]);
}

#[test]
fn what_may_be_there_is_let_through() {
    for code in [
        "try:\n    from collections import Mapping\nexcept ImportError:\n    from collections.abc import Mapping\n",
        "import sys\nif sys.version_info < (3,):\n    from urllib import urlencode\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from os import Nothing\n",
        "import os\nif hasattr(os, 'forkk'):\n    os.forkk()\n",
        "import os\nos = make()\nos.anything()\n",
        "def f(json):\n    return json.anything\nimport json\n",
        "import os\nos.startfile('a')\nos.O_BINARY\n",
        "import sys\nsys.extra = 1\nprint(sys.extra, sys.frozen)\n",
        "from .collections import Anything\nfrom secrets import API_KEY\nimport pickle5\n",
        "from os import *\nfrom datetime import datetime\ndatetime.anything\n",
        "from contextlib import suppress\nimport os\nwith suppress(AttributeError):\n    os.anything()\n",
    ] {
        check("python", None, code, &[]);
    }
}

#[test]
fn names_that_node_never_had_are_told() {
    for (language, code, expected) in [
        (
            "js",
            "import { readFileAsync } from 'node:fs/promises';\n",
            "1:10",
        ),
        ("js", "const { promisfy } = require('util');\n", "1:9"),
        ("js", "const fs = require('fs');\nfs.readFileSyncc('a');\n", "2:4"),
        ("ts", "import * as path from 'path';\npath.joined('a');\n", "2:6"),
        ("js", "import x from 'node:fss';\n", "1:16"),
    ] {
        check(
            language,
            None,
            code,
            &[&format!("import.stdlib-name {expected} Warning")],
        );
    }
    for (language, code) in [
        (
            "js",
            "const fs = require('fs');\nif (fs.cloneFile) fs.cloneFile();\n",
        ),
        ("js", "let fs; try { fs = require('fs'); fs.magic(); } catch {}\n"),
        (
            "js",
            "import fs from 'fs';\nfunction f(fs) { return fs.magic; }\n",
        ),
        (
            "ts",
            "import { PathLike, readFile } from 'fs';\nimport type { magic } from 'fs';\n",
        ),
        (
            "js",
            "import test, { describe } from 'node:test';\nimport { EventEmitter, once } from 'events';\n",
        ),
        (
            "js",
            "const assert = require('assert');\nassert.strictEqual(1, 1); assert.strict.equal(1, 1);\n",
        ),
        ("js", "const { magic = 1 } = require('fs');\n"),
    ] {
        check(language, None, code, &[]);
    }
}

#[test]
fn packages_are_compared_with_the_manifest() {
    let python =
        "[project]\nname = \"mine\"\ndependencies = [\"requests\", \"pillow\", \"python-frontmatter\"]\n";
    check(
        "python",
        Some(python),
        "import requests, PIL, frontmatter, mine.x, os, json\n",
        &[],
    );
    check(
        "python",
        Some(python),
        "import yaml\nimport yaml\n",
        &["import.undeclared 1:8 Warning"],
    );
    check(
        "python",
        Some(python),
        "from helpers import x\n",
        &["import.undeclared 1:6 Info"],
    );
    check(
        "python",
        Some(python),
        "import requets\n",
        &["import.typo 1:8 Warning"],
    );
    check(
        "python",
        Some(python),
        "try:\n    import yaml\nexcept ImportError:\n    yaml = None\n",
        &[],
    );
    let node = "{\"name\": \"mine\", \"dependencies\": {\"lodash\": \"4\", \"@types/estree\": \"1\"}}";
    check(
        "js",
        Some(node),
        "import _ from 'lodash/fp';\nimport './a.js';\nimport fs from 'fs';\n",
        &[],
    );
    check(
        "ts",
        Some(node),
        "import { Node } from 'estree';\nimport x from '@/lib/x';\n",
        &[],
    );
    check(
        "js",
        Some(node),
        "import a from 'axios';\n",
        &["import.undeclared 1:16 Warning"],
    );
    check(
        "js",
        Some(node),
        "const b = require('@scope/b/c');\n",
        &["import.undeclared 1:20 Warning"],
    );
    check(
        "js",
        Some(node),
        "import x from 'lodahs';\n",
        &["import.typo 1:16 Warning"],
    );
    let rust = "[package]\nname = \"my-app\"\n[dependencies]\nserde_json = \"1\"\nasync-std = \"1\"\n";
    check(
        "rust",
        Some(rust),
        "use serde_json::Value;\nuse async_std::task;\nuse my_app::run;\nuse std::fmt;\nmod util;\nuse util::x;\n",
        &[],
    );
    check(
        "rust",
        Some(rust),
        "use std::fmt;\nuse anyhow::Result;\n\nfn f() -> Result<()> {\n    Ok(())\n}\n",
        &["import.undeclared 2:5 Warning"],
    );
    check(
        "rust",
        Some(rust),
        "use helpers::x;\n",
        &["import.undeclared 1:5 Info"],
    );
    check(
        "rust",
        Some(rust),
        "use serde_jsn::Value;\n",
        &["import.typo 1:5 Warning"],
    );
    let workspace = check(
        "rust",
        Some("[workspace]\nmembers = [\"a\"]\n"),
        "use anyhow::Result;\n",
        &[],
    );
    assert!(workspace.coverage.not_checked[0].reason.contains("other files"));
    let other = check("js", Some(python), "import a from 'axios';\n", &[]);
    assert!(
        other.coverage.not_checked[0].reason.contains("another language"),
        "{other:#?}"
    );
    let broken = check("js", Some("{"), "import a from 'axios';\n", &[]);
    assert!(
        broken.coverage.not_checked[0].reason.contains("not JSON"),
        "{broken:#?}"
    );
}
