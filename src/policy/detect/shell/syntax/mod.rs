//! From a script to what happens in it, in order: its commands with their words and inputs, and the files
//! it writes.

use std::collections::HashMap;
use std::rc::Rc;

use tree_sitter::Node;

use super::word::{Word, resolve, words};

mod assignments;
mod builtins;
mod input;
mod scope;
mod tree;
mod walk;

pub(super) use input::{Input, substituted};
pub(super) use scope::{Scope, Value};

/// A script, taken apart.
#[derive(Debug, Default)]
pub(super) struct Script {
    /// What happens, those in substitutions and functions too.
    pub(super) events: Vec<Event>,
    /// Part of it is not shell, or it has more commands than are looked at.
    pub(super) unreadable: Option<&'static str>,
}

/// One thing that happens.
#[derive(Debug)]
pub(super) enum Event {
    Command(Command),
    Output(Output),
    /// A variable that is set for the rest of the script.
    Assigned(String, Word),
}

/// One simple command.
#[derive(Debug, Clone)]
pub(super) struct Command {
    pub(super) words: Vec<Word>,
    pub(super) input: Rc<Input>,
    /// Variables set for this command alone.
    pub(super) environment: Vec<(String, Word)>,
    /// The folder it runs in, and whether it surely does.
    pub(super) place: Option<(String, bool)>,
}

impl Command {
    pub(super) fn new(words: Vec<Word>, input: Rc<Input>) -> Self {
        Self {
            words,
            input,
            environment: Vec::new(),
            place: None,
        }
    }
}

/// A redirection that writes.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) file: Word,
    /// It adds to the file.
    pub(super) appends: bool,
    /// The command whose output it is.
    pub(super) from: Option<Command>,
}

/// Takes `source` apart, with what is known of `$1`, `$2`, ... and of its input; `None` when it cannot be parsed
/// within bounds.
pub(super) fn parse(source: &str, positional: Option<Rc<[Word]>>, input: Rc<Input>) -> Option<Script> {
    let tree = tree::parse(source)?;
    let root = tree.root_node();
    let mut walk = walk::Walk::new(source, positional);
    if root.has_error() {
        walk.script.unreadable = Some("a script with a syntax error");
    }
    walk.run(root, input);
    Some(walk.script)
}

/// The words of a simple command and what stands around them.
pub(super) fn command(
    node: Node<'_>,
    source: &str,
    scope: &Scope,
    mut input: Rc<Input>,
    depth: usize,
) -> Command {
    let mut found = Vec::new();
    let mut environment = Vec::new();
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        match child.kind() {
            "comment" => {}
            "variable_assignment" => environment.extend(assignment(child, source, scope)),
            "file_redirect" | "heredoc_redirect" | "herestring_redirect" => {
                input = input::reading(child, source, scope).map_or(input, Rc::new);
            }
            _ => words(child, source, scope, depth, &mut found),
        }
    }
    Command {
        words: found,
        input,
        environment,
        place: None,
    }
}

/// The name that is assigned, and to what.
fn assignment(node: Node<'_>, source: &str, scope: &Scope) -> Option<(String, Word)> {
    let name = node.child_by_field_name("name")?;
    let name = source.get(name.byte_range())?.to_owned();
    let value = node.child_by_field_name("value");
    let word = value.map_or_else(|| Word::literal(""), |value| resolve(value, source, scope));
    Some((name, word))
}

/// Functions by name, with whether they were called.
type Functions<'t> = HashMap<String, (Node<'t>, bool)>;
