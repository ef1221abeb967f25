//! Programs in other languages: which are found, taken and ranked, what is made of what
//! they say, and that nothing of them is left.

mod fakes;
mod faults;
mod laws;
mod minimal;
mod older;
mod taken;
