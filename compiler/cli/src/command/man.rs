//! `adrc man`: the manual page.

use std::path::PathBuf;

use clap::Args;
use clap_mangen::Man as Page;

use crate::console::Console;
use crate::failure::{Failure, Status};

/// Arguments of `adrc man`.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Write a page for adrc and one for each of its commands into this folder
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

impl Man {
    pub(crate) fn run(self, adrc: clap::Command, console: &Console) -> Result<Status, Failure> {
        let command = adrc;
        let Some(folder) = self.output else {
            let mut page = Vec::new();
            let made = Page::new(command).render(&mut page);
            made.map_err(|error| Failure::stream("manual page", &error))?;
            console.data(&page)?;
            return Ok(Status::Done);
        };
        clap_mangen::generate_to(command, &folder).map_err(|error| {
            Failure::new(format!("{}: {error}", folder.display()), "name a folder that is there")
        })?;
        Ok(Status::Done)
    }
}
