//! Imports: names that the standard library does not have, and packages that the project does not declare.

mod declared;
mod examine;
mod javascript;
mod manifest;
mod python;
mod rust;
mod table;
#[cfg(test)]
mod tests;

use ruff_python_ast::ModModule;

use super::block::Block;
use super::report::Defect;
pub(super) use manifest::Manifest;

/// Names that Python's standard library does not have.
pub(super) fn python_names(module: &ModModule, block: &Block) -> Vec<Defect> {
    python::Imports::of(module, &block.code).defects(block)
}
