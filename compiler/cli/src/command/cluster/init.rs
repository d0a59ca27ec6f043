//! `adrc cluster init`: creates what a cluster needs in NATS.

use adr_render::document::Document;
use clap::Args;
use serde::Serialize;

use super::nats::prepare;
use crate::cluster::ClusterArguments;
use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;

/// Arguments of `adrc cluster init`.
#[derive(Debug, Args)]
pub(super) struct Init {
    /// How many servers of NATS keep a copy: 1, 3 or 5 [default: 3 if the address lists three
    /// servers or more, else 1]
    #[arg(long, value_name = "N", value_parser = replicas)]
    replicas: Option<usize>,
    /// How the result is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
    #[command(flatten)]
    cluster: ClusterArguments,
}

fn replicas(text: &str) -> Result<usize, String> {
    match text {
        "1" => Ok(1),
        "3" => Ok(3),
        "5" => Ok(5),
        _ => Err("write 1, 3 or 5: an even number survives no more failures".to_owned()),
    }
}

/// What there is now.
#[derive(Serialize)]
pub(super) struct Ready {
    pub(super) cluster: String,
    /// What was created or changed; empty if everything was there.
    pub(super) changed: Vec<String>,
    /// How many servers keep a copy; `None` for a folder.
    pub(super) replicas: Option<usize>,
    /// Buckets whose copies were not complete in time.
    pub(super) incomplete: Vec<String>,
}

impl Init {
    pub(super) fn run(self, console: &Console) -> Result<Status, Failure> {
        let cluster = self.cluster.needed(console)?;
        let ready = match &cluster.nats {
            Some(nats) => prepare(nats, self.replicas, cluster.listed_servers)?,
            None => Ready {
                cluster: cluster.name(),
                changed: cluster.create_folder()?,
                replicas: None,
                incomplete: Vec::new(),
            },
        };
        if self.format == TextOrJson::Json {
            console.document(&Document::of(&ready))?;
        }
        let Ready { cluster, changed, incomplete, .. } = ready;
        match changed.is_empty() {
            true => console.message(format_args!("{cluster}: ready, nothing to create")),
            false => console.message(format_args!("{cluster}: {}", changed.join(", "))),
        }
        if !incomplete.is_empty() {
            console.message(format_args!(
                "{cluster}: the copies of {} are not complete yet; look again with \
                 `adrc cluster doctor`",
                incomplete.join(", ")
            ));
        }
        Ok(Status::Done)
    }
}
