//! A scenario's parameters: flat keys with scalar values, from a scenario
//! file or `--set key=value`, checked by name and range.

use serde::Deserialize;
use toml::{Table, Value};

use super::spread::Spread;
use crate::error::{Error, Result};
use crate::measure::batch::Flow;
use crate::nearest::unknown;

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
    /// Orders start no faster than this many a second; 0 for no limit.
    pub rate: f64,
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

/// Names of the [`Shared`] parameters.
pub const SHARED_KEYS: [&str; 5] = ["orders", "concurrency", "payload", "rate", "delivery"];

/// Most orders in a sample: their slots take 32 bytes each.
pub const MAX_ORDERS: u64 = 100_000_000;
/// Longest run at a shared rate, s.
const A_DAY: f64 = 86_400.0;
/// Most orders in flight.
const MAX_CONCURRENCY: i64 = 1_000_000;

impl Params {
    /// Sets `key` from the text of `--set key=value`.
    ///
    /// # Errors
    /// Text without `=`.
    pub fn set(&mut self, text: &str) -> Result<()> {
        let (key, value) = text.split_once('=').ok_or_else(|| {
            Error::Usage(format!(
                "--set takes key=value, as in concurrency=100; '{text}' has no '='"
            ))
        })?;
        let value = value.trim();
        let parsed = value
            .parse::<i64>()
            .map(Value::Integer)
            .or_else(|_| value.parse::<f64>().map(Value::Float))
            .or_else(|_| value.parse::<bool>().map(Value::Boolean))
            .unwrap_or_else(|_| Value::String(value.into()));
        self.table.insert(key.trim().into(), parsed);
        Ok(())
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
        let rate = self.float("rate", 0.0, 0.0, 1e7)?;
        let orders = self.int("orders", 1000, 1, MAX_ORDERS as i64)? as u64;
        if rate > 0.0 && orders as f64 / rate > A_DAY {
            return Err(Error::Usage(format!(
                "{}: {orders} orders at rate = {rate} a second take more than a day; raise the rate or lower the orders",
                self.name
            )));
        }
        let delivery = self.choice("delivery", "as-completed", &["as-completed", "in-order"])?;
        Ok(Shared {
            orders,
            concurrency: self.int("concurrency", 1, 1, MAX_CONCURRENCY)? as usize,
            payload: self.int("payload", 0, 0, 64 << 20)? as usize,
            rate,
            delivery: if delivery == 1 {
                Delivery::InOrder
            } else {
                Delivery::AsCompleted
            },
        })
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

    /// A distribution of times or sizes, at most `max`.
    ///
    /// # Errors
    /// Text that is none, or one that exceeds `max`.
    pub fn spread(&self, key: &str, default: Spread, max: u64) -> Result<Spread> {
        let text = match self.table.get(key) {
            None => return Ok(default),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Integer(value)) => value.to_string(),
            Some(value) => return Err(self.bad(key, value, "a distribution as in 'fixed:10ms'")),
        };
        let spread: Spread = text
            .parse()
            .map_err(|why| Error::Usage(format!("{}: {key}: {why}", self.name)))?;
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
        Error::Usage(format!("{}: {key} = {value} is not {allowed}", self.name))
    }
}

impl Shared {
    /// How orders of this scenario come and go.
    #[must_use]
    pub fn flow(&self) -> Flow {
        Flow {
            period_ns: if self.rate > 0.0 {
                1e9 / self.rate
            } else {
                0.0
            },
            turns: if self.delivery == Delivery::InOrder {
                self.concurrency
            } else {
                0
            },
        }
    }
}
