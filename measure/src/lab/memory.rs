//! What one unit takes of the memory that was seen at the gate.

use crate::base::clock::Nanos;
use crate::engine::slots;

/// What a batch holds for itself, whatever the model: slots, planned starts in
/// an open loop, and the payload; bytes.
pub(super) fn of_batch(orders: u64, open_loop: bool, payload: usize) -> u64 {
    let planned = if open_loop { size_of::<Nanos>() } else { 0 };
    orders * (slots::BYTES + planned) as u64 + payload as u64
}

/// The PSS at the gate without the batch's own, less what the runner held before it
/// built its model, over the units. `None` where either PSS is unknown, or without
/// units.
pub(super) fn per_unit(at_gate: Option<u64>, before: Option<u64>, units: u64) -> Option<f64> {
    let (at_gate, before) = (at_gate?, before?);
    // Pages that a process no longer needed may outweigh a few small units.
    let own = at_gate.saturating_sub(before);
    (units > 0).then(|| own as f64 / units as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_bears_its_part_of_what_the_model_added() {
        assert_eq!(of_batch(10, false, 100), 420);
        assert_eq!(of_batch(10, true, 0), 400);
        assert_eq!(per_unit(Some(5000), Some(1000), 8), Some(500.0));
        assert_eq!(per_unit(Some(1000), Some(1000), 8), Some(0.0));
        assert_eq!(per_unit(Some(5420), Some(1000), 0), None);
        assert_eq!(per_unit(None, Some(1000), 8), None);
        assert_eq!(per_unit(Some(5420), None, 8), None);
    }
}
