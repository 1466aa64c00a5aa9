//! Files that are installed on this machine, judged here and parsed by the languages' own parsers in the same run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use firstmate::domain::Artifact;
use firstmate::validation::{Settings, check};
use oxc_allocator::Allocator;
use oxc_parser::Parser;
use oxc_semantic::SemanticBuilder;
use oxc_span::SourceType;
use ruff_python_ast::PythonVersion;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};

use super::cpu::Cpu;

/// The most that is read of one language, in bytes.
const MAX_BYTES: usize = 20 << 20;
/// `node --check` takes one file and a process each: so many are enough.
const MAX_CHECKED: usize = 60;

pub(super) fn compare() {
    let python = asked(
        "python3",
        &["-c", "import sysconfig; print(sysconfig.get_paths()['stdlib'])"],
    );
    if let Some(folder) = python {
        let files = files(Path::new(&folder), &["py"], |path| {
            !path.contains("site-packages") && !path.contains("/test")
        });
        judged("python", &files);
        parsed("python, the parser alone", &files, |text| {
            let options = ParseOptions::from(Mode::Module).with_target_version(PythonVersion::latest());
            std::hint::black_box(parse_unchecked(text, options));
        });
        let paths = files.iter().map(|(path, _)| path.as_os_str());
        let own = Command::new("python3")
            .args(["-c", PARSE])
            .args(paths)
            .output()
            .ok();
        let own = own.and_then(|own| String::from_utf8(own.stdout).ok());
        println!(
            "python, ast.parse: {} MB/s of CPU",
            own.as_deref().unwrap_or("no figure").trim()
        );
    }
    if let Some(folder) = asked("npm", &["root", "--global"]) {
        let files = files(Path::new(&folder), &["js", "mjs", "cjs"], |_| true);
        judged("javascript", &files);
        parsed(
            "javascript, the parser alone, with what it means",
            &files,
            |text| {
                let allocator = Allocator::default();
                let parsed = Parser::new(&allocator, text, SourceType::unambiguous().with_jsx(true)).parse();
                let semantic = SemanticBuilder::new().with_check_syntax_error(true);
                std::hint::black_box(semantic.build(&parsed.program));
            },
        );
        let mut bytes = 0;
        let before = children();
        for (path, text) in files
            .iter()
            .filter(|(_, text)| text.len() > 10_000)
            .take(MAX_CHECKED)
        {
            let done = Command::new("node").arg("--check").arg(path).output();
            bytes += if done.is_ok() { text.len() } else { 0 };
        }
        told(
            "javascript, node --check with a process each",
            bytes,
            children().saturating_sub(before),
        );
    }
}

const PARSE: &str = "
import ast, sys, time, warnings
warnings.simplefilter('ignore')
texts = [open(path, encoding='utf8').read() for path in sys.argv[1:]]
start = time.process_time()
for text in texts:
    ast.parse(text)
print(round(sum(len(text.encode()) for text in texts) / 1e6 / (time.process_time() - start), 1))
";

fn judged(language: &str, files: &[(PathBuf, String)]) {
    let settings = Settings {
        deadline_ms: 60_000,
        ..Settings::default()
    };
    let artifacts = files.iter().map(|(_, text)| Artifact {
        kind: Some("code".to_owned()),
        language: Some(language.to_owned()),
        ..Artifact::new(text.clone())
    });
    let artifacts: Vec<Artifact> = artifacts.collect();
    let cpu = Cpu::start();
    for artifact in &artifacts {
        std::hint::black_box(check(artifact, &settings));
    }
    told(
        language,
        files.iter().map(|(_, text)| text.len()).sum(),
        cpu.elapsed(),
    );
}

/// What part of it is the parser's own.
fn parsed(what: &str, files: &[(PathBuf, String)], parse: impl Fn(&str)) {
    let cpu = Cpu::start();
    for (_, text) in files {
        parse(text);
    }
    told(
        what,
        files.iter().map(|(_, text)| text.len()).sum(),
        cpu.elapsed(),
    );
}

fn told(what: &str, bytes: usize, spent: Duration) {
    let megabytes = bytes as f64 / 1e6;
    let speed = megabytes / spent.as_secs_f64().max(1e-9);
    println!("{what}: {megabytes:.1} MB, {speed:.1} MB/s of CPU");
}

fn asked(program: &str, arguments: &[&str]) -> Option<String> {
    let answer = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(answer.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| answer.status.success() && !text.is_empty())
}

fn files(folder: &Path, extensions: &[&str], wanted: impl Fn(&str) -> bool) -> Vec<(PathBuf, String)> {
    let mut open = vec![folder.to_owned()];
    let (mut files, mut bytes) = (Vec::new(), 0);
    while let Some(path) = open.pop() {
        let entries = path.read_dir().into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            let extension = path
                .extension()
                .and_then(|extension| extension.to_str())
                .unwrap_or_default();
            if path.is_symlink() || !wanted(&path.to_string_lossy()) {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else if extensions.contains(&extension)
                && bytes < MAX_BYTES
                && let Ok(text) = std::fs::read_to_string(&path)
            {
                bytes += text.len();
                files.push((path, text));
            }
        }
    }
    files
}

/// The processor time of all children that ended so far, in steps of a hundredth of a second.
fn children() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name, which may hold spaces: user and system time of children are fields 16 and 17.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields
        .skip(13)
        .take(2)
        .filter_map(|ticks| ticks.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}
