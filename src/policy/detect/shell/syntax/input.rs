//! Where a command's input comes from.

use std::rc::Rc;

use tree_sitter::Node;

use super::super::word::{Word, resolve};
use super::{Command, Scope, command};

/// What a command reads.
#[derive(Debug, Clone)]
pub(in super::super) enum Input {
    /// The terminal, or nothing.
    Nothing,
    /// This text: a here-document or a here-string.
    Text(Word),
    /// A file.
    File(Word),
    /// The output of these commands, the nearest last.
    Pipe(Vec<Command>),
}

/// Most characters of a compound stage of a pipeline that are looked at for what it runs.
const MAX_STAGE: usize = 1_000;
/// Most stages of a pipeline that are kept.
const MAX_STAGES: usize = 8;

/// The inputs of the stages of a pipeline: each reads what all before it wrote.
pub(super) fn stages(node: Node<'_>, source: &str, scope: &Scope, first: &Rc<Input>) -> Vec<Rc<Input>> {
    let mut inputs = Vec::new();
    let mut before: Vec<Command> = Vec::new();
    let mut cursor = node.walk();
    for stage in node.named_children(&mut cursor) {
        let input = if before.is_empty() {
            Rc::clone(first)
        } else {
            Rc::new(Input::Pipe(before.clone()))
        };
        inputs.push(Rc::clone(&input));
        if before.len() < MAX_STAGES {
            before.push(producer(stage, source, scope, input));
        }
    }
    inputs
}

/// A stage of a pipeline as the ones after it see it.
pub(super) fn producer(stage: Node<'_>, source: &str, scope: &Scope, input: Rc<Input>) -> Command {
    let body = stage
        .child_by_field_name("body")
        .filter(|body| body.kind() == "command");
    let command = match (stage.kind(), body) {
        ("command", _) => command(stage, source, scope, input, 0),
        ("redirected_statement", Some(body)) => {
            let input = redirected(stage, source, scope, input);
            command(body, source, scope, input, 0)
        }
        _ => {
            let text = source.get(stage.byte_range()).unwrap_or_default();
            let words = vec![Word::unknown(text.chars().take(MAX_STAGE).collect::<String>())];
            Command::new(words, input)
        }
    };
    // Only a text or a file is passed on: a chain of pipes within pipes could be as long as the script.
    let input = match *command.input {
        Input::Text(_) | Input::File(_) => command.input,
        Input::Nothing | Input::Pipe(_) => Rc::new(Input::Nothing),
    };
    Command::new(command.words, input)
}

/// The input of a statement with redirections.
pub(super) fn redirected(node: Node<'_>, source: &str, scope: &Scope, input: Rc<Input>) -> Rc<Input> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor)
        .filter_map(|child| reading(child, source, scope))
        .last()
        .map_or(input, Rc::new)
}

/// What a redirection makes its command read, if it does.
pub(super) fn reading(node: Node<'_>, source: &str, scope: &Scope) -> Option<Input> {
    let mut cursor = node.walk();
    match node.kind() {
        "heredoc_redirect" => {
            let body = node
                .named_children(&mut cursor)
                .find(|child| child.kind() == "heredoc_body")?;
            let text = source.get(body.byte_range())?;
            Some(Input::Text(Word::literal(text)))
        }
        "herestring_redirect" => {
            let word = node.named_children(&mut cursor).last()?;
            Some(Input::Text(resolve(word, source, scope)))
        }
        "file_redirect" => {
            let operator = source
                .get(node.byte_range())?
                .trim_start_matches(char::is_numeric);
            let destination = node.child_by_field_name("destination")?;
            match destination.kind() {
                _ if !operator.starts_with('<') => None,
                // `bash < <(curl ...)` reads a program, not a file.
                "process_substitution" => Some(Input::Pipe(substituted(destination, source, scope))),
                _ => Some(Input::File(resolve(destination, source, scope))),
            }
        }
        _ => None,
    }
}

/// The commands whose output stands in for `$(...)` or `<(...)`.
pub(in super::super) fn substituted(node: Node<'_>, source: &str, scope: &Scope) -> Vec<Command> {
    let mut cursor = node.walk();
    let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
    let nothing = || Rc::new(Input::Nothing);
    match children.as_slice() {
        [pipeline] if pipeline.kind() == "pipeline" => {
            let mut cursor = pipeline.walk();
            pipeline
                .named_children(&mut cursor)
                .take(MAX_STAGES)
                .map(|stage| producer(stage, source, scope, nothing()))
                .collect()
        }
        [one] => vec![producer(*one, source, scope, nothing())],
        _ => {
            let text = source.get(node.byte_range()).unwrap_or_default();
            let words = vec![Word::unknown(text.chars().take(MAX_STAGE).collect::<String>())];
            vec![Command::new(words, nothing())]
        }
    }
}
