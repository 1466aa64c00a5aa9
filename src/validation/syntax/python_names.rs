//! The names that a Python scope declares and binds.

use std::collections::HashMap;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Alias, ExceptHandler, Expr, ExprContext, Pattern, Stmt, TypeParam};
use ruff_text_size::TextRange;

/// The names that the scope of `body` declares global, with the first place of each.
pub(super) fn globals(body: &[Stmt]) -> HashMap<&str, TextRange> {
    let mut globals = Globals::default();
    globals.visit_body(body);
    globals.0
}

/// Whether something in `body` binds `name`. Scopes inside are not told apart: the answer is rather yes.
pub(super) fn binds(body: &[Stmt], name: &str) -> bool {
    let mut bindings = Bindings { name, found: false };
    bindings.visit_body(body);
    bindings.found
}

#[derive(Debug, Default)]
struct Globals<'a>(HashMap<&'a str, TextRange>);

impl<'a> Visitor<'a> for Globals<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Global(global) => {
                for name in &global.names {
                    self.0.entry(name.as_str()).or_insert(global.range);
                }
            }
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, _: &'a Expr) {}
}

#[derive(Debug)]
struct Bindings<'n> {
    name: &'n str,
    found: bool,
}

impl Bindings<'_> {
    fn note(&mut self, name: &str) {
        self.found |= name == self.name;
    }
}

impl<'a> Visitor<'a> for Bindings<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(function) => self.note(&function.name),
            Stmt::ClassDef(class) => self.note(&class.name),
            _ => {}
        }
        if !self.found {
            visitor::walk_stmt(self, stmt);
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Name(name) = expr
            && name.ctx != ExprContext::Load
        {
            self.note(&name.id);
        }
        visitor::walk_expr(self, expr);
    }

    fn visit_alias(&mut self, alias: &'a Alias) {
        let name = alias.asname.as_ref().unwrap_or(&alias.name);
        self.note(name.split('.').next().unwrap_or_default());
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(except) = handler;
        if let Some(name) = &except.name {
            self.note(name);
        }
        visitor::walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let name = match pattern {
            Pattern::MatchAs(pattern) => pattern.name.as_ref(),
            Pattern::MatchStar(pattern) => pattern.name.as_ref(),
            Pattern::MatchMapping(pattern) => pattern.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.note(name);
        }
        visitor::walk_pattern(self, pattern);
    }

    fn visit_type_param(&mut self, parameter: &'a TypeParam) {
        self.note(parameter.name());
        visitor::walk_type_param(self, parameter);
    }
}
