//! The live source, pushes and deployments at the same time, against one stand-in for CUCM: random
//! edits of another program, restarts and faults, and `kill -9` at every request.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the suite starts servers and waits; a failure there fails the test"
)]

mod actions;
#[path = "../deploy/admin.rs"]
mod admin;
mod broken;
mod deployments;
mod held;
mod kills;
mod live;
#[path = "../deploy/no_pause.rs"]
mod no_pause;
#[path = "../deploy/plan.rs"]
mod plan;
mod pushes;
mod random;
mod site;
mod world;
