//! The imports of one block of code.

use ruff_python_ast::Mod;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};

use super::super::Examination;
use super::super::block::Block;
use super::super::report::{Defect, Skipped};
use super::super::syntax::{Language, depth};
use super::manifest::{Ecosystem, Manifest};
use super::{declared, javascript, python};

impl Examination<'_> {
    /// Checks the imports of a block whose syntax is right.
    pub(in super::super) fn imports(&mut self, block: &Block) {
        let (names, wanted) = match block.language {
            Language::Python => ("import.stdlib-name", Ecosystem::Python),
            Language::JavaScript | Language::TypeScript => ("import.stdlib-name", Ecosystem::Node),
            _ => return,
        };
        if !block.code.contains("import") && !block.code.contains("require") {
            return;
        }
        // Python's names were looked at where its tree was.
        let imports = match wanted {
            Ecosystem::Node => self
                .report
                .run("import", || javascript::Imports::of(block))
                .flatten(),
            _ => None,
        };
        let found = imports
            .as_ref()
            .map_or_else(Vec::new, |imports| imports.defects.clone());
        if wanted == Ecosystem::Python || imports.is_some() {
            self.report.take(names, Ok(found));
        }
        let Some(text) = &self.artifact.manifest else {
            return;
        };
        let manifest = match Manifest::read(text) {
            Ok(manifest) => manifest,
            Err(reason) => return self.cannot("import.undeclared", reason),
        };
        if let Some(reason) = declared::unusable(&manifest, wanted) {
            return self
                .report
                .skip("import.undeclared", Skipped::Unknown(reason.to_owned()));
        }
        let undeclared = self.report.run("import", || match imports {
            Some(imports) => of_node(block, &manifest, &imports),
            None => of_python(block, &manifest),
        });
        self.report
            .take("import.undeclared", Ok(undeclared.unwrap_or_default()));
    }
}

fn of_node(block: &Block, manifest: &Manifest, imports: &javascript::Imports) -> Vec<Defect> {
    let packages = imports.packages.iter();
    let defects =
        packages.filter_map(|(name, certain, range)| declared::node(block, manifest, name, range, *certain));
    once(defects.collect())
}

fn of_python(block: &Block, manifest: &Manifest) -> Vec<Defect> {
    if depth::check_without_elements(&block.code).is_err() {
        return Vec::new();
    }
    let parsed = parse_unchecked(&block.code, ParseOptions::from(Mode::Module));
    let Mod::Module(module) = parsed.syntax() else {
        return Vec::new();
    };
    let packages = python::Imports::of(module, &block.code).packages();
    let defects = packages
        .iter()
        .filter_map(|package| declared::python(block, manifest, package.name, &package.range));
    once(defects.collect())
}

/// Each package is told once, at its first import.
fn once(defects: Vec<Defect>) -> Vec<Defect> {
    let mut told = std::collections::HashSet::new();
    defects
        .into_iter()
        .filter(|defect| told.insert(defect.message.clone()))
        .collect()
}
