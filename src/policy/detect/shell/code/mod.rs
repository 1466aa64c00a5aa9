//! What inline code of a scripting language does, by the calls in it.
//!
//! Nothing is run or type-checked: a call is known by its name. What hides a name (a computed attribute, an
//! evaluated text) makes the code unreadable, which is itself an effect.

use super::Effect;
use super::catalogue::Language;

mod arguments;
mod calls;
mod edit;
mod names;
mod powershell;
mod tokens;

/// Something in the code.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Effect(Effect),
    /// A script it gives to a shell.
    Script(String),
    /// A command it starts.
    Command(Vec<String>),
}

impl Found {
    fn opaque(why: &str) -> Self {
        Self::Effect(Effect::opaque(why))
    }

    fn effect(id: &str, program: &str, path: Option<String>) -> Self {
        Self::Effect(Effect {
            path,
            ..Effect::new(id, "destroy", program)
        })
    }
}

/// What the code does.
pub(super) fn read(text: &str, language: Language, program: &str) -> Vec<Found> {
    match language {
        Language::Awk => edit::awk(text),
        Language::Sed => edit::sed(text),
        Language::Editor => edit::editor(text),
        Language::PowerShell => powershell::read(text),
        _ => calls::read(text, language, program),
    }
}
