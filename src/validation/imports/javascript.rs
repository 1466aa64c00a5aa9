//! What JavaScript imports and requires, and what it takes from the modules of Node.

use std::collections::HashSet;
use std::ops::Range;

use oxc_allocator::Allocator;
use oxc_ast::AstKind;
use oxc_ast::ast::{
    BindingPattern, Expression, ImportDeclaration, ImportDeclarationSpecifier, VariableDeclarator,
};
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::{NodeId, Semantic, SemanticBuilder, SymbolId};
use oxc_span::{GetSpan as _, SourceType, Span};

use crate::domain::Severity;

use super::super::block::Block;
use super::super::report::Defect;
use super::super::syntax::Language;
use super::table::{Known, Module, NODE, nearest};

/// The most packages and missing names of one block.
const MAX_TOLD: usize = 2_000;

/// What a block imports where nothing catches the failure.
#[derive(Debug, Default)]
pub(super) struct Imports {
    /// Packages by name; whether they can be nothing of the project itself.
    pub(super) packages: Vec<(String, bool, Range<usize>)>,
    /// Names that Node's modules do not have.
    pub(super) defects: Vec<Defect>,
}

impl Imports {
    /// The imports of `block`, if it can be parsed.
    pub(super) fn of(block: &Block) -> Option<Self> {
        let allocator = Allocator::default();
        let typescript = block.language == Language::TypeScript;
        let dialects = if typescript {
            vec![SourceType::ts(), SourceType::tsx()]
        } else {
            vec![
                SourceType::unambiguous().with_jsx(true),
                SourceType::cjs().with_jsx(true),
            ]
        };
        let program = dialects.into_iter().find_map(|dialect| {
            let options = ParseOptions {
                allow_return_outside_function: dialect.is_commonjs(),
                ..ParseOptions::default()
            };
            let parsed = Parser::new(&allocator, &block.code, dialect)
                .with_options(options)
                .parse();
            (parsed.diagnostics.errors().next().is_none() && !parsed.panicked).then_some(parsed.program)
        })?;
        let built = SemanticBuilder::new().with_build_nodes(true).build(&program);
        let mut walk = Walk {
            block,
            semantic: &built.semantic,
            typescript,
            imports: Self::default(),
            uses: Vec::new(),
            tested: HashSet::new(),
        };
        for node in built.semantic.nodes().iter() {
            match node.kind() {
                AstKind::ImportDeclaration(import) => walk.import(import),
                AstKind::VariableDeclarator(declarator) => walk.require(declarator, node.id()),
                AstKind::CallExpression(call) => {
                    if let Some(source) = call.common_js_require().filter(|_| !walk.is_guarded(node.id())) {
                        walk.package(&source.value, source.span);
                    }
                }
                _ => {}
            }
        }
        walk.attributes();
        Some(walk.imports)
    }
}

struct Walk<'a, 'b> {
    block: &'b Block,
    semantic: &'b Semantic<'a>,
    typescript: bool,
    imports: Imports,
    /// `fs.name`: module, name and place.
    uses: Vec<(&'static Module, String, String, Span)>,
    /// Names that the code asks for before it uses them, or sets.
    tested: HashSet<String>,
}

impl Walk<'_, '_> {
    fn import(&mut self, import: &ImportDeclaration<'_>) {
        let types = import.import_kind.is_type();
        let source = import.source.value.as_str();
        if !types {
            self.package(source, import.source.span);
        }
        let Some(module) = module(source).filter(|_| !types) else {
            return;
        };
        for specifier in import.specifiers.iter().flatten() {
            match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(one) if !one.import_kind.is_type() => {
                    self.named(module, source, &one.imported.name(), one.imported.span());
                }
                ImportDeclarationSpecifier::ImportSpecifier(_) => {}
                ImportDeclarationSpecifier::ImportDefaultSpecifier(one) => {
                    self.used(module, source, one.local.symbol_id.get());
                }
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(one) => {
                    self.used(module, source, one.local.symbol_id.get());
                }
            }
        }
    }

    /// `const x = require("fs")` and `const { x } = require("fs")`.
    fn require(&mut self, declarator: &VariableDeclarator<'_>, node: NodeId) {
        let Some(Expression::CallExpression(call)) = &declarator.init else {
            return;
        };
        let Some(source) = call.common_js_require().filter(|_| !self.is_guarded(node)) else {
            return;
        };
        let Some(module) = module(&source.value) else {
            return;
        };
        match &declarator.id {
            BindingPattern::BindingIdentifier(name) => self.used(module, &source.value, name.symbol_id.get()),
            BindingPattern::ObjectPattern(pattern) => {
                for property in pattern.properties.iter().filter(|property| !property.computed) {
                    // What has a default may be missing.
                    let optional = matches!(property.value, BindingPattern::AssignmentPattern(_));
                    if let Some(name) = property.key.static_name().filter(|_| !optional) {
                        self.named(module, &source.value, &name, property_span(property.span, &name));
                    }
                }
            }
            _ => {}
        }
    }

    fn named(&mut self, module: &'static Module, source: &str, name: &str, span: Span) {
        // Types are imported like values, and begin with a capital.
        let is_type = self.typescript && name.starts_with(|c: char| c.is_ascii_uppercase());
        let told = self.imports.defects.len() > MAX_TOLD;
        if name != "default" && !told && !is_type && !is_open(name) && module.knows(name) == Known::Never {
            let defect = missing(self.block, module, source, name, span);
            self.imports.defects.push(defect);
        }
    }

    /// Notes what is taken from a module by its name.
    fn used(&mut self, module: &'static Module, source: &str, symbol: Option<SymbolId>) {
        let Some(symbol) = symbol else { return };
        let nodes = self.semantic.nodes();
        for reference in self.semantic.scoping().get_resolved_references(symbol) {
            if reference.is_write() {
                return;
            }
            let member = nodes.parent_node(reference.node_id());
            let AstKind::StaticMemberExpression(expression) = member.kind() else {
                continue;
            };
            let name = expression.property.name.to_string();
            if expression.optional || self.is_question(member.id(), expression.span) {
                self.tested.insert(name);
            } else if !self.is_guarded(member.id()) {
                let use_ = (module, source.to_owned(), name, expression.property.span);
                self.uses.push(use_);
            }
        }
    }

    fn attributes(&mut self) {
        for (module, source, name, span) in std::mem::take(&mut self.uses) {
            let inherited = [
                "default",
                "constructor",
                "prototype",
                "toString",
                "hasOwnProperty",
                "call",
                "apply",
                "bind",
                "name",
                "length",
            ];
            if self.imports.defects.len() <= MAX_TOLD
                && module.knows(&name) == Known::Never
                && !is_open(&name)
                && !self.tested.contains(&name)
                && !inherited.contains(&name.as_str())
            {
                let defect = missing(self.block, module, &source, &name, span);
                self.imports.defects.push(defect);
            }
        }
    }

    /// Whether the member at `node` is only asked for, or set.
    fn is_question(&self, node: NodeId, span: Span) -> bool {
        match self.semantic.nodes().parent_kind(node) {
            AstKind::UnaryExpression(_) | AstKind::LogicalExpression(_) | AstKind::IfStatement(_) => true,
            AstKind::ConditionalExpression(condition) => condition.test.span() == span,
            AstKind::CallExpression(call) => call.optional,
            AstKind::AssignmentExpression(assignment) => assignment.left.span() == span,
            _ => false,
        }
    }

    fn is_guarded(&self, node: NodeId) -> bool {
        let mut kinds = self.semantic.nodes().ancestor_kinds(node);
        kinds.any(|kind| {
            matches!(
                kind,
                AstKind::TryStatement(_)
                    | AstKind::IfStatement(_)
                    | AstKind::ConditionalExpression(_)
                    | AstKind::LogicalExpression(_)
                    | AstKind::SwitchStatement(_)
            )
        })
    }

    fn package(&mut self, source: &str, span: Span) {
        if self.imports.defects.len() + self.imports.packages.len() > MAX_TOLD {
            return;
        }
        let range = span.start as usize + 1..span.end as usize - 1;
        if let Some(name) = source.strip_prefix("node:") {
            if NODE.module(name).is_none() && NODE.module(source).is_none() {
                let near = nearest(name, NODE.modules());
                let place = self.block.place(&range);
                let message = format!("Node has no module `{source}`");
                let defect = Defect::new("import.stdlib-name", Severity::Warning, place, message);
                self.imports.defects.push(match near {
                    Some(near) => defect.with_fix(format!("did you mean `node:{near}`?")),
                    None => defect,
                });
            }
            return;
        }
        let own =
            source.starts_with(['.', '/', '#', '~', '$', '@']) && !is_scoped(source) || source.contains(':');
        if own || source.is_empty() || NODE.module(source).is_some() {
            return;
        }
        let parts = if is_scoped(source) { 2 } else { 1 };
        let name: Vec<&str> = source.split('/').take(parts).collect();
        // `src/api` is a path of the project as often as it is a package.
        let certain = is_scoped(source) || !source.contains('/');
        self.imports.packages.push((name.join("/"), certain, range));
    }
}

/// Whether the tables cannot know `name`: what is private, and the constants of other systems.
fn is_open(name: &str) -> bool {
    name.starts_with('_') || !name.contains(|c: char| c.is_ascii_lowercase())
}

fn is_scoped(source: &str) -> bool {
    source.strip_prefix('@').is_some_and(|rest| {
        let mut parts = rest.split('/');
        parts.next().is_some_and(|scope| !scope.is_empty())
            && parts.next().is_some_and(|name| !name.is_empty())
    })
}

fn module(source: &str) -> Option<&'static Module> {
    NODE.module(source)
        .or_else(|| NODE.module(source.strip_prefix("node:")?))
}

/// The place of the key of a property.
fn property_span(span: Span, name: &str) -> Span {
    let length = u32::try_from(name.len()).unwrap_or_default();
    Span::new(span.start, (span.start + length).min(span.end))
}

fn missing(block: &Block, module: &Module, source: &str, name: &str, span: Span) -> Defect {
    let place = block.place(&(span.start as usize..span.end as usize));
    let message = format!("Node has no `{name}` in `{source}`");
    let defect = Defect::new("import.stdlib-name", Severity::Warning, place, message);
    match nearest(name, module.names()) {
        Some(near) => defect.with_fix(format!("did you mean `{near}`?")),
        None => defect,
    }
}
