//! Tests of paired differences: could log ratios like these come from two models
//! that do not differ?
//!
//! Two tests, each strong where the other is weak:
//!
//! * The exact **sign test** (Arbuthnott 1710; Dixon and Mood 1946): where models do
//!   not differ, each round's log ratio is as likely with the other sign, and the
//!   number of positive ones is binomial. It needs nothing else, and a disturbed
//!   round weighs no more than any other. But it is never below 2^(1 − n): after
//!   Holm's correction for the 36 pairs of nine models, fewer than 14 rounds could
//!   show no difference by it at all, however plain.
//! * **Student's t** of the log ratios (1908): sharp from few rounds on. It takes
//!   log ratios to be about normal; outliers make it see less, not more (Benjamini
//!   1983).
//!
//! The p-value is twice the smaller one (Bonferroni), so that choosing costs its
//! price. What t assumes is not believed alone: see [`verdict`](super::verdict).

use super::binomial::Binomial;

/// The two-sided p-value of `logs` being about 0: twice the smaller of
/// [`sign`] and [`student`], at most 1.
#[must_use]
pub fn p_value(logs: &[f64]) -> f64 {
    (2.0 * sign(logs).min(student(logs))).min(1.0)
}

/// The two-sided p-value of the exact sign test: 2·P(B ≥ the greater of the
/// numbers of positive and negative values), B binomial with probability ½.
/// Zeros are left out.
#[must_use]
pub fn sign(values: &[f64]) -> f64 {
    let above = values.iter().filter(|&&value| value > 0.0).count();
    let below = values.iter().filter(|&&value| value < 0.0).count();
    let tail = Binomial::new(above + below).at_least(above.max(below), 0.5);
    (2.0 * tail).min(1.0)
}

/// The two-sided p-value of Student's t for the mean of `values` being 0; 1 where
/// there are fewer than two.
#[must_use]
pub fn student(values: &[f64]) -> f64 {
    let count = values.len();
    if count < 2 {
        return 1.0;
    }
    let n = count as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    if mean == 0.0 {
        return 1.0;
    }
    let error = (squares / (n - 1.0) / n).sqrt();
    student_tails(mean.abs() / error, count - 1)
}

/// P(|t| ≥ `t`) of Student's distribution with `freedom` ≥ 1 degrees: the finite
/// sums of Abramowitz and Stegun (1964) 26.7.3 and 26.7.4, with θ = atan(t / √ν).
pub(super) fn student_tails(t: f64, freedom: usize) -> f64 {
    let theta = (t / (freedom as f64).sqrt()).atan();
    let (sin, cos) = theta.sin_cos();
    let odd = freedom % 2 == 1;
    let mut term = if odd { cos } else { 1.0 };
    let mut sum = 0.0;
    let mut k = if odd { 3 } else { 2 };
    while k <= freedom {
        sum += term;
        term *= cos * cos * (k - 1) as f64 / k as f64;
        k += 2;
    }
    let within = if odd {
        (theta + sin * sum) * std::f64::consts::FRAC_2_PI
    } else {
        sin * sum
    };
    (1.0 - within).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(found: f64, expected: f64, relative: f64) -> bool {
        (found - expected).abs() <= relative * expected.abs() + 1e-15
    }

    #[test]
    fn known_sign_tails() {
        // All of five on one side: 2 of 32 ways; one of ten on the other: 22 of 1024.
        assert!(near(sign(&[1.0, 2.0, 3.0, 4.0, 5.0]), 2.0 / 32.0, 1e-9));
        let mut ten = [0.3; 10];
        ten[7] = -9.0;
        assert!(near(sign(&ten), 22.0 / 1024.0, 1e-9));
        assert_eq!(sign(&[]), 1.0);
        assert_eq!(sign(&[0.0, 0.0]), 1.0);
        assert_eq!(sign(&[1.0, -1.0]), 1.0);
    }

    #[test]
    fn known_student_tails() {
        for (t, freedom, p) in [
            (12.706_205, 1, 0.05),
            (4.302_653, 2, 0.05),
            (2.262_157, 9, 0.05),
            (4.780_913, 9, 0.001),
            (3.499_483, 7, 0.01),
            (2.086, 20, 0.049_996),
        ] {
            assert!(near(student_tails(t, freedom), p, 1e-4), "{t} {freedom}");
        }
        assert_eq!(student(&[0.1]), 1.0);
        assert_eq!(student(&[0.0, 0.0, 0.0]), 1.0);
        assert_eq!(student(&[0.1, 0.1, 0.1]), 0.0);
        // Mean 2, standard deviation 1: t = 2√3 with 2 degrees.
        assert!(near(
            student(&[1.0, 2.0, 3.0]),
            student_tails(12f64.sqrt(), 2),
            1e-12
        ));
    }

    #[test]
    fn few_rounds_speak_through_t_and_disturbed_ones_through_signs() {
        let few: Vec<f64> = (1..=10).map(|i| 0.1 + 0.001 * f64::from(i)).collect();
        assert_eq!(p_value(&few), 2.0 * student(&few));
        let mut disturbed: Vec<f64> = (1..=20).map(|i| 0.1 + 0.001 * f64::from(i)).collect();
        disturbed[7] = -3.0;
        assert_eq!(p_value(&disturbed), 2.0 * sign(&disturbed));
    }

    proptest! {
        #[test]
        fn the_sign_tail_is_all_flips_counted(
            values in prop::collection::vec((-3i8..=3).prop_map(f64::from), 1..11),
        ) {
            let sum: f64 = values.iter().filter(|v| **v != 0.0).map(|v| v.signum()).sum();
            let ways = 1u32 << values.len();
            let extreme = (0..ways).filter(|flips| {
                let flipped: f64 = values.iter().enumerate().filter(|(_, v)| **v != 0.0)
                    .map(|(at, _)| if flips >> at & 1 == 1 { -1.0 } else { 1.0 }).sum();
                flipped.abs() >= sum.abs()
            }).count();
            prop_assert!(near(sign(&values), f64::from(extreme as u32) / f64::from(ways), 1e-9));
        }

        #[test]
        fn signs_and_units_do_not_matter(
            values in prop::collection::vec(-1.0..1.0f64, 2..40), scale in 0.01..100.0f64,
        ) {
            let turned: Vec<f64> = values.iter().map(|v| -v * scale).collect();
            for test in [sign, student, p_value] {
                prop_assert!(near(test(&values), test(&turned), 1e-6));
                prop_assert!((0.0..=1.0).contains(&test(&values)));
            }
        }
    }
}
