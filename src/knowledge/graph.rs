//! What lessons have in common: runs, files, tools, models, kinds of task, labels.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::entries::LessonNo;
use super::interner::Interner;
use crate::domain::{Entity, EntityKind};

/// A thing that more lessons are about does not lead from one to the next: it would lead everywhere.
const MOST_COMMON: usize = 64;
/// More lessons are not reached from one thing.
const MOST_REACHED: usize = 2_000;

type EntityNo = u32;

/// Which lessons are about which things.
#[derive(Debug, Default)]
pub(super) struct Graph {
    entities: Interner,
    /// By thing, ascending.
    lessons: Vec<Vec<LessonNo>>,
    /// By lesson.
    about: HashMap<LessonNo, Box<[EntityNo]>>,
    /// By lesson, the lessons that replace or contradict it, or that it does.
    tied: HashMap<LessonNo, Vec<LessonNo>>,
    /// By lesson, those of them that contradict it, or that it does.
    opposed: HashMap<LessonNo, Vec<LessonNo>>,
}

/// How a lesson was reached: the thing the search started from, then lessons and things by turns.
pub(super) type Path = Vec<Step>;

/// A station on a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Entity(EntityNo),
    Lesson(LessonNo),
}

impl Graph {
    /// Every thing whose name begins like that, with how many lessons are about it.
    pub(super) fn beginning<'a>(&'a self, with: &'a str) -> impl Iterator<Item = (&'a str, usize)> {
        let things = self.lessons.iter().zip(0..);
        things.filter_map(move |(lessons, thing)| {
            let name = self.entities.get(thing).strip_prefix(with)?;
            (!lessons.is_empty()).then_some((name, lessons.len()))
        })
    }

    /// Says what a lesson is about, in place of what was said before.
    pub(super) fn put(&mut self, lesson: LessonNo, about: impl Iterator<Item = String>) {
        self.forget(lesson);
        let mut things: Vec<EntityNo> = about.filter_map(|entity| self.entities.intern(&entity)).collect();
        things.sort_unstable();
        things.dedup();
        self.lessons.resize_with(self.entities.len(), Vec::new);
        for thing in &things {
            if let Some(lessons) = self.lessons.get_mut(*thing as usize)
                && let Err(at) = lessons.binary_search(&lesson)
            {
                lessons.insert(at, lesson);
            }
        }
        if !things.is_empty() {
            self.about.insert(lesson, things.into_boxed_slice());
        }
    }

    /// Takes a lesson away from the things it was about.
    pub(super) fn forget(&mut self, lesson: LessonNo) {
        for thing in self.about.remove(&lesson).unwrap_or_default() {
            if let Some(lessons) = self.lessons.get_mut(thing as usize)
                && let Ok(at) = lessons.binary_search(&lesson)
            {
                lessons.remove(at);
            }
        }
    }

    /// Says that two lessons replace or contradict each other.
    pub(super) fn tie(&mut self, one: LessonNo, other: LessonNo) {
        pair(&mut self.tied, one, other);
    }

    /// Says that two lessons contradict each other.
    pub(super) fn oppose(&mut self, one: LessonNo, other: LessonNo) {
        self.tie(one, other);
        pair(&mut self.opposed, one, other);
    }

    /// The lessons that contradict a lesson, or that it does.
    pub(super) fn opponents(&self, lesson: LessonNo) -> &[LessonNo] {
        self.opposed.get(&lesson).map(Vec::as_slice).unwrap_or_default()
    }

    /// The lessons that are about a thing, ascending.
    pub(super) fn lessons(&self, entity: &str) -> &[LessonNo] {
        let number = self.entities.find(entity);
        number
            .and_then(|number| self.lessons.get(number as usize))
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// The lessons within `hops` of a thing or of a lesson, each with the shortest way to it.
    pub(super) fn reach(
        &self,
        from: &Entity,
        lesson: Option<LessonNo>,
        hops: usize,
    ) -> BTreeMap<LessonNo, Path> {
        let mut reached: BTreeMap<LessonNo, Path> = BTreeMap::new();
        let mut edge: Vec<(LessonNo, Path)> = Vec::new();
        if from.kind == EntityKind::Lesson {
            edge.extend(lesson.map(|lesson| (lesson, vec![Step::Lesson(lesson)])));
        } else if let Some(thing) = self.entities.find(&from.to_string()) {
            let lessons = self.lessons.get(thing as usize).into_iter().flatten();
            edge.extend(lessons.map(|lesson| (*lesson, vec![Step::Entity(thing), Step::Lesson(*lesson)])));
        }
        edge.truncate(MOST_REACHED);
        reached.extend(edge.iter().cloned());
        for _ in 1..hops {
            let mut next = Vec::new();
            for (lesson, path) in &edge {
                for (further, way) in self.beside(*lesson) {
                    if reached.len() < MOST_REACHED && !reached.contains_key(&further) {
                        let path: Path = path.iter().chain(&way).copied().collect();
                        reached.insert(further, path.clone());
                        next.push((further, path));
                    }
                }
            }
            edge = next;
        }
        reached
    }

    /// What a station is called; a lesson by its number's id.
    pub(super) fn name(&self, step: Step, id: impl Fn(LessonNo) -> String) -> String {
        match step {
            Step::Entity(thing) => self.entities.get(thing).to_owned(),
            Step::Lesson(lesson) => format!("{}:{}", EntityKind::Lesson.as_str(), id(lesson)),
        }
    }

    /// The lessons one step from a lesson, each with the way there.
    fn beside(&self, lesson: LessonNo) -> Vec<(LessonNo, Path)> {
        let mut beside = Vec::new();
        for other in self.tied.get(&lesson).into_iter().flatten() {
            beside.push((*other, vec![Step::Lesson(*other)]));
        }
        for thing in self.about.get(&lesson).into_iter().flatten() {
            let lessons = self
                .lessons
                .get(*thing as usize)
                .map(Vec::as_slice)
                .unwrap_or_default();
            if lessons.len() <= MOST_COMMON {
                let others = lessons.iter().filter(|other| **other != lesson);
                beside.extend(others.map(|other| (*other, vec![Step::Entity(*thing), Step::Lesson(*other)])));
            }
        }
        beside
    }

    /// All things, and which lesson is about which: what [`Graph::put`] was told.
    pub(super) fn parts(&self) -> (&Interner, impl Iterator<Item = (LessonNo, &[EntityNo])>) {
        (
            &self.entities,
            self.about.iter().map(|(lesson, about)| (*lesson, &**about)),
        )
    }

    /// Which lessons are tied, and which contradict each other, each pair twice.
    pub(super) fn ties(&self) -> [impl Iterator<Item = [LessonNo; 2]> + '_; 2] {
        [&self.tied, &self.opposed].map(|pairs| {
            let pairs = pairs.iter();
            pairs.flat_map(|(one, others)| others.iter().map(move |other| [*one, *other]))
        })
    }

    /// The graph with these parts.
    pub(super) fn from_parts(
        entities: Interner,
        about: impl Iterator<Item = (LessonNo, Box<[EntityNo]>)>,
        ties: impl Iterator<Item = [LessonNo; 2]>,
        oppositions: impl Iterator<Item = [LessonNo; 2]>,
    ) -> Self {
        let mut graph = Self {
            lessons: vec![Vec::new(); entities.len()],
            entities,
            ..Self::default()
        };
        for (lesson, things) in about {
            for thing in &things {
                if let Some(lessons) = graph.lessons.get_mut(*thing as usize) {
                    lessons.push(lesson);
                }
            }
            graph.about.insert(lesson, things);
        }
        for lessons in &mut graph.lessons {
            lessons.sort_unstable();
        }
        for [one, other] in ties {
            graph.tie(one, other);
        }
        for [one, other] in oppositions {
            graph.oppose(one, other);
        }
        graph
    }
}

fn pair(pairs: &mut HashMap<LessonNo, Vec<LessonNo>>, one: LessonNo, other: LessonNo) {
    for (from, to) in [(one, other), (other, one)] {
        let known = pairs.entry(from).or_default();
        if !known.contains(&to) {
            known.push(to);
        }
    }
}
