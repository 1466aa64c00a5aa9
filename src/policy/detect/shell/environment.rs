//! Variables that make other programs run code.

use super::word::Word;

/// What a variable makes run.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Runs {
    /// Its value, as a command.
    Script,
    /// Something that cannot be said.
    Unreadable,
}

/// What setting the variable to this makes run, if anything.
pub(super) fn runs(name: &str, value: &Word) -> Option<Runs> {
    let text = value.text.as_str();
    match name {
        "LD_PRELOAD" | "LD_AUDIT" | "DYLD_INSERT_LIBRARIES" | "BASH_ENV" if !text.is_empty() => {
            Some(Runs::Unreadable)
        }
        "PERL5OPT" | "RUBYOPT" | "GIT_CONFIG_PARAMETERS" => Some(Runs::Unreadable),
        "JAVA_TOOL_OPTIONS" | "_JAVA_OPTIONS" if text.contains("-javaagent") => Some(Runs::Unreadable),
        "NODE_OPTIONS"
            if ["--require", "--import", "--loader", "-r "]
                .iter()
                .any(|option| text.contains(option)) =>
        {
            Some(Runs::Unreadable)
        }
        "GIT_SSH_COMMAND"
        | "GIT_EXTERNAL_DIFF"
        | "GIT_PAGER"
        | "GIT_EDITOR"
        | "GIT_SEQUENCE_EDITOR"
        | "GIT_ASKPASS"
        | "GIT_PROXY_COMMAND"
        | "SSH_ASKPASS"
        | "SUDO_ASKPASS"
        | "EDITOR"
        | "VISUAL"
        | "PAGER"
        | "MANPAGER"
        | "BROWSER"
        | "PROMPT_COMMAND"
        | "RSYNC_RSH"
        | "PSQL_PAGER"
        | "PSQL_EDITOR"
        | "LESSOPEN"
        | "FCEDIT"
        | "SHELL"
            if value.known =>
        {
            Some(Runs::Script)
        }
        _ if name.starts_with("GIT_CONFIG_VALUE_") && text.starts_with('!') => Some(Runs::Unreadable),
        _ if name.starts_with("BASH_FUNC_") => Some(Runs::Unreadable),
        _ => None,
    }
}

/// A word that sets a variable for what comes after it.
pub(super) fn assignment(word: &Word) -> Option<(&str, Word)> {
    let (name, value) = word.text.split_once('=')?;
    let value = Word {
        text: value.to_owned(),
        known: word.known,
    };
    is_name(name).then_some((name, value))
}

/// Whether the word sets a variable.
pub(super) fn is_assignment(word: &Word) -> bool {
    word.text.split_once('=').is_some_and(|(name, _)| is_name(name))
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
