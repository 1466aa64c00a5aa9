//! A number as people write it: groups of digits with marks between.

use std::ops::Range;

/// Digits in groups.
#[derive(Debug)]
pub(super) struct Run {
    /// From the first mark or digit to the last digit.
    pub(super) range: Range<usize>,
    /// All digits.
    pub(super) digits: Vec<u8>,
    /// How many digits each group has.
    pub(super) groups: Vec<usize>,
    /// What stands between the groups, one for each gap: the first byte of it.
    pub(super) gaps: Vec<u8>,
    /// Whether it starts with `+`.
    pub(super) plus: bool,
    /// Whether a group is in parentheses.
    pub(super) parentheses: bool,
}

/// Longest run that is any number looked for, with its marks.
const LONGEST: usize = 40;

/// The number whose first digit is at `at`; `None` when it is too long to be any.
pub(super) fn run(text: &[u8], at: usize) -> Option<Run> {
    let mut run = Run {
        range: at..at,
        digits: Vec::new(),
        groups: Vec::new(),
        gaps: Vec::new(),
        plus: false,
        parentheses: false,
    };
    let before = |back: usize| at.checked_sub(back).and_then(|at| text.get(at)).copied();
    if before(1) == Some(b'(') {
        run.range.start -= 1;
        run.parentheses = true;
    }
    if before(1 + usize::from(run.parentheses)) == Some(b'+') {
        run.range.start -= 1;
        run.plus = true;
    }
    let mut here = at;
    loop {
        let rest = text.get(here..)?;
        let count = rest
            .iter()
            .take(LONGEST)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        run.digits.extend_from_slice(rest.get(..count)?);
        run.groups.push(count);
        here += count;
        run.range.end = here;
        if here - at > LONGEST {
            return None;
        }
        // One mark, or two where one is a parenthesis or a blank: `) 555`, ` (0)`.
        let rest = text.get(here..)?;
        let marks = rest
            .iter()
            .take(3)
            .take_while(|byte| matches!(byte, b' ' | b'-' | b'.' | b'(' | b')'))
            .count();
        let gap = rest.get(..marks)?;
        let doubled = marks == 2 && !gap.contains(&b'(') && !gap.contains(&b')');
        if marks == 0 || marks == 3 || doubled || !rest.get(marks).is_some_and(u8::is_ascii_digit) {
            break;
        }
        run.parentheses |= gap.contains(&b'(');
        run.gaps.extend(gap.first());
        here += marks;
    }
    // A letter or a fraction goes on: this is another thing.
    let after = text.get(run.range.end);
    (!after.is_some_and(|byte| byte.is_ascii_alphabetic() && *byte != b'x' || *byte == b'_')).then_some(run)
}

impl Run {
    /// Whether the groups have these lengths.
    pub(super) fn is(&self, groups: &[usize]) -> bool {
        self.groups == groups
    }

    /// Whether all gaps are this mark.
    pub(super) fn joined_by(&self, marks: &[u8]) -> bool {
        self.gaps.iter().all(|gap| marks.contains(gap))
            && self.gaps.windows(2).all(|two| two.first() == two.get(1))
    }

    /// What these digits say, nine of them at most.
    pub(super) fn value(&self, digits: Range<usize>) -> u32 {
        let digits = self.digits.get(digits).unwrap_or_default();
        digits
            .iter()
            .take(9)
            .fold(0, |value, digit| value * 10 + u32::from(digit - b'0'))
    }
}
