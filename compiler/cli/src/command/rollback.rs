//! `adrc rollback`: publishes the content of an earlier generation as a new one.

use std::path::PathBuf;

use adr_render::document::Document;
use clap::Args;
use serde::Serialize;

use crate::annotation::Annotating;
use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;
use crate::publishing::{Publication, Publishing};
use crate::signing::{Signing, as_signer};
use crate::wait::Waiting;

/// Arguments of `adrc rollback`.
#[derive(Debug, Args)]
pub(crate) struct Rollback {
    /// The published folder
    #[arg(long, value_name = "DIR")]
    publish: PathBuf,
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
}

#[derive(Serialize)]
struct Details {
    rollback_to: u64,
    views: usize,
}

impl Rollback {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let signer = self.signing.signer()?;
        let publisher = self.publishing.publisher(&self.publish);
        let publisher = publisher.annotated(self.annotating.annotation());
        let publisher = publisher.signing(as_signer(signer.as_ref()));
        let rolled = publisher.roll_back(self.generation)?;
        let (folder, generation) = (self.publish.display(), rolled.published.generation);
        let to = rolled.to;
        if self.format == TextOrJson::Json {
            let publication = Publication::read(&self.publish, rolled.published, |manifest| {
                Details { rollback_to: to, views: manifest.views.len() }
            })?;
            console.document(&Document::of(publication))?;
        }
        if rolled.published.changed {
            console.message(format_args!(
                "{folder}: published generation {generation}, with the content of generation {to}"
            ));
        } else {
            console.message(format_args!(
                "{folder}: generation {generation} already has the content of generation {to}"
            ));
        }
        self.waiting.wait(&self.publish, console)
    }
}
