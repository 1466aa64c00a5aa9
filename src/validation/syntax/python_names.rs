//! The names that a Python scope declares and binds.

use std::collections::HashMap;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Alias, ExceptHandler, Expr, ExprContext, Pattern, Stmt, TypeParam};
use ruff_text_size::{Ranged, TextRange, TextSize};

/// The names that the scope of `body` declares global, with the first place of each.
pub(super) fn globals(body: &[Stmt]) -> HashMap<&str, TextRange> {
    let mut globals = Globals::default();
    globals.visit_body(body);
    globals.0
}

/// Where the names of a module are bound. Each body is asked for many names: one walk has to do for all of them.
#[derive(Debug, Default)]
pub(super) struct Bindings<'a>(HashMap<&'a str, Vec<TextSize>>);

impl<'a> Bindings<'a> {
    pub(super) fn of(module: &'a [Stmt]) -> Self {
        let mut bindings = Self::default();
        bindings.visit_body(module);
        for places in bindings.0.values_mut() {
            places.sort_unstable();
        }
        bindings
    }

    /// Whether something in `body` binds `name`. Scopes inside are not told apart: the answer is rather yes.
    pub(super) fn are_in(&self, body: &[Stmt], name: &str) -> bool {
        let (Some(first), Some(last)) = (body.first(), body.last()) else {
            return false;
        };
        self.0.get(name).is_some_and(|places| {
            let next = places.partition_point(|place| *place < first.start());
            places.get(next).is_some_and(|place| *place < last.end())
        })
    }

    fn note(&mut self, name: &'a str, place: TextRange) {
        self.0.entry(name).or_default().push(place.start());
    }
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

impl<'a> Visitor<'a> for Bindings<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(function) => self.note(&function.name, function.name.range),
            Stmt::ClassDef(class) => self.note(&class.name, class.name.range),
            _ => {}
        }
        visitor::walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Name(name) = expr
            && name.ctx != ExprContext::Load
        {
            self.note(&name.id, name.range);
        }
        visitor::walk_expr(self, expr);
    }

    fn visit_alias(&mut self, alias: &'a Alias) {
        let name = alias.asname.as_ref().unwrap_or(&alias.name);
        self.note(name.split('.').next().unwrap_or_default(), name.range);
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(except) = handler;
        if let Some(name) = &except.name {
            self.note(name, name.range);
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
            self.note(name, name.range);
        }
        visitor::walk_pattern(self, pattern);
    }

    fn visit_type_param(&mut self, parameter: &'a TypeParam) {
        self.note(parameter.name(), parameter.name().range);
        visitor::walk_type_param(self, parameter);
    }
}
