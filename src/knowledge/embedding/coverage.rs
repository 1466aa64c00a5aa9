//! Which lessons of a project an embedder has placed, and where.

use super::super::entries::LessonNo;
use super::super::index::Index;
use super::super::lexical::Slot;
use super::super::places::Places;
use super::super::vector::Vector;
use crate::domain::LessonId;

/// The lesson has no vector.
const NONE: u32 = u32::MAX;
/// The lesson has no vector, and needs none.
const EXCUSED: u32 = u32::MAX - 1;

/// The vectors an embedder gave the lessons of one project, one for each, all of the same number of
/// dimensions.
#[derive(Debug, Default)]
pub(in crate::knowledge) struct Coverage {
    places: Option<Places>,
    /// By lesson: which of the places is its own.
    vectors: Vec<u32>,
    /// Whether what the store has is in here.
    loaded: bool,
    /// Why it does not go on.
    problem: Option<String>,
}

impl Coverage {
    /// Whether what the store has is in here.
    pub(super) fn is_loaded(&self) -> bool {
        self.loaded
    }

    pub(super) fn set_loaded(&mut self) {
        self.loaded = true;
    }

    /// Why it does not go on.
    pub(super) fn problem(&self) -> Option<&String> {
        self.problem.as_ref()
    }

    /// Whether that is something new.
    pub(super) fn set_problem(&mut self, problem: Option<String>) -> bool {
        let is_new = self.problem != problem;
        self.problem = problem;
        is_new
    }

    /// How many dimensions the vectors have; `None` while there is none.
    pub(super) fn dimensions(&self) -> Option<usize> {
        self.places.as_ref().map(Places::dimensions)
    }

    /// Whether `vector` can stand beside those that are there.
    pub(super) fn fits(&self, vector: &Vector) -> bool {
        let dimensions = vector.values().len();
        !vector.is_zero() && self.dimensions().is_none_or(|known| known == dimensions)
    }

    /// Keeps the vector of a lesson; one that does not fit is left out.
    pub(super) fn put(&mut self, lesson: LessonNo, vector: &Vector) {
        if !self.fits(vector) {
            return;
        }
        let dimensions = vector.values().len();
        let places = self
            .places
            .get_or_insert_with(|| Places::with_dimensions(dimensions));
        let number = places.len() as u32;
        places.push(vector);
        self.set(lesson, number);
    }

    /// The lesson cannot be read, so it needs no vector: nobody will see it.
    pub(super) fn excuse(&mut self, lesson: LessonNo) {
        self.set(lesson, EXCUSED);
    }

    fn set(&mut self, lesson: LessonNo, vector: u32) {
        let lesson = lesson as usize;
        if self.vectors.len() <= lesson {
            self.vectors.resize(lesson + 1, NONE);
        }
        if let Some(known) = self.vectors.get_mut(lesson) {
            *known = vector;
        }
    }

    fn vector_of(&self, lesson: LessonNo) -> u32 {
        self.vectors.get(lesson as usize).copied().unwrap_or(NONE)
    }

    /// The first `limit` lessons from number `from` that can be found and have no vector.
    pub(super) fn missing(&self, index: &Index, from: LessonNo, limit: usize) -> Vec<(LessonNo, LessonId)> {
        let known = (from..).map_while(|lesson| Some((lesson, index.entries.get(lesson)?)));
        known
            .filter(|(lesson, entry)| entry.slot().is_some() && self.vector_of(*lesson) == NONE)
            .take(limit)
            .map(|(lesson, _)| (lesson, index.entries.id(lesson)))
            .collect()
    }

    /// How many of the lessons that can be found need no vector any more, and how many can be found.
    pub(super) fn progress(&self, index: &Index) -> (usize, usize) {
        let slots = 0..index.entries.n_slots() as Slot;
        let lessons = slots.filter_map(|slot| index.entries.at(slot));
        lessons.fold((0, 0), |(done, total), (lesson, _)| {
            (done + usize::from(self.vector_of(lesson) != NONE), total + 1)
        })
    }

    /// How alike the lessons and `query` are, -1 to 1, by slot. `None` unless that can be said of every
    /// lesson that can be found: a few could not be ranked fairly beside others placed by other means.
    pub(super) fn similarities(&self, index: &Index, query: &Vector) -> Option<Vec<f32>> {
        let places = self.places.as_ref()?;
        if !self.fits(query) {
            return None;
        }
        let slots = 0..index.entries.n_slots() as Slot;
        let vectors: Vec<u32> = slots
            .map(|slot| match index.entries.at(slot) {
                Some((lesson, _)) => Some(self.vector_of(lesson)).filter(|vector| *vector != NONE),
                None => Some(EXCUSED),
            })
            .collect::<Option<_>>()?;
        let all = places.similarities(query);
        let of = |vector: u32| all.get(vector as usize).copied().unwrap_or_default();
        Some(vectors.into_iter().map(of).collect())
    }
}
