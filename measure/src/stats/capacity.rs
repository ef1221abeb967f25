//! Capacity under an objective: the rate of arrivals up to which a sample's response
//! quantile is below its limit more often than not. Here are the search for it, one
//! sample at a time, the estimate from all samples, and an interval that holds the truth
//! as often as it says.
//!
//! **Estimate.** The logarithm of quantile over limit is fitted as a function of the
//! logarithm of the rate that never falls (isotonic regression by pooling adjacent
//! violators: Ayer, Brunk, Ewing, Reid and Silverman 1955). The capacity is where the fit
//! crosses the limit, on the straight line between the two rates beside it. Logarithms
//! beyond a factor of two count as that factor, so that one bad moment does not
//! outweigh all others, nor an overload that has no size of its own.
//!
//! **Interval.** Whether a sample keeps the limit is all that it uses, so that it needs
//! no shape of the curve and no normal noise. Suppose the capacity is c. Then every
//! sample at a higher rate keeps the limit with probability ½ or less, whatever was
//! measured before. So who bets a part of what he has, at even odds, that such samples
//! keep it, does not gain in the mean, and has at any time more than 1/α of what he began
//! with with probability α at most (Ville 1939; Waudby-Smith and Ramdas 2024). A c at
//! which the bets gained more than that is left out, and the same from the other side.
//! The rates may be chosen by what was seen, and the search may end when it likes.

use std::f64::consts::LN_2;

/// A capacity whose interval is no wider than this factor is known.
pub const NARROW: f64 = 1.05;
/// The level of the interval.
pub const LEVEL: f64 = 0.95;
/// Rates that are not gone beyond, orders per second.
const LEAST_RATE: f64 = 1.0;
const MOST_RATE: f64 = 1e6;
/// Rates that are offered are whole, so that none lies between two that are so near.
const WHOLE: f64 = 1.0;
/// The logarithm of quantile over limit counts up to here, either way.
const CLIP: f64 = LN_2;
/// Parts of what he has that the better stakes, half of it on each.
const STAKES: [f64; 2] = [0.5, 0.9];
/// Once the two rates beside the crossing are within this factor, both sides of it are
/// asked in turns, and bets are made.
const SETTLED: f64 = 1.12;
/// The logarithm of the distance at which each side is asked at first. It doubles where
/// an answer is not as expected, so that it grows where the curve is flat.
const STEP: f64 = 0.018;
/// Most doublings of it.
const MOST_DOUBLINGS: u32 = 6;
/// As many answers in a row that are as expected halve it again.
const CALM: u32 = 4;
/// A rate that was asked at already is asked at again where it lies so near, as a
/// logarithm.
const NEAR: f64 = 0.005;
/// Samples that a search takes at least: a bracket of a factor of two, three rates within
/// it, and seven answers on each side, as expected all of them.
pub const LEAST_SAMPLES: u32 = 3 + 3 + 2 * 7;
/// Bets after which a search ends, whatever is known: on a flat curve no number of them
/// that anybody would wait for makes an interval narrow.
const MOST_BETS: usize = 40;

/// One answer.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sample {
    rate: f64,
    /// Logarithm of quantile over limit, at most [`CLIP`] either way.
    over: f64,
    /// On which side of the capacity the rate was expected to be, by all samples before;
    /// `None` where no bet was made.
    side: Option<Side>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Below,
    Above,
}

/// The search for one model's capacity.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    first: f64,
    samples: Vec<Sample>,
    /// Doublings of [`STEP`] and answers in a row that were as expected, below and above.
    reach: [(u32, u32); 2],
}

/// What is known of a capacity, orders per second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Known {
    /// Where the fit crosses the limit; `None` where it does not.
    pub estimate: Option<f64>,
    /// The capacity is not less than this, at [`LEVEL`] with the other end; `None` where
    /// no rate is shown to be kept.
    pub low: Option<f64>,
    /// It is not more than this; `None` where no rate is shown to be missed.
    pub high: Option<f64>,
    /// The highest rate that was asked at and is kept by the fit.
    pub kept: Option<f64>,
    /// The lowest rate that was asked at and is missed by the fit.
    pub missed: Option<f64>,
}

/// Where the fit of all answers crosses the limit, orders per second.
#[derive(Clone, Copy, Debug)]
struct Crossing {
    /// The highest rate that is kept by the fit.
    kept: Option<f64>,
    /// The lowest that is missed.
    missed: Option<f64>,
    /// Where it crosses, between the two.
    estimate: Option<f64>,
}

impl Crossing {
    /// Whether the two rates beside it are near enough to ask on both sides.
    fn is_settled(&self) -> bool {
        self.kept
            .zip(self.missed)
            .is_some_and(|(kept, missed)| missed <= kept * SETTLED || missed - kept <= WHOLE)
    }

    /// On which side of it a rate is expected to be, where that is known well enough to
    /// bet on.
    fn side(&self, rate: f64) -> Option<Side> {
        let estimate = self.is_settled().then_some(self.estimate)??;
        Some(match rate < estimate {
            true => Side::Below,
            false => Side::Above,
        })
    }
}

impl Known {
    /// Whether the interval is within [`NARROW`].
    #[must_use]
    pub fn is_narrow(&self) -> bool {
        let ends = self.low.zip(self.high);
        ends.is_some_and(|(low, high)| high <= low * NARROW)
    }
}

impl Search {
    /// A search that asks at this rate first, orders per second.
    #[must_use]
    pub fn from(rate: f64) -> Self {
        Search {
            first: rate.clamp(LEAST_RATE, MOST_RATE),
            samples: Vec::new(),
            reach: [(0, 0); 2],
        }
    }

    /// The rate to ask at next, orders per second; `None` when the capacity is known to
    /// within [`NARROW`], lies beyond what is asked for, or too much was asked.
    #[must_use]
    pub fn next(&self) -> Option<f64> {
        let crossing = self.crossing();
        let known = self.known_of(&crossing);
        let bets = self.samples.iter().filter(|own| own.side.is_some()).count();
        if bets >= MOST_BETS || known.is_narrow() {
            return None;
        }
        let times = |rate: f64| self.samples.iter().filter(|own| own.rate == rate).count();
        match (known.kept, known.missed, known.estimate) {
            (None, None, _) => Some(self.first),
            // One miss may be the machine's: it is asked again before it is believed.
            (Some(_), Some(missed), _) if !crossing.is_settled() && times(missed) == 1 => {
                Some(missed)
            }
            (Some(kept), None, _) => (kept < MOST_RATE).then(|| (2.0 * kept).min(MOST_RATE)),
            (None, Some(missed), _) => {
                (missed > LEAST_RATE).then(|| (missed / 2.0).max(LEAST_RATE))
            }
            (Some(kept), Some(missed), estimate) => {
                let middle = (kept * missed).sqrt();
                let estimate = estimate.unwrap_or(middle);
                if crossing.is_settled() {
                    return Some(self.beside(estimate, &known));
                }
                // Not too near an end, or a steep curve is approached in small steps.
                let (low, high) = ((kept * middle).sqrt(), (middle * missed).sqrt());
                Some(estimate.clamp(low, high))
            }
        }
    }

    /// Takes in what a sample at this rate said: quantile over limit, infinite where it
    /// missed the objective in another way.
    pub fn answer(&mut self, rate: f64, over: f64) {
        let side = self.crossing().side(rate);
        let kept = over <= 1.0;
        if let Some(side) = side {
            let reach = &mut self.reach[side as usize];
            if kept == (side == Side::Below) {
                reach.1 += 1;
                if reach.1 >= CALM {
                    *reach = (reach.0.saturating_sub(1), 0);
                }
            } else {
                *reach = ((reach.0 + 1).min(MOST_DOUBLINGS), 0);
            }
        }
        let over = over.max(f64::MIN_POSITIVE).ln().clamp(-CLIP, CLIP);
        self.samples.push(Sample { rate, over, side });
    }

    /// What is known by now.
    #[must_use]
    pub fn known(&self) -> Known {
        self.known_of(&self.crossing())
    }

    fn known_of(&self, crossing: &Crossing) -> Known {
        Known {
            estimate: crossing.estimate,
            low: self.shown(Side::Below),
            high: self.shown(Side::Above),
            kept: crossing.kept,
            missed: crossing.missed,
        }
    }

    fn crossing(&self) -> Crossing {
        let fit = self.fit();
        let kept = fit.iter().rev().find(|(_, over)| *over <= 0.0);
        let missed = fit.iter().find(|(_, over)| *over > 0.0);
        let estimate = kept.zip(missed).map(|(kept, missed)| {
            let part = -kept.1 / (missed.1 - kept.1);
            (kept.0.ln() + part * (missed.0 / kept.0).ln()).exp()
        });
        Crossing {
            estimate,
            kept: kept.map(|kept| kept.0),
            missed: missed.map(|missed| missed.0),
        }
    }

    /// Samples that are still needed at the likeliest, for telling the time that is left.
    #[must_use]
    pub fn left(&self) -> u32 {
        let Some(_) = self.next() else { return 0 };
        let known = self.known();
        let factor = match (known.kept, known.missed) {
            (Some(kept), Some(missed)) => missed / kept,
            // One doubling more, and then the halving of a factor of two.
            _ => 4.0,
        };
        let halvings = (factor.ln() / SETTLED.ln()).log2().ceil().max(0.0) as u32;
        let made = self.samples.iter().filter(|own| own.side.is_some()).count() as u32;
        (halvings + 14_u32.saturating_sub(made)).max(1)
    }

    /// The rate beside `estimate` on the side that less is known of.
    fn beside(&self, estimate: f64, known: &Known) -> f64 {
        let made = |side| {
            self.samples
                .iter()
                .filter(|own| own.side == Some(side))
                .count()
        };
        // How far the end of the interval is from the estimate, as a logarithm.
        let below = known.low.map_or(f64::INFINITY, |low| (estimate / low).ln());
        let above = known
            .high
            .map_or(f64::INFINITY, |high| (high / estimate).ln());
        let side = match below.total_cmp(&above) {
            std::cmp::Ordering::Greater => Side::Below,
            std::cmp::Ordering::Less => Side::Above,
            std::cmp::Ordering::Equal if made(Side::Below) <= made(Side::Above) => Side::Below,
            std::cmp::Ordering::Equal => Side::Above,
        };
        let distance = STEP * f64::from(1 << self.reach[side as usize].0);
        let (sign, within): (f64, fn(f64, f64) -> bool) = match side {
            Side::Below => (-1.0, |own, estimate| own < estimate),
            Side::Above => (1.0, |own, estimate| own > estimate),
        };
        let wanted = estimate * (sign * distance).exp();
        let near = self
            .samples
            .iter()
            .map(|own| own.rate)
            .filter(|&own| within(own, estimate) && (own / wanted).ln().abs() <= NEAR);
        near.min_by(|a, b| {
            let off = |rate: &f64| (rate / wanted).ln().abs();
            off(a).total_cmp(&off(b))
        })
        .unwrap_or(wanted)
        .clamp(LEAST_RATE, MOST_RATE)
    }

    /// Each rate that was asked at, ascending, with its fitted logarithm.
    fn fit(&self) -> Vec<(f64, f64)> {
        let mut sorted: Vec<(f64, f64)> = self.samples.iter().map(|s| (s.rate, s.over)).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut rates = Vec::new();
        // Blocks of neighbouring rates: how many rates there are up to the last of each, and
        // the sum and number of samples.
        let mut blocks: Vec<(usize, f64, f64)> = Vec::new();
        for of_rate in sorted.chunk_by(|a, b| a.0 == b.0) {
            rates.push(of_rate[0].0);
            let sum = of_rate.iter().map(|(_, over)| over).sum();
            let mut last = (rates.len(), sum, of_rate.len() as f64);
            while let Some((_, below, n)) = blocks.pop_if(|own| own.1 / own.2 >= last.1 / last.2) {
                last = (last.0, below + last.1, n + last.2);
            }
            blocks.push(last);
        }
        let mut at = 0;
        let each = rates.into_iter().zip(1..).map(|(rate, upto)| {
            if upto > blocks[at].0 {
                at += 1;
            }
            (rate, blocks[at].1 / blocks[at].2)
        });
        each.collect()
    }

    /// The farthest rate that the capacity is shown not to lie beyond, from this side.
    fn shown(&self, side: Side) -> Option<f64> {
        let mut rates: Vec<f64> = self.bets(side).map(|bet| bet.rate).collect();
        rates.sort_by(f64::total_cmp);
        if side == Side::Above {
            rates.reverse();
        }
        rates.dedup();
        let mut shown = None;
        // Of a capacity that is nearer than a rate, that rate's bets say something.
        for rate in rates {
            if !self.gains(side, rate) {
                break;
            }
            shown = Some(rate);
        }
        shown
    }

    fn bets(&self, side: Side) -> impl Iterator<Item = &Sample> {
        let own = self.samples.iter();
        own.filter(move |sample| sample.side == Some(side))
    }

    /// Whether bets at `rate` and beyond ever gained so much that a capacity short of it
    /// is refuted.
    fn gains(&self, side: Side, rate: f64) -> bool {
        let mut purses = STAKES.map(|_| 1.0 / STAKES.len() as f64);
        let enough = 2.0 / (1.0 - LEVEL);
        self.bets(side).any(|bet| {
            let (counts, won) = match side {
                Side::Below => (bet.rate >= rate, bet.over <= 0.0),
                Side::Above => (bet.rate <= rate, bet.over > 0.0),
            };
            if !counts {
                return false;
            }
            for (purse, stake) in purses.iter_mut().zip(STAKES) {
                *purse *= if won { 1.0 + stake } else { 1.0 - stake };
            }
            purses.iter().sum::<f64>() >= enough
        })
    }
}

#[cfg(test)]
mod tests;
