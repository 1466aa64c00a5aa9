use crate::domain::Artifact;

use super::super::{Settings, check};

#[track_caller]
fn check_found(language: &str, code: &str, rule: Option<&str>) {
    let artifact = Artifact {
        kind: Some("code".into()),
        language: Some(language.into()),
        ..Artifact::new(code)
    };
    let validation = check(&artifact, &Settings::default());
    let found: Vec<&str> = validation
        .findings
        .iter()
        .map(|finding| finding.rule.as_str())
        .collect();
    assert_eq!(found, rule.into_iter().collect::<Vec<_>>(), "{code}");
}

#[test]
fn dangerous_calls_of_python_are_found() {
    for (code, rule) in [
        ("eval(input())", "unsafe.eval"),
        ("exec(code, {})", "unsafe.eval"),
        ("subprocess.run(cmd, shell=True)", "unsafe.shell-true"),
        ("os.system(f'rm {path}')", "unsafe.shell-command"),
        ("os.popen('ls ' + path)", "unsafe.shell-command"),
        ("requests.get(url, verify=False)", "unsafe.tls-off"),
        ("c = httpx.Client(verify=False)", "unsafe.tls-off"),
        ("c = ssl._create_unverified_context()", "unsafe.tls-off"),
        ("pickle.loads(body)", "unsafe.deserialize"),
        ("yaml.load(f)", "unsafe.deserialize"),
        (
            "cursor.execute(f\"SELECT * FROM t WHERE a = {a}\")",
            "unsafe.sql-format",
        ),
        (
            "db.cur.execute('DELETE FROM t WHERE a = %s' % a)",
            "unsafe.sql-format",
        ),
        ("tempfile.mktemp()", "unsafe.temp-name"),
        ("app.run(debug=True)", "unsafe.debug"),
    ] {
        check_found("python", &format!("{code}\n"), Some(rule));
    }
    for code in [
        "eval('1 + 1')",
        "model.eval()",
        "'eval(x)'",
        "# eval(x)",
        "subprocess.run(['ls', path])",
        "subprocess.run(cmd, shell=False)",
        "os.system('clear')",
        "requests.get(url, verify=path)",
        "yaml.load(f, Loader=yaml.SafeLoader)",
        "yaml.safe_load(f)",
        "json.loads(body)",
        "cursor.execute('SELECT ? FROM t', (a,))",
        "cursor.execute(f'SELECT 1')",
        "task.execute(f'run {a}')",
        "app.run(debug=settings.debug)",
    ] {
        check_found("python", &format!("{code}\n"), None);
    }
}

#[test]
fn dangerous_calls_of_javascript_are_found() {
    for (code, rule) in [
        ("eval(code);", "unsafe.eval"),
        ("const f = new Function('a', code);", "unsafe.eval"),
        ("setTimeout(`f(${a})`, 1);", "unsafe.eval"),
        ("exec(`ls ${path}`);", "unsafe.shell-command"),
        ("child_process.execSync('ls ' + path);", "unsafe.shell-command"),
        ("https.get({ rejectUnauthorized: false });", "unsafe.tls-off"),
        (
            "process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';",
            "unsafe.tls-off",
        ),
        ("a.innerHTML = `<b>${name}</b>`;", "unsafe.html"),
        ("document.write('<b>' + name);", "unsafe.html"),
    ] {
        check_found("javascript", code, Some(rule));
        check_found("typescript", code, Some(rule));
    }
    for code in [
        "eval('1');",
        "a.eval(b);",
        "setTimeout(() => f(), 1);",
        "regex.exec(`a${b}`);",
        "exec('ls');",
        "https.get({ rejectUnauthorized: true });",
        "a.innerHTML = '';",
        "a.textContent = `${name}`;",
    ] {
        check_found("javascript", code, None);
    }
}
