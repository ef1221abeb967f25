//! A cell whose parameters are read and whose plan is built. Both happen here, once a
//! cell; whoever measures, plans or reports takes them from it.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::CellSpec;
use crate::base::error::{Error, Result};
use crate::base::seed::SEED;
use crate::host;
use crate::kit::Setup;
use crate::model::Share;
use crate::registry;
use crate::workload::params::Shared;
use crate::workload::{Limits, Plan, Served};

/// What an iteration of the bakery's arithmetic costs about anywhere, ns: for
/// plans that must not depend on a measurement.
const NOMINAL_NS_PER_ITERATION: f64 = 2.0;
/// Orders that tell what one takes alone.
const ALONE: u64 = 1000;
/// Share of the orders that do not wait at all.
const LEAST_SHARE: f64 = 0.125;

/// A cell that can be measured. It reads as the [`CellSpec`] that it was made from and
/// does not change: [`ResolvedCell::changed`] makes another.
#[derive(Clone)]
pub struct ResolvedCell {
    spec: CellSpec,
    shared: Shared,
    plan: Arc<dyn Plan>,
    cpus: usize,
    orders: OnceLock<u64>,
}

impl CellSpec {
    /// Reads the cell's parameters and builds its plan.
    ///
    /// # Errors
    /// A parameter that is unknown or out of range, or that asks for what the model has
    /// not.
    pub fn resolve(self) -> Result<ResolvedCell> {
        let params = &self.scenario.params;
        let plan = registry::plan(&self.scenario.workload, params)?;
        if self.peer.is_none()
            && let Some(lack) = registry::lack(&self.scenario.workload, plan.asks(), &self.model)
        {
            let (id, model) = (self.id(), self.model.name);
            return Err(Error::Usage(format!("{id}: {model} {}", lack.why)));
        }
        let shared = params.shared()?;
        // The mock server takes one of several CPUs.
        let all = host::affinity().len().max(1);
        let cpus = match plan.served() {
            Some(_) => (all - 1).max(1),
            None => all,
        };
        Ok(ResolvedCell {
            spec: self,
            shared,
            plan: plan.into(),
            cpus,
            orders: OnceLock::new(),
        })
    }
}

impl Deref for ResolvedCell {
    type Target = CellSpec;

    fn deref(&self) -> &CellSpec {
        &self.spec
    }
}

impl fmt::Debug for ResolvedCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spec.fmt(f)
    }
}

impl ResolvedCell {
    /// The parameters that every workload has.
    #[must_use]
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// What should come of the orders.
    #[must_use]
    pub fn plan(&self) -> &dyn Plan {
        self.plan.as_ref()
    }

    /// What the orders' server must be told, and count; `None` without a server.
    #[must_use]
    pub fn served(&self) -> Option<&dyn Served> {
        self.plan.served()
    }

    /// Most orders that the model can have in flight here.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        let setup = Setup {
            concurrency: self.shared.concurrency,
            workers: self.cpus,
            ..Setup::default()
        };
        match self.peer {
            Some(peer) => peer.most_in_flight(&setup),
            None => (self.model.in_flight)(&setup),
        }
    }

    /// Orders in a sample: the scenario's, or the model's share of them.
    #[must_use]
    pub fn orders(&self) -> u64 {
        *self.orders.get_or_init(|| self.count_orders())
    }

    fn count_orders(&self) -> u64 {
        let shared = &self.shared;
        let part = match self.model.share {
            Share::Whole => return shared.orders,
            // A schedule says nothing where it ends before it was settled.
            Share::OneIn(_) if shared.arrivals.open() => return shared.orders,
            Share::OneIn(parts) => {
                let rounds = 2 * shared.concurrency as u64;
                return (shared.orders / parts).max(rounds).min(shared.orders);
            }
            Share::ByInFlight => {
                let ideal = self.waits_ns(shared.orders, shared.concurrency);
                let own = self.waits_ns(shared.orders, self.in_flight());
                match own {
                    0.0 => LEAST_SHARE,
                    _ => ideal / own,
                }
            }
        };
        ((shared.orders as f64 * part).round() as u64).max(1)
    }

    /// The least that an order takes alone, by its waits and its arithmetic, ns: the mean
    /// over a batch.
    #[must_use]
    pub fn alone_ns(&self) -> u64 {
        let orders = self.shared.orders.min(ALONE);
        (self.waits_ns(orders, 1) / orders as f64) as u64
    }

    /// About how long a sample's waits and arithmetic take at the model's own
    /// concurrency, ns: what a caller may plan with, not what is measured.
    #[must_use]
    pub fn likely_wall_ns(&self) -> u64 {
        (1.2 * self.waits_ns(self.orders(), self.in_flight())) as u64
    }

    /// The bound of so many orders, so many of them in flight, ns.
    fn waits_ns(&self, orders: u64, in_flight: usize) -> f64 {
        let limits = Limits {
            concurrency: in_flight,
            cpus: in_flight.min(self.cpus),
            ns_per_iteration: NOMINAL_NS_PER_ITERATION,
            period_ns: self.shared.period_ns(),
        };
        self.plan.bound_ns(SEED, orders, &limits) as f64
    }

    /// The cell with something changed, resolved anew.
    ///
    /// # Errors
    /// A parameter that is out of range after it.
    pub fn changed(&self, change: impl FnOnce(&mut CellSpec)) -> Result<Self> {
        let mut spec = self.spec.clone();
        change(&mut spec);
        spec.resolve()
    }

    /// The cell with a sample's orders coming for at least so long where they come from
    /// outside the model, unless the reader set their number.
    ///
    /// # Errors
    /// More orders than a sample may have.
    pub fn lengthened(self, least: Duration) -> Result<Self> {
        let shared = &self.shared;
        let due = (least.as_secs_f64() * shared.rate).ceil() as u64;
        if !shared.arrivals.open() || due <= shared.orders || self.set.contains_key("orders") {
            return Ok(self);
        }
        self.changed(|spec| spec.scenario.params.put("orders", &due.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenarios;
    use crate::selection::{Set, select};

    fn spec(id: &str, sets: &[&str]) -> CellSpec {
        let known = scenarios::embedded().unwrap();
        let mut found = select(&known, &[id.to_owned()], &[], Set::Default).unwrap();
        let mut spec = found.remove(0);
        for set in sets {
            spec.set(set).unwrap();
        }
        spec
    }

    #[test]
    fn a_change_is_read_and_reaches_the_plan() {
        let sets = ["orders=100", "concurrency=10"];
        let cell = spec("bakery/hundred-bakers/sequential", &sets);
        let cell = cell.resolve().unwrap();
        assert_eq!((cell.shared().orders, cell.shared().concurrency), (100, 10));
        assert_eq!(cell.in_flight(), 1);
        let few = cell.orders();
        assert!((1..100).contains(&few), "{few}");
        let with = |orders| cell.changed(|spec| spec.scenario.params.put("orders", orders));
        let twice = with("200").unwrap();
        assert!(twice.orders() > few && twice.likely_wall_ns() > cell.likely_wall_ns());
        assert_eq!((cell.shared().orders, cell.orders()), (100, few));
        let refused = with("0").unwrap_err();
        assert!(refused.to_string().contains("orders"), "{refused}");
    }

    #[test]
    fn parameters_that_need_each_other_are_read_together() {
        let id = "fetch/no-delay/os-threads";
        assert!(spec(id, &["arrivals=shared"]).resolve().is_err());
        let both = spec(id, &["arrivals=shared", "rate=100"]).resolve();
        assert!(both.is_ok_and(|cell| cell.served().is_some()));
    }

    #[test]
    fn an_open_loop_is_lengthened_unless_its_orders_were_set() {
        let least = Duration::from_secs(2);
        let orders = |sets: &[&str]| {
            let cell = spec("fetch/no-delay/os-threads", sets).resolve().unwrap();
            cell.lengthened(least).unwrap().shared().orders
        };
        assert_eq!(orders(&["rate=100000"]), 200_000);
        assert_eq!(orders(&["rate=100000", "orders=7"]), 7);
        let own = orders(&[]);
        assert_eq!(orders(&["arrivals=shared", "rate=100000"]), own);
    }
}
