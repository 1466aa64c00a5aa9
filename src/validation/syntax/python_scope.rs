//! What `CPython` refuses after parsing: `return` outside a function, `await` outside `async`, a late `global`.
//!
//! The rules are those of ruff's checker; this walks the tree for it and answers where it stands.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Comprehension, Expr, ModModule, Parameters, PythonVersion, Stmt};
use ruff_python_parser::semantic_errors::{
    LazyImportContext, SemanticSyntaxChecker, SemanticSyntaxContext, SemanticSyntaxError,
};
use ruff_text_size::TextRange;

use super::python_names::{self, Bindings};

/// The most that is told about one block.
const MAX_ERRORS: usize = 10;

/// A statement with more type parameters is taken as it is.
const MAX_TYPE_PARAMETERS: usize = 500;

/// What is wrong with `module` beyond its grammar. In a notebook, `await` may stand at the top.
pub(super) fn errors(module: &ModModule, source: &str, notebook: bool) -> Vec<SemanticSyntaxError> {
    let mut walk = Walk {
        checker: SemanticSyntaxChecker::new(),
        errors: RefCell::default(),
        source,
        notebook,
        has_globals: source.contains("global"),
        scopes: Vec::new(),
        module: &module.body,
        bindings: OnceCell::new(),
    };
    walk.enter(Scope::new(ScopeKind::Module, &module.body));
    walk.visit_body(&module.body);
    let mut errors = walk.errors.into_inner();
    // `await` at the top is refused by two rules at once.
    errors.dedup_by_key(|error| error.range);
    errors
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ScopeKind {
    Module,
    Class,
    Function { is_async: bool },
    Lambda,
    Comprehension,
    Generator,
}

#[derive(Debug)]
struct Scope<'a> {
    kind: ScopeKind,
    parameters: Option<&'a Parameters>,
    /// Their names, once they are asked for.
    parameter_names: OnceCell<HashSet<&'a str>>,
    body: &'a [Stmt],
    globals: HashMap<&'a str, TextRange>,
    loops: usize,
}

impl<'a> Scope<'a> {
    fn new(kind: ScopeKind, body: &'a [Stmt]) -> Self {
        Self {
            kind,
            parameters: None,
            parameter_names: OnceCell::new(),
            body,
            globals: HashMap::new(),
            loops: 0,
        }
    }

    fn has_parameter(&self, name: &str) -> bool {
        let names = self.parameter_names.get_or_init(|| {
            let parameters = self.parameters.into_iter().flatten();
            parameters.map(|parameter| parameter.name().as_str()).collect()
        });
        names.contains(name)
    }
}

struct Walk<'a> {
    checker: SemanticSyntaxChecker,
    errors: RefCell<Vec<SemanticSyntaxError>>,
    source: &'a str,
    notebook: bool,
    /// Whether any scope can have declared a name global: most modules never do.
    has_globals: bool,
    scopes: Vec<Scope<'a>>,
    module: &'a [Stmt],
    /// Made when the first `nonlocal` asks.
    bindings: OnceCell<Bindings<'a>>,
}

impl<'a> Walk<'a> {
    fn ask(&mut self, question: impl FnOnce(&mut SemanticSyntaxChecker, &Self)) {
        let mut checker = std::mem::take(&mut self.checker);
        question(&mut checker, self);
        self.checker = checker;
    }

    fn within(&mut self, scope: Scope<'a>, walk: impl FnOnce(&mut Self)) {
        self.enter(scope);
        walk(self);
        self.scopes.pop();
    }

    fn enter(&mut self, mut scope: Scope<'a>) {
        if self.has_globals {
            scope.globals = python_names::globals(scope.body);
        }
        self.scopes.push(scope);
    }

    fn in_loop(&mut self, body: &'a [Stmt]) {
        self.add_loops(1);
        self.visit_body(body);
        if let Some(scope) = self.scopes.last_mut() {
            scope.loops -= 1;
        }
    }

    fn add_loops(&mut self, count: usize) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.loops += count;
        }
    }

    /// Defaults and annotations belong to the scope around the function.
    fn outside(&mut self, parameters: &'a Parameters) {
        for parameter in parameters.iter_non_variadic_params() {
            if let Some(default) = &parameter.default {
                self.visit_expr(default);
            }
        }
        for parameter in parameters {
            if let Some(annotation) = parameter.annotation() {
                self.visit_annotation(annotation);
            }
        }
    }

    /// The first iterable is evaluated outside, everything else inside.
    fn comprehension(&mut self, kind: ScopeKind, generators: &'a [Comprehension], elements: &[&'a Expr]) {
        if let Some(first) = generators.first() {
            self.visit_expr(&first.iter);
        }
        self.within(Scope::new(kind, &[]), |walk| {
            for (i, generator) in generators.iter().enumerate() {
                walk.visit_expr(&generator.target);
                if i > 0 {
                    walk.visit_expr(&generator.iter);
                }
                for condition in &generator.ifs {
                    walk.visit_expr(condition);
                }
            }
            for element in elements {
                walk.visit_expr(element);
            }
        });
    }

    fn kind(&self) -> ScopeKind {
        self.scopes.last().map_or(ScopeKind::Module, |scope| scope.kind)
    }

    /// The innermost scope that is no comprehension.
    fn around_comprehensions(&self) -> ScopeKind {
        let inner =
            |scope: &&Scope<'_>| !matches!(scope.kind, ScopeKind::Comprehension | ScopeKind::Generator);
        self.scopes
            .iter()
            .rev()
            .find(inner)
            .map_or(ScopeKind::Module, |scope| scope.kind)
    }
}

impl<'a> Visitor<'a> for Walk<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        let parameters = match stmt {
            Stmt::FunctionDef(function) => function.type_params.as_deref(),
            Stmt::ClassDef(class) => class.type_params.as_deref(),
            Stmt::TypeAlias(alias) => alias.type_params.as_deref(),
            _ => None,
        };
        // The checker compares each with each.
        if parameters.is_none_or(|parameters| parameters.len() <= MAX_TYPE_PARAMETERS) {
            self.ask(|checker, walk| {
                // The checker visits a function's body for `return` in an async generator when it sees the function.
                checker.visit_stmt(stmt, walk);
            });
        }
        match stmt {
            Stmt::FunctionDef(function) => {
                for decorator in &function.decorator_list {
                    self.visit_decorator(decorator);
                }
                if let Some(parameters) = &function.type_params {
                    self.visit_type_params(parameters);
                }
                self.outside(&function.parameters);
                if let Some(returns) = &function.returns {
                    self.visit_annotation(returns);
                }
                let kind = ScopeKind::Function {
                    is_async: function.is_async,
                };
                let scope = Scope {
                    parameters: Some(&function.parameters),
                    ..Scope::new(kind, &function.body)
                };
                self.within(scope, |walk| walk.visit_body(&function.body));
            }
            Stmt::ClassDef(class) => {
                for decorator in &class.decorator_list {
                    self.visit_decorator(decorator);
                }
                if let Some(parameters) = &class.type_params {
                    self.visit_type_params(parameters);
                }
                if let Some(arguments) = &class.arguments {
                    self.visit_arguments(arguments);
                }
                let scope = Scope::new(ScopeKind::Class, &class.body);
                self.within(scope, |walk| walk.visit_body(&class.body));
            }
            Stmt::For(each) => {
                self.visit_expr(&each.iter);
                self.visit_expr(&each.target);
                self.in_loop(&each.body);
                self.visit_body(&each.orelse);
            }
            Stmt::While(each) => {
                self.visit_expr(&each.test);
                self.in_loop(&each.body);
                self.visit_body(&each.orelse);
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        self.ask(|checker, walk| checker.visit_expr(expr, walk));
        match expr {
            Expr::Lambda(lambda) => {
                if let Some(parameters) = &lambda.parameters {
                    self.outside(parameters);
                }
                let scope = Scope {
                    parameters: lambda.parameters.as_deref(),
                    ..Scope::new(ScopeKind::Lambda, &[])
                };
                self.within(scope, |walk| walk.visit_expr(&lambda.body));
            }
            Expr::ListComp(it) => self.comprehension(ScopeKind::Comprehension, &it.generators, &[&it.elt]),
            Expr::SetComp(it) => self.comprehension(ScopeKind::Comprehension, &it.generators, &[&it.elt]),
            Expr::Generator(it) => self.comprehension(ScopeKind::Generator, &it.generators, &[&it.elt]),
            Expr::DictComp(it) => {
                let elements: Vec<&Expr> = it.key.iter().map(|key| &**key).chain([&*it.value]).collect();
                self.comprehension(ScopeKind::Comprehension, &it.generators, &elements);
            }
            _ => visitor::walk_expr(self, expr),
        }
    }
}

impl SemanticSyntaxContext for Walk<'_> {
    fn future_annotations_or_stub(&self) -> bool {
        false
    }

    fn lazy_import_context(&self) -> Option<LazyImportContext> {
        None
    }

    /// Not the newest: 3.14 refuses some annotations that 3.13 takes.
    fn python_version(&self) -> PythonVersion {
        PythonVersion::PY313
    }

    fn source(&self) -> &str {
        self.source
    }

    fn global(&self, name: &str) -> Option<TextRange> {
        self.scopes.last()?.globals.get(name).copied()
    }

    fn has_nonlocal_binding(&self, name: &str) -> bool {
        let bindings = self.bindings.get_or_init(|| Bindings::of(self.module));
        let around = self.scopes.iter().rev().skip(1);
        let mut functions =
            around.filter(|scope| matches!(scope.kind, ScopeKind::Function { .. } | ScopeKind::Lambda));
        // Methods see a cell of this name that nothing in the source binds.
        name == "__class__"
            || functions.any(|scope| scope.has_parameter(name) || bindings.are_in(scope.body, name))
    }

    fn in_async_context(&self) -> bool {
        self.around_comprehensions() == ScopeKind::Function { is_async: true }
    }

    fn in_await_allowed_context(&self) -> bool {
        matches!(
            self.around_comprehensions(),
            ScopeKind::Function { .. } | ScopeKind::Lambda
        )
    }

    fn in_yield_allowed_context(&self) -> bool {
        self.in_function_scope()
    }

    /// Only Python before 3.11 forbids what this is asked for.
    fn in_sync_comprehension(&self) -> bool {
        false
    }

    fn in_class_body_comprehension(&self) -> bool {
        self.around_comprehensions() == ScopeKind::Class
    }

    fn in_module_scope(&self) -> bool {
        self.kind() == ScopeKind::Module
    }

    fn in_function_scope(&self) -> bool {
        matches!(self.kind(), ScopeKind::Function { .. } | ScopeKind::Lambda)
    }

    fn in_generator_context(&self) -> bool {
        self.kind() == ScopeKind::Generator
    }

    fn in_notebook(&self) -> bool {
        self.notebook
    }

    fn report_semantic_error(&self, error: SemanticSyntaxError) {
        let mut errors = self.errors.borrow_mut();
        if errors.len() < MAX_ERRORS {
            errors.push(error);
        }
    }

    fn in_loop_context(&self) -> bool {
        self.scopes.last().is_some_and(|scope| scope.loops > 0)
    }

    fn is_bound_parameter(&self, name: &str) -> bool {
        self.scopes.last().is_some_and(|scope| scope.has_parameter(name))
    }
}
