//! The walk through a syntax tree: variables are followed, functions entered with their arguments.

use std::rc::Rc;

use tree_sitter::Node;

use super::super::word::{Word, resolve};
use super::input::{Input, redirected, stages};
use super::scope::{Scope, Value};
use super::{Command, Event, Functions, Output, Script, command};

/// Most commands looked at in one script.
const MAX_COMMANDS: usize = 2_000;
/// Most bytes the words of one script may take together: substitutions within substitutions repeat them.
const MAX_WORDS: usize = 1 << 20;
/// Most calls of functions that are followed.
pub(super) const MAX_CALLS: usize = 100;

pub(super) struct Walk<'s, 't> {
    pub(super) script: Script,
    pub(super) source: &'s str,
    pub(super) scope: Scope,
    pub(super) functions: Functions<'t>,
    /// Functions that are being gone through.
    pub(super) active: Vec<String>,
    pub(super) calls: usize,
    spent: usize,
    // Own stack: a hostile script may nest deeper than the thread's.
    pub(super) open: Vec<Open<'t>>,
}

pub(super) enum Open<'t> {
    Node(Node<'t>, Rc<Input>),
    Bind(String, Value),
    Place(Option<(String, usize)>),
    Return(Option<Rc<[Word]>>),
}

impl<'s, 't> Walk<'s, 't> {
    pub(super) fn new(source: &'s str, positional: Option<Rc<[Word]>>) -> Self {
        Self {
            script: Script::default(),
            source,
            scope: Scope {
                positional,
                ..Scope::default()
            },
            functions: Functions::new(),
            active: Vec::new(),
            calls: 0,
            spent: 0,
            open: Vec::new(),
        }
    }

    pub(super) fn run(&mut self, root: Node<'t>, input: Rc<Input>) {
        self.open.push(Open::Node(root, input));
        loop {
            match self.open.pop() {
                Some(Open::Node(node, input)) => self.node(node, input),
                Some(Open::Bind(name, value)) => self.scope.assign(&name, value, false),
                Some(Open::Place(place)) => self.scope.place = place,
                Some(Open::Return(positional)) => {
                    self.active.pop();
                    self.scope.positional = positional;
                }
                None if self.uncalled() => {}
                None => break,
            }
            if self.script.events.len() >= MAX_COMMANDS || self.spent > MAX_WORDS {
                self.script.unreadable = Some("a script with too many commands");
                break;
            }
        }
    }

    /// Opens the functions nobody called: what comes later may call them.
    fn uncalled(&mut self) -> bool {
        let mut left: Vec<Node<'t>> = self
            .functions
            .values_mut()
            .filter(|(_, called)| !called)
            .map(|(body, called)| {
                *called = true;
                *body
            })
            .collect();
        left.sort_by_key(|body| std::cmp::Reverse(body.start_byte()));
        let nothing = Rc::new(Input::Nothing);
        let bodies = left.into_iter().map(|body| Open::Node(body, Rc::clone(&nothing)));
        let before = self.open.len();
        self.open.extend(bodies);
        self.open.len() > before
    }

    fn node(&mut self, node: Node<'t>, input: Rc<Input>) {
        let mut staged = None;
        let mut passed = Rc::clone(&input);
        match node.kind() {
            "variable_assignment" => self.assign(node),
            "command" => self.command(node, input),
            "pipeline" => staged = Some(stages(node, self.source, &self.scope, &input)),
            "redirected_statement" => passed = redirected(node, self.source, &self.scope, input),
            "file_redirect" => self.output(node),
            "function_definition" => return self.function(node),
            "for_statement" if self.rounds(node, &input) => return,
            "subshell" => self.open.push(Open::Place(self.scope.place.clone())),
            "command_substitution" | "process_substitution" => {
                self.open.push(Open::Place(self.scope.place.clone()));
                passed = Rc::new(Input::Nothing);
            }
            _ => {}
        }
        let first = self.open.len();
        let mut cursor = node.walk();
        for (index, child) in node.named_children(&mut cursor).enumerate() {
            // Its variables are the command's own.
            let kind = (node.kind(), child.kind());
            if kind == ("command", "variable_assignment") {
                let values = child.child_by_field_name("value");
                self.open
                    .extend(values.map(|value| Open::Node(value, Rc::clone(&passed))));
                continue;
            }
            let input = match &staged {
                None => Rc::clone(&passed),
                Some(inputs) => inputs
                    .get(index)
                    .map_or_else(|| Rc::new(Input::Nothing), Rc::clone),
            };
            self.open.push(Open::Node(child, input));
        }
        if let Some(children) = self.open.get_mut(first..) {
            children.reverse();
        }
    }

    fn command(&mut self, node: Node<'t>, input: Rc<Input>) {
        let mut command = command(node, self.source, &self.scope, input, 0);
        self.spent += command.words.iter().map(|word| word.text.len()).sum::<usize>();
        let at = node.start_byte();
        command.place = self
            .scope
            .place
            .as_ref()
            .map(|(place, until)| (place.clone(), at < *until));
        if let Some(name) = command.words.first().map(|word| word.text.clone()) {
            self.builtin(&name, &command, node);
            self.call(&name, &command);
        }
        self.script.events.push(Event::Command(command));
    }

    fn function(&mut self, node: Node<'t>) {
        let name = node
            .child_by_field_name("name")
            .and_then(|name| self.source.get(name.byte_range()));
        if let (Some(name), Some(body)) = (name, node.child_by_field_name("body")) {
            let before = self.functions.insert(name.to_owned(), (body, false));
            // The one it replaces may have been meant to be called by then.
            if let Some((body, false)) = before {
                self.open.push(Open::Node(body, Rc::new(Input::Nothing)));
            }
        }
    }

    fn output(&mut self, node: Node<'t>) {
        let operator = self
            .source
            .get(node.byte_range())
            .unwrap_or_default()
            .trim_start_matches(|c: char| c.is_numeric() || c == '&');
        let Some(destination) = node.child_by_field_name("destination") else {
            return;
        };
        let duplicates = operator.starts_with(">&") && destination.kind() == "number";
        if !operator.starts_with('>') || duplicates {
            return;
        }
        let file = resolve(destination, self.source, &self.scope);
        // In `cat <<EOF > file` the redirection stands within that of the here-document.
        let parent = match node.parent() {
            Some(heredoc) if heredoc.kind() == "heredoc_redirect" => heredoc.parent(),
            parent => parent,
        };
        let Some(parent) = parent else { return };
        let nothing = Rc::new(Input::Nothing);
        let from = match parent.kind() {
            "command" => Some(command(parent, self.source, &self.scope, nothing, 0)),
            "redirected_statement" => parent.child_by_field_name("body").map(|body| match body.kind() {
                "command" => {
                    let input = redirected(parent, self.source, &self.scope, nothing);
                    command(body, self.source, &self.scope, input, 0)
                }
                _ => Command::new(vec![Word::unknown("...")], nothing),
            }),
            _ => Some(Command::new(vec![Word::unknown("...")], nothing)),
        };
        self.script.events.push(Event::Output(Output {
            file,
            appends: operator.starts_with(">>"),
            from,
        }));
    }
}
