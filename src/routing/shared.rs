//! What the projects of one organisation tell each other: of each model and type how it did, never of what.

use std::collections::HashMap;

use super::prior::TYPES;
use super::table::{Cell, Table};

/// The sum over projects, and what each of them told.
#[derive(Debug, Clone, Default)]
pub(super) struct Shared {
    /// By place in the catalogue, then type.
    total: Vec<[Cell; TYPES]>,
    of_project: HashMap<String, Vec<(usize, usize, Cell)>>,
}

impl Shared {
    /// Puts what a project has to tell in the place of what it told before.
    pub(super) fn put(&mut self, project: &str, table: &Table) {
        let before = self.of_project.remove(project).unwrap_or_default();
        self.add(&before, -1.0);
        let told: Vec<_> = table.told().collect();
        self.add(&told, 1.0);
        self.of_project.insert(project.to_owned(), told);
    }

    /// What all projects but this one saw, by place in the catalogue.
    pub(super) fn without(&self, project: &str) -> Vec<[Cell; TYPES]> {
        let mut others = self.total.clone();
        let own = self.of_project.get(project).map_or(&[][..], Vec::as_slice);
        add(&mut others, own, -1.0);
        others
    }

    fn add(&mut self, told: &[(usize, usize, Cell)], sign: f64) {
        add(&mut self.total, told, sign);
    }
}

fn add(total: &mut Vec<[Cell; TYPES]>, told: &[(usize, usize, Cell)], sign: f64) {
    for (model, task_type, cell) in told {
        if total.len() <= *model {
            total.resize(*model + 1, [Cell::default(); TYPES]);
        }
        if let Some(place) = total.get_mut(*model).and_then(|types| types.get_mut(*task_type)) {
            *place = place.plus(*cell, sign);
        }
    }
}
