//! Where the next read goes.

use super::BUFFER;

/// The free part of a read buffer that a [`Decoder`](super::Decoder) owns.
///
/// Who waits until a socket is ready and reads then asks for it as a [slice](Self::slice).
/// Who has the kernel read into it meanwhile, as io_uring does, must own it: the buffer
/// itself is [lent](Self::lend), which moves a pointer and no byte, and given
/// [back](Self::give_back) with the result.
#[derive(Debug)]
pub struct Room<'a> {
    buffer: &'a mut Box<[u8]>,
    filled: usize,
}

impl<'a> Room<'a> {
    pub(super) fn new(buffer: &'a mut Box<[u8]>, filled: usize) -> Self {
        Room { buffer, filled }
    }

    /// The free part; never empty, unless the buffer was lent and not given back.
    #[inline]
    #[must_use]
    pub fn slice(self) -> &'a mut [u8] {
        &mut self.buffer[self.filled..]
    }

    /// The whole buffer, and where its free part begins. One that was never given back,
    /// because the read was cancelled, is the kernel's: there is a new one then.
    #[inline]
    #[must_use]
    pub fn lend(&mut self) -> (Box<[u8]>, usize) {
        if self.buffer.is_empty() {
            *self.buffer = vec![0; BUFFER].into_boxed_slice();
        }
        (std::mem::take(self.buffer), self.filled)
    }

    /// Puts the buffer back that was lent.
    #[inline]
    pub fn give_back(&mut self, buffer: Box<[u8]>) {
        *self.buffer = buffer;
    }
}
