//! adrc
fn main() {}
