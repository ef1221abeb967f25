//! The laboratory with real runners and servers, from inside. These tests wait more than
//! they work, for a timer, a time limit or another process. They are one program, so that
//! they wait beside each other: test programs run one after the other.

#[cfg(feature = "server")]
mod conformance;
#[cfg(feature = "server")]
mod honesty;
mod target;

#[cfg(feature = "server")]
#[path = "lab/campaign.rs"]
mod campaign;
#[path = "lab/hostile.rs"]
mod hostile;
#[path = "lab/stall.rs"]
mod stall;
