//! The imports of one block of code.

use std::collections::HashSet;

use ruff_python_ast::Mod;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};

use super::super::Examination;
use super::super::block::Block;
use super::super::report::{Defect, Skipped};
use super::super::syntax::{Language, depth};
use super::manifest::{Ecosystem, Manifest};
use super::{declared, javascript, python, rust};

/// The most packages of one block that are looked for in the manifest: each is compared with all that it declares.
const MAX_PACKAGES: usize = 100;

impl Examination<'_> {
    /// Checks the imports of a block whose syntax is right.
    pub(in super::super) fn imports(&mut self, block: &Block) {
        let (names, wanted) = match block.language {
            Language::Python => ("import.stdlib-name", Ecosystem::Python),
            Language::JavaScript | Language::TypeScript => ("import.stdlib-name", Ecosystem::Node),
            Language::Rust => ("import.undeclared", Ecosystem::Rust),
            _ => return,
        };
        let words = match wanted {
            Ecosystem::Rust => ["use", "extern"],
            Ecosystem::Python | Ecosystem::Node => ["import", "require"],
        };
        if !words.iter().any(|word| block.code.contains(word)) {
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
        // Read once: there may be thousands of blocks.
        if self.manifest.is_none() {
            self.manifest = self.report.run("import", || Manifest::read(text));
        }
        let manifest = match &self.manifest {
            Some(Ok(manifest)) => manifest,
            Some(Err(reason)) => {
                let reason = (*reason).to_owned();
                return self.report.skip("import.undeclared", Skipped::Limit(reason));
            }
            None => return,
        };
        if let Some(reason) = declared::unusable(manifest, wanted) {
            return self
                .report
                .skip("import.undeclared", Skipped::Unknown(reason.to_owned()));
        }
        let undeclared = self.report.run("import", || match (wanted, imports) {
            (Ecosystem::Rust, _) => of_rust(block, manifest),
            (_, Some(imports)) => of_node(block, manifest, &imports),
            (_, None) => of_python(block, manifest),
        });
        if let Some(undeclared) = undeclared {
            self.report.take("import.undeclared", Ok(undeclared));
        }
    }
}

fn of_node(block: &Block, manifest: &Manifest, imports: &javascript::Imports) -> Vec<Defect> {
    let mut known = HashSet::new();
    let packages = imports.packages.iter().filter(|(name, ..)| known.insert(name));
    let defects = packages
        .take(MAX_PACKAGES)
        .filter_map(|(name, certain, range)| declared::node(block, manifest, name, range, *certain));
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
    let mut known = HashSet::new();
    let defects = packages
        .iter()
        .filter(|package| known.insert(package.name))
        .take(MAX_PACKAGES)
        .filter_map(|package| declared::python(block, manifest, package.name, &package.range));
    once(defects.collect())
}

fn of_rust(block: &Block, manifest: &Manifest) -> Vec<Defect> {
    let crates = rust::crates(&block.code);
    let mut known = HashSet::new();
    let defects = crates
        .iter()
        .filter(|(name, _)| known.insert(name))
        .take(MAX_PACKAGES)
        .filter_map(|(name, range)| declared::rust(block, manifest, name, range));
    once(defects.collect())
}

/// Each package is told once, at its first import.
fn once(defects: Vec<Defect>) -> Vec<Defect> {
    let mut told = HashSet::new();
    defects
        .into_iter()
        .filter(|defect| told.insert(defect.message.clone()))
        .collect()
}
