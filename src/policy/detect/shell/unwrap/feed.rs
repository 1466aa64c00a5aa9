//! Where code comes from: what a command reads, what fetches, what only sets up a shell.

use super::InputText;
use crate::policy::detect::shell::catalogue::{CATALOGUE, program_name};
use crate::policy::detect::shell::output::{decodes, printed};
use crate::policy::detect::shell::syntax::{Command, Input};
use crate::policy::detect::shell::word::Word;

/// Whether text that is not known names a downloader.
pub(in super::super) fn downloads(text: &str) -> bool {
    let mut words = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')));
    text.contains(['(', '`']) && words.any(|word| DOWNLOADERS.contains(&word))
}

/// Whether the command is one that fetches.
pub(in super::super) fn is_downloader(word: &Word) -> bool {
    program_name(word).is_some_and(|name| DOWNLOADERS.contains(&name)) || downloads(&word.text)
}

const DOWNLOADERS: [&str; 14] = [
    "curl",
    "wget",
    "fetch",
    "aria2c",
    "http",
    "https",
    "xh",
    "lynx",
    "w3m",
    "GET",
    "ftp",
    "axel",
    "iwr",
    "Invoke-WebRequest",
];

/// Whether the text runs a tool that prints settings for a shell: `eval "$(ssh-agent -s)"`.
pub(in super::super) fn sets_up_shell(text: &str) -> bool {
    const TOOLS: [&str; 30] = [
        "ssh-agent",
        "direnv",
        "pyenv",
        "rbenv",
        "nodenv",
        "goenv",
        "jenv",
        "fnm",
        "conda",
        "mamba",
        "micromamba",
        "brew",
        "opam",
        "starship",
        "zoxide",
        "minikube",
        "docker-machine",
        "mise",
        "asdf",
        "rtx",
        "dircolors",
        "luarocks",
        "keychain",
        "fzf",
        "atuin",
        "thefuck",
        "register-python-argcomplete",
        "nodebrew",
        "volta",
        "gpgconf",
    ];
    let inner = text
        .strip_prefix("$(")
        .and_then(|inner| inner.strip_suffix(')'))
        .or_else(|| text.strip_prefix('`').and_then(|inner| inner.strip_suffix('`')));
    let Some(inner) = inner.filter(|inner| !inner.contains([';', '|', '&', '<', '>', '$', '`', '('])) else {
        return false;
    };
    let mut words = inner.split_whitespace();
    let program = words
        .next()
        .and_then(|word| word.rsplit('/').next())
        .unwrap_or_default();
    let settings = |word: &str| {
        matches!(
            word,
            "completion" | "completions" | "shellenv" | "docker-env" | "shell-init"
        )
    };
    TOOLS.contains(&program) || CATALOGUE.knows(program) && program != "eval" && words.any(settings)
}

/// What can be said about the text a command reads.
pub(in super::super) fn input_text(input: &Input) -> InputText {
    match input {
        Input::Nothing => InputText::Nothing,
        Input::File(word) => InputText::File(word.text.rsplit('/').next().unwrap_or_default().to_owned()),
        Input::Text(word) if !word.known && word.text.starts_with(['$', '`']) => InputText::Computed,
        Input::Text(word) => InputText::Known {
            text: word.text.clone(),
            decoded: false,
        },
        Input::Pipe(producers) => piped(producers),
    }
}

fn piped(producers: &[Command]) -> InputText {
    if producers
        .iter()
        .any(|command| command.words.first().is_some_and(is_downloader))
    {
        return InputText::Downloaded;
    }
    if let Some(text) = printed(producers) {
        return InputText::Known {
            text,
            decoded: decodes(producers),
        };
    }
    let Some(Command { words, input, .. }) = producers.first().filter(|_| producers.len() == 1) else {
        return InputText::Computed;
    };
    match words.as_slice() {
        // `cat file | sh` is `sh file`.
        [cat, file] if cat.text == "cat" && file.known && !file.text.starts_with('-') => {
            InputText::File(file.text.rsplit('/').next().unwrap_or_default().to_owned())
        }
        [cat] if cat.text == "cat" && !matches!(**input, Input::Nothing) => input_text(input),
        // Answers to questions are not code.
        [yes, ..] if yes.text == "yes" => InputText::Nothing,
        _ => InputText::Computed,
    }
}
