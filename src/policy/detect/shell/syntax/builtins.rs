//! Commands that change what is known: builtins, and functions that are called.

use std::rc::Rc;

use tree_sitter::Node;

use super::super::target::join;
use super::super::word::Word;
use super::Command;
use super::walk::{MAX_CALLS, Open, Walk};

impl<'t> Walk<'_, 't> {
    /// What a builtin does to the variables and the folder.
    pub(super) fn builtin(&mut self, name: &str, command: &Command, node: Node<'t>) {
        let rest = command.words.get(1..).unwrap_or_default();
        match name {
            "read" | "mapfile" | "readarray" | "getopts" | "unset" | "let" | "printf" => {
                let named = rest.iter().filter(|word| name != "printf" || is_name(&word.text));
                for word in named {
                    if self.scope.variables.contains_key(&word.text) {
                        self.scope.forget(&word.text);
                    }
                }
            }
            "eval" | "source" | "." => self.scope.forget_all(),
            "set" if rest.first().is_some_and(|word| word.text == "--") => {
                let words: Rc<[Word]> = rest.iter().skip(1).cloned().collect();
                self.scope.positional = words.iter().all(|word| word.known).then_some(words);
            }
            "shift" => self.scope.positional = None,
            "cd" | "pushd" => {
                let to = rest
                    .iter()
                    .find(|word| !word.text.starts_with('-') || word.text == "-");
                let place = match to {
                    None => Some("~".to_owned()),
                    Some(word) if word.known && word.text != "-" => {
                        let here = self.scope.place.as_ref().map_or("", |(place, _)| place.as_str());
                        Some(join(here, &word.text))
                    }
                    Some(_) => None,
                };
                self.scope.place = place.map(|place| (place, self.sure_until(node)));
            }
            _ => {}
        }
    }

    /// Up to where a command runs only if this one succeeded: the end of its `a && b && c`.
    fn sure_until(&self, node: Node<'t>) -> usize {
        let mut end = node.end_byte();
        let mut inner = node;
        for _ in 0..32 {
            let Some(outer) = inner.parent().filter(|outer| outer.kind() == "list") else {
                break;
            };
            let text = self
                .source
                .get(inner.end_byte()..outer.end_byte())
                .unwrap_or_default();
            if outer.start_byte() != inner.start_byte() || !text.trim_start().starts_with("&&") {
                break;
            }
            end = outer.end_byte();
            inner = outer;
        }
        end
    }

    /// Goes through the function's body with these arguments.
    pub(super) fn call(&mut self, name: &str, command: &Command) {
        let Some((body, called)) = self.functions.get_mut(name) else {
            return;
        };
        *called = true;
        let body = *body;
        if self.active.iter().any(|active| active == name) {
            self.script.unreadable = Some("a function that calls itself");
            return;
        }
        self.calls += 1;
        if self.calls > MAX_CALLS {
            self.script.unreadable = Some("a script that calls too many functions");
            return;
        }
        let arguments: Rc<[Word]> = command.words.iter().skip(1).cloned().collect();
        let before = self.scope.positional.replace(arguments);
        self.active.push(name.to_owned());
        self.open.push(Open::Return(before));
        self.open.push(Open::Node(body, Rc::clone(&command.input)));
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
