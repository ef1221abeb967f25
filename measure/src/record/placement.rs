//! Where the server of a measured cell sat.

use crate::base::word::words;

words! {
    /// Where the server of a measured cell sat. What was asked for is the lab's
    /// `Placement`, which a machine of one CPU cannot always grant.
    pub enum Placed {
        /// It had a CPU that the model could not use.
        OwnCore = "own-core",
        /// It and the model could use the same CPUs.
        Shared = "shared",
        /// There was none of ours.
        Alone = "alone",
    }
}
