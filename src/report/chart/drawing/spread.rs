//! Labels side by side that would lie on each other are moved apart.

/// Places for `wanted`, in their order, at least `gap` apart and between `low` and
/// `high` where there is room, each as near to where it was wanted as that allows.
pub(crate) fn spread(wanted: &[i32], gap: i32, (low, high): (i32, i32)) -> Vec<i32> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|&at| wanted[at]);
    let mut places = vec![0; wanted.len()];
    let mut next = low;
    for &at in &order {
        places[at] = wanted[at].max(next);
        next = places[at] + gap;
    }
    let mut last = high;
    for &at in order.iter().rev() {
        places[at] = places[at].min(last);
        last = places[at] - gap;
    }
    places
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn labels_are_apart_and_keep_their_order(
            wanted in prop::collection::vec(0i32..400, 1..24),
        ) {
            let places = spread(&wanted, 16, (0, 400));
            for (at, place) in places.iter().enumerate() {
                prop_assert!((0..=400).contains(place));
                for other in 0..at {
                    prop_assert!((place - places[other]).abs() >= 16);
                    if wanted[other] < wanted[at] {
                        prop_assert!(places[other] < *place);
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_apart_stays() {
        assert_eq!(spread(&[100, 20, 60], 16, (0, 200)), [100, 20, 60]);
    }
}
