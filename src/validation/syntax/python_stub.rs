//! Python functions that were announced and not written.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Decorator, Expr, ModModule, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_text_size::TextRange;

/// The names of the functions whose whole body is `...`, `pass` or `raise NotImplementedError`, unless that is
/// how they are meant: in an abstract class, a protocol, an overload.
pub(super) fn stubs(module: &ModModule) -> Vec<TextRange> {
    let mut stubs = Stubs::default();
    stubs.visit_body(&module.body);
    stubs.0
}

#[derive(Debug, Default)]
struct Stubs(Vec<TextRange>);

impl<'a> Visitor<'a> for Stubs {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::ClassDef(class) if is_abstract(class) => {}
            Stmt::FunctionDef(function) if is_stub(function) => self.0.push(function.name.range),
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, _: &'a Expr) {}
}

fn is_stub(function: &StmtFunctionDef) -> bool {
    let body = match function.body.as_slice() {
        [Stmt::Expr(text), rest @ ..] if text.value.is_string_literal_expr() => rest,
        body => body,
    };
    let empty = match body {
        [Stmt::Pass(_)] => true,
        [Stmt::Expr(only)] => only.value.is_ellipsis_literal_expr(),
        [Stmt::Raise(raise)] => raise.exc.as_deref().and_then(name) == Some("NotImplementedError"),
        _ => false,
    };
    empty && !function.decorator_list.iter().any(is_declaration)
}

fn is_declaration(decorator: &Decorator) -> bool {
    let name = name(&decorator.expression).unwrap_or_default();
    name.starts_with("abstract") || matches!(name, "overload" | "type_check_only")
}

/// By its bases, or by a method that says so.
fn is_abstract(class: &StmtClassDef) -> bool {
    let bases = class.arguments.iter().flat_map(|arguments| {
        let metaclasses = arguments.keywords.iter().map(|keyword| &keyword.value);
        arguments.args.iter().chain(metaclasses)
    });
    let mut names = bases.filter_map(name).chain([class.name.as_str()]);
    let by_name = names.any(|name| {
        matches!(name, "ABC" | "ABCMeta" | "Protocol" | "Interface")
            || name.starts_with("Abstract")
            || name.starts_with("Base")
            || name.ends_with("Base")
    });
    by_name
        || class.body.iter().any(|stmt| {
            let Stmt::FunctionDef(function) = stmt else {
                return false;
            };
            function.decorator_list.iter().any(is_declaration)
        })
}

/// The last name of `a`, `a.b`, `a.b(..)` and `a[..]`.
fn name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        Expr::Call(call) => name(&call.func),
        Expr::Subscript(subscript) => name(&subscript.value),
        _ => None,
    }
}
