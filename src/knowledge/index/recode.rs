//! Placing texts anew when the project has grown: how rare a piece is changes with what else is there.

use super::super::places::SettledRarity;
use super::super::texts::TextId;
use super::Index;

/// When the project has grown by this share, its texts are placed anew.
const GROWTH: f64 = 0.2;
/// So many texts are placed anew with each lesson that comes, so that no single one has to wait long.
const AT_ONCE: usize = 64;

/// How far placing anew has come.
#[derive(Debug, Default)]
pub(super) struct Recoding {
    /// Lessons there were when the texts were last placed.
    placed_at: u32,
    /// As it was when this round began; `None` between rounds.
    rarity: Option<SettledRarity>,
    next: TextId,
}

impl Recoding {
    /// Texts have moved: a round that is on its way begins anew.
    pub(super) fn restart(&mut self) {
        self.next = 0;
    }

    /// Where all texts were placed when there were so many lessons.
    pub(super) fn done(placed_at: u32) -> Self {
        Self {
            placed_at,
            ..Self::default()
        }
    }

    /// How many lessons there were when all texts were last placed: none while a round is on its way, so that
    /// whoever goes on from here begins it anew.
    pub(super) fn placed_at(&self) -> u32 {
        if self.rarity.is_some() { 0 } else { self.placed_at }
    }
}

impl Index {
    /// Begins a round when it is time, and goes on with the one that is on its way.
    pub(super) fn recode(&mut self) {
        let live = self.rarity.live();
        let due = f64::from(live) > f64::from(self.recoding.placed_at) * (1.0 + GROWTH);
        if due && self.recoding.rarity.is_none() {
            self.recoding = Recoding {
                placed_at: live,
                rarity: Some(self.rarity.settled()),
                next: 0,
            };
        }
        let Some(mut rarity) = self.recoding.rarity.take() else {
            return;
        };
        let end = (self.recoding.next as usize + AT_ONCE).min(self.texts.len());
        for text in self.recoding.next..end as TextId {
            let place = rarity.encode(self.pieces(text));
            self.places.set(text as usize, &place);
        }
        self.recoding.next = end as TextId;
        if end < self.texts.len() {
            self.recoding.rarity = Some(rarity);
        }
    }
}
