//! `firstmate crew check`: how each template stands, and how its dry runs went.

use std::fmt::Write as _;

use crate::cli::policy::counted;
use crate::cli::screen::{Ink, Screen, padded, visible};
pub use crate::crew::template::trial::Tried;

/// A template that was looked at.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Its file, or its name for a built-in one.
    pub file: String,
    /// Its number of steps and its dry runs; or where it is wrong, and why.
    pub found: Result<(usize, Vec<Tried>), (String, String)>,
}

impl Checked {
    /// Whether it is wrong, or a dry run failed.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        match &self.found {
            Ok((_, tried)) => tried.iter().any(|run| !run.faults.is_empty()),
            Err(_) => true,
        }
    }
}

/// A line for each, with what is wrong below it as `file:line: problem`.
#[must_use]
pub fn told(all: &[Checked], screen: Screen) -> String {
    let widest = all
        .iter()
        .map(|checked| checked.file.chars().count())
        .max()
        .unwrap_or(0);
    let mut told = String::new();
    let (mut n_runs, mut n_failed) = (0, 0);
    for checked in all {
        let file = visible(&checked.file);
        let failed = screen.ink(Ink::Warning, "failed");
        let name = screen.ink(Ink::Strong, &padded(&file, widest));
        match &checked.found {
            Ok((n_steps, tried)) => {
                let bad: Vec<_> = tried.iter().filter(|run| !run.faults.is_empty()).collect();
                n_runs += tried.len();
                n_failed += bad.len();
                let runs = match tried.len() {
                    0 => screen.ink(Ink::Faint, "no dry runs"),
                    n => format!("{} of {}", n - bad.len(), counted(n as u64, "dry run")),
                };
                let _written = writeln!(told, "{name}  {n_steps:>2} steps  {runs}");
                for run in bad {
                    let _written = writeln!(told, "  {failed}: {}", visible(&run.name));
                    for fault in &run.faults {
                        let _written =
                            writeln!(told, "    {file}:{}: {}", fault.line, visible(&fault.problem));
                    }
                }
            }
            Err((at, problem)) => {
                let _written = writeln!(told, "{name}  {}", screen.ink(Ink::Warning, "wrong"));
                let _written = writeln!(told, "    {}: {}", place(&file, at), visible(problem));
            }
        }
    }
    let n_wrong = all.iter().filter(|checked| checked.found.is_err()).count();
    let wrong = match n_wrong {
        0 => String::new(),
        n => format!(", {n} wrong"),
    };
    let _written = writeln!(
        told,
        "{}{wrong}; {} of {} went as expected",
        counted(all.len() as u64, "template"),
        n_runs - n_failed,
        counted(n_runs as u64, "dry run")
    );
    told
}

/// `file:line, field`, where the place is `line n, field`; else both as they are.
fn place(file: &str, at: &str) -> String {
    let numbered = at.strip_prefix("line ");
    numbered.map_or_else(|| format!("{file}: {at}"), |line| format!("{file}:{line}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crew::template::trial::Fault;
    use crate::domain::RunStatus;

    #[test]
    fn what_is_wrong_stands_with_its_line() {
        let run = |name: &str, faults: Vec<Fault>| Tried {
            name: name.to_owned(),
            sends_back: false,
            ends: RunStatus::Completed,
            faults,
        };
        let fault = Fault {
            line: 27,
            problem: "never offered: work".to_owned(),
        };
        let all = [
            Checked {
                file: "bug_fix".to_owned(),
                found: Ok((6, vec![run("all is well", Vec::new())])),
            },
            Checked {
                file: "team/release.yaml".to_owned(),
                found: Ok((2, vec![run("good", Vec::new()), run("bad", vec![fault])])),
            },
            Checked {
                file: "x.yaml".to_owned(),
                found: Err((
                    "line 14, needs/0".to_owned(),
                    "there is no step `draught`".to_owned(),
                )),
            },
        ];
        assert_eq!(all.iter().filter(|one| one.is_failure()).count(), 2);
        insta::assert_snapshot!(told(&all, Screen::file()), @r##"
        bug_fix             6 steps  1 of 1 dry run
        team/release.yaml   2 steps  1 of 2 dry runs
          failed: bad
            team/release.yaml:27: never offered: work
        x.yaml             wrong
            x.yaml:14, needs/0: there is no step `draught`
        3 templates, 1 wrong; 2 of 3 dry runs went as expected
        "##);
    }
}
