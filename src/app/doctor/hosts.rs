//! The configurations of hosts: whether they can be read, whether firstmate is in, and whether what they start works.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Parser as _;
use serde_json::Value;

use super::super::install::file::File;
use super::super::install::{is_here, program};
use super::Called;
use crate::cli::doctor::{Report, State, version_of};
use crate::cli::{Cli, Command, Serve};
use crate::config::Surroundings;
use crate::hosts::{self, Homes, Host, Launch, edit, is_off};

/// Looks at the files of all hosts; gives back which addresses they call.
pub(super) fn examine(surroundings: &Surroundings, report: &mut Report) -> Vec<Called> {
    let Surroundings { homes, workspace, .. } = surroundings;
    // A home directory is no project, nor is what it lies in.
    let project = Some(workspace.as_path()).filter(|root| !homes.home.starts_with(root));
    let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
    let mut called = Vec::new();
    for host in hosts::all() {
        let of_project = host.project_file(workspace);
        let files = [(host.user_file(homes), true), (of_project, false)];
        let mut is_in = false;
        for (path, is_users) in files {
            let Some(path) = path.filter(|path| path.is_file() && seen.insert(path.clone())) else {
                continue;
            };
            let flag = if is_users { "" } else { " --workspace" };
            let looked = Looked {
                host,
                path: &path,
                cure: format!("firstmate install {}{flag}", host.name),
                is_trusted: is_users && !lies_in(&path, project),
                homes,
                workspace,
                project,
            };
            is_in |= looked.at(report, &mut called);
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
    called
}

/// A file that is looked at.
struct Looked<'a> {
    host: &'static Host,
    path: &'a Path,
    /// The command that puts things right.
    cure: String,
    /// Whether its user wrote it. A project's file comes with the project, and nothing that it names is run or called.
    is_trusted: bool,
    homes: &'a Homes,
    workspace: &'a Path,
    /// The project that this is run in, if it is run in one.
    project: Option<&'a Path>,
}

/// What there is to say of an entry: how it is, what it does, and what to do about it.
type Finding = (State, String, String);

impl Looked<'_> {
    /// Reports on every entry of ours; whether there is one.
    fn at(&self, report: &mut Report, called: &mut Vec<Called>) -> bool {
        let text = match File::read(self.path) {
            Ok(file) => file.text.unwrap_or_default(),
            Err(problem) => {
                self.add(report, (State::Bad, problem.message, problem.hint));
                return true;
            }
        };
        let servers = match edit::get(self.host.format, &text, self.host.servers) {
            Ok(servers) => servers,
            Err(error) => {
                // A file without our name is its host's affair.
                let is_ours = text.contains("firstmate");
                let state = if is_ours { State::Bad } else { State::Note };
                self.add(report, (state, error.to_string(), error.hint().to_owned()));
                return is_ours;
            }
        };
        let mut is_in = self.all_of(servers.as_ref(), &self.cure, report, called);
        let root = self.workspace.to_string_lossy();
        if let Some(path) = self.host.servers_of_project(&root)
            && let Ok(Some(servers)) = edit::get(self.host.format, &text, &path)
        {
            let cure = "`claude mcp remove --scope local NAME`: it comes before the one for all projects";
            is_in |= self.all_of(Some(&servers), cure, report, called);
        }
        is_in
    }

    fn all_of(
        &self,
        servers: Option<&Value>,
        cure: &str,
        report: &mut Report,
        called: &mut Vec<Called>,
    ) -> bool {
        let mut is_in = false;
        for (name, entry) in servers.and_then(Value::as_object).into_iter().flatten() {
            let launch = Launch::of(self.host, entry);
            if name != "firstmate" && !launch.as_ref().is_some_and(Launch::is_firstmate) {
                continue;
            }
            is_in = true;
            let (mut state, mut said, mut hint) = self.entry(launch.as_ref(), cure);
            if is_off(entry) && state != State::Bad {
                state = State::Note;
                said.push_str(", and is turned off");
                hint = format!("Turn it on in {}.", self.host.title);
            }
            self.add(report, (state, format!("`{name}` {said}"), hint));
            if let Some(Launch::Address(url)) = launch
                && self.is_trusted
            {
                let what = format!("`{name}` of {}", self.host.title);
                called.push(Called { what, url });
            }
        }
        is_in
    }

    fn entry(&self, launch: Option<&Launch>, cure: &str) -> Finding {
        let bad = |said: String| (State::Bad, said, cure.to_owned());
        let note = |said: String| (State::Note, said, String::new());
        let (command, args) = match launch {
            None => {
                let title = self.host.title;
                return bad(format!(
                    "names neither a program nor an address in the words of {title}"
                ));
            }
            Some(Launch::Address(address)) if self.is_trusted => {
                return note(format!(
                    "calls {address}; whether it can be reached, `--online` asks"
                ));
            }
            Some(Launch::Address(address)) => return note(format!("calls {address}, which was not asked")),
            Some(Launch::Command { command, args }) => (command, args),
        };
        if program::only_its_host_knows(command) {
            return note(format!("starts {command}: only its host knows where that is"));
        }
        let Some(file) = program::find(command, self.homes) else {
            return bad(format!("starts {command}, which is not there"));
        };
        if !program::is_executable(&file) {
            return bad(format!("starts {command}, which may not be executed"));
        }
        if !program::is_firstmate(&file) {
            return note(format!("starts {command}"));
        }
        if let Some(wrong) = wrong_arguments(args) {
            return bad(format!("starts it so that it does not serve: {wrong}"));
        }
        let this = program::this(self.homes);
        if this.is_ok_and(|this| program::is_same(&this, &file)) {
            let said = format!("starts this program, {command}");
            return (State::Ok, said, String::new());
        }
        if !self.is_trusted || lies_in(&file, self.project) {
            return note(format!(
                "starts {command}, another firstmate, which was not asked"
            ));
        }
        let ours = env!("CARGO_PKG_VERSION");
        match version_of(&file) {
            Ok(version) if version == ours => {
                let said = format!("starts {command}, firstmate {version}");
                (State::Ok, said, String::new())
            }
            Ok(version) => (
                State::Note,
                format!("starts {command}, firstmate {version}; this is {ours}"),
                cure.to_owned(),
            ),
            Err(error) => bad(format!("starts {command}, which does not run: {error:#}")),
        }
    }

    fn add(&self, report: &mut Report, (state, said, hint): Finding) {
        let seen = format!("{}: {said} ({})", self.host.title, self.path.display());
        report.add(state, "host", seen, hint);
    }
}

/// Whether a file lies in the project, by its path or behind links.
fn lies_in(file: &Path, project: Option<&Path>) -> bool {
    project.is_some_and(|root| {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        file.starts_with(root) || real(file).starts_with(real(root))
    })
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
