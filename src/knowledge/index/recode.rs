//! Placing texts anew when the project has grown: how rare a piece is changes with what else is there.

use super::super::places::SettledRarity;
use super::super::texts::TextId;
use super::Index;

/// When the project has grown by this share, its texts are placed anew.
const GROWTH: f64 = 0.2;
/// So many texts are placed anew with each lesson that comes, so that no single one has to wait long.
const AT_ONCE: usize = 64;
/// So many of those that were put off, before other tasks of the thread get their turn.
const AT_REST: usize = 1024;

/// How far placing anew has come.
#[derive(Debug, Default)]
pub(super) struct Recoding {
    /// Lessons there were when the texts were last placed.
    placed_at: u32,
    /// As it was when this round began; `None` between rounds.
    rarity: Option<SettledRarity>,
    next: TextId,
    /// While much is read at once: what is put off.
    later: Option<Later>,
}

/// Rounds that are over, or on their way, and have not placed a text. Each replaces what the one before did, so
/// of many rounds only the last has to be made up for, and the places are the same as if none had been put off.
#[derive(Debug, Default)]
struct Later {
    /// The last round that came to its end, and how many texts there were then.
    whole: Option<(SettledRarity, TextId)>,
    /// So many texts have been made up for.
    placed: TextId,
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
        if self.rarity.is_some() || self.later.is_some() {
            0
        } else {
            self.placed_at
        }
    }
}

impl Index {
    /// Begins a round when it is time, and goes on with the one that is on its way.
    pub(super) fn recode(&mut self) {
        let live = self.rarity.live();
        let due = f64::from(live) > f64::from(self.recoding.placed_at) * (1.0 + GROWTH);
        if due && self.recoding.rarity.is_none() {
            self.recoding.placed_at = live;
            self.recoding.rarity = Some(self.rarity.settled());
            self.recoding.next = 0;
        }
        let Some(mut rarity) = self.recoding.rarity.take() else {
            return;
        };
        let end = (self.recoding.next as usize + AT_ONCE).min(self.texts.len()) as TextId;
        let is_over = end as usize == self.texts.len();
        if let Some(later) = &mut self.recoding.later {
            later.placed = 0;
        } else {
            for text in self.recoding.next..end {
                let place = rarity.encode(self.pieces(text));
                self.places.set(text as usize, &place);
            }
        }
        self.recoding.next = end;
        match &mut self.recoding.later {
            Some(later) if is_over => later.whole = Some((rarity, end)),
            None if is_over => {}
            _ => self.recoding.rarity = Some(rarity),
        }
    }

    /// From now on placing anew is put off until [`Index::make_up`].
    pub(in super::super) fn put_off(&mut self) {
        self.recoding.later.get_or_insert_default();
    }

    /// Whether something was put off.
    pub(in super::super) fn has_put_off(&self) -> bool {
        self.recoding.later.is_some()
    }

    /// Does some of what was put off; call it until nothing is left.
    pub(in super::super) fn make_up(&mut self) {
        let Some(mut later) = self.recoding.later.take() else {
            return;
        };
        let mut rarity = self.recoding.rarity.take();
        let of_whole = later.whole.as_ref().map_or(0, |(_, texts)| *texts);
        let of_next = rarity.as_ref().map_or(0, |_| self.recoding.next);
        let owed = of_whole.max(of_next);
        let end = later.placed.saturating_add(AT_REST as TextId).min(owed);
        for text in later.placed..end {
            let pieces = self.pieces(text);
            let place = match (&mut rarity, &mut later.whole) {
                (Some(rarity), _) if text < of_next => rarity.encode(pieces),
                (_, Some((rarity, _))) => rarity.encode(pieces),
                _ => continue,
            };
            self.places.set(text as usize, &place);
        }
        self.recoding.rarity = rarity;
        if end < owed {
            later.placed = end;
            self.recoding.later = Some(later);
        }
    }
}
