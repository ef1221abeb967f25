//! What a workload may ask of a model besides waiting, sockets and stations. Each is a
//! trait of its own, so that a model is paired with the workloads whose traits it has, and
//! with no others.

use serde::Serialize;

use crate::base::word::{Named, words};

words! {
    /// Something that not every model can do.
    pub enum Capability {
        /// A call that blocks is handed to threads made for it: [`Offload`](super::Offload).
        Offload = "offload",
        /// A worker says that it will block, and another thread takes its tasks.
        BlockInPlace = "block-in-place",
        /// Work that computes for long lets others go first: [`Yield`](super::Yield).
        Yield = "yield",
        /// One unit keeps many timers, and drops them before they fire: what every
        /// [`AsyncKit`](super::AsyncKit) can do by not waiting for what it began.
        Timers = "timers",
        /// Programs are started, asked and waited for: [`Children`](super::Children), or the
        /// standard library on threads of its own.
        Children = "children",
        /// Files are read and written: [`Files`](super::Files), or the standard library on
        /// threads of its own.
        Files = "files",
    }
}

impl Capability {
    /// What it is, as half a sentence.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Capability::Offload => "hands a call that blocks to threads made for it",
            Capability::BlockInPlace => "hands a worker's other tasks on while it blocks",
            Capability::Yield => "lets others have the worker in the middle of work that computes",
            Capability::Timers => "keeps many timers in one unit, and drops them before they fire",
            Capability::Children => {
                "starts programs and waits for them without holding up its other orders"
            }
            Capability::Files => "reads and writes files without holding up its other orders",
        }
    }
}

impl Serialize for Capability {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Something that a model cannot do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Lack {
    /// What.
    pub of: Capability,
    /// Why, as half a sentence that its users would agree with.
    pub why: &'static str,
}
