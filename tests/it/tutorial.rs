//! docs/tutorial.md is followed: its files are written, its commands run in one shell, its outputs compared.
//!
//! A block with a file's name behind its language is that file. In a `console` block a line after `$ ` is a command,
//! what follows is its output; ids and times may differ. `UPDATE=1 cargo test` writes what was printed.

#![expect(
    clippy::disallowed_methods,
    reason = "which programs there are depends on the tester's path, and what may be missing on where it runs"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// After each command the shell prints this, which no program does.
const END: &str = "\u{1e}";

#[test]
fn the_tutorial_is_what_happens() {
    if !["bash", "python3", "git", "jq"].iter().all(|name| is_there(name)) {
        return;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tutorial.md");
    let told = std::fs::read_to_string(&path).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut shell = Shell::start(dir.path());
    let mut happened: Vec<String> = Vec::new();
    let mut lines = told.lines();
    while let Some(line) = lines.next() {
        happened.push(line.to_owned());
        let fence: String = line.chars().take_while(|c| *c == '`').collect();
        if fence.len() < 3 {
            continue;
        }
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != fence).collect();
        if let Some((_, name)) = line.split_once(' ') {
            std::fs::write(shell.directory.join(name), block.join("\n") + "\n").unwrap();
        }
        if line == "```console" {
            happened.extend(shell.play(&block));
        } else {
            happened.extend(block.iter().map(ToString::to_string));
        }
        happened.push(fence);
    }
    let happened = happened.join("\n") + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, happened).unwrap();
    } else {
        assert!(
            happened == told,
            "the tutorial differs from what happens; UPDATE=1 writes this:\n{happened}"
        );
    }
}

/// Whether a program is installed that a reader of the tutorial needs, too; `.ci/run` installs it.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn is_there(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "{program} is missing: run .ci/run"
        );
        eprintln!("skipped: {program} is not installed; .ci/run installs it");
    }
    there
}

struct Shell {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
    home: String,
    /// Where the reader is by now.
    directory: std::path::PathBuf,
}

impl Shell {
    fn start(home: &Path) -> Self {
        let binary = Path::new(env!("CARGO_BIN_EXE_firstmate")).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        let mut child = Command::new("bash")
            .args(["--noprofile", "--norc"])
            .env_clear()
            .envs([
                ("HOME", home.to_str().unwrap()),
                ("USER", "you"),
                ("LC_ALL", "C.UTF-8"),
            ])
            .env("PATH", format!("{}:{path}", binary.display()))
            .current_dir(home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut shell = Self {
            child,
            output,
            home: home.to_str().unwrap().to_owned(),
            directory: home.to_owned(),
        };
        shell.run("exec 2>&1");
        shell
    }

    /// What a command printed; it reads nothing.
    fn run(&mut self, command: &str) -> String {
        let input = self.child.stdin.as_mut().unwrap();
        writeln!(
            input,
            "{{ {command}\n}} < /dev/null; printf '{END}%s\\n' \"$PWD\""
        )
        .unwrap();
        let mut printed = String::new();
        loop {
            let mut line = String::new();
            assert!(
                self.output.read_line(&mut line).unwrap() > 0,
                "the shell ended after: {printed}"
            );
            if let Some((rest, place)) = line.split_once(END) {
                printed += rest;
                self.directory = place.trim_end().into();
                return printed.replace(&self.home, "~");
            }
            printed += &line;
        }
    }

    /// The lines of a block with what its commands print now, where that says something else than it did.
    fn play(&mut self, block: &[&str]) -> Vec<String> {
        let mut played = Vec::new();
        for part in block.chunk_by(|_, next| !next.starts_with("$ ")) {
            let command = part[0].strip_prefix("$ ").unwrap();
            let printed = self.run(command);
            let told = part[1..].join("\n");
            let same = steady(&told) == steady(printed.trim_end());
            let output = if same { &told } else { printed.trim_end() };
            played.push(part[0].to_owned());
            played.extend(output.lines().map(str::to_owned));
        }
        played
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().ok();
    }
}

/// A text without what differs from run to run: ids, times, and the room that they take.
fn steady(text: &str) -> String {
    let ids = regex::Regex::new(r"\b[0-9a-f]{8,}\b").unwrap();
    let times =
        regex::Regex::new(r"\b\d+(\.\d+)? ?(µs|ms|s|min)\b( \d+ s\b)?|\d\d:\d\d(:\d\d)?|\d{4}-\d\d-\d\d")
            .unwrap();
    let blanks = regex::Regex::new(r" {2,}").unwrap();
    let text = ids.replace_all(text, "ID");
    let text = times.replace_all(&text, "TIME");
    blanks.replace_all(&text, " ").into_owned()
}
