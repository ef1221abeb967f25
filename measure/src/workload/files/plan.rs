//! What should come of orders with files, and what they should leave behind.

use std::fs;
use std::path::Path;

use super::contents::{Sum, sum};
use super::{By, Files, Order, What, named};
use crate::base::error::{Error, Result};
use crate::base::unwritable::cannot_in_order;
use crate::kit::capability::Capability;
use crate::workload::{Limits, Plan, Stored};

impl Files {
    /// What reading that file comes to, as it was laid out.
    fn read(&self, file: u64) -> u64 {
        let bytes = self.contents.of(file, self.size(file));
        match self.what {
            What::Read | What::Write => sum(&bytes),
            What::Lines => {
                let mut sum = Sum::default();
                let text = String::from_utf8_lossy(&bytes);
                text.lines().for_each(|line| sum.line(line));
                sum.finish()
            }
        }
    }
}

impl Plan for Files {
    fn expected(&self, seed: u64, orders: u64) -> Vec<u64> {
        let sums = self.sums.get_or_init(|| match self.what {
            What::Read | What::Lines => (0..self.files).map(|file| self.read(file)).collect(),
            What::Write => (0..self.files).map(|file| self.size(file) as u64).collect(),
        });
        let answer = |index| {
            let order = Order {
                seed,
                sample: 0,
                index,
            };
            Self::answer(order, sums[self.file(order) as usize])
        };
        (0..orders).map(answer).collect()
    }

    /// None: what memory, the kernel and a disk could do at best is not known, and whatever
    /// is stated without being known would make efficiencies of nothing.
    fn bound_ns(&self, _seed: u64, orders: u64, limits: &Limits) -> u64 {
        (orders.saturating_sub(1) as f64 * limits.period_ns) as u64
    }

    fn stored(&self) -> Option<&dyn Stored> {
        Some(self)
    }

    fn asks(&self) -> &'static [Capability] {
        match self.by {
            By::Own => &[],
            By::Pool => &[Capability::Offload],
        }
    }

    fn descriptors_per_unit(&self) -> u64 {
        1
    }
}

impl Stored for Files {
    fn bytes(&self) -> u64 {
        (0..self.files).map(|file| self.size(file) as u64).sum()
    }

    fn largest(&self) -> u64 {
        self.size.max()
    }

    fn syncs(&self) -> bool {
        self.what == What::Write
    }

    fn lay_out(&self, directory: &Path) -> Result<()> {
        for file in 0..self.files {
            let path = named(directory, file);
            fs::write(&path, self.contents.of(file, self.size(file)))
                .map_err(|error| Error::Failed(cannot_in_order("write", &path, &error)))?;
        }
        Ok(())
    }

    fn check(&self, directory: &Path, seed: u64, sample: u64, orders: u64) -> Result<()> {
        if self.what != What::Write {
            return Ok(());
        }
        for file in 0..self.files.min(orders) {
            let path = named(directory, file);
            let found = fs::read(&path)
                .map_err(|error| Error::Failed(cannot_in_order("read", &path, &error)))?;
            // The last to write it, mostly; orders may overtake each other.
            let wrote = (0..=(orders - 1 - file) / self.files).rev().any(|turn| {
                let order = Order {
                    seed,
                    sample,
                    index: file + turn * self.files,
                };
                self.written(order) == found
            });
            if !wrote {
                return Err(Error::Failed(format!(
                    "{} holds {} bytes that no order of this sample wrote",
                    path.display(),
                    found.len()
                )));
            }
        }
        Ok(())
    }
}
