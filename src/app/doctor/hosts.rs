//! The configurations of hosts: whether they can be read, whether firstmate is in, and whether what they start works.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Parser as _;

use super::super::install::file::File;
use super::super::install::{is_here, program};
use crate::cli::doctor::{Report, State, version_of};
use crate::cli::{Cli, Command, Serve};
use crate::config::Surroundings;
use crate::hosts::{self, Homes, Host, Launch, edit};

pub(super) fn examine(surroundings: &Surroundings, report: &mut Report) {
    let homes = &surroundings.homes;
    let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
    for host in hosts::all() {
        let of_project = host.project_file(&surroundings.workspace);
        let files = [(host.user_file(homes), ""), (of_project, " --workspace")];
        let mut is_in = false;
        for (path, flag) in files {
            let Some(path) = path.filter(|path| path.is_file() && seen.insert(path.clone())) else {
                continue;
            };
            is_in |= Looked {
                host,
                path: &path,
                cure: format!("firstmate install {}{flag}", host.name),
                homes,
            }
            .at(report);
        }
        if !is_in && is_here(host, homes) {
            report.add(
                State::Note,
                "host",
                format!("{} is here, firstmate is not in its configuration", host.title),
                format!("firstmate install {}", host.name),
            );
        }
    }
}

/// A file that is looked at.
struct Looked<'a> {
    host: &'static Host,
    path: &'a Path,
    /// The command that puts things right.
    cure: String,
    homes: &'a Homes,
}

impl Looked<'_> {
    /// Reports on every entry of ours; whether there is one.
    fn at(&self, report: &mut Report) -> bool {
        let text = match File::read(self.path) {
            Ok(file) => file.text.unwrap_or_default(),
            Err(problem) => {
                self.add(report, State::Bad, &problem.message, &problem.hint);
                return true;
            }
        };
        let servers = match edit::get(self.host.format, &text, self.host.servers) {
            Ok(servers) => servers,
            Err(error) => {
                // A file without our name is its host's affair.
                let is_ours = text.contains("firstmate");
                let state = if is_ours { State::Bad } else { State::Note };
                self.add(report, state, &error.to_string(), error.hint());
                return is_ours;
            }
        };
        let mut is_in = false;
        for (name, entry) in servers.iter().filter_map(|servers| servers.as_object()).flatten() {
            let launch = Launch::of(entry);
            if name == "firstmate" || launch.as_ref().is_some_and(is_ours) {
                is_in = true;
                let (state, said, hint) = self.entry(launch.as_ref());
                self.add(report, state, &format!("`{name}` {said}"), &hint);
            }
        }
        is_in
    }

    fn entry(&self, launch: Option<&Launch>) -> (State, String, String) {
        let bad = |said: String| (State::Bad, said, self.cure.clone());
        let (command, args) = match launch {
            None => return bad("names neither a program nor an address".into()),
            Some(Launch::Address(address)) => {
                return (State::Ok, format!("calls {address}"), String::new());
            }
            Some(Launch::Command { command, args }) => (command, args),
        };
        let Some(file) = program::find(command, self.homes) else {
            return bad(format!("starts {command}, which is not there"));
        };
        if !program::is_executable(&file) {
            return bad(format!("starts {command}, which may not be executed"));
        }
        if !stem_is_ours(&file) {
            return (State::Note, format!("starts {command}"), String::new());
        }
        if let Some(wrong) = wrong_arguments(args) {
            return bad(format!("starts it so that it does not serve: {wrong}"));
        }
        let this = program::this(self.homes);
        if this.is_ok_and(|this| program::is_same(&this, &file)) {
            return (
                State::Ok,
                format!("starts this program, {command}"),
                String::new(),
            );
        }
        let ours = env!("CARGO_PKG_VERSION");
        match version_of(&file) {
            Ok(version) if version == ours => (
                State::Ok,
                format!("starts {command}, firstmate {version}"),
                String::new(),
            ),
            Ok(version) => (
                State::Note,
                format!("starts {command}, firstmate {version}; this is {ours}"),
                self.cure.clone(),
            ),
            Err(error) => bad(format!("starts {command}, which does not run: {error:#}")),
        }
    }

    fn add(&self, report: &mut Report, state: State, said: &str, hint: &str) {
        let seen = format!("{}: {said} ({})", self.host.title, self.path.display());
        report.add(state, "host", seen, hint);
    }
}

fn is_ours(launch: &Launch) -> bool {
    match launch {
        Launch::Command { command, .. } => stem_is_ours(Path::new(command)),
        Launch::Address(_) => false,
    }
}

fn stem_is_ours(program: &Path) -> bool {
    program.file_stem().is_some_and(|stem| stem == "firstmate")
}

/// Why a host that starts this program with `args` would not find a server on its stdin and stdout.
fn wrong_arguments(args: &[String]) -> Option<String> {
    let line = std::iter::once("firstmate").chain(args.iter().map(String::as_str));
    match Cli::try_parse_from(line) {
        Ok(Cli {
            command: None | Some(Command::Serve(Serve { http: None, .. })),
            ..
        }) => None,
        Ok(_) => Some("its arguments are those of another command".into()),
        Err(error) => {
            let said = error.to_string();
            let first = said.lines().next().unwrap_or_default();
            Some(first.strip_prefix("error: ").unwrap_or(first).to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::wrong_arguments;

    fn wrong(line: &str) -> Option<String> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        wrong_arguments(&args)
    }

    #[test]
    fn only_arguments_that_serve_over_stdio_will_do() {
        assert_eq!(wrong(""), None);
        assert_eq!(wrong("serve --stdio"), None);
        assert_eq!(wrong("--project p serve"), None);
        assert!(wrong("serve --http 127.0.0.1:1").is_some());
        assert!(wrong("doctor").is_some());
        assert!(wrong("serve --port 3").unwrap().contains("--port"));
    }
}
