//! Dangerous calls of Python.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, ExprCall, ModModule, Operator};
use ruff_text_size::Ranged as _;

use super::Danger;

/// Every dangerous call of `module`, in order.
pub(crate) fn find(module: &ModModule, source: &str) -> Vec<(Danger, Range<usize>)> {
    // Most code has none of the names, and then there is nothing to walk.
    if !NAMES.as_ref().is_some_and(|names| names.is_match(source)) {
        return Vec::new();
    }
    let mut calls = Calls(Vec::new());
    calls.visit_body(&module.body);
    calls.0
}

static NAMES: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::new([
        "eval(",
        "exec(",
        "shell=",
        "shell =",
        ".system(",
        ".popen(",
        "verify=",
        "verify =",
        "_unverified_context",
        "loads(",
        ".load(",
        "execute",
        "mktemp(",
        "debug=",
        "debug =",
    ])
    .ok()
});

struct Calls(Vec<(Danger, Range<usize>)>);

impl<'a> Visitor<'a> for Calls {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr
            && let Some(danger) = danger(call)
        {
            let range = call.range();
            self.0.push((danger, range.start().into()..range.end().into()));
        }
        visitor::walk_expr(self, expr);
    }
}

fn danger(call: &ExprCall) -> Option<Danger> {
    let (owner, name) = match &*call.func {
        Expr::Name(name) => ("", name.id.as_str()),
        Expr::Attribute(attribute) => (last_name(&attribute.value), attribute.attr.as_str()),
        _ => return None,
    };
    let first = call.arguments.args.first();
    match (owner, name) {
        ("", "eval" | "exec") if first.is_some_and(|text| !is_text(text)) => Some(Danger::Eval),
        ("subprocess", _) | ("", "Popen" | "check_output" | "check_call" | "run" | "call")
            if is_set(call, "shell", true) =>
        {
            Some(Danger::ShellTrue)
        }
        ("os", "system" | "popen") if first.is_some_and(is_composed) => Some(Danger::ShellCommand),
        ("requests" | "httpx" | "session" | "client" | "s" | "http", _) if is_set(call, "verify", false) => {
            Some(Danger::TlsOff)
        }
        ("", "Client" | "AsyncClient") | ("httpx", _) if is_set(call, "verify", false) => {
            Some(Danger::TlsOff)
        }
        ("ssl", "_create_unverified_context") => Some(Danger::TlsOff),
        ("pickle" | "cPickle" | "dill" | "marshal" | "cloudpickle", "load" | "loads") => {
            Some(Danger::Deserialize)
        }
        ("yaml", "load") if !has_safe_loader(call) => Some(Danger::Deserialize),
        (_, "execute" | "executemany") if first.is_some_and(is_composed_query) => Some(Danger::SqlFormat),
        ("tempfile", "mktemp") => Some(Danger::TempName),
        ("app" | "application" | "server", "run") if is_set(call, "debug", true) => Some(Danger::Debug),
        _ => None,
    }
}

/// `c` of `a.b.c`.
fn last_name(expr: &Expr) -> &str {
    match expr {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => "?",
    }
}

fn is_set(call: &ExprCall, keyword: &str, value: bool) -> bool {
    call.arguments.find_keyword(keyword).is_some_and(
        |keyword| matches!(&keyword.value, Expr::BooleanLiteral(literal) if literal.value == value),
    )
}

fn is_text(expr: &Expr) -> bool {
    matches!(expr, Expr::StringLiteral(_) | Expr::BytesLiteral(_))
}

/// Text with a value in it: `f"{a}"`, `"a" + b`, `"%s" % a`, `"{}".format(a)`.
fn is_composed(expr: &Expr) -> bool {
    match expr {
        Expr::FString(text) => text.value.elements().any(|element| element.is_interpolation()),
        Expr::BinOp(operation) => match operation.op {
            Operator::Add => {
                let texts =
                    [&operation.left, &operation.right].map(|side| is_text(side) || is_composed(side));
                texts.contains(&true) && !(is_text(&operation.left) && is_text(&operation.right))
            }
            Operator::Mod => is_text(&operation.left),
            _ => false,
        },
        Expr::Call(call) => matches!(
            &*call.func,
            Expr::Attribute(attribute) if attribute.attr.as_str() == "format" && is_text(&attribute.value)
        ),
        _ => false,
    }
}

/// A composed text whose first words are those of a query.
fn is_composed_query(expr: &Expr) -> bool {
    is_composed(expr)
        && leading_text(expr).is_some_and(|text| {
            let word = text
                .split_whitespace()
                .next()
                .unwrap_or_default()
                .to_ascii_uppercase();
            matches!(
                word.as_str(),
                "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "DROP" | "ALTER" | "CREATE" | "REPLACE" | "WITH"
            )
        })
}

fn leading_text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::StringLiteral(text) => Some(text.value.to_str().to_owned()),
        Expr::FString(text) => {
            let first = text.value.elements().next()?;
            first.as_literal().map(|literal| literal.value.to_string())
        }
        Expr::BinOp(operation) => leading_text(&operation.left),
        Expr::Call(call) => match &*call.func {
            Expr::Attribute(attribute) => leading_text(&attribute.value),
            _ => None,
        },
        _ => None,
    }
}

fn has_safe_loader(call: &ExprCall) -> bool {
    let loader = call.arguments.find_argument_value("Loader", 1);
    loader.is_some_and(|loader| last_name(loader).contains("Safe") || last_name(loader).contains("Base"))
}
