//! `firstmate install`: puts the server into the configuration of hosts, and takes it out again.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::Common;
use super::screen::{Ink, Screen, padded, visible};
use crate::domain::Problem;
use crate::hosts::{self, Host, Kind, Launch, Line};

/// Put firstmate into the configuration of a host.
#[derive(Debug, Args)]
pub struct Install {
    /// The hosts; without any, they are listed with what is in their files
    #[arg(value_name = "HOST", value_parser = PossibleValuesParser::new(hosts::all().iter().map(|host| host.name)))]
    pub hosts: Vec<String>,
    /// Every host that is found on this machine
    #[arg(long, conflicts_with = "hosts")]
    pub all: bool,
    /// In the file of a project, which all who work on it share [default: the root of the workspace]
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true)]
    pub workspace: Option<Option<PathBuf>>,
    /// What the server is called there
    #[arg(long, value_name = "NAME", default_value = "firstmate")]
    pub name: String,
    /// The program that the host starts [default: this one, by its whole path]
    #[arg(long, value_name = "PATH", conflicts_with = "http")]
    pub command: Option<String>,
    /// The address of a running server instead, e.g. `http://127.0.0.1:8765/mcp`
    #[arg(long, value_name = "URL")]
    pub http: Option<String>,
    /// Take it out again
    #[arg(long, conflicts_with_all = ["print", "link"])]
    pub uninstall: bool,
    /// Show what would change, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print what to put into an empty file instead, for scripts and by hand
    #[arg(long)]
    pub print: bool,
    /// Print the link of an install button instead (cursor, vscode)
    #[arg(long, conflicts_with = "print")]
    pub link: bool,
    /// Do not ask on a terminal
    #[arg(long, short)]
    pub yes: bool,
}

impl Install {
    /// How a host comes to the server: by `this` program with what else was said on the command line, or by an address.
    ///
    /// # Errors
    /// When a path is not UTF-8, which no configuration file can hold.
    pub fn launch(&self, common: &Common, this: &Path) -> Result<Launch, Problem> {
        if let Some(address) = &self.http {
            return Ok(Launch::Address(address.clone()));
        }
        let mut args = Vec::new();
        for (flag, path) in [("--data-dir", &common.data_dir), ("--config", &common.config)] {
            if let Some(path) = path {
                args.extend([flag.to_owned(), written(&absolute(path))?]);
            }
        }
        for (flag, text) in [("--project", &common.project), ("--log", &common.log)] {
            if let Some(text) = text {
                args.extend([flag.to_owned(), text.clone()]);
            }
        }
        args.extend(["serve".to_owned(), "--stdio".to_owned()]);
        let command = match &self.command {
            Some(command) => written(&whole(command))?,
            None => written(this)?,
        };
        Ok(Launch::Command { command, args })
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

/// A command by its whole path, since hosts work elsewhere. A name alone they look up, and variables are theirs.
fn whole(command: &str) -> PathBuf {
    let path = Path::new(command);
    let is_theirs = command.contains("${") || command.starts_with("~/");
    if is_theirs || path.components().count() == 1 {
        return path.to_path_buf();
    }
    absolute(path)
}

fn written(path: &Path) -> Result<String, Problem> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| Problem {
        code: "install.path",
        message: format!(
            "{} is not UTF-8, and cannot stand in a configuration file",
            path.display()
        ),
        hint: "Name it differently, or put a link with a plain name before it.".into(),
        retryable: false,
    })
}

/// What is in the file of a host.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The host.
    pub host: &'static Host,
    /// Its file.
    pub file: PathBuf,
    /// Whether the host was found.
    pub is_here: bool,
    /// What the file says of the server.
    pub says: String,
}

/// All hosts, as a table.
#[must_use]
pub fn listed(seen: &[Seen], screen: Screen) -> String {
    let mut told = String::new();
    let wide = |column: &dyn Fn(&Seen) -> usize| seen.iter().map(column).max().unwrap_or(0) + 2;
    let names = wide(&|seen| seen.host.name.len());
    let says = wide(&|seen| seen.says.chars().count()).max("FIRSTMATE".len() + 2);
    let head = format!(
        "{}{}{}FILE",
        padded("HOST", names),
        padded("FOUND", 7),
        padded("FIRSTMATE", says)
    );
    told.push_str(&screen.ink(Ink::Faint, &head));
    told.push('\n');
    for seen in seen {
        let found = if seen.is_here { "yes" } else { "-" };
        let line = format!(
            "{}{}{}{}\n",
            padded(seen.host.name, names),
            padded(found, 7),
            padded(&seen.says, says),
            seen.file.display()
        );
        told.push_str(&line);
    }
    told + "\n`firstmate install HOST` puts it in and shows the change first; docs/hosts.md says more.\n"
}

/// A change, line by line.
#[must_use]
pub fn shown(lines: &[Line], screen: Screen) -> String {
    let line = |line: &Line| {
        let text = visible(&line.text);
        let text = match line.kind {
            Kind::Same => format!("  {text}"),
            Kind::New => screen.ink(Ink::Good, &format!("+ {text}")),
            Kind::Gone => screen.ink(Ink::Bad, &format!("- {text}")),
            Kind::Place => screen.ink(Ink::Faint, &text),
        };
        text + "\n"
    };
    lines.iter().map(line).collect()
}

/// Whether a person sits there who can be asked.
#[must_use]
pub fn is_watched() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Asks whether to go on; no answer at all is a no, an empty one the yes that the command was.
#[must_use]
pub fn agreed(question: &str) -> bool {
    let mut stdout = std::io::stdout().lock();
    let asked = write!(stdout, "{question} [Y/n] ").and_then(|()| stdout.flush());
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    let answer = answer.trim().to_ascii_lowercase();
    asked.is_ok() && read.is_ok_and(|read| read > 0) && matches!(answer.as_str(), "" | "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};
    use clap::Parser as _;

    fn parsed(line: &str) -> (Common, Install) {
        let cli = Cli::parse_from(line.split(' '));
        match cli.command {
            Some(Command::Install(install)) => (cli.common, install),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_else_was_said_goes_into_the_entry() {
        let (common, install) = parsed("firstmate --data-dir /d install cursor --project p");
        assert_eq!(
            install.launch(&common, Path::new("/usr/bin/firstmate")).unwrap(),
            Launch::Command {
                command: "/usr/bin/firstmate".into(),
                args: ["--data-dir", "/d", "--project", "p", "serve", "--stdio"]
                    .map(str::to_owned)
                    .to_vec(),
            }
        );
    }

    #[test]
    fn a_command_is_written_so_that_it_is_found_from_anywhere() {
        let here = std::env::current_dir().unwrap().join("firstmate");
        for (command, expect) in [
            ("firstmate", "firstmate"),
            ("./firstmate", here.to_str().unwrap()),
            ("${workspaceFolder}/firstmate", "${workspaceFolder}/firstmate"),
            ("/opt/firstmate", "/opt/firstmate"),
        ] {
            assert_eq!(whole(command), Path::new(expect));
        }
    }

    #[test]
    fn a_workspace_may_be_named_or_not() {
        assert_eq!(parsed("firstmate install cursor").1.workspace, None);
        let (_, install) = parsed("firstmate install --workspace cursor");
        assert_eq!(install.workspace, Some(None));
        assert_eq!(install.hosts, ["cursor"]);
        assert_eq!(
            parsed("firstmate install cursor --workspace").1.workspace,
            Some(None)
        );
        let (_, install) = parsed("firstmate install --workspace=/p cursor zed");
        assert_eq!(install.workspace, Some(Some(PathBuf::from("/p"))));
        assert!(Cli::try_parse_from(["firstmate", "install", "emacs"]).is_err());
    }
}
