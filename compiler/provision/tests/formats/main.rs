//! Files of profiles, read back by small independent readers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failure fails the test"
)]

mod batch;
mod cmd;
mod dhcp;
mod example;
mod jabber;
mod model;
mod policies;
mod powershell;
mod profile;
mod reg;
mod registry;
mod registry_pol;
mod totality;
mod xml;
