//! `adrc reload`: makes the client core of this user ask its servers.

use std::path::PathBuf;
use std::time::Duration;

use adr_client::control::client::Reply;
use adr_render::document::Document;
use clap::Args;
use serde::Serialize;
use serde_json::Value;

use crate::console::Console;
use crate::core_client::connect;
use crate::duration::duration;
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;

/// Arguments of `adrc reload`.
#[derive(Debug, Args)]
pub(crate) struct Reload {
    /// The control socket [default: adrc.sock in the runtime folder of this user; on Windows the
    /// pipe adrc-USER]
    #[arg(long, value_name = "PATH")]
    core: Option<PathBuf>,
    /// How long to wait for the client core
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    wait: Duration,
    /// How the answer is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
}

#[derive(Serialize)]
struct Reloaded<'a> {
    generation: &'a Value,
    changed: bool,
}

impl Reload {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let mut core = connect(self.core.as_deref())?;
        match core.send_verb("reload", self.wait)? {
            Reply::Ok(answer) => {
                let generation = &answer["generation"];
                let changed = answer["changed"] == true;
                if self.format == TextOrJson::Json {
                    console.document(&Document::of(Reloaded { generation, changed }))?;
                }
                let what = if changed { "now runs" } else { "already runs" };
                console.message(format_args!("the client core {what} generation {generation}"));
                Ok(Status::Done)
            }
            Reply::Error { message, .. } => {
                Err(Failure::new(message, "the client core keeps its present rules"))
            }
        }
    }
}
