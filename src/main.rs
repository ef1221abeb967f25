//! bakeoff
fn main() {}
