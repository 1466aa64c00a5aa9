//! A picture of a plan: a row of boxes for each level, and lines from what a step needs.

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthStr as _;

use super::graph::{edges, levels};
use crate::cli::screen::cut;
use crate::domain::PlanStep;

/// Between two boxes; odd, as all widths are, so that whatever is centred below something stands below it.
const GAP: usize = 3;
/// Lines of a box.
const BOX: usize = 4;
/// A longer name is cut.
const WIDEST: usize = 25;

const NORTH: u8 = 1;
const EAST: u8 = 2;
const SOUTH: u8 = 4;
const WEST: u8 = 8;

/// What stands in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item {
    /// The box of a step.
    Step(usize),
    /// The line from a step to one further below.
    Line(usize),
}

/// Draws `steps`, each of which stands behind those it needs; `None` when that would be wider than `columns`.
pub(super) fn picture(steps: &[PlanStep], columns: usize, unicode: bool) -> Option<String> {
    let (rows, links) = arranged(steps);
    let widths: Vec<usize> = steps.iter().map(width).collect();
    let width_of = |item: &Item| match item {
        Item::Step(step) => widths.get(*step).copied().unwrap_or(1),
        Item::Line(_) => 1,
    };
    let total = |row: &Vec<Item>| row.iter().map(width_of).sum::<usize>() + GAP * row.len().saturating_sub(1);
    let wide = rows.iter().map(total).max()?;
    if wide > columns {
        return None;
    }
    let mut canvas = Canvas::new(wide);
    let mut above: Vec<(Item, usize)> = Vec::new();
    let mut y = 0;
    for (n, row) in rows.iter().enumerate() {
        let mut x = (wide - total(row)) / 2;
        let mut here = Vec::with_capacity(row.len());
        for item in row {
            here.push((*item, x + width_of(item) / 2));
            x += width_of(item) + GAP;
        }
        if n > 0 {
            let groups = grouped(links.get(n - 1)?, &above, &here);
            y = canvas.connect(y, &groups);
        }
        for (item, middle) in &here {
            match item {
                Item::Step(step) => {
                    let step = steps.get(*step)?;
                    canvas.frame(middle - width_of(item) / 2, y, width_of(item), step);
                    if n > 0 {
                        canvas.mark(*middle, y - 1);
                    }
                }
                Item::Line(_) => canvas.down(*middle, y.saturating_sub(1), y + BOX - 1),
            }
        }
        y += BOX - 1;
        above = here;
    }
    Some(canvas.told(unicode))
}

fn width(step: &PlanStep) -> usize {
    let text = step.id.as_str().width().max(step.role.width()).min(WIDEST) + 4;
    text | 1
}

/// Links between two rows, as places in the upper and the lower one.
type Links = Vec<(usize, usize)>;

/// The rows, and between each two of them what is linked.
fn arranged(steps: &[PlanStep]) -> (Vec<Vec<Item>>, Vec<Links>) {
    let levels = levels(steps);
    let edges = edges(steps);
    let depth = levels.iter().max().map_or(0, |deepest| deepest + 1);
    let level = |step: usize| levels.get(step).copied().unwrap_or(0);
    let mut rows: Vec<Vec<Item>> = Vec::with_capacity(depth);
    let mut links: Vec<Links> = Vec::new();
    for n in 0..depth {
        let boxes = (0..steps.len()).filter(|step| level(*step) == n).map(Item::Step);
        let passing = (0..steps.len()).filter(|from| {
            let far = |(a, b): &(usize, usize)| a == from && level(*b) > n;
            level(*from) < n && edges.iter().any(far)
        });
        let items: Vec<Item> = boxes.chain(passing.map(Item::Line)).collect();
        let Some(upper) = n.checked_sub(1).and_then(|above| rows.get(above)) else {
            rows.push(items);
            continue;
        };
        let parents = |item: &Item| -> Vec<usize> {
            let is_parent = |above: &Item| match (above, item) {
                (Item::Step(from) | Item::Line(from), Item::Step(to)) => edges.contains(&(*from, *to)),
                (Item::Step(from) | Item::Line(from), Item::Line(on)) => from == on,
            };
            (0..upper.len())
                .filter(|at| upper.get(*at).is_some_and(is_parent))
                .collect()
        };
        // Below the middle of what they hang from, so that few lines cross.
        let mut placed: Vec<(Item, Vec<usize>)> = items.iter().map(|item| (*item, parents(item))).collect();
        placed.sort_by_key(|(_, parents)| {
            let sum: usize = parents.iter().sum();
            sum * 1_000 / parents.len().max(1)
        });
        let below = placed.iter().enumerate();
        links.push(
            below
                .flat_map(|(at, (_, parents))| parents.iter().map(move |parent| (*parent, at)))
                .collect(),
        );
        rows.push(placed.into_iter().map(|(item, _)| item).collect());
    }
    (rows, links)
}

/// Columns above and below that are joined by one line.
type Group = (Vec<usize>, Vec<usize>);

/// The links as groups: whatever hangs from the same is joined to it by one line.
fn grouped(links: &Links, above: &[(Item, usize)], below: &[(Item, usize)]) -> Vec<Group> {
    let column = |row: &[(Item, usize)], at: usize| row.get(at).map_or(0, |(_, middle)| *middle);
    let mut groups: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
    for at in 0..below.len() {
        let parents = links.iter().filter(|(_, to)| *to == at);
        let parents: Vec<usize> = parents.map(|(from, _)| column(above, *from)).collect();
        if !parents.is_empty() {
            groups.entry(parents).or_default().push(column(below, at));
        }
    }
    groups.into_iter().collect()
}

/// What is drawn: lines as the sides a place is open to, and letters over them.
struct Canvas {
    wide: usize,
    lines: Vec<Vec<u8>>,
    letters: BTreeMap<(usize, usize), char>,
    arrows: Vec<(usize, usize)>,
}

impl Canvas {
    fn new(wide: usize) -> Self {
        Self {
            wide,
            lines: Vec::new(),
            letters: BTreeMap::new(),
            arrows: Vec::new(),
        }
    }

    fn open(&mut self, x: usize, y: usize, sides: u8) {
        while self.lines.len() <= y {
            self.lines.push(vec![0; self.wide]);
        }
        if let Some(place) = self.lines.get_mut(y).and_then(|row| row.get_mut(x)) {
            *place |= sides;
        }
    }

    fn down(&mut self, x: usize, from: usize, to: usize) {
        for y in from..to {
            self.open(x, y, SOUTH);
            self.open(x, y + 1, NORTH);
        }
    }

    fn across(&mut self, y: usize, from: usize, to: usize) {
        for x in from..to {
            self.open(x, y, EAST);
            self.open(x + 1, y, WEST);
        }
    }

    /// The box of a step with its name and its role.
    fn frame(&mut self, x: usize, y: usize, width: usize, step: &PlanStep) {
        let (right, floor) = (x + width - 1, y + BOX - 1);
        self.across(y, x, right);
        self.across(floor, x, right);
        self.down(x, y, floor);
        self.down(right, y, floor);
        for (line, text) in [(1, step.id.as_str()), (2, step.role.as_str())] {
            for (at, letter) in cut(text, WIDEST).chars().enumerate() {
                self.letters.insert((y + line, x + 2 + at), letter);
            }
        }
    }

    fn mark(&mut self, x: usize, y: usize) {
        self.arrows.push((y, x));
    }

    /// Draws the lines below row `y`, and gives the row in which the next boxes begin. Lines that would run into
    /// each other get rows of their own.
    fn connect(&mut self, y: usize, groups: &[Group]) -> usize {
        let mut tracks: Vec<Vec<(usize, usize)>> = Vec::new();
        let mut placed = Vec::with_capacity(groups.len());
        for (above, below) in groups {
            let columns = || above.iter().chain(below).copied();
            let (left, right) = (columns().min().unwrap_or(0), columns().max().unwrap_or(0));
            let is_free =
                |track: &Vec<(usize, usize)>| track.iter().all(|(l, r)| right + 1 < *l || r + 1 < left);
            let track = tracks.iter().position(is_free).unwrap_or(tracks.len());
            if track == tracks.len() {
                tracks.push(Vec::new());
            }
            if let Some(track) = tracks.get_mut(track) {
                track.push((left, right));
            }
            placed.push((track, left, right, above, below));
        }
        let first = y + 1;
        let next = first + tracks.len() + 1;
        for (track, left, right, above, below) in placed {
            let at = first + track;
            self.across(at, left, right);
            for x in above {
                self.down(*x, y, at);
            }
            for x in below {
                self.down(*x, at, next - 1);
            }
        }
        next
    }

    fn told(&self, unicode: bool) -> String {
        let arrow = if unicode { '▼' } else { 'v' };
        let mut told = String::new();
        for (y, row) in self.lines.iter().enumerate() {
            let letter = |(x, sides): (usize, &u8)| {
                let written = self.letters.get(&(y, x)).copied();
                written.unwrap_or_else(|| match self.arrows.contains(&(y, x)) {
                    true => arrow,
                    false => line(*sides, unicode),
                })
            };
            let line: String = row.iter().enumerate().map(letter).collect();
            told.push_str(line.trim_end());
            told.push('\n');
        }
        told
    }
}

fn line(sides: u8, unicode: bool) -> char {
    const UNICODE: [char; 16] = [
        ' ', '│', '─', '└', '│', '│', '┌', '├', '─', '┘', '─', '┴', '┐', '┤', '┬', '┼',
    ];
    let is_vertical = sides & (NORTH | SOUTH) != 0;
    let is_horizontal = sides & (EAST | WEST) != 0;
    match (unicode, is_vertical, is_horizontal) {
        (true, ..) => UNICODE.get(usize::from(sides)).copied().unwrap_or(' '),
        (false, true, true) => '+',
        (false, true, false) => '|',
        (false, false, true) => '-',
        (false, false, false) => ' ',
    }
}
