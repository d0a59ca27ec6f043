//! Several nodes: with a NATS cluster, with a shared folder, with copies, and with nothing in
//! common.
//!
//! An observer records what all nodes serve and keep, and what all cores dial. Afterwards
//! [`history`] finds whatever is out of order. `ADR_LONG=1` repeats the faults for five minutes.

mod branch;
mod broker;
mod clocks;
mod copies;
mod faults;
mod history;
mod hostile_broker;
mod network;
mod node;
mod nothing_shared;
mod outage;
mod scene;
mod sequence;
mod shared_folder;
mod upgrade;
