//! What variables are set to: by assignments, and by loops over a few words.

use std::rc::Rc;

use tree_sitter::Node;

use super::super::word::words;
use super::input::Input;
use super::scope::Value;
use super::walk::{Open, Walk};
use super::{Event, assignment};

/// Most values of a loop that are gone through one by one.
const MAX_ROUNDS: usize = 8;

impl<'t> Walk<'_, 't> {
    pub(super) fn assign(&mut self, node: Node<'t>) {
        let Some((name, word)) = assignment(node, self.source, &self.scope) else {
            return;
        };
        let value = node.child_by_field_name("value");
        let literal = match value.filter(|value| value.kind() == "array") {
            Some(array) => {
                let mut items = Vec::new();
                let mut cursor = array.walk();
                for item in array.named_children(&mut cursor) {
                    words(item, self.source, &self.scope, 0, &mut items);
                }
                let known = items.iter().all(|item| item.known);
                let items = items.into_iter().map(|item| item.text).collect();
                if known { Value::List(items) } else { Value::Unknown }
            }
            None if word.known => Value::Text(word.text.clone()),
            None => Value::Unknown,
        };
        let text = self.source.get(node.byte_range()).unwrap_or_default();
        let literal = if text.contains("+=") {
            Value::Unknown
        } else {
            literal
        };
        let maybe = self.scope.variables.contains_key(&name) && conditional(node);
        self.scope.assign(&name, literal, maybe);
        self.script.events.push(Event::Assigned(name, word));
    }

    /// Goes through a loop over a few literal values once for each.
    pub(super) fn rounds(&mut self, node: Node<'t>, input: &Rc<Input>) -> bool {
        let name = node
            .child_by_field_name("variable")
            .and_then(|name| self.source.get(name.byte_range()));
        let (Some(name), Some(body)) = (name, node.child_by_field_name("body")) else {
            return false;
        };
        let mut values = Vec::new();
        let mut cursor = node.walk();
        for value in node.children_by_field_name("value", &mut cursor) {
            words(value, self.source, &self.scope, 0, &mut values);
        }
        let few = (1..=MAX_ROUNDS).contains(&values.len()) && self.open.len() < 200;
        if !few || values.iter().any(|value| !value.known) {
            self.scope.forget(name);
            return false;
        }
        for value in values.into_iter().rev() {
            self.open.push(Open::Node(body, Rc::clone(input)));
            self.open
                .push(Open::Bind(name.to_owned(), Value::Text(value.text)));
        }
        true
    }
}

/// Whether what stands here may not happen.
fn conditional(node: Node<'_>) -> bool {
    let mut inner = node;
    for _ in 0..64 {
        let Some(outer) = inner.parent() else { return false };
        match outer.kind() {
            "program" => return false,
            "compound_statement"
            | "declaration_command"
            | "redirected_statement"
            | "variable_assignments" => {}
            _ => return true,
        }
        inner = outer;
    }
    true
}
