//! A small picture of what models cost and promise: cost on a logarithmic axis, chance of success upwards.

/// Rows of the picture, without its axis.
const ROWS: usize = 9;
/// Columns before the plot: `0.95 |`.
const MARGIN: usize = 7;
/// Columns for models that cost nothing, and for those of unknown price.
const APART: usize = 6;
/// The plot is not drawn wider: points would only be further from their labels.
const WIDEST: usize = 100;
/// A narrower span of chances is widened, so that hundredths do not look like worlds.
const SMALLEST_SPAN: f64 = 0.1;

/// A model in the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    /// What stands for it.
    pub(super) mark: char,
    /// US dollars; `None` when unknown.
    pub(super) cost_usd: Option<f64>,
    /// The chance of success, in 0..=1.
    pub(super) p_success: f64,
}

/// What lines are drawn with.
struct Pen {
    side: char,
    floor: char,
    corner: char,
    tick: char,
}

/// Draws `points`; of two at one place the first stands there and the other beside it. Empty without points.
pub(super) fn picture(points: &[Point], columns: usize, unicode: bool) -> String {
    let pen = if unicode {
        Pen {
            side: '│',
            floor: '─',
            corner: '└',
            tick: '┴',
        }
    } else {
        Pen {
            side: '|',
            floor: '-',
            corner: '+',
            tick: '+',
        }
    };
    let points: Vec<_> = points
        .iter()
        .filter(|point| point.p_success.is_finite())
        .collect();
    let Some(first) = points.first() else {
        return String::new();
    };
    let width = columns.min(WIDEST).saturating_sub(MARGIN + 1).max(2 * APART);
    let chances = points.iter().map(|point| point.p_success);
    let (mut low, mut high) = chances.fold((first.p_success, first.p_success), |(low, high), p| {
        (low.min(p), high.max(p))
    });
    if high - low < SMALLEST_SPAN {
        let middle = (low + high) / 2.0;
        (low, high) = (middle - SMALLEST_SPAN / 2.0, middle + SMALLEST_SPAN / 2.0);
    }
    let axis = Axis::of(&points, width);
    let mut plot = vec![vec![' '; width]; ROWS];
    for point in &points {
        let share = (high - point.p_success) / (high - low);
        let row = (share * (ROWS - 1) as f64).round() as usize;
        if let Some(row) = plot.get_mut(row.min(ROWS - 1)) {
            put(row, axis.column(point.cost_usd), point.mark);
        }
    }
    let mut drawn = String::new();
    for (at, row) in plot.iter().enumerate() {
        let p = high - (high - low) * at as f64 / (ROWS - 1) as f64;
        let label = if at % 2 == 0 {
            format!("{p:.2}")
        } else {
            String::new()
        };
        let line: String = row.iter().collect();
        drawn += format!("{label:>5} {}{line}", pen.side).trim_end();
        drawn.push('\n');
    }
    let (floor, labels) = axis.floor(&pen, width);
    drawn + &format!("{:>6}{}{floor}\n{:>7}{}\n", "", pen.corner, "", labels.trim_end())
}

/// Puts a mark into the nearest free place, to the right where both sides are as near.
fn put(row: &mut [char], at: usize, mark: char) {
    for step in 0..row.len() {
        for place in [at.checked_add(step), at.checked_sub(step)].into_iter().flatten() {
            if let Some(free) = row.get_mut(place).filter(|place| **place == ' ') {
                *free = mark;
                return;
            }
        }
    }
}

/// Where costs lie.
struct Axis {
    /// Powers of ten at the ends.
    decades: (i32, i32),
    /// First and last column of the logarithmic part.
    columns: (usize, usize),
    has_free: bool,
    has_unknown: bool,
}

impl Axis {
    fn of(points: &[&Point], width: usize) -> Self {
        let costs = || points.iter().filter_map(|point| point.cost_usd);
        let priced = || costs().filter(|cost| cost.is_finite() && *cost > 0.0);
        let has_free = costs().any(|cost| cost <= 0.0);
        let has_unknown = points.iter().any(|point| point.cost_usd.is_none());
        let low = priced().fold(f64::INFINITY, f64::min).max(1e-9);
        let high = priced().fold(0.0, f64::max).clamp(1e-9, 1e9);
        let decades = if low.is_finite() {
            let (low, high) = (low.log10().floor() as i32, high.log10().ceil() as i32);
            (low, high.max(low + 1))
        } else {
            (-4, 0)
        };
        let start = if has_free { APART } else { 0 };
        let end = width.saturating_sub(if has_unknown { APART } else { 1 });
        Self {
            decades,
            columns: (start, end.max(start + 1)),
            has_free,
            has_unknown,
        }
    }

    fn column(&self, cost: Option<f64>) -> usize {
        match cost {
            None => self.columns.1 + APART / 2,
            Some(cost) if cost > 0.0 && cost.is_finite() => self.at(cost.log10()),
            Some(_) => 1,
        }
    }

    fn at(&self, decade: f64) -> usize {
        let (low, high) = (f64::from(self.decades.0), f64::from(self.decades.1));
        let share = ((decade - low) / (high - low)).clamp(0.0, 1.0);
        self.columns.0 + (share * (self.columns.1 - self.columns.0) as f64).round() as usize
    }

    /// The line below the plot and the labels below that.
    fn floor(&self, pen: &Pen, width: usize) -> (String, String) {
        let mut line = vec![pen.floor; width];
        let mut labels = String::new();
        let mut label = |text: &str, at: usize| {
            // One that would run into the one before is left out.
            if labels.is_empty() || labels.len() < at {
                while labels.len() < at {
                    labels.push(' ');
                }
                labels += text;
            }
        };
        if self.has_free {
            label("free", 0);
        }
        for decade in self.decades.0..=self.decades.1 {
            let at = self.at(f64::from(decade));
            if let Some(place) = line.get_mut(at) {
                *place = pen.tick;
            }
            let text = format!("${}", 10_f64.powi(decade));
            // The last one ends where the plot does.
            label(&text, at.min(width.saturating_sub(text.len())));
        }
        if self.has_unknown {
            label("?", self.columns.1 + APART / 2);
        }
        (line.into_iter().collect(), labels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points() -> Vec<Point> {
        let point = |mark, cost_usd, p_success| Point {
            mark,
            cost_usd,
            p_success,
        };
        vec![
            point('*', Some(0.0004), 0.87),
            point('b', Some(0.004), 0.90),
            point('c', Some(0.02), 0.93),
            point('d', Some(0.02), 0.928),
            point('e', Some(0.0), 0.70),
            point('f', Some(0.0), 0.58),
            point('g', None, 0.75),
        ]
    }

    #[test]
    fn a_picture_in_plain_letters() {
        insta::assert_snapshot!(picture(&points(), 60, false), @r#"
        0.93 |                                     cd
             |              *            b
        0.84 |
             |
        0.76 |                                                 g
             | e
        0.67 |
             |
        0.58 | f
             +------+------------+-------------+------------+-----
              free  $0.0001      $0.001        $0.01        $0.1
        "#);
    }

    #[test]
    fn a_picture_on_a_terminal() {
        insta::assert_snapshot!(picture(&points(), 44, true), @r#"
        0.93 │                        cd
             │           *       b
        0.84 │
             │
        0.76 │                                 g
             │ e
        0.67 │
             │
        0.58 │ f
             └──────┴───────┴───────┴───────┴─────
              free  $0.0001 $0.001  $0.01   $0.1
        "#);
    }

    #[test]
    fn every_model_has_a_place_whatever_it_costs() {
        let odd = [
            (Some(f64::NAN), 0.5),
            (Some(f64::INFINITY), 0.5),
            (Some(-1.0), 0.5),
            (Some(1e-300), 1.0),
            (Some(1e300), 0.0),
            (None, 0.5),
        ];
        for columns in [0, 1, 20, 80, 10_000] {
            let points = odd.map(|(cost_usd, p_success)| Point {
                mark: 'x',
                cost_usd,
                p_success,
            });
            let drawn = picture(&points, columns, false);
            assert_eq!(drawn.matches('x').count(), odd.len(), "{columns}\n{drawn}");
        }
        assert_eq!(picture(&[], 80, true), "");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for columns in [40, 60, 80] {
            for line in picture(&points(), columns, true).lines() {
                assert!(line.chars().count() <= columns, "{columns}: {line}");
            }
        }
    }
}
