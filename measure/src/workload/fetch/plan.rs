//! What should come of fetching: answers, ledger, bound.

use super::{Fetch, OrderForm, Receipt, Verb, answer, terms};
use crate::http1;
use crate::workload::items::{Pages, Profile};
use crate::workload::{Backend, IdleKey, Limits, Plan, Served};

impl Plan for Fetch {
    fn expected(&self, seed: u64, orders: u64) -> Vec<u64> {
        let items = self.profile(seed);
        let pages = Pages::new(items.size.max());
        let status = self.status();
        let mut form = Vec::new();
        (0..orders)
            .map(|id| match self.method {
                Verb::Get => answer(
                    id,
                    status,
                    u64::from(crc32fast::hash(pages.body(&items, id))),
                ),
                Verb::Head | Verb::Delete => answer(id, status, 0),
                Verb::Put | Verb::Post => {
                    OrderForm::write(id, &mut form);
                    answer(id, status, items.receipt(id, crc32fast::hash(&form)))
                }
            })
            .collect()
    }

    fn bound_ns(&self, seed: u64, orders: u64, limits: &Limits) -> u64 {
        let items = self.profile(seed);
        let delays = || (0..orders).map(|id| items.delay_ns(id));
        let per_host = if self.capped() {
            let load = |host| {
                let of_host = |id: &u64| id % self.hosts as u64 == host as u64;
                let sum: u64 = (0..orders)
                    .filter(of_host)
                    .map(|id| items.delay_ns(id))
                    .sum();
                sum / self.cap_per_host as u64
            };
            (0..self.hosts).map(load).max().unwrap_or(0)
        } else {
            0
        };
        let last_start = orders.saturating_sub(1) as f64 * limits.period_ns;
        [
            delays().max().unwrap_or(0),
            delays().fold(0, u64::saturating_add) / limits.concurrency as u64,
            per_host,
            (last_start as u64).saturating_add(items.delay_ns(orders.saturating_sub(1))),
        ]
        .into_iter()
        .max()
        .unwrap_or(0)
    }

    fn served(&self) -> Option<&dyn Served> {
        Some(self)
    }

    fn descriptors_per_unit(&self) -> u64 {
        1
    }

    fn idle_keys(&self, foreign: bool) -> Vec<IdleKey> {
        let idle = |keys: &[&'static str], why, refused| -> Vec<IdleKey> {
            let key = |key: &&'static str| IdleKey { key, why, refused };
            keys.iter().map(key).collect()
        };
        if foreign {
            let keys = ["delay", "size", "fault", "hold", "backend", "hosts"];
            return idle(&keys, "a target decides that by itself", false);
        }
        let mut keys = idle(&terms::KEYS, "it is for a --target alone", true);
        if matches!(self.method, Verb::Put | Verb::Post | Verb::Delete) {
            let why = "PUT and POST are answered with a receipt, DELETE with nothing";
            keys.extend(idle(&["size"], why, false));
        }
        keys
    }

    fn method(&self) -> Option<http1::Method> {
        Some(Fetch::method(self))
    }

    fn accepts(&self, status: u16) -> bool {
        self.terms.errors > 0.0 || self.terms.accepts(status)
    }
}

impl Served for Fetch {
    fn profile(&self, seed: u64) -> Profile {
        Profile {
            seed,
            ..self.items.clone()
        }
    }

    fn backend(&self) -> Backend {
        self.backend
    }

    fn hosts(&self) -> usize {
        self.hosts
    }

    fn body_bytes(&self, seed: u64, orders: u64) -> u64 {
        let items = self.profile(seed);
        let len = |id: u64| match self.method {
            Verb::Get => items.body_len(id) as u64,
            Verb::Head | Verb::Delete => 0,
            Verb::Put | Verb::Post => {
                let receipt = Receipt {
                    id,
                    receipt: format!("{:016x}", 0),
                };
                serde_json::to_string(&receipt).map_or(0, |json| json.len() as u64)
            }
        };
        (0..orders).map(len).sum()
    }

    fn cap(&self) -> Option<u64> {
        self.capped()
            .then(|| (self.hosts * self.cap_per_host) as u64)
    }

    fn connection_per_order(&self) -> bool {
        !self.keeps_alive()
    }
}
