//! Dangerous calls of JavaScript and TypeScript.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use oxc_ast::AstKind;
use oxc_ast::ast::{Argument, AssignmentTarget, CallExpression, Expression, PropertyKey};
use oxc_semantic::Semantic;
use oxc_span::GetSpan as _;

use super::Danger;

/// Whether one of the names stands in `code`. In most code none does, and then no list of nodes is needed.
pub(crate) fn may_be_in(code: &str) -> bool {
    NAMES.as_ref().is_some_and(|names| names.is_match(code))
}

static NAMES: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::new([
        "eval(",
        "Function(",
        "setTimeout(\"",
        "setTimeout('",
        "setTimeout(`",
        "setInterval(\"",
        "setInterval('",
        "setInterval(`",
        "exec(",
        "execSync(",
        "rejectUnauthorized",
        "erHTML",
        "NODE_TLS_",
        "document.write",
    ])
    .ok()
});

/// Every dangerous call of a program, in order. The nodes are a list: nothing recurses here.
pub(crate) fn find(semantic: &Semantic<'_>) -> Vec<(Danger, Range<usize>)> {
    let found = semantic.nodes().iter().filter_map(|node| {
        let danger = danger(node.kind())?;
        let span = node.kind().span();
        Some((danger, span.start as usize..span.end as usize))
    });
    found.collect()
}

fn danger(kind: AstKind<'_>) -> Option<Danger> {
    match kind {
        AstKind::CallExpression(call) => call_danger(call),
        AstKind::NewExpression(new) => {
            let function = matches!(&new.callee, Expression::Identifier(name) if name.name == "Function");
            (function && !new.arguments.is_empty()).then_some(Danger::Eval)
        }
        AstKind::ObjectProperty(property) => {
            let PropertyKey::StaticIdentifier(key) = &property.key else {
                return None;
            };
            let off = matches!(&property.value, Expression::BooleanLiteral(value) if !value.value);
            (key.name == "rejectUnauthorized" && off).then_some(Danger::TlsOff)
        }
        AstKind::AssignmentExpression(assignment) => {
            let AssignmentTarget::StaticMemberExpression(member) = &assignment.left else {
                return None;
            };
            match member.property.name.as_str() {
                "innerHTML" | "outerHTML" if is_composed(&assignment.right) => Some(Danger::Html),
                "NODE_TLS_REJECT_UNAUTHORIZED" if is_zero(&assignment.right) => Some(Danger::TlsOff),
                _ => None,
            }
        }
        _ => None,
    }
}

fn call_danger(call: &CallExpression<'_>) -> Option<Danger> {
    let first = call.arguments.first().and_then(Argument::as_expression);
    match &call.callee {
        Expression::Identifier(name) => match name.name.as_str() {
            "eval" if first.is_some_and(|text| !is_text(text)) => Some(Danger::Eval),
            "setTimeout" | "setInterval" if first.is_some_and(|code| is_text(code) || is_composed(code)) => {
                Some(Danger::Eval)
            }
            "exec" | "execSync" if first.is_some_and(is_composed) => Some(Danger::ShellCommand),
            _ => None,
        },
        Expression::StaticMemberExpression(member) => {
            let Expression::Identifier(owner) = &member.object else {
                return None;
            };
            match (owner.name.as_str(), member.property.name.as_str()) {
                ("child_process" | "cp", "exec" | "execSync") if first.is_some_and(is_composed) => {
                    Some(Danger::ShellCommand)
                }
                ("document", "write" | "writeln") if first.is_some_and(is_composed) => Some(Danger::Html),
                _ => None,
            }
        }
        _ => None,
    }
}

fn is_text(expression: &Expression<'_>) -> bool {
    match expression {
        Expression::StringLiteral(_) => true,
        Expression::TemplateLiteral(template) => template.expressions.is_empty(),
        _ => false,
    }
}

/// Text with a value in it.
fn is_composed(expression: &Expression<'_>) -> bool {
    match expression {
        Expression::TemplateLiteral(template) => !template.expressions.is_empty(),
        Expression::BinaryExpression(operation) => {
            let sides = [&operation.left, &operation.right];
            operation.operator.as_str() == "+"
                && sides.iter().any(|side| is_text(side) || is_composed(side))
                && !sides.iter().all(|side| is_text(side))
        }
        _ => false,
    }
}

fn is_zero(expression: &Expression<'_>) -> bool {
    match expression {
        Expression::StringLiteral(text) => text.value == "0",
        Expression::NumericLiteral(number) => number.value == 0.0,
        _ => false,
    }
}
