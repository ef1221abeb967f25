//! The bakery: a cake is four steps. Mixing comes before baking; frosting can
//! be made at any time; frosting the cake needs both.

pub mod machine;
mod plan;

use std::hint::black_box;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use serde::{Deserialize, Serialize};

use super::params::Params;
use super::spread::Spread;
use super::{Hold, MAX_WAIT, Workload, World};
use crate::base::clock::{self, Nanos};
use crate::base::error::{Error, Result};
use crate::base::seed::{draw, mix};
use crate::kit::{AsyncKit, DirectKit, Station};

/// How bakers spend the time that a cake is in the oven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// A baker keeps to one cake until it is done: the synchronous bakery.
    StandBy,
    /// A baker is held for mixing and frosting only, and takes the other step
    /// first where a line is too long.
    Jump,
}

/// One step's price.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// Iterations of [`knead`].
    cpu: u32,
    /// How long it takes besides, ns.
    wait: Spread,
    /// Draw lane of its wait; its answer is drawn from the next but one.
    lane: u64,
}

/// What is done in a bakery, and with what.
pub struct Bakery {
    style: Style,
    mix: Step,
    bake: Step,
    make_frosting: Step,
    frost: Step,
    /// Places by station, in the order of [`NAMES`]; 0 for no limit.
    places: [usize; 4],
    traced: AtomicBool,
    holds: Mutex<Vec<Hold>>,
}

const BAKERS: Station = 0;
const MIXERS: Station = 1;
const OVENS: Station = 2;
const TABLES: Station = 3;

/// The stations' names.
pub const NAMES: [&str; 4] = ["bakers", "mixers", "ovens", "tables"];

const KEYS: [&str; 13] = [
    "style",
    "bakers",
    "mixers",
    "ovens",
    "tables",
    "mix_cpu",
    "mix_wait",
    "bake_cpu",
    "bake_wait",
    "frosting_cpu",
    "frosting_wait",
    "frost_cpu",
    "frost_wait",
];

/// Most iterations of arithmetic at a time.
pub(crate) const MAX_ITERATIONS: i64 = 2_000_000_000;

/// One cake.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Cake {
    seed: u64,
    index: u64,
}

/// The bakery's arithmetic: each iteration needs the one before, so neither a
/// compiler nor a wide core can shorten it, and the result is the answer.
#[inline(never)]
#[must_use]
pub fn knead(seed: u64, iterations: u32) -> u64 {
    let mut dough = seed;
    for fold in 0..u64::from(iterations) {
        dough = (dough ^ (dough >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ fold;
    }
    dough
}

/// Price of one iteration of [`knead`] on this CPU now, ns: the fastest of
/// several short loops, since whatever disturbs one only makes it slower.
#[must_use]
pub fn calibrate() -> f64 {
    const ITERATIONS: u32 = 50_000;
    const LOOPS: u64 = 40;
    // An unoptimised build, whose runners are as many, has no time for all of them.
    const ENOUGH: Nanos = 8_000_000;
    let begun = clock::now();
    let once = |seed| {
        let start = clock::now();
        black_box(knead(black_box(seed), ITERATIONS));
        (clock::now() - start) as f64 / f64::from(ITERATIONS)
    };
    (0..LOOPS)
        .take_while(|&done| done == 0 || clock::now() - begun < ENOUGH)
        .map(once)
        .fold(f64::INFINITY, f64::min)
}

impl Step {
    fn wait_ns(&self, cake: Cake) -> u64 {
        self.wait.value(cake.seed, cake.index, self.lane)
    }

    /// The step's arithmetic, whose result feeds the cake's answer.
    fn work(&self, cake: Cake) -> u64 {
        knead(draw(cake.seed, cake.index, self.lane + 2), self.cpu)
    }
}

/// A cake's answer, from the answers of its steps. Public for the vectors of
/// `docs/PROTOCOL.md`.
#[must_use]
pub fn taste(mixed: u64, baked: u64, frosting: u64, frosted: u64) -> u64 {
    mix(mix(mix(mixed) ^ baked) ^ frosting) ^ frosted
}

impl Workload for Bakery {
    type Spec = Cake;

    fn new(params: &Params, _world: &World) -> Result<Self> {
        params.refuse_unknown(&KEYS)?;
        let shared = params.shared()?;
        let step = |name: &str, lane| -> Result<Step> {
            Ok(Step {
                cpu: params.int(&format!("{name}_cpu"), 0, 0, MAX_ITERATIONS)? as u32,
                wait: params.times(&format!("{name}_wait"), Spread::None, MAX_WAIT)?,
                lane,
            })
        };
        let places = |name: &str| -> Result<usize> { Ok(params.int(name, 0, 0, 60_000)? as usize) };
        let style = match params.choice("style", "stand-by", &["stand-by", "jump"])? {
            0 => Style::StandBy,
            _ => Style::Jump,
        };
        let bakery = Bakery {
            style,
            mix: step("mix", 0)?,
            bake: step("bake", 8)?,
            make_frosting: step("frosting", 16)?,
            frost: step("frost", 24)?,
            places: [
                places("bakers")?,
                places("mixers")?,
                places("ovens")?,
                places("tables")?,
            ],
            traced: AtomicBool::new(false),
            holds: Mutex::new(Vec::new()),
        };
        if style == Style::StandBy
            && bakery.places[BAKERS] > 0
            && bakery.places[BAKERS] < shared.concurrency
        {
            return Err(Error::Usage(format!(
                "{}: {} bakers who stand by cannot keep {} cakes open; set style=jump, or concurrency to at most the bakers",
                params.name, bakery.places[BAKERS], shared.concurrency
            )));
        }
        Ok(bakery)
    }

    #[inline]
    fn spec(&self, seed: u64, _sample: u64, index: u64) -> Cake {
        Cake { seed, index }
    }

    fn stations(&self) -> Vec<usize> {
        let places = |station| match self.unlimited(station) {
            true => 0,
            false => self.places[station],
        };
        (0..self.places.len()).map(places).collect()
    }

    fn trace(&self, on: bool) {
        self.traced.store(on, Relaxed);
    }

    fn take_holds(&self) -> Vec<Hold> {
        std::mem::take(
            &mut self
                .holds
                .lock()
                .expect("no order panics while it notes a hold"),
        )
    }
}

/// A place at a station, with the time since it is held. `None` inside where
/// the station has no limit.
struct Place<P> {
    permit: Option<P>,
    station: Station,
    since: Nanos,
}

impl Bakery {
    fn unlimited(&self, station: Station) -> bool {
        // Bakers who stand by are the units themselves: there are never more
        // cakes open than bakers, so there is nothing to wait for.
        self.places[station] == 0 || (station == BAKERS && self.style == Style::StandBy)
    }

    fn place<P>(&self, station: Station, permit: Option<P>) -> Place<P> {
        let since = if self.traced.load(Relaxed) {
            clock::now()
        } else {
            0
        };
        Place {
            permit,
            station,
            since,
        }
    }

    /// Gives a place back; the time is noted first, so that no recorded stay
    /// overlaps one that could only begin after it.
    fn leave<P>(&self, place: Place<P>) {
        if place.since > 0 && place.permit.is_some() {
            let hold = Hold {
                station: place.station,
                from: place.since,
                to: clock::now(),
            };
            self.holds
                .lock()
                .expect("no order panics while it notes a hold")
                .push(hold);
        }
        drop(place.permit);
    }

    /// Opens nothing: a baker comes with empty hands.
    ///
    /// # Errors
    /// Never.
    pub async fn open_asynch<K: AsyncKit>(&self, _kit: K) -> io::Result<()> {
        Ok(())
    }

    /// Opens nothing: a baker comes with empty hands.
    ///
    /// # Errors
    /// Never.
    pub fn open_direct<K: DirectKit>(&self, _kit: &K) -> io::Result<()> {
        Ok(())
    }

    /// Bakes one cake on an async runtime.
    pub async fn asynch<K: AsyncKit>(
        &self,
        kit: K,
        session: (),
        cake: Cake,
    ) -> ((), io::Result<u64>) {
        let baker = self.take(kit, BAKERS).await;
        let mixer = match self.style {
            Style::StandBy => Some(self.take(kit, MIXERS).await),
            Style::Jump => self.take_now(kit, MIXERS),
        };
        let (mixer, early) = match mixer {
            Some(mixer) => (mixer, None),
            // The jump: the line for a mixer is long, so make the frosting first.
            None => {
                let frosting = self.step(kit, &self.make_frosting, cake, TABLES).await;
                (self.take(kit, MIXERS).await, Some(frosting))
            }
        };
        let mixed = self.labour(kit, &self.mix, cake).await;
        self.leave(mixer);
        // A baker who jumps leaves the cake now; one who stands by stays.
        self.leave(baker);

        let oven = self.take(kit, OVENS).await;
        let out = clock::now() + self.bake.wait_ns(cake);
        let baked = self.bake.work(cake);
        let frosting = match early {
            Some(frosting) => {
                wait_until(kit, out).await;
                frosting
            }
            None => {
                let frosting = async {
                    let baker = self.take(kit, BAKERS).await;
                    let frosting = self.step(kit, &self.make_frosting, cake, TABLES).await;
                    self.leave(baker);
                    frosting
                };
                kit.join(frosting, wait_until(kit, out)).await.0
            }
        };
        self.leave(oven);

        let baker = self.take(kit, BAKERS).await;
        let frosted = self.step(kit, &self.frost, cake, TABLES).await;
        self.leave(baker);
        (session, Ok(taste(mixed, baked, frosting, frosted)))
    }

    async fn take<K: AsyncKit>(&self, kit: K, station: Station) -> Place<K::Permit> {
        let permit = if self.unlimited(station) {
            None
        } else {
            Some(kit.acquire(station).await)
        };
        self.place(station, permit)
    }

    fn take_now<K: AsyncKit>(&self, kit: K, station: Station) -> Option<Place<K::Permit>> {
        if self.unlimited(station) {
            return Some(self.place(station, None));
        }
        kit.try_acquire(station)
            .map(|permit| self.place(station, Some(permit)))
    }

    async fn step<K: AsyncKit>(&self, kit: K, step: &Step, cake: Cake, station: Station) -> u64 {
        let place = self.take(kit, station).await;
        let answer = self.labour(kit, step, cake).await;
        self.leave(place);
        answer
    }

    async fn labour<K: AsyncKit>(&self, kit: K, step: &Step, cake: Cake) -> u64 {
        let wait = step.wait_ns(cake);
        let done = clock::now() + wait;
        let answer = step.work(cake);
        wait_until(kit, done).await;
        answer
    }

    /// Bakes one cake on the calling thread.
    ///
    /// # Errors
    /// Where a station shared between processes is gone.
    pub fn direct<K: DirectKit>(&self, kit: &K, _session: &mut (), cake: Cake) -> io::Result<u64> {
        let baker = self.take_direct(kit, BAKERS)?;
        let mixer = match self.style {
            Style::StandBy => Some(self.take_direct(kit, MIXERS)?),
            Style::Jump => self.take_now_direct(kit, MIXERS)?,
        };
        let (mixer, early) = match mixer {
            Some(mixer) => (mixer, None),
            None => {
                let frosting = self.step_direct(kit, &self.make_frosting, cake, TABLES)?;
                (self.take_direct(kit, MIXERS)?, Some(frosting))
            }
        };
        let mixed = labour_direct(kit, &self.mix, cake);
        self.leave(mixer);
        self.leave(baker);

        let oven = self.take_direct(kit, OVENS)?;
        let out = clock::now() + self.bake.wait_ns(cake);
        let baked = self.bake.work(cake);
        let frosting = match early {
            Some(frosting) => frosting,
            None => {
                let baker = self.take_direct(kit, BAKERS)?;
                let frosting = self.step_direct(kit, &self.make_frosting, cake, TABLES)?;
                self.leave(baker);
                frosting
            }
        };
        kit.sleep_until(out);
        self.leave(oven);

        let baker = self.take_direct(kit, BAKERS)?;
        let frosted = self.step_direct(kit, &self.frost, cake, TABLES)?;
        self.leave(baker);
        Ok(taste(mixed, baked, frosting, frosted))
    }

    fn take_direct<'k, K: DirectKit>(
        &self,
        kit: &'k K,
        station: Station,
    ) -> io::Result<Place<K::Permit<'k>>> {
        let permit = if self.unlimited(station) {
            None
        } else {
            Some(kit.acquire(station)?)
        };
        Ok(self.place(station, permit))
    }

    fn take_now_direct<'k, K: DirectKit>(
        &self,
        kit: &'k K,
        station: Station,
    ) -> io::Result<Option<Place<K::Permit<'k>>>> {
        if self.unlimited(station) {
            return Ok(Some(self.place(station, None)));
        }
        Ok(kit
            .try_acquire(station)?
            .map(|permit| self.place(station, Some(permit))))
    }

    fn step_direct<K: DirectKit>(
        &self,
        kit: &K,
        step: &Step,
        cake: Cake,
        station: Station,
    ) -> io::Result<u64> {
        let place = self.take_direct(kit, station)?;
        let answer = labour_direct(kit, step, cake);
        self.leave(place);
        Ok(answer)
    }
}

/// Waits, unless the time has passed: a timer that is asked for it all the same
/// answers at its next tick, which a step without a wait would pay for.
async fn wait_until<K: AsyncKit>(kit: K, at: Nanos) {
    if clock::now() < at {
        kit.sleep_until(at).await;
    }
}

fn labour_direct<K: DirectKit>(kit: &K, step: &Step, cake: Cake) -> u64 {
    let wait = step.wait_ns(cake);
    let done = clock::now() + wait;
    let answer = step.work(cake);
    kit.sleep_until(done);
    answer
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::net::SocketAddr;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    use super::*;
    use crate::http1::Room;
    use crate::workload::Plan;

    /// A model whose timer must not be asked, and whose stations are free.
    #[derive(Clone, Copy)]
    struct NoTimer;

    impl AsyncKit for NoTimer {
        type Conn = ();
        type Permit = ();

        async fn sleep_until(self, at: Nanos) {
            panic!("asked to sleep until {at}");
        }

        async fn connect(self, _: SocketAddr) -> io::Result<()> {
            unreachable!("a cake needs no socket")
        }

        async fn read(self, (): &mut (), _: Room<'_>) -> io::Result<usize> {
            unreachable!("a cake needs no socket")
        }

        async fn write_all(self, (): &mut (), _: &mut Vec<u8>) -> io::Result<()> {
            unreachable!("a cake needs no socket")
        }

        async fn acquire(self, _: Station) {}

        fn try_acquire(self, _: Station) -> Option<()> {
            None
        }

        async fn take_turn(self, _: usize) {}

        fn give_turn(self, _: usize) {}

        async fn join<A: Future, B: Future>(self, a: A, b: B) -> (A::Output, B::Output) {
            (a.await, b.await)
        }

        async fn timeout<F: Future>(self, _: Duration, future: F) -> Option<F::Output> {
            Some(future.await)
        }

        #[cfg(feature = "client-reqwest")]
        async fn enter<F: Future>(self, future: F) -> F::Output {
            future.await
        }
    }

    pub(super) fn bakery(sets: &[&str]) -> Bakery {
        let mut params = Params {
            name: "bakery/test".into(),
            ..Params::default()
        };
        for text in sets {
            params.set(text).unwrap();
        }
        Bakery::new(&params, &World::default()).unwrap()
    }

    #[test]
    fn no_wait_is_asked_of_a_timer_where_there_is_none() {
        for style in ["style=stand-by", "style=jump"] {
            // In `jump`, the mixers' line is long: frosting comes first.
            let bakery = bakery(&[
                style,
                "mixers=1",
                "tables=1",
                "mix_cpu=100",
                "frosting_cpu=100",
            ]);
            let cake = Cake { seed: 1, index: 2 };
            let baking = pin!(bakery.asynch(NoTimer, (), cake));
            let baked = baking.poll(&mut Context::from_waker(Waker::noop()));
            let Poll::Ready(((), Ok(answer))) = baked else {
                panic!("a cake without a wait waited")
            };
            assert_eq!(answer, bakery.expected(1, 3)[2], "{style}");
        }
    }
}
