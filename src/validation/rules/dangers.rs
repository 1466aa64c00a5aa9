use super::Rule;
use crate::domain::Severity::Warning;

const fn rule(
    id: &'static str,
    what: &'static str,
    why: &'static str,
    example: &'static str,
    mend: &'static str,
) -> Rule {
    Rule {
        id,
        severity: Warning,
        what,
        why,
        example,
        mend,
        precision: None,
    }
}

pub(super) const RULES: &[Rule] = &[
    rule(
        "unsafe.eval",
        "A call runs text as code: `eval`, `exec`, `new Function`, a timer that is given text.",
        "Whoever can choose the text runs what they like. A text that is written out in the code is let through, but for timers.",
        "total = eval(request.args['formula'])",
        "Read values with a parser (`ast.literal_eval`, `JSON.parse`); choose functions from a table.",
    ),
    rule(
        "unsafe.shell-true",
        "A process is started by way of a shell: `shell=True`.",
        "The shell obeys what is in the arguments: a file called `; rm -rf ~` is enough.",
        "subprocess.run(f'convert {name}', shell=True)",
        "Pass a list of arguments, without `shell=True`.",
    ),
    rule(
        "unsafe.shell-command",
        "A value is put into a command for a shell: `os.system`, `os.popen`, `exec` of Node.",
        "The shell obeys what is in the value. Commands without a value are let through.",
        "os.system(f'rm {path}')",
        "Pass the program and its arguments apart: `subprocess.run([..])`, `execFile`.",
    ),
    rule(
        "unsafe.tls-off",
        "Certificates are not checked: `verify=False`, `rejectUnauthorized: false`, an unverified context.",
        "Whoever is between can read and change everything, and nothing will look wrong.",
        "requests.get(url, verify=False)",
        "Leave verification on; give the certificate of your own authority if there is one.",
    ),
    rule(
        "unsafe.deserialize",
        "Data is read in a way that lets it choose code to run: `pickle`, `marshal`, `yaml.load` without a safe loader.",
        "Data from elsewhere then runs code here.",
        "user = pickle.loads(request.data)",
        "Use JSON, or a safe loader (`yaml.safe_load`).",
    ),
    rule(
        "unsafe.sql-format",
        "A value is put into the text of a query.",
        "The query then means what the value says. Queries with placeholders are let through.",
        "cursor.execute(f\"SELECT * FROM users WHERE name = '{name}'\")",
        "Use placeholders, and pass the values as parameters.",
    ),
    rule(
        "unsafe.temp-name",
        "A temporary file is named before it is made: `tempfile.mktemp`.",
        "Another process can make it first.",
        "path = tempfile.mktemp()",
        "Use `tempfile.mkstemp` or `NamedTemporaryFile`.",
    ),
    rule(
        "unsafe.debug",
        "A server is started with its debugger: `app.run(debug=True)`.",
        "The debugger runs code for anyone who reaches the server.",
        "app.run(debug=True)",
        "Turn it on by the environment, and only where you develop.",
    ),
    rule(
        "unsafe.html",
        "A value is written as HTML: `innerHTML`, `document.write`.",
        "Scripts in it run. Text that is written out in the code is let through.",
        "box.innerHTML = `<b>${name}</b>`",
        "Write it as text (`textContent`), or clean it first.",
    ),
];
