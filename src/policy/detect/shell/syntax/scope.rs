//! What a script has said about its variables, functions' arguments and working directory so far.

use std::collections::HashMap;
use std::rc::Rc;

use super::super::word::Word;

/// What a variable holds, in so far as it was assigned something literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Value {
    Text(String),
    List(Vec<String>),
    /// It was assigned, but not something that can be said.
    Unknown,
}

/// The state of the walk through a script.
#[derive(Debug, Default)]
pub(in super::super) struct Scope {
    pub(in super::super) variables: HashMap<String, Value>,
    /// `$1`, `$2`, ... where they are known.
    pub(in super::super) positional: Option<Rc<[Word]>>,
    /// Where the script has gone, and up to which byte that is sure.
    pub(super) place: Option<(String, usize)>,
}

impl Scope {
    pub(super) fn forget(&mut self, name: &str) {
        self.variables.insert(name.to_owned(), Value::Unknown);
    }

    /// Nothing that was assigned can be relied on: code ran that may have assigned it anew.
    pub(super) fn forget_all(&mut self) {
        for value in self.variables.values_mut() {
            *value = Value::Unknown;
        }
    }

    /// Assigns a variable; `maybe` says that the assignment may not happen.
    pub(super) fn assign(&mut self, name: &str, value: Value, maybe: bool) {
        match self.variables.get_mut(name) {
            Some(old) if maybe && *old != value => *old = Value::Unknown,
            Some(old) => *old = value,
            None => {
                self.variables.insert(name.to_owned(), value);
            }
        }
    }
}
