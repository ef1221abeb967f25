//! A scenario's parameters: flat keys with scalar values, from a scenario
//! file or `--set key=value`, checked by name and range.

use serde::Deserialize;
use toml::{Table, Value};

use super::schedule::{Due, DueKind, Flow};
use super::spread::Spread;
use crate::base::error::{Error, Result};
use crate::base::nearest::{shortened, unknown};

/// A scenario's parameters as written, with the scenario's name for errors.
#[derive(Clone, Debug, Default)]
pub struct Params {
    /// `workload/scenario`.
    pub name: String,
    /// Keys and values.
    pub table: Table,
}

/// Parameters that every workload has.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    /// Orders in a sample.
    pub orders: u64,
    /// How many orders may be in flight.
    pub concurrency: usize,
    /// Bytes that go with every order.
    pub payload: usize,
    /// How orders come.
    pub arrivals: Arrivals,
    /// Orders that come per second; 0 where they come as units are free.
    pub rate: f64,
    /// The rate as a part of what the reference model can do, which a run
    /// measures first; 0 where the rate is given.
    pub load: f64,
    /// Orders that come together where they come in bursts.
    pub burst: u64,
    /// Whether results are handed on in order.
    pub delivery: Delivery,
}

/// How results are handed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// Each as it completes.
    #[default]
    AsCompleted,
    /// Each after all earlier ones; its unit stays busy until then.
    InOrder,
}

/// How orders come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrivals {
    /// A unit takes the next order when it is done with the last: closed loop.
    #[default]
    Closed,
    /// As closed, but no order starts before its turn at a shared rate, for
    /// which its unit waits on the model's own timer.
    Shared,
    /// From outside the model, at equal distances: open loop.
    Constant,
    /// From outside the model, as those of many independent users.
    Poisson,
    /// From outside the model, several at once.
    Burst,
}

impl Arrivals {
    const WORDS: [&'static str; 5] = ["closed", "shared", "constant", "poisson", "burst"];

    /// Whether orders come from outside the model, whether or not it is ready.
    #[must_use]
    pub fn open(self) -> bool {
        matches!(
            self,
            Arrivals::Constant | Arrivals::Poisson | Arrivals::Burst
        )
    }
}

/// Names of the [`Shared`] parameters.
pub const SHARED_KEYS: [&str; 8] = [
    "orders",
    "concurrency",
    "payload",
    "arrivals",
    "rate",
    "load",
    "burst",
    "delivery",
];

/// In place of a number of orders: as many as may be in flight, so that each unit serves
/// one, whatever a sweep makes of their number.
pub const AS_CONCURRENCY: &str = "concurrency";
/// Most orders in a sample: their slots take 32 bytes each.
pub const MAX_ORDERS: u64 = 100_000_000;
/// Longest run at a given rate, s.
pub const A_DAY: f64 = 86_400.0;
/// Orders that come together where a scenario of bursts does not say.
const BURST: i64 = 32;
/// Most orders in flight.
pub const MAX_CONCURRENCY: i64 = 1_000_000;
/// Most orders per second.
pub const MAX_RATE: f64 = 1e7;

impl Params {
    /// Sets `key` from the text of `--set key=value`; both, trimmed.
    ///
    /// # Errors
    /// Text without `=`.
    pub fn set(&mut self, text: &str) -> Result<(String, String)> {
        let (key, value) = text.split_once('=').ok_or_else(|| {
            Error::Usage(format!(
                "--set takes key=value, as in concurrency=100; '{text}' has no '='"
            ))
        })?;
        let (key, value) = (key.trim(), value.trim());
        self.put(key, value);
        Ok((key.to_owned(), value.to_owned()))
    }

    /// Gives `key` the value that `value` is as text.
    pub fn put(&mut self, key: &str, value: &str) {
        let parsed = value
            .parse::<i64>()
            .map(Value::Integer)
            .or_else(|_| value.parse::<f64>().map(Value::Float))
            .or_else(|_| value.parse::<bool>().map(Value::Boolean))
            .unwrap_or_else(|_| Value::String(value.into()));
        self.table.insert(key.to_owned(), parsed);
    }

    /// Refuses keys that are neither shared nor among the workload's `own`.
    ///
    /// # Errors
    /// The first unknown key, with the nearest known one.
    pub fn refuse_unknown(&self, own: &[&str]) -> Result<()> {
        let known = || SHARED_KEYS.iter().chain(own).copied();
        match self
            .table
            .keys()
            .find(|key| !known().any(|known| known == *key))
        {
            Some(key) => Err(unknown(&format!("key of {}", self.name), key, known())),
            None => Ok(()),
        }
    }

    /// The shared parameters.
    ///
    /// # Errors
    /// A value of the wrong kind or out of range.
    pub fn shared(&self) -> Result<Shared> {
        let rate = self.float("rate", 0.0, 0.0, MAX_RATE)?;
        let concurrency = self.int("concurrency", 1, 1, MAX_CONCURRENCY)? as usize;
        let orders = match self.table.get("orders") {
            Some(Value::String(word)) if word == AS_CONCURRENCY => concurrency as u64,
            _ => self.int("orders", 1000, 1, MAX_ORDERS as i64)? as u64,
        };
        if rate > 0.0 && orders as f64 / rate > A_DAY {
            return Err(Error::Usage(format!(
                "{}: {orders} orders at rate = {rate} a second take more than a day; raise the rate or lower the orders",
                self.name
            )));
        }
        let (arrivals, load) = self.arrivals(rate)?;
        let delivery = self.choice("delivery", "as-completed", &["as-completed", "in-order"])?;
        Ok(Shared {
            orders,
            concurrency,
            payload: self.int("payload", 0, 0, 64 << 20)? as usize,
            arrivals,
            rate,
            load,
            burst: match arrivals {
                Arrivals::Burst => self.int("burst", BURST, 1, MAX_CONCURRENCY)? as u64,
                _ => 1,
            },
            delivery: if delivery == 1 {
                Delivery::InOrder
            } else {
                Delivery::AsCompleted
            },
        })
    }

    /// How orders come, and the load that the rate is to be derived from. A rate
    /// alone means an open loop.
    fn arrivals(&self, rate: f64) -> Result<(Arrivals, f64)> {
        let load = self.float("load", 0.0, 0.0, 10.0)?;
        let given = rate > 0.0 || load > 0.0;
        let default = if given { "poisson" } else { "closed" };
        let arrivals = [
            Arrivals::Closed,
            Arrivals::Shared,
            Arrivals::Constant,
            Arrivals::Poisson,
            Arrivals::Burst,
        ][self.choice("arrivals", default, &Arrivals::WORDS)?];
        let refused = |why: &str| Err(Error::Usage(format!("{}: {why}", self.name)));
        match arrivals {
            Arrivals::Closed if given => refused(
                "arrivals = closed know no rate and no load: leave them out, or name other arrivals",
            ),
            Arrivals::Shared if rate <= 0.0 => {
                refused("arrivals = shared need a rate, as in rate = 4000")
            }
            _ if arrivals.open() && !given => refused(
                "arrivals from outside need a rate or a load, as in rate = 4000 or load = 0.7",
            ),
            _ if rate > 0.0 && load > 0.0 => {
                refused("a rate is given or derived from a load: leave out one of the two")
            }
            _ if arrivals != Arrivals::Burst && self.table.contains_key("burst") => {
                refused("burst goes with arrivals = burst")
            }
            _ => Ok((arrivals, load)),
        }
    }

    /// A whole number in `low..=high`.
    ///
    /// # Errors
    /// A value of another kind, or outside.
    pub fn int(&self, key: &str, default: i64, low: i64, high: i64) -> Result<i64> {
        match self.table.get(key) {
            None => Ok(default),
            Some(Value::Integer(value)) if (low..=high).contains(value) => Ok(*value),
            Some(value) => {
                Err(self.bad(key, value, &format!("a whole number from {low} to {high}")))
            }
        }
    }

    /// A number in `low..=high`.
    ///
    /// # Errors
    /// A value of another kind, or outside.
    pub fn float(&self, key: &str, default: f64, low: f64, high: f64) -> Result<f64> {
        let number = match self.table.get(key) {
            None => return Ok(default),
            Some(Value::Float(value)) => Some(*value),
            Some(Value::Integer(value)) => Some(*value as f64),
            Some(_) => None,
        };
        number
            .filter(|value| (low..=high).contains(value))
            .ok_or_else(|| {
                self.bad(
                    key,
                    &self.table[key],
                    &format!("a number from {low} to {high}"),
                )
            })
    }

    /// A distribution of times, each with its unit, at most `max` ns.
    ///
    /// # Errors
    /// Text that is none, or one that exceeds `max`.
    pub fn times(&self, key: &str, default: Spread, max: u64) -> Result<Spread> {
        self.spread(key, default, max, Spread::of_times)
    }

    /// A distribution of sizes, at most `max` bytes.
    ///
    /// # Errors
    /// As [`Params::times`].
    pub fn sizes(&self, key: &str, default: Spread, max: u64) -> Result<Spread> {
        self.spread(key, default, max, Spread::of_sizes)
    }

    fn spread(
        &self,
        key: &str,
        default: Spread,
        max: u64,
        read: fn(&str) -> std::result::Result<Spread, String>,
    ) -> Result<Spread> {
        let text = match self.table.get(key) {
            None => return Ok(default),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Integer(value)) => value.to_string(),
            Some(value) => return Err(self.bad(key, value, "a distribution as in 'fixed:10ms'")),
        };
        let spread =
            read(&text).map_err(|why| Error::Usage(format!("{}: {key}: {why}", self.name)))?;
        if spread.max() > max {
            return Err(self.bad(key, &Value::String(text), &format!("at most {max}")));
        }
        Ok(spread)
    }

    /// The position of a word among `allowed`.
    ///
    /// # Errors
    /// Another word, with the nearest allowed one.
    pub fn choice(&self, key: &str, default: &str, allowed: &[&str]) -> Result<usize> {
        let word = match self.table.get(key) {
            None => default,
            Some(Value::String(word)) => word,
            Some(value) => {
                return Err(self.bad(key, value, &format!("one of {}", allowed.join(", "))));
            }
        };
        allowed
            .iter()
            .position(|known| *known == word)
            .ok_or_else(|| {
                unknown(
                    &format!("{key} of {}", self.name),
                    word,
                    allowed.iter().copied(),
                )
            })
    }

    fn bad(&self, key: &str, value: &Value, allowed: &str) -> Error {
        let value = match value {
            Value::Float(value) if value.is_finite() => format!("{value:?}"),
            value => shortened(&value.to_string()).into_owned(),
        };
        Error::Usage(format!("{}: {key} = {value} is not {allowed}", self.name))
    }
}

impl Shared {
    /// Mean time between orders, ns; 0 where no rate is given.
    #[must_use]
    pub fn period_ns(&self) -> f64 {
        if self.rate > 0.0 {
            1e9 / self.rate
        } else {
            0.0
        }
    }

    /// How orders of this scenario come and go.
    #[must_use]
    pub fn flow(&self) -> Flow {
        Flow {
            period_ns: match self.arrivals {
                Arrivals::Shared => self.period_ns(),
                _ => 0.0,
            },
            turns: if self.delivery == Delivery::InOrder {
                self.concurrency
            } else {
                0
            },
        }
    }

    /// When orders are due, for the sample of `seed`; `None` for as soon as a
    /// unit is free.
    #[must_use]
    pub fn due(&self, seed: u64) -> Option<Due> {
        let kind = match self.arrivals {
            Arrivals::Closed => return None,
            Arrivals::Shared => DueKind::Shared,
            Arrivals::Constant => DueKind::Constant,
            Arrivals::Poisson => DueKind::Poisson,
            Arrivals::Burst => DueKind::Burst,
        };
        Some(Due {
            kind,
            rate: self.rate,
            seed,
            burst: self.burst,
        })
    }
}
