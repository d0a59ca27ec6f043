//! `adrc rollback`: publishes the content of an earlier generation as a new one.

use std::path::PathBuf;

use adr_render::document::Document;
use clap::Args;
use serde::Serialize;

use crate::annotation::Annotating;
use crate::cluster::{ClusterArguments, destination};
use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;
use crate::publishing::{Publication, Publishing};
use crate::signing::{Signing, as_signer};
use crate::wait::Waiting;

/// Arguments of `adrc rollback`.
#[derive(Debug, Args)]
pub(crate) struct Rollback {
    /// The published folder; not needed with a cluster
    #[arg(long, value_name = "DIR")]
    publish: Option<PathBuf>,
    /// The generation to publish again; without it, the newest earlier one with other content
    #[arg(value_name = "N")]
    generation: Option<u64>,
    /// How the result is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
    #[command(flatten)]
    annotating: Annotating,
    #[command(flatten)]
    publishing: Publishing,
    #[command(flatten)]
    signing: Signing,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    cluster: ClusterArguments,
}

#[derive(Serialize)]
struct Details {
    rollback_to: u64,
    views: usize,
}

impl Rollback {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let signer = self.signing.signer()?;
        let destination =
            destination(self.publish.as_ref(), &self.cluster, self.publishing.keep, console)?;
        let publisher = destination.through(self.publishing.publisher(destination.folder()));
        let publisher = publisher.annotated(self.annotating.annotation());
        let publisher = publisher.signing(as_signer(signer.as_ref()));
        let rolled =
            publisher.roll_back(self.generation).map_err(|error| destination.failure(error))?;
        let (place, generation) = (destination.place(), rolled.published.generation);
        let place = place.display();
        let to = rolled.to;
        if self.format == TextOrJson::Json {
            let publication = Publication::read(&destination, rolled.published, |manifest| {
                Details { rollback_to: to, views: manifest.views.len() }
            })?;
            console.document(&Document::of(publication))?;
        }
        if rolled.published.changed {
            console.message(format_args!(
                "{place}: published generation {generation}, with the content of generation {to}"
            ));
        } else {
            console.message(format_args!(
                "{place}: generation {generation} already has the content of generation {to}"
            ));
        }
        self.waiting.wait(&destination, console)
    }
}
