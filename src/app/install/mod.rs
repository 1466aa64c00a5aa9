//! What `firstmate install` does with the files of hosts.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;

use super::command::{FAILED, print, tell};
use crate::cli::Common;
use crate::cli::install::{Install, Seen, agreed, is_watched, listed, shown};
use crate::cli::screen::{Ink, Screen};
use crate::config::Surroundings;
use crate::domain::Problem;
use crate::error::Error;
use crate::hosts::edit::{self, Installed, Removed};
use crate::hosts::{self, Entry, Format, Homes, Host, Launch};

pub(super) mod file;
pub(super) mod program;

use file::File;

/// Runs the command to its exit code: 1 where a file was refused, the others are done all the same.
///
/// # Errors
/// When nothing could be begun.
pub(super) fn run(common: &Common, install: &Install) -> Result<ExitCode, Problem> {
    let surroundings = Surroundings::read().map_err(|error| Error::from(error).problem())?;
    let homes = &surroundings.homes;
    let this = match install.workspace {
        // Others who share the file have it elsewhere.
        Some(_) if program::find("firstmate", homes).is_some() => PathBuf::from("firstmate"),
        _ => program::this(homes)?,
    };
    let launch = install.launch(common, &this)?;
    check(&launch)?;
    let job = Job {
        install,
        launch,
        screen: Screen::of_stdout(surroundings.colours),
        project: install.workspace.as_ref().map(|given| match given {
            None => surroundings.workspace.clone(),
            Some(given) => std::path::absolute(given).unwrap_or_else(|_| given.clone()),
        }),
        homes,
    };
    let mut chosen: Vec<&Host> = install
        .hosts
        .iter()
        .filter_map(|name| hosts::named(name))
        .collect();
    if install.all {
        chosen = hosts::all()
            .iter()
            .filter(|host| is_here(host, job.homes))
            .collect();
    }
    if chosen.is_empty() {
        print(&listed(&job.listed(), job.screen));
        return Ok(ExitCode::SUCCESS);
    }
    let mut code = ExitCode::SUCCESS;
    for host in chosen {
        if let Err(problem) = job.does(host) {
            let Problem {
                code: what,
                message,
                hint,
                ..
            } = problem;
            tell(&serde_json::json!({"code": what, "message": message, "hint": hint}));
            code = ExitCode::from(FAILED);
        }
    }
    Ok(code)
}

/// Whether something of the host lies on this machine.
pub(super) fn is_here(host: &Host, homes: &Homes) -> bool {
    host.signs(homes).iter().any(|sign| sign.exists())
}

/// What is asked for, on what.
struct Job<'a> {
    install: &'a Install,
    launch: Launch,
    screen: Screen,
    /// The project whose file is meant, instead of the user's.
    project: Option<PathBuf>,
    homes: &'a Homes,
}

impl Job<'_> {
    fn does(&self, host: &'static Host) -> Result<(), Problem> {
        let name = self.install.name.as_str();
        if self.install.uninstall {
            return self.takes_out(host);
        }
        let entry = Entry::new(host, name, &self.launch).ok_or_else(|| no_address(host))?;
        if self.install.print {
            print(&snippet(host, name, &entry)?);
            return Ok(());
        }
        if self.install.link {
            print(&format!("{}\n", link(host, name, &entry)?));
            return Ok(());
        }
        self.puts_in(host, &entry)
    }

    fn puts_in(&self, host: &'static Host, entry: &Entry) -> Result<(), Problem> {
        let name = self.install.name.as_str();
        let path = host.path(name);
        let file = File::read(&self.file(host)?)?;
        let title = self.title(host, &file);
        self.check_ours(host, &file)?;
        let done = edit::install(host.format, file.text.as_deref(), &path, entry)
            .map_err(|error| refused(host, &file, &error))?;
        let after = match done {
            Installed::Already => {
                print(&format!("{title}: already there, nothing to do.\n"));
                self.notes(host, &file);
                return Ok(());
            }
            Installed::Added(after) | Installed::Updated(after) => after,
        };
        print(&format!("{title}\n\n"));
        self.shows(host, file.text.as_deref().unwrap_or_default(), &after);
        if !self.may_write("Write this?") {
            return Ok(());
        }
        let backup = file.keep()?;
        file.write(&after)?;
        let kept = match backup {
            Some(backup) => format!(" What it was before is in {}.", backup.display()),
            None => String::new(),
        };
        print(&format!("\nWritten.{kept}\n{}\n", host.then));
        self.notes(host, &file);
        Ok(())
    }

    fn takes_out(&self, host: &'static Host) -> Result<(), Problem> {
        let path = host.path(&self.install.name);
        let file = File::read(&self.file(host)?)?;
        let title = self.title(host, &file);
        let Some(before) = file.text.as_deref() else {
            print(&format!("{title}: there is no file, nothing to do.\n"));
            return Ok(());
        };
        self.check_ours(host, &file)?;
        let backups = file.backups();
        let texts: Vec<String> = backups.iter().map(|(_, text)| text.clone()).collect();
        let removed = edit::uninstall(host.format, before, &path, &texts)
            .map_err(|error| refused(host, &file, &error))?;
        let (after, backup) = match removed {
            Removed::Absent => {
                print(&format!(
                    "{title}: `{}` is not in it, nothing to do.\n",
                    self.install.name
                ));
                return Ok(());
            }
            Removed::File => (None, None),
            Removed::Text { text, backup } => (Some(text), backup.and_then(|index| backups.get(index))),
        };
        print(&format!("{title}\n\n"));
        self.shows(host, before, after.as_deref().unwrap_or_default());
        if !self.may_write("Take it out?") {
            return Ok(());
        }
        let told = match (&after, backup) {
            (None, _) => {
                file.delete()?;
                "Nothing else was in the file, so it is gone.".to_owned()
            }
            (Some(after), Some((backup, _))) => {
                file.write(after)?;
                file::forget(backup)?;
                "Taken out: the file is what it was before, byte for byte.".to_owned()
            }
            (Some(after), None) => {
                let kept = file.keep()?;
                file.write(after)?;
                let kept = kept.map(|kept| format!(" What the file was before is in {}.", kept.display()));
                format!("Taken out.{}", kept.unwrap_or_default())
            }
        };
        print(&format!("\n{told}\n"));
        Ok(())
    }

    /// Refuses to touch the server of somebody else, who may have given it that name.
    fn check_ours(&self, host: &Host, file: &File) -> Result<(), Problem> {
        let name = self.install.name.as_str();
        let Some(there) = there(host, file, name).map_err(|error| refused(host, file, &error))? else {
            return Ok(());
        };
        let launch = Launch::of(host, &there);
        let starts_us = launch.as_ref().is_some_and(Launch::is_firstmate);
        if name == "firstmate" || starts_us || launch.as_ref() == Some(&self.launch) {
            return Ok(());
        }
        Err(Problem {
            code: "install.foreign",
            message: format!("`{name}` in {} is another server, and left alone", file.path.display()),
            hint: "Choose another `--name`. Where it is firstmate under another program or address, say the same \
                   `--command` or `--http` as when it was put in. Nothing was changed."
                .into(),
            retryable: false,
        })
    }

    /// The file that is meant.
    fn file(&self, host: &Host) -> Result<PathBuf, Problem> {
        match &self.project {
            Some(root) => host.project_file(root).ok_or_else(|| Problem {
                code: "install.no_project_file",
                message: format!("{} has no configuration file for a single project", host.title),
                hint: "Leave `--workspace` out: its file for all projects is used.".into(),
                retryable: false,
            }),
            None => host.user_file(self.homes).ok_or_else(|| Problem {
                code: "install.no_file",
                message: if host.is_there_twice(self.homes) {
                    format!(
                        "{} is installed more than once, and nobody knows which is used",
                        host.title
                    )
                } else {
                    format!("{} keeps no configuration on this system", host.title)
                },
                hint: "Use a file of a project (`--workspace`), or `--print` and put it where it belongs."
                    .into(),
                retryable: false,
            }),
        }
    }

    fn title(&self, host: &Host, file: &File) -> String {
        let title = self.screen.ink(Ink::Strong, host.title);
        format!("{title}  {}", file.path.display())
    }

    fn shows(&self, host: &Host, before: &str, after: &str) {
        let path = host.path(&self.install.name);
        let own = |text: &str| match text.trim().is_empty() {
            true => Vec::new(),
            false => edit::find(host.format, text, &path).unwrap_or_default(),
        };
        let lines = hosts::difference(before, &own(before), after, &own(after));
        print(&shown(&lines, self.screen));
    }

    /// Nobody is asked where nobody sits.
    fn may_write(&self, question: &str) -> bool {
        if self.install.dry_run {
            print("\nNothing was written (--dry-run).\n");
            return false;
        }
        if self.install.yes || !is_watched() {
            return true;
        }
        print("\n");
        let may = agreed(question);
        if !may {
            print("Nothing was written.\n");
        }
        may
    }

    /// What is worth knowing beside.
    fn notes(&self, host: &Host, file: &File) {
        let mut notes = Vec::new();
        if !is_here(host, self.homes) && self.project.is_none() {
            notes.push(format!("{} was not found on this machine.", host.title));
        }
        if let Launch::Command { command, .. } = &self.launch {
            let command = Path::new(command);
            notes.extend(program::passing(command));
            if self.project.is_some() && command.is_absolute() {
                notes.push(format!(
                    "{} is a path of this machine, and others share the file: put firstmate into the PATH, or say `--command firstmate`.",
                    command.display()
                ));
            }
        }
        if let Ok(Some(there)) = there(host, file, &self.install.name)
            && hosts::is_off(&there)
        {
            notes.push(format!("It is turned off there: turn it on in {}.", host.title));
        }
        let text = file.text.as_deref().unwrap_or_default();
        if host.format == Format::Json
            && !host.takes_comments
            && !text.trim().is_empty()
            && let Some((line, column)) = edit::beyond_json(text)
        {
            notes.push(format!(
                "There is a comment or a trailing comma in the file (line {line}, column {column}): {} may not read it.",
                host.title
            ));
        }
        for note in notes {
            print(&format!("{} {note}\n", self.screen.ink(Ink::Warning, "Note:")));
        }
    }

    fn listed(&self) -> Vec<Seen> {
        let mut seen = Vec::new();
        for host in hosts::all() {
            let Ok(path) = self.file(host) else {
                continue;
            };
            let found = edit::get(
                host.format,
                &File::read(&path)
                    .ok()
                    .and_then(|file| file.text)
                    .unwrap_or_default(),
                &host.path(&self.install.name),
            );
            let says = match found {
                Ok(None) => "-".to_owned(),
                Ok(Some(there)) => match Launch::of(host, &there) {
                    Some(Launch::Command { command, .. })
                        if !program::only_its_host_knows(&command)
                            && program::find(&command, self.homes).is_none() =>
                    {
                        "in, starts what is not there".to_owned()
                    }
                    Some(_) => "in".to_owned(),
                    None => "in, starts nothing".to_owned(),
                },
                Err(_) => "cannot be read".to_owned(),
            };
            seen.push(Seen {
                host,
                is_here: is_here(host, self.homes) || path.exists(),
                file: path,
                says,
            });
        }
        seen
    }
}

/// The text of a file that holds nothing but the entry.
///
/// # Errors
/// Never for a host of the table.
pub(super) fn snippet(host: &Host, name: &str, entry: &Entry) -> Result<String, Problem> {
    match edit::install(host.format, None, &host.path(name), entry) {
        Ok(Installed::Added(text) | Installed::Updated(text)) => Ok(text),
        Ok(Installed::Already) => Ok(String::new()),
        Err(error) => Err(told(&error, host, Path::new("an empty file"))),
    }
}

/// What stands in the file under that name.
fn there(host: &Host, file: &File, name: &str) -> hosts::Result<Option<Value>> {
    let text = file.text.as_deref().unwrap_or_default();
    edit::get(host.format, text, &host.path(name))
}

fn link(host: &Host, name: &str, entry: &Entry) -> Result<String, Problem> {
    match host.name {
        "cursor" => Ok(hosts::cursor_link(name, entry)),
        "vscode" => Ok(hosts::vscode_link(name, entry)),
        _ => Err(Problem {
            code: "install.no_link",
            message: format!("{} has no documented link that installs a server", host.title),
            hint: "`cursor` and `vscode` have one; for the others there is `--print`.".into(),
            retryable: false,
        }),
    }
}

fn check(launch: &Launch) -> Result<(), Problem> {
    match launch {
        Launch::Address(address) if !address.starts_with("http://") && !address.starts_with("https://") => {
            Err(Problem {
                code: "install.address",
                message: format!("`{address}` is no address of a server"),
                hint: "Say where `firstmate serve --http` listens, e.g. `--http http://127.0.0.1:8765/mcp`."
                    .into(),
                retryable: false,
            })
        }
        _ => Ok(()),
    }
}

fn no_address(host: &Host) -> Problem {
    Problem {
        code: "install.no_address",
        message: format!(
            "{} starts servers itself, as far as its documentation says",
            host.title
        ),
        hint: "Leave `--http` out.".into(),
        retryable: false,
    }
}

fn refused(host: &Host, file: &File, error: &hosts::Error) -> Problem {
    told(error, host, &file.path)
}

fn told(error: &hosts::Error, host: &Host, path: &Path) -> Problem {
    Problem {
        code: error.code(),
        message: format!("{} of {} is left alone: {error}", path.display(), host.title),
        hint: error.hint().into(),
        retryable: false,
    }
}
