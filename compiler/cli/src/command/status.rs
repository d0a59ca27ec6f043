//! `adrc status`: shows what the client core of this user runs and which server it follows.

use std::path::PathBuf;

use adr_client::control::client::Reply;
use adr_client::control::describe::status_lines;
use adr_render::document::Document;
use clap::Args;
use serde_json::{Value, json};

use crate::console::Console;
use crate::core_client::{ANSWER_TIMEOUT, connect};
use crate::failure::{Failure, Status as ExitStatus};
use crate::format::TextOrJson;

/// Arguments of `adrc status`.
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// The control socket [default: adrc.sock in the runtime folder of this user; on Windows the
    /// pipe adrc-USER]
    #[arg(long, value_name = "PATH")]
    core: Option<PathBuf>,
    /// Show the status again after each change, until the client core ends
    #[arg(long)]
    follow: bool,
    /// How the status is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
}

impl Status {
    pub(crate) fn run(self, console: &Console) -> Result<ExitStatus, Failure> {
        let mut core = connect(self.core.as_deref())?;
        let verb = if self.follow { "subscribe" } else { "status" };
        match core.send_verb(verb, ANSWER_TIMEOUT)? {
            Reply::Ok(answer) => self.show(&answer["status"], console)?,
            Reply::Error { message, .. } => return Err(Failure::new(message, "")),
        }
        if !self.follow {
            return Ok(ExitStatus::Done);
        }
        loop {
            self.show(&core.next_event()?["status"], console)?;
        }
    }

    fn show(&self, status: &Value, console: &Console) -> Result<(), Failure> {
        match self.format {
            TextOrJson::Json => console.document(&Document::of(json!({ "status": status })))?,
            TextOrJson::Text => console.line(status_lines(status).join("\n"))?,
        }
        console.flush()
    }
}
