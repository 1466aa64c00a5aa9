//! Points in whole bytes: a quarter of the memory, and the product of two is a sum of integers.

/// So many products are added before the sums are. At 32 the compiler keeps them in registers: 256 values
/// took 15 ns with plain SSE2, beside 25 ns at 16, 38 ns at 64, and 35 ns without blocks.
/// `cargo bench --bench vectors` has the plain form beside this one.
const BLOCK: usize = 32;

/// A direction: where a text lies, as seen from the centre. Its length is one, unless it is zero.
#[derive(Debug, Clone, PartialEq)]
pub struct Vector {
    values: Box<[i8]>,
    scale: f32,
}

impl Vector {
    /// The direction of `values`, of any number of dimensions. Zero when they have none, or when one of
    /// them is not a finite number.
    #[must_use]
    pub fn of(values: &[f32]) -> Self {
        let largest = values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        let finite = values.iter().all(|value| value.is_finite());
        let step = largest / 127.0;
        let values: Box<[i8]> = if finite && step.is_normal() {
            values.iter().map(|value| (value / step).round() as i8).collect()
        } else {
            values.iter().map(|_| 0).collect()
        };
        Self::scaled(values)
    }

    /// What [`Vector::values`] gave once: those of an index that was kept on disk.
    #[must_use]
    pub fn from_values(values: impl Into<Box<[i8]>>) -> Self {
        Self::scaled(values.into())
    }

    /// The scale is chosen for a length of one after rounding, so that a text is exactly like itself.
    fn scaled(values: Box<[i8]>) -> Self {
        let square: i64 = values.iter().map(|value| i64::from(*value).pow(2)).sum();
        let scale = if square > 0 {
            1.0 / (square as f32).sqrt()
        } else {
            0.0
        };
        Self { values, scale }
    }

    /// Whether it points nowhere; its similarity to anything is 0.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.scale == 0.0
    }

    /// The direction in steps of [`Vector::scale`].
    #[must_use]
    pub fn values(&self) -> &[i8] {
        &self.values
    }

    /// What [`Vector::values`] are multiplied by.
    #[must_use]
    pub fn scale(&self) -> f32 {
        self.scale
    }

    /// The cosine of the angle between the two, -1 to 1; 0 when their dimensions differ.
    #[must_use]
    pub fn similarity(&self, other: &Self) -> f32 {
        if self.values.len() != other.values.len() {
            return 0.0;
        }
        self.scale * other.scale * dot(&self.widened(), &other.values) as f32
    }

    /// The similarity to each of many, which lie one behind the other in `slab` and have these `scales`.
    /// Vectors of other dimensions must not be among them.
    pub fn similarities(&self, slab: &[i8], scales: &[f32]) -> Vec<f32> {
        if self.values.is_empty() {
            return vec![0.0; scales.len()];
        }
        let query = self.widened();
        slab.chunks_exact(query.len())
            .zip(scales)
            .map(|(values, scale)| self.scale * scale * dot(&query, values) as f32)
            .collect()
    }

    /// Widened once rather than for each product.
    fn widened(&self) -> Vec<i16> {
        self.values.iter().map(|value| i16::from(*value)).collect()
    }
}

/// At most 127² a dimension: a sum of 2³¹ needs more than 130,000 of them.
fn dot(query: &[i16], values: &[i8]) -> i32 {
    let multiply = |(one, other): (&i16, &i8)| i32::from(*one) * i32::from(*other);
    let (query, query_rest) = query.as_chunks::<BLOCK>();
    let (values, values_rest) = values.as_chunks::<BLOCK>();
    let blocks = query.iter().zip(values);
    let blocks = blocks.map(|(query, values)| query.iter().zip(values).map(multiply).sum::<i32>());
    let rest = query_rest.iter().zip(values_rest).map(multiply);
    blocks.sum::<i32>() + rest.sum::<i32>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cosine(one: &[f32], other: &[f32]) -> f32 {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        dot(one, other) / (dot(one, one).sqrt() * dot(other, other).sqrt())
    }

    fn direction() -> impl Strategy<Value = Vec<f32>> {
        prop::collection::vec(-1.0_f32..1.0, 256)
    }

    proptest! {
        #[test]
        fn rounding_moves_a_similarity_by_a_hundredth_at_most(one in direction(), other in direction()) {
            let exact = cosine(&one, &other);
            let rounded = Vector::of(&one).similarity(&Vector::of(&other));
            prop_assert!((exact - rounded).abs() < 0.01, "{exact} {rounded}");
        }

        #[test]
        fn a_value_is_off_by_half_a_step_at_most(values in direction()) {
            let vector = Vector::of(&values);
            let step = values.iter().fold(0.0_f32, |most, value| most.max(value.abs())) / 127.0;
            for (value, rounded) in values.iter().zip(vector.values()) {
                prop_assert!((value - f32::from(*rounded) * step).abs() <= step * 0.501);
            }
        }

        #[test]
        fn many_at_once_give_what_each_alone_gives(
            values in prop::collection::vec(-1.0_f32..1.0, 0..600),
            dimensions in 1_usize..80,
        ) {
            let vectors: Vec<Vector> = values.chunks_exact(dimensions).map(Vector::of).collect();
            let slab: Vec<i8> = vectors.iter().flat_map(|vector| vector.values().to_vec()).collect();
            let scales: Vec<f32> = vectors.iter().map(Vector::scale).collect();
            for query in &vectors {
                let each: Vec<f32> = vectors.iter().map(|vector| query.similarity(vector)).collect();
                prop_assert_eq!(query.similarities(&slab, &scales), each);
            }
        }
    }

    #[test]
    fn it_comes_back_from_its_values() {
        let vector = Vector::of(&[0.3, -0.2, 0.9]);
        assert_eq!(Vector::from_values(vector.values()), vector);
        assert_eq!(vector.values(), [42, -28, 127]);
    }

    #[test]
    fn what_has_no_direction_is_zero() {
        for values in [
            &[][..],
            &[0.0, 0.0],
            &[1.0, f32::NAN],
            &[f32::INFINITY, 1.0],
            &[f32::MIN_POSITIVE * 0.1, 0.0],
        ] {
            assert!(Vector::of(values).is_zero(), "{values:?}");
        }
    }

    #[test]
    fn other_dimensions_are_like_nothing() {
        assert_eq!(Vector::of(&[1.0]).similarity(&Vector::of(&[1.0, 0.0])), 0.0);
        assert_eq!(Vector::of(&[]).similarities(&[], &[]), [0.0; 0]);
    }
}
