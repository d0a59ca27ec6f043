//! `adrc cluster`: prepares a cluster of nodes, shows its state, and copies generations.

mod doctor;
mod init;
mod nats;
mod node;
mod status;
mod transfer;

use clap::{Args, Subcommand};

use crate::console::Console;
use crate::failure::{Failure, Status};

/// Arguments of `adrc cluster`.
#[derive(Debug, Args)]
pub(crate) struct Cluster {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Create what a cluster needs in NATS
    Init(init::Init),
    /// Show the nodes of a cluster with their generations and client cores
    Status(status::Status),
    /// Find out why nodes do not run the current generation
    Doctor(doctor::Doctor),
    /// Copy the generations of a published folder into a cluster
    Import(transfer::Import),
    /// Copy the generations of a cluster into a published folder
    Export(transfer::Export),
}

impl Cluster {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        match self.verb {
            Verb::Init(init) => init.run(console),
            Verb::Status(status) => status.run(console),
            Verb::Doctor(doctor) => doctor.run(console),
            Verb::Import(import) => import.run(console),
            Verb::Export(export) => export.run(console),
        }
    }
}
