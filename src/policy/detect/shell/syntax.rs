//! From a script to the commands in it, in order, each with its words and where its input comes from.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tree_sitter::{Node, ParseOptions, ParseState, Parser, Tree};

use super::word::{Variables, Word, resolve};

/// A script, taken apart.
#[derive(Debug, Default)]
pub(super) struct Script {
    /// Its commands in order of appearance, those in substitutions and functions too.
    pub(super) commands: Vec<Command>,
    /// Files and addresses that output is redirected to, and whether the redirected command is empty.
    pub(super) outputs: Vec<(Word, bool)>,
    /// Part of it is not shell, or it has more commands than are looked at.
    pub(super) unreadable: bool,
}

/// One simple command.
#[derive(Debug, Clone)]
pub(super) struct Command {
    pub(super) words: Vec<Word>,
    pub(super) input: Rc<Input>,
}

/// What a command reads.
#[derive(Debug, Clone)]
pub(super) enum Input {
    /// The terminal, or nothing.
    Nothing,
    /// This text: a here-document or a here-string.
    Text(Word),
    /// A file.
    File,
    /// The output of these commands, the nearest last.
    Pipe(Vec<Command>),
}

/// Most commands looked at in one script.
const MAX_COMMANDS: usize = 2_000;
/// Most bytes the words of one script may take together: substitutions within substitutions repeat them.
const MAX_WORDS: usize = 1 << 20;
/// Most characters of a compound stage of a pipeline that are looked at for what it runs.
const MAX_STAGE: usize = 1_000;
/// Longest parse. A long pipeline costs the parser the square of its length, so that a count of its steps
/// bounds nothing; ordinary scripts take less than a thousandth of this.
const MAX_PARSE: Duration = Duration::from_millis(200);

/// Takes `source` apart; `None` when it cannot be parsed within bounds.
pub(super) fn parse(source: &str) -> Option<Script> {
    let tree = tree(source)?;
    let root = tree.root_node();
    let mut script = Script {
        unreadable: root.has_error(),
        ..Script::default()
    };
    let mut variables = Variables::new();
    // Own stack: a hostile script may nest deeper than the thread's.
    let mut open: Vec<(Node<'_>, Rc<Input>)> = vec![(root, Rc::new(Input::Nothing))];
    let mut spent = 0;
    while let Some((node, input)) = open.pop() {
        if script.commands.len() >= MAX_COMMANDS || spent > MAX_WORDS {
            script.unreadable = true;
            break;
        }
        let mut inputs = Inputs::Same(Rc::clone(&input));
        match node.kind() {
            "variable_assignment" => assign(node, source, &mut variables),
            "command" => {
                let command = command(node, source, &variables, input);
                spent += command.words.iter().map(|word| word.text.len()).sum::<usize>();
                script.commands.push(command);
            }
            "pipeline" => inputs = Inputs::Stages(stages(node, source, &variables, &input)),
            "redirected_statement" => inputs = Inputs::Same(redirected(node, source, &variables, input)),
            "file_redirect" => output(node, source, &variables, &mut script),
            "command_substitution" | "process_substitution" | "function_definition" => {
                inputs = Inputs::Same(Rc::new(Input::Nothing));
            }
            _ => {}
        }
        let first = open.len();
        let mut cursor = node.walk();
        for (index, child) in node.named_children(&mut cursor).enumerate() {
            open.push((child, inputs.of(index)));
        }
        if let Some(children) = open.get_mut(first..) {
            children.reverse();
        }
    }
    Some(script)
}

enum Inputs {
    Same(Rc<Input>),
    Stages(Vec<Rc<Input>>),
}

impl Inputs {
    fn of(&self, child: usize) -> Rc<Input> {
        match self {
            Self::Same(input) => Rc::clone(input),
            Self::Stages(inputs) => inputs
                .get(child)
                .map_or_else(|| Rc::new(Input::Nothing), Rc::clone),
        }
    }
}

thread_local! {
    static PARSER: RefCell<Option<Parser>> = RefCell::new(parser());
}

fn parser() -> Option<Parser> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
    Some(parser)
}

fn tree(source: &str) -> Option<Tree> {
    PARSER.with_borrow_mut(|parser| {
        let parser = parser.as_mut()?;
        parser.reset();
        let start = Instant::now();
        let mut progress = |_: &ParseState| {
            if start.elapsed() > MAX_PARSE {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let options = ParseOptions::new().progress_callback(&mut progress);
        let bytes = source.as_bytes();
        parser.parse_with_options(
            &mut |at, _| bytes.get(at..).unwrap_or_default(),
            None,
            Some(options),
        )
    })
}

fn assign(node: Node<'_>, source: &str, variables: &mut Variables) {
    let Some(name) = node
        .child_by_field_name("name")
        .and_then(|name| source.get(name.byte_range()))
    else {
        return;
    };
    let value = node
        .child_by_field_name("value")
        .map(|value| resolve(value, source, variables));
    let literal = match value {
        None => Some(String::new()),
        Some(word) => word.known.then_some(word.text),
    };
    variables.insert(name.to_owned(), literal);
}

fn command(node: Node<'_>, source: &str, variables: &Variables, mut input: Rc<Input>) -> Command {
    let mut words = Vec::new();
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        match child.kind() {
            "variable_assignment" | "comment" => {}
            "file_redirect" | "heredoc_redirect" | "herestring_redirect" => {
                input = reading(child, source, variables).map_or(input, Rc::new);
            }
            _ => {
                let word = resolve(child, source, variables);
                // An unquoted variable falls apart at its spaces.
                if word.known
                    && matches!(
                        child.kind(),
                        "command_name" | "simple_expansion" | "expansion" | "concatenation"
                    )
                    && !source
                        .get(child.byte_range())
                        .unwrap_or_default()
                        .contains(['"', '\''])
                    && word.text.contains(' ')
                {
                    words.extend(word.text.split_whitespace().map(Word::literal));
                } else {
                    words.push(word);
                }
            }
        }
    }
    Command { words, input }
}

/// The inputs of the stages of a pipeline: each reads what all before it wrote.
fn stages(node: Node<'_>, source: &str, variables: &Variables, first: &Rc<Input>) -> Vec<Rc<Input>> {
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
        if before.len() < 8 {
            before.push(producer(stage, source, variables, input));
        }
    }
    inputs
}

/// A stage of a pipeline as the ones after it see it.
fn producer(stage: Node<'_>, source: &str, variables: &Variables, input: Rc<Input>) -> Command {
    let body = stage
        .child_by_field_name("body")
        .filter(|body| body.kind() == "command");
    let command = match (stage.kind(), body) {
        ("command", _) => command(stage, source, variables, input),
        ("redirected_statement", Some(body)) => command(
            body,
            source,
            variables,
            redirected(stage, source, variables, input),
        ),
        _ => {
            let text = source.get(stage.byte_range()).unwrap_or_default();
            let words = vec![Word::unknown(text.chars().take(MAX_STAGE).collect::<String>())];
            Command { words, input }
        }
    };
    // Only a text is passed on: a chain of pipes within pipes could be as long as the script.
    let input = match *command.input {
        Input::Text(_) => command.input,
        _ => Rc::new(Input::Nothing),
    };
    Command {
        words: command.words,
        input,
    }
}

fn redirected(node: Node<'_>, source: &str, variables: &Variables, input: Rc<Input>) -> Rc<Input> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor)
        .filter_map(|child| reading(child, source, variables))
        .last()
        .map_or(input, Rc::new)
}

/// What a redirection makes its command read, if it does.
fn reading(node: Node<'_>, source: &str, variables: &Variables) -> Option<Input> {
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
            Some(Input::Text(resolve(word, source, variables)))
        }
        "file_redirect" => source
            .get(node.byte_range())?
            .trim_start_matches(char::is_numeric)
            .starts_with('<')
            .then(|| {
                // `bash < <(curl ...)` reads a program, not a file.
                match node.child_by_field_name("destination") {
                    Some(word) if word.kind() == "process_substitution" => {
                        Input::Pipe(vec![producer(word, source, variables, Rc::new(Input::Nothing))])
                    }
                    _ => Input::File,
                }
            }),
        _ => None,
    }
}

fn output(node: Node<'_>, source: &str, variables: &Variables, script: &mut Script) {
    let operator = source
        .get(node.byte_range())
        .unwrap_or_default()
        .trim_start_matches(|c: char| c.is_numeric() || c == '&');
    let Some(destination) = node.child_by_field_name("destination") else {
        return;
    };
    let word = resolve(destination, source, variables);
    // In `cat <<EOF > file` the redirection stands within that of the here-document.
    let parent = node.parent();
    let parent = match parent {
        Some(heredoc) if heredoc.kind() == "heredoc_redirect" => heredoc.parent(),
        _ => parent,
    };
    let statement = parent.filter(|parent| parent.kind() == "redirected_statement");
    let body = statement.and_then(|statement| statement.child_by_field_name("body"));
    let empty = match body.and_then(|body| source.get(body.byte_range())) {
        None => parent.is_none_or(|parent| parent.kind() != "command"),
        Some(text) => matches!(text.trim(), ":" | "true" | "echo -n" | "printf ''"),
    };
    let truncates = operator.starts_with('>') && !operator.starts_with(">>");
    script.outputs.push((word, truncates && empty));
}
