//! What a shell and a reader of manuals want to know of the command line, made from the command line itself.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;

use super::Cli;

/// Print the completions of a shell.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

impl Completions {
    /// The script.
    #[must_use]
    pub fn script(&self) -> Vec<u8> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "firstmate", &mut script);
        script
    }
}

/// The manual page: the command, then each of its subcommands with its options.
///
/// # Errors
/// Never but where memory cannot be written to.
pub fn manual() -> std::io::Result<Vec<u8>> {
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    let man = Man::new(command.clone());
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    page.extend(b".SH COMMANDS\n");
    for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        of(command, &format!("firstmate {}", command.get_name()), &mut page)?;
    }
    man.render_version_section(&mut page)?;
    Ok(page)
}

/// A subcommand and those below it. What every command takes stands above.
fn of(command: &clap::Command, path: &str, page: &mut Vec<u8>) -> std::io::Result<()> {
    let own = command
        .clone()
        .display_name(path.replace(' ', "\\-"))
        .bin_name(path)
        .mut_args(|arg| {
            let is_everywhere = arg.get_help_heading() == Some(super::EVERYWHERE) || arg.get_id() == "help";
            arg.hide(is_everywhere)
        });
    let man = Man::new(own);
    page.extend(format!(".SS {}\n", path.replace('-', "\\-")).as_bytes());
    let mut body = Vec::new();
    man.render_description_section(&mut body)?;
    man.render_options_section(&mut body)?;
    // The sections of a page of its own are paragraphs here.
    for line in String::from_utf8_lossy(&body).lines() {
        let line = match line.strip_prefix(".SH ") {
            Some("DESCRIPTION") => ".PP",
            Some(_) => continue,
            None => line,
        };
        page.extend(line.as_bytes());
        page.push(b'\n');
    }
    for command in command
        .get_subcommands()
        .filter(|command| command.get_name() != "help")
    {
        of(command, &format!("{path} {}", command.get_name()), page)?;
    }
    Ok(())
}
