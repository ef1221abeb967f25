//! Connections by index. A token is an index with the generation of its slot,
//! so that what was meant for a closed connection never reaches its successor.

use super::connection::Connection;

/// A slot, empty or not.
#[derive(Debug)]
struct Slot {
    generation: u32,
    connection: Option<Box<Connection>>,
}

/// The open connections.
#[derive(Debug, Default)]
pub(super) struct Slab {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

impl Slab {
    /// Takes a connection in, and returns its token.
    pub(super) fn insert(&mut self, connection: Connection) -> u64 {
        let connection = Some(Box::new(connection));
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot {
                generation: 0,
                connection: None,
            });
            self.slots.len() as u32 - 1
        });
        let slot = &mut self.slots[index as usize];
        slot.connection = connection;
        token(index, slot.generation)
    }

    /// The connection behind `token`, if it is still open.
    #[inline]
    pub(super) fn get(&mut self, token: u64) -> Option<&mut Connection> {
        let slot = self.slots.get_mut(token as u32 as usize)?;
        if slot.generation != (token >> 32) as u32 {
            return None;
        }
        slot.connection.as_deref_mut()
    }

    /// Whether the connection behind `token` is still open.
    pub(super) fn contains(&self, token: u64) -> bool {
        self.slots.get(token as u32 as usize).is_some_and(|slot| {
            slot.generation == (token >> 32) as u32 && slot.connection.is_some()
        })
    }

    /// Takes a connection out.
    pub(super) fn remove(&mut self, token: u64) -> Option<Box<Connection>> {
        self.get(token)?;
        let slot = &mut self.slots[token as u32 as usize];
        // 31 bits, so that tokens stay below those of listeners.
        slot.generation = (slot.generation + 1) & (u32::MAX >> 1);
        self.free.push(token as u32);
        slot.connection.take()
    }

    /// How many are open.
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Tokens of the open connections for which `wanted` holds.
    pub(super) fn select(&self, wanted: impl Fn(&Connection) -> bool) -> Vec<u64> {
        self.slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.connection.as_deref().is_some_and(&wanted))
            .map(|(index, slot)| token(index as u32, slot.generation))
            .collect()
    }
}

fn token(index: u32, generation: u32) -> u64 {
    u64::from(generation) << 32 | u64::from(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_outlives_its_connection_without_harm() {
        let open = || Connection::new(std::fs::File::open("/dev/null").unwrap().into());
        let mut slab = Slab::default();
        let first = slab.insert(open());
        assert!(slab.get(first).is_some() && slab.len() == 1);
        assert!(slab.remove(first).is_some());
        let second = slab.insert(open());
        assert_eq!(second as u32, first as u32);
        assert!(slab.get(first).is_none() && !slab.contains(first));
        assert!(slab.remove(first).is_none() && slab.contains(second));
        assert_eq!(slab.select(|_| true), [second]);
    }
}
