//! How large a schema is when its references are followed: it is as hostile as any other input.

use std::collections::HashMap;

use serde_json::Value;

/// The deepest schema, the most values in one, and the most steps it may unfold to when its references are followed.
const MAX_DEPTH: usize = 128;
const MAX_NODES: usize = 20_000;
const MAX_STEPS: usize = 50_000;

pub(super) fn is_small(schema: &Value) -> bool {
    let mut open = vec![(schema, 0)];
    let mut count = 0;
    while let Some((value, depth)) = open.pop() {
        count += 1;
        if depth > MAX_DEPTH || count > MAX_NODES {
            return false;
        }
        open.extend(children(value).map(|child| (child, depth + 1)));
    }
    true
}

pub(super) fn depth(value: &Value) -> usize {
    let mut deepest = 0;
    let mut open = vec![(value, 1)];
    while let Some((value, depth)) = open.pop() {
        deepest = deepest.max(depth);
        open.extend(children(value).map(|child| (child, depth + 1)));
    }
    deepest
}

fn children(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(members) => Box::new(members.values()),
        _ => Box::new(std::iter::empty()),
    }
}

/// The steps of the schema when its references are replaced by what they name, each one `again` more times
/// inside itself; `None` above [`MAX_STEPS`]. Two references to the next of thirty definitions make 2^30.
pub(super) fn unfolded(schema: &Value, again: usize) -> Option<usize> {
    let mut unfolding = Unfolding {
        root: schema,
        again,
        steps: 0,
        open: HashMap::new(),
    };
    unfolding.walk(schema, 0);
    Some(unfolding.steps).filter(|steps| *steps < MAX_STEPS)
}

struct Unfolding<'s> {
    root: &'s Value,
    again: usize,
    steps: usize,
    open: HashMap<&'s str, usize>,
}

impl<'s> Unfolding<'s> {
    fn walk(&mut self, value: &'s Value, depth: usize) {
        self.steps += 1;
        if self.steps >= MAX_STEPS || depth > 4 * MAX_DEPTH {
            self.steps = MAX_STEPS;
            return;
        }
        let Value::Object(members) = value else {
            children(value).for_each(|child| self.walk(child, depth + 1));
            return;
        };
        for (key, child) in members {
            match (key.as_str(), child) {
                ("$ref" | "$dynamicRef" | "$recursiveRef", Value::String(name)) => self.follow(name, depth),
                ("enum" | "const" | "default" | "examples", _) => {}
                // Definitions cost nothing until they are referred to.
                ("$defs" | "definitions", _) => {}
                _ => self.walk(child, depth + 1),
            }
        }
    }

    fn follow(&mut self, name: &'s str, depth: usize) {
        let open = self.open.entry(name).or_default();
        if *open > self.again {
            return;
        }
        *open += 1;
        // Names other than pointers into this schema are taken for the whole of it.
        let pointer = name.strip_prefix('#').unwrap_or_default();
        let target = self.root.pointer(pointer).unwrap_or(self.root);
        self.walk(target, depth + 1);
        if let Some(open) = self.open.get_mut(name) {
            *open -= 1;
        }
    }
}
