//! A cake as a state machine: the steps that [`Bakery::direct`] takes, by number.

use std::io;

use super::{BAKERS, Bakery, Cake, MIXERS, OVENS, Place, Style, TABLES, taste};
use crate::base::clock::{self, Nanos};
use crate::kit::Station;
use crate::kit::machine::{LoopKit, Machine, Step, Until};

/// What a baker does next.
#[derive(Clone, Copy)]
enum Do {
    /// Waits for a place.
    Take(Station),
    /// Takes a mixer and goes on at that number; who jumps takes one only if it is free.
    Mixer(usize),
    /// Works at a step, which is done after its wait.
    Work(Labour),
    /// Waits until the step is done.
    Rest,
    Leave(Station),
    /// Puts the cake into the oven; where the frosting is made already, goes on at that
    /// number.
    Bake(usize),
    /// Waits until the cake is done.
    Out,
}

/// Steps that are worked at.
#[derive(Clone, Copy)]
enum Labour {
    Mix,
    Frosting,
    Frost,
}

const PLAN: [Do; 27] = [
    Do::Take(BAKERS),
    Do::Mixer(7),
    // The jump: the line for a mixer is long, so make the frosting first.
    Do::Take(TABLES),
    Do::Work(Labour::Frosting),
    Do::Rest,
    Do::Leave(TABLES),
    Do::Take(MIXERS),
    Do::Work(Labour::Mix),
    Do::Rest,
    Do::Leave(MIXERS),
    Do::Leave(BAKERS),
    Do::Take(OVENS),
    Do::Bake(19),
    Do::Take(BAKERS),
    Do::Take(TABLES),
    Do::Work(Labour::Frosting),
    Do::Rest,
    Do::Leave(TABLES),
    Do::Leave(BAKERS),
    Do::Out,
    Do::Leave(OVENS),
    Do::Take(BAKERS),
    Do::Take(TABLES),
    Do::Work(Labour::Frost),
    Do::Rest,
    Do::Leave(TABLES),
    Do::Leave(BAKERS),
];

/// A cake on its way.
pub struct Baking<K: LoopKit> {
    bakery: &'static Bakery,
    cake: Cake,
    /// Number in the plan.
    at: usize,
    in_line: bool,
    places: [Option<Place<K::Permit>>; 4],
    /// When the step is done, and when the cake is out.
    done: Nanos,
    out: Nanos,
    mixed: u64,
    baked: u64,
    frosting: Option<u64>,
    frosted: u64,
}

impl Bakery {
    /// Opens nothing: a baker comes with empty hands.
    ///
    /// # Errors
    /// Never.
    pub fn open_machine<K: LoopKit>(&self, _kit: &mut K) -> io::Result<()> {
        Ok(())
    }

    /// A cake that nobody has begun.
    pub fn machine<K: LoopKit>(&'static self, cake: Cake) -> Baking<K> {
        Baking {
            bakery: self,
            cake,
            at: 0,
            in_line: false,
            places: [const { None }; 4],
            done: 0,
            out: 0,
            mixed: 0,
            baked: 0,
            frosting: None,
            frosted: 0,
        }
    }
}

impl<K: LoopKit> Baking<K> {
    /// Whether a place is had, now or after waiting in line.
    fn take(&mut self, kit: &mut K, station: Station) -> bool {
        let permit = if self.bakery.unlimited(station) {
            None
        } else if std::mem::take(&mut self.in_line) {
            Some(kit.granted(station))
        } else {
            let permit = kit.acquire(station);
            self.in_line = permit.is_none();
            if self.in_line {
                return false;
            }
            permit
        };
        self.places[station] = Some(self.bakery.place(station, permit));
        true
    }

    fn try_mixer(&mut self, kit: &mut K) -> bool {
        let permit = if self.bakery.unlimited(MIXERS) {
            None
        } else {
            let permit = kit.try_acquire(MIXERS);
            if permit.is_none() {
                return false;
            }
            permit
        };
        self.places[MIXERS] = Some(self.bakery.place(MIXERS, permit));
        true
    }

    fn work(&mut self, labour: Labour) {
        let step = match labour {
            Labour::Mix => &self.bakery.mix,
            Labour::Frosting => &self.bakery.make_frosting,
            Labour::Frost => &self.bakery.frost,
        };
        self.done = clock::now() + step.wait_ns(self.cake);
        let answer = step.work(self.cake);
        match labour {
            Labour::Mix => self.mixed = answer,
            Labour::Frosting => self.frosting = Some(answer),
            Labour::Frost => self.frosted = answer,
        }
    }
}

impl<K: LoopKit> Machine<K> for Baking<K> {
    type Session = ();

    fn go_on(&mut self, kit: &mut K, (): &mut ()) -> Step {
        while let Some(&next) = PLAN.get(self.at) {
            let rest = |until| (clock::now() < until).then_some(Step::Wait(Until::Time(until)));
            let mut then = self.at + 1;
            match next {
                Do::Mixer(had) if self.bakery.style == Style::Jump => {
                    if self.try_mixer(kit) {
                        then = had;
                    }
                }
                Do::Take(station) => {
                    if !self.take(kit, station) {
                        return Step::Wait(Until::Place);
                    }
                }
                Do::Mixer(had) => {
                    if !self.take(kit, MIXERS) {
                        return Step::Wait(Until::Place);
                    }
                    then = had;
                }
                Do::Work(labour) => self.work(labour),
                Do::Rest => {
                    if let Some(wait) = rest(self.done) {
                        return wait;
                    }
                }
                Do::Leave(station) => {
                    if let Some(place) = self.places[station].take() {
                        self.bakery.leave(place);
                    }
                }
                Do::Bake(had) => {
                    self.out = clock::now() + self.bakery.bake.wait_ns(self.cake);
                    self.baked = self.bakery.bake.work(self.cake);
                    if self.frosting.is_some() {
                        then = had;
                    }
                }
                Do::Out => {
                    if let Some(wait) = rest(self.out) {
                        return wait;
                    }
                }
            }
            self.at = then;
        }
        let frosting = self.frosting.unwrap_or_default();
        Step::Done(Ok(taste(self.mixed, self.baked, frosting, self.frosted)))
    }
}
