//! How evenly something is shared.

/// Jain's index (Jain, Chiu and Hawe 1984) of `shares`, none of them negative: their sum
/// squared, over their number times the sum of their squares. 1 where all are alike, one
/// over their number where one has everything; `None` where nothing is shared.
#[must_use]
pub fn fairness(shares: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum, squares) = shares.fold((0.0, 0.0, 0.0), |(count, sum, squares), share| {
        (count + 1.0, sum + share, squares + share * share)
    });
    // Rounding may leave the last bit above 1.
    (squares > 0.0).then(|| f64::min(sum * sum / (count * squares), 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_where_all_have_the_same_and_little_where_one_has_all() {
        let of = |shares: &[f64]| fairness(shares.iter().copied());
        assert_eq!(of(&[3.0; 7]), Some(1.0));
        assert_eq!(of(&[1.0, 0.0, 0.0, 0.0]), Some(0.25));
        // The paper's own example: 20 of 100 share alike, the others have nothing.
        let mut some = [0.0; 100];
        some[..20].fill(5.0);
        assert_eq!(of(&some), Some(0.2));
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[0.0, 0.0]), None);
        assert!(of(&[0.1; 9]).is_some_and(|index| index <= 1.0));
    }
}
