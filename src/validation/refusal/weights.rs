//! What each sign counts; see `NOTICE` for where the numbers come from.

use super::signs::SIGNS;

/// One weight per sign, in the order of [`SIGNS`].
pub(super) const WEIGHTS: [f64; SIGNS.len()] = [
    3.0, 1.5, 1.0, 1.5, 1.0, 1.0, 2.0, -1.5, 1.0, 1.0, 0.7, 0.6, 0.8, 0.6, -0.2, -0.1,
];

/// What every answer begins with: most meet their request.
pub(super) const BIAS: f64 = -4.5;
