//! Orders that do nothing: what is left is the engine's own cost per order.

use super::params::Params;
use super::{Limits, Plan, Workload, World};
use crate::error::Result;
use crate::kit::{AsyncKit, DirectKit};

/// The workload that does nothing.
pub struct Nothing;

impl Workload for Nothing {
    type Spec = u64;

    fn new(params: &Params, _world: &World) -> Result<Self> {
        params.refuse_unknown(&[])?;
        Ok(Nothing)
    }

    #[inline]
    fn spec(&self, _seed: u64, _sample: u64, index: u64) -> u64 {
        index
    }

    fn stations(&self) -> Vec<usize> {
        Vec::new()
    }
}

impl Nothing {
    /// Opens nothing.
    ///
    /// # Errors
    /// Never.
    pub async fn open_asynch<K: AsyncKit>(&self, _kit: K) -> std::io::Result<()> {
        Ok(())
    }

    /// An order that does nothing.
    pub async fn asynch<K: AsyncKit>(
        &self,
        _kit: K,
        session: (),
        index: u64,
    ) -> ((), std::io::Result<u64>) {
        (session, Ok(index))
    }

    /// Opens nothing.
    ///
    /// # Errors
    /// Never.
    pub fn open_direct<K: DirectKit>(&self, _kit: &K) -> std::io::Result<()> {
        Ok(())
    }

    /// An order that does nothing.
    ///
    /// # Errors
    /// Never.
    #[inline]
    pub fn direct<K: DirectKit>(
        &self,
        _kit: &K,
        _session: &mut (),
        index: u64,
    ) -> std::io::Result<u64> {
        Ok(index)
    }
}

impl Plan for Nothing {
    fn expected(&self, _seed: u64, orders: u64) -> Vec<u64> {
        (0..orders).collect()
    }

    fn bound_ns(&self, _seed: u64, _orders: u64, _limits: &Limits) -> u64 {
        0
    }
}
