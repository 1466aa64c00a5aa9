//! Python's imports, and what is taken from the modules of its standard library.

use std::ops::Range;

use hashbrown::{HashMap, HashSet};
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Alias, Expr, ExprContext, ModModule, Parameter, Stmt, StmtImportFrom};
use ruff_text_size::{Ranged as _, TextRange};

use crate::domain::Severity;

use super::super::block::Block;
use super::super::report::Defect;
use super::table::{Known, LONGEST, PYTHON, nearest};

/// Modules that projects like to have of their own, under the same name.
const COMMON: &[&str] = &[
    "builtins",
    "chunk",
    "code",
    "cmd",
    "formatter",
    "parser",
    "pipes",
    "profile",
    "secrets",
    "site",
    "symbol",
    "test",
    "token",
    "xxsubtype",
];
/// What is put into `sys` from outside.
const GUESTS: &[&str] = &[
    "frozen",
    "ps1",
    "ps2",
    "last_type",
    "last_value",
    "last_traceback",
    "last_exc",
    "pypy_version_info",
    "exitfunc",
];
/// Words of a condition that asks what there is.
const QUESTIONS: &[&str] = &[
    "version",
    "platform",
    "hasattr",
    "getattr",
    "TYPE_CHECKING",
    "PY",
    "os.name",
    "win",
    "WIN",
    "implementation",
];

/// A package that is imported, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Package<'a> {
    pub(super) name: &'a str,
    pub(super) range: Range<usize>,
}

/// The most modules, names and attributes of one block that are looked up.
const MAX_NAMES: usize = 5_000;

/// What a module imports where nothing catches the failure.
#[derive(Debug)]
pub(super) struct Imports<'a> {
    code: &'a str,
    /// `from M import N`, module by name.
    names: Vec<(&'a str, &'a Alias)>,
    /// `import M`, and the `M` of `from M import N`.
    modules: Vec<(&'a str, TextRange)>,
    /// What the names of plainly imported modules stand for; `None` for what could be several.
    aliases: HashMap<&'a str, Option<&'a str>>,
    /// Names that something other than an import binds.
    bound: HashSet<&'a str>,
    /// Attributes that are set or asked for.
    allowed: HashSet<&'a str>,
    /// `a.b` and `a.b.c` with the place of the last name.
    attributes: Vec<(&'a str, Vec<&'a str>, TextRange)>,
    starred: bool,
    guards: usize,
    conditions: usize,
}

impl<'a> Imports<'a> {
    pub(super) fn of(module: &'a ModModule, code: &'a str) -> Self {
        let mut imports = Self {
            code,
            names: Vec::new(),
            modules: Vec::new(),
            aliases: HashMap::new(),
            bound: HashSet::new(),
            allowed: HashSet::new(),
            attributes: Vec::new(),
            starred: false,
            guards: 0,
            conditions: 0,
        };
        imports.visit_body(&module.body);
        imports
    }

    /// The packages outside the standard library.
    pub(super) fn packages(&self) -> Vec<Package<'a>> {
        let outside = self.modules.iter().filter_map(|(module, range)| {
            let name = module.split('.').next()?;
            (PYTHON.module(name).is_none() && !name.starts_with('_')).then(|| Package {
                name,
                range: bytes(*range),
            })
        });
        outside.collect()
    }

    /// Names that the standard library does not have.
    pub(super) fn defects(&self, block: &Block) -> Vec<Defect> {
        let mut defects = Vec::new();
        let mut gone = HashSet::new();
        let short = |name: &str| name.len() <= LONGEST;
        for (module, range) in self
            .modules
            .iter()
            .take(MAX_NAMES)
            .filter(|(module, _)| short(module))
        {
            // That a package went is told once.
            let top = module.split('.').next();
            if PYTHON
                .module(module)
                .is_none_or(|known| known.gone.is_none() || gone.insert(top))
            {
                defects.extend(missing_module(block, module, *range));
            }
        }
        for (module, alias) in self
            .names
            .iter()
            .take(MAX_NAMES)
            .filter(|(module, _)| short(module))
        {
            if PYTHON.module(&format!("{module}.{}", alias.name)).is_none() {
                defects.extend(missing_name(block, module, &alias.name, alias.name.range));
            }
        }
        for (root, path, range) in self.attributes.iter().take(MAX_NAMES) {
            let Some(Some(module)) = self
                .aliases
                .get(root)
                .filter(|_| !self.bound.contains(root) && !self.starred)
            else {
                continue;
            };
            let Some((last, inner)) = path.split_last().filter(|(last, inner)| {
                !self.allowed.contains(**last) && inner.iter().all(|part| short(part))
            }) else {
                continue;
            };
            let module = std::iter::once(module)
                .chain(inner)
                .copied()
                .collect::<Vec<_>>()
                .join(".");
            let guest = module == "sys" && GUESTS.contains(last);
            if !guest && PYTHON.module(&format!("{module}.{last}")).is_none() {
                defects.extend(missing_name(block, &module, last, *range));
            }
        }
        defects
    }

    fn alias(&mut self, name: &'a str, module: &'a str) {
        let known = self.aliases.entry(name).or_insert(Some(module));
        if *known != Some(module) || self.guards + self.conditions > 0 {
            *known = None;
        }
    }

    fn import_from(&mut self, import: &'a StmtImportFrom) {
        let module = import.module.as_ref().filter(|_| import.level == 0);
        for alias in &import.names {
            self.starred |=
                &*alias.name == "*" && module.is_none_or(|module| PYTHON.module(module).is_none());
            self.bound.insert(alias.asname.as_ref().unwrap_or(&alias.name));
        }
        let Some(module) = module.filter(|_| self.guards + self.conditions == 0) else {
            return;
        };
        self.modules.push((module, module.range));
        let names = import.names.iter().filter(|alias| &*alias.name != "*");
        self.names.extend(names.map(|alias| (module.as_str(), alias)));
    }

    fn asks(&self, range: TextRange) -> bool {
        let text = self.code.get(bytes(range)).unwrap_or_default();
        QUESTIONS.iter().any(|word| text.contains(word))
    }

    fn guarded(&mut self, walk: impl FnOnce(&mut Self)) {
        self.guards += 1;
        walk(self);
        self.guards -= 1;
    }
}

impl<'a> Visitor<'a> for Imports<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Import(import) => {
                for alias in &import.names {
                    let top = alias.name.split('.').next().unwrap_or_default();
                    match &alias.asname {
                        Some(name) => self.alias(name, &alias.name),
                        None => self.alias(top, top),
                    }
                    if self.guards + self.conditions == 0 {
                        self.modules.push((&alias.name, alias.name.range));
                    }
                }
            }
            Stmt::ImportFrom(import) => self.import_from(import),
            Stmt::Try(attempt) if !attempt.handlers.is_empty() => {
                self.guarded(|this| visitor::walk_stmt(this, stmt));
            }
            Stmt::With(with) => {
                let text = with
                    .items
                    .iter()
                    .map(|item| self.code.get(bytes(item.range())).unwrap_or_default());
                let catches = text
                    .clone()
                    .any(|text| text.contains("suppress") || text.to_lowercase().contains("raises"));
                if catches {
                    self.guarded(|this| visitor::walk_stmt(this, stmt));
                } else {
                    visitor::walk_stmt(self, stmt);
                }
            }
            Stmt::If(condition) => {
                let main = self
                    .code
                    .get(bytes(condition.test.range()))
                    .unwrap_or_default()
                    .contains("__main__");
                let asks = self.asks(condition.test.range());
                self.guards += usize::from(asks);
                self.conditions += usize::from(!main);
                visitor::walk_stmt(self, stmt);
                self.conditions -= usize::from(!main);
                self.guards -= usize::from(asks);
            }
            Stmt::FunctionDef(function) => {
                self.bound.insert(&function.name);
                visitor::walk_stmt(self, stmt);
            }
            Stmt::ClassDef(class) => {
                self.bound.insert(&class.name);
                visitor::walk_stmt(self, stmt);
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_parameter(&mut self, parameter: &'a Parameter) {
        self.bound.insert(&parameter.name);
        visitor::walk_parameter(self, parameter);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) if name.ctx != ExprContext::Load => {
                self.bound.insert(&name.id);
            }
            Expr::Attribute(attribute) if attribute.ctx != ExprContext::Load => {
                self.allowed.insert(&attribute.attr);
            }
            Expr::Attribute(attribute) if self.guards == 0 => {
                if let Some((root, path)) = dotted(expr) {
                    self.attributes.push((root, path, attribute.attr.range));
                }
            }
            Expr::Call(call) => {
                // `hasattr(os, "fork")`, `patch.object(os, "fork")`, `setattr(..)`: it is known that it may not be.
                for argument in call.arguments.args.iter().take(3) {
                    if let Expr::StringLiteral(text) = argument {
                        self.allowed.insert(text.value.to_str());
                    }
                }
            }
            _ => {}
        }
        visitor::walk_expr(self, expr);
    }

    fn visit_except_handler(&mut self, handler: &'a ruff_python_ast::ExceptHandler) {
        let ruff_python_ast::ExceptHandler::ExceptHandler(except) = handler;
        if let Some(name) = &except.name {
            self.bound.insert(name);
        }
        visitor::walk_except_handler(self, handler);
    }
}

/// `a.b.c` as its root and the rest.
fn dotted(mut expr: &Expr) -> Option<(&str, Vec<&str>)> {
    let mut path = Vec::new();
    loop {
        match expr {
            Expr::Attribute(attribute) if path.len() < 4 => {
                path.push(attribute.attr.as_str());
                expr = &attribute.value;
            }
            Expr::Name(name) => {
                path.reverse();
                return Some((&name.id, path));
            }
            _ => return None,
        }
    }
}

fn is_common(module: &str) -> bool {
    module.split('.').next().is_some_and(|top| COMMON.contains(&top))
}

fn missing_module(block: &Block, module: &str, range: TextRange) -> Option<Defect> {
    if is_common(module) || module.starts_with('_') {
        return None;
    }
    if let Some(known) = PYTHON.module(module) {
        let minor = known.gone?;
        return Some(gone(block, range, &format!("the module `{module}`"), minor, None));
    }
    let Some((around, name)) = module.rsplit_once('.') else {
        let near = PYTHON
            .modules()
            .filter(|known| !known.contains('.') && !is_common(known));
        // Numbers tell versions of a package apart: `pickle5` is no misspelling.
        let spelled = module.len() > 5 && module.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        let near = nearest(module, near).filter(|near| spelled && strsim::osa_distance(module, near) == 1)?;
        let message = format!("`{module}` is not in the standard library, and close to `{near}`");
        return Some(warning("import.typo", block, range, message, Some(near)));
    };
    missing_name(block, around, name, range)
}

/// That `module` does not have `name`, if its names are known and that is none of them.
fn missing_name(block: &Block, module: &str, name: &str, range: TextRange) -> Option<Defect> {
    let known = PYTHON.module(module).filter(|known| known.gone.is_none())?;
    if name.starts_with('_') || matches!(name, "test" | "tests") || is_common(module) {
        return None;
    }
    match known.knows(name) {
        Known::There => None,
        Known::Gone(minor) => {
            let what = format!("`{name}` of `{module}`");
            Some(gone(block, range, &what, minor, PYTHON.moved(module, name)))
        }
        Known::Never => {
            let near = nearest(name, known.names()).map(str::to_owned);
            let fix = PYTHON
                .moved(module, name)
                .map(|other| format!("{other}.{name}"))
                .or(near);
            let message = format!("the standard library has no `{name}` in `{module}`");
            Some(warning(
                "import.stdlib-name",
                block,
                range,
                message,
                fix.as_deref(),
            ))
        }
    }
}

fn gone(block: &Block, range: TextRange, what: &str, minor: u32, moved: Option<&str>) -> Defect {
    let message = format!("{what} is gone since Python 3.{minor}");
    let place = block.place(&bytes(range));
    let defect = Defect::new("import.stdlib-name", Severity::Info, place, message);
    match moved {
        Some(module) => defect.with_fix(format!("take it from `{module}`")),
        None => defect,
    }
}

fn warning(rule: &str, block: &Block, range: TextRange, message: String, meant: Option<&str>) -> Defect {
    let defect = Defect::new(rule, Severity::Warning, block.place(&bytes(range)), message);
    match meant {
        Some(meant) => defect.with_fix(format!("did you mean `{meant}`?")),
        None => defect,
    }
}

fn bytes(range: TextRange) -> Range<usize> {
    range.start().into()..range.end().into()
}
