//! What each sign counts; see `NOTICE` for where the numbers come from.

use super::signs::SIGNS;

/// One weight per sign, in the order of [`SIGNS`].
pub(super) const WEIGHTS: [f64; SIGNS.len()] = [
    3.37, 2.09, 0.59, 1.98, 1.68, 1.52, 2.00, -1.23, 1.09, 0.62, 0.77, 0.43, 0.78, 0.94, -0.62,
];

/// What every answer begins with: most meet their request.
pub(super) const BIAS: f64 = -4.29;
