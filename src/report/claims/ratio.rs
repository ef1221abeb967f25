//! Ratios against limits, all of them as one family of comparisons.

use crate::stats::ratio::Ratio;
use crate::stats::verdict::{self, family};

/// Whether a ratio is shown to be above its limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Above {
    Yes,
    No,
    #[default]
    Open,
}

/// What rounds say of a ratio.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Weight {
    pub(super) above: Above,
    /// The ratio over its limit, with the interval at the level of this comparison
    /// within the family; `None` where rounds are too few.
    pub(super) ratio: Option<Ratio>,
}

/// Weighs all ratios at once, each given by the logs of ratio over limit, one a round.
pub(super) fn weights(logs: &[Vec<f64>]) -> Vec<Weight> {
    // A ratio keeps to its limit or does not: there are no ties.
    let compared = family(logs, 1.0).into_iter();
    compared
        .map(|found| Weight {
            above: match found.verdict {
                verdict::Verdict::Slower => Above::Yes,
                verdict::Verdict::Faster => Above::No,
                verdict::Verdict::Tie | verdict::Verdict::Undecided => Above::Open,
            },
            ratio: found.ratio,
        })
        .collect()
}
