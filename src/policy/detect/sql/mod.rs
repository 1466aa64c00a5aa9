//! What a SQL script destroys, read from its words with strings and comments left out.
//!
//! No grammar: scripts come in twenty dialects, and a parser for one calls the others' statements errors. A
//! statement is known by its first words, which all dialects share; where they differ in how a text ends
//! (a backslash, a dollar quote), both readings are judged. What begins like no statement is `opaque.exec`.

use super::shell::Effect;

mod lexer;
mod statement;
mod words;

use lexer::{Backslash, Statement, statements};

/// What is in a script.
#[derive(Debug, Default)]
pub struct Read {
    /// What its statements do.
    pub effects: Vec<Effect>,
    /// Shell commands it runs: `\! ls`, `.shell ls`.
    pub commands: Vec<String>,
}

/// What the statements in `text` destroy or grant; `program` is what sends them.
#[must_use]
pub fn inspect(text: &str, program: &str) -> Vec<Effect> {
    let mut read = read(text, program);
    if !read.commands.is_empty() {
        read.effects
            .push(Effect::opaque("a shell command in a SQL script"));
    }
    read.effects
}

/// Most bytes of a script that are looked at.
const MAX_SCRIPT: usize = 1 << 20;
/// Most statements that are looked at.
const MAX_STATEMENTS: usize = 5_000;
/// How deep statements within texts are followed.
const MAX_DEPTH: usize = 3;

/// Reads a script.
#[must_use]
pub fn read(text: &str, program: &str) -> Read {
    let mut read = Read::default();
    script(text, program, 0, &mut read);
    let mut seen: Vec<Effect> = Vec::new();
    read.effects.retain(|effect| {
        let new = seen.len() > 100 || !seen.contains(effect);
        if new {
            seen.push(effect.clone());
        }
        new
    });
    read
}

fn script(text: &str, program: &str, depth: usize, read: &mut Read) {
    let opaque = |why: &str| Effect::opaque(why);
    if depth > MAX_DEPTH || text.len() > MAX_SCRIPT {
        return read.effects.push(opaque("a SQL script too long to be read"));
    }
    let mut readings = vec![statements(text, Backslash::IsText)];
    if text.contains(['\\', '#']) {
        readings.push(statements(text, Backslash::Escapes));
    }
    for (open, found) in &readings {
        if *open && readings.len() == 1 {
            read.effects.push(opaque("a SQL script with an open quote"));
        }
        if found.len() > MAX_STATEMENTS {
            read.effects.push(opaque("a SQL script with too many statements"));
        }
        for one in found.iter().take(MAX_STATEMENTS) {
            judge(one, program, depth, read);
        }
    }
}

fn judge(one: &Statement, program: &str, depth: usize, read: &mut Read) {
    if let Some(command) = one.meta.as_deref() {
        return meta(command, read);
    }
    for (id, family, target) in statement::effects(one) {
        let mut effect = Effect::new(&id, family, program);
        effect.path = target;
        read.effects.push(effect);
    }
    // A text that is run as a statement.
    if statement::runs_text(one) {
        for text in &one.texts {
            script(text, program, depth + 1, read);
        }
        if one.texts.is_empty() {
            read.effects.push(Effect::opaque("a statement that is computed"));
        }
    }
}

/// A command of the client: `\! ls`, `.shell ls`, `.import`.
fn meta(command: &str, read: &mut Read) {
    let command = command.trim_start_matches(['\\', '.']).trim();
    let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    if let Some(script) = command.strip_prefix('!') {
        read.commands.push(script.trim().to_owned());
    } else if matches!(name, "shell" | "system" | "sh") {
        read.commands.push(rest.to_owned());
    } else if matches!(name, "o" | "g" | "copy" | "output" | "once" | "gx") && rest.contains('|') {
        let script = rest.split_once('|').map(|(_, script)| script.to_owned());
        read.commands.extend(script);
    } else if name == "copy" && rest.to_ascii_lowercase().contains("program")
        || matches!(name, "gexec" | "load")
    {
        read.effects
            .push(Effect::opaque("a client's command that runs code"));
    }
}

#[cfg(test)]
mod tests;
