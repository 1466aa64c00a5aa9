//! Where texts lie by their meaning: one vector for each text, and how rare the pieces are it is made of.

use hashbrown::HashMap;

use super::vector::{self, DIMENSIONS, PieceId, Vector};

/// Vectors that lie together in memory, so that a million of them never have to be moved.
const BLOCK: usize = 1024;

/// How many lessons have each piece.
#[derive(Debug, Default, Clone)]
pub(super) struct Rarity {
    lessons: HashMap<usize, u32>,
    live: u32,
}

impl Rarity {
    /// Counts a lesson with these pieces.
    pub(super) fn add(&mut self, pieces: impl Iterator<Item = PieceId>) {
        for piece in distinct(pieces) {
            *self.lessons.entry(piece).or_default() += 1;
        }
        self.live += 1;
    }

    /// Takes back what [`Rarity::add`] did with the same pieces.
    pub(super) fn remove(&mut self, pieces: impl Iterator<Item = PieceId>) {
        for piece in distinct(pieces) {
            if let Some(lessons) = self.lessons.get_mut(&piece) {
                *lessons = lessons.saturating_sub(1);
            }
        }
        self.live = self.live.saturating_sub(1);
    }

    /// Where a text lies that has these pieces, each with how often it occurs.
    pub(super) fn encode(&self, pieces: impl Iterator<Item = (PieceId, f32)>) -> Vector {
        vector::encode(pieces.map(|(piece, count)| (piece, count * self.idf(piece))))
    }

    /// As it is now, for placing many texts.
    pub(super) fn settled(&self) -> SettledRarity {
        SettledRarity {
            rarity: self.clone(),
            weights: vec![0.0; vector::PIECES],
        }
    }

    /// How many lessons are counted.
    pub(super) fn live(&self) -> u32 {
        self.live
    }

    /// How many lessons have each piece.
    pub(super) fn parts(&self) -> impl Iterator<Item = [u32; 2]> {
        let lessons = self.lessons.iter().filter(|(_, lessons)| **lessons > 0);
        lessons.map(|(piece, lessons)| [*piece as u32, *lessons])
    }

    /// What [`Rarity::parts`] came from, of `live` lessons.
    pub(super) fn from_parts(live: u32, lessons: impl Iterator<Item = [u32; 2]>) -> Self {
        Self {
            lessons: lessons
                .map(|[piece, lessons]| (piece as usize, lessons))
                .collect(),
            live,
        }
    }

    /// As for words, but as if [`PRIOR`] lessons of ordinary English were there, too: among thirty lessons
    /// of one project nearly every piece would be rare.
    fn idf(&self, piece: PieceId) -> f32 {
        let known = self.lessons.get(&piece.number()).copied().unwrap_or(0) as f32;
        let with = known + PRIOR * commonness(piece);
        ((self.live as f32 + PRIOR - with + 0.5).max(0.5) / (with + 0.5)).ln_1p()
    }
}

/// How rare pieces were at one time. What one weighs is worked out once.
#[derive(Debug)]
pub(super) struct SettledRarity {
    rarity: Rarity,
    /// By number of the piece; 0 for one that was not asked for yet.
    weights: Vec<f32>,
}

impl SettledRarity {
    /// As [`Rarity::encode`].
    pub(super) fn encode(&mut self, pieces: impl Iterator<Item = (PieceId, f32)>) -> Vector {
        let Self { rarity, weights } = self;
        let mut weight = |piece: PieceId| match weights.get_mut(piece.number()) {
            Some(weight) => {
                if *weight == 0.0 {
                    *weight = rarity.idf(piece);
                }
                *weight
            }
            None => rarity.idf(piece),
        };
        vector::encode(pieces.map(|(piece, count)| (piece, count * weight(piece))))
    }
}

/// Lessons of ordinary English that are thought to be there.
const PRIOR: f32 = 50.0;
/// Words of such a lesson.
const PRIOR_WORDS: i32 = 20;
/// Number of the commonest piece, "the"; pieces after it are numbered by how common they are in English.
const COMMONEST: usize = 997;

/// The share of lessons of ordinary English that have the piece, by Zipf's law: the word of rank r is one
/// of 11 r words. Single letters and signs, which stand before the commonest word, count as common.
fn commonness(piece: PieceId) -> f32 {
    let rank = piece.number().saturating_sub(COMMONEST) as f32 + 1.0;
    1.0 - (1.0 - 1.0 / (11.0 * rank)).powi(PRIOR_WORDS)
}

fn distinct(pieces: impl Iterator<Item = PieceId>) -> Vec<usize> {
    let mut pieces: Vec<usize> = pieces.map(PieceId::number).collect();
    pieces.sort_unstable();
    pieces.dedup();
    pieces
}

/// The vectors of all texts, by their number.
#[derive(Debug)]
pub(super) struct Places {
    dimensions: usize,
    blocks: Vec<Vec<i8>>,
    scales: Vec<f32>,
}

impl Default for Places {
    /// For vectors of the built-in table.
    fn default() -> Self {
        Self::with_dimensions(DIMENSIONS)
    }
}

impl Places {
    /// For vectors of so many dimensions, one at least.
    pub(super) fn with_dimensions(dimensions: usize) -> Self {
        Self {
            dimensions,
            blocks: Vec::new(),
            scales: Vec::new(),
        }
    }

    /// How many dimensions its vectors have.
    pub(super) fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Adds the vector of the next text.
    pub(super) fn push(&mut self, vector: &Vector) {
        if self.scales.len().is_multiple_of(BLOCK) {
            self.blocks.push(Vec::with_capacity(if self.blocks.is_empty() {
                // A small project does not need a whole block.
                self.dimensions
            } else {
                BLOCK * self.dimensions
            }));
        }
        if let Some(block) = self.blocks.last_mut() {
            block.extend_from_slice(vector.values());
            self.scales.push(vector.scale());
        }
    }

    /// Puts another vector in the place of a text's.
    pub(super) fn set(&mut self, text: usize, vector: &Vector) {
        let start = text % BLOCK * self.dimensions;
        let block = self.blocks.get_mut(text / BLOCK);
        let values = block.and_then(|block| block.get_mut(start..start + self.dimensions));
        if let (Some(values), Some(scale)) = (values, self.scales.get_mut(text)) {
            values.copy_from_slice(vector.values());
            *scale = vector.scale();
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.scales.len()
    }

    /// How alike `query` and every text are, -1 to 1, by text.
    pub(super) fn similarities(&self, query: &Vector) -> Vec<f32> {
        let mut all = Vec::with_capacity(self.scales.len());
        for (block, scales) in self.blocks.iter().zip(self.scales.chunks(BLOCK)) {
            all.extend(query.similarities(block, scales));
        }
        all
    }

    /// Drops the texts for which `kept` is false; the others move together in the same order.
    pub(super) fn sweep(&mut self, kept: &[bool]) {
        let mut next = Self::with_dimensions(self.dimensions);
        for (text, _) in kept.iter().enumerate().filter(|(_, kept)| **kept) {
            let start = text % BLOCK * self.dimensions;
            let block = self.blocks.get(text / BLOCK);
            if let Some(values) = block.and_then(|block| block.get(start..start + self.dimensions)) {
                next.push(&Vector::from_values(values));
            }
        }
        *self = next;
    }

    /// The values of all vectors, one block after the other.
    pub(super) fn blocks(&self) -> impl Iterator<Item = &[i8]> {
        self.blocks.iter().map(Vec::as_slice)
    }

    /// How many values there are in all.
    pub(super) fn bytes(&self) -> usize {
        self.blocks.iter().map(Vec::len).sum()
    }

    /// The vectors with these values; `None` when they are no whole number of vectors.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (vectors, rest) = bytes.as_chunks::<DIMENSIONS>();
        if !rest.is_empty() {
            return None;
        }
        let mut places = Self::default();
        for vector in vectors {
            places.push(&Vector::from_values(vector.map(u8::cast_signed)));
        }
        Some(places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_words_are_common_before_any_lesson_is_there() {
        let rarity = Rarity::default();
        let idf = |word| rarity.idf(vector::pieces(word).first().copied().unwrap());
        assert_eq!(PieceId::from_number(COMMONEST).unwrap().text(), "the");
        assert!(idf("the") < idf("make") && idf("make") < idf("deployment"));
    }

    #[test]
    fn vectors_are_moved_and_kept_by_their_number() {
        let place = |word| vector::encode(vector::pieces(word).into_iter().map(|piece| (piece, 1.0)));
        let mut places = Places::default();
        for word in ["harbour", "ship", "invoice"] {
            places.push(&place(word));
        }
        places.set(1, &place("boat"));
        places.sweep(&[false, true, true]);
        let query = place("boat");
        let found = places.similarities(&query);
        assert!(
            places.len() == 2 && found[0] > 0.99 && found[1] < 0.5,
            "{found:?}"
        );
        let bytes: Vec<u8> = places
            .blocks()
            .flatten()
            .map(|value| value.cast_unsigned())
            .collect();
        assert_eq!(Places::from_bytes(&bytes).unwrap().similarities(&query), found);
        assert!(Places::from_bytes(&bytes[1..]).is_none());
    }
}
