//! Functions that are no part of what is counted. `tests/instructions.rs` sees that they
//! have these names: valgrind says nothing of a name that it does not find.

/// Their names, as options of callgrind.
pub(crate) const TOGGLES: &str = "--toggle-collect=*bakeoff_measure::host::tree::family \
    --toggle-collect=*bakeoff_measure::host::usage::usage_at_gate \
    --toggle-collect=*bakeoff_measure::host::usage::usage_at_end \
    --toggle-collect=*bakeoff_measure::record::latency::from_values";
